#!/usr/bin/env python3
"""Every call of the system fails in turn, by strace's injection: no success that is none, no signal,
no hang, and outputs that are either the old ones or complete; those that grow as it runs (results,
records, archives) hold whole lines or a whole archive.

A sample; FLOW_FULL=1 takes every call (`make fault`). Without strace the cases are skipped. And reads and
writes that do less than they were asked for, all of them: nothing may be missed.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow, environment, scratch
from places import BUILD, FLOWC, FLOWRUN
from scripted import Server, json_reply, reply
from tap import add, equal, main, skip, true

SHIM = pathlib.Path(BUILD) / "tests/fault/libfault.so"
FULL = os.environ.get("FLOW_FULL") == "1"
SAMPLE = 3  # places of each call
LIMIT_SECONDS = 60
# What may come of each call (its manual page), the worst first.
ERRORS = {
    "openat": ("EMFILE", "EIO"), "read": ("EIO", "EINTR"), "write": ("ENOSPC", "EIO", "EINTR"),
    "pwrite64": ("ENOSPC", "EINTR"), "writev": ("EIO",), "close": ("EIO",), "fsync": ("EIO",), "rename": ("EIO",),
    "fchmod": ("EPERM",), "ftruncate": ("EIO",), "fstat": ("EIO",), "newfstatat": ("EIO",), "lseek": ("EINVAL",),
    "socket": ("EMFILE", "EACCES"), "connect": ("ENETUNREACH",), "sendto": ("ECONNRESET",),
    "recvfrom": ("ECONNRESET",), "getsockopt": ("EINVAL",), "setsockopt": ("ENOMEM",), "getsockname": ("ENOBUFS",),
    "epoll_create1": ("EMFILE",), "epoll_ctl": ("ENOSPC",), "epoll_wait": ("EINTR",), "epoll_pwait": ("EINTR",),
    "eventfd2": ("EMFILE",), "pipe2": ("EMFILE",), "poll": ("EINTR",), "getrandom": ("EINTR",),
    "clone3": ("EAGAIN",), "fcntl": ("EINVAL",), "prlimit64": ("EPERM",),
}
# The dynamic linker and the C library's start, before main: what they say is theirs.
NOT_OURS = re.compile(rb"error while loading shared libraries|cannot apply additional memory protection|"
                      rb"cannot allocate TLS")
# libuv ends the program where epoll or its own eventfds and pipes do what their manuals exclude, or where there is no
# descriptor for them, which we ask before it does. Nothing is
# taken for success then.
SIGABRT = -6
OF_LIBUV = ("pipe2", "epoll_ctl", "epoll_wait", "epoll_pwait", "read", "write", "close", "fcntl")

SOURCE = """
config base: text
endpoint api { url base }
flow main(id: text = "a") -> { sum: int } {
    node one {
        POST api "/json"
        body { id: id }
        200 as { list: [int] } { total = sum(body.list) } -> two
        other, timeout, max-connection -> fail ("other")
        error -> fail (error.message)
    }
    node two { say "{total}" log "done" -> end { sum: total } }
}
test "it" { start main() reply one: 200 { list: [1, 2] } expect end { sum: 3 } }
"""


def strace(options, command, cwd, stdin, env):
    done = subprocess.run(["strace", "-f", "-qq", *options, *[str(word) for word in command]], cwd=cwd, input=stdin,
                          capture_output=True, timeout=LIMIT_SECONDS, env=environment(env))
    return done


def without_names(stdout):
    return sorted(re.sub(rb'"run":"\w+"|\d+(\.\d+)? ?(ms|us|s)\b', b"", line) for line in stdout.splitlines())


OLD = b"the old one\n"


def is_lines(now):
    """Whole lines of JSON."""
    return now in (b"", OLD) or (now.endswith(b"\n") and all(json.loads(line) for line in now.splitlines()))


# Results of which the first two are had again.
OLD_RESULTS = b"".join(b'{"line":%d,"run":"X","status":"%s"}\n' % (line, status)
                       for line, status in ((1, b"failed"), (2, b"failed"), (3, b"ended")))


def is_results(now):
    """Whole lines, and a result for each line."""
    return is_lines(now) and {json.loads(line)["line"] for line in now.splitlines()} == {1, 2, 3}


def is_archive(now):
    """An HTTP Archive, whole."""
    return now in (b"", OLD) or isinstance(json.loads(now)["log"]["entries"], list)


def is_report(now):
    """A report, whole; of a batch that could not read its lines, say, another than that of a good one."""
    return now == OLD or isinstance(json.loads(now)["bytes"], dict)


def without_times(text):
    """What a report or a record says, but for what differs from run to run."""
    return re.sub(rb"\d+(\.\d+)?", b"0", re.sub(rb'"run":"\w+"|[0-9A-Z]{26}', b"", text))


class Scenario:
    """A command with its outputs: path to None, where it is to be the old one or this very new one, or to
    what tells whether it is the old one or whole."""

    def __init__(self, command, cwd, stdin="", outputs=None):
        self.command, self.cwd, self.stdin = command, cwd, stdin.encode()
        self.outputs = outputs or {}
        self.env = {"ASAN_OPTIONS": "detect_leaks=0"}

    def old(self, path):
        return OLD_RESULTS if self.outputs[path] is is_results else OLD

    def fresh(self):
        for path in self.outputs:
            path.write_bytes(self.old(path))

    def results(self):
        return {path: path.read_bytes() if path.exists() else b"" for path in self.outputs}

    def counts(self):
        """How often each call is made by a run to which nothing happens, and what that gives."""
        log = scratch() / "log"
        self.fresh()
        good = strace(["-o", log, "-e", "trace=" + ",".join("?" + name for name in ERRORS)], self.command, self.cwd,
                      self.stdin, self.env)
        equal(good.returncode, 0, repr(good))
        found = {}
        for line in log.read_text(errors="replace").splitlines():
            if ".gcda" in line:  # what --coverage writes at the end is not ours
                break
            name = re.match(r"(?:\d+ +)?(\w+)\(", line)
            if name:
                found[name[1]] = found.get(name[1], 0) + 1
        return found, good

    def sweep(self):
        if not shutil.which("strace"):
            skip("strace is not here")
        counts, good = self.counts()
        wanted = self.results()
        tried = 0
        for name, count in counts.items():
            for error in ERRORS[name]:
                places = range(1, count + 1)
                if not FULL:  # the last ones are the program's own
                    places = sorted({count, max(1, count - 1), max(1, count // 2)})[-SAMPLE:]
                for place in places:
                    self.check(name, error, place, good, wanted)
                    tried += 1
        print(f"# {tried} failures of {sum(counts.values())} calls of {len(counts)} kinds")

    def check(self, name, error, place, good, wanted):
        self.fresh()
        done = strace(["-o", "/dev/null", "-e", f"trace={name}", "-e", f"inject={name}:error={error}:when={place}"],
                      self.command, self.cwd, self.stdin, self.env)
        what = f"{name} {error} at {place}: {done!r}"
        if done.returncode == 127 and NOT_OURS.search(done.stderr):
            return
        true(done.returncode in (0, 1, 2, 3) or (done.returncode == SIGABRT and name in OF_LIBUV), what)
        # A message that cannot be written cannot be read; a run that failed says so in its result.
        said = done.stderr or (done.returncode == 1 and done.stdout)
        true(done.returncode in (0, SIGABRT) or said or name == "write", f"nothing is said: {what}")
        if done.returncode == 0:
            equal(without_names(done.stdout), without_names(good.stdout), what)
        for path, now in self.results().items():
            self.check_output(path, now, wanted[path], done, f"{path.name} {now!r}: {what}")
        left = {path for path in pathlib.Path(self.cwd).iterdir() if re.search(r"\.\w{6}$", path.name)}
        equal(left - set(self.outputs), set(), f"files that were left: {what}")

    def check_output(self, path, now, wanted, done, what):
        is_whole = self.outputs[path]
        is_new = without_times(now) == without_times(wanted)
        if not is_whole:
            true(now == OLD or is_new, f"a half-written output: {what}")
        # Where the last of it could not be closed or taken back, nothing more can be done.
        elif done.returncode != SIGABRT:
            true(is_whole(now), f"half a line: {what}")
        lines = (len(now.splitlines()), len(wanted.splitlines()))
        true(done.returncode != 0 or (lines[0] == lines[1] and now != self.old(path)), f"success, and the output is not there: {what}")

    def short(self, most):
        """All reads and writes of more than 8 bytes do half of it, or at most so many bytes."""
        self.fresh()
        good = subprocess.run([str(word) for word in self.command], cwd=self.cwd, input=self.stdin, capture_output=True,
                              timeout=LIMIT_SECONDS, env=environment({}))
        equal(good.returncode, 0, repr(good))
        wanted = self.results()
        count = scratch() / "count"
        self.fresh()
        done = subprocess.run([str(word) for word in self.command], cwd=self.cwd, input=self.stdin, capture_output=True,
                              timeout=LIMIT_SECONDS,
                              env=environment({"LD_PRELOAD": SHIM, "FLOW_SHORT": most, "FLOW_FAULT_COUNT": count}))
        equal(done.returncode, 0, repr(done))
        equal(without_names(done.stdout), without_names(good.stdout))
        for path, now in self.results().items():
            equal(without_times(now), without_times(wanted[path]), path.name)
        shortened = int(count.read_text().split()[1])
        true(shortened > 0, "calls that did less than they were asked for")
        print(f"# {shortened} reads and writes did less than they were asked for")


def answers(_request):
    return json_reply(200, {"list": [1, 2, 3]})


KINDS = {"--output": is_lines, "--record": is_lines, "--har": is_archive, "--report": is_report}
COMMANDS = {
    "flowc build": ([FLOWC, "test.flow", "-o", "OUT"], ""),
    "flowc graph -o": ([FLOWC, "graph", "test.flow", "-o", "OUT"], ""),
    "flowrun, one run with a trace": ([FLOWRUN, "--trace", "--json"], ""),
    "flowrun batch with an output": ([FLOWRUN, "batch", "--inputs", "-", "--quiet", "--output", "OUT"], "{}\n{}\n"),
    "flowrun batch that runs lines again": ([FLOWRUN, "batch", "--inputs", "-", "--quiet", "--retry", "failed", "SAME",
                                             "--output", "OUT"], "{}\n{}\n{}\n"),
    "flowrun batch with a report": ([FLOWRUN, "batch", "--inputs", "-", "--quiet", "--report", "OUT"], "{}\n"),
    "flowrun with a record": ([FLOWRUN, "--record", "OUT"], ""),
    "flowrun with an archive": ([FLOWRUN, "--har", "OUT"], ""),
    "flowrun test": ([FLOWRUN, "test", "--junit", "OUT", "--coverage", "OUT"], ""),
    "flowrun show": ([FLOWRUN, "show"], ""),
}


def command(words, stdin, use):
    """Calls use with the scenario; the word OUT is an output of the option before it."""
    flow = Flow(SOURCE)
    outputs = {}
    with Server(repeat=True, choose=answers, limit=1 << 20) as server:
        words, retries = list(words), "SAME" in words
        for i, word in enumerate(words):
            if word == "OUT":
                words[i] = flow.folder / f"out{i}"
                outputs[words[i]] = is_results if retries else KINDS.get(words[i - 1])
        words = [next(iter(outputs)) if word == "SAME" else word for word in words]
        if words[0] == FLOWRUN:
            words += [*([] if words[1] == "test" else ["--set", f"base={server.url}"]), flow.image.name]
        use(Scenario(words, flow.folder, stdin, outputs))


def short(most):
    def use(scenario):
        if "-fsanitize" in (pathlib.Path(BUILD) / "Makefile").read_text().split("SANITIZE_CFLAGS =")[1].split("\n")[0]:
            skip("sanitizers bring reads and writes of their own")
        scenario.short(most)
    return use


for name, (words, stdin) in COMMANDS.items():
    add(name, command, words, stdin, Scenario.sweep)
    if name not in ("flowc graph -o",):
        add(f"{name}: every read and write does half of what it is to do", command, words, stdin, short("half"))
        add(f"{name}: every read and write does at most 3 bytes", command, words, stdin, short("3"))


FULL_DISK = {
    "flowc check": ([FLOWC, "explain", "E0402"], False), "flowc disasm": ([FLOWC, "disasm", "test.flowb"], False),
    "flowc graph": ([FLOWC, "graph", "test.flow"], False), "flowc --help": ([FLOWC, "--help"], False),
    "flowrun --help": ([FLOWRUN, "--help"], False), "flowrun": ([FLOWRUN, "simple.flowb"], False),
    "flowrun --json": ([FLOWRUN, "--json", "simple.flowb"], False), "flowrun test": ([FLOWRUN, "test", "test.flowb"], False),
    "flowrun test --generate": ([FLOWRUN, "test", "--generate", "test.flowb"], False),
    "flowrun replay": ([FLOWRUN, "replay", "simple.flowb", "r.jsonl"], False),
    "flowrun show": ([FLOWRUN, "show", "simple.flowb"], False),
    "flowrun show --json": ([FLOWRUN, "show", "--json", "simple.flowb"], False),
    "flowrun batch": ([FLOWRUN, "batch", "simple.flowb", "--inputs", "in", "--quiet"], False),
}


def full_disk(command, how):
    flow = Flow(SOURCE, files={"simple.flow": 'flow f() { node n { say "x" -> end } }', "in": "{}\n"})
    subprocess.run([FLOWC, "simple.flow"], cwd=flow.folder, check=True, capture_output=True)
    subprocess.run([FLOWRUN, "simple.flowb", "--record", "r.jsonl"], cwd=flow.folder, check=True, capture_output=True)
    if how == "closed":
        words = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
        done = subprocess.run([str(w) for w in words], cwd=flow.folder, stderr=subprocess.PIPE, timeout=LIMIT_SECONDS)
    else:
        with open("/dev/full", "w") as out:
            done = subprocess.run([str(w) for w in command], cwd=flow.folder, stdout=out, stderr=subprocess.PIPE,
                                  timeout=LIMIT_SECONDS)
    equal(done.returncode, 2, repr(done))
    true(done.stderr, "nothing is said")


for name, (command, _) in FULL_DISK.items():
    add(f"{name}: a full disk is no success", full_disk, command, "full")
    add(f"{name}: a closed stdout is no success", full_disk, command, "closed")

main()
