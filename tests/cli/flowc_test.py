#!/usr/bin/env python3
"""The command line of flowc: what it takes, where it writes, how it ends."""

import os
import pathlib
import shutil
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parents[1] / "lib")]

from flowtest import execute, flowc, scratch
from places import FLOWC, SOURCE
from tap import case, contains, equal, lacks, main, skip, true

GOOD = 'flow f() { node n { say "hi" -> end } }\n'
WRONG = 'flow f() { node n { say "hi" -> nowhere } }\n'


def folder(**files):
    """A new folder with these files; good="…" is good.flow."""
    place = scratch()
    for name, text in files.items():
        (place / f"{name}.flow").write_text(text)
    return place


def names(place):
    return sorted(path.name for path in place.iterdir())


@case("a good file is compiled beside itself, and nothing is said")
def _():
    place = folder(good=GOOD)
    done = flowc("good.flow", cwd=place)
    equal((done.code, done.stdout, done.stderr), (0, "", ""))
    equal(names(place), ["good.flow", "good.flowb"])


@case("build is the same, and -o says where")
def _():
    place = folder(good=GOOD)
    equal(flowc("good.flow", cwd=place).code, 0)
    equal(flowc("build", "good.flow", "-o", "other.flowb", cwd=place).code, 0)
    equal((place / "other.flowb").read_bytes(), (place / "good.flowb").read_bytes())


@case("the same source gives the same bytes in any folder")
def _():
    places = [folder(good=GOOD), folder(good=GOOD)]
    for place in places:
        equal(flowc(str(place / "good.flow"), cwd="/").code, 0)
    first, second = ((place / "good.flowb").read_bytes() for place in places)
    equal(first, second)
    lacks(first, str(places[0]).encode(), "the bytecode")


@case("a wrong file is 1, and leaves the output of before as it was")
def _():
    place = folder(a=GOOD)
    flowc("a.flow", cwd=place)
    before = (place / "a.flowb").read_bytes()
    (place / "a.flow").write_text(WRONG)
    done = flowc("a.flow", cwd=place)
    equal(done.code, 1)
    contains(done.stderr, "a.flow:1:", "stderr")
    equal((place / "a.flowb").read_bytes(), before)
    equal(names(place), ["a.flow", "a.flowb"])


@case("check writes nothing, and takes several files")
def _():
    place = folder(good=GOOD, wrong=WRONG)
    done = flowc("check", "good.flow", "wrong.flow", cwd=place)
    equal(done.code, 1)
    contains(done.stderr, "wrong.flow:1:", "stderr")
    lacks(done.stderr, "good.flow", "stderr")
    equal(names(place), ["good.flow", "wrong.flow"])


@case("a file that is not there is 2, with its name and the reason")
def _():
    done = flowc("check", "gone.flow", cwd=scratch())
    equal(done.code, 2)
    contains(done.stderr, "gone.flow", "stderr")
    contains(done.stderr, "No such file", "stderr")


@case("a folder in place of a file is 2")
def _():
    equal(flowc("check", ".", cwd=scratch()).code, 2)


@case("an output that cannot be written is 2")
def _():
    place = folder(good=GOOD)
    done = flowc("good.flow", "-o", "gone/x.flowb", cwd=place)
    equal(done.code, 2)
    contains(done.stderr, "gone/x.flowb", "stderr")
    equal(names(place), ["good.flow"])


@case("a full disk is 2, and no half file stays")
def _():
    true(os.path.exists("/dev/full"), "no /dev/full here")
    done = flowc("good.flow", "-o", "/dev/full", cwd=folder(good=GOOD))
    equal(done.code, 2)


for arguments in ([], ["--wrong"], ["good.flow", "-o"], ["check"], ["nonsense"]):
    @case(f"misuse is 2 and names the help: flowc {' '.join(arguments)}")
    def _(arguments=arguments):
        done = flowc(*arguments, cwd=folder(good=GOOD))
        equal((done.code, done.stdout), (2, ""))
        contains(done.stderr, "flowc", "stderr")


@case("--help goes to stdout and names every command")
def _():
    done = flowc("--help")
    equal((done.code, done.stderr), (0, ""))
    for word in ("build", "check", "disasm", "-o"):
        contains(done.stdout, word, "help")


@case("--version is the version of configure.ac")
def _():
    done = flowc("--version")
    version = (SOURCE / "configure.ac").read_text().split("AC_INIT([flow], [")[1].split("]")[0]
    equal((done.code, done.stdout.splitlines()[0]), (0, f"flowc {version}"))


@case("disasm prints the bytecode of a .flowb")
def _():
    place = folder(good=GOOD)
    flowc("good.flow", cwd=place)
    done = flowc("disasm", "good.flowb", cwd=place)
    equal((done.code, done.stderr), (0, ""))
    contains(done.stdout, "good.flow", "listing")


@case("disasm of what is no bytecode is 2 or 1, with the reason")
def _():
    place = folder(good=GOOD)
    done = flowc("disasm", "good.flow", cwd=place)
    true(done.code in (1, 2), f"{done!r}")
    contains(done.stderr, "good.flow", "stderr")


@case("flowc is linked with no libcurl, no OpenSSL, no libuv")
def _():
    if not shutil.which("ldd"):
        skip("ldd is not here")
    linked = execute("ldd", FLOWC).stdout
    for library in ("libcurl", "libcrypto", "libssl", "libuv", "libxml2"):
        lacks(linked, library, "ldd")


main()
