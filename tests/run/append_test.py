#!/usr/bin/env python3
"""Variables that are added to: they grow in their place where nobody else holds their value, and who
else holds it never sees that."""

import json
import pathlib
import random
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow
from scripted import Server, reply
from tap import add, case, equal, main

TURNS = 50_000
FUEL = 4 * TURNS  # a turn costs 1 for each arrow back; copying the value in each turn would cost 100 times as much

LOOP = """
flow f(n: int, v: any = "abcdefg") -> any {{
    var i = 0
    {variables}
    node more {{
        {actions}
        i = i + 1
        if i < n -> more max 100000000 else done else -> done
    }}
    node done {{ -> end ({result}) }}
}}
"""

FAR = " ".join(f"var x{i} = {i}" for i in range(260))

# What a turn does: variables, actions, and the result of 3 turns.
FORMS = {
    "an item": ("var xs = []", "xs = xs + [i]", "xs", [0, 1, 2]),
    "an item to a list of a declared type": ("var xs: [int] = []", "xs = xs + [i]", "xs", [0, 1, 2]),
    "an item of the type any": ("var xs: [any] = []", "xs = xs + [v]", "xs", ["abcdefg"] * 3),
    "an item of the type any to a list of texts": ("var xs: [text] = []", "xs = xs + [v]", "xs", ["abcdefg"] * 3),
    "each of several lists": ("var xs = []", "xs = xs + [i] + [i, i]", "xs", [0, 0, 0, 1, 1, 1, 2, 2, 2]),
    "an item that is the length so far": ("var xs = []", "xs = xs + [len(xs)] + [len(xs)]", "xs", [0, 0, 2, 2, 4, 4]),
    "an item to a list that was looked at before": ("var xs = []", "y = first(slice(xs, 0, 1) + [len(xs)]) xs = xs + [i]", "xs", [0, 1, 2]),
    "an item to the variable number 261": (FAR + " var xs = []", "xs = xs + [i]", "xs", [0, 1, 2]),
    "a text": ('var t = ""', 't = t + "abcdefg{i}"', "t", "abcdefg0abcdefg1abcdefg2"),
    "each of several texts": ('var t = ""', 't = t + "abcdefg" + text(i) + "!"', "t", "abcdefg0!abcdefg1!abcdefg2!"),
    "what follows a hole for the variable itself": ('var t = ""', 't = "{t}abcdefg{i}"', "t", "abcdefg0abcdefg1abcdefg2"),
    "a text to a text of a declared type": ('var t: text = ""', 't = t + v', "t", "abcdefg" * 3),
    "a text to a text of the type any": ("var t: any = v", 't = t + v', "t", "abcdefg" * 4),
}


def takes_fuel(variables, actions, result, wanted):
    flow = Flow(LOOP.format(variables=variables, actions=actions, result=result))
    equal(flow.run(inputs={"n": 3}).stdout, json.dumps(wanted, separators=(",", ":")) + "\n", "3 turns")
    run = Flow(LOOP.format(variables=variables, actions=actions, result=f"len({result})")).run(
        "--max-fuel", str(FUEL), inputs={"n": TURNS})
    equal(run.code, 0, repr(run)[:300])


VALUES = """
const base = [1, 2]
flow f() -> any {
    var xs = base
    node n {
        xs = xs + [3]            # a constant is not changed
        kept = xs
        xs = xs + [4]
        xs = xs + xs
        xs = xs + [xs]
        call g(xs: xs)
        ok { xs = xs + [result] } -> last
        fail -> fail
    }
    node last {
        -> end ([base, kept, xs])
    }
}
flow g(xs: [any]) -> any { node n { xs = xs + ["g"] -> end (len(xs)) } }
"""


@case("who holds the old value keeps it")
def _():
    eight = [1, 2, 3, 4] * 2
    equal(json.loads(Flow(VALUES).run().stdout), [[1, 2], [1, 2, 3], eight + [eight, 10]], "values")


@case("the body of a response stays as it is when a variable that holds it is added to")
def _():
    flow = Flow("""
        config base: text
        endpoint e { url base }
        flow f() -> any {
            node n {
                GET e "/"
                200 { xs = body  xs = xs + [3]  ys = body  t = "{json(body)}" } -> end { xs: xs, ys: ys, body: body, t: t }
                other, error, timeout, max-connection -> fail
            }
        }""")
    with Server(reply(200, "[1,2]", content_type="application/json")) as server:
        run = flow.run(base=server.url)
    equal(run.json if run.stdout.startswith("{") else repr(run), {"xs": [1, 2, 3], "ys": [1, 2], "body": [1, 2], "t": "[1,2]"}, "values")


@case("a value that is checked on its way into a variable is not changed where it comes from")
def _():
    flow = Flow("flow f(ys: any) -> any { var xs: [int] = [] node n { xs = ys xs = xs + ys -> end ([xs, ys]) } }")
    equal(flow.run(inputs={"ys": "[-0]"}).stdout, "[[0,0],[-0]]\n", "values")


@case("what does not fit the declared type is a fault")
def _():
    flow = Flow("flow f(y: any) -> any {\n var xs: [int] = []\n node n {\n xs = xs + [y]\n -> end (xs) } }")
    run = flow.run(inputs={"y": '"1"'})
    equal((run.code, run.stderr), (3, "error: test.flow:4: [0]: expected int, got text\n"), repr(run))


def statement(chance, lists, texts):
    """A random assignment, as Flow and as what it does to a dictionary of Python's values."""
    pick = chance.choice
    if chance.random() < 0.5:
        a, b, c, k = pick(lists), pick(lists), pick(lists), chance.randrange(9)
        return pick([
            (f"{a} = {b}", lambda v: v[b]), (f"{a} = {a} + [{k}]", lambda v: v[a] + [k]),
            (f"{a} = {a} + {b}", lambda v: v[a] + v[b]), (f"{a} = {b} + {a}", lambda v: v[b] + v[a]),
            (f"{a} = {a} + [len({a})] + {c}", lambda v: v[a] + [len(v[a])] + v[c]),
            (f"{a} = {a} + {b} + {a}", lambda v: v[a] + v[b] + v[a]), (f"{a} = {a} + [{b}]", lambda v: v[a] + [v[b]]),
            (f"{a} = {a} + (if {k} > 4 then {a} else {b})", lambda v: v[a] + (v[a] if k > 4 else v[b])),
            (f"{a} = slice({b}, 0, {k})", lambda v: v[b][0:k]), (f"{a} = [{k}]", lambda v: [k])]), a
    t, u, k = pick(texts), pick(texts), chance.randrange(9)
    return pick([
        (f"{t} = {u}", lambda v: v[u]), (f'{t} = {t} + "{k}"', lambda v: v[t] + str(k)),
        (f"{t} = {t} + {u}", lambda v: v[t] + v[u]), (f'{t} = "{{{t}}}{k}{{{u}}}"', lambda v: v[t] + str(k) + v[u]),
        (f'{t} = "{{{t}}}{{{t}}}"', lambda v: v[t] + v[t]), (f'{t} = "{{{t}}}{{len({t})}}"', lambda v: v[t] + str(len(v[t]))),
        (f"{t} = {t} + {u} + {t}", lambda v: v[t] + v[u] + v[t]), (f"{t} = slice({u}, 0, {k})", lambda v: v[u][0:k])]), t


@case("random assignments of texts and lists do what a model in Python does")
def _():
    chance = random.Random(7)
    flows, wanted = [], []
    lists, texts = ["a", "b", "c"], ["t", "u"]
    for i in range(200):
        values = {name: [] for name in lists} | {name: "" for name in texts}
        lines = []
        while len(lines) < 40:
            (line, compute), name = statement(chance, lists, texts)
            result = compute(values)
            if len(json.dumps(result)) < 2000:
                values[name] = result
                lines.append(line)
        flows.append("flow f%d() -> any { var a = [] var b = [] var c: [any] = [] var t = \"\" var u: text = \"\" node n { %s -> end ([a, b, c, t, u]) } }"
                     % (i, "\n".join(lines)))
        wanted.append([values[name] for name in "abctu"])
    calls = "\n".join(f'node n{i} {{ call f{i}() ok {{ all = all + [result] }} -> {f"n{i + 1}" if i + 1 < len(flows) else "done"} }}'
                      for i in range(len(flows)))
    calls = calls.replace(" }\n", " fail -> fail }\n").replace("-> done }", "-> done fail -> fail }")
    run = Flow("\n".join(flows) + "\nflow main() -> any { var all = []\n" + calls + "\nnode done { -> end (all) } }").run(flow="main")
    got = json.loads(run.stdout)
    for i, (one, model) in enumerate(zip(got, wanted)):
        equal(one, model, flows[i])
    equal(len(got), len(wanted), "flows")


for name, form in FORMS.items():
    add(f"{name} is added in its place", takes_fuel, *form)

main()
