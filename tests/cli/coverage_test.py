#!/usr/bin/env python3
"""What coverage counts: nodes that are entered, arms by label and guard, both ways of `max … else`, and the arrows of `if`
and `switch`."""

import json
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib")]

from flowtest import Flow, flowc, flowrun
from tap import case, contains, equal, lacks, main

SHOP = 'endpoint shop { url "http://shop.example" }\n'
LOOK = SHOP + """
flow look(n: int) {
    node get {
        GET shop "/{n}"
        200, 404 when n > 5 -> end
        200 as { id: int } when body.id == 1 -> end
        200 -> end
        4xx when n == 3 -> end
        other, error, timeout, max-connection -> fail
    }
}
"""


def coverage_of(source, tests, *options):
    """How often each item was taken: ways by their names, nodes by theirs, as {"flow.node": {"way": times}}."""
    flow = Flow(source + tests)
    done = flowrun("test", flow.image, "--coverage", flow.folder / "c.json", *options)
    nodes = json.loads((flow.folder / "c.json").read_text())["nodes"]
    counts = {}
    for node in nodes:
        ways = {}
        for way in node["ways"]:
            name = way["outcome"] + (f" when {way['guard']}" if "guard" in way else "") if "outcome" in way else way["arrow"]
            ways[name] = way["taken"]
        counts[f"{node['flow']}.{node['node']}"] = (node["entered"], ways)
    return counts, done


def ways_of(source, tests, node):
    """The ways of a node that were taken, and those that were not."""
    _, ways = coverage_of(source, tests)[0][node]
    return {name: times for name, times in ways.items() if times}, [name for name, times in ways.items() if not times]


def started(n, reply):
    return f'test "it" {{ start look(n: {n}) reply get: {reply} }}\n'


@case("a `when` arm that no test takes keeps --min-coverage 100 from passing")
def _():
    source = SHOP + """
flow f() {
    node get {
        GET shop "/"
        200 when body.n > 1 -> end
        200 -> end
        other, error, timeout, max-connection -> end
    }
}
"""
    replies = ("200 { n: 1 }", "404", "error", "timeout", "max-connection")
    tests = "".join(f'test "{i}" {{ start f() reply get: {reply} expect end }}\n' for i, reply in enumerate(replies))
    _, done = coverage_of(source, tests, "--min-coverage", "100")
    equal(done.code, 1, repr(done))
    contains(done.stdout, "# coverage: 6 of 7 (85 %)\n")
    contains(done.stdout, "# no test takes:\n#   f.get: 200 when body.n > 1\n")
    contains(done.stderr, "the tests cover 6 of 7 nodes, arms and arrows, which is less than 100 %")
    _, done = coverage_of(source, tests + 'test "6" { start f() reply get: 200 { n: 2 } }\n', "--min-coverage", "100")
    equal(done.code, 0, repr(done))


@case("an arm counts by the label that it was taken for and by its guard")
def _():
    for n, reply, way in ((6, "200", "200 when n > 5"), (6, "404", "404 when n > 5"), (1, "200 { id: 1 }", "200 when body.id == 1"),
                          (1, "200 { id: 2 }", "200"), (1, "503", "other"), (1, "error", "error"), (1, "max-connection", "max-connection")):
        taken, untaken = ways_of(LOOK, started(n, reply), "look.get")
        equal((list(taken), len(untaken)), ([way], 8), f"{n} {reply}")


@case("where the guards of a status are false, the arm of its class or `other` counts")
def _():
    equal(list(ways_of(LOOK, started(3, "404"), "look.get")[0]), ["4xx when n == 3"])
    equal(list(ways_of(LOOK, started(1, "404"), "look.get")[0]), ["other"])
    equal(list(ways_of(LOOK, started(3, "418"), "look.get")[0]), ["4xx when n == 3"])


@case("a body that does not fit its type counts for `error`, also where `other` has the same arm")
def _():
    equal(list(ways_of(LOOK, started(1, '200 { id: "x" }'), "look.get")[0]), ["error"])


LOOP = SHOP + """
flow look(n: int) {
    var i = 0
    node get {
        GET shop "/{n}"
        200 { i = i + 1 } -> get max 2 else rest
        other, error, timeout, max-connection -> fail
    }
    node rest { -> rest_again max 1 else over }
    node rest_again { -> rest }
    node over { if i == 3 -> end else -> fail }
}
"""


@case("both ways of `max … else` count, in an arm and by themselves")
def _():
    all_of_it = 'test "all" { start look(n: 1) reply get: 200 reply get: 200 reply get: 200 expect end }\n'
    counts, done = coverage_of(LOOP, all_of_it)
    equal(done.code, 0, repr(done))
    equal(counts["look.get"][1] | counts["look.rest"][1] | counts["look.over"][1],
          {"200": 3, "200 max 2": 2, "200 else": 1, "other": 0, "error": 0, "timeout": 0, "max-connection": 0, "max 1": 1,
           "else": 0, "i == 3": 1} | {"else": 0})
    equal(counts["look.rest"], (2, {"max 1": 1, "else": 1}))
    short = 'test "short" { start look(n: 1) reply get: 200 reply get: 404 expect fail }\n'
    counts, _ = coverage_of(LOOP, short)
    equal(counts["look.get"][1]["200 else"], 0)
    equal(counts["look.rest"], (0, {"max 1": 0, "else": 0}))


CHOICES = """
flow choose(n: int, t: text) {
    node first { if n > 1 and n < 5 -> second else if n == 7 -> second max 1 else second else -> second }
    node second { switch t { "a", "b" { log "x" } -> end "c" -> third max 2 else end else -> end } }
    node third { -> second }
}
"""


@case("each arrow of `if` and `switch` counts, also those that lead to the same node")
def _():
    counts, _ = coverage_of(CHOICES, 'test "x" { start choose(n: 3, t: "b") }\ntest "y" { start choose(n: 0, t: "z") }\n')
    equal(counts["choose.first"], (2, {"n > 1 and n < 5": 1, "n == 7": 0, "n == 7 max 1": 0, "n == 7 else": 0, "else": 1}))
    equal(counts["choose.second"], (2, {'"a", "b"': 1, '"c"': 0, '"c" max 2': 0, '"c" else': 0, "else": 1}))
    counts, _ = coverage_of(CHOICES, 'test "x" { start choose(n: 7, t: "c") }\n')
    equal(counts["choose.first"][1]["n == 7 max 1"], 1)
    equal(counts["choose.second"][1] | {}, {'"a", "b"': 0, '"c"': 3, '"c" max 2': 2, '"c" else': 1, "else": 0})


@case("questions, called flows, groups and sub-flows count by their outcomes")
def _():
    source = """
flow main(n: int) {
    node ask_it { ask "?" as a: int timeout 1s ok when a > 3 -> one ok -> two invalid -> two timeout -> end }
    node one { call sub(n: n) ok when result > 1 -> two ok -> end fail -> end }
    node two { each i in [1, 2] { call sub(n: i) } ok -> three fail -> end }
    node three { parallel { x: call sub(n: 1) y: call sub(n: n) } ok -> end fail -> end }
}
flow sub(n: int) -> int { node s { if n < 0 -> fail else -> end (n) } }
"""
    tests = 'test "a" { start main(n: 2) answer ask_it: "5" }\ntest "b" { start main(n: -1) answer ask_it: "5" }\n'
    counts, _ = coverage_of(source, tests)
    equal(counts["main.ask_it"], (2, {"ok when a > 3": 2, "ok": 0, "invalid": 0, "timeout": 0}))
    equal(counts["main.one"], (2, {"ok when result > 1": 1, "ok": 0, "fail": 1}))
    equal((counts["main.two"], counts["main.three"]), ((1, {"ok": 1, "fail": 0}), (1, {"ok": 1, "fail": 0})))
    equal(counts["sub.s"], (6, {"n < 0": 1, "else": 5}))


@case("nodes count when they are entered, and those that no test enters are listed")
def _():
    source = "flow f(n: int) { node a { if n > 0 -> b else -> c } node b { -> end } node c { -> d } node d { -> end } }\n"
    counts, done = coverage_of(source, 'test "x" { start f(n: 1) }\n')
    equal([counts[f"f.{node}"][0] for node in "abcd"], [1, 1, 0, 0])
    contains(done.stdout, "# coverage: 3 of 6 (50 %)\n#   f.a (1)  n > 0 (1)  else (0)\n#   f.b (1)\n#   f.c (0)\n#   f.d (0)\n"
                          "# no test enters:\n#   f.c\n#   f.d\n# no test takes:\n#   f.a: else\n")


@case("an arm that begins with a search which takes several turns counts once")
def _():
    source = SHOP + """
flow f(t: text) -> { found: bool } {
    var found = false
    node get {
        GET shop "/"
        200 { found = matches(t, '(a|b)*(a|b)*c') } -> end { found: found }
        other, error, timeout, max-connection -> fail
    }
}
"""
    text = "ab" * 60000
    counts, done = coverage_of(source, f'test "x" {{ start f(t: "{text}") reply get: 200 expect end {{ found: false }} }}\n')
    equal((done.code, counts["f.get"][1]["200"]), (0, 1), done.stdout[-500:])


@case("a guard over several lines is shown on one, and a long one is cut")
def _():
    source = "flow f(n: int) { node a { if n > 0 and\n\t\tn < 100000000000 and n != 5000000000 and n != 60000000000 and n != 7 -> end else -> end } }\n"
    _, done = coverage_of(source, 'test "x" { start f(n: 0) }\n')
    contains(done.stdout, "#   f.a: n > 0 and n < 100000000000 and n != 5000000000 and n != 6000…\n")


@case("a stripped program holds neither tests nor what coverage counts")
def _():
    flow = Flow(LOOK + started(1, "404"))
    stripped = flow.folder / "s.flowb"
    equal(flowc("--strip", flow.source, "-o", stripped).code, 0)
    lacks(stripped.read_bytes().decode("latin-1"), "n > 5")
    equal(flowrun("test", stripped).code, 2)

main()
