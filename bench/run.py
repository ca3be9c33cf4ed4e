#!/usr/bin/env python3
"""Measures Flow beside what others do, in one session, and prints the ratios with their targets.

    bench/run.py [--long] [NAME ...]

Without names: all but `pool`. FLOW_BUILD says where flowc and flowrun were built (build/ unless it
is set). Ends with 1 where a target is missed.
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
}


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--long", action="store_true", help="more runs and rounds: steadier ratios")
    chosen = parser.parse_args()
    for name in chosen.names:
        if name not in BENCHES:
            parser.error(f"there is no {name}; there are {', '.join(BENCHES)}")
    return chosen


def main():
    chosen = options()
    for program in (FLOWC, FLOWRUN):
        if not program.is_file():
            sys.exit(f"{program} is not there: build it, or say where it is (FLOW_BUILD)")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder, quick=not chosen.long)
        print(HEAD)
        for name in chosen.names or [name for name in BENCHES if name != "pool"]:
            with contextlib.ExitStack() as servers:
                bench.stack = servers
                BENCHES[name](bench)
    missed = [row for row in bench.rows if row.met() == "MISSED"]
    asked = sum(row.target is not None for row in bench.rows)
    print(f"{asked - len(missed)} of {asked} targets met, in {time.monotonic() - began:.0f} s")
    for row in missed:
        print(format_row(row))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
