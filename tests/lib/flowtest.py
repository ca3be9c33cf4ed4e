"""Compiles and runs flows for the test scripts.

    flow = Flow('''
        config base: text
        endpoint e { url base }
        flow f() { node n { GET e "/" 200 -> end other, error, timeout, max-connection -> fail } }
    ''')
    with Server(reply(200)) as server:
        run = flow.run(base=server.url)
        equal(run.code, 0)

Flow(text) compiles into a folder of its own, which is removed when the script ends; flow.run(…)
runs it once; flow.start(…) lets the test do something meanwhile. Config is given by name, inputs
as inputs={…}, secrets as secrets={…}, lines for `ask` as answers=[…].
"""

import atexit
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import textwrap

from places import FLOWC, FLOWRUN

LIMIT_SECONDS = 60
STUCK_SECONDS = 3600  # for what is limited in CPU time: it waits for something that never comes

# The programs inherit what this process ignores, and nohup or a shell's background ignores these.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def scratch():
    """A new empty folder that goes away with the script."""
    folder = tempfile.mkdtemp(prefix="flow-test-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return pathlib.Path(folder)


class Done:
    """How a program ended: code (negative: killed by a signal), stdout, stderr."""

    def __init__(self, code, stdout, stderr):
        self.code, self.stdout, self.stderr = code, stdout, stderr

    @property
    def lines(self):
        return self.stdout.splitlines()

    @property
    def json(self):
        """The one object that `flowrun --json` printed."""
        return json.loads(self.stdout)

    @property
    def trace(self):
        return self.stderr.splitlines()

    def __repr__(self):
        return f"code {self.code}\nstdout:\n{self.stdout}\nstderr:\n{self.stderr}"


def environment(extra):
    """The environment for a program under test: nothing of ours that could lead it elsewhere."""
    env = {key: value for key, value in os.environ.items()
           if not key.startswith("FLOW_") and key.lower() not in PROXIES}
    return env | {key: str(value) for key, value in extra.items()}


class Running:
    """A program that has been started."""

    def __init__(self, command, stdin, env, cwd, cpu_seconds=None):
        self._limit = STUCK_SECONDS if cpu_seconds else LIMIT_SECONDS
        if cpu_seconds:  # SIGXCPU ends it, however busy the machine is
            command = ["sh", "-c", 'ulimit -S -t "$1"; shift; exec "$@"', "sh", cpu_seconds, *command]
        self.process = subprocess.Popen(
            [str(word) for word in command], cwd=cwd, env=environment(env),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._stdin = stdin
        self._interrupted = False

    def interrupt(self):
        """Ctrl-C."""
        self._interrupted = True
        self.process.send_signal(signal.SIGINT)

    def write(self, line):
        """Sends one line, as a person would, and leaves stdin open."""
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def finish(self):
        """Waits for the end, closing stdin; a program that does not end fails the test."""
        try:
            if self._interrupted:  # before its stdin ends, which is another thing that happens
                self.process.wait(self._limit)
            out, err = self.process.communicate(self._stdin, self._limit)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            raise AssertionError(f"did not end within {self._limit} s; stdout {out!r}, "
                                 f"stderr {err!r}") from None
        return Done(self.process.returncode, out.decode("utf-8", "backslashreplace"),
                    err.decode("utf-8", "backslashreplace"))


def execute(*command, stdin="", env=None, cwd=None, cpu_seconds=None):
    """Runs a command to its end. cpu_seconds: how much CPU time it may take, in place of a time on the clock."""
    data = stdin if isinstance(stdin, bytes) else stdin.encode()
    return Running(command, data, env or {}, cwd, cpu_seconds).finish()


def flowc(*arguments, **how):
    return execute(FLOWC, *arguments, **how)


def flowrun(*arguments, **how):
    return execute(FLOWRUN, *arguments, **how)


class Flow:
    """A compiled flow. `text` is the source, or the path of a file, which is compiled where it stands,
    so that it finds what it imports. `files` are further sources for a text: name to text."""

    def __init__(self, text, name="test.flow", files=None):
        self.folder = scratch()
        if isinstance(text, pathlib.Path):
            self.source = text
        else:
            self.source = self.folder / name
            for other, its_text in ({name: text} | (files or {})).items():
                path = self.folder / other
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(textwrap.dedent(its_text))
        self.image = self.folder / (self.source.stem + ".flowb")
        done = flowc(self.source.name, "-o", self.image, cwd=self.source.parent)
        if done.code != 0:
            raise AssertionError(f"does not compile: {done}")

    def start(self, *arguments, flow=None, inputs=None, answers=None, secrets=None, env=None,
              **config):
        command = [FLOWRUN, *arguments]
        for name, value in config.items():
            command += ["--set", f"{name}={value}"]
        command += [self.image.name] + ([flow] if flow else [])
        command += [f"{name}={value}" for name, value in (inputs or {}).items()]
        env = dict(env or {})
        env.update({f"FLOW_{name.upper()}": value for name, value in (secrets or {}).items()})
        stdin = "".join(line + "\n" for line in answers or []).encode()
        return Running(command, stdin, env, self.folder)

    def run(self, *arguments, **how):
        return self.start(*arguments, **how).finish()
