#!/usr/bin/env python3
"""A server that sends faster than flowrun reads does not hold up the loop: times end, other runs go on.

tests/fault/shim.c plays such a server, because no test can be sure to send fast enough. The cases are skipped under
sanitizers, which must be loaded before the shim.
"""

import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import execute
from onecall import flow
from places import BUILD, is_sanitized
from scripted import Server, stall
from tap import add, equal, main, skip

SHIM = pathlib.Path(BUILD) / "tests/fault/libfault.so"
FLOWRUN = pathlib.Path(BUILD) / "tests/fault/flowrun"  # without mimalloc
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


def ends(begins, flood, settings, want):
    if is_sanitized():
        skip("built with sanitizers")
    with Server([HEAD + begins + 10000 * flood.encode(), stall()]) as server:
        run = execute(FLOWRUN, "--set", f"base={server.url}", flow(settings=settings).image,
                      env={"LD_PRELOAD": SHIM, "FLOW_FAULT_FLOOD": flood})
    equal(run.stdout, want + "\n", repr(run)[:900])


for name, begins, flood, settings, want in (
        ("an endless extension of a chunk ends by `timeout`", b"Transfer-Encoding: chunked\r\n\r\n1;", "x=y;",
         "timeout 100ms", "timeout"),
        ("an endless extension of a chunk ends by `within`", b"Transfer-Encoding: chunked\r\n\r\n1;", "x=y;",
         "within 100ms", "timeout"),
        ("an endless body ends by `max-response`", b"\r\n", "x", "max-response 64KB", "error too-large")):
    add(name, ends, begins, flood, settings, want)

main()
