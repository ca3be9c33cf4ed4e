#!/usr/bin/env python3
"""The tables of docs/*.md, made from the program's own .def files.

    docs/tables.py            rewrites what stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->`
    docs/tables.py --check    changes nothing; exit status 1 where a table is not up to date
"""

import itertools
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


def arguments(stream):
    """Up to the closing parenthesis; texts side by side are joined, parentheses within stay as they are."""
    row, depth = [""], 0
    for token in stream:
        if token == ("sign", ")") and depth == 0:
            break
        depth += (token == ("sign", "(")) - (token == ("sign", ")"))
        if token == ("sign", ",") and depth == 0:
            row.append("")
        else:
            row[-1] += token[1]
    return row


def calls(path, *macros):
    """(macro, its arguments) of each use of one of these macros in a .def file, in order."""
    stream = tokens((ROOT / path).read_text(encoding="utf-8"))
    found = [(spelling, arguments(stream)) for kind, spelling in stream
             if kind == "word" and spelling in macros and next(stream) == ("sign", "(")]
    for macro in macros:
        if macro not in [name for name, _ in found]:
            sys.exit(f"tables.py: no {macro} in {path}")
    return found


def rows(path, macro):
    """The arguments of each `macro(…)` of a .def file."""
    return [row for _, row in calls(path, macro)]


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
                  for code, _, title, text in rows("compiler/syntax/diagnostics.def", "DIAG")])


def kinds():
    return table(["`error.kind`", "what happened"],
                 [[f"`{spelling}`", cell(meaning)]
                  for _, spelling, meaning in rows("runtime/program/outcomes.def", "ERROR_KIND")])


OPERANDS = {"NONE": "", "A": "a", "AB": "a b", "ABC": "a b c", "AX": "a x", "AI": "a i",
            "ABI": "a b i", "X": "x", "J": "jump", "W": "w", "AW": "a w", "ABW": "a b w",
            "ABCW": "a b c w", "AJ": "a jump", "ABCJ": "a b c jump", "ABWJ": "a b w jump",
            "ABCP": "a b c steps"}
SECRETS = {".": "refused", ">": "carried on", "o": "allowed", "!": "made", "0": ""}


def intern_of(shape):
    if shape == "ABCP":
        return "1 + c"
    return 1 + ("W" in shape) + (shape.endswith("J") and shape != "J")


def opcodes():
    return table(["instruction", "operands", "words", "secrets", "meaning"],
                 [[f"`{mnemonic}`", OPERANDS[shape], str(intern_of(shape)), SECRETS[secret],
                   cell(meaning)]
                  for _, mnemonic, shape, _, _, secret, meaning in rows(
                      "runtime/program/opcodes.def", "OPCODE")])


IMAGE = (ROOT / "runtime/program/image.h").read_text(encoding="utf-8")


def number(expression):
    """One of C's: numbers and names of image.h, added and taken off, in thousands."""
    names = {"UINT32_MAX": 2**32 - 1}
    names.update((name, int(value)) for name, value in re.findall(r"#define (\w+) (\d+)u?\b", IMAGE))
    value = 0
    for sign, name in re.findall(r"([+-]?)(\w+)", expression):
        term = names[name] if name in names else int(name.rstrip("u"))
        value += -term if sign == "-" else term
    return f"{value:,}"


def span(least, most):
    return f"{number(least)} to {number(most)}"


def enumerators(name):
    if name == "http_method":
        return [row[1] for row in rows("runtime/program/outcomes.def", "METHOD")]
    words = re.findall(r"[A-Z_]+", re.search(rf"enum {name} \{{(.*?)\}}", IMAGE, re.S)[1])[:-1]
    common = "".join(letters[0] for letters in itertools.takewhile(lambda l: len(set(l)) == 1, zip(*words)))
    return [word[common.rindex("_") + 1:].lower().replace("_", " ") for word in words]


def bound(text):
    """What a field of image_tables.def may be, in words."""
    kind, inner = re.fullmatch(r"(\w+)(?:\((.*)\))?", text).groups()
    parts = inner.split(",") if inner else []
    if kind == "COUNT":
        any_number = parts[1:] in (["0", "UINT32_MAX"], ["1", "UINT32_MAX"])
        return f"number of its {parts[0].lower()}" + ("" if any_number else f", {span(*parts[1:])}")
    said = {"NUMBER": lambda: span(*parts), "ENUM": lambda: ", ".join(enumerators(parts[0])),
            "FLAG": lambda: "0 or 1", "TEXT": lambda: "text", "ROW": lambda: f"row of {parts[0].lower()}",
            "FIRST": lambda: f"first of its {parts[0].lower()}", "LABEL": lambda: "label",
            "SEPARATOR": lambda: "`&` or `;`", "ANY": lambda: "any number"}
    return said[kind.removeprefix("MAYBE_")]() + (", or none" if kind.startswith("MAYBE_") else "")


WIDTHS = {"bool": 1, "uint8_t": 1, "uint16_t": 2, "uint32_t": 4, "uint64_t": 8}


def image_tables():
    lines = []
    for macro, row in calls("runtime/program/image_tables.def", "TABLE", "FIELD", "COLUMN"):
        if macro == "TABLE":
            lines.append([f"**{row[1]}**", "", "", "", cell(row[3])])
        elif macro == "COLUMN":
            lines.append([f"**{row[1]}**", "", str(WIDTHS[row[3]]), bound(row[4]), cell(row[5])])
        else:
            lines.append(["", f"`{row[2]}`", str(WIDTHS[row[1]]), bound(row[3]), cell(row[4])])
    return table(["table", "field", "bytes", "what it is", "meaning"], lines)


MAKERS = {"builtins": builtins, "diagnostics": diagnostics, "kinds": kinds, "opcodes": opcodes,
          "image_tables": image_tables}


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
