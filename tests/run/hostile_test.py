#!/usr/bin/env python3
"""10,000 runs at once against a server that resets, stalls, truncates and lies in one of ten answers:
as many results as inputs, each what the server meant, and nothing left behind."""

import collections
import json
import pathlib
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

import hostile
from flowtest import Flow, Running
from places import FLOWRUN
from tap import add, equal, lacks, main, true

RUNS = 10_000
CONNECTIONS = 1_200  # more than a multi handle of libcurl is given
FLOW = f"""
config base: text
endpoint api {{
    url base
    connections {CONNECTIONS} wait 170s
    timeout 8s
    within 175s
    max-response {hostile.MAX_RESPONSE}
}}
flow f(i: int) {{
    node which {{ if i % 2 == 0 -> get else -> post }}
    node get {{
        GET api "/{{i}}"
        200            -> end (body.id)
        other          -> end ("other {{status}}")
        error          -> end ("error {{error.kind}}")
        timeout        -> end ("timeout")
        max-connection -> end ("max-connection")
    }}
    node post {{
        POST api "/{{i}}" body {{ i: i }}
        200            -> end (body.id)
        other          -> end ("other {{status}}")
        error          -> end ("error {{error.kind}}")
        timeout        -> end ("timeout")
        max-connection -> end ("max-connection")
    }}
}}
"""


class Server:
    """hostile.py as a process of its own."""

    def __init__(self, limit):
        self.process = subprocess.Popen([sys.executable, hostile.__file__, str(limit)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.url = self.process.stdout.readline().split()[-1]

    def finish(self):
        out, _ = self.process.communicate()
        return json.loads(out)


def run_all(server, words):
    flow = Flow(FLOW)
    lines = flow.folder / "lines.jsonl"
    lines.write_text("".join(f'{{"i":{i}}}\n' for i in range(RUNS)))
    command = [FLOWRUN, "batch", flow.image, "--inputs", lines, "--concurrency", RUNS, "--quiet",
               "--set", f"base={server.url}", *words]
    return Running(command, b"", {}, flow.folder).finish()


def check_results(done):
    lacks(done.stderr, "Sanitizer", "stderr")
    runs = [json.loads(line) for line in done.lines]
    lines = collections.Counter(run["line"] for run in runs)
    equal(len(runs), RUNS, "results")
    equal(len(lines), RUNS, "lines that have one")
    wrong = [(run["line"], run["status"], run["value"], hostile.fate(run["line"] - 1)[2])
             for run in runs
             if run["status"] != "ended" or run["value"] != hostile.fate(run["line"] - 1)[2]]
    equal(wrong[:20], [], f"{len(wrong)} runs that say something else (line, status, said, meant)")
    equal((done.code, done.stderr), (0, ""))


def check_server(seen):
    asked = {int(number): times for number, times in seen["asked"].items()}
    equal(len(asked), RUNS, "numbers that were asked for")
    twice = [i for i, times in asked.items() if times > 1 and i % 2 == 1]
    equal(twice, [], "POSTs that were sent twice")
    true(max(asked.values()) <= 2, "a GET was sent more than twice")
    equal(seen["most"], CONNECTIONS, "connections at once")
    equal(seen["left"], 0, "connections that are still open")


def survive(*words):
    server = Server(CONNECTIONS)
    try:
        done = run_all(server, words)
        check_results(done)
        check_server(server.finish())
    finally:
        server.process.kill()
        server.process.communicate()


add("10,000 runs against a hostile server are all accounted for", survive)
add("10,000 runs in two threads against a hostile server are all accounted for", survive,
    "--threads", "2")

main()
