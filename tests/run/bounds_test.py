#!/usr/bin/env python3
"""What a run may take: over a bound it is faulted with its place, and the others go on."""

import json
import os
import pathlib
import subprocess
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow, flowc, flowrun, scratch
from places import FLOWRUN, is_sanitized
from scripted import Server, json_reply, reply, stall
from tap import add, case, contains, equal, main, true

LOOP = """
flow f(n: int) -> int {
    var i = 0
    node a {
        i = i + 1
        if i < n -> a max 1000000000 else b else -> b
    }
    node b { -> end (i) }
}
"""
GROW = """
flow f(n: int) -> int {
    var text = "0123456789abcdef"
    var i = 0
    node a {
        text = text + text
        i = i + 1
        if i < n -> a max 100 else b else -> b
    }
    node b { -> end (len(text)) }
}
"""


def faulted(name, source, why, place, *options, inputs=None, good=None, answers=None):
    """A case: a run with these options is faulted at this place; without them, or with what `good` gives
    instead, it ends."""
    @case(name)
    def _():
        flow = Flow(source)
        run = flow.run("--json", *options, inputs=inputs, answers=answers)
        equal((run.code, run.json["status"]), (3, "faulted"), repr(run))
        contains(run.json["error"], place)
        contains(run.json["error"], why)
        equal(flow.run(*(good or []), inputs=inputs, answers=answers).code, 0)


faulted("fuel: loops between two waits", LOOP, "the loop does not end", "test.flow:",
        "--max-fuel", "20000", inputs={"n": 300000}, good=["--max-fuel", "1000000"])
faulted("visits: nodes that are entered", LOOP, "--max-visits", "test.flow:", "--max-visits", "1000",
        inputs={"n": 1000}, good=["--max-visits", "1001"])
faulted("memory: what the variables hold", GROW, "--max-memory", "test.flow:", "--max-memory", "1MB",
        inputs={"n": 20}, good=["--max-memory", "64MB"])
@case("memory: a run holds no more than --max-memory and an eighth of it")
def _():
    flow = Flow("""
flow f() {
    var kept: any = null
    var i = 0
    node a {
        kept = [kept, join(range(i, i + 20000), ",")]
        i = i + 1
        if i < 4000 -> a max 5000 else b else -> b
    }
    node b { -> end }
}""")
    command = [FLOWRUN, "--max-memory", "64MB", flow.image.name]
    child = subprocess.Popen(command, cwd=flow.folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    said = child.stderr.read().decode()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    contains(said, "--max-memory")
    most = 64 * 9 / 8 + 24
    true(is_sanitized() or used.ru_maxrss / 1024 < most, f"{used.ru_maxrss >> 10} MiB, at most {most}")


faulted("memory: what is said and kept", """
flow f(n: int) {
    var i = 0
    node a { say join(range(10000), ",")  i = i + 1  if i < n -> a max 1000 else b else -> b }
    node b { -> end }
}""", "--max-memory", "test.flow:", "--max-memory", "1MB", inputs={"n": 100}, good=["--max-memory", "64MB"])
faulted("messages: bytes of one that is said", 'flow f(n: int) { node a { say join(range(n), ",") -> end } }',
        "--max-message", "test.flow:1: ", "--max-message", "1KB", inputs={"n": 1000}, good=["--max-message", "64KB"])
faulted("messages: bytes of a question", 'flow f(n: int) { node a { ask "{join(range(n), ",")}" as x ok -> end } }',
        "--max-message", "test.flow:1: ", "--max-message", "1KB", inputs={"n": 1000},
        good=["--max-message", "64KB"], answers=["x"])
faulted("messages: bytes of a question with its choices",
        f'flow f() {{ node a {{ ask "which?" as x choices "{"a" * 500}", "{"b" * 520}" ok -> end invalid -> end }} }}',
        "--max-message", "test.flow:1: ", "--max-message", "1KB", good=["--max-message", "2KB"], answers=["a"])
faulted("memory: an input counts", 'flow f(t: text) -> int { node a { -> end (len(t)) } }', "--max-memory",
        "test.flow:1: ", "--max-memory", "10KB", inputs={"t": "x" * 20000}, good=["--max-memory", "64KB"])
faulted("memory: an answer counts", """
flow f() -> int {
    node a { ask "well?" as t ok -> b }
    node b { -> end (len(t)) }
}""", "--max-memory", "test.flow:4: ", "--max-memory", "10KB", good=["--max-memory", "64KB"],
        answers=["x" * 20000])
faulted("calls: flows that call each other", """
flow f(n: int) -> int {
    node a { if n == 0 -> end (0) else -> b }
    node b { call f(n: n - 1) ok -> end (result) fail -> fail }
}""", "--max-calls", "test.flow:4: ", "--max-calls", "10", inputs={"n": 10}, good=["--max-calls", "11"])
faulted("time: a run that waits", 'flow f(ms: int) { node a { wait 1ms * ms -> end } }', "--max-time",
        "test.flow:1: ", "--max-time", "50ms", inputs={"ms": 400}, good=["--max-time", "1h"])


faulted("time: a run that searches within one node", r"""
flow f(n: int) -> bool {
    node a {
        t = join(range(n), ",")
        x = matches(t, "([0-9]|,)*x")
        y = matches(t, "([0-9]|,)*y")
        -> end (x or y)
    }
}""", "--max-time", "test.flow:", "--max-time", "2ms", inputs={"n": 300000}, good=["--max-time", "1h"])


@case("time: a call under way is broken off")
def _():
    flow = Flow("""
config base: text
endpoint e { url base }
flow f() { node n { GET e "/" 200, other, error, timeout, max-connection -> end } }""")
    with Server([stall()]) as server:
        run = flow.run("--json", "--max-time", "100ms", base=server.url)
        server.wait_closed(1)
    equal((run.code, run.json["node"]), (3, "n"), repr(run))
    contains(run.json["error"], "test.flow:4: the run takes longer than it may")


@case("memory: a body that came counts")
def _():
    flow = Flow("""
config base: text
endpoint e { url base }
flow f() {
    node n { GET e "/" 200 { kept = body } -> m other, error, timeout, max-connection -> fail }
    node m { say "{len(kept)}" -> end }
}""")
    with Server(json_reply(200, list(range(100000))), repeat=True) as server:
        over = flow.run("--json", "--max-memory", "1MB", base=server.url)
        under = flow.run("--max-memory", "64MB", base=server.url)
    equal((over.code, under.stdout), (3, "100000\n"), repr(over))
    contains(over.json["error"], "--max-memory")


# A value of 80 MB, most of it the same text again: what is written, compared or sent of it is 64 MB at most.
BIG = """
config base: text
endpoint e {{ url base }}
flow main -> any {{
    var t = "0123456789abcdef"
    var i = 0
    var big: any = null
    var x: any = null
    node a {{ t = t + t  i = i + 1  if i < 20 -> a max 100 else b else -> b }}
    node b {{ big = [t, t, t, t, t] -> c }}
    node c {{ {use} }}
}}"""
CALL = "GET e {} 200, other, error, timeout, max-connection -> end"
POST = "POST e {} 200, other, error, timeout, max-connection -> end"
TOO_LARGE = {
    "a header": CALL.format('"/" header X-A: big'), "a query": CALL.format('"/" query a: big'),
    "a path": CALL.format('"/{big}"'), "a form": POST.format('"/" form { a: big }'),
    "a body": POST.format('"/" body big'), "a body of text": POST.format('"/" text "{big}"'),
    "a body of XML": POST.format('"/" xml "<a>{big}</a>"'),
    "what is said": 'say "{big}" -> end', "what is logged": 'log "{big}" -> end',
    "equality": "x = big == [t] -> end", "inequality": "x = [t] != big -> end",
    "a condition": "if big == [t, t, t, t, t] -> end else -> end", "in a list": "x = 1 in big -> end",
    "what is looked for": "x = big in [1] -> end",
    "a question": 'ask "{big}" as q ok -> end',
    "a text of a text": 'x = "{t}{t}{t}{t}{t}" -> end', "XML of a text": POST.format('"/" xml "<a>{t}{t}{t}{t}{t}</a>"'),
    "a function": "x = sha256(json(big)) -> end", "a sum of texts": "x = t + t + t + t + t -> end",
}


def too_large(use):
    flow = Flow(BIG.format(use=use))
    with Server(reply(200, ""), repeat=True) as server:
        run = flow.run("--json", "--max-memory", "1GB", "--max-message", "1GB", base=server.url)
    equal((run.code, run.json["status"], server.requests), (3, "faulted", []), repr(run)[:500])
    contains(run.json["error"], "test.flow:11: ")
    contains(run.json["error"], "64 MB")


for where, use in TOO_LARGE.items():
    add(f"64 MB: {where}", too_large, use)


NESTED = """
flow f(n: int) -> int {
    node a { if n == 0 -> end (0) else -> b }
    node b { call f(n: n - 1) ok -> end (result) fail -> fail }
}"""
SAYS = 'flow f(n: int) { node a { say join(range(n), ",") -> end } }'
TAKES = 'flow f(n: int) -> int { node a { -> end (len(join(range(n), ","))) } }'
WAITS = 'flow f(n: int) { node a { wait 1ms * n -> end } }'
MATCHES = "flow f(n: int) -> bool { node a { -> end (matches(join(range(n), ''), '[0-9]{1,200}x')) } }"


def others_go_on(source, option, bound, small, large):
    """A batch where every tenth run goes over a bound."""
    flow = Flow(source)
    lines = "".join(json.dumps({"n": large if i % 10 == 3 else small}) + "\n" for i in range(100))
    done = flowrun("batch", option, bound, "--inputs", "-", flow.image, stdin=lines)
    equal(done.code, 1, repr(done)[:500])
    results = [json.loads(line) for line in done.stdout.splitlines()]
    statuses = {r["line"]: r["status"] for r in results}
    equal(len(statuses), 100)
    equal(sorted({line for line, status in statuses.items() if status == "faulted"}), list(range(4, 101, 10)))
    equal(sorted(set(statuses.values())), ["ended", "faulted"])
    places = [r["error"] for r in results if r["error"]]
    equal([place for place in places if not place.startswith("test.flow:")], [])


for source, option, bound, small, large in (
        (LOOP, "--max-visits", "1000", 10, 100000), (LOOP, "--max-fuel", "20000", 10, 100000),
        (GROW, "--max-memory", "1MB", 2, 20), (SAYS, "--max-message", "1KB", 3, 10000), (NESTED, "--max-calls", "10", 3, 30),
        (WAITS, "--max-time", "2s", 1, 100000000), (TAKES, "--max-memory", "100KB", 10, 100000)):
    add(f"a run of a batch that goes over {option} ends no other ({large})", others_go_on, source, option, bound, small, large)


@case("a run of a batch that computes beyond --max-time ends no other")
def _():
    others_go_on(MATCHES, "--max-time", "500ms", 3, 8000000)


@case("a run of a batch whose answer takes long to read ends no other")
def _():
    flow = Flow("""
        config base: text
        endpoint api { url base max-response 60MB timeout 5s }
        flow f(n: int) -> int {
            node which { if n == 0 -> short else -> long }
            node short { wait 300ms -> end (0) }
            node long { GET api "/" 200 -> end (1) other, error, timeout, max-connection -> end (2) }
        }""")
    xml = "<a>" + "<b>x</b>" * 2000000 + "</a>"

    def batch(lines, max_time):
        with Server(reply(200, xml, content_type="application/xml"), repeat=True) as server:
            return flowrun("batch", "--inputs", "-", "--max-time", max_time, "--set", f"base={server.url}", flow.image,
                           stdin=lines)

    # How long the answer takes to read on this machine, now: the others get less than that.
    started = time.monotonic()
    batch('{"n":1}\n', "1h")
    took = time.monotonic() - started
    done = batch('{"n":0}\n{"n":1}\n{"n":0}\n', f"{int(max(700 * took, 1000))}ms")
    others = [r["status"] for r in map(json.loads, done.lines) if r["line"] != 2]
    equal(others, ["ended", "ended"], repr(done)[:900])


@case("a request whose parts take long to compute is not mixed with those of other runs")
def _():
    flow = Flow("""
        config base: text
        endpoint api { url base }
        flow f(n: int) {
            node a {
                GET api "/{n}"
                header X-First: "{n}"
                header X-Long: if matches(join(range(200000), ""), '[0-9]{1,500}x') then "yes" else "no {n}"
                header X-Last: "{n}"
                200, other, error, timeout, max-connection -> end
            }
        }""")
    with Server(reply(200), repeat=True) as server:
        done = flowrun("batch", "--inputs", "-", "--set", f"base={server.url}", flow.image,
                       stdin="".join(f'{{"n":{n}}}\n' for n in range(5)))
    equal(done.code, 0, repr(done)[:900])
    sent = sorted((r.target, r.header("X-First"), r.header("X-Long"), r.header("X-Last")) for r in server.requests)
    equal(sent, [(f"/{n}", f"{n}", f"no {n}", f"{n}") for n in range(5)])


@case("an answer of a batch that is over --max-response or --max-depth ends no other")
def _():
    flow = Flow("""
        config base: text
        endpoint api { url base }
        flow f(n: int) -> text {
            node a { GET api "/{n}" 200 -> end ("fine") error -> end (error.kind) other, timeout, max-connection -> fail }
        }""")

    def choose(request):
        n = int(request.target[1:])
        return json_reply(200, list(range(1000)) if n == 1 else [[[[[]]]]] if n == 2 else [])

    with Server(choose=choose) as server:
        lines = "".join(json.dumps({"n": i % 10}) + "\n" for i in range(100))
        done = flowrun("batch", "--max-response", "1KB", "--max-depth", "3", "--inputs", "-", "--set", f"base={server.url}",
                       flow.image, stdin=lines)
    values = [r["value"] for r in map(json.loads, done.lines)]
    equal((done.code, {v: values.count(v) for v in values}), (0, {"fine": 80, "too-large": 10, "decode": 10}))


@case("depth: an input nests at most 512 deep")
def _():
    flow = Flow("flow f(v: any) -> text { node a { -> end (\"fine\") } }")
    lines = "".join(f'{{"v":{"[" * depth}{"]" * depth}}}\n' for depth in (511, 513, 1))
    done = flowrun("batch", "--inputs", "-", flow.image, stdin=lines)
    results = sorted((r["line"], r["status"]) for r in map(json.loads, done.lines))
    equal(results, [(1, "ended"), (2, "invalid"), (3, "ended")], repr(done)[:800])


BODY = """
config base: text
endpoint e { url base max-response 1MB }
flow f() {
    node n {
        GET e "/"
        200   { say "ok" } -> end
        error { say "{error.kind}: {error.message}" } -> end
        other, timeout, max-connection -> fail
    }
}"""


def answered(name, body, kind, want, *options, good, content_type="application/json"):
    """A case: this answer is an `error` that says so, and the flow goes on; with the bound of `good` it is
    no error."""
    @case(name)
    def _():
        flow = Flow(BODY)
        with Server(reply(200, body, content_type=content_type), repeat=True) as server:
            over = flow.run(*options, base=server.url)
            under = flow.run(*good, base=server.url)
        equal((over.code, under.stdout), (0, "ok\n"), repr(over))
        contains(over.stdout, want)
        equal(over.stdout.split(":")[0], kind)


answered("response: a body that is longer than the option allows", "x" * 2048, "too-large", "max-response",
         "--max-response", "1KB", good=["--max-response", "2KB"], content_type="text/plain")


@case("response: the option does not widen what the endpoint says")
def _():
    with Server(reply(200, "x" * ((1 << 20) + 1))) as server:
        run = Flow(BODY).run("--max-response", "1GB", base=server.url)
    contains(run.stdout, "too-large: ")


answered("depth: JSON that nests deeper than the option allows", "[" * 11 + "]" * 11, "decode", "--max-depth",
         "--max-depth", "10", good=["--max-depth", "11"])
answered("depth: XML that nests deeper than the option allows", "<a>" * 11 + "x" + "</a>" * 11, "decode",
         "--max-depth", "--max-depth", "10", good=["--max-depth", "11"], content_type="text/xml")


faulted("memory: texts that one node makes", """
flow f() -> int {
    node a {
        a = join(range(100000), ",")
        b = a + a
        c = b + b
        d = c + c
        e = d + d
        f = e + e
        g = f + f
        -> end (len(g) + len(a) + len(b) + len(c) + len(d) + len(e) + len(f))
    }
}""", "--max-memory", "test.flow:7: ", "--max-memory", "8MB", good=["--max-memory", "128MB"])
faulted("memory: lists that one node makes", """
flow f() -> int {
    node a {
        a = range(100000)
        b = range(100000)
        c = range(100000)
        -> end (len(a) + len(b) + len(c))
    }
}""", "--max-memory", "test.flow:6: ", "--max-memory", "4MB", good=["--max-memory", "8MB"])


for shape in ("(((a{0,50}){0,50}){0,50}){0,50}", r"^(a*)*\1$", ".{1,32767}", "(" * 100000 + ")" * 100000):
    def _(shape=shape):
        pattern = Flow("flow f(p: text) -> bool { node a { -> end (matches(\"aaaaaaaaaab\", p)) } }")
        run = flowrun("batch", "--inputs", "-", pattern.image,
                      stdin=json.dumps({"p": shape}) + "\n" + json.dumps({"p": "a+b"}) + "\n")
        results = {r["line"]: r for r in map(json.loads, run.lines)}
        equal([results[line]["status"] for line in (1, 2)], ["faulted", "ended"])
        contains(results[1]["error"], "test.flow:1: the second argument of `matches`")
    add(f"patterns: {shape[:32]} is a fault, for no machine could look for it", _)


@case("files: a program or a secrets file of more than 512 MB is not read")
def _():
    folder = scratch()
    with open(folder / "large", "wb") as file:
        file.truncate((512 << 20) + 1)
    plain = Flow("flow f() { node a { -> end } }")
    for words in ([folder / "large"], ["--secrets", folder / "large", plain.image]):
        run = flowrun(*words)
        equal((run.code, run.stdout), (2, ""), repr(run))
        contains(run.stderr, "large: it is larger than 512 MB")


@case("time: a run that only computes")
def _():
    run = Flow(LOOP).run("--max-fuel", "100000000000", "--max-time", "100ms", inputs={"n": 1000000000})
    equal((run.code, run.stdout), (3, ""), repr(run))
    contains(run.stderr, "test.flow:")
    contains(run.stderr, "--max-time")


@case("patterns: a search of more than a thousand million steps is a fault")
def _():
    search = Flow("flow f(n: int) -> bool { node a { -> end (matches(join(range(n), ''), '[0-9]{1,2000}x')) } }")
    over = search.run(inputs={"n": 500000})
    equal((over.code, over.stdout), (3, ""), repr(over))
    contains(over.stderr, "test.flow:1: `matches` takes too long")
    equal(search.run(inputs={"n": 5000}).stdout, "false\n")


@case("patterns: a search that would take minutes is over in a moment")
def _():
    search = Flow(r"""flow f(n: int) -> bool {
        node a { -> end (matches(join(range(n), ""), "(0|[1-9])*1[0-9]{20}x")) } }""".replace('"(0', "'(0")
                  .replace('x")', "x')"))
    run = search.run("--max-time", "40s", inputs={"n": 100000})
    equal((run.code, run.stdout), (0, "false\n"), repr(run))


@case("JSON nests at most 512 deep")
def _():
    flow = Flow("""
config base: text
endpoint e { url base }
flow f() { node n { GET e "/" 200 { say "ok" } -> end error { say error.kind } -> end other, timeout, max-connection -> fail } }""")
    said = []
    for depth in (512, 513):
        with Server(reply(200, "[" * depth + "]" * depth, content_type="application/json")) as server:
            said.append(flow.run(base=server.url).stdout)
    equal(said, ["ok\n", "decode\n"])


def nested_constant(depth):
    """A file whose test expects a list that nests so deep, made in steps of 100."""
    names, text = [], ""
    for deep in range(100, depth + 100, 100):
        deep = min(deep, depth) - 100 * len(names)
        inner = names[-1] if names else ""
        names.append(f"c{len(names)}")
        text += f"const {names[-1]} = {'[' * deep}{inner}{']' * deep}\n"
    return text + f"""
flow f(x: any) {{ node n {{ -> end (x) }} }}
test "it" {{ start f(x: {names[-1]}) expect end ({names[-1]}) }}
"""


@case("a constant nests at most 512 deep, and one that compiles runs")
def _():
    flow = Flow(nested_constant(512))
    equal(flowrun("test", flow.image).code, 0)
    folder = scratch()
    (folder / "test.flow").write_text(nested_constant(513))
    done = flowc("test.flow", cwd=folder)
    equal(done.code, 1, repr(done))
    contains(done.stderr, "error[E0705]: this cannot be calculated: the constant is nested too deeply")


@case("a bound that is none is misuse, and the message says how it is written")
def _():
    flow = Flow("flow f() { node a { -> end } }")
    for option, value, word in (("--max-time", "10", "ms, s, m, h, d"), ("--max-memory", "5", "KB, MB, GB"),
                                ("--max-visits", "0", "above 0"), ("--max-calls", "201", "1 to 200"),
                                ("--max-fuel", "x", "above 0"), ("--max-time", "99999999999999999999s", "above 0")):
        run = flow.run(option, value)
        equal(run.code, 2, repr(run))
        contains(run.stderr, word)


main()
