#!/usr/bin/env python3
"""The command line of flowc: what it takes, where it writes, how it ends."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parents[1] / "lib")]

from flowtest import execute, flowc, scratch
from places import BUILD, FLOWC, FLOWRUN, SOURCE
from tap import add, case, contains, equal, lacks, main, skip, true

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


@case("bytecode that flowrun would refuse is a bug of flowc, says so, and is not written")
def _():
    place = folder(good=GOOD)
    wrong = BUILD / "tests/fault/flowc_with_a_bug"
    for command in (["good.flow"], ["check", "good.flow"], ["good.flow", "--strip"]):
        done = execute(wrong, *command, cwd=place)
        equal((done.code, done.stdout), (3, ""), f"{command}: {done!r}")
        contains(done.stderr, "good.flow: this is a bug of flowc", "stderr")
        equal(names(place), ["good.flow"])


@case("a file without a flow is a mistake for build, which writes nothing, and none for check")
def _():
    for text in ("", "# nothing\n", 'endpoint e { url "http://127.0.0.1:9" }\n', "const a = 1\n"):
        place = folder(library=text)
        done = flowc("check", "library.flow", cwd=place)
        equal((done.code, done.stderr), (0, ""), repr(text))
        done = flowc("library.flow", cwd=place)
        equal((done.code, done.stdout), (1, ""), f"{text!r}: {done!r}")
        contains(done.stderr, "library.flow:1:1: error[E0314]: there is no flow in this file to run")
        equal(names(place), ["library.flow"])


@case("a library with a mistake has only that")
def _():
    place = folder(library="endpoint e { rul \"http://127.0.0.1:9\" }\n")
    done = flowc("library.flow", "--diagnostics=short", cwd=place)
    equal((done.code, done.stderr.count("error["), "E0307" in done.stderr), (1, 1, True), repr(done))


@case("a file of tests alone, whose flows are imported, is a program")
def _():
    tests = 'import f from "good.flow"\ntest "it" { start f() expect say "hi" }\n'
    place = folder(good=GOOD, tests=tests)
    equal(flowc("tests.flow", cwd=place).code, 0)
    equal(execute(FLOWRUN, "test", "tests.flowb", cwd=place).code, 0)


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


@case("--version names the format of the bytecode that is written")
def _():
    place = folder(good=GOOD)
    flowc("good.flow", cwd=place)
    number = (place / "good.flowb").read_bytes()[8]
    equal(flowc("--version").stdout.splitlines()[1], f"bytecode format {number}")


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


WARNS = 'flow f() { var unused = 1 node n { say "hi" -> end } }\n'
# What is misused: the arguments, and what the message must say. In the folder: good.flow, good.flowb.
MISUSE = [
    ([], "usage"), (["--strip"], "name one file to compile"), (["good.flow", "good.flow"], "name one file to compile"),
    (["good.flowb"], "bytecode already; run it with flowrun"), (["check"], "name the files to check"),
    (["disasm"], "name one .flowb file"), (["graph"], "name one file to draw"), (["graph", "a", "b"], "name one file to draw"),
    (["graph", "nowhere.flow"], "cannot read nowhere.flow"), (["disasm", "nowhere.flowb"], "cannot read nowhere.flowb"),
    (["good.flow", "-o"], "-o needs a value"), (["good.flow", "--fast"], "`flowc build` has no option `--fast`"),
    (["good.flow", "--diagnosticsx", "text"], "has no option `--diagnosticsx`; did you mean `--diagnostics`?"),
    (["biuld", "good.flow"], "there is no command `biuld`; did you mean `build`?"),
    (["check", "good.flow", "--format=dot"], "--format is an option of `flowc graph`, not of `flowc check`"),
    (["good.flow", "-Wall"], "unknown warning option `all`"), (["good.flow", "-W", "none"], "unknown warning option `none`"),
    (["good.flow", "--diagnostics=xml"], "unknown form `xml`"), (["good.flow", "--color", "blue"], "unknown colour `blue`"),
    (["graph", "good.flow", "--format=png"], "--format is dot, mermaid, svg or json"),
    (["graph", "good.flow", "--coverage", "a", "--trace", "b"], "cannot be combined"),
    (["graph", "good.flow", "--coverage=nowhere"], "No such file"), (["graph", "good.flow", "--trace=nowhere"], "No such file"),
    (["graph", "good.flow", "-o", "nowhere/out"], "No such file"),
    (["explain", "E9999"], "there is no page `E9999`"), (["explain", "E0402", "lenn"], "did you mean `len`?"),
    (["explain", "qqqqqqqq"], "`flowc explain` lists them"), (["--", "--strip"], "cannot read --strip"),
]


def misused(arguments, *words):
    place = folder(good=GOOD)
    equal(flowc("good.flow", cwd=place).code, 0)
    before = names(place)
    done = flowc(*arguments, cwd=place)
    equal((done.code, done.stdout), (2, ""), repr(done))
    for word in words:
        contains(done.stderr.lower(), word.lower(), "stderr")
    equal(names(place), before, "files")


for given, wanted in MISUSE:
    add(f"misuse is 2, with what to do: flowc {' '.join(given)}", misused, given, wanted)


@case("-W error makes a warning wrong: 1, and no output")
def _():
    place = folder(a=WARNS)
    equal(flowc("a.flow", cwd=place).code, 0)
    (place / "a.flowb").unlink()
    for form in (["-Werror"], ["-W", "error"]):
        done = flowc("a.flow", *form, cwd=place)
        equal(done.code, 1, repr(done))
        contains(done.stderr, "W09", "stderr")
        equal(names(place), ["a.flow"])
        equal(flowc("check", *form, "a.flow", cwd=place).code, 1)


@case("colours are for a terminal, or where they are wanted; NO_COLOR takes them away")
def _():
    place = folder(wrong=WRONG)
    plain = flowc("check", "wrong.flow", cwd=place).stderr
    lacks(plain, "\x1b", "auto")
    equal(flowc("check", "wrong.flow", "--color=never", cwd=place).stderr, plain)
    equal(flowc("check", "wrong.flow", "--color", "auto", cwd=place, env={"NO_COLOR": "1"}).stderr, plain)
    coloured = flowc("check", "wrong.flow", "--color=always", cwd=place).stderr
    contains(coloured, "\x1b[", "always")
    equal(re.sub("\x1b\\[[0-9;]*m", "", coloured), plain, "without its colours")


@case("the name of an output comes from the file, and may stand right behind -o")
def _():
    place = folder(good=GOOD)
    (place / "plain").write_text(GOOD)
    equal(flowc("plain", cwd=place).code, 0)
    equal(flowc("good.flow", "-oother", cwd=place).code, 0)
    equal(flowc("--", "good.flow", cwd=place).code, 0)
    equal(names(place), ["good.flow", "good.flowb", "other", "plain", "plain.flowb"])


@case("--strip leaves out the places, and what is left runs")
def _():
    place = folder(good=GOOD)
    flowc("good.flow", cwd=place)
    flowc("good.flow", "--strip", "-o", "small.flowb", cwd=place)
    true((place / "small.flowb").stat().st_size < (place / "good.flowb").stat().st_size, "not smaller")
    equal(execute(FLOWRUN, "small.flowb", cwd=place).stdout, "hi\n")


@case("-h is --help, and explain lists its pages and prints several")
def _():
    equal(flowc("-h").stdout, flowc("--help").stdout)
    contains(flowc("explain").stdout, "E0402")
    both = flowc("explain", "E0402", "len")
    equal(both.code, 0)
    contains(both.stdout, "E0402")
    contains(both.stdout, "len")


@case("several files are checked each, one that is not there is 2 whatever the others are")
def _():
    place = folder(good=GOOD, wrong=WRONG)
    done = flowc("check", "wrong.flow", "nowhere.flow", "good.flow", cwd=place)
    equal(done.code, 2)
    contains(done.stderr, "wrong.flow:1:", "stderr")
    contains(done.stderr, "cannot read nowhere.flow", "stderr")


# Where flowc is called, the file, how it imports, how messages name what is imported: as a person would.
IMPORTS = [
    ("", "a/b/main.flow", "../lib/x.flow", "a/lib/x.flow"), ("", "./a/b/main.flow", "./../lib/./x.flow", "a/lib/x.flow"),
    ("", "a//b/main.flow", "..//lib///x.flow", "a/lib/x.flow"), ("a/b", "main.flow", "../lib/x.flow", "../lib/x.flow"),
    ("a/b", "../b/main.flow", "../lib/x.flow", "../lib/x.flow"), ("a/lib", "../b/main.flow", "../../a/lib/x.flow", "../../a/lib/x.flow"),
    ("a/lib", "../b/main.flow", "../lib/x.flow", "../lib/x.flow"), ("a", "b/../b/main.flow", "../b/../lib/x.flow", "lib/x.flow"),
    ("", "{top}/a/b/main.flow", "../lib/x.flow", "{top}/a/lib/x.flow"), ("a", "b/main.flow", "{top}/a/lib/x.flow", "{top}/a/lib/x.flow"),
    ("a", "b/main.flow", "/..{top}/a/lib/../lib/x.flow", "/..{top}/a/lib/x.flow"), ("a/b", "main.flow", "./x.flow", "x.flow"),
]


def imported_as(where, file, path, shown):
    top = scratch()
    for folder in ("a/b", "a/lib"):
        (top / folder).mkdir(parents=True)
        (top / folder / "x.flow").write_text("flow sub { node n { -> gone } }\n")
    (top / "a/b/main.flow").write_text(f'import sub from "{path.format(top=top)}"\nflow f {{ node n {{ -> sub }} }}\n')
    done = flowc("check", "--diagnostics=short", file.format(top=top), cwd=top / where)
    equal(done.code, 1, repr(done))
    contains(done.stderr, "\n" + shown.format(top=top) + ":1:") if "\n" in done.stderr.strip() else \
        true(done.stderr.startswith(shown.format(top=top) + ":1:"), repr(done))


for row in IMPORTS:
    add("an imported file is named in short: in `{}` {} imports {}".format(*row), imported_as, *row)


@case("no source is lost to what is made of it")
def _():
    folder = scratch()
    texts = {"main.flow": 'import sub from "sub.flow"\nflow main { node n { -> flow sub } }\n', "sub.flow": "flow sub { node n { -> end } }\n"}
    for name, text in texts.items():
        (folder / name).write_text(text)
    (folder / "link").symlink_to("sub.flow")
    for command in (["build"], ["graph"], []):
        for output in ("main.flow", "./main.flow", "sub.flow", "link", folder / "main.flow"):
            done = flowc(*command, "main.flow", "-o", output, cwd=folder)
            equal((done.code, done.stdout), (2, ""), repr(done))
            contains(done.stderr, "would overwrite the source")
            equal({name: (folder / name).read_text() for name in texts}, texts, "sources")
    equal(sorted(path.name for path in folder.iterdir()), ["link", "main.flow", "sub.flow"])


@case("a file that is wrong at its first word is told so, be it the first that is read or another")
def _():
    for word in ("x", "}", "1", '"a"', "endd {", "-> end x", "", ":", "{"):
        folder = scratch()
        (folder / "l.flow").write_text(word)
        (folder / "m.flow").write_text('import k from "l.flow" flow main { node n { say "{k}" -> end } }')
        (folder / "a.flow").write_text("flow main { node n { -> end } }")
        for words in (["m.flow"], ["check", "a.flow", "l.flow"], ["check", "l.flow", "a.flow", "l.flow"]):
            done = flowc(*words, cwd=folder)
            true(done.code == 1 or not word, f"{word} {words}: {done!r}")
            true(done.code in (0, 1), f"{word} {words}: {done!r}")


@case("behind a link the file is replaced, with its mode, and the link stays")
def _():
    folder = scratch()
    (folder / "m.flow").write_text("flow main { node n { -> end } }")
    (folder / "real.flowb").write_text("old")
    (folder / "real.flowb").chmod(0o600)
    (folder / "link.flowb").symlink_to("real.flowb")
    done = flowc("m.flow", "-o", "link.flowb", cwd=folder)
    equal((done.code, done.stderr), (0, ""), repr(done))
    true((folder / "link.flowb").is_symlink(), "the link is gone")
    equal((folder / "real.flowb").read_bytes()[:5], b"FLOWB")
    equal((folder / "real.flowb").stat().st_mode & 0o777, 0o600)
    with open(folder / "out", "wb") as out:
        subprocess.run([FLOWC, "m.flow", "-o", "/proc/self/fd/1"], cwd=folder, stdout=out, check=True, timeout=60)
    equal((folder / "out").read_bytes()[:5], b"FLOWB")
    equal(sorted(path.name for path in folder.iterdir()), ["link.flowb", "m.flow", "out", "real.flowb"])


@case("behind a link that leads to nothing yet the file is made, and the link stays")
def _():
    folder = scratch()
    (folder / "m.flow").write_text("flow main { node n { -> end } }")
    (folder / "sub").mkdir()
    (folder / "sub" / "inner").symlink_to("real.flowb")
    (folder / "link.flowb").symlink_to("sub/inner")
    (folder / "circle").symlink_to("circle")
    done = flowc("m.flow", "-o", "link.flowb", cwd=folder)
    equal((done.code, done.stderr), (0, ""), repr(done))
    true((folder / "link.flowb").is_symlink() and (folder / "sub" / "inner").is_symlink(), "a link is gone")
    equal((folder / "sub" / "real.flowb").read_bytes()[:5], b"FLOWB")
    done = flowc("m.flow", "-o", "circle/x", cwd=folder)
    equal(done.code, 2, repr(done))
    contains(done.stderr, "cannot write circle/x: ")


@case("an import of a pipe or a device is refused, and nobody waits for it")
def _():
    folder = scratch()
    os.mkfifo(folder / "pipe.flow")
    for path in ("pipe.flow", "/dev/zero"):
        (folder / "m.flow").write_text(f'import k from "{path}" flow main {{ node n {{ -> flow k }} }}')
        done = flowc("m.flow", cwd=folder)
        equal(done.code, 1, repr(done))
        contains(done.stderr, "it is a pipe or a device")


main()
