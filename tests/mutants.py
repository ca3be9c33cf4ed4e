"""One-line bugs that the tests must notice: the table that tests/mutate.py goes through.

A bug that slipped through, and every new subtle line, becomes a row: what the bug does, its file, the
text that is there exactly once, what replaces it, and the suites that must fail then.
"""

from typing import NamedTuple


class Mutant(NamedTuple):
    claim: str
    file: str
    old: str
    new: str
    suites: tuple


MUTANTS = [
    Mutant("a slot that is set on one way only counts as set",
           "runtime/program/slot_map.c",
           "    return both_set ? SLOT_SECRET : SLOT_UNSET;",
           "    return both_set ? SLOT_SECRET : SLOT_SET;",
           ("tests/unit/slot_map_test", "tests/unit/verify_test")),
    Mutant("a variable that is set in one arm counts as set in the next",
           "compiler/check_set.c",
           "        end_assignments(s, scan, scan->open);\n",
           "",
           ("tests/compile/golden_test.py",)),
    Mutant("variables beyond the first 64 are not followed",
           "compiler/check_set.c",
           "s->first < s->flow->variable_count; s->first += BATCH",
           "s->first < BATCH && s->first < s->flow->variable_count; s->first += BATCH",
           ("tests/compile/golden_test.py",)),
]
