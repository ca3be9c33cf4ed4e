#!/usr/bin/env python3
"""What a run sends as Authorization is a secret of the run, also where a server sent it: it stands in no
record and in no archive, and in nothing that is written after it was sent."""

import base64
import json
import pathlib
import sys
import urllib.parse

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow, flowrun
from scripted import Server, json_reply, reply, stall
from tap import add, case, contains, equal, lacks, main, true

TOKEN = 'tOk3n.é"\\/+Zq=='
FLOW = """
config base: text
endpoint api {{ url base }}
flow f(i: int = 0) -> any {{
    var token = ""
    node login {{
        POST api "/login"  body {{ i: i }}
        200 {{ {before} token = body.access_token }} -> use
        other, error, timeout, max-connection -> fail
    }}
    node use {{
        GET api "/data"
        header Authorization: "{value}"
        200 {{ say "after {{token}}"  log "after {{token}}" }} -> end ({{ token: token, body: body }})
        other, error, timeout, max-connection -> fail (token)
    }}
}}
"""


def flow(value="Bearer {token}", before=""):
    return Flow(FLOW.format(value=value, before=before))


def forms(token):
    data = token.encode()
    return {token, json.dumps(token)[1:-1], json.dumps(json.dumps(token))[3:-3], urllib.parse.quote(token, safe=""),
            base64.b64encode(data).decode().rstrip("=")[:-1], data.hex()}


def answers(token, where=lambda token: json_reply(200, {"access_token": token, "kind": "bearer"})):
    """A server that gives the token, and gives back the Authorization that it is sent."""
    def choose(request):
        if request.target == "/login":
            return where(token)
        return json_reply(200, {"you_sent": request.header("authorization"), "again": token})
    return Server(choose=choose)


def shows_none(text, token, what):
    equal(sorted(form for form in forms(token) if form in text), [], what)


FILES = ("--record", "r.jsonl", "--har", "r.har")


def written(flow):
    return {name: (flow.folder / name).read_text() for name in ("r.jsonl", "r.har")}


@case("a token that a server sent and the run then sends is in no record and no archive, nor in the reply that it came from")
def _():
    program = flow()
    with answers(TOKEN) as server:
        run = program.run("--json", "--trace", *FILES, base=server.url)
    equal(server.requests[1].header("authorization").encode("latin-1").decode(), f"Bearer {TOKEN}")
    equal(run.json["value"]["token"], "***", repr(run))
    for name, text in written(program).items():
        shows_none(text, TOKEN, name)
    shows_none(run.stdout, TOKEN, "stdout")
    shows_none(run.stderr, TOKEN, "stderr")
    login, = [e for e in map(json.loads, (program.folder / "r.jsonl").open()) if e.get("node") == "login" and "response" in e]
    equal(json.loads(login["response"]["body"]), {"access_token": "***", "kind": "bearer"})
    done = flowrun("replay", program.image, "r.jsonl", cwd=program.folder)
    equal((done.code, done.stdout), (0, "1 run: 1 the same way, 0 another\n"), repr(done))


@case("what is said, logged and traced after the token was sent does not show it")
def _():
    program = flow(before='say "before {body.access_token}"')
    with answers(TOKEN) as server:
        run = program.run("--trace=json", base=server.url)
    first, *others = run.stdout.splitlines()
    equal(first, f"before {TOKEN}", "what was said before")
    shows_none("\n".join(others), TOKEN, "stdout after it was sent")
    shows_none(run.stderr, TOKEN, "stderr")
    contains(run.stderr, "after ***")


@case("a run node by node does not show a token after it was sent")
def _():
    program = flow()
    with answers("n0de-by-n0de") as server:
        run = flowrun("step", "--set", f"base={server.url}", program.image, stdin="c\n", cwd=program.folder)
    shows_none(run.stdout.partition("after ")[2], "n0de-by-n0de", repr(run))


@case("each run of a batch in two threads masks its own token")
def _():
    program = flow()

    def choose(request):
        if request.target == "/login":
            return json_reply(200, {"access_token": f"token-of-{json.loads(request.body)['i']:04}"})
        return json_reply(200, {"you_sent": request.header("authorization")})

    lines = "".join(f'{{"i":{i}}}\n' for i in range(100))
    with Server(choose=choose) as server:
        run = flowrun("batch", "--inputs", "-", "--threads", "2", "--set", f"base={server.url}", *FILES, program.image,
                      stdin=lines, cwd=program.folder)
    equal(run.code, 0, repr(run))
    for name, text in [*written(program).items(), ("stdout", run.stdout)]:
        lacks(text, "token-of-", name)
    equal(len(json.loads((program.folder / "r.har").read_text())["log"]["entries"]), 200)
    done = flowrun("replay", program.image, "r.jsonl", cwd=program.folder)
    equal((done.code, done.stdout), (0, "100 runs: 100 the same way, 0 another\n"), repr(done))


def sent(value, token, hidden):
    program = flow(value=value)
    with answers(token) as server:
        run = program.run("--json", *FILES, base=server.url)
    equal(run.code, 0, repr(run))
    for name, text in [*written(program).items(), ("stdout", run.stdout)]:
        for form in hidden:
            lacks(text, form, name)
    return program


add("a value without a scheme is masked as a whole", sent, "{token}", "naked-token-17", ["naked-token-17"])
add("a scheme that nobody knows is masked behind its name", sent, "Zz {token}", "zz-token-17", ["zz-token-17"])
add("of Basic the password is masked, too", sent, 'Basic {base64("ada:{token}")}', "pass-word-17", ["pass-word-17", base64.b64encode(b"ada:pass-word-17").decode()])


@case("the header is not shown in a record or archive, however short its value is")
def _():
    program = sent("Bearer {token}", "abc", [])
    for text in written(program).values():
        contains(text, '"name":"Authorization","value":"Bearer ***"')


@case("a token in a body that is not UTF-8 is masked there, too")
def _():
    program = Flow(FLOW.format(value="Bearer {token}", before="").replace("body.access_token", "body"))
    with answers("t\u00f6k\u00e9n-17", lambda token: reply(200, token.encode("latin-1"), content_type="text/plain; charset=iso-8859-1")) as server:
        run = program.run(*FILES, base=server.url)
    equal(run.code, 0, repr(run))
    login, = [e for e in map(json.loads, (program.folder / "r.jsonl").open()) if e.get("node") == "login" and "response" in e]
    equal(base64.b64decode(login["response"]["body_base64"]), b"***")


@case("what an endpoint sends as Authorization is masked, also where it is made of no secret")
def _():
    program = Flow("""
        config base: text
        config password: text
        endpoint api { url base auth basic "ada", password }
        endpoint other { url base header Authorization: "Bearer of-the-source" }
        flow f() -> any {
            node a { GET api "/" 200 { say "{body}" } -> b other, error, timeout, max-connection -> fail }
            node b { GET other "/" 200 { say "{body}" } -> end other, error, timeout, max-connection -> fail }
        }""")
    with Server(choose=lambda r: reply(200, r.header("authorization"))) as server:
        run = program.run(*FILES, base=server.url, password="conf-pass-17")
    equal(run.stdout, "Basic ***\nBearer ***\n")
    for name, text in written(program).items():
        for form in ("conf-pass-17", base64.b64encode(b"ada:conf-pass-17").decode(), "of-the-source"):
            lacks(text, form, name)


@case("of a run that signs each call the last signatures are masked, and no header is shown")
def _():
    program = Flow("""
        config base: text
        endpoint api { url base }
        flow f() -> any {
            node all { each i in range(100) { call one(i: i) } ok -> end (results) fail -> fail }
        }
        flow one(i: int) -> any {
            node n { GET api "/" header Authorization: "Sign signature-{i + 1000}"
                     200 -> end (body) other, error, timeout, max-connection -> fail }
        }""")
    with Server(choose=lambda r: reply(200, r.header("authorization"))) as server:
        run = program.run(*FILES, base=server.url)
    equal(run.code, 0, repr(run))
    contains(run.stdout, "Sign ***")
    lacks(run.stdout, "signature-1099")
    headers = [h["value"] for e in map(json.loads, (program.folder / "r.jsonl").open()) if "request" in e
               for h in e["request"]["headers"] if h["name"] == "Authorization"]
    equal(headers, ["Sign ***"] * 100)


@case("what is held of a run is written when the run is broken off")
def _():
    program = flow()
    with Server(choose=lambda r: json_reply(200, {"access_token": TOKEN}) if r.target == "/login" else [stall()]) as server:
        running = program.start(*FILES, base=server.url)
        server.wait_requests(2)
        running.interrupt()
        run = running.finish()
    equal(run.code, 130, repr(run))
    events = [e["event"] for e in map(json.loads, (program.folder / "r.jsonl").open())]
    equal((events[0], events[-1]), ("start", "end"), events)
    for name, text in written(program).items():
        shows_none(text, TOKEN, name)


@case("a program that sends no Authorization of its own has its record as it goes")
def _():
    program = Flow("""
        config base: text
        endpoint api { url base }
        flow f() { node n { GET api "/a" 200, other, error, timeout, max-connection -> m }
                   node m { GET api "/b" 200, other, error, timeout, max-connection -> end } }""")
    with Server(choose=lambda r: reply(200) if r.target == "/a" else [stall()]) as server:
        running = program.start(*FILES, base=server.url)
        server.wait_requests(2)
        events = [e["event"] for e in map(json.loads, (program.folder / "r.jsonl").open())]
        running.interrupt()
        running.finish()
    equal(events, ["start", "exchange", "step"])


main()
