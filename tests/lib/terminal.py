"""Terminals for the tests. Where none is to be had, as in a container without devpts, the case is skipped."""

import pty

from tap import skip


def _or_skip(make):
    try:
        return make()
    except OSError as why:
        skip(f"no terminal is to be had: {why}")


def open_terminal():
    """Both sides of a new terminal: ours, and the one for the program under test."""
    return _or_skip(pty.openpty)


def fork_terminal():
    """As pty.fork: 0 in the child, which has the terminal; here its number, and our side of the terminal."""
    return _or_skip(pty.fork)
