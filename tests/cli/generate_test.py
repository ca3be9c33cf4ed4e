#!/usr/bin/env python3
"""`flowrun test --generate`: tests for the outcomes that no test takes, which compile and pass."""

import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib")]

from flowtest import Flow, flowrun
from places import SOURCE
from tap import add, case, contains, equal, lacks, main, true

EXAMPLES = SOURCE / "examples"
LIB = {"lib/shop.flow": (EXAMPLES / "lib/shop.flow").read_text()}


def generated(source):
    """What is proposed for a source, and the flow with it added."""
    flow = Flow(source, files=LIB)
    done = flowrun("test", "--generate", flow.image.name, cwd=flow.folder)
    equal((done.code, done.stderr), (0, ""), repr(done))
    return done.stdout, Flow(source + done.stdout, files=LIB)


def passes(flow, coverage=100):
    done = flowrun("test", "--min-coverage", coverage, flow.image.name, cwd=flow.folder)
    equal((done.code, done.stderr), (0, ""), repr(done))
    lacks(done.stdout, "not ok")


def example(name):
    text = (EXAMPLES / f"{name}.flow").read_text()
    bare = re.split(r'(?m)^test "', text)[0]
    true(len(bare) < len(text), f"{name}.flow has no tests to take away")
    _, flow = generated(bare)
    passes(flow)


for name in ("hello", "support", "returns", "payment"):
    add(f"{name} without its tests gets tests that take every outcome", example, name)


@case("where nothing is missing nothing is proposed")
def _():
    text, _ = generated((EXAMPLES / "support.flow").read_text())
    lacks(text, "test \"")
    contains(text, "# No test is missing")


@case("only what no test takes is proposed")
def _():
    text, flow = generated("""
endpoint e { url "http://127.0.0.1:1" }
flow f() { node n { GET e "/" 200 -> end other -> fail error, timeout, max-connection -> end } }
test "mine" { start f() reply n: 200 expect end }
""")
    equal(re.findall(r'test "(.*)"', text), ["f.n: other", "f.n: error", "f.n: timeout", "f.n: max-connection"])
    passes(flow)


@case("guards and types are met by values that the code names")
def _():
    _, flow = generated("""
type Order { id: text, status: text, total: number, items: [{ sku: text }], note: text? }
endpoint e { url "http://127.0.0.1:1" }
flow f(id: text, n: int) -> { what: text } {
    node n {
        GET e "/{id}"
        200 as Order when body.status == "paid" -> deep
        200 -> end { what: "200" }
        4xx, other, error, timeout, max-connection -> end { what: "else" }
    }
    node deep {
        ask "Code?" as code match '^[A-Z]{2}-[0-9]{3}$'
        ok -> number
        invalid -> end { what: "invalid" }
    }
    node number { ask "How many?" as count: int ok -> pick invalid -> deep max 2 else pick }
    node pick { ask "Which?" as which choices "a", "b" timeout 1h ok -> end { what: which } invalid, timeout -> end { what: "" } }
}
""")
    passes(flow)


@case("texts with quotes, braces and backslashes are written so that they read back")
def _():
    text, flow = generated(r'''
flow f() -> { what: text } {
    node n {
        ask "?" as a choices "a\"\{x\}\\n"
        ok -> end { what: a }
        invalid -> end { what: "none" }
    }
}
''')
    contains(text, r'answer n: "a\"\{x\}\\n"')
    passes(flow)


@case("what cannot be found is said, and not invented")
def _():
    text, flow = generated("""
endpoint e { url "http://127.0.0.1:1" }
flow f(id: text) {
    node a { if sha256(id) == "ab" -> n else -> z }
    node n { GET e "/" 200, other, error, timeout, max-connection -> end }
    node z { -> end }
}
""")
    contains(text, "# No way was found")
    contains(text, "#   f.n: 200\n")
    lacks(text, "test \"")


@case("retries, sub-flows and groups are answered in their order")
def _():
    _, flow = generated("""
endpoint e { url "http://127.0.0.1:1" }
flow main() {
    node both { parallel { a: call one(i: 1) b: call one(i: 2) } ok -> all fail -> end }
    node all { each i in [1, 2] concurrency 2 { call one(i: i) } ok, fail -> end }
}
flow one(i: int) -> int {
    node n { GET e "/{i}" retry 2 on 503, timeout 200 -> end (i) 503 -> fail other, error, timeout, max-connection -> fail }
}
""")
    passes(flow)


main()
