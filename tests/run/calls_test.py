#!/usr/bin/env python3
"""The sentences of the language about endpoints, calls, their arms and secrets, each as a flow that is
compiled and run. language_test.py has those about everything else; what a call can come to is in
outcomes_test.py, faults_test.py, limits_test.py and tls_test.py, which value goes out how in
encoding_test.py.
"""

import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

import flowtest
from flowtest import Flow
from onecall import claim, flow
from scripted import Server, json_reply, reply
from tap import case, contains, equal, lacks, main, true

REST = "200, other, error, timeout, max-connection -> end"


def checked(source, name="test.flow"):
    folder = flowtest.scratch()
    (folder / name).write_text(source)
    return flowtest.flowc("check", name, cwd=folder)


def refused(name, source, code, *words):
    """A case: this file does not compile; the one message has this code and these words."""
    @case(name)
    def _():
        done = checked(source)
        equal((done.code, done.stderr.count("error[")), (1, 1), repr(done))
        contains(done.stderr, f"error[{code}]")
        for word in words:
            contains(done.stderr, word)


def taken(name, source):
    """A case: this file compiles without a word."""
    @case(name)
    def _():
        done = checked(source)
        equal((done.code, done.stderr), (0, ""), repr(done))


def calls(call, settings="", declarations="", options=""):
    return f'{declarations} endpoint api {{ url "http://127.0.0.1:1" {settings} }}\n' \
           f"flow f() {{ node n {{ {call} {options} {REST} }} }}"


def sends(name, check, turns=None, count=1, inputs=None, **parts):
    """A case: a call of these parts sends `count` requests, and check(requests) holds."""
    @case(name)
    def _():
        with Server(*(turns or [reply(200)]), repeat=not turns) as server:
            run = flow(**parts).run(base=server.url + "/base", inputs=inputs)
            equal(run.code, 0, repr(run))
        equal(len(server.requests), count, f"requests of {run!r}")
        check(server.requests)


# 4. endpoints ----------------------------------------------------------------------------------------

@case("what an endpoint does not set has its default")
def _():
    f = Flow(calls('GET api "/"'))
    listing = flowtest.flowc("disasm", f.image.name, cwd=f.image.parent).stdout
    for words in ("connect 5000 ms, timeout 30000 ms, within 120000 ms",
                  "64 connections, wait 10000 ms, 0 redirects, at most 16777216 bytes, separator &"):
        contains(listing, words)


def one(check):
    return lambda requests: check(requests[0])


sends("the path of a call is added to the endpoint's", one(lambda r: equal(r.target, "/base/x")))
sends("the path may be empty", one(lambda r: equal(r.target, "/base")), call='GET api ""')
sends("the header of an endpoint goes with every call",
      one(lambda r: equal((r.header("X-A"), r.header("X-B")), ("1", "2"))),
      settings='header X-A: "1", X-B: "2"')
sends("auth basic is user and password in base64 (RFC 7617)",
      one(lambda r: equal(r.header("Authorization"), "Basic QWRhOnBhc3M=")),
      settings='auth basic "Ada", "pass"')
for url, word in (("ftp://x.example", "http"), ("http://x.example/a?b=1", "?"),
                  ("http://x.example/#a", "#"), ("http://ada:pw@x.example", "auth"),
                  ("x.example", "http")):
    refused(f"{url} is no url of an endpoint",
            f'endpoint api {{ url "{url}" }}\nflow f() {{ node n {{ GET api "/" {REST} }} }}', "E0603",
            word)
refused("an endpoint needs a url", f'endpoint api {{ timeout 1s }}\nflow f() {{ node n {{ GET api "/" {REST} }} }}',
        "E0603", "url")
sends("the retry of an endpoint is that of its calls", lambda rs: equal(len(rs), 3),
      turns=[reply(503), reply(503), reply(200)], count=3, settings="retry 2 on 503")
sends("the retry of a call stands for the endpoint's", lambda rs: equal(len(rs), 2),
      turns=[reply(503), reply(503)], count=2, settings="retry 5 on 503", options="retry 1 on 503")


# 5. arms -----------------------------------------------------------------------------------------------

taken("200 may stand with its class", calls('GET api "/"').replace("200, other", "200, 2xx -> end other"))
refused("2xx alone is no 200", calls('GET api "/"').replace("200, other", "2xx -> end other"), "E0401", "200")
for missing in ("other", "error", "timeout", "max-connection"):
    labels = [word for word in ("200", "other", "error", "timeout", "max-connection") if word != missing]
    refused(f"{missing} must be mapped",
            calls('GET api "/"').replace(REST, ", ".join(labels) + " -> end"), "E0402", f"`{missing}`")
refused("all outcomes that are missing are named in one message",
        calls('GET api "/"').replace(REST, "200 -> end"), "E0402", "other", "error", "timeout",
        "max-connection")
for wrong, right in (("Other", "other"), ("ERROR", "error"), ("Max-Connection", "max-connection"),
                     ("max_connection", "max-connection"), ("TimeOut", "timeout")):
    refused(f"{wrong} is no outcome, and the message names {right}",
            calls('GET api "/"').replace(right, wrong), "E0403", f"`{right}`")
for status in ("99", "199", "600", "1000"):
    refused(f"{status} is no status of a reply", calls('GET api "/"').replace("200,", f"200, {status},"),
            "E0404", status)
refused("a status of a call stands once without a guard",
        calls('GET api "/"').replace("200,", "404 -> end 404 -> end 200,"), "E0405", "404")
refused("an outcome that must be mapped needs an arm without a guard",
        calls('GET api "/"').replace(REST, "200, error, timeout, max-connection -> end "
                                             "other when status > 300 -> end"), "E0402", "other")
taken("200 may have guards only", calls('GET api "/"').replace("200, other", "200 when status == 200 -> end other"))
claim("where every guard of a status is false, other is taken", "other 202 null", reply(202),
      arms='202 when body == 1 -> end')
claim("error is null in the arm of a status", "true", reply(404), arms='404 { say "{error == null}" } -> end')
claim("status, headers and body are known in a guard", "yes",
      reply(404, "gone", headers=[("X-Why", "moved")]),
      arms='404 when status == 404 and headers["x-why"] == "moved" and body == "gone" { say "yes" } -> end')
refused("status is known only in an arm", 'flow f() { node n { say "{status}" -> end } }', "E0304", "status")
claim("a type after as is held against the body", '{"id":1}', json_reply(201, {"id": 1}),
      arms="201 as { id: int } { say json(body) } -> end")
claim("a body that does not fit is error shape, and the message names the path, what was wanted and what came",
      "error shape", json_reply(201, {"items": [{"id": 1}, {"id": "b"}]}),
      arms="201 as { items: [{ id: int }] } -> end", logs='items[1].id')
claim("a member that is missing does not fit", "error shape", json_reply(201, {}),
      arms="201 as { id: int } -> end", logs="id")
claim("T? takes null, and nothing at all", "200 null null", json_reply(201, {"a": None}),
      arms='201 as { a: int?, b: text? } { say "200 {json(body.a)} {json(body.b)}" } -> end')
claim("what a shape does not name may come too", "200 1", json_reply(201, {"a": 1, "more": [2]}),
      arms='201 as { a: int } { say "200 {body.a}" } -> end')


def xml(text):
    return reply(200, text, content_type="application/xml")


claim("XML is a tree: the root's name is the one member of the body", '200 {"a":{"b":"1","c":"2"}}',
      xml("<a><b>1</b><c>2</c></a>"))
claim("children of one name are a list, attributes begin with @",
      '200 {"a":{"@id":"7","b":["1","2"]}}', xml('<a id="7"><b>1</b><b>2</b></a>'))
claim("XML that does not parse is error decode", "error decode", xml("<a><b></a>"))
for document, tree in (
        ('<a xmlns="u" xmlns:x="v" x:y="1"><x:b/></a>', '{"a":{"@x:y":"1","x:b":""}}'),
        ("<a><![CDATA[<b>&amp;]]>!</a>", '{"a":"<b>&amp;!"}'), ("<!-- c --><?pi x?><a><!-- d -->x<?pi?>y</a>\n", '{"a":"xy"}'),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><a b="\xe4">\xfc</a>'.encode("latin-1"), '{"a":{"@b":"\xe4","#text":"\xfc"}}'),
        ('<a b="&lt;&#65;"/>', '{"a":{"@b":"<A"}}'), ("<a> <b/> </a>", '{"a":{"b":""}}'), ("<a>x<b/>y</a>", '{"a":{"b":"","#text":"xy"}}'),
        ("<a><b/><c/><b>1</b></a>", '{"a":{"b":["","1"],"c":""}}'), ("\ufeff<a/>", '{"a":""}'), ("<!DOCTYPE a><a/>", '{"a":""}')):
    claim(f"XML: {ascii(document)}", f"200 {tree}", xml(document))
for document in ("x", "<a/><b/>", "<a", "<a b=1/>", "<a b='1' b='2'/>", "<a>&x;</a>", "<a b='&x;'/>", "<a>&#0;</a>", "<a>\x01</a>",
                 "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a>&b;</a>', "<a>]]></a>",
                 "<a></b>", "</a>", "<\xe4", b"<a>\xff</a>", "<a>" * 201 + "</a>" * 201,
                 "<a><b>" + "x" * 100, "x<a/>", "<a/>x"):
    claim(f"XML that is none: {ascii(document)[:60]}", "error decode", xml(document), logs="XML")
claim("XML in a charset that is not known is error decode, which names the charset", "error decode",
      xml("<?xml version='1.0' encoding='nothing'?><a/>"), logs="its charset `nothing` is not known")


claim("text/xml and +xml are XML too", '200 {"a":"&"}',
      reply(200, "<a>&amp;</a>", content_type="application/atom+xml"))


# 6. calls ----------------------------------------------------------------------------------------------

for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"):
    sends(f"{method} is sent as {method}", one(lambda r, m=method: equal(r.method, m)), call=f'{method} api "/x"')
for method in ("GET", "HEAD"):
    refused(f"{method} has no body", calls(f'{method} api "/x"', options="body 1"), "E0601", method)
for path, word in (("/a?b=1", "query"), ("/a#b", "#"), ("/a b", "%20"), ("a", "/")):
    refused(f"`{path}` is no path", calls(f'GET api "{path}"'), "E0603", word)
sends("a slash in a value makes no segment", one(lambda r: equal(r.target, "/base/a%2Fb%3Fc%20%C3%A9")),
      call='GET api "/{a}"', inputs={"a": '"a/b?c é"'})
for dots in (".", ".."):
    claim(f"a segment that comes out as {dots} is error request", "error request",
          call='GET api "/{a}/x"', inputs={"a": f'"{dots}"'})
claim("a null in the path is error request", "error request", call='GET api "/{a}"')
sends("a name may come twice in a query, a list gives a pair for each, null gives none",
      one(lambda r: equal(r.target, "/base/x?k=1&k=2&l=a&l=b&last=z")),
      options='query k: 1, k: 2, l: ["a", "b"], n: null, o: a, e: [], last: "z"')
sends("names of a query are escaped too", one(lambda r: equal(r.target, "/base/x?a%20b%26=1")),
      options='query "a b&": 1')
sends("a header whose value is null is not sent", one(lambda r: equal(r.header("X-A"), None)),
      options="header X-A: a")
sends("a header that both places give is sent once",
      one(lambda r: equal([v for k, v in r.headers if k.lower() == "x-a"], ["1"])),
      settings='header X-A: "1"', options='header X-A: if a == null then "1" else "2"')
refused("a header that both places give differently does not compile",
        calls('GET api "/"', settings='header X-A: "1"', options='header x-a: "2"'), "E0602", "X-A")
refused("a header stands once in one place", calls('GET api "/"', options='header X-A: "1", x-a: "1"'),
        "E0606", "x-a")
sends("a form is url-encoded: a blank as +, null as nothing, a list as pairs",
      one(lambda r: equal(r.body, b"a+b=c+d&l=1&l=2")), call='POST api "/x"',
      options='form { "a b": "c d", n: null, l: [1, 2] }')
sends("in XML & < > and quotes become entities",
      one(lambda r: equal(r.body, b"<a>&lt;b&gt;&amp;&quot;&apos;</a>")), call='POST api "/x"',
      options='xml "<a>{a}</a>"', inputs={"a": '"<b>&\\"\'"'})
for body, content_type in (("body 1", "application/json"), ("form { a: 1 }", "application/x-www-form-urlencoded"),
                           ('xml "<a/>"', "application/xml"), ('text "a"', "text/plain; charset=utf-8")):
    sends(f"{body.split()[0]} sets {content_type}",
          one(lambda r, t=content_type: equal(r.header("Content-Type"), t)), call='POST api "/x"', options=body)
sends("a Content-Type of the call stands", one(lambda r: equal(r.header("Content-Type"), "application/vnd.api+json")),
      call='POST api "/x"', options='header Content-Type: "application/vnd.api+json" body 1')
sends("separator of the call stands for the endpoint's", one(lambda r: equal(r.target, "/base/x?a=1;b=2")),
      settings="separator ampersand", options="query a: 1, b: 2 separator semicolon")


# retry

sends("retry N makes up to N more attempts", lambda rs: equal(len(rs), 3),
      turns=[reply(503)] * 3, count=3, options="retry 2 on 503 backoff 1ms..2ms")
claim("after the last attempt its outcome stands", "other 503 null", reply(503), reply(503),
      options="retry 1 on 503 backoff 1ms")
claim("an attempt that is good ends the retries", '200 "good"', reply(503), reply(200, "good"),
      options="retry 5 on 503, error backoff 1ms")
claim("a class is retried on", '200 "good"', reply(502), reply(504), reply(200, "good"),
      options="retry 2 on 5xx backoff 1ms")
claim("an outcome that is not named is not retried", "other 500 null", reply(500),
      options="retry 3 on 503, timeout backoff 1ms")
claim("a Retry-After that within does not leave time for ends the node with what it has", "other 503 null",
      reply(503, headers=[("Retry-After", "3600")]), options="retry 3 on 503 backoff 1ms within 5s")
for labels, fine in (("429", True), ("503", True), ("max-connection", True), ("429, 503, max-connection", True),
                     ("timeout", False), ("error", False), ("500", False), ("5xx", False), ("429, error", False)):
    source = calls('POST api "/"', options=f"body 1 retry 1 on {labels}")
    if fine:
        taken(f"a POST may be retried on {labels}", source)
    else:
        refused(f"a POST is not retried on {labels} without a key", source, "E0604", "Idempotency-Key")
taken("with Idempotency-Key a POST may be retried on anything",
      calls('POST api "/"', options='header Idempotency-Key: "k" body 1 retry 1 on error, timeout, 5xx'))
taken("the key of the endpoint counts", calls('POST api "/"', settings='header Idempotency-Key: "k"',
                                             options="body 1 retry 1 on error"))
taken("PUT and DELETE may be retried on anything", calls('PUT api "/"', options="body 1 retry 1 on error"))
sends("every attempt has the same key",
      lambda rs: equal(len({r.header("Idempotency-Key") for r in rs}), 1),
      turns=[reply(500), reply(500), reply(200)], count=3, call='POST api "/x"',
      options="header Idempotency-Key: uuid() body 1 retry 2 on 5xx backoff 1ms")


# 8. secrets --------------------------------------------------------------------------------------------

SECRET = "secret key\n"
for place, node in (
        ("say", 'say "{key}" -> end'), ("log", "log key -> end"), ("a variable that is said", 'x = "a" + key say x -> end'),
        ("end", "-> end (key)"), ("fail", "-> fail { why: key }"), ("an argument", "call g(x: key) ok, fail -> end"),
        ("ask", "ask key as x ok { log x } -> end"), ("a part of an object", 'x = { a: [key] } say "{x.a[0]}" -> end')):
    refused(f"a secret does not go into {place}",
            SECRET + f"flow f() {{ node n {{ {node} }} }}\nflow g(x: text) {{ node n {{ say x -> end }} }}",
            "E0801", "key")
refused("a secret does not go into a path", calls('GET api "/{key}"', declarations=SECRET), "E0801", "key")
refused("what is made of a secret is a secret", SECRET + 'flow f() { node n { say "{upper(key)}" -> end } }',
        "E0801")
taken("a secret may go into a header, auth, a body, a query pair and hmac_sha256",
      calls('POST api "/"', declarations=SECRET, settings="auth bearer key",
            options='header X-Key: "k {key}", X-Sum: hmac_sha256(key, "text") query key: key body { key: key }'))


@case("in a trace a secret shows as ***")
def _():
    f = Flow(SECRET + 'config base: text\nendpoint api { url base }\n'
             f'flow f() {{ node n {{ GET api "/x" query key: key {REST} }} }}')
    with Server(reply(200)) as server:
        run = f.run("--trace", base=server.url, secrets={"key": "canary-77"})
    equal(server.requests[0].target, "/x?key=canary-77")
    contains(run.stderr, "/x?key=***")
    lacks(run.stdout + run.stderr, "canary-77")


main()
