#!/usr/bin/env python3
"""Golden files: what `flowc` says about a source, to the letter.

NAME.flow + NAME.out   stderr of `flowc check NAME.flow` in this folder, and `exit N` as the last line
NAME/ + NAME.out       the same for several files; the one that is checked is NAME/main.flow
NAME.dis               stdout of `flowc disasm` of NAME.flow, here or else in examples/
NAME.run               for every source that compiles: the tests that `flowrun test --generate` proposes, which
                       say what each way through the program comes to, and what running them all prints

The name of a case is its claim. FLOW_UPDATE=1 rewrites the .out, .dis and .run files: read the difference
before it is committed.
"""

import pathlib
import re
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib")]

import flowtest
from places import SOURCE, update_wanted
from tap import add, equal, main, true


def compare(path, got):
    if update_wanted():
        path.write_bytes(got.encode())
    true(path.exists(), f"{path.name} is missing; it would be\n{got}")
    equal(got, path.read_bytes().decode(), path.name)


def check(case):
    folder, source = (case, "main.flow") if case.is_dir() else (case.parent, case.name)
    done = flowtest.flowc("check", source, cwd=folder)
    equal(done.stdout, "", "stdout")
    compare(case.with_suffix(".out"), done.stderr + f"exit {done.code}\n")


def disassemble(golden):
    here = golden.with_suffix(".flow")
    source = here if here.exists() else SOURCE / "examples" / here.name
    image = flowtest.Flow(source).image
    done = flowtest.flowc("disasm", image.name, cwd=image.parent)
    equal((done.code, done.stderr), (0, ""), "exit status and stderr of disasm")
    compare(golden, done.stdout)


def run(case):
    """Wrong code hides in ways that no listing shows: each way is run, and its end compared."""
    folder, source = (case, "main.flow") if case.is_dir() else (case.parent, case.name)
    work = flowtest.scratch() / folder.name
    shutil.copytree(folder, work, ignore=shutil.ignore_patterns("*.out", "*.dis", "*.run"))
    source = work / source
    image = flowtest.Flow(source).image
    proposed = flowtest.flowrun("test", "--generate", image)
    equal((proposed.code, proposed.stderr), (0, ""), "exit status and stderr of --generate")
    came = proposed.stdout
    if 'test "' in came:
        with source.open("a") as file:
            file.write(came)
        done = flowtest.flowrun("test", flowtest.Flow(source).image)
        came += f"\n{done.stdout}{done.stderr}exit {done.code}\n"
    compare(case.with_suffix(".run"), came)


def is_run(case):
    """Whether there is something to run: the source compiles, and is no library."""
    golden = case.with_suffix(".out")
    if not golden.is_file() or not golden.read_text().endswith("exit 0\n"):
        return False
    source = case / "main.flow" if case.is_dir() else case
    return re.search(r"^flow ", source.read_text(), re.M) is not None


def a_golden_file_without_a_source():
    known = {path.stem for path in HERE.iterdir() if path.is_dir() or path.suffix == ".flow"}
    true(known, "there is no case at all")
    equal(sorted(path.name for suffix in (".out", ".run")
                for path in HERE.glob("*" + suffix) if path.stem not in known), [],
          "golden files whose source is gone")


for case in sorted(HERE.iterdir()):
    if case.suffix == ".flow" or (case / "main.flow").is_file():
        add(case.stem.replace("_", " "), check, case)
        if is_run(case):
            add(f"{case.stem.replace('_', ' ')}: what its ways come to", run, case)
    elif case.suffix == ".dis":
        add(f"the bytecode of {case.stem}", disassemble, case)
add("every golden file has its source", a_golden_file_without_a_source)

main()
