#!/usr/bin/env python3
"""What a flow sees of a body: content codings, charsets, binary bodies; and of a response whose body
cannot be had.

The rule: an answer never loses its status and its headers because of its body. With a status from 200 to
299 a body that cannot be read is `error`, kind `decode`; with any other status the arm of the status is
taken, and `body` is null or the text as it came.
"""

import gzip
import pathlib
import sys
import zlib

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow, flowrun
from onecall import claim, flow, outcome
from scripted import Server, close, json_reply, reply, reset
from tap import case, contains, equal, lacks, main

JSON = "application/json"
HELLO = b"hello hello"
# Says all that an arm knows of a reply that failed.
SHOWN = """error when status != null {
               say "error {error.kind} {status ?? 0} {headers["x-a"] ?? "-"} {json(body)}"  log error.message
           } -> end"""


def coded(status, coding, data, content_type="text/plain"):
    """A reply with these content codings: one name, or several headers."""
    codings = [coding] if isinstance(coding, str) else coding
    return reply(status, data, content_type=content_type,
                 headers=[("Content-Encoding", c) for c in codings] + [("X-A", "kept")])


def bare(data):
    """Deflate without zlib's header."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


# Content codings that are understood.
for name, coding, data in [
        ("gzip", "gzip", gzip.compress(HELLO)),
        ("gzip twice in one header", "gzip, gzip", gzip.compress(gzip.compress(HELLO))),
        ("gzip twice in two headers", ["gzip", "GZIP"], gzip.compress(gzip.compress(HELLO))),
        ("deflate, then gzip", "deflate , gzip", gzip.compress(zlib.compress(HELLO))),
        ("gzip, then deflate", "gzip,deflate", zlib.compress(gzip.compress(HELLO))),
        ("five times gzip", ", ".join(["gzip"] * 5),
         gzip.compress(gzip.compress(gzip.compress(gzip.compress(gzip.compress(HELLO)))))),
        ("deflate without a header", "deflate", bare(HELLO)),
        ("a list that goes on in a folded line", "gzip,\r\n gzip", gzip.compress(gzip.compress(HELLO))),
        ("identity", "identity", HELLO),
        ("none", "none", HELLO),
        ("utf-8", "UTF-8", HELLO),
        ("binary", "binary", HELLO),
        ("aws-chunked", "aws-chunked", HELLO),
        ("aws-chunked and gzip", "gzip,aws-chunked", gzip.compress(HELLO)),
        ("an empty name", "", HELLO),
        ("a list of nothing", ", ,", HELLO)]:
    claim(f"content coding {name} is understood", '200 "hello hello"', coded(200, coding, data))

claim("a coded body that comes byte by byte is understood", '200 "hello hello"',
      [b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: deflate, gzip\r\n"
       b"Transfer-Encoding: chunked\r\n\r\n" +
       b"".join(b"1\r\n%c\r\n" % byte for byte in gzip.compress(bare(HELLO))) + b"0\r\n\r\n"])

# Content codings that are unknown or broken.
BROKEN = [("an unknown coding", "br", b"\x0b\x05\x80hello\x03", "`br` is not supported"),
          ("one coding more than five", ", ".join(["gzip"] * 6), gzip.compress(HELLO), "`gzip`"),
          ("a known and an unknown coding", "gzip, zstd", gzip.compress(HELLO), "`zstd`"),
          ("a plain body that says gzip", "gzip", b"nope", "content coding `gzip`"),
          ("a body with gzip once that says twice", "gzip, gzip", gzip.compress(HELLO), "content coding `gzip`"),
          ("a body that is cut within gzip", "gzip", gzip.compress(HELLO)[:-4], "truncated"),
          ("a body that is cut within the inner gzip", "gzip, gzip",
           gzip.compress(gzip.compress(HELLO)[:-4]), "truncated"),
          ("a body of one byte that says deflate", "deflate", b"x", "truncated")]
for name, coding, data, why in BROKEN:
    claim(f"{name}: 200 is error decode, with status and headers", "error decode 200 kept null",
          coded(200, coding, data), arms=SHOWN, logs=why)
    claim(f"{name}: 404 takes its arm, without a body", "404 kept null", coded(404, coding, data),
          arms='404 { say "404 {headers["x-a"] ?? "-"} {json(body)}" } -> end')
    claim(f"{name}: 503 takes the arm other", "other 503 null", coded(503, coding, data))


@case("retry on 503 holds for a body in an unknown coding, and Retry-After is obeyed")
def _():
    busy = reply(503, b"x", headers=[("Content-Encoding", "br"), ("Retry-After", "0")])
    with Server(busy, reply(200, "hi")) as server:
        run = flow(options="retry 1 on 503 backoff 1m..1m").run(base=server.url)
    equal((run.stdout, len(server.requests)), ('200 "hi"\n', 2))


@case("a redirect with a broken body is followed")
def _():
    moved = reply(302, b"x", headers=[("Content-Encoding", "br"), ("Location", "/y")])
    with Server(moved, reply(200, "hi")) as server:
        run = flow(settings="redirects 1").run(base=server.url)
    equal(run.stdout, '200 "hi"\n')


claim("a name of a coding that would be no name is not shown as it is", "error decode 200 kept null",
      coded(200, "b`\x1b[31mr", b"x"), arms=SHOWN, logs="`b??")
claim("a bomb within a bomb is too-large", "error too-large",
      coded(200, "gzip, gzip", gzip.compress(gzip.compress(bytes(60_000_000)))), settings="max-response 64KB")
claim("empty members within a bomb are too-large", "error too-large",
      coded(200, "gzip, gzip", gzip.compress(gzip.compress(b"") * 500_000)), settings="max-response 64KB")
claim("a body in an unknown coding is bounded", "error too-large",
      coded(404, "br", b"x" * 5000), settings="max-response 4KB")

# Charsets.
for name, content_type, data, want in [
        ("JSON in ISO-8859-1", f"{JSON}; charset=ISO-8859-1", b'"caf\xe9"', "café"),
        ("JSON in UTF-16 with a mark", JSON, '"é"'.encode("utf-16"), "é"),
        ("JSON with a byte-order mark", f"{JSON}; charset=utf-8", b'\xef\xbb\xbf"x"', "x"),
        ("text in windows-1252", "text/plain; charset=windows-1252", b"\x80", "€"),
        ("text in Shift_JIS", "text/plain; charset=shift_jis", "日本".encode("shift_jis"), "日本"),
        ("text in GB18030", "text/plain; charset=gb18030", "𠀀".encode("gb18030"), "𠀀"),
        ("text in KOI8-R", 'text/html; charset="KOI8-R"', "да".encode("koi8-r"), "да"),
        ("text in UTF-16BE", "text/plain; charset=utf-16be", "é".encode("utf-16-be"), "é"),
        ("text with a byte-order mark", "text/plain", b"\xff\xfe\xe9\x00", "é"),
        ("text/json", "text/json", b'"x"', "x"),
        ("application/x-amz-json-1.0", "application/x-amz-json-1.0", b'"x"', "x"),
        ("application/x-amz-json-1.1", "application/x-amz-json-1.1", b'"x"', "x")]:
    claim(f"{name} is read", f'200 "{want}"', reply(200, data, content_type=content_type))
for name, content_type, data in [
        ("by the content type", "text/xml; charset=iso-8859-1", b"<a>\xe9</a>"),
        ("by its declaration", "text/xml", b'<?xml version="1.0" encoding="iso-8859-1"?><a>\xe9</a>'),
        ("by the content type against its declaration", "application/xml; charset=iso-8859-1",
         b'<?xml version="1.0" encoding="utf-8"?><a>\xe9</a>'),
        ("by a mark against both", "application/xml; charset=iso-8859-1",
         b'\xef\xbb\xbf<?xml version="1.0" encoding="koi8-r"?><a>\xc3\xa9</a>')]:
    claim(f"XML is read {name}", '200 {"a":"é"}', reply(200, data, content_type=content_type))

UNREADABLE = [
    ("an unknown charset", f"{JSON}; charset=x-none", b"{}", "charset `x-none` is not known"),
    ("an unknown charset of XML", "text/xml", b'<?xml version="1.0" encoding="x-none"?><a/>',
     "charset `x-none` is not known"),
    ("a byte that its charset does not have", "text/plain; charset=windows-1252", b"ab\x81",
     "byte 3 of its body is not valid in its charset `windows-1252`"),
    ("text that says UTF-8 and is not", "text/plain; charset=utf-8", b"a\xff", "charset `utf-8`"),
    ("text without a charset that is not UTF-8", "text/plain", b"a\xff", "`text/plain` names no charset"),
    ("an image", "image/png", b"\x89PNG\r\n\x1a\n\0", "its content type is `image/png`"),
    ("bytes without a content type", None, b"\xff\xd8", "it has no content type")]
for name, content_type, data, why in UNREADABLE:
    claim(f"{name}: 200 is error decode, with status and headers", "error decode 200 kept null",
          reply(200, data, content_type=content_type, headers=[("X-A", "kept")]), arms=SHOWN, logs=why)
    claim(f"{name}: another status takes its arm, without a body", "other 500 null",
          reply(500, data, content_type=content_type))


@case("nothing is ever put in the place of a byte")
def _():
    for content_type in ("text/plain", "text/plain; charset=utf-8", JSON, "text/xml", "image/gif",
                         "text/plain; charset=ascii", "text/plain; charset=euc-jp", None):
        for status in (200, 404):
            _got, run = outcome(reply(status, b"a\xffb \xe2\x82", content_type=content_type))
            lacks(run.stdout + run.stderr, "\ufffd", f"{status} {content_type}")


# JSON that is wrong.
@case("the line and the byte of a mistake in JSON fit each other")
def _():
    _got, run = outcome(reply(200, b'{\n  "a": 1,\n  "b": x\n}', content_type=JSON))
    contains(run.stderr, "in line 3, byte 8: ")


# A body that does not fit its type because it is a text.
def shaped(name, want, *turns):
    @case(name)
    def _():
        typed = Flow('''
            type T { a: int }
            config base: text
            endpoint api { url base }
            flow f() {
                node n {
                    GET api "/x"
                    200 as T { say "{body.a}" } -> end
                    other, timeout, max-connection -> fail
                    error { say error.message } -> end
                }
            }
        ''')
        with Server(*turns) as server:
            equal(typed.run(base=server.url).stdout.strip(), want)


MISFIT = "the body does not fit: expected { a: int }, got text"
shaped("a text that does not fit is blamed on its content type",
       f"{MISFIT}; it is a text because of its content type, `text/plain`", reply(200, '{"a":1}'))
shaped("a text that does not fit is blamed on a content type that is missing",
       f"{MISFIT}; it is a text because the response has no content type", reply(200, '{"a":1}', content_type=None))
shaped("a text of JSON that does not fit is not blamed on its content type", MISFIT,
       reply(200, '"text"', content_type=JSON))
shaped("a member that does not fit is not blamed on the content type",
       "the body does not fit: a: expected int, got text", json_reply(200, {"a": "1"}))


# What an arm `error` knows of a reply that failed.
HEAD = b"HTTP/1.1 502 Bad Gateway\r\nX-A: kept\r\nContent-Type: text/plain\r\n"
for name, want, turn, settings in [
        ("a body that is cut", "network", [HEAD + b"Content-Length: 9\r\n\r\nhal", close()], ""),
        ("a body that ends by a reset", "network", [HEAD + b"Content-Length: 9\r\n\r\nhal", reset()], ""),
        ("a body that is too long", "too-large", [HEAD + b"Content-Length: 5000\r\n\r\n", close()],
         "max-response 1KB")]:
    claim(f"{name}: the arm error knows status and headers", f"error {want} 502 kept null", turn,
          settings=settings, arms=SHOWN)
claim("JSON that is wrong: the arm error knows status, headers and the text", 'error decode 200 kept "{"',
      reply(200, "{", content_type=JSON, headers=[("X-A", "kept")]), arms=SHOWN)
claim("a redirect that is not followed: the arm error knows where to",
      "error redirect 302 https://elsewhere.example/",
      reply(302, headers=[("Location", "https://elsewhere.example/")]), settings="redirects 1",
      arms='error when status == 302 { say "error {error.kind} {status} {headers.location ?? "-"}" } -> end')
claim("no reply: the arm error knows no status", "error network", [close()], arms=SHOWN)
claim("half a head: the arm error knows no status", "error network",
      [b"HTTP/1.1 502 Bad\r\nX-A: kept\r\n", close()], arms=SHOWN)


@case("a record of what could not be read is replayed the same way")
def _():
    one = flow(arms=SHOWN + ' 404 { say "404 {json(body)}" } -> end')
    for turn in [coded(200, "br", b"x"), coded(404, "gzip", b"x"),
                 [HEAD + b"Content-Length: 9\r\n\r\nhal", close()],
                 reply(200, b"\xff", content_type="image/png"),
                 reply(200, b'"caf\xe9"', content_type=f"{JSON}; charset=latin1")]:
        with Server(turn) as server:
            record = one.folder / "record.jsonl"
            har = one.folder / "archive.har"
            equal(one.run("--record", record, "--har", har, base=server.url).code, 0)
        replayed = flowrun("replay", one.image, record)
        contains(replayed.stdout, "1 run: 1 the same way", repr(turn))


main()
