#!/usr/bin/env python3
"""A name that cannot be looked up is told from one that has no address.

The errors are those of the C library's getaddrinfo, in whose place tests/fault/shim.c stands. Not under
sanitizers, which have to be loaded before it.
"""

import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import execute
from onecall import flow
from places import BUILD, is_sanitized
from scripted import Server, reply
from tap import add, case, contains, equal, main, skip

SHIM = pathlib.Path(BUILD) / "tests/fault/libfault.so"
FLOWRUN = pathlib.Path(BUILD) / "tests/fault/flowrun"  # without mimalloc
HOST = "shop.example.com"


def looked_up(error, base=f"http://{HOST}", settings=""):
    if is_sanitized():
        skip("built with sanitizers")
    one = flow(settings=settings)
    return execute(FLOWRUN, "--set", f"base={base}", one.image,
                   env={"LD_PRELOAD": SHIM} | ({"FLOW_FAULT_LOOKUP": error} if error else {}))


def ends(error, want, message, settings=""):
    run = looked_up(error, settings=settings)
    equal(run.stdout, want + "\n", repr(run))
    contains(run.stderr, message, "the log")


for name, error, message in [
        ("a name that does not exist has no address", "-2", f"{HOST} has no address"),
        ("a name without addresses has no address", "-5", f"{HOST} has no address"),
        ("a name server that does not answer is told", "-3",
         f"the address of {HOST} cannot be looked up: no name server responded"),
        ("a name server that fails is told", "-4",
         f"the address of {HOST} cannot be looked up: the name server failed"),
        ("a look-up without memory is told", "-10",
         f"the address of {HOST} cannot be looked up: the system is out of resources")]:
    add(name, ends, error, "error dns", message)
add("a look-up that does not end within `connect` is told from a connection that takes longer", ends, "hang", "timeout",
    f"the address of {HOST} was not found in time (`connect`)", "connect 100ms")


@case("a name that has an address is called")
def _():
    with Server(reply(200, "hi")) as server:
        equal(looked_up("", server.url.replace("127.0.0.1", "localhost")).stdout, '200 "hi"\n')


main()
