#!/usr/bin/env python3
"""payment.flow against the demo shop, through every branch.

The switches in an order's number (examples/shop/README.md) say what the shop does. Each case is one
run and what it came to; the last case counts that together they took every outcome of every node,
by the trace and by the list of outcomes that `flowrun test --coverage` knows.
"""

import contextlib
import json
import pathlib
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

import flowtest
from places import FLOWRUN, SOURCE
from scripted import Closed
from shop import running_shop
from tap import case, equal, main, skip, true

EXAMPLES = SOURCE / "examples"
SECRETS = {"shop_key": "demo-key"}
BASKET = [{"sku": "MUG-1", "qty": 2}, {"sku": "TEA-7", "qty": 1}]
taken = set()  # (flow.node, outcome, where to)


def copied(*changes, timeout="5s"):
    """payment.flow with other texts in it, and another timeout in lib/shop.flow."""
    text = (EXAMPLES / "payment.flow").read_text()
    shop = (EXAMPLES / "lib/shop.flow").read_text()
    for old, new in changes:
        true(old in text, f"payment.flow has no {old!r} to change")
        text = text.replace(old, new)
    true("timeout     5s" in shop, "lib/shop.flow has another timeout")
    return flowtest.Flow(text, "payment.flow",
                         {"lib/shop.flow": shop.replace("timeout     5s", f"timeout {timeout}")})


PAYMENT = flowtest.Flow(EXAMPLES / "payment.flow")
# What stalls stalls once, and is given up soon.
HASTY = copied(("retry 2 on timeout, 503", "retry 2 on 503"),
               ("retry 2 on error, timeout, 5xx", "retry 2 on 5xx"), timeout="400ms")


def note(stderr):
    """Adds the steps of a trace to those taken, and gives them in their order."""
    steps = [json.loads(line) for line in stderr.splitlines() if line.startswith('{"')]
    walked = [(f"{step['flow']}.{step['node']}", step["outcome"], step["to"]) for step in steps]
    taken.update(walked)
    return walked


def buy(url, order="A1", basket=BASKET, flow=PAYMENT, secrets=SECRETS):
    run = flow.run("--trace=json", inputs={"order": order, "basket": json.dumps(basket)},
                   secrets=secrets, shop_url=url + "/v1", look_every=0)
    run.walked = note(run.stderr)
    return run


def books(shop, order):
    connection = shop.connection()
    connection.request("GET", "/v1/orders/" + order.replace("+", "%2B") + "/books",
                       headers={"Authorization": "Bearer demo-key"})
    return json.loads(connection.getresponse().read())


def failed(run, message, undone=True):
    equal(run.code, 1, f"exit status of {run!r}")
    equal(run.stderr.splitlines()[-1],
          "failed: " + json.dumps({"message": message, "undone": undone}, separators=(",", ":")))


def fails(name, order, message, undone=True, basket=BASKET, flow=PAYMENT, through=(),
          kept_anyway=False):
    """A case: this order fails with the message, and nothing of it is left unless it says so."""
    @case(name)
    def _():
        with running_shop("--retry-after", "0") as shop:
            run = buy(shop.url, order, basket, flow)
            kept = books(shop, order)
        failed(run, message, undone)
        for step in through:
            true(step in run.walked, f"{step} is not among {run.walked}")
        if undone and not kept_anyway:
            equal((kept["reserved"], kept["delivery"]), ({}, None), "reserved after the undoing")


@case("a basket is reserved, paid and captured")
def _():
    with running_shop() as shop:
        run = buy(shop.url)
        kept = books(shop, "A1")
    equal((run.code, run.lines), (0, [
        "Thank you! 42 euro are paid; your order A1 arrives on Friday.",
        '{"order":"A1","payment":"P0001","total":4200,"arrives":"on Friday"}']))
    equal([step[0] for step in run.walked][-6:],
          ["take_money.pause", "take_money.look", "take_money.pause", "take_money.look", "buy.pay",
           "buy.thank"])
    equal((kept["reserved"], kept["payments"]), ({"MUG-1": 2, "TEA-7": 1}, ["P0001"]))


@case("the same order once more takes no money a second time")
def _():
    with running_shop() as shop:
        first, second = buy(shop.url), buy(shop.url)
        kept = books(shop, "A1")
    equal(second.lines, first.lines)
    true(("take_money.charge", "200", "end") in second.walked, repr(second.walked))
    equal(kept["payments"], ["P0001"])


@case("a payment that is captured at once is not looked at")
def _():
    with running_shop() as shop:
        run = buy(shop.url, "A1+capture:at-once")
    equal(run.code, 0, repr(run))
    true(("take_money.charge", "201", "end") in run.walked, repr(run.walked))


@case("an order that was paid with another amount is not paid again")
def _():
    with running_shop() as shop:
        buy(shop.url)
        run = buy(shop.url, basket=BASKET[:1])
    failed(run, "this order was paid before, with another amount")


@case("what fails twice and then works is bought")
def _():
    order = "A1+deliver:503x2+pay:503x2"
    with running_shop("--retry-after", "0") as shop:
        run = buy(shop.url, order)
        kept = books(shop, order)
    equal((run.code, kept["payments"]), (0, ["P0001"]), repr(run))


@case("an empty basket sends nothing")
def _():
    with Closed() as place:
        run = buy(place.url, basket=[])
    failed(run, "the basket is empty")
    equal(run.walked, [("buy.look_into", None, "fail")])


@case("a hundred articles are reserved, their order kept")
def _():
    basket = [{"sku": "PEN-3", "qty": n} for n in range(1, 101)]
    with running_shop() as shop:
        run = buy(shop.url, basket=basket)
    equal(json.loads(run.lines[-1])["total"], 100 * 5050)


# what cannot be reserved
fails("too few of an article: nothing is bought", "A1", "there are only 2 of LMP-2",
      basket=BASKET + [{"sku": "LMP-2", "qty": 3}])
fails("an article that nobody knows", "A1", "there is no article NO-1",
      basket=[{"sku": "NO-1", "qty": 1}])
for status, message in ((403, "the shop is closed to us"), (500, "the shop is closed"),
                        (503, "the shop is closed"), (418, "the shop answered 418 for MUG-1")):
    fails(f"a reservation that is answered {status}", f"A1+reserve:{status}", message,
          basket=BASKET[:1])
fails("a reservation that is broken off", "A1+reserve:reset", "the shop cannot be reached")
fails("a reservation that is not what was promised", "A1+reserve:odd", "the shop cannot be reached")
fails("a reservation that stalls", "A1+reserve:stall", "the shop does not answer", flow=HASTY)
for what in (409, 418, "reset", "stall"):
    fails(f"a delivery that is answered {what}", f"A1+deliver:{what}",
          "no van has room" if what == 409 else "the delivery cannot be planned",
          flow=HASTY if what == "stall" else PAYMENT)


@case("a wrong key undoes nothing and says so")
def _():
    with running_shop() as shop:
        run = buy(shop.url, secrets={"shop_key": "wrong"}, basket=BASKET[:1],
                  flow=copied(("van:      call reserve_van(order: order)",
                               "van:      call late()"),
                              ("flow reserve_van(", "flow late() -> { day: text } "
                               '{ node n { wait 1h -> end { day: "" } } }\nflow reserve_van(')))
    failed(run, "the shop is closed to us", undone=False)


# what cannot be paid
for what, message in ((402, "the card was declined"), (400, "the payment was refused"),
                      ("reset", "the payment went wrong"), ("odd", "the payment went wrong"),
                      (500, "the payment was refused"), ("stall", "the payment takes too long")):
    fails(f"a payment that is answered {what}", f"A1+pay:{what}", message,
          flow=HASTY if what == "stall" else PAYMENT)
fails("a payment that the bank rejects", "A1+capture:rejected", "the card has expired",
      through=[("give_back.refund", "200", "release")])
fails("a payment that is never captured is given back", "A1+capture:pending",
      "the bank takes too long",
      through=[("take_money.look", "200", "too_long"), ("give_back.refund", "201", "release")])
for what in (418, "reset", "odd", "stall"):
    fails(f"a look at the payment that is answered {what}", f"A1+look:{what}",
          "the bank takes too long", flow=HASTY if what == "stall" else PAYMENT)


# what cannot be undone
for what in (418, 500, "reset", "stall"):
    fails(f"a refund that is answered {what} leaves the order half done",
          f"A1+pay:402+refund:{what}", "the card was declined", undone=False,
          flow=HASTY if what == "stall" else PAYMENT)
    fails(f"a release that is answered {what} leaves the order half done",
          f"A1+pay:402+release:{what}", "the card was declined", undone=False,
          flow=HASTY if what == "stall" else PAYMENT)
fails("a release of what is gone is no mistake", "A1+pay:402+release:404", "the card was declined",
      kept_anyway=True)


@case("a refund that fails twice is made once")
def _():
    order = "A1+capture:pending+refund:503x2"
    with running_shop("--retry-after", "0") as shop:
        run = buy(shop.url, order)
        kept = books(shop, order)
    failed(run, "the bank takes too long")
    equal(kept["refunded"], 4200)


# A pool that is full -------------------------------------------------------------------------------

FULL = """
endpoint full {
    url         shop_url
    header      Authorization: "Bearer {shop_key}", Accept: "application/json"
    timeout     1m
    connections 1 wait 10ms
}
flow crowded(order: text, basket: [Line]) {
    node begin  { if order == "HOLD" -> occupy else -> flow buy(order: order, basket: basket) }
    node occupy { GET full "/slow" 200 -> end other, error, timeout, max-connection -> fail }
}
"""


def crowded(call):
    """A copy in which this call has an endpoint of its own, whose one slot a first run holds."""
    return copied((call, call.replace(" shop ", " full ")),
                  ("import shop,", "import shop, shop_url, shop_key,"),
                  ('const support = ', FULL + '\nconst support = '))


def give_up(started):
    """Ctrl-C until the batch is over: the first lets runs end, and two at once may count as one."""
    while started.process.poll() is None:
        started.interrupt()
        with contextlib.suppress(subprocess.TimeoutExpired):
            started.process.wait(0.1)


def out_of_slots(call, order, message, undone):
    @case(f"no slot is left for {call.split()[0]} {call.split()[-1]}")
    def _():
        flow = crowded(call)
        lines = [{"order": "HOLD", "basket": []}, {"order": order, "basket": BASKET[:1]}]
        (flow.folder / "runs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        with running_shop() as shop:
            started = flowtest.Running(
                [FLOWRUN, "batch", "--trace=json", "--inputs", "runs.jsonl", "--concurrency", "2",
                 "--set", f"shop_url={shop.url}/v1", "--set", "look_every=0", flow.image.name,
                 "crowded"],
                b"", {"FLOW_SHOP_KEY": "demo-key"}, flow.folder)
            result = json.loads(started.process.stdout.readline())
            give_up(started)
            walked = note(started.finish().stderr)
        equal((result["line"], result["value"]), (2, {"message": message, "undone": undone}))
        true("max-connection" in {outcome for _, outcome, _ in walked}, repr(walked))


CARD = "the card was declined"
out_of_slots('PUT shop "/orders/{order}/reservations/{line.sku}"', "A1",
             "many people are buying right now", True)
out_of_slots('PUT shop "/orders/{order}/delivery"', "A1", "the delivery cannot be planned", True)
out_of_slots('POST shop "/payments"', "A1", "many people are paying right now", True)
out_of_slots('GET shop "/payments/{payment}"', "A1", "the bank takes too long", True)
out_of_slots('POST shop "/orders/{order}/refund"', "A1+pay:402", CARD, False)
out_of_slots('DELETE shop "/orders/{order}/reservations"', "A1+pay:402", CARD, False)


# All of it -----------------------------------------------------------------------------------------

def outcomes():
    """Every (flow.node, outcome) of payment.flow, guards left out."""
    listed = PAYMENT.folder / "outcomes.json"
    done = flowtest.flowrun("test", "--coverage", listed, PAYMENT.image)
    equal(done.code, 0, repr(done))
    return {(f"{node['flow']}.{node['node']}", outcome)
            for node in json.loads(listed.read_text())["nodes"]
            for outcome in {way["outcome"] for way in node["ways"] if "outcome" in way}}


@case("together these cases took every outcome of every node, and every way on")
def _():
    if len(sys.argv) > 1:
        skip("only some of the cases were run")
    wanted = outcomes()
    true(len(wanted) > 50, f"only {len(wanted)} outcomes are known")
    got = {(node, outcome) for node, outcome, _ in taken}
    # The trace names the status; an arm may be for its class, or be `other`.
    for node, outcome, _ in taken:
        if outcome and outcome.isdigit() and (node, outcome) not in wanted:
            group = (node, outcome[0] + "xx")
            got.add(group if group in wanted else (node, "other"))
    equal(sorted(wanted - got), [], "outcomes that no case took")
    ways = {(node, to) for node, _, to in taken}
    for node, *targets in (("buy.look_into", "reserve", "fail"), ("buy.undo", "fail"),
                           ("take_money.charge", "end", "pause", "fail"),
                           ("take_money.look", "end", "fail", "pause", "too_long"),
                           ("give_back.begin", "refund", "release"),
                           ("give_back.finish", "end", "fail")):
        equal(sorted(to for to in targets if (node, to) not in ways), [], f"ways on from {node}")


main()
