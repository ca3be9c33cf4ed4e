#!/usr/bin/env python3
"""Every call of the system fails in turn, by strace's injection: no success that is none, no signal,
no hang, and an output that is either the old one or complete.

A sample; FLOW_FULL=1 takes every call (`make fault`). Without strace the cases are skipped.
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
from places import FLOWC, FLOWRUN
from scripted import Server, json_reply, reply
from tap import add, equal, main, skip, true

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


class Scenario:
    def __init__(self, command, cwd, stdin="", output=None, lines=False):
        self.command, self.cwd, self.stdin = command, cwd, stdin.encode()
        self.output, self.lines = output, lines
        self.env = {"ASAN_OPTIONS": "detect_leaks=0"}

    def fresh(self):
        if self.output:
            self.output.write_bytes(b"the old one\n")

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
        result = self.output.read_bytes() if self.output else None
        tried = 0
        for name, count in counts.items():
            for error in ERRORS[name]:
                places = range(1, count + 1)
                if not FULL:  # the last ones are the program's own
                    places = sorted({count, max(1, count - 1), max(1, count // 2)})[-SAMPLE:]
                for place in places:
                    self.check(name, error, place, good, result)
                    tried += 1
        print(f"# {tried} failures of {sum(counts.values())} calls of {len(counts)} kinds")

    def check(self, name, error, place, good, result):
        self.fresh()
        done = strace(["-o", "/dev/null", "-e", f"trace={name}", "-e", f"inject={name}:error={error}:when={place}"],
                      self.command, self.cwd, self.stdin, self.env)
        what = f"{name} {error} at {place}: {done!r}"
        if done.returncode == 127 and NOT_OURS.search(done.stderr):
            return
        true(done.returncode in (0, 1, 2, 3) or (done.returncode == SIGABRT and name in OF_LIBUV), what)
        # A message that cannot be written cannot be read.
        true(done.returncode in (0, SIGABRT) or done.stderr or name == "write", f"nothing is said: {what}")
        if done.returncode == 0:
            equal(without_names(done.stdout), without_names(good.stdout), what)
        if self.output:
            self.check_output(done, result, what)

    def check_output(self, done, result, what):
        now = self.output.read_bytes() if self.output.exists() else b""
        if self.lines:
            true(now == b"the old one\n" or now == b"" or now.endswith(b"\n"), f"half a line: {what}")
            for line in now.splitlines():
                true(line == b"the old one" or json.loads(line), what)
            if done.returncode == SIGABRT:
                return
            true(done.returncode != 0 or len(now.splitlines()) == len(result.splitlines()), f"a line is lost: {what}")
        else:
            true(now in (b"the old one\n", result), f"a half-written output: {what}")
            true(done.returncode != 0 or now == result, f"no output, and success: {what}")
        left = [path.name for path in pathlib.Path(self.cwd).iterdir() if ".tmp" in path.name]
        equal(left, [], f"files that were left: {what}")


def answers(_request):
    return json_reply(200, {"list": [1, 2, 3]})


def compiler(*arguments, output="out"):
    flow = Flow(SOURCE)
    target = flow.folder / output if output else None
    Scenario([FLOWC, *arguments, *(["-o", target] if target else [])], flow.folder, output=target).sweep()


def runner(stdin, output, lines, *arguments):
    flow = Flow(SOURCE)
    target = flow.folder / "out" if output else None
    with Server(repeat=True, choose=answers) as server:
        words = [target if word == "OUT" else word for word in arguments]
        Scenario([FLOWRUN, *words, "--set", f"base={server.url}", flow.image.name], flow.folder, stdin, target,
                 lines).sweep()


def tester():
    flow = Flow(SOURCE)
    target = flow.folder / "out"
    Scenario([FLOWRUN, "test", "--junit", target, flow.image.name], flow.folder).sweep()


add("flowc build", compiler, "test.flow")
add("flowc graph -o", compiler, "graph", "test.flow")
add("flowrun, one run with a trace", runner, "", False, False, "--trace", "--json")
add("flowrun batch with an output", runner, "{}\n{}\n", True, True, "batch", "--inputs", "-", "--output", "OUT", "--quiet")
add("flowrun with a record", runner, "", True, True, "--record", "OUT")
add("flowrun test", tester)


FULL_DISK = {
    "flowc check": ([FLOWC, "explain", "E0402"], False), "flowc disasm": ([FLOWC, "disasm", "test.flowb"], False),
    "flowc graph": ([FLOWC, "graph", "test.flow"], False), "flowc --help": ([FLOWC, "--help"], False),
    "flowrun --help": ([FLOWRUN, "--help"], False), "flowrun": ([FLOWRUN, "simple.flowb"], False),
    "flowrun --json": ([FLOWRUN, "--json", "simple.flowb"], False), "flowrun test": ([FLOWRUN, "test", "test.flowb"], False),
    "flowrun test --generate": ([FLOWRUN, "test", "--generate", "test.flowb"], False),
    "flowrun replay": ([FLOWRUN, "replay", "simple.flowb", "r.jsonl"], False),
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
