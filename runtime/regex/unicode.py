#!/usr/bin/env python3
"""The tables of runtime/regex/unicode.c, made from the Unicode Character Database (Debian: unicode-data).

    runtime/regex/unicode.py [FOLDER]            rewrites unicode_*.def from /usr/share/unicode, or FOLDER
    runtime/regex/unicode.py --check [FOLDER]    changes nothing; exit status 1 where a table differs,
                                                77 where FOLDER holds no database, or another version
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
VERSION = "15.0.0"
LAST = 0x10FFFF
UNASSIGNED = "Cn"


def lines(path):
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = [field.strip() for field in line.partition("#")[0].split(";")]
        if len(fields) > 1:
            yield fields


def read_categories(folder):
    """The general category of each code point; those of a block are given by its First and Last."""
    found = [UNASSIGNED] * (LAST + 1)
    first = None
    for code, name, category, *_ in lines(folder / "UnicodeData.txt"):
        code = int(code, 16)
        if name.endswith("First>"):
            first = code
            continue
        start = code if first is None else first
        found[start:code + 1] = [category] * (code + 1 - start)
        first = None
    return found


def read_scripts(folder):
    found = ["Unknown"] * (LAST + 1)
    for codes, script, *_ in lines(folder / "Scripts.txt"):
        first, _, last = codes.partition("..")
        first, last = int(first, 16), int(last or first, 16)
        found[first:last + 1] = [script] * (last + 1 - first)
    return found


def read_folds(folder):
    """For each character that is another but for its case: the next greater one, from the greatest the least."""
    classes = {}
    for code, status, folded, *_ in lines(folder / "CaseFolding.txt"):
        if status in ("C", "S"):
            classes.setdefault(int(folded, 16), {int(folded, 16)}).add(int(code, 16))
    following = {}
    for members in map(sorted, classes.values()):
        following |= dict(zip(members, members[1:] + members[:1]))
    return following


def runs(values, names):
    """Where each run of equal values begins, and the number of its name."""
    previous = None
    for code, value in enumerate(values):
        if value != previous:
            yield code << 8 | names.index(value)
            previous = value


def fold_rows(following):
    """(first, last, distance): neighbours with the same distance, or pairs in turn, which have 0."""
    codes = sorted(following)
    at = 0
    while at < len(codes):
        first = last = codes[at]
        distance = following[first] - first
        in_pairs = distance == 1
        while at + 1 < len(codes) and codes[at + 1] == last + 1:
            wanted = distance
            if in_pairs:
                wanted = 1 if (last + 1 - first) % 2 == 0 else -1
            if following[last + 1] - (last + 1) != wanted:
                break
            at, last = at + 1, last + 1
        at += 1
        yield first, last, 0 if in_pairs and last > first else distance


def numbers(values):
    row = ""
    for value in values:
        word = f"0x{value:X},"
        if len(row) + len(word) > 98:
            yield row
            row = ""
        row += (" " if row else "") + word
    yield row


def tables(folder):
    categories, scripts = read_categories(folder), read_scripts(folder)
    category_names, script_names = sorted(set(categories)), sorted(set(scripts))
    head = f"/* Made by unicode.py from Unicode {VERSION}: do not edit. */"
    folds = [f"FOLD(0x{first:X}, 0x{last:X}, {distance})" for first, last, distance in fold_rows(read_folds(folder))]
    return {
        "unicode_names.def": [head, *(f"CATEGORY({name})" for name in category_names),
                              *(f"SCRIPT({name})" for name in script_names)],
        "unicode_categories.def": [head, *numbers(runs(categories, category_names))],
        "unicode_scripts.def": [head, *numbers(runs(scripts, script_names))],
        "unicode_folds.def": [head, *folds],
    }


def has_version(folder):
    path = folder / "CaseFolding.txt"
    return path.is_file() and re.match(rf"# CaseFolding-{re.escape(VERSION)}\.txt", path.read_text(encoding="utf-8"))


def main(words):
    check = words[:1] == ["--check"]
    folder = pathlib.Path((words[1:] if check else words)[:1][0] if len(words) > check else "/usr/share/unicode")
    if not has_version(folder):
        print(f"unicode.py: {folder} does not hold Unicode {VERSION}", file=sys.stderr)
        return 77
    wrong = 0
    for name, rows in tables(folder).items():
        text = "\n".join(rows) + "\n"
        if not check:
            (HERE / name).write_text(text, encoding="utf-8")
        elif (HERE / name).read_text(encoding="utf-8") != text:
            print(f"unicode.py: {name} differs", file=sys.stderr)
            wrong = 1
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
