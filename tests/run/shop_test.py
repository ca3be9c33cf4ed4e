#!/usr/bin/env python3
"""The demo shop keeps what the table in its README promises."""

import http.client
import json
import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parents[1] / "lib")]

from shop import running_shop
from tap import case, contains, equal, main, true

KEY = {"Authorization": "Bearer demo-key"}


def ask(connection, method, path, body=None, headers=KEY):
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def claim(name, method, path, code, body=None, headers=KEY, **members):
    @case(name)
    def _():
        with running_shop() as shop:
            got, value = ask(shop.connection(), method, path, body, headers)
        equal(got, code, "status code")
        for key, wanted in members.items():
            equal(value[key], wanted, key)


FORM = KEY | {"Content-Type": "application/x-www-form-urlencoded"}

claim("a greeting needs no key", "GET", "/greet/Ada%20L", 200, headers={}, message="Hello, Ada L!")
claim("a shipped order has its day", "GET", "/v1/orders/AB123456?expand=items", 200,
      status="shipped", eta="on Friday")
claim("an order being packed has none", "GET", "/v1/orders/CD234567", 200, status="packing",
      eta=None)
claim("a number that cannot be is 400", "GET", "/v1/orders/12", 400)
claim("an unknown order is 404", "GET", "/v1/orders/ZZ999999", 404)
claim("no key is 401", "GET", "/v1/orders/AB123456", 401, headers={})
claim("a wrong key is 401", "GET", "/v1/orders/AB123456", 401,
      headers={"Authorization": "Bearer wrong"})
claim("the teapot order is 418", "GET", "/v1/orders/TP418000", 418)
claim("the maintenance order is 503", "GET", "/v1/orders/MM503000", 503)
claim("a hand-over waits in line", "POST", "/v1/handover", 201, '{"customer": "Ada"}',
      customer="Ada", waiting=3)
claim("an urgent hand-over is taken at once", "POST", "/v1/handover", 200,
      '{"customer": "Ada", "priority": "high"}', waiting=0)
claim("a hand-over of nobody is 400", "POST", "/v1/handover", 400, "{}")
claim("a hand-over that is not JSON is 400", "POST", "/v1/handover", 400, "customer=Ada")
claim("a return gets its label", "POST", "/v1/returns", 201, "order=AB123456&reason=too+blue", FORM,
      label="R-AB123456", reason="too blue", refund=4200)
claim("what was not shipped cannot come back", "POST", "/v1/returns", 409, "order=CD234567", FORM)
claim("a return that is no form is 415", "POST", "/v1/returns", 415, "{}")
claim("another method is 405", "DELETE", "/v1/returns", 405)
claim("an unknown route is 404", "GET", "/v2", 404)


@case("a second return of the same order is 200 with the same label")
def _():
    with running_shop() as shop:
        connection = shop.connection()
        first = ask(connection, "POST", "/v1/returns", "order=AB123456", FORM)
        second = ask(connection, "POST", "/v1/returns", "order=AB123456", FORM)
    equal((first[0], second[0], second[1]), (201, 200, first[1]))


@case("a connection serves many requests")
def _():
    with running_shop() as shop:
        connection = shop.connection()
        ask(connection, "GET", "/health")
        sock = connection.sock
        ask(connection, "GET", "/v1/orders/AB123456")
        true(connection.sock is sock and sock is not None, "the connection was opened anew")


@case("the slow route says nothing while the caller waits")
def _():
    with running_shop() as shop:
        connection = shop.connection(seconds=0.2)
        connection.request("GET", "/v1/slow", headers=KEY)
        try:
            connection.getresponse()
            true(False, "it answered")
        except TimeoutError:
            pass


@case("the failing route breaks off in the middle")
def _():
    with running_shop() as shop:
        connection = shop.connection()
        connection.request("GET", "/v1/failing", headers=KEY)
        try:
            connection.getresponse().read()
            true(False, "the reply was whole")
        except (ConnectionResetError, http.client.IncompleteRead) as why:
            equal(type(why), ConnectionResetError)


main()
