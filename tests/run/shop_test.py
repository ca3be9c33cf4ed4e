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
ORDERS = "/v1/orders/A1"
KEYED = KEY | {"Idempotency-Key": "k1"}
PAYMENT = '{"order": "A1", "amount": 100}'

claim("an article is reserved", "PUT", ORDERS + "/reservations/MUG-1", 201, '{"qty": 2}',
      sku="MUG-1", qty=2, price=2400)
claim("what is not there cannot be reserved", "PUT", ORDERS + "/reservations/LMP-2", 409,
      '{"qty": 3}', left=2)
claim("an unknown article is 404", "PUT", ORDERS + "/reservations/X", 404, '{"qty": 1}')
claim("a quantity of none is 400", "PUT", ORDERS + "/reservations/MUG-1", 400, '{"qty": 0}')
claim("nothing reserved is nothing released", "DELETE", ORDERS + "/reservations", 200, released=0)
claim("a van is found", "PUT", ORDERS + "/delivery", 201, day="on Friday")
claim("a payment wants a key", "POST", "/v1/payments", 400, PAYMENT)
claim("a payment is pending", "POST", "/v1/payments", 201, PAYMENT, KEYED, status="pending")
claim("an unknown payment is 404", "GET", "/v1/payments/P9", 404)
claim("a refund wants a key", "POST", ORDERS + "/refund", 400)
claim("a refund of nothing is 200", "POST", ORDERS + "/refund", 200, headers=KEYED, refunded=0)
claim("a switch answers in place of the step", "PUT", "/v1/orders/A1%2Bdeliver%3A409/delivery", 409)
claim("a switch that nobody knows is 400", "PUT", "/v1/orders/A1%2Bfly%3A409/delivery", 400)


def steps(connection, *wanted):
    """Each is (method, path, body, status): the requests in order; gives the body of the last."""
    for method, path, body, code in wanted:
        got, value = ask(connection, method, path, body, KEYED)
        equal(got, code, f"{method} {path}")
    return value


@case("a payment that is sent twice is one payment")
def _():
    with running_shop() as shop:
        books = steps(shop.connection(), ("POST", "/v1/payments", PAYMENT, 201),
                      ("POST", "/v1/payments", PAYMENT, 200), ("GET", ORDERS + "/books", None, 200))
    equal(books["payments"], ["P0001"])


@case("a key that is used for another amount is 409")
def _():
    with running_shop() as shop:
        steps(shop.connection(), ("POST", "/v1/payments", PAYMENT, 201),
              ("POST", "/v1/payments", '{"order": "A1", "amount": 101}', 409))


@case("a payment is captured at the second look, and refunded once")
def _():
    look = ("GET", "/v1/payments/P0001", None, 200)
    with running_shop() as shop:
        connection = shop.connection()
        steps(connection, ("POST", "/v1/payments", PAYMENT, 201))
        equal([steps(connection, look)["status"] for _ in range(3)],
              ["pending", "captured", "captured"])
        books = steps(connection, ("POST", ORDERS + "/refund", None, 201),
                      ("POST", ORDERS + "/refund", None, 200), ("GET", ORDERS + "/books", None, 200))
    equal(books["refunded"], 100)


@case("what was released can be reserved again")
def _():
    with running_shop() as shop:
        mine, yours = (f"/v1/orders/{order}/reservations/LMP-2" for order in ("A1", "B2"))
        steps(shop.connection(), ("PUT", mine, '{"qty": 2}', 201), ("PUT", yours, '{"qty": 1}', 409),
              ("DELETE", ORDERS + "/reservations", None, 200), ("PUT", yours, '{"qty": 1}', 201))


@case("what comes too late for an order that was called off is 410")
def _():
    with running_shop() as shop:
        steps(shop.connection(), ("DELETE", ORDERS + "/reservations", None, 200),
              ("PUT", ORDERS + "/reservations/MUG-1", '{"qty": 1}', 410),
              ("PUT", ORDERS + "/delivery", None, 410))


@case("a switch with a number stops after so many times")
def _():
    with running_shop() as shop:
        path = "/v1/orders/A1%2Bdeliver%3A503x2/delivery"
        steps(shop.connection(), *[("PUT", path, None, code) for code in (503, 503, 201)])


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
