#!/usr/bin/env python3
"""A batch that was ended in the middle: what it leaves, and how another one takes it up."""

import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
import threading

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow, environment, flowrun, scratch
from places import FLOWRUN
from scripted import Server, hold, json_reply, stall
from tap import add, case, contains, equal, main, skip, true

FETCH = Flow("""
    config base: text
    endpoint e { url base connections 64 wait 30s timeout 60s }
    flow f(n: int) {
        node get { GET e "/{n}" 200 -> end (body) other, error, timeout, max-connection -> fail }
    }
""")


def lines_file(count):
    path = scratch() / "in"
    path.write_text("".join(f'{{"n": {n + 1}}}\n' for n in range(count)))
    return path


def results_of(path):
    """The results that a file holds, by line; a last line without its end is left out."""
    lines = [json.loads(line) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]
    equal(len({result["line"] for result in lines}), len(lines), "results of different lines")
    return {result["line"]: result for result in lines}


class KillingServer(Server):
    """Kills the client when a number of requests have come, while it waits for the answer to the last one."""

    def __init__(self, after):
        super().__init__(choose=self.answer)
        self.after, self.client = after, None
        self._is_known = threading.Event()

    def set_client(self, process):
        self.client = process
        self._is_known.set()

    def answer(self, _request):
        if len(self.requests) < self.after:
            return json_reply(200, 1)
        if len(self.requests) == self.after:
            self._is_known.wait()
            os.kill(self.client.pid, signal.SIGKILL)
        return stall()


def killed(after, concurrency, threads):
    """kill -9 at request number `after`: all runs but those in flight have their result, and only those run again."""
    count = after + 20
    inputs, out = lines_file(count), scratch() / "out"
    words = ["batch", "--inputs", inputs, "--output", out, "--concurrency", concurrency, "--threads", threads, "--quiet"]
    with KillingServer(after) as server:
        started = FETCH.start(*words, base=server.url)
        server.set_client(started.process)
        equal(started.finish().code, -signal.SIGKILL)
        asked = len(server.requests)
    held = results_of(out)
    true(asked - len(held) <= concurrency, f"{asked} runs began, {len(held)} have a result, {concurrency} were in flight")
    with Server(json_reply(200, 1), repeat=True) as server:
        run = FETCH.run(*words, "--resume", out, base=server.url)
        asked_again = {int(request.target[1:]) for request in server.requests}
    equal(run.code, 0, repr(run))
    equal(asked_again, set(range(1, count + 1)) - set(held), "what was asked again")
    equal(sorted(results_of(out)), list(range(1, count + 1)))


for after, concurrency, threads in ((1, 1, 1), (2, 1, 1), (150, 1, 1), (200, 4, 1), (301, 7, 2), (97, 64, 1)):
    add(f"kill -9 at request {after}, {concurrency} at once in {threads} threads, repeats only what was in flight",
        killed, after, concurrency, threads)


def held(_request):
    return [hold("all"), json_reply(200, 1)]


def stderr_to(process, word):
    """Reads stderr up to the line with the word."""
    for line in process.stderr:
        if word in line.decode():
            return
    raise AssertionError(f"nothing with {word!r} was said")


@case("SIGHUP ends a batch as SIGTERM does, and a second one hurries nobody: results and report are complete")
def _():
    folder = scratch()
    with Server(choose=held) as server:
        started = FETCH.start("batch", "--inputs", lines_file(50), "--output", folder / "out", "--report",
                              folder / "report", "--concurrency", "3", base=server.url)
        server.wait_requests(3)
        started.process.send_signal(signal.SIGHUP)
        stderr_to(started.process, "no more lines")
        started.process.send_signal(signal.SIGHUP)
        server.release("all")
        run = started.finish()
    equal(run.code, 130, repr(run))
    equal({line: result["status"] for line, result in results_of(folder / "out").items()}, dict.fromkeys((1, 2, 3), "ended"))
    report = json.loads((folder / "report").read_text())
    equal((report["stopped"], report["runs"]["ended"]), (True, 3))


@case("a batch that ignores SIGHUP, as nohup starts it, goes on to its end")
def _():
    with Server(choose=held) as server:
        process = subprocess.Popen(
            ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", FLOWRUN, "batch", FETCH.image, "--quiet", "--inputs", lines_file(3),
             "--set", f"base={server.url}"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment({}))
        server.wait_requests(3)
        process.send_signal(signal.SIGHUP)
        server.release("all")
        out, _ = process.communicate(timeout=60)
    equal((process.returncode, len(out.splitlines())), (0, 3))


@case("one run ends by SIGHUP as by SIGTERM: cancelled, with its result")
def _():
    with Server([stall()], repeat=True) as server:
        started = FETCH.start("--json", inputs={"n": 1}, base=server.url)
        server.wait_requests(1)
        started.process.send_signal(signal.SIGHUP)
        run = started.finish()
    equal((run.code, run.json["status"]), (130, "cancelled"), repr(run))


@case("a batch whose terminal is closed writes its results and its report")
def _():
    folder, inputs = scratch(), lines_file(5000)
    with Server(choose=held) as server:
        words = [FLOWRUN, "batch", FETCH.image, "--inputs", inputs, "--output", folder / "out", "--report", folder / "report",
                 "--concurrency", "2", "--set", f"base={server.url}"]
        try:
            pid, terminal = pty.fork()
        except OSError as why:
            skip(f"no terminal is to be had: {why}")
        if pid == 0:
            os.execve(FLOWRUN, [str(word) for word in words], environment({"TERM": "xterm"}))
        server.wait_requests(2)
        os.close(terminal)
        server.release("all")
        _, status = os.waitpid(pid, 0)
    equal(os.waitstatus_to_exitcode(status), 130)
    equal(len(results_of(folder / "out")), json.loads((folder / "report").read_text())["runs"]["ended"])

main()
