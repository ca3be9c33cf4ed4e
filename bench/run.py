#!/usr/bin/env python3
"""Measures Flow beside what others do, in one session, and prints the ratios with their targets.

    bench/run.py [--long | --quick] [NAME ...]

Without names: all but `pool` and `lines`. FLOW_BUILD says where flowc and flowrun were built (build/ unless it
is set). Ends with 1 where a target is missed. --quick runs every benchmark once, with tiny sizes, and judges
only that it ran: its figures say nothing.
"""

import argparse
import contextlib
import sys
import tempfile
import time

import calls
import programs
import waits
from tools import FLOWC, FLOWRUN, HEAD, Bench, format_row

BENCHES = {
    "start": programs.start,
    "interpreter": programs.interpreter,
    "compiler": programs.compiler,
    "json": programs.reader,
    "single": calls.workload("single"),
    "chain3": calls.workload("chain3"),
    "body": calls.workload("body"),
    "memory": waits.memory,
    "slow": waits.slow,
    "neighbours": waits.neighbours,
    "pool": calls.pool,
    "lines": programs.lines,
}
LONGER = ("pool", "lines")  # only by their names, and with --quick


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    pace = parser.add_mutually_exclusive_group()
    pace.add_argument("--long", action="store_true", help="more runs and rounds: steadier ratios")
    pace.add_argument("--quick", action="store_true", help="every benchmark once, to see that it runs")
    chosen = parser.parse_args()
    for name in chosen.names:
        if name not in BENCHES:
            parser.error(f"there is no {name}; there are {', '.join(BENCHES)}")
    return chosen


def names_of(chosen):
    return chosen.names or [name for name in BENCHES if chosen.quick or name not in LONGER]


def main():
    chosen = options()
    for program in (FLOWC, FLOWRUN):
        if not program.is_file():
            sys.exit(f"{program} is not there: build it, or say where it is (FLOW_BUILD)")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder, pace="quick" if chosen.quick else "long" if chosen.long else "usual")
        print(HEAD)
        for name in names_of(chosen):
            before = len(bench.rows)
            with contextlib.ExitStack() as servers:
                bench.stack = servers
                BENCHES[name](bench)
            if len(bench.rows) == before:
                sys.exit(f"{name} measured nothing")
    if chosen.quick:
        print(f"{len(bench.rows)} figures were measured, in {time.monotonic() - began:.0f} s")
        return 0
    missed = [row for row in bench.rows if row.met() == "MISSED"]
    asked = sum(row.target is not None for row in bench.rows)
    print(f"{asked - len(missed)} of {asked} targets met, in {time.monotonic() - began:.0f} s")
    for row in missed:
        print(format_row(row))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
