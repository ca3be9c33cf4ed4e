#!/usr/bin/env python3
"""What flowc computes while it compiles is what the machine computes: the same value, or the same fault.

Random expressions are computed twice. As a `const`, flowc folds them. In a flow, where each literal is
an element of an input of the type `any`, flowc can fold nothing and know no type, so that the machine
computes them. Arguments: a seed and the number of expressions.
"""

import json
import pathlib
import random
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib")]

from flowtest import Flow, flowc, flowrun, scratch
from tap import case, equal, main, true

NUMBERS = [word for word in sys.argv[1:] if word.isdigit()]
SEED, COUNT = (int(word) for word in (NUMBERS + ["1", "3000"][len(NUMBERS):]))
sys.argv[1:] = [word for word in sys.argv[1:] if not word.isdigit()]

INTS = ["0", "1", "2", "3", "7", "127", "128", "255", "32767", "32768", "1000000007", "4294967296",
        "9007199254740991", "9007199254740992", "9007199254740993", "4611686018427387904", "9223372036854775807"]
FRACTIONS = ["0.0", "0.1", "0.5", "1.0", "1.5", "2.0", "3e0", "1e3", "1e15", "1e16", "1e20", "1e-5", "5e-324", "1e308",
             "9007199254740993.0", "0.30000000000000004", "123456789.123456789"]
TEXTS = ["", "a", "b", "ab", "äö", "5", "true", "null", "x y"]
ORDER = ["<", "<=", ">", ">="]


class Expression:
    """An expression in two spellings: with its literals, and with `v[N]` in their places."""

    def __init__(self, random):
        self.random = random
        self.values = []  # as JSON

    def literal(self, source, value):
        self.values.append(value)
        return source, f"v[{len(self.values) - 1}]"

    def leaf(self, kind):
        pick = self.random.choice
        if kind == "int":
            digits = pick(INTS)
            return self.literal(digits, digits)
        if kind == "number":
            digits = pick(FRACTIONS + INTS)
            return self.literal(digits, digits)
        if kind == "text":
            text = json.dumps(pick(TEXTS), ensure_ascii=False)
            return self.literal(text, text)
        if kind == "bool":
            word = pick(["true", "false"])
            return self.literal(word, word)
        if kind == "null":
            return self.literal("null", "null")
        empty = "[]" if kind == "list" else "{}"
        return self.literal(empty, empty)

    def join(self, form, *parts):
        return tuple(form.format(*(part[i] for part in parts)) for i in (0, 1))

    def any(self, depth):
        """Something of which flowc does not know the type: an element of a mixed list."""
        kinds = self.random.choices(["int", "number", "text", "bool", "null", "list", "object"], k=2)
        parts = [self.make(kind, depth - 1) for kind in kinds]
        return self.join("([{0}, {1}][" + self.random.choice(["0", "1", "-1", "-2"]) + "])", *parts)

    def make(self, kind, depth):
        r = self.random
        if depth <= 0 or r.random() < 0.1:
            return self.leaf(kind)
        if r.random() < 0.08:
            return self.any(depth)
        if r.random() < 0.08:
            return self.join("(if {0} then {1} else {2})", self.make("bool", depth - 1), self.make(kind, depth - 1),
                             self.make(kind, depth - 1))
        if r.random() < 0.05:
            return self.join("({0} ?? {1})", self.make(r.choice([kind, "null"]), depth - 1), self.make(kind, depth - 1))
        return getattr(self, kind)(depth - 1)

    def int(self, depth):
        r = self.random
        if r.random() < 0.2:
            return self.join("(-{0})", self.make("int", depth))
        sign = r.choice(["+", "-", "*", "+", "-", "*", "%"])
        return self.join("({0} " + sign + " {1})", self.make("int", depth), self.make("int", depth))

    def number(self, depth):
        r = self.random
        if r.random() < 0.2:
            return self.join("(-{0})", self.make("number", depth))
        kinds = r.choice([("number", "number"), ("int", "number"), ("number", "int"), ("int", "int")])
        return self.join("({0} " + r.choice("+-*/") + " {1})", *(self.make(kind, depth) for kind in kinds))

    def text(self, depth):
        r = self.random
        if r.random() < 0.5:
            return self.join("({0} + {1})", self.make("text", depth), self.make("text", depth))
        kind = r.choice(["int", "number", "text", "bool", "list", "object", "null"])
        return self.join('"<{{{0}}}|{{{1}}}>"', self.make(kind, depth), self.make("number", depth))

    def bool(self, depth):
        r = self.random
        form = r.random()
        if form < 0.2:
            return self.join("(not {0})", self.make("bool", depth))
        if form < 0.4:
            return self.join("({0} " + r.choice(["and", "or"]) + " {1})", self.make("bool", depth), self.make("bool", depth))
        if form < 0.7:
            kind = r.choice(["number", "number", "text"])
            return self.join("({0} " + r.choice(ORDER) + " {1})", self.make(kind, depth), self.make(kind, depth))
        if form < 0.9:
            kind = r.choice(["int", "number", "text", "list", "object", "bool"])
            return self.join("({0} " + r.choice(["==", "!="]) + " {1})", self.make(kind, depth), self.make(kind, depth))
        return self.join("({0} in {1})", self.make(r.choice(["number", "text"]), depth), self.make("list", depth))

    def list(self, depth):
        r = self.random
        if r.random() < 0.4:
            return self.join("({0} + {1})", self.make("list", depth), self.make("list", depth))
        kinds = r.choices(["int", "number", "text", "list"], k=r.randint(1, 3))
        return self.join("[" + ", ".join(f"{{{i}}}" for i in range(len(kinds))) + "]", *(self.make(k, depth) for k in kinds))

    def object(self, depth):
        parts = [self.make(kind, depth) for kind in self.random.choices(["int", "number", "text"], k=2)]
        return self.join("{{ a: {0}, b: {1} }}", *parts)

    def null(self, depth):
        return self.join("({0}.nothing)", self.make("object", depth))


def make(count):
    """Rows of (with literals, with elements of v, these elements)."""
    chance = random.Random(SEED)
    rows = []
    for _ in range(count):
        e = Expression(chance)
        kind = chance.choice(["int", "int", "number", "number", "number", "text", "bool", "bool", "list", "object"])
        folded, computed = e.make(kind, chance.randint(1, 5))
        rows.append((folded, computed, "[" + ",".join(e.values) + "]"))
    return rows


CANNOT = "this cannot be calculated: "


def refused(lines):
    """Line to the first error that flowc has for it: (code, message)."""
    place = scratch() / "test.flow"
    place.write_text("\n".join(lines) + "\n")
    said = json.loads(flowc("check", "--diagnostics=json", place).stderr)["diagnostics"]
    errors = [one for one in said if one["severity"] == "error"]
    return {one["line"] - 1: (one["code"], one["message"]) for one in reversed(errors)}


def program(lines, declarations=()):
    """The lines are the nodes of a flow, of which the input `which` picks one."""
    return [*declarations, "flow f(which: int, v: any = null) -> any {", "node pick { switch which {",
            *(f"{i} -> n{i}" for i in lines), "else -> fail } }", *lines.values(), "}"]


def run(source, rows, kept):
    """Row to its value, as its text, or `! ` and the fault."""
    flow = Flow("\n".join(source) + "\n")
    given = "".join('{"which":%d,"v":%s}\n' % (i, rows[i][2]) for i in kept)
    done = flowrun("batch", flow.image, "--inputs", "-", "--quiet", stdin=given)
    got = {}
    for text in done.stdout.splitlines():
        result = json.loads(text, parse_float=str, parse_int=str)
        is_fault = result["status"] == "faulted"
        got[kept[int(result["line"]) - 1]] = "! " + result["error"].split(": ", 1)[1] if is_fault else json.dumps(result["value"])
    equal(len(got), len(kept), "results of " + repr(done)[:500])
    return got


def fold(rows):
    """Row to what flowc makes of it as a constant; rows that are refused for their types alone are left out."""
    constants = [f"const k{i} = {row[0]}" for i, row in enumerate(rows)]
    errors = refused(constants)
    faults = {i: "! " + message.removeprefix(CANNOT) for i, (_, message) in errors.items() if message.startswith(CANNOT)}
    kept = [i for i in range(len(rows)) if i not in errors]
    nodes = {i: f"node n{i} {{ -> end (k{i}) }}" for i in kept}
    return faults | run(program(nodes, [constants[i] for i in kept]), rows, kept)


def compute(rows):
    """The same of what the machine makes of it."""
    nodes = {i: f"node n{i} {{ y = {row[1]} -> end (y) }}" for i, row in enumerate(rows)}
    first = len(program(nodes)) - len(nodes) - 1
    errors = refused(program(nodes))
    kept = [i for i in nodes if first + i not in errors]
    return run(program({i: nodes[i] for i in kept}), rows, kept)


@case(f"the value or the fault of {COUNT} random expressions is the same when compiling and when running")
def _():
    rows = make(COUNT)
    folded, computed = fold(rows), compute(rows)
    compared = [i for i in folded if i in computed]
    wrong = [f"{rows[i][0]}\n  compiling: {folded[i]}\n  running:   {computed[i]}"
             for i in compared if folded[i] != computed[i]]
    true(not wrong, f"{len(wrong)} of {len(compared)}, seed {SEED}:\n" + "\n".join(wrong[:10]))
    faults = sum(folded[i].startswith("!") for i in compared)
    print(f"# {len(compared)} compared, {faults} of them faults; {COUNT - len(compared)} are refused for their types")
    true(faults > COUNT // 50, "hardly a fault was compared")
    true(len(compared) > COUNT // 2, "most expressions are refused for their types")


main()
