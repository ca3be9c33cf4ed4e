#!/usr/bin/env python3
"""Secrets come out nowhere: a server gives one back in every encoding that servers use, and it stands in
none of what flowrun prints and writes."""

import base64
import html
import json
import os
import pathlib
import re
import sys
import urllib.parse

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow, flowc, flowrun
from scripted import Server, hold, json_reply, reply
from tap import add, case, contains, equal, lacks, main, true

# Characters that every encoding writes in its own way.
CANARY = 'cAn4rY"/+ <é>&\'~Zq'


def entities(form):
    return "".join(c if c.isascii() and c.isalnum() else form.format(ord(c)) for c in CANARY)


def percent(safe, lower=False):
    quoted = urllib.parse.quote(CANARY, safe=safe)
    return re.sub("%..", lambda m: m[0].lower(), quoted) if lower else quoted


def coded(before, encode=base64.b64encode):
    """The characters of base64 that the secret alone decides."""
    data = encode(b"x" * before + CANARY.encode() + b"xxx").decode()
    return data[(before * 8 + 5) // 6:(before + len(CANARY.encode())) * 8 // 6]


JSON = json.dumps(CANARY)[1:-1]
FORMS = {
    "as it is": CANARY,
    "percent-encoded": percent(""),
    "percent-encoded in small letters": percent("", lower=True),
    "percent-encoded as encodeURIComponent does it": percent("!'()*~"),
    "percent-encoded as encodeURI does it": percent("!'()*~;/?:@&=+$,#"),
    "percent-encoded twice": urllib.parse.quote(percent(""), safe=""),
    "form-encoded": urllib.parse.quote_plus(CANARY),
    "in base64": coded(0),
    "in base64, one byte later": coded(1),
    "in base64, two bytes later": coded(2),
    "in base64 for URLs": coded(0, base64.urlsafe_b64encode),
    "in base64 for URLs, one byte later": coded(1, base64.urlsafe_b64encode),
    "in base64 for URLs, two bytes later": coded(2, base64.urlsafe_b64encode),
    "in hexadecimal": CANARY.encode().hex(),
    "in hexadecimal, in capitals": CANARY.encode().hex().upper(),
    "in JSON": json.dumps(CANARY, ensure_ascii=False)[1:-1],
    "in JSON of ASCII": JSON,
    "in JSON as PHP writes it": JSON.replace("/", r"\/"),
    "in JSON as Go writes it": JSON.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026"),
    "in JSON within JSON": json.dumps(JSON)[1:-1],
    "in HTML": html.escape(CANARY),
    "in XML": CANARY.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace("'", "&apos;"),
    "in decimal entities": entities("&#{};"),
    "in hexadecimal entities": entities("&#x{:X};"),
    "in HTML within HTML": html.escape(html.escape(CANARY)),
}
BODIES = list(FORMS.values())

FLOW = """
secret key
config base: text
type Shape { number: int }
endpoint api { url base auth basic "ada", key  query k: key }
endpoint dead { url "http://127.0.0.1:1" query k: key }
flow f(i: int) {
    node n {
        POST api "/{i}" header X-Key: key query q: "a{key}b" body { key: key, list: [key, "x{key}"] }
        200            { say "{body}" say json([body, headers])  log "{headers["x-echo"] ?? "none"} {body}"  kept = body } -> form
        other          -> fail (body)
        error          -> fail (error.message)
        timeout, max-connection -> fail
    }
    node form {
        PUT api "/{i}" form { k: key }
        200 as Shape -> end
        other   { log "{body}" } -> xml
        error   { log error.message } -> xml
        timeout, max-connection -> fail
    }
    node xml {
        POST api "/{i}" header Idempotency-Key: key xml "<v a='{key}'>{key}</v>"
        200, other, error, timeout, max-connection -> gone
    }
    node gone {
        GET dead "/x"
        200, other, timeout, max-connection -> fail
        error { log error.message } -> ask_it
    }
    node ask_it {
        ask kept as answer timeout 1ms
        ok      -> end { answer: answer }
        timeout -> stop
    }
    node stop {
        if i % 3 == 0 -> end { kept: kept } else if i % 3 == 1 -> fail (kept) else -> fault
    }
    node fault { say "{1 + kept}" -> end }
}
"""


def mentions(text, what):
    """Which forms of the secret stand in the text, or eight characters in a row of one."""
    found = []
    for name, form in FORMS.items():
        for at in range(len(form) - 7):
            if form[at:at + 8] in text:
                found.append(f"{what}: {form[at:at + 8]!r}, a part of the secret {name}")
                break
    return found


def echo(request):
    """Gives the form of its number back in the body, a header, and the reason of the status."""
    number = int(re.match(r"/(\d+)", request.target)[1])
    form = BODIES[number % len(BODIES)]
    status = 500 if request.method == "PUT" and number % 2 else 200
    head = f"HTTP/1.1 {status} {form}\r\nX-Echo: {form}\r\nContent-Type: "
    if number < len(BODIES):
        kind, body = "text/plain; charset=utf-8", form.encode()
    else:
        kind, body = "application/json", json.dumps({"v": [form]}).encode()
    return [f"{head}{kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body]


flow = Flow(FLOW)
SECRET = {"key": CANARY}


def batch(*options):
    lines = "".join(f'{{"i":{i}}}\n' for i in range(2 * len(BODIES)))
    with Server(choose=echo) as server:
        return flowrun("batch", "--inputs", "-", "--set", f"base={server.url}", *options, flow.image, stdin=lines,
                       env={"FLOW_KEY": CANARY}, cwd=flow.folder)


@case(f"{len(FORMS)} forms from a server stand in no output, result, trace, report, record or archive of a batch")
def _():
    found = []
    for trace in ("--trace", "--trace=json"):
        run = batch("--output", "out.jsonl", "--report", "report.json", "--record", "record.jsonl", "--har", "all.har",
                    trace)
        equal(run.code, 1, repr(run))
        texts = {"stdout": run.stdout, f"stderr with {trace}": run.stderr}
        texts |= {name: (flow.folder / name).read_text() for name in ("out.jsonl", "report.json", "record.jsonl",
                                                                        "all.har")}
        results = [json.loads(line) for line in texts["out.jsonl"].splitlines()]
        equal(len(results), 2 * len(BODIES))
        true(all("***" in json.dumps(r) for r in results), f"a result shows nothing masked: {results}")
        equal({r["status"] for r in results}, {"ended", "failed", "faulted"})
        for name in ("record.jsonl", "all.har", f"stderr with {trace}"):
            contains(texts[name], "***", name)
        for name, text in texts.items():
            found += mentions(text, name)
    equal(found, [], "places")
    replayed = flowrun("replay", flow.image, "record.jsonl", cwd=flow.folder)
    equal(mentions(replayed.stdout + replayed.stderr, "replay"), [])


@case(f"{len(FORMS)} forms in bodies that are no text stand in no record and no archive, in base64 or out of it")
def _():
    def binary(request):
        number = int(re.match(r"/(\d+)", request.target)[1])
        return reply(200, b"\xff" + BODIES[number % len(BODIES)].encode() + b"\xff", content_type="image/png")

    lines = "".join(f'{{"i":{i}}}\n' for i in range(len(BODIES)))
    with Server(choose=binary) as server:
        flowrun("batch", "--inputs", "-", "--set", f"base={server.url}", "--record", "b.jsonl", "--har", "b.har",
                flow.image, stdin=lines, env={"FLOW_KEY": CANARY}, cwd=flow.folder)
    coded = [event["response"]["body_base64"] for event in map(json.loads, (flow.folder / "b.jsonl").open())
             if "body_base64" in event.get("response", {})]
    coded += [entry["response"]["content"]["text"]
              for entry in json.loads((flow.folder / "b.har").read_text())["log"]["entries"]
              if entry["response"]["content"].get("encoding") == "base64"]
    true(len(coded) == 2 * len(BODIES), f"only {len(coded)} bodies")
    bodies = [base64.b64decode(text, validate=True) for text in coded]
    equal({body[1:4] for body in bodies}, {b"***"}, "beginnings of bodies")
    found = [place for body in bodies for place in mentions(body.decode("utf-8", "replace"), "a body")]
    for name in ("b.jsonl", "b.har"):
        found += mentions((flow.folder / name).read_text(), name)
    equal(found, [], "places")


def single(name, form, number):
    """One run that says, logs, asks and ends with this form."""
    found = []
    with Server(choose=echo) as server:
        for options in ((), ("--json",), ("--trace",), ("--trace=json",)):
            run = flow.run(*options, inputs={"i": number}, secrets=SECRET, base=server.url)
            found += mentions(run.stdout, f"stdout {options}") + mentions(run.stderr, f"stderr {options}")
            contains(run.stdout, "***", f"stdout {options}")
    equal(found, [], "places")


for number, (name, form) in enumerate(FORMS.items()):
    add(f"a single run shows nothing of a secret that comes back {name}", single, name, form, number)


@case("the forms are those that the encoders give")
def _():
    equal(urllib.parse.unquote(FORMS["percent-encoded"]), CANARY)
    equal(json.loads('"' + FORMS["in JSON as Go writes it"] + '"'), CANARY)
    equal(html.unescape(FORMS["in hexadecimal entities"]), CANARY)
    equal(html.unescape(FORMS["in XML"]), CANARY)


@case("a secret as the name of a header, which are made small, and in UTF-16 is masked")
def _():
    plain = Flow("""
        secret key
        config base: text
        endpoint api { url base header X-Key: key }
        flow f() -> any {
            node n {
                GET api "/"
                200 { say "{body}"  log "{json(headers)}" } -> end ({ b: body, h: headers })
                other, error, timeout, max-connection -> fail
            }
        }""")
    secret = "cAn4rYzQ17"
    shown = [secret, secret.lower()]
    for encoding in ("utf-16-le", "utf-16-be"):
        answer = b"HTTP/1.1 200 OK\r\n" + secret.encode() + b": 1\r\nContent-Type: text/plain\r\nContent-Length: 20\r\n\r\n"
        answer += secret.encode(encoding)
        with Server([answer], repeat=True) as server:
            run = plain.run("--json", "--trace=json", "--record", "r.jsonl", "--har", "r.har", base=server.url,
                            secrets={"key": secret})
        equal(run.code, 0, repr(run))
        body = run.json["value"]["b"]
        equal(body.replace("\0", ""), "***")
        contains(list(run.json["value"]["h"]), "***")
        for text in (run.stdout, run.stderr, *[(plain.folder / name).read_text() for name in ("r.jsonl", "r.har")]):
            text = text.replace("\\u0000", "").replace("\0", "")
            equal([form for form in shown if form in text], [], text)


ECHO = Flow("""
    secret key
    config base: text
    endpoint api { url base header X-Key: key }
    flow f() -> any {
        node n { GET api "/" 200 { say "{body}" log "{body}" } -> end (body) other, error, timeout, max-connection -> fail }
    }""")


def texts_within(value):
    """All texts of a value, and those of JSON that stand in one of them."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for item in value:
            yield from texts_within(item)
    if isinstance(value, str):
        yield value
        try:
            yield from texts_within(json.loads(value))
        except ValueError:
            pass


def echoed(secret, answer):
    """No channel shows the secret, however deep in JSON its text is."""
    with Server(answer, repeat=True) as server:
        plain = ECHO.run(base=server.url, secrets={"key": secret})
        run = ECHO.run("--json", "--trace=json", "--record", "r.jsonl", "--har", "r.har", base=server.url, secrets={"key": secret})
        many = flowrun("batch", "--inputs", "-", "--set", f"base={server.url}", ECHO.image, stdin="{}\n",
                       env={"FLOW_KEY": secret}, cwd=ECHO.folder)
    equal((plain.code, run.code, many.code), (0, 0, 0), f"{plain!r} {run!r} {many!r}")
    lines = {"say": [plain.stdout], "log": [plain.stderr], "--json": run.lines, "trace and log": run.stderr.splitlines(),
             "batch": many.stdout.splitlines() + many.stderr.splitlines(),
             "record": (ECHO.folder / "r.jsonl").read_text().splitlines(), "archive": [(ECHO.folder / "r.har").read_text()]}
    for channel, all_of_it in lines.items():
        contains("".join(all_of_it), "***", channel)
        for line in all_of_it:
            equal([text for text in texts_within(line) if secret in text], [], channel)


for secret in ("abc\\defgh", 'abcd\\"efgh', "DOMAIN\\user9", "\\\\server\\share$", "ends in\\", "C:\\new\\table\\u0041", "a%41\\b&lt;"):
    add(f"a secret with a backslash, {secret}, is shown nowhere when it comes back in JSON", echoed, secret,
        json_reply(200, {"x": [secret, json.dumps({"y": secret})]}))
    add(f"a secret with a backslash, {secret}, is shown nowhere when it comes back in a text", echoed, secret,
        reply(200, f"{secret} {json.dumps([secret])} {urllib.parse.quote(json.dumps(secret))}"))


def in_charset(secret, charset, declared):
    body = f"<{secret}>".encode(charset)
    kind = "text/plain" + (f"; charset={declared}" if declared else "")
    with Server(reply(200, body, content_type=kind), repeat=True) as server:
        run = ECHO.run("--json", "--record", "r.jsonl", "--har", "r.har", base=server.url, secrets={"key": secret})
    lacks(run.stdout + run.stderr, secret)
    response, = [e["response"] for e in map(json.loads, (ECHO.folder / "r.jsonl").open()) if "response" in e]
    entry, = json.loads((ECHO.folder / "r.har").read_text())["log"]["entries"]
    content = entry["response"]["content"]
    for text, coded in ((response.get("body"), response.get("body_base64")),
                        (content["text"], content["text"] if "encoding" in content else None)):
        written = base64.b64decode(coded) if coded else text.encode()
        contains(written, b"***")
        lacks(written, secret.encode(charset))


for charset, secret in (("iso-8859-1", "pässwörd"), ("iso-8859-1", "pÃ¤ss"), ("windows-1252", "p€ss—wörd"), ("utf-16-le", "pä€sswörd"),
                        ("utf-16-be", "pä€sswörd")):
    for declared in (charset, None) if charset.startswith("iso") and secret != "pÃ¤ss" else (charset,):
        add(f"a secret that comes back in {charset}, {secret}{'' if declared else ', undeclared'}, is in no record and no archive",
            in_charset, secret, charset, declared)


@case("a run node by node shows no secret")
def _():
    with Server(choose=echo) as server:
        run = flowrun("step", "--set", f"base={server.url}", flow.image, "i=0", stdin="v\ns\n" * 20,
                      env={"FLOW_KEY": CANARY}, cwd=flow.folder)
    contains(run.stdout + run.stderr, "***")
    equal(mentions(run.stdout, "stdout") + mentions(run.stderr, "stderr"), [], "places")


# A secret, what an answer has of it, and what is shown of that; the JSON around it stays whole.
SHAPES = [
    ("777712345", '{"a":777712345,"b":777712345.5,"c":-777712345,"d":1777712345,"e":"x777712345y","777712345":1,"f":7.77712345e8,"g":[777712345]}',
     {"a": "***", "b": "***.5", "c": "-***", "d": "1***", "e": "x***y", "***": 1, "f": "***", "g": ["***"]}),
    ("true", '{"a":true,"b":"true","true":1}', {"a": True, "b": "***", "***": 1}), ("null", '{"a":null,"b":"null"}', {"a": None, "b": "***"}),
    ("1e400", '{"a":1e400,"b":"1e400","c":1}', {"a": "***", "b": "***", "c": 1}), ('"},{"', '{"a":"\\"},{\\""}', {"a": "***"}),
    ("status", '{"status":"status"}', {"***": "***"}), ("ended", '["ended",0]', ["***", 0]), ("\\u0041", '["\\\\u0041","A"]', ["***", "A"]),
    ("nabcdef", '["\\nabcdef","xnabcdef\\n"]', ["\nabcdef", "x***\n"]), ("NABCDEF", '["\\nabcdef"]', ["\nabcdef"]),
    ("u0041b", '["\\\\u0041bA","\\u0041b"]', ["\\***A", "Ab"]), ("abc\\", '["abc\\\\\\"x","abc\\"x"]', ['***"x', 'abc"x']),
    ("-12345", "[-12345,-123456,12345]", ["***", "***6", 12345]), ("value", '"value"', "***"), ("[][]", '[[],[],"[][]"]', [[], [], "***"]),
]


def shaped(secret, answer, shown):
    plain = Flow("""
        secret key
        config base: text
        endpoint api { url base header X-Key: key }
        flow f() -> any {
            node n { GET api "/" 200 -> end (body) other, error, timeout, max-connection -> fail }
        }""")
    with Server(reply(200, answer.encode(), content_type="application/json"), repeat=True) as server:
        run = plain.run("--json", "--trace=json", "--record", "r.jsonl", base=server.url, secrets={"key": secret})
    equal((run.code, run.json["status"], run.json["value"]), (0, "ended", shown), repr(run))
    for line in run.stderr.splitlines() + (plain.folder / "r.jsonl").read_text().splitlines():
        true(isinstance(json.loads(line), dict), f"{line} is no object")


for shape in SHAPES:
    add(f"the secret {shape[0]} is masked, and the JSON around it stays whole", shaped, *shape)


@case("a secret is not among the arguments of the process, and no core of it is written")
def _():
    with Server(choose=lambda request: [hold("go"), *echo(request)]) as server:
        running = flow.start(inputs={"i": 0}, secrets=SECRET, base=server.url)
        server.wait_requests(1)
        process = pathlib.Path(f"/proc/{running.process.pid}")
        arguments = process.joinpath("cmdline").read_bytes().decode()
        limits = process.joinpath("limits").read_text()
        server.release("go")
        running.finish()
    equal(mentions(arguments, "arguments"), [])
    equal(re.search(r"Max core file size +(\S+) +(\S+)", limits).groups(), ("0", "0"), "the limits of a core")


@case("a program without secrets may leave a core")
def _():
    plain = Flow("""
        config base: text
        endpoint api { url base }
        flow f() { node n { GET api "/0" 200, other, error, timeout, max-connection -> end } }
    """)
    with Server(choose=lambda request: [hold("go"), reply(200)]) as server:
        running = plain.start(base=server.url)
        server.wait_requests(1)
        limits = pathlib.Path(f"/proc/{running.process.pid}/limits").read_text()
        ours = pathlib.Path("/proc/self/limits").read_text()
        server.release("go")
        running.finish()
    core = r"Max core file size.*"
    equal(re.search(core, limits)[0], re.search(core, ours)[0])


@case("an image that was compiled with the secret in the environment does not hold it")
def _():
    done = flowc(flow.source.name, "-o", "other.flowb", cwd=flow.folder, env={"FLOW_KEY": CANARY})
    equal((done.code, done.stdout, done.stderr), (0, "", ""))
    image = (flow.folder / "other.flowb").read_bytes()
    equal(image, flow.image.read_bytes())
    equal(mentions(image.decode("latin-1"), "image"), [])


@case("tests know no secret: their results and coverage have the secret's name")
def _():
    tested = Flow(FLOW + """
        test "t" {
            start f(i: 0)
            reply n: 200 "fine"
            reply form: 500 ""
            reply xml: 200 ""
            reply gone: error
            answer ask_it: timeout
            expect request n: { headers: { x-key: "other" } }
            expect end { kept: "fine" }
        }
    """)
    run = flowrun("test", "--junit", "j.xml", "--coverage", "c.json", tested.image, env={"FLOW_KEY": CANARY},
                  cwd=tested.folder)
    equal(run.code, 1, repr(run))
    for name in ("j.xml", "c.json"):
        path = tested.folder / name
        equal(mentions(path.read_text(), name), [])
        equal(oct(path.stat().st_mode & 0o777), "0o600", f"the mode of {name}")
    equal(mentions(run.stdout, "stdout") + mentions(run.stderr, "stderr"), [])


# What cannot start says so without the secret.
def unstarted(secret, file, *why):
    env = {"FLOW_KEY": secret} if file is None else {}
    options = []
    if file is not None:
        (flow.folder / "secrets.env").write_text(file)
        options = ["--secrets", "secrets.env"]
    run = flow.run(*options, inputs={"i": 0}, env=env, base="http://127.0.0.1:1")
    equal((run.code, run.stdout), (2, ""), repr(run))
    for part in why:
        contains(run.stderr, part)
    equal(mentions(run.stderr, "stderr"), [])


add("a secret with a line break is refused without a word of it", unstarted, CANARY + "\n" + CANARY, None, "FLOW_KEY")
add("a secrets file with a line that is none is refused without a word of it", unstarted, None,
    f"FLOW_KEY={CANARY}\n{CANARY}\n", "secrets.env:2")
add("a secrets file with a quote that is not closed is refused without a word of it", unstarted, None,
    f'FLOW_KEY="{CANARY}\n', "secrets.env:1")
add("a secrets file with the secret as a name is refused without a word of it", unstarted, None,
    f"{CANARY.replace(' ', '')}=1\nFLOW_KEY\n", "secrets.env:")


@case("an endpoint whose URL cannot be used says so without the secret")
def _():
    run = flow.run(inputs={"i": 0}, secrets=SECRET, base=f"http://host/{CANARY}")
    equal(run.code, 2, repr(run))
    contains(run.stderr, "endpoint `api`")
    equal(mentions(run.stderr, "stderr"), [])


@case("a secret of fewer than four bytes is not masked, which the documents say")
def _():
    with Server(repeat=True, *[reply(200, "abc")]) as server:
        run = flow.run("--json", inputs={"i": 0}, secrets={"key": "abc"}, base=server.url)
    contains(run.stdout, "abc")


main()
