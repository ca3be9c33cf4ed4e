"""A flow of one call that says which arm was taken and what the arm knew, in one line of stdout.

    claim("a reset before the reply is error network", "error network", [reset()])

The parts of the flow: call (the method and the path), arms (before the usual ones), settings (of the
endpoint), options (of the call). The message of an error or a timeout is on stderr.
"""

import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "server")]

from flowtest import Flow
from scripted import Server
from tap import case, contains, equal

CALL = """
config base: text
endpoint api {{ url base {settings} }}
flow f(a: any = null, b: any = null) {{
    node n {{
        {call}
        {options}
        {arms}
        200            {{ say "200 {{json(body)}}" }} -> end
        other          {{ say "other {{status}} {{json(body)}}" }} -> end
        error          {{ say "error {{error.kind}}"  log error.message }} -> end
        timeout        {{ say "timeout"  log error.message }} -> end
        max-connection {{ say "max-connection" }} -> end
    }}
}}
"""


def flow(call='GET api "/x"', arms="", settings="", options=""):
    return Flow(CALL.format(call=call, arms=arms, settings=settings, options=options))


def outcome(*turns, url=None, inputs=None, server=None, **parts):
    """What the flow says about a call that gets these turns, and the run. `server` holds further
    arguments of the Server; `url` is called instead of it."""
    with Server(*turns, **(server or {})) as listening:
        run = flow(**parts).run(base=url or listening.url, inputs=inputs)
    equal(run.code, 0, f"exit status of {run!r}")
    return run.stdout.strip(), run


def claim(name, want, *turns, logs="", **parts):
    """A case: a call that gets these turns comes to `want`, and stderr has `logs` in it."""
    @case(name)
    def _():
        got, run = outcome(*turns, **parts)
        equal(got, want)
        contains(run.stderr, logs, "the log")
