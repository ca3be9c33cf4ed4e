#!/usr/bin/env python3
"""The tables of docs/*.md, made from the program's own .def files.

    docs/tables.py            rewrites what stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->`
    docs/tables.py --check    changes nothing; exit status 1 where a table is not up to date
"""

import pathlib
import re
import sys

DOCS = pathlib.Path(__file__).resolve().parent
ROOT = DOCS.parent

TOKEN = re.compile(r"""
    (?P<skip> \s+ | /\*.*?\*/ | //[^\n]* | ^[ ]*\#[^\n]* )
  | (?P<text> "(?:[^"\\]|\\.)*" )
  | (?P<char> '(?:[^'\\]|\\.)' )
  | (?P<word> \w+ )
  | (?P<sign> . )
""", re.X | re.S | re.M)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def tokens(source):
    for found in TOKEN.finditer(source):
        kind = found.lastgroup
        if kind in ("text", "char"):
            inner = re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), found[0][1:-1], flags=re.S)
            yield "text", inner
        elif kind != "skip":
            yield kind, found[0]


def rows(path, macro):
    """The arguments of each `macro(…)` of a .def file, texts side by side joined."""
    stream = tokens((ROOT / path).read_text(encoding="utf-8"))
    found = []
    for kind, spelling in stream:
        if (kind, spelling) != ("word", macro) or next(stream) != ("sign", "("):
            continue
        row = [""]
        for inner_kind, inner in stream:
            if (inner_kind, inner) == ("sign", ")"):
                break
            if (inner_kind, inner) == ("sign", ","):
                row.append("")
            else:
                row[-1] += inner
        found.append(row)
    if not found:
        sys.exit(f"tables.py: no {macro} in {path}")
    return found


def cell(text):
    """On one line; a backslash outside of `…` is a backslash."""
    parts = " ".join(text.split()).replace("|", "\\|").split("`")
    return "`".join(part if i % 2 else part.replace("\\", "\\\\").replace("\\\\|", "\\|")
                    for i, part in enumerate(parts))


def code(text):
    return "`" + " ".join(text.split()).replace("|", "\\|") + "`"


def table(heads, lines):
    out = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    out += ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join(out)


# What the letters of builtins.def stand for.
TAKES = {"t": "text", "i": "int", "n": "number", "b": "bool", "l": "list", "o": "object", "a": "any"}
GIVES = {**TAKES, "N": "int of ints, else number", "T": "[text]", "I": "[int]",
         "*": "an item of it", "1": "what the first is"}


def takes(letters):
    words = " or ".join(TAKES[letter] for letter in letters if letter != "z")
    return words + (", null" if "z" in letters and "a" not in letters else "")


def signature(name, least, most, kinds):
    many = most == "BUILTIN_MANY"
    parts = []
    for i, letters in enumerate(kinds[:1] if many else kinds[:int(most)]):
        parts.append(takes(letters) if i < int(least) else f"[{takes(letters)}]")
    return f"`{name}`", ", ".join(parts + (["…"] if many else [])) or "nothing"


def builtins():
    lines = []
    for _, name, least, most, *kinds, result, doc, example, shows in rows(
            "runtime/program/builtins.def", "BUILTIN"):
        function, arguments = signature(name, least, most, kinds)
        gives = GIVES[result[0]] + (" or null" if result.endswith("?") else "")
        lines.append([function, arguments, gives, cell(doc), code(example), code(shows)])
    return table(["function", "takes", "gives", "which is", "example", "shows"], lines)


def diagnostics():
    return table(["code", "what is wrong", "what it means"],
                 [[f"`{code}`", cell(title), cell(text)]
                  for code, _, title, text in rows("compiler/diagnostics.def", "DIAG")])


def kinds():
    return table(["`error.kind`", "what happened"],
                 [[f"`{spelling}`", cell(meaning)]
                  for _, spelling, meaning in rows("runtime/program/outcomes.def", "ERROR_KIND")])


OPERANDS = {"NONE": "", "A": "a", "AB": "a b", "ABC": "a b c", "AX": "a x", "AI": "a i",
            "ABI": "a b i", "X": "x", "J": "jump", "W": "w", "AW": "a w", "ABW": "a b w",
            "ABCW": "a b c w", "AJ": "a jump", "ABCJ": "a b c jump", "ABWJ": "a b w jump",
            "ABCP": "a b c steps"}
SECRETS = {".": "refused", ">": "carried on", "o": "allowed", "!": "made", "0": ""}


def words_of(shape):
    if shape == "ABCP":
        return "1 + c"
    return 1 + ("W" in shape) + (shape.endswith("J") and shape != "J")


def opcodes():
    return table(["instruction", "operands", "words", "secrets", "meaning"],
                 [[f"`{mnemonic}`", OPERANDS[shape], str(words_of(shape)), SECRETS[secret],
                   cell(meaning)]
                  for _, mnemonic, shape, _, _, secret, meaning in rows(
                      "runtime/program/opcodes.def", "OPCODE")])


MAKERS = {"builtins": builtins, "diagnostics": diagnostics, "kinds": kinds, "opcodes": opcodes}


def renewed(text, used):
    def fill(found):
        used.add(found[1])
        return f"<!-- {found[1]}:begin -->\n{MAKERS[found[1]]()}\n<!-- {found[1]}:end -->"
    return re.sub(r"<!-- (\w+):begin -->\n.*?<!-- \1:end -->", fill, text, flags=re.S)


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    used, stale = set(), []
    for page in sorted(DOCS.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        new = renewed(text, used)
        if new == text:
            continue
        stale.append(page.name)
        if not sys.argv[1:]:
            page.write_text(new, encoding="utf-8")
    missing = sorted(set(MAKERS) - used)
    if missing:
        sys.exit(f"tables.py: no page has a place for {', '.join(missing)}")
    if stale and sys.argv[1:]:
        sys.exit(f"tables.py: not up to date, run docs/tables.py: {', '.join(stale)}")


main()
