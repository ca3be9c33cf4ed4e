#!/usr/bin/env python3
"""TLS: what is not trusted is `error`, kind `tls`, and no request reaches the server."""

import pathlib
import ssl
import sys
import warnings

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from certificates import authority, speaking
from flowtest import scratch
from onecall import flow
from scripted import Server, announce, close, reply
from tap import case, contains, equal, main, true

warnings.simplefilter("ignore", DeprecationWarning)  # old versions of TLS are wanted here
ENDS = reply(200, "hi")


def trusting(ca=None, **files):
    """The setting `tls`, for these files; without `ca` the certificates of the system stand."""
    parts = {"ca": ca.own.cert if hasattr(ca, "own") else ca, **files}
    words = ", ".join(f'{name}: "{path}"' for name, path in parts.items() if path)
    return f"connect 5s timeout 10s tls {{ {words} }}" if words else "connect 5s timeout 10s"


def call(context, settings, host="127.0.0.1", **parts):
    """The run of one call, and the server that saw it."""
    with Server(ENDS, tls=context, **parts) as server:
        run = flow(settings=settings).run(base=server.url.replace("127.0.0.1", host))
    return run, server


def refused(name, context, settings, logs, **parts):
    @case(name)
    def _():
        run, server = call(context(), settings(), **parts)
        equal(run.stdout, "error tls\n", f"stdout, with the log {run.stderr}")
        contains(run.stderr, logs, "the log")
        equal(len(server.requests), 0, "requests")
        true(server.connections > 0, "nobody connected")


def accepted(name, context, settings, **parts):
    @case(name)
    def _():
        run, server = call(context(), settings(), **parts)
        equal(run.stdout, '200 "hi"\n', f"stdout, with the log {run.stderr}")
        equal(len(server.requests), 1, "requests")


def trusted():
    return trusting(authority())


def good(**how):
    return speaking(authority().sign("good"), **how)


accepted("a certificate of the authority that `ca` names is good", good, trusted)
accepted("TLS 1.2 is good", lambda: good(newest=ssl.TLSVersion.TLSv1_2), trusted)
accepted("without `verify` any certificate is good",
         lambda: speaking(authority().self_signed("self")),
         lambda: "tls { verify: false }")
accepted("a name that the certificate holds is good", good, trusted, host="localhost")
refused("an expired certificate", lambda: speaking(authority().sign("old", since=-3, until=-1)),
        trusted, "has expired")
refused("a certificate of tomorrow", lambda: speaking(authority().sign("new", since=1, until=2)),
        trusted, "is not valid yet")
refused("a certificate for another name", lambda: speaking(authority().sign("other", "DNS:a.test")),
        trusted, "is for another host")
refused("a certificate for another address",
        lambda: speaking(authority().sign("far", "IP:127.0.0.9,DNS:127.0.0.1")), trusted,
        "is for another host")
refused("a certificate that signed itself", lambda: speaking(authority().self_signed("self")),
        trusted, "signed by itself")
refused("a certificate of an authority that nobody knows",
        lambda: speaking(authority("nobody").sign("good")), trusted, "nobody who is trusted")
refused("a certificate of an authority that the system does not know", good, trusting,
        "nobody who is trusted")
refused("TLS 1.1 only", lambda: good(newest=ssl.TLSVersion.TLSv1_1), trusted, "TLS")
refused("TLS 1.0 only", lambda: good(newest=ssl.TLSVersion.TLSv1), trusted, "TLS")
refused("a server that wants a certificate, and gets none", lambda: good(clients=authority()),
        trusted, "wants a client certificate")
refused("a server of TLS 1.2 that wants a certificate, and gets none",
        lambda: good(clients=authority(), newest=ssl.TLSVersion.TLSv1_2), trusted, "TLS")
refused("a server that wants a certificate, and gets another authority's",
        lambda: good(clients=authority()),
        lambda: trusting(authority(), **vars(authority("nobody").sign("me"))), "TLS")


@case("a server that wants a certificate, and gets it, answers")
def _():
    run, server = call(good(clients=authority()),
                       trusting(authority(), **vars(authority().sign("me"))))
    equal((run.stdout, len(server.requests)), ('200 "hi"\n', 1), f"with the log {run.stderr}")


@case("plain HTTP on the port is tls, and no request reaches the server")
def _():
    plain = [b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"]
    with Server(on_connect=[plain]) as server:
        run = flow(settings=trusted()).run(base=server.url.replace("http:", "https:"))
    equal((run.stdout, len(server.requests)), ("error tls\n", 0))


@case("TLS where plain HTTP is called is no answer")
def _():
    with Server(tls=good()) as server:
        run = flow().run(base=server.url.replace("https:", "http:"))
    equal((run.stdout in ("error network\n", "error protocol\n"), len(server.requests)), (True, 0),
          run.stdout)


def without_file(name, logs, **files):
    @case(name)
    def _():
        with Server(tls=good()) as server:
            run = flow(settings=trusting(**files)).run(base=server.url)
        if run.code == 0:
            equal(run.stdout, "error tls\n")
        else:
            equal(run.code, 2, f"status of {run!r}")
        contains(run.stderr, logs)
        equal(len(server.requests), 0)


without_file("a certificate file that is not there is named", "tls", cert="/nowhere/a.crt",
             key="/nowhere/a.key")
without_file("a ca file that is not there is named", "ca", ca="/nowhere/ca.crt")


BODY = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nhi"
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"


def ends(name, turn, wanted, logs="", **how):
    @case(name)
    def _():
        with Server(turn, tls=good(**how)) as server:
            run = flow(settings=trusted()).run(base=server.url)
        equal(run.stdout, wanted, f"stdout, with the log {run.stderr}")
        contains(run.stderr, logs, "the log")


for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
    ends(f"a body without a length that TLS says the end of is whole ({version.name})", [BODY, announce(), close()],
         '200 "hi"\n', newest=version)
    ends(f"a body without a length that TLS does not say the end of may be cut ({version.name})", [BODY, close()],
         "error network\n", "without a word of TLS", newest=version)
ends("a body with a length needs no word of TLS", [reply(200, "hi", headers=[("Connection", "close")]), close()], '200 "hi"\n')
ends("a chunked body needs no word of TLS", [CHUNKED, close()], '200 "hi"\n')


@case("a redirect without a length goes on, whatever TLS says")
def _():
    head = b"HTTP/1.1 302 Found\r\nLocation: /there\r\nConnection: close\r\n\r\n"
    for before in ([announce()], []):
        with Server([head, *before, close()], [BODY, announce(), close()], tls=good()) as server:
            run = flow(settings=trusted() + " redirects 1").run(base=server.url)
        equal(run.stdout, '200 "hi"\n', f"stdout, with the log {run.stderr}")


@case("a certificate that is refused leaves no connection behind")
def _():
    context = speaking(authority().self_signed("self"))
    with Server(repeat=True, tls=context) as server:
        flow(settings=trusted(), options="retry 3 on error backoff 1ms..1ms").run(base=server.url)
        server.wait_closed(4)
    equal((server.connections, server.closed), (4, 4))


@case("no keys of TLS are written, whatever the environment asks for")
def _():
    keys = scratch() / "keys"
    with Server(ENDS, tls=good()) as server:
        run = flow(settings=trusted()).run(base=server.url, env={"SSLKEYLOGFILE": str(keys)})
    equal((run.stdout, keys.exists()), ('200 "hi"\n', False))


main()
