#!/usr/bin/env python3
"""A batch that was ended in the middle: what it leaves, and how another one takes it up."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import threading

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow, environment, flowrun, scratch
from places import FLOWRUN
from scripted import Server, hold, json_reply, stall
from tap import add, case, contains, equal, lacks, main, true
from terminal import fork_terminal

FETCH = Flow("""
    config base: text
    endpoint e { url base connections 64 wait 30s timeout 60s }
    flow f(n: int) {
        node get { GET e "/{n}" 200 -> end (body) other, error, timeout, max-connection -> fail }
    }
""")

SIGN = Flow("""
    flow sign(n: int) {
        node work { if n < 0 -> refuse else -> done }
        node refuse { -> fail ("negative") }
        node done { -> end (100 / n) }
    }
""")


def result(line, status, text="old"):
    return json.dumps({"line": line, "status": status, "value": text}, separators=(",", ":")) + "\n"


def signs(*numbers):
    """A file of inputs with these numbers: below 0 fails, 0 is faulted, text is invalid."""
    path = scratch() / "in"
    path.write_text("".join(json.dumps({"n": n}) + "\n" for n in numbers))
    return path


def again(inputs, *words):
    """A batch of SIGN with these inputs: how it ended."""
    return flowrun("batch", SIGN.image, "--inputs", inputs, "--quiet", *words)


def statuses(lines):
    """What results say: line and status, sorted."""
    return sorted((found["line"], found["status"]) for found in map(json.loads, lines))


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
        stderr_to(started.process, "stopping after line")
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
        pid, terminal = fork_terminal()
        if pid == 0:
            os.execve(FLOWRUN, [str(word) for word in words], environment({"TERM": "xterm"}))
        server.wait_requests(2)
        os.close(terminal)
        server.release("all")
        _, status = os.waitpid(pid, 0)
    equal(os.waitstatus_to_exitcode(status), 130)
    equal(len(results_of(folder / "out")), json.loads((folder / "report").read_text())["runs"]["ended"])


ALL = signs(1, -1, 0, 5, "x")  # ended, failed, faulted, ended, invalid
OLD = [result(1, "ended"), result(2, "failed"), result(3, "faulted"), result(4, "cancelled"), result(5, "invalid")]


def earlier(text="".join(OLD)):
    path = scratch() / "out"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@case("--resume runs cancelled lines again, and their new results replace the old ones")
def _():
    path = earlier()
    run = again(ALL, "--resume", path, "--output", path)
    equal((run.code, run.stderr), (0, ""))
    lines = path.read_text().splitlines(keepends=True)
    equal(lines[:4], OLD[:3] + OLD[4:])
    equal([(found["line"], found["status"], found["value"]) for found in map(json.loads, lines[4:])], [(4, "ended", 20)])


@case("--resume of cancelled lines into another file leaves the old one as it was")
def _():
    path = earlier()
    run = again(ALL, "--resume", path)
    equal((run.code, statuses(run.lines), path.read_text()), (0, [(4, "ended")], "".join(OLD)))


@case("a line that is cancelled again is still to be done")
def _():
    path = earlier(result(1, "cancelled"))
    with Server([stall()], repeat=True) as server:
        started = FETCH.start("batch", "--inputs", lines_file(1), "--resume", path, "--output", path, "--grace", "0",
                              base=server.url)
        server.wait_requests(1)
        started.interrupt()
        equal(started.finish().code, 130)
    equal(statuses(path.read_text().splitlines()), [(1, "cancelled")])
    with Server(json_reply(200, 1), repeat=True) as server:
        run = FETCH.run("batch", "--inputs", lines_file(1), "--resume", path, "--output", path, base=server.url)
    equal((run.code, statuses(path.read_text().splitlines())), (0, [(1, "ended")]))


DAMAGED = {
    "is cut": '{"line":2,"status":"ended","value":\n',
    "is cut inside and ends like one": '{"line":2,"status":"ended","value":{"a":1}\n',
    "holds NUL bytes": '{"line":2,"status":"ended","value":"\0\0\0\0"}\n',
    "is NUL bytes": "\0" * 500 + "\n",
    "is garbage": "\x7fELF \u00ff}\n",
    "is two that were mixed": '{"line":2,"status":{"line":3,"status":"ended"}\n',
    "has another member for its status": '{"line":2,"statys":"ended"}\n',
    "is not UTF-8": b'{"line":2,"status":"ended","value":"\xff"}\n',
}


def damaged(text):
    """Nothing is run, and the file is as it was."""
    text = text if isinstance(text, bytes) else text.encode()
    path = earlier(OLD[0].encode() + text + OLD[3].encode())
    before = path.read_bytes()
    for words in (["--resume", path], ["--resume", path, "--output", path], ["--retry", "failed", path, "--output", path]):
        run = again(ALL, *words)
        equal((run.code, run.stdout, path.read_bytes()), (2, "", before), repr(run))
        contains(run.stderr, f"{path}: line 2 is not a result of a batch (")


for name, text in DAMAGED.items():
    add(f"a line in the middle of the results that {name} is never taken for done: status 2", damaged, text)


@case("several damaged lines are counted, and the first is named")
def _():
    run = again(ALL, "--resume", earlier(OLD[0] + "x\n" + OLD[1] + "y\n\0\n"))
    contains(run.stderr, "3 lines are not results of a batch, the first is line 2 (")


@case("wherever the last result was cut, its line is run again, and no other; only when it is complete, it is not")
def _():
    last = result(4, "ended")
    whole = "".join(OLD[:3]) + OLD[4]
    for length in range(len(last) + 1):
        path = earlier(whole + last[:length])
        run = again(ALL, "--resume", path, "--output", path)
        is_complete = length >= len(last) - 1
        equal((run.code, statuses(path.read_text().splitlines())),
              (0, [(1, "ended"), (2, "failed"), (3, "faulted"), (4, "ended"), (5, "invalid")]), f"{length}: {run!r}")
        equal(last in path.read_text(), is_complete, f"the old result, cut at {length}")


@case("NUL bytes at the end, as a power failure leaves them, are taken away, and the line is run again")
def _():
    path = earlier("".join(OLD[:3]) + OLD[4] + "\0" * 4000)
    run = again(ALL, "--resume", path, "--output", path)
    equal((run.code, path.read_bytes().count(b"\0")), (0, 0), repr(run))
    equal(statuses(path.read_text().splitlines())[3], (4, "ended"))


def retried(words, wanted):
    path = earlier()
    run = again(ALL, "--retry", words, path)
    equal((statuses(run.lines), path.read_text(), run.stderr), (wanted, "".join(OLD), ""))


for words, wanted in {"failed": [(2, "failed")], "faulted": [(3, "faulted")], "cancelled": [(4, "ended")],
                      "invalid": [(5, "invalid")], "failed,faulted,cancelled": [(2, "failed"), (3, "faulted"), (4, "ended")],
                      "cancelled,cancelled": [(4, "ended")]}.items():
    add(f"--retry {words} runs just those lines again", retried, words, wanted)


@case("--retry into the same file: one result for each line, the new ones last, the others as they were")
def _():
    path = earlier()
    os.chmod(path, 0o640)
    (path.parent / "link").symlink_to("out")
    fixed = signs(1, 10, 20, 5, "x")
    run = again(fixed, "--retry", "failed,faulted", path, "--output", path.parent / "link")
    lines = path.read_text().splitlines(keepends=True)
    equal((run.code, lines[:3]), (0, [OLD[0], OLD[3], OLD[4]]), repr(run))
    equal(statuses(lines[3:]), [(2, "ended"), (3, "ended")])
    equal((oct(path.stat().st_mode & 0o777), sorted(p.name for p in path.parent.iterdir())), ("0o640", ["link", "out"]))


@case("--retry into another file begins that empty, and takes no result of the old one")
def _():
    path, other = earlier(), scratch() / "new"
    other.write_text(OLD[0])
    equal(again(ALL, "--retry", "cancelled", path, "--output", other).code, 0)
    equal((statuses(other.read_text().splitlines()), path.read_text()), ([(4, "ended")], "".join(OLD)))


@case("--retry and --resume of another file: what was retried there already is passed over")
def _():
    path, new = earlier(), scratch() / "new"
    new.write_text(result(2, "failed", "new") + result(3, "cancelled", "new"))
    run = again(ALL, "--retry", "failed,faulted,cancelled", path, "--resume", new, "--output", new)
    equal((run.code, statuses(new.read_text().splitlines())), (1, [(2, "failed"), (3, "faulted"), (4, "ended")]))
    equal(path.read_text(), "".join(OLD))


@case("--retry and --resume of one file contradict each other")
def _():
    path = earlier()
    run = again(ALL, "--retry", "failed", path, "--resume", path, "--output", path)
    equal((run.code, path.read_text()), (2, "".join(OLD)))
    contains(run.stderr, "give one of the two")


@case("of several results of a line the last one counts, and the older ones go")
def _():
    path = earlier(result(2, "cancelled") + result(1, "ended") + result(2, "failed") + result(3, "failed") +
                   result(2, "ended", "last") + result(3, "cancelled"))
    run = again(signs(1, 2, 4), "--resume", path, "--output", path)
    lines = path.read_text().splitlines(keepends=True)
    equal((run.code, lines[:2]), (0, [result(1, "ended"), result(2, "ended", "last")]))
    equal(statuses(lines[2:]), [(3, "ended")])


@case("kill -9 in the middle of --retry loses no result, and the same command goes on")
def _():
    path, inputs = scratch() / "out", lines_file(30)
    path.write_text("".join(result(n + 1, "failed") for n in range(30)))
    words = ["batch", "--inputs", inputs, "--retry", "failed", path, "--output", path, "--concurrency", "2", "--quiet"]
    with KillingServer(20) as server:
        started = FETCH.start(*words, base=server.url)
        server.set_client(started.process)
        equal(started.finish().code, -signal.SIGKILL)
    held = [json.loads(line) for line in path.read_text().splitlines()]
    equal({found["line"] for found in held}, set(range(1, 31)))
    done = {found["line"] for found in held if found["status"] == "ended"}
    true(len(done) >= 18, f"{len(done)} have new results")
    with Server(json_reply(200, 1), repeat=True) as server:
        run = FETCH.run(*words, base=server.url)
        asked = {int(request.target[1:]) for request in server.requests}
    equal((run.code, asked), (0, set(range(1, 31)) - done), repr(run))
    equal({found["status"] for found in results_of(path).values()}, {"ended"})
    equal(sorted(results_of(path)), list(range(1, 31)))


@case("results that were moved away meanwhile are complete, and that older ones stay is said")
def _():
    path = earlier(result(1, "cancelled"))
    with Server(choose=held) as server:
        started = FETCH.start("batch", "--inputs", lines_file(1), "--resume", path, "--output", path, "--quiet",
                              base=server.url)
        server.wait_requests(1)
        path.rename(path.parent / "moved")
        server.release("all")
        run = started.finish()
    equal((run.code, statuses((path.parent / "moved").read_text().splitlines())), (2, [(1, "cancelled"), (1, "ended")]))
    contains(run.stderr, "cannot remove older results")


def through_shell(how, text, *words):
    """A batch whose stdout the shell opens as said."""
    path = earlier(text)
    command = f'exec "$@" {how} {path}'
    done = subprocess.run(["sh", "-c", command, "sh", FLOWRUN, "batch", SIGN.image, "--inputs", ALL, "--quiet", *words, path],
                          stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=60, env=environment({}))
    return path, done


@case("results that the shell adds to the file that was read begin on a line of their own")
def _():
    path, done = through_shell(">>", "".join(OLD[:3]) + OLD[4] + '{"line":4,"sta', "--resume")
    equal((done.returncode, statuses(path.read_text().splitlines())[3]), (0, (4, "ended")), done.stderr)


@case("results that would be written over the file that was read are refused")
def _():
    for words in (["--resume"], ["--retry", "failed"]):
        path, done = through_shell("1<>", "".join(OLD), *words)
        equal((done.returncode, path.read_text()), (2, "".join(OLD)))
        contains(done.stderr, "the standard output would overwrite")


@case("results of lines that the inputs do not have are reported")
def _():
    for words in (["--resume"], ["--retry", "failed"]):
        run = again(signs(1, 2), *words, earlier())
        contains(run.stderr, "has a result of line 5, but the inputs end with line 2")
    lacks(again(ALL, "--resume", earlier()).stderr, "the inputs end")


for words in (["--retry", "failed"], ["--retry", "ended", "out"], ["--retry", "failed,", "out"], ["--retry", "", "out"],
              ["--retry", "failed", "--quiet"], ["--retry", "failed", "/nowhere/out"], ["--retry"]):
    @case(f"misuse is 2: {' '.join(words)}")
    def _(words=words):
        done = flowrun("batch", SIGN.image, "--inputs", ALL, *words)
        equal((done.code, done.stdout), (2, ""), repr(done))
        contains(done.stderr, "--retry" if "/nowhere/out" not in words else "/nowhere/out")


@case("--retry takes its two words wherever it stands")
def _():
    path = earlier()
    for words in (["--retry", "cancelled", path, "batch", SIGN.image], ["batch", "--retry=cancelled", path, SIGN.image],
                  ["batch", SIGN.image, "--retry", "cancelled", path, "sign"]):
        run = flowrun(*words, "--inputs", ALL, "--quiet")
        equal((run.code, statuses(run.lines)), (0, [(4, "ended")]), repr(run))

main()
