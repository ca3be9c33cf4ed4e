#!/usr/bin/env python3
"""The tables of Unicode's classes are what runtime/regex/unicode.py makes of the database."""

import pathlib
import subprocess
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parent / "lib")]

from places import SOURCE
from tap import case, main, skip, true


@case("the tables of classes and cases are those of the Unicode Character Database")
def _():
    done = subprocess.run([sys.executable, SOURCE / "runtime/regex/unicode.py", "--check"],
                          capture_output=True, text=True, check=False)
    if done.returncode == 77:
        skip(done.stderr.strip())
    true(done.returncode == 0, done.stderr)


main()
