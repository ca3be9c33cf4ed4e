#!/usr/bin/env python3
"""`--record`, `flowrun replay` and `--har`: what is written down of runs, and runs again from it."""

import base64
import json
import pathlib
import re
import shutil
import stat
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

import flowtest
from flowtest import Flow, environment, flowrun
from places import FLOWRUN, SOURCE
from scripted import Closed, Server, close, json_reply, reply, reset, stall
from shop import running_shop
from tap import add, case, contains, equal, lacks, main, skip, true

EXAMPLES = SOURCE / "examples"
KEY = {"shop_key": "demo-key"}
BASKET = json.dumps([{"sku": "MUG-1", "qty": 2}, {"sku": "TEA-7", "qty": 1}])
CALL = """
config base: text
endpoint api {{ url base {settings} }}
flow f() {{
    node n {{
        GET api "/x" {options}
        200 {{ say "{{json(body)}}" }} -> end
        other -> fail ("{{status}}")
        error -> fail ("{{error.kind}}: {{error.message}}")
        timeout -> fail ("timeout")
        max-connection -> fail ("full")
    }}
}}
"""


def events(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def replayed(image, *records, options=()):
    return flowrun("replay", *options, image, *records, cwd=image.parent)


def same_way(image, record, runs=1):
    done = replayed(image, record)
    equal((done.code, done.stdout, done.stderr),
          (0, f"{runs} run{'s' if runs > 1 else ''}: {runs} the same way, 0 another\n", ""))


# Runs of the examples against the demo shop: flow, inputs, answers. The orders of payment hold
# switches of the shop (examples/shop/README.md).
RUNS = {
    "hello": [({"name": "Ada"}, [])],
    "support": [({"customer": "Ada"}, ["order", "AB123456"]), ({"customer": "Ada"}, ["order", "x", "AB999999"]),
                ({"customer": "Ada"}, ["no"]), ({"customer": "Ada"}, ["returns"])],
    "returns": [({"order": "AB123456"}, ["broken", "yes"]), ({"order": "AB999999"}, ["broken", "yes"])],
    "payment": [({"order": "A1", "basket": BASKET}, []), ({"order": "A2-reserve-403", "basket": BASKET}, []),
                ({"order": "A3-pay-402", "basket": BASKET}, []),
                ({"order": "A4-pay-500x1", "basket": BASKET}, [])],
}


def recorded_example(name, shop):
    """The records of the example's runs, and the flow."""
    flow = Flow(EXAMPLES / f"{name}.flow")
    source = (EXAMPLES / f"{name}.flow").read_text()
    config = {}
    if "shop" in source:
        config["shop_url"] = shop.url + "/v1"
    if name == "hello":
        flow = Flow(re.sub(r'url "[^"]*"', f'url "{shop.url}"', source), "hello.flow")
        config = {}
    if name == "payment":
        config["look_every"] = 0
    records = []
    for number, (inputs, answers) in enumerate(RUNS[name]):
        record = flow.folder / f"{number}.jsonl"
        run = flow.run("--record", record, inputs=inputs, answers=answers, secrets=KEY, **config)
        true(run.code in (0, 1), repr(run))
        records.append(record)
    return flow, records


def example(name):
    with running_shop() as shop:
        flow, records = recorded_example(name, shop)
    done = replayed(flow.image, *records)
    equal((done.code, done.stdout.splitlines()[-1]),
          (0, f"{len(records)} run{'s' if len(records) > 1 else ''}: {len(records)} the same way, 0 another"),
          repr(done))


for name in RUNS:
    add(f"{name}: runs against the demo shop replay to the same trace", example, name)


@case("with one arm changed replay names exactly that node, its place and both ways")
def _():
    with running_shop() as shop:
        flow, records = recorded_example("support", shop)
    text = (EXAMPLES / "support.flow").read_text()
    old = "404      { say \"I cannot find order {order_id}.\" } -> ask_number max 2 else agent"
    true(old in text, "support.flow has no such arm")
    changed = Flow(text.replace(old, old.replace("-> ask_number max 2 else agent", "-> agent")),
                   "support.flow", {"lib/shop.flow": (EXAMPLES / "lib/shop.flow").read_text()})
    done = replayed(changed.image, *records)
    line = next(i for i, l in enumerate(text.splitlines(), 1) if "node lookup" in l)
    equal(done.code, 1, repr(done))
    lines = done.stdout.splitlines()
    equal(lines[-1], "4 runs: 3 the same way, 1 another")
    equal(len(lines), 2, repr(done))
    contains(lines[0], f"support.flow:{line}: node `lookup` went on `404` to `ask_number`; now it goes on "
                       "`404` to `agent`")
    result = [json.loads(l) for l in replayed(changed.image, *records, options=["--json"]).stdout.splitlines()]
    equal([(r["same"], r["node"]) for r in result],
          [(True, None), (False, "lookup"), (True, None), (True, None)])


def exchange(name, turns, settings="", options="", url=None, server=None):
    """A case: a run of one call that meets these turns replays to the same end."""
    @case(name)
    def _():
        flow = Flow(CALL.format(settings=settings, options=options))
        with Server(*turns, **(server or {})) as listening:
            run = flow.run("--json", "--record", "r.jsonl", base=url or listening.url)
        record = flow.folder / "r.jsonl"
        equal(events(record)[-1]["value"], run.json["value"])
        same_way(flow.image, record)


exchange("a status and its body", [json_reply(404, {"a": 1})])
exchange("a body that is no text", [reply(200, b"\xff\x00\xfe", content_type="application/octet-stream")])
exchange("a body that does not parse", [reply(200, "{", content_type="application/json")])
exchange("a reset", [[reset()]])
exchange("half an answer", [[b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", close()]])
exchange("a timeout", [[stall()]], settings="timeout 100ms")
exchange("a retry with Retry-After, and what came after it",
         [reply(503, headers=[("Retry-After", "1")]), reply(200, "good")],
         options="retry 2 on 503 backoff 1ms")
exchange("retries that come to their end", [reply(500)] * 3, options="retry 2 on 5xx backoff 1ms..2ms")


@case("a call that found no slot replays as max-connection")
def _():
    flow = Flow("""
        config base: text
        endpoint api { url base connections 1 wait 50ms timeout 400ms }
        flow main() {
            node both { parallel { a: call f() b: call f() } ok { say "{a} {b}" } -> end fail -> fail }
        }
        flow f() -> text {
            node n { GET api "/x" 200 -> end ("200") other, error -> end ("other") timeout -> end ("timeout")
                     max-connection -> end ("full") }
        }""")
    with Server([stall()]) as server:
        run = flow.run("--record", "r.jsonl", base=server.url)
    equal(run.stdout, "timeout full\n", repr(run))
    strands = [e["strand"] for e in events(flow.folder / "r.jsonl") if e["event"] == "exchange"]
    equal(sorted(strands), ["both[0]", "both[1]"])
    same_way(flow.image, flow.folder / "r.jsonl")


@case("the calls of each are told apart, whatever their order was")
def _():
    flow = Flow("""
        config base: text
        endpoint api { url base }
        flow main() {
            node all { each i in range(9) concurrency 3 { call f(i: i) } ok -> end (results) fail -> fail }
        }
        flow f(i: int) -> text {
            node n { GET api "/{i}" 200 -> end (body) other, error, timeout, max-connection -> fail }
        }""")
    with Server(repeat=True, choose=lambda r: reply(200, r.target)) as server:
        run = flow.run("--record", "r.jsonl", base=server.url)
    equal(run.code, 0, repr(run))
    same_way(flow.image, flow.folder / "r.jsonl")


GROUP = """
    config base: text
    endpoint api { url base }
    flow main() {
        node both { parallel { a: call fast() b: call slow() } ok -> end fail { say "{error.value}" } -> end }
    }
    flow fast { node n { GET api "/fast" 200 -> fail ("no") other, error, timeout, max-connection -> end } }
    flow slow { node n { GET api "/slow" 200, other, error, timeout, max-connection -> end } }"""


@case("a call that was broken off because another of its group failed replays so")
def _():
    flow = Flow(GROUP)

    def choose(request):
        return reply(200) if request.target == "/fast" else [stall()]

    with Server(choose=choose) as server:
        run = flow.run("--record", "r.jsonl", base=server.url)
    equal((run.code, run.stdout), (0, "no\n"), repr(run))
    same_way(flow.image, flow.folder / "r.jsonl")
    other = Flow(GROUP.replace('200 -> fail ("no")', "200 -> once_more").replace("flow slow", """flow unused { node n { -> end } }
    flow slow""").replace("""max-connection -> end } }
    flow unused""", """max-connection -> end }
        node once_more { GET api "/again" 200, other, error, timeout, max-connection -> end } }
    flow unused"""))
    done = replayed(other.image, flow.folder / "r.jsonl")
    equal(done.code, 1, repr(done))
    contains(done.stdout, "`n` went on `200` to `fail`; now it goes on `200` to `once_more`")


@case("a run that a bound ended replays as far as it went")
def _():
    flow = Flow(CALL.format(settings="", options=""))
    with Server([stall()]) as server:
        run = flow.run("--record", "r.jsonl", "--max-time", "100ms", base=server.url)
    equal(run.code, 3, repr(run))
    same_way(flow.image, flow.folder / "r.jsonl")
    loop = Flow("flow main() { var i = 0 node a { i = i + 1  if i < 100 -> a max 1000 else b else -> b } node b { -> end } }")
    for bound in ("--max-visits", "--max-fuel"):
        loop.run("--record", "r.jsonl", bound, "10")
        same_way(loop.image, loop.folder / "r.jsonl")
    deep = "flow main(n: int = 0) -> int { node a { if n < 1000000 -> b else -> end (0) } node b { call main(n: n + 1) ok -> end (1) fail -> fail } }"
    endless, ends = Flow(deep), Flow(deep.replace("1000000", "5"))
    endless.run("--record", "r.jsonl", "--max-calls", "10")
    same_way(endless.image, endless.folder / "r.jsonl")
    equal(endless.run("--record", "r.jsonl").code, 3)
    equal(replayed(ends.image, endless.folder / "r.jsonl").code, 1)


# What differs from run to run, and is no other way of the run.


def same_again(name, source, turns=None, secrets=None, config=None, inputs=None, answers=None, runs=1, code=0):
    """A case: runs of this flow, of which each replays to the same end."""
    @case(name)
    def _():
        flow = Flow(source)
        for _ in range(runs):
            with Server(**(turns or {"repeat": True, "choose": lambda r: reply(200, "good")})) as server:
                run = flow.run("--record", "r.jsonl", base=server.url, secrets=secrets, inputs=inputs, answers=answers,
                               **(config or {}))
            equal(run.code, code, repr(run))
            same_way(flow.image, flow.folder / "r.jsonl")


def one_call(call, before="", declared="", after="-> end"):
    return f"""
        config base: text
        {declared}
        endpoint api {{ url base }}
        flow f() -> any {{
            var kept: any = null
            node n {{
                {before}
                {call}
                200 {{ kept = body }} {after}
                other, error, timeout, max-connection -> fail
            }}
        }}"""


same_again("run.id in a request and in the end is no other way",
           one_call('POST api "/{run.id}" query id: run.id body { id: run.id }', after="-> end ({ id: run.id })"))
same_again("a value with characters that would rule a terminal is no other way",
           one_call('GET api "/"', after="-> end (body)"),
           turns={"repeat": True, "choose": lambda r: reply(200, "a\x83b\x9bc\u202ed")})
same_again("run.started in a request and in the end is no other way",
           one_call('GET api "/{run.started}"', after="-> end (run.started)"))
same_again("now() in requests and values is no other way, however the milliseconds fall", """
    config base: text
    endpoint api { url base }
    flow f() -> any {
        var began = now()
        var turn = 0
        var times: [int] = []
        node n {
            GET api "/{now()}" query took: now() - began
            200 { times = times + [now()]  turn = turn + 1 } -> pause
            other, error, timeout, max-connection -> fail
        }
        node pause { wait 3ms -> more }
        node more { if turn < 8 -> n max 20 else done else -> done }
        node done { -> end ({ took: now() - began, times: times }) }
    }""", runs=3)
same_again("now() in strands side by side is no other way", """
    config base: text
    endpoint api { url base }
    flow main() -> any {
        node all { each i in range(20) concurrency 5 { call f(i: i) } ok -> end (results) fail -> fail }
    }
    flow f(i: int) -> any {
        node n { GET api "/{i}/{now()}/{now()}" 200 -> end (now()) other, error, timeout, max-connection -> fail }
    }""", runs=3)


@case("now() that a node reads often is one line of the record for each millisecond")
def _():
    flow = Flow("""flow f() -> int { var i = 0  var last = 0
        node n { i = i + 1  last = now() -> again }
        node again { if i < 20000 -> n max 100000 else done else -> done }
        node done { -> end (last) } }""")
    flow.run("--record", "r.jsonl")
    clocks = [e for e in events(flow.folder / "r.jsonl") if e["event"] == "clock"]
    equal(sum(e["calls"] for e in clocks), 20000)
    true(all(a["at_ms"] <= b["at_ms"] for a, b in zip(clocks, clocks[1:])), clocks)
    same_way(flow.image, flow.folder / "r.jsonl")


@case("a record without the times that now() gave is replayed by its clock")
def _():
    flow = Flow('flow f() { node n { if now() > 1000 -> a else -> b } node a { say "a" -> end } node b { say "b" -> end } }')
    flow.run("--record", "r.jsonl")
    lines = (flow.folder / "r.jsonl").read_text().splitlines(keepends=True)
    (flow.folder / "r.jsonl").write_text("".join(line for line in lines if '"event":"clock"' not in line))
    same_way(flow.image, flow.folder / "r.jsonl")


KEYS = {"api_key": "s3cr3t-of-the-api"}
for name, call in {
    "a query pair has the name of its secret": 'GET api "/x" query api_key: api_key',
    "a path and a header have the name of a secret": 'GET api "/api_key/{"api_key"}" header Api_Key: api_key',
    "a form and a body have the name of a secret": 'POST api "/api_key" form { api_key: api_key, b: "api_key" }',
    "a query pair holds a secret within a text": 'GET api "/x" query q: "api_key {api_key} api_key", api_key: "api_key"',
    "a body has the name of a secret, and no secret": 'POST api "/x" header X-Key: api_key body { api_key: "api_key" }',
}.items():
    same_again(f"a secret is masked by its value: {name}", one_call(call, declared="secret api_key"), secrets=KEYS,
               turns={"repeat": True, "choose": lambda r: reply(200, "api_key")})
same_again("a secret that comes back is the secret again, and goes into a path and a body as it went", """
    config base: text
    secret api_key
    endpoint api { url base header X-Key: api_key }
    flow f() -> any {
        var echo: any = null
        node n { GET api "/a" 200 { echo = body } -> m  other, error, timeout, max-connection -> fail }
        node m { if echo == api_key -> same else -> other_one }
        node same { POST api "/{echo}" form { e: echo, f: "x{echo}" } 200 -> end (echo)  other, error, timeout, max-connection -> fail }
        node other_one { -> fail }
    }""", secrets=KEYS, turns={"repeat": True, "choose": lambda r: reply(200, KEYS["api_key"])})
same_again("a signature by a secret is no other way",
           one_call('GET api "/x" query sign: hmac_sha256(api_key, "x"), at: "20240101"', declared="secret api_key"), secrets=KEYS)


@case("a signature and a digest that are another are told where nothing is signed by a secret")
def _():
    source = one_call('GET api "/x" query digest: sha256("a")')
    flow = Flow(source)
    with Server(reply(200)) as server:
        flow.run("--record", "r.jsonl", base=server.url)
    equal(replayed(Flow(source.replace('sha256("a")', 'sha256("b")')).image, flow.folder / "r.jsonl").code, 1)


BOTH_FAIL = """
    config base: text
    endpoint api { url base }
    flow main() -> any { node both { %s fail -> end (error.value) } }
    flow f(name: text) -> any { node n {
        GET api "/{name}" 200 -> end ("{name}") other -> fail ("{name}") error, timeout, max-connection -> fail ("{name}") } }"""
PARALLEL = BOTH_FAIL % 'parallel { a: call f(name: "a")  b: call f(name: "b")  c: call f(name: "c") } ok -> end ("none")'
EACH = BOTH_FAIL % 'each x in ["a", "b", "c"] concurrency 3 { call f(name: x) } ok -> end ("none")'


def failed_at_once(source, order, times):
    """A record in which the calls ended in this order, within a millisecond or so of each other."""
    flow = Flow(source)
    base, run = "http://127.0.0.1:1", "01M8E1NJNBQQRESH6SKFWRH0Y0"
    def line(event, **members):
        return json.dumps({"run": run, "event": event, **members}) + "\n"
    text = line("start", version=1, flow="main", at_ms=1750000000000, inputs={}, config={"base": base})
    for name, (since, ms) in zip(order, times):
        strand = f"both[{'abc'.index(name)}]"
        text += line("exchange", flow="f", node="n", strand=strand, attempt=1, since_ms=since, ms=ms,
                     request={"method": "GET", "url": f"{base}/{name}", "headers": []},
                     response={"status": 500, "headers": [], "body": ""})
    text += line("step", flow="f", node="n", strand=f"both[{'abc'.index(order[0])}]", outcome="500", to="fail")
    text += line("step", flow="main", node="both", strand="", outcome="fail", to="end")
    text += line("end", status="ended", value=order[0], error=None)
    record = flow.folder / "r.jsonl"
    record.write_text(text)
    same_way(flow.image, record)


for kind, source in (("parallel", PARALLEL), ("each", EACH)):
    for order in ("abc", "bac", "cab", "cba", "bc", "c"):
        for times in ([(0, 5)] * 3, [(0, 6), (0, 5), (1, 3)]):
            add(f"calls of {kind} that failed in the order {', '.join(order)} at {times[0][1]} ms fail in that order",
                failed_at_once, source, order, times)


@case("calls that fail at once replay as they came, ten times")
def _():
    flow = Flow(PARALLEL)
    for _ in range(10):
        with Server(choose=lambda r: reply(500)) as server:
            equal(flow.run("--record", "r.jsonl", base=server.url).code, 0)
        same_way(flow.image, flow.folder / "r.jsonl")


@case("a question that was open when another of its group failed stays open")
def _():
    flow = Flow("""
        config base: text
        endpoint api { url base }
        flow main() { node both { parallel { a: call asks()  b: call fails() } ok -> end  fail { say "{error.value}" } -> end } }
        flow asks { node q { ask "well?" as answer timeout 1h  ok -> end  timeout -> end } }
        flow fails { node n { GET api "/" 500 -> fail ("no")  200, other, error, timeout, max-connection -> end } }""")
    with Server(reply(500)) as server:
        running = flow.start("--record", "r.jsonl", base=server.url)
        running.process.wait(60)
        run = running.finish()
    equal((run.code, run.stdout.splitlines()[-1]), (0, "no"), repr(run))
    same_way(flow.image, flow.folder / "r.jsonl")


@case("a record that ended in a fault replays so, and a flow that does not fault is told")
def _():
    source = """flow f(n: any) -> any {
        var kept: any = 0
        node a { say "{n}" -> b }
        node b { kept = 1 + n -> c }
        node c { -> end (kept) }
    }"""
    flow = Flow(source)
    run = flow.run("--record", "r.jsonl", inputs={"n": '"x"'})
    equal((run.code, events(flow.folder / "r.jsonl")[-1]["status"]), (3, "faulted"), repr(run))
    same_way(flow.image, flow.folder / "r.jsonl")
    done = replayed(Flow(source.replace("1 + n", "1")).image, flow.folder / "r.jsonl")
    equal(done.code, 1, repr(done))
    contains(done.stdout, "node `b` went to `fault`; now it goes to `c`")
    moved = replayed(Flow(source.replace('say "{n}" -> b', 'if n == "x" -> c else -> b')).image, flow.folder / "r.jsonl")
    equal(moved.code, 1, repr(moved))
    contains(moved.stdout, "node `a` went to `b`; now it goes to `c`")


@case("an archive has the pairs of a query that semicolons separate")
def _():
    flow = Flow(one_call('GET api "/x" query a: "1;2", b: "x y", c: ["p", "q"] separator semicolon'))
    with Server(reply(200)) as server:
        flow.run("--har", "r.har", base=server.url)
    equal(server.requests[0].target, "/x?a=1%3B2;b=x%20y;c=p;c=q")
    entry, = json.loads((flow.folder / "r.har").read_text())["log"]["entries"]
    equal(entry["request"]["queryString"], [{"name": "a", "value": "1;2"}, {"name": "b", "value": "x y"},
                                            {"name": "c", "value": "p"}, {"name": "c", "value": "q"}])


@case("a request that is another now is told")
def _():
    source = CALL.format(settings="", options="query a: 1")
    flow = Flow(source)
    with Server(reply(200)) as server:
        flow.run("--record", "r.jsonl", base=server.url)
    done = replayed(Flow(source.replace("a: 1", "a: 2")).image, flow.folder / "r.jsonl")
    equal(done.code, 1)
    contains(done.stdout, "node `n` sent GET ")
    contains(done.stdout, "/x?a=1; now it sends GET ")


@case("a call that the record does not have is told")
def _():
    flow = Flow("flow main() { node a { -> end } }")
    flow.run("--record", "r.jsonl")
    newer = Flow("""endpoint api { url "http://127.0.0.1:1" }
        flow main() { node a { GET api "/" 200, other, error, timeout, max-connection -> end } }""")
    done = replayed(newer.image, flow.folder / "r.jsonl")
    equal((done.code, done.stdout.splitlines()[-1]), (1, "1 run: 0 the same way, 1 another"))
    contains(done.stdout, "node `a`")


@case("an end with another value is told")
def _():
    flow = Flow("flow main(n: int) -> int { node a { -> end (n + 1) } }")
    flow.run("--record", "r.jsonl", inputs={"n": 1})
    same_way(flow.image, flow.folder / "r.jsonl")
    done = replayed(Flow("flow main(n: int) -> int { node a { -> end (n + 2) } }").image,
                    flow.folder / "r.jsonl")
    equal(done.code, 1)
    contains(done.stdout, "ended with 2; now it ended with 3")


@case("an input that the program no longer takes is told")
def _():
    flow = Flow("flow main(n: int) { node a { say \"{n}\" -> end } }")
    flow.run("--record", "r.jsonl", inputs={"n": 1})
    done = replayed(Flow("flow main(m: int) { node a { say \"{m}\" -> end } }").image,
                    flow.folder / "r.jsonl")
    equal(done.code, 1)
    contains(done.stdout, "cannot start: flow `main` has no input `n`")


@case("a batch in two threads records all its runs, and they replay")
def _():
    flow = Flow(CALL.format(settings="", options=""))
    with Server(repeat=True, choose=lambda r: reply(200, "x")) as server:
        done = flowrun("batch", flow.image, "--inputs", "-", "--set", f"base={server.url}", "--threads", "2",
                       "--record", "r.jsonl", "--har", "r.har", "--quiet", cwd=flow.folder, stdin="{}\n" * 200)
    equal(done.code, 0, repr(done))
    equal(len(json.loads((flow.folder / "r.har").read_text())["log"]["entries"]), 200)
    same_way(flow.image, flow.folder / "r.jsonl", runs=200)


@case("a record that was cut off is replayed as far as it goes")
def _():
    flow = Flow('flow main() { node a { ask "a?" as a ok { log a } -> b } node b { say "b" -> end } }')
    flow.run("--record", "r.jsonl", answers=["x"])
    whole = (flow.folder / "r.jsonl").read_text()
    lines = whole.splitlines(keepends=True)
    for n in range(1, len(lines)):
        (flow.folder / "cut.jsonl").write_text("".join(lines[:n]) + lines[n][:20])
        same_way(flow.image, flow.folder / "cut.jsonl")


@case("what is no record is refused with its line")
def _():
    flow = Flow("flow main() { node a { -> end } }")
    (flow.folder / "r.jsonl").write_text('{"line":1,"status":"ended"}\n')
    done = replayed(flow.image, flow.folder / "r.jsonl")
    equal((done.code, done.stdout), (2, ""))
    contains(done.stderr, "r.jsonl:1: this is no line of a record")
    (flow.folder / "r.jsonl").write_text("")
    contains(replayed(flow.image, flow.folder / "r.jsonl").stderr, "does not contain a run")
    equal(flowrun("replay", flow.image).code, 2)
    equal(replayed(flow.image, flow.folder / "nothing.jsonl").code, 2)


CANARY = "cAnArY/+7 secret"


@case("secrets are in no record and in no archive, whatever form they have")
def _():
    flow = Flow("""
        secret key
        config base: text
        endpoint api { url base header X-Key: key auth bearer key query k: key }
        flow main(who: text) {
            node n {
                POST api "/x" body { key: key, who: who }
                200 { say "{body}" } -> form
                other, error, timeout, max-connection -> end
            }
            node form {
                POST api "/x" form { key: key }
                200, other, error, timeout, max-connection -> end { who: who }
            }
        }""")
    b64 = base64.b64encode(CANARY.encode()).decode()
    echo = json_reply(200, {"plain": CANARY, "b64": b64, "hex": CANARY.encode().hex()},
                      headers=[("X-Echo", CANARY)])
    with Server(echo, echo) as server:
        run = flow.run("--record", "r.jsonl", "--har", "r.har", "--trace", base=server.url,
                       secrets={"key": CANARY}, inputs={"who": "me"})
    equal(run.code, 0, repr(run))
    for name in ("r.jsonl", "r.har"):
        text = (flow.folder / name).read_text()
        for form in (CANARY, b64, CANARY.encode().hex(), "cAnArY%2F%2B7", "cAnArY%2f%2b7", "cAnArY\\/+7"):
            lacks(text, form, name)
        contains(text, "***")
        equal(stat.S_IMODE((flow.folder / name).stat().st_mode), 0o600, f"the mode of {name}")
    same_way(flow.image, flow.folder / "r.jsonl")


@case("an archive has what HAR 1.2 asks for, and is whole after each entry")
def _():
    flow = Flow(CALL.format(settings="", options='query a: "b c" retry 2 on error, 503'))
    with Server([reset()], reply(503, "no"), reply(200, b"\xff", content_type="image/png")) as server:
        flow.run("--har", "r.har", base=server.url)
    log = json.loads((flow.folder / "r.har").read_text())["log"]
    equal((log["version"], log["creator"]["name"]), ("1.2", "flowrun"))
    statuses = [e["response"]["status"] for e in log["entries"]]
    equal([s for s in statuses if s], [503, 200], "statuses that are none of a failure")
    for e in log["entries"]:
        true(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", e["startedDateTime"]), e)
        equal(sorted(set(e) - {"comment"}), ["cache", "request", "response", "startedDateTime", "time", "timings"])
        equal(sorted(set(e["request"]) - {"postData"}),
              ["bodySize", "cookies", "headers", "headersSize", "httpVersion", "method", "queryString", "url"])
        equal(sorted(set(e["response"]) - {"_error"}),
              ["bodySize", "content", "cookies", "headers", "headersSize", "httpVersion", "redirectURL", "status",
               "statusText"])
        equal(e["request"]["queryString"], [{"name": "a", "value": "b c"}])
        true(all(e["timings"][part] >= 0 for part in ("send", "wait", "receive")), e["timings"])
    content = log["entries"][-1]["response"]["content"]
    equal((content["encoding"], base64.b64decode(content["text"])), ("base64", b"\xff"))


@case("a record that cannot be written is no success")
def _():
    flow = Flow(CALL.format(settings="", options=""))
    for option in ("--record", "--har"):
        with Server(reply(200)) as server:
            run = flow.run(option, "/dev/full", base=server.url)
        equal(run.code, 2, repr(run))
        contains(run.stderr, "cannot write /dev/full")
        equal(flow.run(option, "/nowhere/at/all", base="http://127.0.0.1:1").code, 2)


@case("nothing is emptied when another file cannot be opened")
def _():
    flow = Flow("flow f() { node n { -> end } }")
    files = {option: flow.folder / option.strip("-") for option in ("--output", "--record", "--har", "--report")}
    for broken in files:
        for path in files.values():
            path.write_text("old\n")
        words = [word for option, path in files.items()
                 for word in (option, flow.folder / "missing" / "file" if option == broken else path)]
        run = flowrun("batch", "--inputs", "-", "--quiet", *words, flow.image, stdin="{}\n")
        equal((run.code, run.stdout), (2, ""), f"{broken}: {run!r}")
        contains(run.stderr, "missing/file: No such file or directory")
        equal({path.read_text() for path in files.values()}, {"old\n"}, f"files with a wrong {broken}")
    good = flowrun("batch", "--inputs", "-", "--quiet", *[w for pair in files.items() for w in pair], flow.image, stdin="{}\n")
    equal(good.code, 0, repr(good))
    equal([path.name for path in files.values() if "old" in path.read_text()], [])


@case("replay opens no socket, and an hour takes no time")
def _():
    if not shutil.which("strace"):
        skip("strace is not here")
    flow = Flow(CALL.format(settings="", options="retry 1 on 503 within 2h"))
    with Server(reply(503, headers=[("Retry-After", "1")]), reply(200)) as server:
        flow.run("--record", "r.jsonl", base=server.url)
    record = flow.folder / "r.jsonl"
    record.write_text(record.read_text().replace('"value":"1"', '"value":"3600"'))
    traced = subprocess.run(["strace", "-f", "-e", "trace=socket,connect,nanosleep,epoll_wait",
                             FLOWRUN, "replay", flow.image, record], timeout=60, capture_output=True, text=True,
                            env=environment({"ASAN_OPTIONS": "detect_leaks=0"}))
    equal(traced.returncode, 0, traced.stdout + traced.stderr)
    for call in ("socket(", "connect(", "nanosleep(", "epoll_wait("):
        lacks(traced.stderr, call)


main()
