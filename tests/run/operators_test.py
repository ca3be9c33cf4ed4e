#!/usr/bin/env python3
"""Every operator with values of every kind that only the run knows: the result is what a model of a few
lines says, or the run is faulted and the message names the kinds.

The operands are inputs of the type `any`, so that the compiler can say nothing; each expression is
computed as a value, and where it is a condition also as one that an arrow follows. Where the types of
the operands are declared, flowc refuses what could be such a fault, and nothing else.
"""

import json
import math
import operator
import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib")]

from flowtest import Flow, flowc, flowrun, scratch
from tap import add, equal, main, true

LARGEST = 2**63 - 1
VALUES = [None, True, False, 0, 1, 2, -3, 1.5, LARGEST, "", "x", "y", [], [1, 2], [{"x": [{"y": 1}]}, 3], {},
          {"x": 1}, {"x": {"y": [{"z": 5}]}}]
FEW = [None, True, 1, 1.5, "x", [1, 2], {"x": 1}]


class Fault(Exception):
    pass


def kind(v):
    names = {type(None): "null", bool: "bool", int: "int", float: "number", str: "text", list: "list", dict: "object"}
    return names[type(v)]


def number(v):
    return kind(v) in ("int", "number")


def in_range(v):
    if isinstance(v, int) and not -2**63 <= v <= LARGEST:
        raise Fault("does not fit into a 64-bit integer")
    return v


def arithmetic(verb, between, compute):
    def model(a, b):
        if not (number(a) and number(b)):
            first, last = (b, a) if between == "from" else (a, b)
            raise Fault(f"cannot {verb} {kind(first)} {between} {kind(last)}")
        return in_range(compute(a, b))
    return model


def plus(a, b):
    if kind(a) == kind(b) and kind(a) in ("text", "list"):
        return a + b
    return arithmetic("add", "and", operator.add)(a, b)


def divide(a, b):
    if number(a) and number(b) and b == 0:
        raise Fault("zero")
    return arithmetic("divide", "by", operator.truediv)(a, b)


def remainder(a, b):
    if kind(a) != "int" or kind(b) != "int":
        raise Fault("`%` works on two ints, not on")
    if b == 0:
        raise Fault("zero")
    sign = -1 if a < 0 else 1  # of the dividend, as in C
    return sign * (abs(a) % abs(b))


def negate(a, _):
    if not number(a):
        raise Fault(f"cannot negate {kind(a)}")
    return -a


def order(compute):
    def model(a, b):
        if not (number(a) and number(b)) and not kind(a) == kind(b) == "text":
            raise Fault("cannot compare")
        return compute(a, b)
    return model


def same(a, b):
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(v, b[k]) for k, v in a.items())
    return a == b


def within(a, b):
    if isinstance(b, list):
        return any(same(a, item) for item in b)
    if b is None:
        return False
    if isinstance(a, str) and isinstance(b, (str, dict)):
        return a in b
    raise Fault(f"cannot look for {kind(a)} in {kind(b)}")


def condition(v):
    if not isinstance(v, bool):
        raise Fault(f"a condition must be true or false, got {kind(v)}")
    return v


def at(v, key):
    if isinstance(v, dict) and isinstance(key, str):
        return v.get(key)
    if isinstance(v, list) and kind(key) == "int" and -len(v) <= key < len(v):
        return v[key]
    return None


def each(v, step):
    return [step(item) for item in v] if isinstance(v, list) else None


def each_within(v, key, last):
    """`v[].key[].last`: lists in lists become one."""
    if not isinstance(v, list):
        return None
    inner = [at(item, key) for item in v]
    return [at(i, last) for items in inner if isinstance(items, list) for i in items]


def joined(a, b):
    def text(v):
        if isinstance(v, str):
            return v
        return "" if v is None else json.dumps(v, separators=(",", ":"))
    return f"{text(a)}-{text(b)}"


OF_TWO = {
    "a + b": plus, "a - b": arithmetic("subtract", "from", operator.sub),
    "a * b": arithmetic("multiply", "by", operator.mul), "a / b": divide, "a % b": remainder,
    "a < b": order(operator.lt), "a <= b": order(operator.le), "a > b": order(operator.gt),
    "a >= b": order(operator.ge), "a == b": same, "a != b": lambda a, b: not same(a, b), "a in b": within,
    "a and b": lambda a, b: condition(a) and condition(b), "a or b": lambda a, b: condition(a) or condition(b),
    "a ?? b": lambda a, b: b if a is None else a, "a[b]": at, "a[][b]": lambda a, b: each(a, lambda i: at(i, b)),
    "[a, b]": lambda a, b: [a, b], "{ k: a, l: b }": lambda a, b: {"k": a, "l": b}, '"{a}-{b}"': joined,
    "not (a == b) and (a in [b, 1] or b == 2)": lambda a, b: not same(a, b) and (within(a, [b, 1]) or same(b, 2)),
}
OF_ONE = {
    "-a": negate, "not a": lambda a, _: not condition(a), "if a then 1 else 2": lambda a, _: 1 if condition(a) else 2,
    "a + 1": lambda a, _: plus(a, 1), "a - 1": lambda a, _: arithmetic("subtract", "from", operator.sub)(a, 1),
    "a + 200": lambda a, _: plus(a, 200), "a - 200": lambda a, _: OF_TWO["a - b"](a, -(-200)),
    "1 + a": lambda a, _: plus(1, a), "a.x": lambda a, _: at(a, "x"), "a[1]": lambda a, _: at(a, 1),
    "a[-1]": lambda a, _: at(a, -1), "a.x.y[0].z": lambda a, _: at(at(at(at(a, "x"), "y"), 0), "z"),
    "a[0].x[0].y": lambda a, _: at(at(at(at(a, 0), "x"), 0), "y"),
    "a[].x": lambda a, _: each(a, lambda i: at(i, "x")), "a[].x[].y": lambda a, _: each_within(a, "x", "y"),
    "a == null": lambda a, _: a is None, "a == 1": lambda a, _: same(a, 1), "a < 2": lambda a, _: order(operator.lt)(a, 2),
    "a": lambda a, _: a,
}
CONDITIONS = ["a < b", "a <= b", "a > b", "a >= b", "a == b", "a != b", "a in b", "a and b", "a or b",
              "not (a == b) and (a in [b, 1] or b == 2)", "not a", "a == null", "a == 1", "a < 2", "a"]
MODELS = OF_TWO | OF_ONE


def program():
    cases, nodes = [], []
    for i, expression in enumerate(MODELS):
        cases.append(f'"{expression_key(expression)}" -> v{i}')
        nodes.append(f"node v{i} {{ y = {expression} -> end (y) }}")
    for i, expression in enumerate(CONDITIONS):
        cases.append(f'"if {expression_key(expression)}" -> c{i}')
        nodes.append(f"node c{i} {{ if {expression} -> end (true) else -> end (false) }}")
    return ("flow f(which: text, a: any, b: any) -> any {\n" +
            "node pick { switch which {\n" + "\n".join(cases) + "\nelse -> fail } }\n" + "\n".join(nodes) + "\n}\n")


def expression_key(expression):
    return expression.replace('"', "'").replace("{", "<").replace("}", ">")


def results(asked):
    """What the program says of each (which, a, b), in their order: a value, or a Fault with its message."""
    flow = Flow(program())
    lines = "".join(json.dumps({"which": expression_key(which), "a": a, "b": b}) + "\n" for which, a, b in asked)
    done = flowrun("batch", flow.image, "--inputs", "-", "--quiet", stdin=lines)
    got = sorted(map(json.loads, done.stdout.splitlines()), key=lambda run: run["line"])
    equal(len(got), len(asked), "runs")
    return [Fault(run["error"]) if run["status"] == "faulted" else run["value"] for run in got]


def is_as(got, wanted):
    if isinstance(wanted, Fault) or isinstance(got, Fault):
        return isinstance(wanted, Fault) and isinstance(got, Fault) and str(wanted) in str(got)
    if number(got) and number(wanted):
        return math.isclose(got, wanted, rel_tol=1e-12)
    return same(got, wanted)


def model_of(which):
    if which.startswith("if ") and which[3:] in CONDITIONS:
        return lambda a, b: condition(MODELS[which[3:]](a, b))
    return MODELS[which]


def compare(asked):
    wrong = []
    for (which, a, b), got in zip(asked, results(asked)):
        try:
            wanted = model_of(which)(a, b)
        except Fault as fault:
            wanted = fault
        if not is_as(got, wanted):
            wrong.append(f"{which} of {a!r} and {b!r}: wanted {wanted!r}, got {got!r}")
    true(not wrong, f"{len(wrong)} of {len(asked)}:\n" + "\n".join(wrong[:20]))
    print(f"# {len(asked)} expressions")


def of_two():
    compare([(which, a, b) for which in OF_TWO for a in VALUES for b in VALUES])


def of_one():
    compare([(which, a, None) for which in OF_ONE for a in VALUES])


def conditions():
    compare([("if " + which, a, b) for which in CONDITIONS for a in FEW + [2] for b in FEW + [2]])


# A type, and values of it: all that matter to an operator.
TYPES = {"text": ["x"], "int": [2], "number": [1.5], "bool": [True, False], "[int]": [[1, 2]], "[text]": [["x"]],
         "{ x: int }": [{"x": 1}], "int?": [None, 2], "text?": [None, "x"], "[int]?": [None, [1]], "bool?": [None, True, False]}


def declared():
    asked = [(which, x, y) for which in OF_TWO for x in TYPES for y in TYPES]
    asked += [(which, x, "text") for which in OF_ONE for x in TYPES]
    place = scratch() / "test.flow"
    place.write_text("".join(f"flow f{i}(a: {x}, b: {y}) -> any {{ node n {{ y = {which} -> end (y) }} }}\n"
                             for i, (which, x, y) in enumerate(asked)))
    said = json.loads(flowc("check", "--diagnostics=json", place).stderr)["diagnostics"]
    refused = {one["line"] for one in said if one["severity"] == "error"}
    wrong = []
    for i, (which, x, y) in enumerate(asked):
        faults = [(a, b) for a in TYPES[x] for b in TYPES[y] if is_fault(which, a, b)]
        if bool(faults) != (i + 1 in refused):
            wrong.append(f"{which} of {x} and {y}: {'refused' if i + 1 in refused else 'accepted'}, "
                         f"and when running {faults or 'no'} faults")
    true(not wrong, f"{len(wrong)} of {len(asked)}:\n" + "\n".join(wrong[:60]))
    print(f"# {len(asked)} expressions, {len(refused)} of them refused")


def is_mistake(which, a, b):
    """What flowc refuses by its type even where it is not looked at when running."""
    if which in ("a and b", "a or b"):
        return kind(b) != "bool"
    return kind(b) not in ("int", "text") if which == "a[b]" else is_fault(which, a, b)


def is_fault(which, a, b):
    if which in ("a[b]", "a[][b]"):  # null when running; to flowc no index is a mistake
        return kind(b) not in ("int", "text", "null")
    try:
        MODELS[which](a, b)
        return False
    except Fault:
        return True


def literal(v):
    if isinstance(v, dict):
        return "{ " + ", ".join(f"{k}: {literal(inner)}" for k, inner in v.items()) + " }" if v else "{}"
    if isinstance(v, list):
        return "[" + ", ".join(map(literal, v)) + "]"
    return json.dumps(v)


def constants():
    """What flowc computes: the same values; a fault is an error. It does not compute `[]`."""
    asked = [(which, a, b) for which in OF_TWO for a in VALUES for b in FEW]
    asked += [(which, a, None) for which in OF_ONE for a in VALUES]
    asked = [row for row in asked if "[]" not in row[0]]
    lines = [f"const k{i} = " + re.sub(r"\b[ab]\b", lambda m: f"({literal(a if m[0] == 'a' else b)})", which)
             for i, (which, a, b) in enumerate(asked)]
    place = scratch() / "test.flow"
    place.write_text("\n".join(lines) + "\n")
    said = json.loads(flowc("check", "--diagnostics=json", place).stderr)["diagnostics"]
    refused = {one["line"] - 1 for one in said if one["severity"] == "error"}
    kept = [i for i in range(len(asked)) if i not in refused]
    values = ", ".join(f"k{i}" for i in kept)
    run = Flow("".join(lines[i] + "\n" for i in kept) + f"flow f() -> any {{ node n {{ -> end ([{values}]) }} }}\n").run("--json")
    equal(run.code, 0, run.stderr[:500])
    got = dict(zip(kept, run.json["value"]))
    wrong = []
    for i, (which, a, b) in enumerate(asked):
        try:
            wanted = MODELS[which](a, b)
        except Fault as fault:
            wanted = fault
        if isinstance(wanted, Fault) or is_mistake(which, a, b):
            good = i in refused
        else:
            good = i not in refused and is_as(got[i], wanted)
        if not good:
            wrong.append(f"{lines[i]}: wanted {wanted!r}, got {'an error' if i in refused else got[i]!r}")
    true(not wrong, f"{len(wrong)} of {len(asked)}:\n" + "\n".join(wrong[:60]))
    print(f"# {len(asked)} constants, {len(refused)} of them refused")


add("operators of two values", of_two)
add("operators of one value, and steps into it", of_one)
add("conditions that arrows follow", conditions)
add("constants: what flowc computes is the same, and a fault is an error", constants)
add("of declared types, what may be a fault is refused, and nothing else", declared)

main()
