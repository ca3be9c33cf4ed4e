#!/usr/bin/env python3
"""`flowrun test --generate`: tests for what no test covers, which compile and pass."""

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
    add(f"{name} without its tests gets tests that cover all of it", example, name)


@case("where nothing is missing nothing is proposed")
def _():
    text, _ = generated((EXAMPLES / "support.flow").read_text())
    lacks(text, "test \"")
    contains(text, "# No missing test was found")


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
    contains(text, "# No run was found that reaches these")
    contains(text, "#   f.n\n#   f.a: sha256(id) == \"ab\"\n#   f.n: 200\n")
    equal(re.findall(r'test "(.*)"', text), ["f.a: else"])


OTHER = {"other.flow": """
import deep from "./deep.flow"
flow next(n: int) { node a { if n > 3 -> end else -> b } node b { call deep() ok -> end fail -> fail } }
flow twin() { node t { say "theirs" -> end } }
""", "deep.flow": 'flow deep() { node d { ask "Go on?" as x timeout 1s ok -> end timeout -> fail } }'}


def propose(source):
    done = flowrun("test", "--generate", Flow(source, files=OTHER).image)
    equal((done.code, done.stderr), (0, ""), repr(done))
    return done.stdout


@case("flows of other files are called as the file calls them, and what it cannot name is said")
def _():
    source = """
import next as ahead, twin as theirs from "./other.flow"
flow main(n: int) {
    node a { call ahead(n: 9) ok -> b fail -> end }
    node b { call theirs() ok -> c fail -> end }
    node c { if n > 3 -> end else -> d }
    node d { call ahead(n: 1) ok -> end fail -> end }
}
flow twin() { node t { say "ours" -> end } }
"""
    proposed = propose(source)
    contains(proposed, "expect visit a, ahead.a, b, theirs.t, c")
    contains(proposed, "import the flow `deep`, so that a test can name its nodes")
    done = flowrun("test", Flow(source + proposed, files=OTHER).image)
    equal(done.code, 0, repr(done))
    whole = source + 'import deep as last from "./deep.flow"\n'
    proposed = propose(whole)
    contains(proposed, "answer last.d: timeout")
    lacks(proposed, "No test can be proposed")
    done = flowrun("test", "--min-coverage", 60, Flow(whole + proposed, files=OTHER).image)
    equal(done.code, 0, repr(done))


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


def covered(source):
    """What is proposed covers all of it."""
    text, flow = generated(source)
    lacks(text, "No run was found")
    passes(flow)
    return text


@case("both sides of a guard are found: numbers, lengths, booleans, texts, what may be null, and mixtures of them")
def _():
    text = covered("""
endpoint e { url "http://127.0.0.1:1" }
flow f() {
    node n {
        GET e "/"
        200 when body.total > 99 and body.paid == true and not (body.status == "void") -> end (1)
        200 when body.total < -5 or body.rate <= 0.5 -> end (2)
        200 when len(body.items) > 3 and body.items[0].sku != "" -> end (3)
        200 when (body.a.b.c ?? "none") == "x" -> end (4)
        200 -> end (5)
        404 when body.code == 7 -> end (6)
        4xx when body.code >= 100 -> end (7)
        4xx, other, error, timeout, max-connection -> fail
    }
}
""")
    contains(text, 'test "f.n: 404 when body.code == 7" {')


@case("both ways of `if` and each of `switch` are found by inputs, answers, and what an earlier body had")
def _():
    covered("""
type Order { total: int, status: text, lines: [text] }
endpoint e { url "http://127.0.0.1:1" }
flow f(n: int, name: text, flag: bool, tags: [text]) {
    var order: any = null
    node first { if n > 1000 and flag -> second else if n < -3 -> second else -> second }
    node second { switch name { "a b", "c" -> third "d" -> third else -> third } }
    node third { if len(tags) == 4 -> get else if name != "d" -> get else -> get }
    node get { GET e "/" 200 as Order { order = body } -> amount other, error, timeout, max-connection -> fail }
    node amount { ask "?" as count: int ok -> check invalid -> fail }
    node check { if order.total > 500 and order.status == "open" -> many else -> end }
    node many { if count > 77 -> end else -> end }
}
""")


@case("the `else` of a `max` is found, also behind many turns and other questions")
def _():
    text = covered("""
endpoint e { url "http://127.0.0.1:1" }
flow f() {
    node get {
        GET e "/"
        200 -> code
        404 -> again max 40 else lost
        other, error, timeout, max-connection -> fail
    }
    node again { wait 1s -> get }
    node code { ask "?" as code ok -> get max 3 else end }
    node lost { ask "Give up?" as sure: bool ok when sure -> end ok -> fail invalid -> fail }
}
""")
    contains(text, 'test "f.get: 404 else" {')


@case("a name that holds quotes and braces is written so that it reads back")
def _():
    text = covered(r"""
flow f(a: text) { node n { if a == "\{\"" -> end else -> end } }
""")
    contains(text, r'test "f.n: a == \"\\\{\\\"\"" {')


# Patterns for which an answer is found, in single quotes as in a flow.
PATTERNS = [
    "^[A-Z]{2}-[0-9]{3}$", "^x*y+z?$", "^(a|b)c$", "^(ab(cd)?){2}$", "^[^x]{3}$", "^[^a-z]$", "^[]a]{2}$", "^[^]x1]$",
    "^[[:digit:]]{4}$", "^[[:upper:]][[:lower:]]$", "^[[:space:]]$", "^[[:punct:]q]+$", "^[[:alpha:][:digit:]]$", "^a{0}b$",
    "^.{5}$", "^\\\\.$", "^\\(x\\)$", "^a{2,}$", "^a{1,3}b$", "^(x|y|[)])z$", "^(\\)|y)z$", "^(a(b|c)|d)e$", "x|y", "^[$]{2}$",
    "^\\d{4}$", "^[\\w.-]+@\\pL+$", "(?i)^x(?-i)Y$", "^\\p{Greek}\\s\\S+?$", "^(?:a|(?P<n>b))\\b$", "^\\Q*.\\E\\x41$",
    "^~$", "^[~]$", "^a{100}$", "^((((((x))))))$", "[0-9]{4}-[0-9]{2}-[0-9]{2}", "^[0-9a-f]{8}-[0-9a-f]{4}$", "^(yes|no)$", "^\\+?[0-9 ]{6,15}$",
]


@case("an answer is found for each of these patterns")
def _():
    for pattern in PATTERNS:
        text, flow = generated(f"flow f() {{ node n {{ ask \"?\" as a match '{pattern}' ok -> end invalid -> fail }} }}\n")
        lacks(text, "No run was found", pattern)
        passes(flow)


@case("control characters of a text that is proposed are escaped")
def _():
    text, flow = generated(r"""
flow f() -> { what: text } {
    node n {
        ask "?" as a choices "a\nb\tc\u{1}\u{202e}", "{}"
        ok -> end { what: a }
        invalid -> end { what: "none" }
    }
}
""".replace('"{}"', r'"\{\}"'))
    contains(text, r'answer n: "a\nb\u{9}c\u{1}\u{202E}"')
    passes(flow)


@case("values of every type are proposed: objects that may hold themselves, lists of lists, what may be null")
def _():
    _, flow = generated("""
type Tree { name: text, parts: [Tree], other: Tree?, all: [[int]], is_new: bool?, more: { a: number, b: any } }
endpoint e { url "http://127.0.0.1:1" }
flow f(t: Tree, l: [Tree]?, n: null?) -> any {
    node first { if t.name == "deep" and l != null -> n else -> empty }
    node empty { if len(t.parts) == 0 -> end (1) else -> n }
    node n {
        GET e "/"
        200 as Tree when body.other?.name == "x" -> end (body.all)
        200 when body.a.b[3] == 1 -> end (2)
        200 -> end (3)
        other, error, timeout, max-connection -> fail
    }
}
""".replace("?.", ".").replace(", n: null?", ""))
    passes(flow, 50)


@case("a class and other get a status that has no closer arm; where none is left, that is said")
def _():
    text, _ = generated("""
endpoint e { url "http://127.0.0.1:1" }
flow f() {
    node n {
        GET e "/"
        200, 418, 500, 302, 202, 503, 404, 400, 401, 402 -> end
        4xx, other, error, timeout, max-connection -> end
    }
}
flow g() {
    node n { GET e "/" 200, 2xx, 3xx, 4xx, 5xx, other, error, timeout, max-connection -> end }
}
""")
    replies = dict(re.findall(r'(?s)test "([^"]*)" [^}]*?reply +n: ([^\n]*)', text))
    equal({name: replies.get(name) for name in ("f.n: 4xx", "f.n: other", "g.n: 2xx", "g.n: 3xx", "g.n: 5xx")},
          {"f.n: 4xx": "403", "f.n: other": "201", "g.n: 2xx": "201", "g.n: 3xx": "300", "g.n: 5xx": "500"})
    contains(text, "#   g.n: other\n")


@case("configs of every type, types that hold themselves, choices that are no texts, and a hard pattern")
def _():
    text, flow = generated(r'''
type Tree { name: text, more: Tree?, kids: [Tree], n: number, b: bool, x: any }
config base_url: text
config count: int
config rate: number
config loud: bool
config names: [text]
config rest: any
config note: text?
endpoint e { url base_url header X-Count: "{count} {rate} {loud} {names} {rest}" query note: note }
flow f() -> any {
    var seen: any = null
    node n {
        GET e "/"
        200 as Tree when body.more.kids[0].name == "deep" -> end (body)
        200 as Tree -> n2
        other, error, timeout, max-connection -> end
    }
    node n2 {
        GET e "/"
        200 when body.a == "one two" or body.a == "é" or body.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa == "1" -> end (2)
        200 { seen = body[0].a } -> m
        other, error, timeout, max-connection -> end
    }
    node m {
        GET e "/"
        200 when body.a == 1 and body.b == "text" and body.c == "text" -> p
        200 when body.list[].x[0] == 1 -> p
        other, 200, error, timeout, max-connection -> p
    }
    node p { if names == [] and not loud and count == 0 and rate == 0 -> q else -> end }
    node q {
        ask "Which?" as which_one: int choices 1, 2
        ok -> r
        invalid -> end
    }
    node r {
        ask "Code?" as code match '^(a|[[:digit:]]{2})([]x]|\.)?.{0}b*c+(d|e(f|g))[^a-z]$' timeout 1s
        ok -> s
        invalid, timeout -> end
    }
    node s {
        ask "Sure?" as sure: bool
        ok when sure -> end ("{code}{which_one}")
        ok -> end (seen)
        invalid -> end
    }
}
''')
    equal(text.split("be guessed:\n")[1], '#   f.m: 200 when body.list[].x[0] == 1\n#   f.p: else\n')
    true(len(max(text.splitlines(), key=len)) < 2000, "a body is too long to read")
    contains(text, 'answer q: "1"')
    passes(flow, 90)


@case("a type that holds itself in many ways has a small sample")
def _():
    text, flow = generated("""
type U { a: U?, b: [U], c: [[U]?], d: { e: U?, f: U?, g: U?, h: [U], i: [U] } }
endpoint e { url "http://127.0.0.1:1" }
flow f() { node n { GET e "/" 200 as U -> end other, error, timeout, max-connection -> end } }
""")
    true(len(text) < 5000, f"{len(text)} bytes")
    passes(flow)


main()
