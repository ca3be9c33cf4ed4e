#!/usr/bin/env python3
"""flowrun test: the tests of a program, without a network and without passing time."""

import json
import pathlib
import shutil
import subprocess
import sys
import xml.etree.ElementTree

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib")]

from flowtest import Flow, environment, flowrun, scratch
from places import FLOWC, FLOWRUN
from places import SOURCE as TREE
from tap import add, case, contains, equal, lacks, main, skip, true

SOURCE = """\
endpoint shop { url "http://shop.example/v1" header X-A: "1" connections 2 wait 1s }
secret key
flow main(name: text, qty: int = 2) -> { ok: bool } {
    var got: any = null
    node look {
        POST shop "/orders/{name}"
        header Idempotency-Key: run.id, Authorization: "Bearer {key}"
        query q: qty, tag: ["a", "b c"]
        body { name: name, qty: qty }
        retry 2 on timeout, 503 backoff 1s..4s
        200 { got = body } -> good
        other, error, timeout, max-connection -> bad
    }
    node good { say "got {got.id ?? "none"}" wait 1h -> end { ok: true } }
    node bad { ask "why?" as why timeout 10s ok -> fail { message: "bad {why}" } timeout -> fail }
}
"""


def run_tests(tests, *options):
    """Compiles SOURCE with these tests and runs them."""
    folder = scratch()
    (folder / "shop.flow").write_text(SOURCE + tests)
    compiled = subprocess.run([FLOWC, "shop.flow"], cwd=folder, capture_output=True, text=True)
    equal(compiled.stderr, "")
    done = subprocess.run([FLOWRUN, "test", "shop.flowb", *options], cwd=folder, timeout=60,
                          capture_output=True, text=True)
    done.folder = folder
    return done


def one(steps, *options):
    return run_tests('test "it" {\n' + steps + "\n}\n", *options)


def passes(steps):
    done = one(steps)
    equal(done.returncode, 0)
    contains(done.stdout, "ok 1 - it\n")


def fails(steps, *parts):
    done = one(steps)
    equal(done.returncode, 1)
    contains(done.stdout, "not ok 1 - it\n")
    for part in parts:
        contains(done.stdout, part)


@case("replies are used in their order, one per attempt, and an hour of waiting takes no time")
def _():
    passes('start main(name: "a") reply look: 503 reply look: timeout reply look: 200 { id: 7 }\n'
           'expect visit look, good expect end { ok: true } expect say "got 7"')


@case("a test knows a flow of another file by the name that the import gives it")
def _():
    flow = Flow("""
import next as ahead, twin as theirs from "./other.flow"
flow main() { node a { call theirs() ok -> b fail -> end } node b { call twin() ok -> end fail -> end } }
flow twin() { node t { say "ours" -> end } }
test "renamed" { start ahead(n: 1) expect say "other 1" expect visit a expect end }
test "of one name" { start main() expect visit a, theirs.t, b, twin.t expect say "ours" }
test "started" { start theirs() expect say "theirs" }
""", files={"other.flow": 'flow next(n: int) { node a { say "other {n}" -> end } }\n'
                         'flow twin() { node t { say "theirs" -> end } }\n'})
    equal(flowrun("test", flow.image).code, 0, "exit status")


@case("a reply of 204, of 304 and to HEAD has no body, as with a server")
def _():
    flow = Flow("""
        endpoint api { url "http://api.example" }
        flow main() -> any {
            var x: any = 1
            var y: any = 1
            node a { GET api "/a" 204 { x = body } -> b 200, other, error, timeout, max-connection -> fail }
            node b { GET api "/b" 304 { y = body } -> c 200, other, error, timeout, max-connection -> fail }
            node c { HEAD api "/c" 200 -> end { x: x, y: y, z: body } other, error, timeout, max-connection -> fail }
        }
        test "it" {
            start main()
            reply a: 204 { lie: true }
            reply b: 304 "lie"
            reply c: 200 { lie: true }
            expect end { x: null, y: null, z: null }
        }""")
    run = flowrun("test", flow.image)
    equal(run.code, 0, repr(run))


@case("a request is compared in what is named of it")
def _():
    passes('start main(name: "a/b") reply look: 200 {}\n'
           'expect request look: { method: "POST", path: "/v1/orders/a%2Fb",\n'
           '  query: { q: 2, tag: ["a", "b c"] }, headers: { x-a: "1", Authorization: "Bearer key" },\n'
           '  body: { name: "a/b", qty: 2 } }')


@case("a query that is a text is compared as it was sent")
def _():
    passes('start main(name: "a") reply look: 200 {}\n'
           'expect request look: { query: "q=2&tag=a&tag=b%20c" }')


@case("a part of a request that differs is shown beside what was expected")
def _():
    fails('start main(name: "a") reply look: 200 {} expect request look: { path: "/x" }',
          "shop.flow:18: the request of node `look` has another `path`", 'expected: "/x"',
          'got     : "/v1/orders/a"', 'way: "look -> good"')


@case("the four defaults can be replied, and an answer can be the time that ran out")
def _():
    passes('start main(name: "a") reply look: error answer bad: "x" '
           'expect fail { message: "bad x" }')
    passes('start main(name: "a") reply look: max-connection answer bad: timeout expect fail')
    passes('start main(name: "a") reply look: timeout reply look: timeout reply look: timeout '
           'answer bad: timeout expect visit look, bad expect fail')


@case("a call without a reply left fails the test and says where")
def _():
    fails('start main(name: "a") reply look: 503', "node `look` makes a call",
          "no reply left for it")


@case("a question without an answer left fails the test")
def _():
    fails('start main(name: "a") reply look: 404', "node `bad` asks")


@case("a reply that is never taken fails the test")
def _():
    fails('start main(name: "a") reply look: 200 {} reply look: 404', "never came to this reply")


@case("what was not said, not visited or not the end is told")
def _():
    fails('start main(name: "a") reply look: 200 {} expect say "hello" expect visit bad '
          'expect end { ok: false }', "this was not said", "did not come to `bad`",
          "ended with another value")
    fails('start main(name: "a") reply look: 200 {} expect fail',
          "expected to be failed, and is ended")


@case("what no test covers is listed, and too little of it fails")
def _():
    done = one('start main(name: "a") reply look: 200 {} expect end', "--min-coverage", "50")
    equal(done.returncode, 1)
    contains(done.stdout, "# coverage: 3 of 10 (30 %)")
    contains(done.stdout, "# no test enters:\n#   main.bad\n# no test takes:\n#   main.look: other, error, timeout, max-connection\n")
    contains(done.stderr, "less than 50 %")


@case("results are written as JUnit's XML and coverage as JSON")
def _():
    done = one('start main(name: "a") reply look: 200 {} expect say "<&>"', "--junit", "j.xml",
               "--coverage", "c.json")
    suite = xml.etree.ElementTree.parse(done.folder / "j.xml").getroot()
    equal(suite.get("failures"), "1")
    contains(suite.find("testcase/failure").text, '"<&>"')
    coverage = json.loads((done.folder / "c.json").read_text())
    equal((coverage["taken"], coverage["all"]), (3, 10))
    equal(coverage["nodes"][1:], [{"flow": "main", "node": "good", "entered": 1, "ways": []},
                                  {"flow": "main", "node": "bad", "entered": 0,
                                   "ways": [{"outcome": outcome, "arrow": outcome, "taken": 0} for outcome in ("ok", "timeout")]}])


@case("one test is run by its name, and an unknown name is told")
def _():
    tests = "".join(f'test "{name}" {{ start main(name: "a") reply look: 200 {{}} }}\n'
                    for name in ("first", "second"))
    done = run_tests(tests, "second")
    contains(done.stdout, "1..1\nok 1 - second\n")
    done = run_tests(tests, "secnd")
    equal(done.returncode, 2)
    contains(done.stderr, "did you mean `second`?")


@case("a program without tests is told so")
def _():
    done = run_tests("")
    equal(done.returncode, 2)
    contains(done.stderr, "has no tests")


@case("no socket is opened and no time passes")
def _():
    if not shutil.which("strace"):
        skip("strace is not here")
    done = one('start main(name: "a") reply look: 503 reply look: 200 {} expect end')
    traced = subprocess.run(["strace", "-f", "-e", "trace=socket,connect,nanosleep,epoll_wait",
                             FLOWRUN, "test", "shop.flowb"], cwd=done.folder, timeout=60,
                            env=environment({"ASAN_OPTIONS": "detect_leaks=0"}),
                            capture_output=True, text=True)  # LeakSanitizer cannot be traced
    equal(traced.returncode, 0)
    for call in ("socket(", "connect(", "nanosleep(", "epoll_wait("):
        lacks(traced.stderr, call)


@case("a config without a default does not keep tests from running")
def _():
    done = run_tests("""
config other_url: text
endpoint other { url other_url }
flow second() { node n { GET other "/p" 200 -> end other, error, timeout, max-connection -> fail } }
test "it" { start second() reply n: 200 expect request n: { path: "/p" } expect end }
""")
    contains(done.stdout, "ok 1 - it\n")
    equal(done.returncode, 0)


@case("a secret of a test is its own name, and shows as *** nowhere else")
def _():
    done = one('start main(name: "a") reply look: 200 {}\n'
               'expect request look: { headers: { authorization: "Bearer key" } }')
    equal(done.returncode, 0)


def covers_everything(path):
    image = scratch() / "example.flowb"
    subprocess.run([FLOWC, path, "-o", image], check=True, capture_output=True)
    done = subprocess.run([FLOWRUN, "test", image, "--min-coverage", "100"], capture_output=True,
                          text=True, timeout=60)
    equal((done.returncode, done.stderr), (0, ""))
    contains(done.stdout, "(100 %)")


EXAMPLES = sorted((TREE / "examples").glob("*.flow"))
true(EXAMPLES, "there are no examples")
for example in EXAMPLES:
    add(f"the tests of {example.stem} cover all of it", covers_everything, example)


# Requests of every form, and expectations of a node `n`: those that hold, and those that do not, with
# what the message says of the part that differs.
FORMS = """\
endpoint api {{ url "http://api.example{base}" {setting} }}
flow main(a: any = null, b: text = "", c: text = "") -> any {{
    node n {{ {call} other, error, timeout, max-connection -> fail }}
    node done {{ say "done" -> end (a) }}
}}
test "it" {{ start main({given}) reply n: 200 {{}} expect request n: {{ {wanted} }} }}
"""
HOLD = [
    ("", "", 'GET api "/x" 200 -> done', "", 'path: "/x", query: "", body: null, method: "GET"'),
    ("", "", 'GET api "" 200 -> done', "", 'path: "/"'), ("", "", 'GET api "" query q: 1 200 -> done', "", 'path: "/", query: { q: 1 }'),
    ("/v1", "", 'GET api "/{b}" 200 -> done', 'b: "ä?"', 'path: "/v1/%C3%A4%3F"'),
    ("", "", 'GET api "/" query q: a, r: b 200 -> done', 'a: [1, "x", true], b: "a b&=%"',
     'query: { q: ["1", "x", true], r: "a b&=%", s: null }'),
    ("", "", 'GET api "/" query q: a 200 -> done', 'a: "é+ü"', 'query: { q: "é+ü" }'),
    ("", 'separator semicolon', 'GET api "/" query q: 1, r: 2 200 -> done', "", 'query: { q: 1, r: 2 }'),
    ("", "", 'GET api "/" header X-B: b 200 -> done', 'b: "7"', 'headers: { x-b: 7, X-C: null }'),
    ("", "", 'POST api "/" form { q: [1, 2, 3], r: b } 200 -> done', 'b: "a b+%"', 'body: { q: ["1", "2", "3"], r: "a b+%" }'),
    ("", "", 'POST api "/" form { q: b } 200 -> done', 'b: ""', 'body: { q: "" }'),
    ("", "", 'POST api "/" text "{b}!" 200 -> done', 'b: "a=1"', 'body: "a=1!"'),
    ("", "", 'POST api "/" xml "<a>{b}</a>" 200 -> done', 'b: "<"', 'body: "<a>&lt;</a>"'),
    ("", "", 'POST api "/" body a 200 -> done', "a: [1, { x: null }]", "body: [1, { x: null }]"),
    ("", "", 'POST api "/" body a 200 -> done', "a: 1.0", "body: 1"),
]
DIFFER = [
    ('GET api "/x" 200 -> done', "", 'path: "/y"', "path"), ('GET api "/x" 200 -> done', "", 'method: "POST"', "method"),
    ('GET api "/" query q: a 200 -> done', "a: [1, 2]", "query: { q: 1 }", "query"),
    ('GET api "/" query q: a 200 -> done', "a: [1, 2]", "query: { q: [1] }", "query"),
    ('GET api "/" query q: a 200 -> done', "a: [1, 2]", "query: { q: [1, 3] }", "query"),
    ('GET api "/" query q: 1 200 -> done', "", "query: { q: [1] }", "query"), ('GET api "/" query q: 1 200 -> done', "", "query: { q: 12 }", "query"),
    ('GET api "/" query q: 1 200 -> done', "", "query: { r: 1 }", "query"), ('GET api "/" query q: 1 200 -> done', "", "query: { q: null }", "query"),
    ('GET api "/" query q: 1 200 -> done', "", "query: [1]", "query"), ('GET api "/" query q: 1 200 -> done', "", 'query: "q=2"', "query"),
    ('GET api "/" header X-B: "7" 200 -> done', "", "headers: { x-b: 8 }", "headers"), ('GET api "/" 200 -> done', "", "headers: { x-b: 8 }", "headers"),
    ('GET api "/" header X-B: "7" 200 -> done', "", "headers: { X-B: null }", "headers"), ('GET api "/" 200 -> done', "", "headers: 7", "headers"),
    ('GET api "/" 200 -> done', "", "nothing: 7", "nothing"), ('POST api "/" text "x" 200 -> done', "", "body: null", "body"),
    ('POST api "/" form { q: 1 } 200 -> done', "", "body: { q: 2 }", "body"), ('POST api "/" body a 200 -> done', "a: 1.5", "body: 1", "body"),
]


def form(base, setting, call, given, wanted):
    folder = scratch()
    (folder / "t.flow").write_text(FORMS.format(base=base, setting=setting, call=call, given=given, wanted=wanted))
    compiled = subprocess.run([FLOWC, "t.flow"], cwd=folder, capture_output=True, text=True)
    equal(compiled.returncode, 0, compiled.stderr)
    return subprocess.run([FLOWRUN, "test", "t.flowb"], cwd=folder, timeout=60, capture_output=True, text=True)


@case("requests of every form are what is expected of them")
def _():
    for row in HOLD:
        done = form(*row)
        equal(done.returncode, 0, f"{row}: {done.stdout}{done.stderr}")


@case("a part that differs fails the test, and is named")
def _():
    for call, given, wanted, part in DIFFER:
        done = form("", "", call, given, wanted)
        equal(done.returncode, 1, f"{call} {wanted}: {done.stdout}{done.stderr}")
        contains(done.stdout, f"the request of node `n` has another `{part}`")


@case("of several expectations of a node's requests each is about the next one")
def _():
    passes('start main(name: "a") reply look: 503 reply look: 200 {}\n'
           'expect request look: { method: "POST" } expect request look: { path: "/v1/orders/a" }')
    fails('start main(name: "a") reply look: 200 {}\n'
          'expect request look: { method: "POST" } expect request look: { method: "POST" }',
          "shop.flow:19: node `look` sent no such request")
    fails('start main(name: "a") reply look: 200 {} expect visit good, look', "did not come to `look` after `good`")


@case("how a run ended is told where another end was expected, with its value or its reason")
def _():
    fails('start main(name: "a") reply look: 200 {} expect fail { message: "x" }', "expected to be failed, and is ended",
          "its value: {", '"ok":true')
    fails('start main(name: "a") reply look: 404 answer bad: "y" expect end', "expected to be ended, and is failed", "bad y")
    fails('start main(name: "a") reply look: 404 answer bad: timeout expect fail { message: "x" }', "failed with another value",
          "got no value")
    fails('start main(name: "a") reply look: 404 answer bad: "y" answer bad: "z" expect fail', "never came to this answer")


@case("a fault fails the test, with its place, whatever else is expected")
def _():
    folder = scratch()
    (folder / "f.flow").write_text('flow f(a: any) { node n { x = a + 1 say "{x}" -> end } }\n'
                                   'test "it" { start f(a: "x") }\ntest "fails" { start f(a: "x") expect end }\n')
    subprocess.run([FLOWC, "f.flow"], cwd=folder, check=True)
    done = subprocess.run([FLOWRUN, "test", "f.flowb"], cwd=folder, timeout=60, capture_output=True, text=True)
    equal(done.returncode, 1)
    contains(done.stdout, "f.flow:1: cannot add text and int")
    contains(done.stdout, "expected to be ended, and is faulted")


@case("a reply without headers has none")
def _():
    flow = Flow("""
endpoint api { url "http://h" }
flow main { node n { GET api "" 200 { say headers["a"] ?? "none" } -> end other, error, timeout, max-connection -> fail } }
test "t" { start main() reply n: 200 expect say "none" expect end }
""")
    done = flowrun("test", flow.image.name, cwd=flow.folder)
    equal((done.code, done.stderr), (0, ""), repr(done))


main()
