#!/usr/bin/env python3
"""Numbers from outside: how they are typed, when they are exact, and when arithmetic refuses them."""

import json
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow, flowrun
from scripted import Server, reply
from tap import add, case, contains, equal, main, true

# What a person types, the int that it is, and the number that it is; None: it is not one.
TYPED = [
    ("5", "5", "5"), ("05", "5", "5"), ("+5", "5", "5"), ("-5", "-5", "-5"), ("-05", "-5", "-5"), ("000", "0", "0"),
    ("+007", "7", "7"), (".5", None, "0.5"), ("-.5", None, "-0.5"), ("+.5", None, "0.5"), ("00.5", None, "0.5"),
    ("5.0", "5", "5"), ("05.00", "5", "5"), ("1e2", "100", "100"), ("-0", "0", "-0"), ("4.50", None, "4.5"),
    ("0.12345678901234567890123", None, "0.12345678901234567890123"), ("9007199254740993.0", "9007199254740993", "9007199254740993.0"),
    ("012345678901234567890", None, "12345678901234567890"), ("+1e400", None, "1e400"), (".5e400", None, "0.5e400"),
    ("9223372036854775807", "9223372036854775807", "9223372036854775807"), ("9223372036854775808", None, "9223372036854775808"),
    ("-09223372036854775808", "-9223372036854775808", "-9223372036854775808"),
    ("5.", None, None), (".", None, None), ("+", None, None), ("-", None, None), ("+-5", None, None), ("--5", None, None), ("++5", None, None),
    ("1,5", None, None), ("1 000", None, None), ("1_000", None, None), ("0x10", None, None), ("five", None, None), ("5a", None, None),
    ("NaN", None, None), ("inf", None, None), ("1e", None, None), (".e5", None, None), ("٥", None, None),
]

WAYS = """
flow f(x: text) -> any {
    node n { -> end { int: int(x), number: number(x) } }
}
flow i(x: int) -> any { node n { -> end (x) } }
flow n(x: number) -> any { node n { -> end (x) } }
flow asked_int -> any {
    node q { ask "?" as x: int  ok -> end (x)  invalid -> end (null) }
}
flow asked_number -> any {
    node q { ask "?" as x: number  ok -> end (x)  invalid -> end (null) }
}
"""


def is_typed(flow, text, whole, number):
    shown = [word or "null" for word in (whole, number)]
    by_function = flow.run(flow="f", inputs={"x": text})
    equal(by_function.stdout, '{"int":%s,"number":%s}\n' % tuple(shown), "int() and number()")
    for name, wanted in ("i", whole), ("n", number):
        given = flow.run(flow=name, inputs={"x": text})
        equal((given.code, given.stdout), (0, f"{wanted}\n") if wanted else (2, ""), f"as input of {name}: {given!r}")
    for name, wanted in ("asked_int", shown[0]), ("asked_number", shown[1]):
        answered = flow.run(flow=name, answers=[f" {text} "])
        equal(answered.stdout.splitlines()[-1], wanted, f"as an answer of {name}: {answered!r}")


@case("a typed number is read the same by int(), number(), inputs and answers")
def _():
    flow = Flow(WAYS)
    for row in TYPED:
        is_typed(flow, *row)


@case("a typed number is read the same as configuration")
def _():
    flow = Flow("config i: int\nconfig n: number\nflow f -> any { node n { -> end ([i, n]) } }")
    equal(flow.run(i="+05", n="-.50").stdout, "[5,-0.5]\n", "values")


@case("in the JSON of a batch a text is not read as a number")
def _():
    flow = Flow("flow f(x: number) -> any { node n { -> end (x) } }")
    done = flowrun("batch", flow.image, "--inputs", "-", "--quiet", stdin='{"x":"5"}\n{"x":05}\n{"x":5}\n')
    equal(sorted(json.loads(line)["status"] for line in done.stdout.splitlines()), ["ended", "invalid", "invalid"], repr(done))


LOST = ["12345678901234567890", "-12345678901234567890", "1e400", "-1e400", "1e-400", "123456789012345678901234567890e5"]
HELD = ["9223372036854775807", "9007199254740993.0", "0.12345678901234567890123", "100000000000000000000", "1.5", "5e-324"]

PASSED = """
config base: text
endpoint api { url base }
flow f {
    var x = null
    node n {
        GET api "/x"
        200 { x = body.x } -> send
        other, error, timeout, max-connection -> fail
    }
    node send {
        POST api "/back/{x}"
        query x: x
        body { x: x, less: x < 1, same: x == x }
        200 -> end { x: x, text: "{x}" }
        other, error, timeout, max-connection -> fail
    }
}
"""


def passes(digits):
    get = reply(200, f'{{"x":{digits}}}', content_type="application/json")
    with Server(get, reply(200, "")) as server:
        run = Flow(PASSED).run(base=server.url)
    less = "false" if float(digits) >= 1 else "true"
    equal(run.stdout, f'{{"x":{digits},"text":"{digits}"}}\n', "the value")
    sent = server.requests[1]
    equal(sent.target, f"/back/{digits}?x={digits}", "the target")
    equal(sent.body, f'{{"x":{digits},"less":{less},"same":true}}'.encode(), "the body")


COMPUTED = ["x + 1", "1 + x", "x - 1", "1 - x", "x * 1", "1.5 * x", "x / 2", "2 / x", "-x", "sum([1, x])", "min(1, x)",
            "max([x])", "min([2, x, 1])", "x + 0.5"]


def computed(expression):
    flow = Flow(f"flow f(x: any) -> any {{\n  node n {{\n    y = {expression}\n    -> end (y)\n  }}\n}}\n")
    lines = "".join(f'{{"x":{digits}}}\n' for digits in LOST + HELD)
    done = flowrun("batch", flow.image, "--inputs", "-", "--quiet", stdin=lines)
    results = sorted(map(json.loads, done.stdout.splitlines()), key=lambda run: run["line"])
    for digits, result in zip(LOST, results):
        equal(result["status"], "faulted", f"{expression} of {digits}: {result}")
        contains(result["error"], "test.flow:3: ", "the place")
        contains(result["error"], "neither a 64-bit integer nor a double can hold", "the fault")
    for digits, result in zip(HELD, results[len(LOST):]):
        is_too_large = "result" in (result.get("error") or "")  # 9223372036854775807 + 1 and 2 / 5e-324
        equal(result["status"], "faulted" if is_too_large else "ended", f"{expression} of {digits}: {result}")


@case("a whole number that is written as a decimal is calculated with exactly")
def _():
    flow = Flow("flow f(x: any) -> any { node n { y = [x + 1, x - 1, x * 1, -x] -> end (y) } }")
    equal(flow.run(inputs={"x": "9007199254740993.0"}).stdout,
          "[9007199254740994,9007199254740992,9007199254740993,-9007199254740993]\n", "values")


@case("a constant keeps the digits of a number that no double holds")
def _():
    flow = Flow("const x = 9007199254740993.0\nconst y = x + 1\nflow f -> any { node n { -> end ([x, y, 0.12345678901234567890123]) } }")
    equal(flow.run().stdout, "[9007199254740993.0,9007199254740994,0.12345678901234567890123]\n", "values")


WHOLE = """
config base: text
endpoint api { url base }
type T { id: int, ids: [int], deep: { n: int? } }
flow f {
    var t: T = { id: 1, ids: [], deep: { n: null } }
    node n {
        GET api "/x"
        200 as T { t = body } -> send
        other, error, timeout, max-connection -> fail
    }
    node send {
        PUT api "/items/{t.id}"
        query id: t.id, ids: t.ids
        body t
        200 -> end { rest: (t.id + 7) % 2, item: ["zero", "one"][t.id], text: "{t.id} {t.deep.n}" }
        other, error, timeout, max-connection -> fail
    }
}
"""


@case("-0 and 7.0 of JSON are ints where a type wants ints")
def _():
    body = '{"id":-0,"ids":[-0,7.0,1e2,-0.0],"deep":{"n":-0},"more":-0}'
    with Server(reply(200, body, content_type="application/json"), reply(200, "")) as server:
        run = Flow(WHOLE).run(base=server.url)
    equal(run.stdout, '{"rest":1,"item":"zero","text":"0 0"}\n', repr(run))
    equal(server.requests[1].target, "/items/0?id=0&ids=0&ids=7&ids=100&ids=0", "the target")
    equal(server.requests[1].body, b'{"id":0,"ids":[0,7,100,0],"deep":{"n":0},"more":-0}', "the body")


@case("-0 and 7.0 are ints in the inputs of a batch and of the command line")
def _():
    flow = Flow("flow f(x: int, xs: [int]) -> any { node n { -> end ([x, x % 3, xs]) } }")
    done = flowrun("batch", flow.image, "--inputs", "-", "--quiet", stdin='{"x":-0,"xs":[7.0]}\n')
    equal(json.loads(done.stdout)["value"], [0, 0, [7]], repr(done))
    equal(flow.run(inputs={"x": "7.0", "xs": "[-0]"}).stdout, "[7,1,[0]]\n", "from the command line")


@case("an int beyond 64 bits is named where an int is wanted")
def _():
    flow = Flow("type T { id: int }\nflow f(x: T) -> any { node n { -> end (x) } }")
    done = flow.run(inputs={"x": '{"id":12345678901234567890}'})
    equal(done.code, 2, repr(done))
    contains(done.stderr, "id: expected int, got number 12345678901234567890", "the message")


for number in LOST + HELD:
    add(f"{number} passes through unchanged and compares exactly", passes, number)
for form in COMPUTED:
    add(f"`{form}` faults at its place where the number does not fit, and only there", computed, form)

main()
