"""TAP for the test scripts: a list of named cases, run in order, each one claim.

Knows how a case is reported and how two values are compared; knows nothing of Flow. A script is

    from tap import case, equal, main

    @case("two and two are four")
    def _():
        equal(2 + 2, 4)

    main()

Arguments of the script choose cases: only those with one of the words in their name run. A script
that ran nothing fails.
"""

import sys
import time
import traceback

_cases = []


class Failed(Exception):
    """A claim that did not hold; its text is printed under the case."""


class Skipped(Exception):
    """A case that cannot be tried here; its text says why."""


def case(name):
    """Decorator: registers the function as the case `name`."""
    def register(function):
        _cases.append((name, function))
        return function
    return register


def add(name, function, *args):
    """Registers `function(*args)` as the case `name`; for cases that are made in a loop."""
    _cases.append((name, lambda: function(*args)))


def equal(got, want, what="value"):
    if got != want:
        raise Failed(f"{what}: got\n{_shown(got)}\nwanted\n{_shown(want)}")


def contains(text, part, what="text"):
    if part not in text:
        raise Failed(f"{what}: no {part!r} in\n{_shown(text)}")


def lacks(text, part, what="text"):
    if part in text:
        raise Failed(f"{what}: {part!r} stands in\n{_shown(text)}")


def true(condition, why):
    if not condition:
        raise Failed(why)


def skip(why):
    raise Skipped(why)


def _shown(value):
    return value if isinstance(value, str) else repr(value)


def _comment(text):
    for line in str(text).splitlines():
        print("# " + line)


def _run(number, name, function):
    started = time.monotonic()
    try:
        function()
    except Skipped as why:
        print(f"ok {number} - {name} # SKIP {why}")
        return True
    except Failed as why:
        print(f"not ok {number} - {name}")
        _comment(why)
        return False
    except Exception:  # a broken test is a failed test, and the next one still runs
        print(f"not ok {number} - {name}")
        _comment(traceback.format_exc())
        return False
    took = time.monotonic() - started
    print(f"ok {number} - {name}" + (f" ({took:.1f} s)" if took > 1 else ""))
    return True


def main():
    """Runs the cases, prints TAP, leaves the program: 0 when all held, 1 otherwise."""
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    chosen = [c for c in _cases if len(sys.argv) < 2 or any(word in c[0] for word in sys.argv[1:])]
    if not chosen:
        print("Bail out! no case was run")
        sys.exit(1)
    print(f"1..{len(chosen)}")
    results = [_run(number, *c) for number, c in enumerate(chosen, 1)]
    sys.exit(0 if all(results) else 1)
