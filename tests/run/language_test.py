#!/usr/bin/env python3
"""The sentences of the language about files, declarations, flows, expressions and commands, each as a
flow that is compiled and run. calls_test.py has those about endpoints and calls.
"""

import json
import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

import flowtest
from flowtest import Flow
from scripted import Server, hold, json_reply, reply, stall
from tap import add, case, contains, equal, lacks, main, true


def says(name, source, *lines, files=None, code=0, **how):
    """A case: this file, run, prints these lines."""
    @case(name)
    def _():
        run = Flow(source, files=files).run(**how)
        equal((run.lines, run.code), (list(lines), code), repr(run))


def shows(name, *pairs, inputs="", given=None):
    """A case: each expression, said, is this text."""
    @case(name)
    def _():
        spoken = "\n".join(f"say {e}" for e, _ in pairs)
        run = Flow(f"flow f({inputs}) {{ node n {{ {spoken} -> end }} }}").run("--json",
                                                                               inputs=given)
        equal(run.code, 0, repr(run))
        equal(run.json["messages"], [text for _, text in pairs])


def faults(name, expression, why, inputs="", given=None):
    """A case: this expression, met when running, is a fault with its place."""
    @case(name)
    def _():
        text = f"flow f({inputs}) {{\n    node n {{\n        y = {expression}\n        say \"{{y}}\"\n" \
               "        -> end\n    }\n}\n"
        run = Flow(text).run(inputs=given)
        equal((run.code, run.stdout), (3, ""), repr(run))
        contains(run.stderr, "test.flow:3: ")
        contains(run.stderr, why)


def refused(name, source, *words):
    """A case: this file does not compile, and the message has these words."""
    @case(name)
    def _():
        folder = flowtest.scratch()
        (folder / "test.flow").write_text(source)
        done = flowtest.flowc("check", "test.flow", cwd=folder)
        equal(done.code, 1, f"exit status of {done!r}")
        for word in words:
            contains(done.stderr, word)


def only(actions):
    return f"flow f() {{ node n {{ {actions} -> end }} }}"


# 2. lexical rules ------------------------------------------------------------------------------------

says("a byte-order mark is skipped", "\ufeffflow f() { node n { say 'hi' -> end } }", "hi")
says("line ends may be CRLF", "# a comment\r\nflow f() {\r\n node n {\r\n say 'hi'\r\n -> end } }\r\n",
     "hi")
says("line breaks mean nothing", "flow\nf\n(\n)\n{\nnode\nn\n{\nsay\n'hi'\n->\nend\n}\n}", "hi")
@case("a line break of a text over lines is LF or CR LF, and a CR elsewhere a character of it")
def _():
    run = Flow('flow f(x: int) { node n { say """a\rb {x} c\r\n  d {x}\r\r\n  """ say """{x}\r""" -> end } }').run("--json", inputs={"x": 1})
    equal(run.json["messages"], ["a\rb 1 c\nd 1\r", "1\r"], repr(run))


shows("list() makes a list of one thing, of many and of null", ("json(list([1, [2]]))", "[1,[2]]"),
      ("json(list(null))", "[]"), ("json(list({ a: 1 }))", '[{"a":1}]'), ("json(list('a'))", '["a"]'),
      ("json(list(false))", "[false]"), ("len(list(x))", "0"), inputs="x: any = null")
says("keywords are names where a name is wanted", """
    flow f(url: text = "u", header: text = "h", timeout: int = 1, error: int = 2, body: int = 3,
           text: text = "t", start: int = 4) {
        node n { say "{url}{header}{timeout}{error}{body}{text}{start}" -> end }
    }""", "uh123t4")
says("a key may be any keyword", only("say json({ if: 1, node: 2, true: 3, end: 4 }.node)"), "2")
shows("escapes stand for their characters",
      (r'"\" \\ \{ \} [\t] \u{1F600} \u{e9}"', '" \\ { } [\t] 😀 é'), (r'len("\n\r")', "2"))
shows("a text in single quotes is raw", (r"'^\d{2}\n{x}$'", r"^\d{2}\n{x}$"))
shows("a hole may hold a text with holes", ('"a{"b{"c"}"}d"', "abcd"))
def text_of_parts(count):
    """A text of so many parts, holes and numbers in turn, and what it shows where n is 7."""
    parts = [("{n}" if i % 2 == 0 else f".{i}.") for i in range(count)]
    return '"' + "".join(parts) + '"', "".join(parts).replace("{n}", "7")


shows("a text may have any number of parts", *map(text_of_parts, (31, 32, 33, 63, 64, 65, 97, 200)),
      inputs="n: int", given={"n": "7"})
says("a text over several lines loses the indentation that they share", '''
    flow f() {
        node n {
            say """
                one
                  two

                three {1 + 1}
                """
            -> end
        }
    }''', "one", "  two", "", "three 2")
shows("numbers are read as written", ("42", "42"), ("4.5", "4.5"), ("1e3", "1000"),
      ("1_000_000", "1000000"), ("9223372036854775807", "9223372036854775807"))
shows("a duration counts as its milliseconds", ("250ms", "250"), ("2s", "2000"), ("10m", "600000"),
      ("1h", "3600000"), ("2d", "172800000"))
refused("a hyphenated word is no name in an expression; the message says what to write",
        only("say max-x"), "`max - x` with spaces")
refused("nesting of 201 is an error", only("say " + "[" * 201 + "]" * 201), "200")
says("nesting of 190 is none", only("x = " + "[" * 190 + "]" * 190 + ' say "ok {x}"'),
     "ok " + "[" * 190 + "]" * 190)


@case("bytes that are not UTF-8 are an error with their position")
def _():
    folder = flowtest.scratch()
    (folder / "test.flow").write_bytes(b"# fine\n# a\xff\n")
    done = flowtest.flowc("check", "test.flow", cwd=folder)
    equal(done.code, 1)
    contains(done.stderr, "test.flow:2:4: error[E01")


# 3. declarations ---------------------------------------------------------------------------------

SHARED = {"lib/a.flow": 'import b from "more/b.flow"\nconst a = "a" + b\n',
          "lib/more/b.flow": 'import a from "../a.flow"\nconst b = "b"\n'
                             'flow f(x: text = "") -> text { node n { -> end ("{a}/{x}") } }\n'}
says("an import is relative to its own file, cycles are fine, and names can be changed", """
    import a as first from "lib/a.flow"
    import f as second from "lib/more/b.flow"
    flow main() { node n { call second(x: first) ok { say result } -> end fail -> fail } }
    """, "ab/ab", files=SHARED)
says("a declaration may stand after its use", """
    flow f() { node n { say "{a}" -> end } }
    const a = b + 1
    const b = 41""", "42")
refused("an import of a name that is not there has a suggestion",
        'import lenn from "test.flow"\nconst len2 = 1\nconst lend = 2\n', "E03", "lenn")
refused("an endpoint that nobody declared does not compile",
        'flow f() { node n { GET shop "/" 200, other, error, timeout, max-connection -> end } }',
        "shop", "E03")

CONFIG = """
    config greeting: text = "default"
    config many: int = 1
    config on: bool = false
    config list: [int] = [1]
    flow f() { node n { say "{greeting} {many} {on} {list}" -> end } }"""
says("a config has its default", CONFIG, "default 1 false [1]")
says("the environment comes before the default", CONFIG, "env 2 true [1,2]",
     env={"FLOW_GREETING": "env", "FLOW_MANY": 2, "FLOW_ON": "true", "FLOW_LIST": "[1, 2]"})
says("--set comes before the environment", CONFIG, "set 3 false [1]", greeting="set", many=3,
     env={"FLOW_GREETING": "env", "FLOW_MANY": 2})


@case("a config without a default must be set")
def _():
    run = Flow("config a: text flow f() { node n { say a -> end } }").run()
    equal((run.code, run.stdout), (2, ""), repr(run))
    contains(run.stderr, "FLOW_A")


@case("a secret comes from the environment, or from a file of FLOW_N=value")
def _():
    flow = Flow("""
        secret key
        config base: text
        endpoint e { url base header X-Key: key }
        flow f() { node n { GET e "/" 200 -> end other, error, timeout, max-connection -> fail } }""")
    (flow.folder / "secrets.env").write_text('# ours\nFLOW_KEY="from the file"\n')
    with Server(reply(200), reply(200)) as server:
        equal(flow.run(base=server.url, secrets={"key": "from outside"}).code, 0)
        equal(flow.run("--secrets", "secrets.env", base=server.url).code, 0)
    equal([r.header("X-Key") for r in server.requests], ["from outside", "from the file"])
    lacks(flow.image.read_bytes(), b"from", "the bytecode")


# 5. flows and nodes --------------------------------------------------------------------------------

ONE = "flow one() { node n { say 'one' -> end } }\n"
says("a run starts at the first flow of the file",
     ONE + "flow two() { node n { say 'two' -> end } }", "one")
says("a run starts at the flow main where there is one",
     ONE + "flow main() { node n { say 'two' -> end } }", "two")
says("a run starts at the flow that is named",
     ONE + "flow main() { node n { say 'two' -> end } }", "one", flow="one")
says("a flow starts at its first node, and its actions are done in order", """
    flow f() {
        node first  { say "1" a = 2 say "{a}" a = a + 1 say "{a}" -> second }
        node second { say "4" -> end }
    }""", "1", "2", "3", "4")
says("a switch takes the case that holds the value, with several values and actions", """
    flow f(x: text = "b") {
        node n { switch x { "a", "b" { say "a or b" } -> more "c" -> end else -> end } }
        node more { switch 1.0 { 1 -> good else -> bad } }
        node good { say "1 is 1.0" -> end }
        node bad { -> fail }
    }""", "a or b", "1 is 1.0")
says("an if takes the first arrow that holds", """
    flow f(x: int = 5) {
        node n { if x > 9 -> a else if x > 4 -> b else if x > 3 -> a else -> a }
        node a { say "a" -> end }
        node b { say "b" -> end }
    }""", "b")
says("max counts its own arrow in one run of the flow, and anew in the next", """
    flow main() {
        node one { call count() ok { say "{result}" } -> two fail -> fail }
        node two { call count() ok { say "{result}" } -> end fail -> fail }
    }
    flow count() -> int {
        var n = 0
        node a { n = n + 1 -> a max 2 else b }
        node b { n = n + 10 -> a max 1 else c }
        node c { -> end (n) }
    }""", "24", "24")
says("a call has its result, and a failure its kind, message and value", """
    flow main() {
        node a { call f(x: 20) ok { say "{result.twice}" } -> b fail -> fail }
        node b { call f(x: -1) ok -> fail fail { say "{error.kind}: {error.message} {error.value.code}" } -> c }
        node c { call g() ok -> fail fail { say "{error.kind}: {error.message} {json(error.value)}" } -> d }
        node d { call h() ok { say json(result) } -> end fail -> fail }
    }
    flow f(x: int) -> { twice: int } {
        node n { if x < 0 -> fail { message: "below zero", code: 7 } else -> end { twice: x * 2 } }
    }
    flow g() { node n { -> fail ("just so") } }
    flow h() { node n { -> end } }
    """, "40", "fail: below zero 7", 'fail: just so "just so"', "null")
says("a move takes its flow's place for good", """
    flow main() { node n { call a() ok { say "{result}" } -> end fail -> fail } }
    flow a() -> text { node n { say "a" -> flow b(x: 2) } }
    flow b(x: int) -> text { node n { say "b{x}" -> end ("from b") } }
    """, "a", "b2", "from b")
says("variables belong to their flow's run", """
    flow main() {
        var x = 1
        node a { call f() ok { say "{x} {result}" } -> end fail -> fail }
    }
    flow f() -> int { node n { x = 2 -> end (x) } }""", "1 2")


@case("moves are no calls: 5,000 of them nest nothing")
def _():
    run = Flow("""
        flow f(n: int = 5000) {
            node a { ask "?" as again ok -> b }
            node b { if n > 0 -> flow f(n: n - 1) else -> end (n) }
        }""").run("--json", answers=["yes"] * 5001)
    equal((run.code, run.json["value"]), (0, 0), repr(run)[:500])


says("200 calls may nest, one more is a fault with its place", """
    flow f(n: int = 199) -> int {
        node a { if n == 0 -> end (0) else -> b }
        node b { call f(n: n - 1) ok -> end (result + 1) fail -> fail }
    }""", "199")


@case("the 201st call is a fault with its place")
def _():
    run = Flow("""flow f(n: int) -> int {
        node b { if n == 0 -> end (0) else -> c }
        node c { call f(n: n - 1) ok -> end (result + 1) fail -> fail }
    }""").run("--json", inputs={"n": 200})
    equal((run.code, run.json["status"]), (3, "faulted"), repr(run))
    contains(run.json["error"], "test.flow:3: ")
    contains(run.json["error"], "200")


says("parallel gives each result by its name", """
    flow main() {
        node p {
            parallel { a: call f(x: 1) b: call f(x: 2) }
            ok { say "{a} {b}" } -> end fail -> fail
        }
    }
    flow f(x: int) -> int { node n { -> end (x * 10) } }""", "10 20")
says("the first failure of parallel is the one that counts", """
    flow main() {
        node p {
            parallel { a: call f(ms: 3600000) b: call f(ms: 1) }
            ok -> end fail { say "{error.message}" } -> end
        }
    }
    flow f(ms: int) { node n { wait 1ms * ms -> fail ("after {ms}") } }""", "after 1")
says("each keeps the order of its list, whatever ends first", """
    flow main() {
        node p {
            each x in [30, 1, 20, 2] concurrency 4 { call f(ms: x) }
            ok { say "{results}" } -> end fail -> fail
        }
    }
    flow f(ms: int) -> int { node n { wait 1ms * ms -> end (ms) } }""", "[30,1,20,2]")
says("without concurrency each goes one after another", """
    flow main() {
        node p { each x in [2, 1] { call f(x: x) } ok { say "{results}" } -> end fail -> fail }
    }
    flow f(x: int) -> int { node n { say "in {x}" wait 1ms * x say "out {x}" -> end (x) } }""",
     "in 2", "out 2", "in 1", "out 1", "[2,1]")
says("after a failure each begins no more", """
    flow main() {
        node p { each x in [1, 0, 2] { call f(x: x) } ok -> fail fail { say error.message } -> end }
    }
    flow f(x: int) { node n { say "{x}" if x == 0 -> fail ("at {x}") else -> end } }""",
     "1", "0", "at 0")
says("an empty list is ok with no results", """
    flow main() { node p { each x in [] { call f() } ok { say "{results}" } -> end fail -> fail } }
    flow f() { node n { -> end } }""", "[]")
says("10,000 elements are fine", """
    flow main() {
        node p {
            each x in range(10000) concurrency 100 { call f(x: x) }
            ok { say "{len(results)} {sum(results)} {results[9999]}" } -> end fail -> fail
        }
    }
    flow f(x: int) -> int { node n { -> end (x) } }""", "10000 49995000 9999")


@case("the first failure cancels its siblings' transfers")
def _():
    flow = Flow("""
        config base: text
        endpoint e { url base }
        flow main() {
            node p { parallel { a: call get(p: "slow") b: call get(p: "bad") } ok -> end fail -> fail (error.message) }
        }
        flow get(p: text) {
            node n { GET e "/{p}" 200 -> end other -> fail ("{status}") error, timeout, max-connection -> fail }
        }""")
    with Server(choose=lambda r: [stall()] if r.target == "/slow" else
                [hold("both are there"), reply(500)]) as server:
        started = flow.start("--json", base=server.url)
        server.wait_requests(2)
        server.release("both are there")
        run = started.finish()
        server.wait_closed(1)
    equal((run.code, run.json["value"]), (1, "500"), repr(run))


says("an answer of a type is read as it", """
    flow f() {
        var n = 0
        node a { ask "n?" as n: int ok -> b invalid { say "no int" } -> a max 1 else b }
        node b { ask "b?" as b: bool ok { say "{n + 1} {not b}" } -> c invalid -> fail }
        node c { ask "m?" as m match '^[a-z]+$' ok { say m } -> end invalid { say "small letters" } -> c max 5 else d }
        node d { -> fail }
    }""", "n?", "no int", "n?", "b?", "8 false", "m?",
     "small letters", "m?", "ab", answers=["x", "7", "true", "A1", "ab"])

says("a question with a match of digits is answered by digits, not by the letter d", r"""
    flow f() {
        node a { ask "n?" as n match '^\d+$' ok { say n } -> end invalid { say "digits" } -> a max 5 else b }
        node b { -> fail }
    }""", "n?", "digits", "n?", "digits", "n?", "4711", answers=["d", "4a", "4711"])


# 7. expressions ------------------------------------------------------------------------------------

shows(
    "operators bind in their order",
    ('"{2 + 3 * 4}"', "14"), ('"{-2 * 3 + 1}"', "-5"), ('"{7 - 2 - 1}"', "4"),
    ('"{1 + 2 == 3 and 2 < 3}"', "true"), ('"{not true or true}"', "true"),
    ('"{not 1 == 2}"', "true"), ('"{false and true or true}"', "true"),
    ('"{x ?? false or true}"', "true"), ('"{if true then 1 else 2 + 5}"', "1"),
    ('"{10 - 4 % 3}"', "9"), ('"{-7 % 3}"', "-1"), inputs="x: bool? = null")
shows("navigation never fails", ('"{x.a.b.c ?? "none"}"', "none"), ('"{x["a"] ?? "none"}"', "none"),
      ('"{x[3] ?? "none"}"', "none"), ('"{l[9] ?? "none"}"', "none"), ('"{l[-1] ?? 0}"', "3"),
      ('"{l.a ?? "none"}"', "none"), ('"{t.a ?? "none"}"', "none"), ('"{n[0] ?? "none"}"', "none"),
      ('"{x[].a ?? "none"}"', "none"),
      inputs='x: any = null, l: any = [1, 2, 3], t: any = "text", n: any = 5')
shows("a[].b maps over a list", ('"{l[].a}"', '[1,null,2]'), ('"{l[].b[].c}"', "[7,8]"),
      inputs="l: any = [{ a: 1 }, { b: [{ c: 7 }, { c: 8 }] }, { a: 2 }]")
shows("?? is the second where the first is null",
      ('"{x ?? 1}"', "1"), ('"{y ?? true}"', "false"), ('"{x ?? x ?? 3}"', "3"),
      inputs="x: int? = null, y: bool? = false")
shows("and, or, ?? and if look only at what they need",
      ('"{z != 0 and 1 / z > 1}"', "false"), ('"{z == 0 or 1 / z > 1}"', "true"),
      ('"{y ?? 1 / z}"', "5"),
      ('"{if z == 0 then 1 else 1 / z}"', "1"), inputs="z: int = 0, y: number? = 5")
shows("+ adds, and joins texts and lists",
      ('"{1 + 2}"', "3"), ('"{1 + 0.5}"', "1.5"), ('"a" + "b"', "ab"), ('"{[1] + [2, 3]}"', "[1,2,3]"))
shows("== compares deeply, and 1 is 1.0",
      ('"{1 == 1.0}"', "true"), ('"{[1, { a: 2 }] == [1.0, { a: 2 }]}"', "true"),
      ('"{x == [2, 1]}"', "false"), ('"{ { a: 1, b: 2 } == { b: 2, a: 1 } }"', "true"),
      ('"{x == "1"}"', "false"), ('"{9007199254740993 == 9007199254740992.0}"', "false"),
      inputs="x: any = [1, 2]")
shows("< compares numbers, and texts by code point",
      ('"{1 < 1.5}"', "true"), ('"{"Z" < "a"}"', "true"), ('"{"ab" < "abc"}"', "true"),
      ('"{"\\u{FFFF}" < "\\u{10000}"}"', "true"), ('"{9007199254740992.0 < 9007199254740993}"', "true"))
shows("in looks into lists, texts and objects", ('"{2 in [1, 2.0]}"', "true"),
      ('"{"lo" in "flow"}"', "true"), ('"{"a" in { a: null }}"', "true"), ('"{3 in [1]}"', "false"))
shows("numbers show in the shortest form that reads back",
      ('"{10 / 2}"', "5"), ('"{1e3}"', "1000"), ('"{0.1 + 0.2}"', "0.30000000000000004"),
      ('"{1 / 3}"', "0.3333333333333333"), ('"{-0.5}"', "-0.5"), ('"{1e21}"', "1e+21"),
      ('"{9007199254740993}"', "9007199254740993"), ('"{4.50}"', "4.5"))
shows("booleans, lists and objects show as JSON, null as nothing",
      ('"{true}"', "true"), ('"{[1, "a", null, { b: 2 }]}"', '[1,"a",null,{"b":2}]'),
      ('"[{x}]"', "[]"), inputs="x: any = null")
shows("integers are exact", ('"{x + 1}"', "9007199254740994"), ('"{x * 3 % 10}"', "9"),
      ('"{-9223372036854775807 - 1}"', "-9223372036854775808"),
      ('"{x - 9007199254740994 - -9223372036854775808}"', "9223372036854775807"),
      inputs="x: int = 9007199254740993")
shows("an any may be a number when running", ('"{x + 1}"', "43"), ('"{x > 1}"', "true"),
      inputs="x: any = 42")

for operator, numbers in (("+", "9223372036854775807 {} x"), ("-", "-9223372036854775807 {} (x + 1)"),
                          ("*", "9223372036854775807 {} (x + 1)")):
    faults(f"overflow of {operator} is a fault", numbers.format(operator), "64-bit", "x: int = 1")
@case("a fault in a variable of a flow that was moved to is at that flow's first node")
def _():
    run = Flow("""
flow a(x: int) {
    node start { -> flow b(x: x) }
}
flow b(x: int) {
    var y = 10 / x
    node first { say "{y}" -> end }
}""").run("--json", flow="a", inputs={"x": 0})
    equal((run.json["status"], run.json["node"]), ("faulted", "first"))
    contains(run.json["error"], "test.flow:6: division by zero")


faults("a division by zero is a fault", "1 / x", "zero", "x: int = 0")
faults("a remainder by zero is a fault", "1 % x", "zero", "x: int = 0")
faults("the least integer has no positive", "-x", "64-bit", "x: int",
       {"x": "-9223372036854775808"})
faults("the least integer cannot be taken from zero", "x - -9223372036854775808", "64-bit", "x: int = 0")
faults("+ of a text and a number is a fault when running", "x + 1", "text", "x: any = \"a\"")
faults("a condition that is no boolean is a fault", "if x then 1 else 2", "true or false", "x: any = 1")
faults("not of a text is a fault", "not x", "true or false", 'x: any = "a"')
faults("< of a text and a number is a fault", "x < 1", "text", 'x: any = "a"')
faults("a wrong argument that is known only when running is a fault", "len(x)", "len", "x: any = 1")
refused("nothing is converted silently", only('say "a" + 5'), "E07", '{5}')


@case("a fault is never routed: no arm of the caller takes it")
def _():
    run = Flow("""
        flow main() { node n { call f(x: 0) ok -> end fail { say "routed" } -> end } }
        flow f(x: int) { node n { say "{1 / x}" -> end } }""").run()
    equal((run.code, run.stdout), (3, ""), repr(run))
    contains(run.stderr, "test.flow:3: ")


shows("run says which run it is",
      ('"{run.flow} {len(run.id)} {run.started <= now()}"', "f 26 true"))


# 11. the commands ----------------------------------------------------------------------------------

@case("exit statuses of flowrun: 0 ended, 1 failed, 2 misuse, 3 faulted")
def _():
    flow = Flow("""flow f(how: text) { node n { if how == "end" -> end else if how == "fail" -> fail else -> x }
                                       node x { say "{1 / len("")}" -> end } }""")
    equal([flow.run(inputs={"how": how}).code for how in ("end", "fail", "fault")], [0, 1, 3])
    equal((flow.run().code, flow.run(inputs={"how": "end", "x": 1}).code), (2, 2))


@case("exit statuses of flowc: 0 good, 1 the source is wrong, 2 what cannot be read")
def _():
    folder = flowtest.scratch()
    (folder / "good.flow").write_text("flow f() { node n { -> end } }")
    (folder / "bad.flow").write_text("flow f() { node n { -> m } }")
    codes = [flowtest.flowc("check", name, cwd=folder).code
             for name in ("good.flow", "bad.flow", "none.flow")]
    equal(codes, [0, 1, 2])


@case("the question of an ask is one of the messages, and fail puts its value into value")
def _():
    run = Flow('flow f() { node n { ask "who?" as name timeout 1h ok -> fail ("no {name}") timeout -> end } }'
               ).run("--json", answers=["Ada"])
    got = run.json
    equal((run.code, got["messages"], got["status"], got["flow"], got["node"], got["value"]),
          (1, ["who?"], "failed", "f", "n", "no Ada"))
    equal(sorted(got), sorted(["run", "status", "flow", "node", "value", "messages", "error"]))


# The machine's instructions reach 256 slots of a flow; what lies beyond takes others.
EVERYTHING = """
config base: text
endpoint e { url base }
flow main -> any {
#
    var v0 = 0  var v1 = 1  var v295 = 295  var v296 = 296  var v297 = 297  var v298 = 298  var v299 = 299
    var t299 = "t"  var o299: any = { a: [{ b: 7 }], list: [[1], [2, 3]] }  var l299 = [3, 4]  var b299 = true
    var n299: int? = null  var q299 = ""  var r299: any = null
    node a { v299 = v298 + v297  v1 = v299 - v0 * 2  v298 = -v297  v297 = v297 % 7  v296 = v296 + 1  v295 = v295 - 1  -> b }
    node b { if v299 > v1 or not (b299 and v298 < v297) -> c else if v299 == 595 -> c else -> a max 3 else c }
    node c { t299 = "{v299} {v298} {t299}"  r299 = o299.a[0].b + v299  b299 = v299 in l299 or t299 in "abc" or 3 in l299  -> d }
    node d { n299 = n299 ?? v299  l299 = [v299, v298, v297]  o299 = { a: v299, "b c": l299, d: o299.list[][0], e: o299["a"][0]["b"] }  -> g }
    node g { v299 = if b299 then v299 else v298  q299 = join(l299, t299)  r299 = [r299, v299 / 2, len(l299), max(l299), -v299, v299 >= v1, v299 != v1, v1 <= v299]  -> h }
    node h { POST e "/{v299}/{t299}" header X-A: "{v299}" header X-B: t299 query a: v299 query b: l299 form { c: v299, d: t299 }
        200 { o299 = [o299, status, body] } -> i
        other, error, timeout, max-connection -> fail (v299) }
    node i { ask "{v299}?" as w299: int choices 1, 2 ok { v299 = w299 } -> j invalid -> i max 3 else j }
    node j { call sub(x: v299, y: t299) ok { r299 = [r299, result] } -> k fail { t299 = "{error.value}" } -> k }
    node k { each p299 in l299 { call sub(x: p299, y: t299) } ok { r299 = [r299, results] } -> l fail -> fail }
    node l { parallel { m299: call sub(x: v299, y: "") n2: call sub(x: 1, y: t299) } ok { r299 = [r299, m299] } -> m fail -> fail }
    node m { wait 1ms * v299  -> n }
    node n { switch v299 { 1 -> o 2 -> fail (2) else -> fail (3) } }
    node o { -> end ([v299, t299, o299, l299, b299, n299, q299, r299]) }
}
flow sub(x: int, y: text) -> text { node n { -> end ("{x}:{y}") } }
"""


@case("three hundred variables more make no difference")
def _():
    seen = []
    for count in (0, 230, 245, 300):
        padding = "".join(f"    var _p{i} = {i}\n" for i in range(count))
        with Server(choose=lambda request: json_reply(200, {"took": request.target})) as server:
            run = Flow(EVERYTHING.replace("#", padding)).run("--json", answers=["3", "1"], base=server.url)
        equal(run.code, 0, repr(run))
        sent = [(r.target, r.body, r.header("X-A"), r.header("X-B")) for r in server.requests]
        seen.append((run.json["value"], run.json["messages"], sent))
    equal(seen, [seen[0]] * len(seen))


main()
