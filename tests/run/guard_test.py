#!/usr/bin/env python3
"""`--allow-host` and `--deny-private`: a program calls only what it may, by what is connected to."""

import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow, flowrun
from scripted import Server, reply
from tap import case, contains, equal, main

FLOW = """
config base: text
endpoint api { url base redirects 3 }
flow f() {
    node n {
        GET api "/x"
        200 { say "200" } -> end
        other { say "other" } -> end
        error { say "error {error.kind}" log error.message } -> end
        timeout, max-connection -> fail
    }
}
"""


def called(name, want, *options, host="127.0.0.1", requests=None):
    """A case: with these options a call to the server under this name of the host comes to `want`."""
    @case(name)
    def _():
        flow = Flow(FLOW)
        with Server(reply(200)) as server:
            run = flow.run(*options, base=server.url.replace("127.0.0.1", host))
        equal((run.code, run.stdout), (0, want + "\n"), repr(run))
        equal(len(server.requests), (want == "200") if requests is None else requests)
        if want != "200":
            equal(server.connections, 0, "connections to what may not be called")
            contains(run.stderr, "may not be called")


called("without rules everything may be called", "200")
called("a host that is named may be called", "200", "--allow-host", "localhost", host="localhost")
called("another host may not, and its name is not looked up", "error connect", "--allow-host", "api.example",
       host="no-such-name.invalid")
called("a host below a domain is not the domain", "error connect", "--allow-host", "*.localhost", host="localhost")
called("an address that is named may be called by any name", "200", "--allow-host", "127.0.0.0/8",
       host="localhost")
called("an address beside those that are named may not", "error connect", "--allow-host", "10.0.0.0/8",
       host="localhost")
called("a private address is denied", "error connect", "--deny-private")
called("a name that is found at a private address is denied", "error connect", "--deny-private",
       "--allow-host", "localhost", host="localhost")
called("a private address that is named is not denied", "200", "--deny-private", "--allow-host", "127.0.0.1",
       host="localhost")
# libcurl reads these as addresses (WHATWG's forms of IPv4).
for form in ("2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "0.0.0.0"):
    called(f"the form {form} of a private address is denied", "error connect", "--deny-private", host=form)
called("a mapped address of IPv6 is denied as its own", "error connect", "--deny-private",
       host="[::ffff:127.0.0.1]")
called("the loopback of IPv6 is denied", "error connect", "--deny-private", host="[::1]")


@case("the port of a rule counts")
def _():
    flow = Flow(FLOW)
    with Server(reply(200)) as server:
        port = server.url.rsplit(":", 1)[1]
        good = flow.run("--allow-host", f"127.0.0.1:{port}", base=server.url)
        bad = flow.run("--allow-host", "127.0.0.1:1", base=server.url)
    equal((good.stdout, bad.stdout), ("200\n", "error connect\n"))


@case("a batch is held to the rules too")
def _():
    flow = Flow(FLOW)
    with Server(reply(200)) as server:
        done = flowrun("batch", "--deny-private", "--inputs", "-", "--set", f"base={server.url}", flow.image,
                       stdin="{}\n{}\n")
    equal(done.stdout.count('"messages":["error connect"]'), 2, repr(done))
    equal(server.connections, 0)


@case("a pattern that is none is misuse")
def _():
    done = Flow(FLOW).run("--allow-host", "https://x.example/", base="http://127.0.0.1:1")
    equal((done.code, done.stdout), (2, ""))
    contains(done.stderr, "--allow-host wants a host")


main()
