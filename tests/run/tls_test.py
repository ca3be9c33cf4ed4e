#!/usr/bin/env python3
"""TLS: what is not trusted is `error`, kind `tls`, and no request reaches the server."""

import os
import pathlib
import ssl
import sys
import warnings

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from certificates import authority, openssl, speaking
from flowtest import Flow, flowrun, scratch
from onecall import flow
from scripted import Server, announce, close, reply
from tap import case, contains, equal, lacks, main, true

warnings.simplefilter("ignore", DeprecationWarning)  # old versions of TLS are wanted here
ENDS = reply(200, "hi")
PASSPHRASE = "correct horse battery"


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
        trusted, "self-signed")
refused("a certificate of an authority that nobody knows",
        lambda: speaking(authority("nobody").sign("good")), trusted, "an authority that is not trusted")
refused("a certificate of an authority that the system does not know", good, trusting,
        "an authority that is not trusted")
refused("TLS 1.1 only", lambda: good(newest=ssl.TLSVersion.TLSv1_1), trusted, "TLS")
refused("TLS 1.0 only", lambda: good(newest=ssl.TLSVersion.TLSv1), trusted, "TLS")
refused("a server that wants a certificate, and gets none", lambda: good(clients=authority()),
        trusted, "requires a client certificate")
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


# What the files are is found out before anything runs: it is said at the start, and is the outcome of each call.


def unusable(name, files, logs):
    @case(name)
    def _():
        named = files()
        with Server(tls=good()) as server:
            run = flow(settings=trusting(**named)).run(base=server.url)
        equal((run.code, run.stdout), (0, "error tls\n"), repr(run))
        said, *_ = run.stderr.splitlines()
        contains(said, "flowrun: endpoint `api`: `tls`: ")
        contains(said, logs, "what is said at the start")
        equal(run.stderr.count(logs), 2, f"how often it is said in {run.stderr}")
        equal(server.connections, 0)


def ours(name="me"):
    return authority().sign(name)


def file_with(text, name="file.pem"):
    path = scratch() / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def fifo():
    path = scratch() / "fifo"
    os.mkfifo(path)
    return path


def huge():
    path = scratch() / "huge"
    with open(path, "wb") as f:
        f.truncate(1 << 40)
    return path


PKCS8 = ("pkcs8", "-topk8", "-v2", "aes-256-cbc")


def encrypted(pair, how=PKCS8):
    path = scratch() / "encrypted.key"
    openssl(*how, "-in", pair.key, "-out", path, "-passout", f"pass:{PASSPHRASE}")
    return path


def packed():
    pair, path = ours(), scratch() / "packed.p12"
    openssl("pkcs12", "-export", "-in", pair.cert, "-inkey", pair.key, "-passout", "pass:", "-out", path)
    return path


def with_key(path, **more):
    return {"cert": ours().cert, "key": path, **more}


unusable("a certificate file that is not there is named", lambda: {"cert": "/nowhere/a.crt", "key": "/nowhere/a.key"},
         "cannot read `/nowhere/a.crt`: No such file or directory")
unusable("a key file that is not there is named", lambda: with_key("/nowhere/a.key"), "cannot read `/nowhere/a.key`")
unusable("a ca file that is not there is named", lambda: {"ca": "/nowhere/ca.crt"}, "cannot read `/nowhere/ca.crt`")
for word in ("ca", "cert"):
    unusable(f"`{word}` that is a FIFO is not waited for", lambda word=word: {word: fifo()}, "/fifo` is not a regular file")
    unusable(f"`{word}` that is a device is not read", lambda word=word: {word: "/dev/zero"},
             "`/dev/zero` is not a regular file")
    unusable(f"`{word}` that is a folder is not read", lambda word=word: {word: scratch()}, "` is not a regular file")
    unusable(f"`{word}` of more than 4 MB is not read", lambda word=word: {word: huge()}, "/huge` is larger than 4 MB")
    unusable(f"`{word}` without a certificate says so", lambda word=word: {word: file_with("no PEM")},
             "/file.pem` contains no certificate in PEM form")
    unusable(f"`{word}` that is empty says so", lambda word=word: {word: file_with("")},
             "/file.pem` contains no certificate in PEM form")
    unusable(f"`{word}` that is PKCS#12 says so", lambda word=word: {word: packed()},
             "/packed.p12` is binary (DER or PKCS#12)")
unusable("`key` that is a FIFO is not waited for", lambda: with_key(fifo()), "/fifo` is not a regular file")
unusable("`key` without a key says so", lambda: with_key(ours().cert), "me.crt` contains no private key in PEM form")
unusable("`cert` alone that holds no key says so", lambda: {"cert": ours().cert}, "me.crt` contains no private key in PEM form")
unusable("a key of another certificate is named, and the certificate, too", lambda: with_key(ours("other").key),
         "/other.key` does not belong to the certificate `")
unusable("an encrypted key without a passphrase says what to write", lambda: with_key(encrypted(ours())),
         "/encrypted.key` is encrypted: name the secret that decrypts it, `tls { passphrase: … }`")
unusable("an encrypted key within `cert` says what to write",
         lambda: {"cert": file_with(ours().cert.read_text() + encrypted(ours()).read_text())},
         "/file.pem` is encrypted")

LOCKED = """
secret phrase
config base: text
endpoint api {{ url base tls {{ {files}, passphrase: phrase }} }}
flow f {{
    node n {{
        GET api "/x"
        200   {{ say "200" }} -> again
        other, error, timeout, max-connection {{ say "none" }} -> again
    }}
    node again {{ ask "and?" as text ok {{ say text }} -> end }}
}}
"""


def unlocked(name, how, phrase, wanted, logs=""):
    @case(name)
    def _():
        pair = ours()
        key = encrypted(pair, how=how) if how else pair.key
        files = f'ca: "{authority().own.cert}", cert: "{pair.cert}", key: "{key}"'
        with Server(ENDS, tls=good(clients=authority())) as server:
            run = Flow(LOCKED.format(files=files)).run(base=server.url, secrets={"phrase": phrase}, answers=["answered"])
        equal(run.stdout, f"{wanted}\nand?\nanswered\n", repr(run))
        contains(run.stderr, logs)
        lacks(run.stderr, phrase)


unlocked("a key is decrypted by its passphrase", PKCS8, PASSPHRASE, "200")
unlocked("a key of the older form is decrypted by its passphrase", ("ec", "-aes256"), PASSPHRASE, "200")
unlocked("a passphrase for a key that is not encrypted changes nothing", None, PASSPHRASE, "200")
unlocked("a passphrase that does not decrypt the key says so without it, and stdin is left alone", PKCS8, "wrong-" + PASSPHRASE,
         "none", "`passphrase` does not decrypt the key `")
unlocked("a passphrase longer than any that OpenSSL takes says so", PKCS8, "x" * 2000, "none", "`passphrase` does not decrypt")


@case("stdin is left alone where a key is encrypted and there is no passphrase")
def _():
    pair = ours()
    files = f'cert: "{pair.cert}", key: "{encrypted(pair)}"'
    locked = Flow(LOCKED.format(files=files).replace("secret phrase", "").replace(", passphrase: phrase", ""))
    run = locked.run(base="https://127.0.0.1:1", answers=[PASSPHRASE])
    equal(run.stdout, f"none\nand?\n{PASSPHRASE}\n", repr(run))
    lacks(run.stderr, "pass phrase")


TWO = """
config base: text
{endpoints}
flow f {{
    node n {{ GET a "/a" 200 {{ say "a {{body}}" }} -> m  other, error, timeout, max-connection {{ say "a none" }} -> m }}
    node m {{ GET b "/b" 200 {{ say "b {{body}}" }} -> l  other, error, timeout, max-connection {{ say "b none" }} -> l }}
    node l {{ GET a "/c" 200 {{ say "a {{body}}" }} -> end  other, error, timeout, max-connection {{ say "a none" }} -> end }}
}}
"""


def two_endpoints(name, wanted, connections, *parts, clients=None):
    @case(name)
    def _():
        endpoints = "\n".join(f"endpoint {name} {{ url base {trusting(**how())} }}" for name, how in zip("ab", parts))
        with Server(ENDS, repeat=True, tls=good(clients=clients and clients())) as server:
            run = Flow(TWO.format(endpoints=endpoints)).run(base=server.url)
        equal((run.stdout, server.connections), (wanted, connections), repr(run))


two_endpoints("an endpoint without the right authority does not use the connection of one that has it", "a hi\nb none\na hi\n", 2,
              lambda: {"ca": authority()}, lambda: {"ca": authority("nobody")})
two_endpoints("an endpoint without a certificate does not use the connection of one that shows it", "a hi\nb none\na hi\n", 2,
              lambda: {"ca": authority(), **vars(ours())}, lambda: {"ca": authority()}, clients=authority)
two_endpoints("an endpoint with another certificate does not use the connection of one that shows its own", "a hi\nb hi\na hi\n", 2,
              lambda: {"ca": authority(), **vars(ours())}, lambda: {"ca": authority(), **vars(ours("you"))}, clients=authority)


@case("plain HTTP needs no file of `tls`")
def _():
    with Server(ENDS) as server:
        run = flow(settings=trusting(ca="/nowhere/ca.crt")).run(base=server.url)
    equal((run.stdout, run.stderr), ('200 "hi"\n', ""))


@case("a file that goes away while the program runs is not missed by its next connection")
def _():
    ca = file_with(authority().own.cert.read_text())

    def answer(request):
        ca.unlink(missing_ok=True)
        return [reply(200 if server.requests[1:] else 503, "hi", headers=[("Connection", "close")]), close()]

    settings = trusting(ca=ca)
    with Server(choose=answer, tls=good()) as server:
        run = flow(settings=settings, options="retry 1 on 503 backoff 1ms..1ms").run(base=server.url)
    equal((run.stdout, len(server.requests), server.connections), ('200 "hi"\n', 2, 2), repr(run))


@case("a test and a replay read no file of `tls`")
def _():
    path = fifo()
    source = LOCKED.format(files=f'cert: "{path}"') + """
        test "t" { start f()  reply n: 200 ""  answer again: "x"  expect end }
    """
    run = flowrun("test", Flow(source).image)
    equal(run.code, 0, repr(run))


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
         "error network\n", "without TLS close_notify", newest=version)
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
