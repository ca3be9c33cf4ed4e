#!/usr/bin/env python3
"""The examples take the right branch: each status of the demo shop, a closed port, a stalled server,
an exhausted pool.

The demo shop answers where it can; what only a broken server does is played by the scripted one. The
times of an example are shortened in a copy, so that nothing here waits for seconds.
"""

import json
import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

import flowtest
from places import FLOWRUN, SOURCE
from scripted import Closed, Server, close, hold, json_reply, reply, stall
from shop import running_shop
from tap import case, contains, equal, lacks, main

EXAMPLES = SOURCE / "examples"
KEY = {"shop_key": "demo-key"}
RESOLVED, UNRESOLVED = '{"resolved":true}', '{"resolved":false}'
GOODBYE = "Thank you, Ada. Goodbye!"
CALL_US = "Please call us: 0800 123 456."
SORRY = "I am sorry, something went wrong on our side."


def example(name, *changes, **settings):
    """The example with other values of endpoint settings, timeout="200ms", its own or the shop's; and
    with changes, pairs of texts."""
    files = {str(path.relative_to(EXAMPLES)): path.read_text() for path in EXAMPLES.rglob("*.flow")}
    place = f"{name}.flow" if name == "hello" else "lib/shop.flow"
    for setting, value in settings.items():
        files[place], count = re.subn(rf"(?m)^    {setting} +\d.*$", f"    {setting} {value}",
                                      files[place])
        if count == 0:
            raise AssertionError(f"{place} has no {setting} to change")
    text = files.pop(f"{name}.flow")
    for old, new in changes:
        if old not in text:
            raise AssertionError(f"{name}.flow has no {old!r} to change")
        text = text.replace(old, new)
    return flowtest.Flow(text, f"{name}.flow", files)


def crowd(flow, count, server, secrets=KEY, inputs=None, **config):
    """Runs the flow `count` times in one process while the server holds the first call; says what
    each run but that one came to, then lets it go and waits for the end."""
    lines = flow.folder / "runs.jsonl"
    lines.write_text((json.dumps(inputs or {}) + "\n") * count)
    command = [FLOWRUN, "batch", flow.image.name, "--inputs", lines.name, "--concurrency", count]
    for name, value in config.items():
        command += ["--set", f"{name}={value}"]
    started = flowtest.Running(command, b"", {f"FLOW_{name.upper()}": value
                                              for name, value in secrets.items()}, flow.folder)
    runs = [json.loads(started.process.stdout.readline()) for _ in range(count - 1)]
    server.release("held")
    done = started.finish()
    return runs, [json.loads(line) for line in done.lines]


def support(url, *answers, flow=None, secrets=KEY):
    return (flow or flowtest.Flow(EXAMPLES / "support.flow")).run("--trace", inputs={"customer": "Ada"}, secrets=secrets,
                                            answers=answers, shop_url=url)


def ends(run, value, *said):
    """The run ended with this value, and its last messages were these."""
    equal(run.code, 0, f"exit status of {run!r}")
    equal(run.lines[-1 - len(said):], [*said, value], "the last lines")


# hello.flow ---------------------------------------------------------------------------------------

GREETED, RESTING = ["Hello, Ada!"], ["Hello, Ada! (Our greeter is resting.)"]


def greets(url, flow=None):
    run = (flow or example("hello")).run(inputs={"name": "Ada"}, greeter_url=url)
    equal(run.code, 0, f"exit status of {run!r}")
    return run.lines


@case("hello: 200 says what the greeter says")
def _():
    with running_shop() as shop:
        equal(greets(shop.url), GREETED)


@case("hello: its name is escaped in the path")
def _():
    with Server(json_reply(200, {"message": "hi"})) as server:
        example("hello").run(inputs={"name": "a/b ü?"}, greeter_url=server.url)
    equal(server.requests[0].target, "/greet/a%2Fb%20%C3%BC%3F")


for status in (400, 401, 404, 503, 418):
    @case(f"hello: {status} is other")
    def _(status=status):
        with Server(json_reply(status, {"message": "no"})) as server:
            equal(greets(server.url), RESTING)


@case("hello: a closed port is error")
def _():
    with Closed() as place:
        equal(greets(place.url), RESTING)


@case("hello: a stalled server is timeout")
def _():
    with Server([stall()]) as server:
        equal(greets(server.url, example("hello", timeout="200ms")), RESTING)


@case("hello: an exhausted pool is max-connection, and sends nothing")
def _():
    flow = example("hello", timeout="30s\n    connections 1 wait 100ms")
    with Server([hold("held"), json_reply(200, {"message": "hi"})]) as server:
        turned_away, served = crowd(flow, 3, server, greeter_url=server.url)
    equal([run["messages"] for run in turned_away],
          [["Hello, world! (Our greeter is resting.)"]] * 2)
    equal([run["messages"] for run in served], [["hi"]])
    equal((len(server.requests), server.connections), (1, 1), "requests and connections")


# support.flow -------------------------------------------------------------------------------------

@case("support: 200 and shipped")
def _():
    with running_shop() as shop:
        ends(support(shop.url + "/v1", "order", "AB123456"), RESOLVED,
             "Good news: order AB123456 is on its way.", "It arrives on Friday.", GOODBYE)


@case("support: 200 and shipped, without a day")
def _():
    with running_shop() as shop:
        ends(support(shop.url + "/v1", "order", "EF345678"), RESOLVED,
             "It arrives in a few days.", GOODBYE)


@case("support: 200 and not shipped")
def _():
    with running_shop() as shop:
        ends(support(shop.url + "/v1", "order", "CD234567"), RESOLVED,
             "Order CD234567 is packing: Desk lamp, Light bulb", GOODBYE)


@case("support: the request is the one that the flow describes")
def _():
    with Server(json_reply(418, {})) as server:
        support(server.url + "/v1", "order", "AB123456")
    request = server.requests[0]
    equal((request.method, request.target, request.body),
          ("GET", "/v1/orders/AB123456?expand=items&expand=tracking", b""))
    equal([request.header(name) for name in ("Authorization", "Accept", "X-Channel")],
          ["Bearer demo-key", "application/json", "web"])


@case("support: 400 asks again, then an agent")
def _():
    with running_shop() as shop:
        run = support(shop.url + "/v1", "order", *["BR400000"] * 3)
    ends(run, UNRESOLVED, CALL_US)
    equal(run.lines.count("What is your order number?"), 3, "times asked")


@case("support: 401 apologises and logs why")
def _():
    with running_shop() as shop:
        run = support(shop.url + "/v1", "order", "AB123456", secrets={"shop_key": "wrong-key"})
    ends(run, UNRESOLVED, SORRY, CALL_US)
    contains(run.stderr, "the shop refused our key", "stderr")
    lacks(run.stderr, "wrong-key", "stderr")


@case("support: 404 asks again, and finds the second")
def _():
    with running_shop() as shop:
        run = support(shop.url + "/v1", "order", "ZZ999999", "AB123456")
    contains(run.lines, "I cannot find order ZZ999999.", "messages")
    ends(run, RESOLVED, GOODBYE)


@case("support: 503 is tried again twice, then says that the shop is closed")
def _():
    with running_shop("--retry-after", "0") as shop:
        run = support(shop.url + "/v1", "order", "MM503000")
    ends(run, RESOLVED, "The shop is closed for maintenance.", GOODBYE)
    contains(run.stderr, "3 attempts", "trace")


@case("support: a body that is no order is error")
def _():
    with Server(json_reply(200, {"id": "AB123456", "status": "shipped"})) as server:
        run = support(server.url, "order", "AB123456")
    ends(run, UNRESOLVED, SORRY, CALL_US)
    contains(run.stderr, "total", "stderr")


@case("support: another status is other, and its number is known")
def _():
    with running_shop() as shop:
        run = support(shop.url + "/v1", "order", "TP418000")
    ends(run, UNRESOLVED, SORRY, CALL_US)
    contains(run.stderr, "the shop answered 418", "stderr")


@case("support: a closed port is error")
def _():
    with Closed() as place:
        run = support(place.url, "order", "AB123456")
    ends(run, UNRESOLVED, SORRY, CALL_US)
    contains(run.stderr, "the shop failed: ", "stderr")


@case("support: half a reply is error")
def _():
    with Server([b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", close()]) as server:
        run = support(server.url, "order", "AB123456")
    ends(run, UNRESOLVED, SORRY, CALL_US)
    contains(run.stderr, "the shop failed: ", "stderr")


FAST = ("backoff 250ms..2s", "backoff 1ms..2ms")


@case("support: a server that stalls three times is timeout")
def _():
    with Server([stall()], repeat=True) as server:
        run = support(server.url, "order", "AB123456",
                      flow=example("support", FAST, timeout="100ms"))
    ends(run, UNRESOLVED, SORRY, CALL_US)
    equal(len(server.requests), 3, "attempts")
    lacks(run.stderr, "the shop failed", "stderr")


@case("support: an exhausted pool says so three times, then apologises")
def _():
    # Nobody answers questions here, so this copy begins at the look-up.
    flow = example("support", FAST, (' order_id = ""', ' order_id = "AB123456"'),
                   ("wait 3s", "wait 10ms"),
                   ("node menu {", 'node begin { if channel == "test" -> lookup else -> menu }\n'
                                   "node menu {"),
                   connections="1 wait 50ms", timeout="30s")
    with Server([hold("held"), reply(418)]) as server:
        turned_away, served = crowd(flow, 2, server, shop_url=server.url,
                                    inputs={"customer": "Ada", "channel": "test"})
    equal(turned_away[0]["messages"],
          ["Many people are asking right now."] * 4 + [SORRY, CALL_US])
    equal(served[0]["messages"], [SORRY, CALL_US])
    equal(len(server.requests), 1, "requests")


@case("support: a wrong answer is asked again, three times")
def _():
    run = support("http://127.0.0.1:9", *["order"], *["AB1"] * 4)
    ends(run, UNRESOLVED, CALL_US)
    equal(run.lines.count("Two letters and six digits, such as AB123456."), 4, "times corrected")


@case("support: the end of the answers is the timeout of the question")
def _():
    ends(support("http://127.0.0.1:9"), RESOLVED, GOODBYE)


@case("support: returns go to their own flow")
def _():
    ends(support("http://127.0.0.1:9", "returns"), RESOLVED, "Returns are free for 30 days, Ada.")


# returns.flow -------------------------------------------------------------------------------------

def send_back(url, order, *answers, flow=None, secrets=KEY):
    return (flow or example("returns")).run(inputs={"order": order, "customer": "Ada"},
                                            secrets=secrets, answers=answers, shop_url=url)


def hands_over(run):
    """An agent will call: the value is a ticket without a label."""
    ends(run, '{"label":null,"ticket":"T0001"}', "Grace will call you; 3 are before you.")


@case("returns: 201 gives the label and the refund")
def _():
    with running_shop() as shop:
        ends(send_back(shop.url + "/v1", "AB123456", "broken"),
             '{"label":"R-AB123456","ticket":null}', "We are sorry that it broke.",
             "Put R-AB123456 on the parcel. You get back 42 euro.")


@case("returns: 200 says that it was announced before")
def _():
    with running_shop() as shop:
        send_back(shop.url + "/v1", "AB123456", "broken")
        run = send_back(shop.url + "/v1", "AB123456", "disliked")
    contains(run.lines, "This return was announced before.", "messages")
    ends(run, '{"label":"R-AB123456","ticket":null}',
         "Put R-AB123456 on the parcel. You get back 42 euro.")


@case("returns: the form and the JSON are the ones that the flow describes")
def _():
    with Server(reply(409), json_reply(200, {"agent": "Bo", "ticket": "T9"})) as server:
        run = send_back(server.url, "AB123456", "broken")
    form, handover = server.requests
    equal((form.method, form.target, form.header("Content-Type"), form.body),
          ("POST", "/returns", "application/x-www-form-urlencoded", b"order=AB123456&reason=broken"))
    equal((handover.method, handover.target, handover.header("Content-Type"), handover.body),
          ("POST", "/handover", "application/json",
           b'{"customer":"Ada","about":{"order":"AB123456","problem":"it has not been shipped yet"},'
           b'"priority":"high"}'))
    ends(run, '{"label":null,"ticket":"T9"}', "Bo is here for you.")


@case("returns: 409 hands over")
def _():
    with running_shop() as shop:
        hands_over(send_back(shop.url + "/v1", "CD234567", "wrong"))


for status, order in ((400, "nonsense"), (404, "ZZ999999")):
    @case(f"returns: {status} says that there is no such order")
    def _(order=order):
        with running_shop() as shop:
            ends(send_back(shop.url + "/v1", order, "wrong"), '{"label":null,"ticket":null}',
                 f"There is no order {order}.")


@case("returns: 401 on both calls fails with the reason")
def _():
    with running_shop() as shop:
        run = send_back(shop.url + "/v1", "AB123456", "wrong", secrets={"shop_key": "bad"})
    equal(run.code, 1, "exit status")
    contains(run.stdout, "Sorry, Ada: we may not announce it.", "stdout")
    contains(run.stderr, "the hand-over was answered 401", "stderr")


for status, order in ((503, "MM503000"), (418, "TP418000")):
    @case(f"returns: {status} hands over")
    def _(order=order):
        with running_shop() as shop:
            hands_over(send_back(shop.url + "/v1", order, "wrong"))


@case("returns: a closed port fails with the reason")
def _():
    with Closed() as place:
        run = send_back(place.url, "AB123456", "wrong")
    equal(run.code, 1, "exit status")
    contains(run.stdout, "Sorry, Ada: the shop cannot be reached.", "stdout")
    contains(run.stderr, "connect: ", "stderr")


@case("returns: a stalled server is timeout")
def _():
    with Server([stall()], json_reply(201, {"agent": "Grace", "ticket": "T0001", "waiting": 3})) as s:
        hands_over(send_back(s.url, "AB123456", "wrong", flow=example("returns", timeout="200ms")))
    contains(s.requests[1].body, b"the shop does not answer", "hand-over")


@case("returns: an exhausted pool fails with the reason")
def _():
    flow = example("returns", timeout="30s", connections="1 wait 50ms", within="60s")
    with Server([hold("held"), json_reply(404, {})]) as server:
        turned_away, served = crowd(flow, 2, server, inputs={"order": "AB123456"},
                                    shop_url=server.url)
    equal((turned_away[0]["status"], turned_away[0]["value"]),
          ("failed", {"problem": "many people send things back right now"}))
    equal(served[0]["value"], {"label": None, "ticket": None})
    equal(len(server.requests), 1, "requests")


# their own tests ----------------------------------------------------------------------------------

for path in sorted(EXAMPLES.glob("*.flow")):
    @case(f"{path.stem}: the tests in its file pass, offline")
    def _(path=path):
        flow = flowtest.Flow(path)
        done = flowtest.flowrun("test", flow.image)
        equal(done.code, 0, f"exit status of {done!r}")
        contains(done.stdout, "\nok 1 - ", "TAP")


main()
