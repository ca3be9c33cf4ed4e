#!/usr/bin/env python3
"""Every way in which a call can fail is one row of failures.def, which is used, and its words and its
kind are decided nowhere else.
"""

import pathlib
import re
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parent / "lib")]

from places import SOURCE
from tap import case, equal, main, true

TABLE = SOURCE / "runtime/program/failures.def"
OTHERS = {path: path.read_text() for pattern in ("*.c", "*.h", "*.def", "*.l", "*.y")
          for folder in ("runtime", "compiler", "grammar")
          for path in (SOURCE / folder).rglob(pattern) if path != TABLE}
STRING = r'"((?:[^"\\]|\\.)*)"'


def joined(text):
    """The text with adjacent literals as one."""
    return re.sub(r'(?<!\\)"\s*"', "", text)


def rows():
    found = re.findall(rf"FAILURE\((\w+), (\w+), (\w+),\s*{STRING}\)", joined(TABLE.read_text()))
    equal(len(found), len(re.findall(r"^FAILURE\(", TABLE.read_text(), re.M)), "rows that can be read")
    true(len(found) > 50, "the table has rows")
    return found


def pieces(wording):
    """What stands between the placeholders, where it is long enough to be a wording."""
    return [piece for piece in re.split(r"%[a-z]", wording) if len(re.findall(r"\w{2,}", piece)) >= 4]


@case("every row is used")
def _():
    text = "\n".join(OTHERS.values())
    equal([symbol for symbol, *_ in rows() if not re.search(rf"FAILURE_{symbol}\b|CURL_RESULT\(\w+, {symbol}\)", text)],
          [], "rows that nothing uses")


@case("two rows do not say the same")
def _():
    words = [wording for *_, wording in rows()]
    equal(sorted({w for w in words if words.count(w) > 1}), [], "wordings given twice")


@case("no wording is spelled outside of the table")
def _():
    literals = [(path, literal) for path, text in OTHERS.items() if path.suffix == ".c"
                for literal in re.findall(STRING, joined(text))]
    equal([f"{path.relative_to(SOURCE)}: {piece.strip()}" for *_, wording in rows() for piece in pieces(wording)
           for path, literal in literals if piece.strip() in literal], [], "wordings in other files")


@case("no error kind is decided outside of the table")
def _():
    kinds = re.findall(r"ERROR_KIND\((\w+),", (SOURCE / "runtime/program/outcomes.def").read_text())
    true(len(kinds) > 5, "kinds")
    pattern = re.compile(rf"\bERROR_(?:{'|'.join(kinds)})\b")
    equal([f"{path.relative_to(SOURCE)}: {found}" for path, text in OTHERS.items() for found in pattern.findall(text)],
          [], "kinds that code names")


@case("a wording has only the placeholders that there are")
def _():
    equal([symbol for symbol, *_, wording in rows() if re.search(r"%[^hstnm]|%$", wording)], [], "rows")


main()
