#!/usr/bin/env python3
"""Values that look like a piece of HTTP, of a URL, of a format or of a document stay values: in every
place of a request, from wherever they come, exactly one request with exactly that value, or none.
"""

import base64
import json
import pathlib
import re
import sys
import urllib.parse
import xml.etree.ElementTree

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow, flowrun
from scripted import Server, json_reply, reply
from tap import add, case, contains, equal, main, true

NAUGHTY = [
    "a\r\nX-Evil: 1", "\r\n\r\nGET /evil HTTP/1.1\r\nHost: evil\r\n\r\n", "a\nb", "a\rb", "\x00", "a\x00b", "\x7f",
    "\x0b", "a\tb", "../../etc/passwd", "..", ".", "", "/", "//evil.example/", "\\..\\", "?admin=1", "#fragment",
    "a?b#c&d=e;f", "%0d%0aX-Evil:%201", "%2e%2e%2f", "%", "%00", "{i}", "{{i}}", "${HOME}", "%s%n%s%n", "%999999d", '"', "'",
    "\"}, {\"", "</v><w>x</w><v>", "<!--", "]]>", "<![CDATA[x", "&amp;", "&lt;x", "&#x41;", "@evil.example", "user:pass@x",
    ":8080", "a=b&c=d", "a;b", "a+b c", "+", "é", "\u2028", "\ud7ff\U0001f600", "\u0085", "\u00a0", "  lead and trail  ",
    ";", ": x", "http://evil.example/", "*", "~", "-", "a" * 5000, "null", "true", "0x10", "`id`", "$(id)", "|id",
    # What other languages and formats would read as theirs.
    "1; DROP TABLE orders--", "' OR '1'='1", "\" OR 1=1 --", "<script>alert(1)</script>", "<img src=x onerror=y>", "javascript:y",
    "{{7*7}}", "#{7*7}", "${{7*7}}", "<%= 7*7 %>", "%{7*7}", "$where", "__proto__", "constructor", "()", "(", "[]", "[", "{}", "{",
    "\\", "\\n", "\\u0000", "\\x00", "\\'", "=1+1", "@SUM(1)", "-1", "1e309", "NaN", "Infinity", "undefined", "None", "nil", "NULL",
    "<?xml version='1.0'?>", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>", "&xxe;", "<?php ?>", "-->", "?>", "%s", "%n", "%x%x%x%x", "%p", "%%",
    "..%2f..%2f", "..%5c", "%c0%ae%c0%ae/", "....//", "a/./b", "a/../b", "/..", "./", "a//b", "~root", "C:\\", "\\\\host\\share", "file:///etc/passwd",
    "HTTP/1.1 200 OK", "Content-Length: 0", "chunked", "0\r\n\r\n", "boundary=x", "text/html", "Basic Og==", "gzip", "Wed, 21 Oct 2015 07:28:00 GMT",
    # Of Unicode: what has no width, turns the direction, looks the same, is built of several, or stands at an edge.
    "\ufeff", "\ufeffa", "\u200b", "a\u200db", "\u202eabc", "\u2066a\u2069", "\u2029", "\u3000", "\u180e", "\u0301", "e\u0301", "\u00e9",
    "\uff0e\uff0e\uff0f", "\u2024\u2024/", "\u2215", "\u037e", "\uff1a", "\u0130", "\u0131", "\u017f", "\u1e9e", "\ufb01", "\u00df",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1e9\U0001f1ea", "\u4f60\u597d", "\u0645\u0631\u062d\u0628\u0627", "\u05e9\u05dc\u05d5\u05dd",
    "\u0e01\u0e33", "\u0915\u094d\u0937", "\U00010000", "\U0010ffff", "\ufffd", "\ufffe", "\uffff", "\ufdd0", "\ue000", "\u0080", "\u009f", "\u00ad",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d", "\u0660", "\u00b2", "\u2460", "\u2028a\u2029b", "\U000e0041",
]
VALUES = NAUGHTY + [chr(c) for c in range(128)]
CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")  # what no header may hold (RFC 9110, section 5.5)
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2


def header(request, name):
    """The bytes of the one header of this name."""
    found = re.findall(rb"\r\n" + name + rb":([^\r\n]*)\r\n", request.raw)
    equal(len(found), 1, f"headers {name!r}")
    return found[0].strip(b" \t").decode()


def path(v, request):
    if request is None:
        return v in ("", ".", "..")
    return equal(request.target.partition("?")[0], f"/r/{urllib.parse.quote(v, safe='-._~')}/end")


def query(v, request):
    return request and equal(request.target, f"/r?k={urllib.parse.quote(v, safe='-._~')}&z=1")


def one_header(v, request):
    if request is None:
        return CONTROL.search(v)
    return equal(header(request, b"X-V").encode(), v.strip(" \t").encode())


def bearer(v, request):
    """An empty one would be no credentials (RFC 6750, section 2.1)."""
    if request is None:
        return CONTROL.search(v) or not v
    return equal(header(request, b"Authorization"), f"Bearer {v}".strip(" \t"))


def user(v, request):
    """A colon would end the user's name (RFC 7617, section 2)."""
    if request is None:
        return ":" in v
    kind, _, code = header(request, b"Authorization").partition(" ")
    return equal((kind, base64.b64decode(code).decode()), ("Basic", f"{v}:p"))


def password(v, request):
    if request is None:
        return False
    kind, _, code = header(request, b"Authorization").partition(" ")
    return equal((kind, base64.b64decode(code).decode()), ("Basic", f"u:{v}"))


def json_body(v, request):
    return request and equal(json.loads(request.body), {"k": v, "z": [v, 1], "t": f"<{v}>"})


def form(v, request):
    return request and equal(urllib.parse.parse_qsl(request.body.decode("ascii"), keep_blank_values=True),
                             [("k", v), ("z", "1")])


def text(v, request):
    return request and equal(request.body.decode(), f"<{v}>")


def xml_body(v, request):
    if request is None:
        return NOT_XML.search(v)
    root = xml.etree.ElementTree.fromstring(request.body)
    equal([(e.tag, dict(e.attrib)) for e in root], [("b", {"c": v})])
    return equal((root.tag, root[0].text or "", root[0].tail), ("a", v, None))


# The call, with v the value, and what must come; with None instead of a request: whether none may.
PLACES = {
    "a path": ('GET api "/r/{v}/end"', path),
    "the value of a query": ('GET api "/r" query k: v, z: 1', query),
    "a text with a hole in a query": ('GET api "/r" query k: "{v}", z: 1', query),
    "a list in a query": ('GET api "/r" query k: [v], z: 1', query),
    "a header": ('GET api "/r" header X-V: v', one_header),
    "a text with a hole in a header": ('GET api "/r" header X-V: "{v}"', one_header),
    "a JSON body": ('POST api "/r" body { k: v, z: [v, 1], t: "<{v}>" }', json_body),
    "a form": ('POST api "/r" form { k: v, z: 1 }', form),
    "a plain body": ('POST api "/r" text "<{v}>"', text),
    "an XML body": ('POST api "/r" xml "<a><b c=\'{v}\'>{v}</b></a>"', xml_body),
}
OUTCOMES = """
        200 -> end ("sent")
        error -> end (error.kind)
        other, timeout, max-connection -> fail
"""
OUTCOMES_OF_ANSWERS = """
        200 { say "sent" } -> q
        error { say error.kind } -> q
        other, timeout, max-connection -> fail
"""
# The flow, where the value comes from: v is an input, an answer, or a member of a body.
SOURCES = {
    "an input": "flow f(i: int, v: text) {{ node n {{ {call} {outcomes} }} }}",
    "an answer": """flow f {{
        node q {{ ask "?" as v timeout 1h ok -> n  timeout -> end }}
        node n {{ {call} {outcomes} }}
    }}""",
    "a body": """flow f(i: int) {{
        node g {{
            GET api "/seed/{{i}}"
            200 {{ v = body.v }} -> n
            other, error, timeout, max-connection -> fail
        }}
        node n {{ {call} {outcomes} }}
    }}""",
    "a header of a response": """flow f(i: int) {{
        node g {{
            GET api "/seed/{{i}}"
            200 {{ v = headers["x-seed"] ?? "" }} -> n
            other, error, timeout, max-connection -> fail
        }}
        node n {{ {call} {outcomes} }}
    }}""",
}


def heads(requests):
    """Which headers came, in their order: another would be one that was injected."""
    return {tuple(name.lower() for name, _ in r.headers if name.lower() != "content-length") for r in requests}


def judge(v, outcome, requests, check):
    if check(v, None):
        equal((outcome, len(requests)), ("request", 0), f"outcome and requests of {v!r}")
        return
    equal((outcome, len(requests)), ("sent", 1), f"outcome and requests of {v!r}")
    check(v, requests[0])


def by_batch(source, call, check, values):
    flow = Flow("config base: text\nendpoint api { url base }\n" + source.format(call=call, outcomes=OUTCOMES))
    arrived = []

    def choose(request):
        if request.target.startswith("/seed/"):
            v = values[int(request.target[6:])]
            if "x-seed" in source:
                return reply(200, "", headers=[("X-Seed", v)])
            return json_reply(200, {"v": v})
        arrived.append(request)
        return reply(200)

    lines = "".join(json.dumps({"i": i} | ({"v": v} if "v: text" in source else {})) + "\n"
                    for i, v in enumerate(values))
    with Server(choose=choose) as server:
        done = flowrun("batch", "--inputs", "-", "--concurrency", "1", "--set", f"base={server.url}", flow.image,
                       stdin=lines)
    results = sorted((json.loads(line) for line in done.lines), key=lambda r: r["line"])
    equal(len(results), len(values), f"results; {done.stderr}")
    # One after the other, so they come in the order of the lines.
    waiting = list(arrived)
    for v, r in zip(values, results):
        sent = [waiting.pop(0)] if r["value"] == "sent" and waiting else []
        judge(v, r["value"], sent, check)
    equal(waiting, [], "requests that nobody made")
    equal(len(heads(arrived)), 1, f"kinds of heads: {heads(arrived)}")


def from_answers(source, call, check, values):
    """One run that is answered again and again."""
    flow = Flow("config base: text\nendpoint api { url base }\n" + source.format(call=call, outcomes=OUTCOMES_OF_ANSWERS))
    with Server(reply(200), repeat=True) as server:
        run = flow.run("--json", base=server.url, answers=values)
        arrived = list(server.requests)
    equal((run.code, run.json["status"]), (0, "ended"), repr(run)[:500])
    outcomes = [said for said in run.json["messages"] if said != "?"]
    equal(len(outcomes), len(values), f"outcomes of {run!r}"[:500])
    for v, outcome in zip(values, outcomes):
        judge(v, outcome, [arrived.pop(0)] if outcome == "sent" and arrived else [], check)
    equal(arrived, [], "requests that nobody made")


# An answer is a line of text; a header of a response has no control characters, and no blanks around.
KEPT = {
    "an answer": lambda v: not re.search("[\r\n\x00]", v),
    "a header of a response": lambda v: not CONTROL.search(v) and v == v.strip(" \t") and v.isascii(),
}

for origin, source in SOURCES.items():
    kept = [v for v in VALUES if KEPT.get(origin, bool)(v) or origin not in KEPT]
    for place, (call, check) in PLACES.items():
        how = from_answers if origin == "an answer" else by_batch
        add(f"{len(kept)} values from {origin} in {place}: one request each with that value, or none", how, source,
            call, check, kept)

CONFIG = """
config v: text
config base: text
endpoint api {{ url base  {setting} }}
flow f() {{ node n {{ GET api "/r" {outcomes} }} }}
"""


def from_config(setting, check, values):
    """By the environment, as no argument holds a NUL."""
    flow = Flow(CONFIG.format(setting=setting, outcomes=OUTCOMES))
    for v in values:
        with Server(reply(200), repeat=True) as server:
            run = flow.run("--json", base=server.url, env={"FLOW_V": v})
            refused = check(v, None)
            if refused:
                equal((run.code, len(server.requests)), (2, 0), f"status and requests of {v!r}: {run!r}")
                contains(run.stderr, "endpoint `api`", "the reason")
            else:
                equal((run.code, len(server.requests)), (0, 1), f"status and requests of {v!r}: {run!r}")
                check(v, server.requests[0])


for place, setting, check in (
        ("a header of the endpoint", "header X-V: v", one_header),
        ("a query of the endpoint", "query k: v, z: 1", query),
        ("auth bearer", "auth bearer v", bearer),
        ("the user of auth basic", 'auth basic v, "p"', user),
        ("the password of auth basic", 'auth basic "u", v', password)):
    values = [v for v in NAUGHTY if "\x00" not in v]
    add(f"{len(values)} values from the configuration in {place}: one request each with that value, or none",
        from_config, setting, check, values)


@case("a URL from the configuration that is more than a URL is refused before a byte is sent")
def _():
    flow = Flow(CONFIG.format(setting="header X-V: v", outcomes=OUTCOMES))
    with Server(reply(200), repeat=True) as server:
        for tail in ("\r\nX-Evil: 1", " HTTP/1.1\r\n", "/a b", "/?q=1", "/#f", "/\x7f", "/a\tb", "/\\..", "/<", '/"', "/{i}x", "/`",
                     "@evil.example"):
            run = flow.run("--json", base=server.url + tail, env={"FLOW_V": "v"})
            equal(run.code, 2, f"exit status with {tail!r}: {run!r}")
        for whole in ("file:///etc/passwd", "ftp://h/", "gopher://h/", "http:/h", "//h", "", "http://", "http://u:p@h/",
                      "http://h:0", "http://h:99999", "http://[::1", "http://h\x00", "javascript:1"):
            if "\x00" not in whole:
                equal(flow.run(base=whole, env={"FLOW_V": "v"}).code, 2, f"exit status with {whole!r}")
        equal(server.connections, 0, "connections")


@case("a base path from the configuration stays a path, dots included")
def _():
    flow = Flow(CONFIG.format(setting="", outcomes=OUTCOMES).replace("config v: text", ""))
    for base in ("/v1", "/a/../b", "/%2e%2e/x", "/a;b=c", "//x", "/:80", "/@x"):
        with Server(reply(200)) as server:
            run = flow.run("--json", base=server.url + base)
            equal((run.code, [r.target for r in server.requests]), (0, [base + "/r"]), f"{base}: {run!r}")


@case("no value becomes the name of a header, for a name is written in the source")
def _():
    from flowtest import flowc, scratch
    place = scratch() / "test.flow"
    place.write_text('endpoint api { url "http://h" }\n'
                     'flow f(v: text) { node n { GET api "/" header "{v}": "x" 200, other, error, timeout, '
                     'max-connection -> end } }\n')
    equal(flowc("check", place).code, 1)


main()
