#!/usr/bin/env python3
"""Plants the bugs of tests/mutants.py one by one and names those that no test notices.

    tests/mutate.py [--list] [WORD ...]     mutants with one of the words in their claim or file

`make mutate` calls it. It works on a copy of the tree in the folder mutate/ of the build: applies one
change, builds what the named suites need, runs them, and takes the change back. A mutant survives if
its suites pass; one is stale if its text is not in its file exactly once. Ends with 1 if a mutant
survived, is stale, or does not compile.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "lib")]

from mutants import MUTANTS
from places import BUILD, SOURCE

COPY = BUILD / "mutate" / "tree"
COPY_BUILD = BUILD / "mutate" / "build"
LOG = BUILD / "mutate" / "log"


def tracked():
    """What a copy of the tree needs: what git tracks, or in a release all but builds."""
    done = subprocess.run(["git", "-C", SOURCE, "ls-files", "-z"], capture_output=True)
    if done.returncode == 0:
        return [name for name in done.stdout.decode().split("\0") if name]
    return [str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*")
            if path.is_file() and BUILD not in path.parents]


def copy_tree():
    """Brings the copy up to date; a file that is the same keeps its time, so that little is built."""
    names = set(tracked())
    for name in names:
        source, copy = SOURCE / name, COPY / name
        if not source.is_file():
            continue
        if not copy.is_file() or copy.read_bytes() != source.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy)
            os.utime(copy)
    for folder in ("compiler", "docs", "examples", "runtime", "tests"):
        for path in (COPY / folder).rglob("*"):
            if path.is_file() and str(path.relative_to(COPY)) not in names:
                path.unlink()


def run(words, cwd, log):
    return subprocess.run(list(map(str, words)), cwd=cwd, stdout=log, stderr=log,
                          stdin=subprocess.DEVNULL).returncode == 0


def prepare():
    copy_tree()
    COPY_BUILD.mkdir(parents=True, exist_ok=True)
    with open(LOG, "w") as log:
        if not (COPY / "configure").exists():
            run([COPY / "bootstrap"], COPY, log)
        if not (COPY_BUILD / "Makefile").exists():
            run([COPY / "configure", "-q", "CFLAGS=-O0 -g", "--disable-hardening"], COPY_BUILD, log)
        if not run(["make", "-s", "-j", os.cpu_count(), "tests"], COPY_BUILD, log):
            sys.exit(f"the tree does not build without a mutant: see {LOG}")


def run_suites(suites, log):
    """True: all of them pass."""
    return run(["make", "-s", "-k", "-j", os.cpu_count(), "check-TESTS", f"TESTS={' '.join(suites)}"],
               COPY_BUILD, log)


def build(suites, log):
    programs = [suite for suite in suites if not suite.endswith(".py")]
    return run(["make", "-s", "-j", os.cpu_count(), "flowc", "flowrun", *programs], COPY_BUILD, log)


def try_mutant(mutant, log):
    """What became of it: "killed", "SURVIVED", "STALE" or "DOES NOT COMPILE"."""
    path = COPY / mutant.file
    text = path.read_text() if path.is_file() else ""
    if text.count(mutant.old) != 1:
        return "STALE"
    log.write(f"\n== {mutant.claim}\n")
    log.flush()
    try:
        path.write_text(text.replace(mutant.old, mutant.new))
        if not build(mutant.suites, log):
            return "DOES NOT COMPILE"
        return "SURVIVED" if run_suites(mutant.suites, log) else "killed"
    finally:
        path.write_text(text)


def main(words):
    chosen = [m for m in MUTANTS
              if not words or any(word in m.claim or word in m.file for word in words)]
    if not chosen:
        sys.exit("no mutant has one of these words in its claim or file")
    prepare()
    suites = sorted({suite for mutant in chosen for suite in mutant.suites})
    bad = 0
    with open(LOG, "a") as log:
        if not run_suites(suites, log):
            sys.exit(f"the suites fail without a mutant: see {LOG} and {COPY_BUILD}/tests")
        for mutant in chosen:
            start = time.monotonic()
            result = try_mutant(mutant, log)
            bad += result != "killed"
            print(f"{result:9} {mutant.file}: {mutant.claim} ({time.monotonic() - start:.1f} s)",
                  flush=True)
        build(suites, log)
    print(f"{len(chosen) - bad} mutants killed, {bad} not")
    return bad != 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        for row in MUTANTS:
            print(f"{row.file}: {row.claim} [{' '.join(row.suites)}]")
        sys.exit(0)
    sys.exit(main(sys.argv[1:]))
