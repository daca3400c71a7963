"""A server under test: `oncepay serve` on a directory and a port of its own, and the program's other commands.

Nothing here waits for a while: it waits for a line of output or for the process's end, each within a deadline.
"""

import itertools
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

# Ample even for a sanitizer build on a busy machine: who reaches it has hung.
DEADLINE_S = int(os.environ.get("ONCEPAY_E2E_DEADLINE_S", 120))

READY = re.compile(r"^oncepay: ready on (.+):(\d+) ")


# The kernel gives what nobody asked for by number from 32768 on: there a port may be another test's by the time that
# its server is started again.
PORTS = range(10_000, 32_768)


def free_port():
    while True:
        port = random.choice(PORTS)
        try:
            socket.create_server(("127.0.0.1", port)).close()
            return port
        except OSError:
            pass


class Result:
    """What a command printed and how it ended."""

    def __init__(self, arguments, code, out, err):
        self.arguments, self.code, self.out, self.err = arguments, code, out, err

    def json(self):
        try:
            return json.loads(self.out)
        except ValueError as problem:
            raise AssertionError(f"no JSON: {problem}\n{self}") from None

    def __str__(self):
        return f"oncepay {' '.join(self.arguments)}\n  exit code {self.code}\n  stdout: {self.out}\n  stderr: {self.err}"


class Program:
    """The program `oncepay`."""

    def __init__(self, path):
        self.path = os.path.abspath(path)

    def start(self, *arguments, **how):
        """Starts a command without waiting; `finish` gathers it."""
        how.setdefault("stdout", subprocess.PIPE)
        how.setdefault("stderr", subprocess.PIPE)
        process = subprocess.Popen([self.path, *arguments], stdin=subprocess.DEVNULL, text=True, **how)
        process.oncepay_arguments = arguments
        return process

    @staticmethod
    def finish(process, expect=None):
        """Waits for the end of a started command; `expect`: the exit code it must have."""
        try:
            out, err = process.communicate(timeout=DEADLINE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"not done after {DEADLINE_S} s: "
                                 f"{Result(process.oncepay_arguments, None, out, err)}") from None
        result = Result(process.oncepay_arguments, process.returncode, out, err)
        if expect is not None and result.code != expect:
            raise AssertionError(f"exit code {expect} was expected of\n{result}")
        return result

    def run(self, *arguments, expect=None, **how):
        return self.finish(self.start(*arguments, **how), expect)


_starts = itertools.count(1)


class Server:
    """One `oncepay serve`. Its working directory is `directory`, so that relative books lie there."""

    READY = READY

    def __init__(self, program, directory, config, data="data", listen=None, before_start=None,
                 options=()):
        self.program, self.directory, self.data = program, directory, data
        self.listen = listen or f"127.0.0.1:{free_port()}"
        self.config = os.path.join(directory, "oncepay.toml")
        if config is not None:
            with open(self.config, "w", encoding="utf-8") as file:
                file.write(config)
        self.options = options  # More of them, for `serve`.
        self.before_start = before_start  # In the child, before the program is run: resource limits.
        self.environment = {}  # Variables beside those of this process.
        self.process = None
        self.address = None
        self._stderr_path = None
        self._lines = []
        self._ended = False
        self._news = threading.Condition()

    def take_keys(self, data):
        """Copies what a backup never holds from where its log was written."""
        shutil.copytree(os.path.join(self.directory, data, "keys"), os.path.join(self.directory, self.data, "keys"))

    # --- its life ---

    def command(self):
        return [self.program.path, "serve", "--data", self.data, "--config", self.config, "--listen", self.listen,
                *self.options]

    def launch(self):
        """Starts it without waiting for anything."""
        self._lines, self._ended = [], False
        self._stderr_path = os.path.join(self.directory, f"serve-{next(_starts)}.stderr")
        with open(self._stderr_path, "w", encoding="utf-8") as stderr:
            self.process = subprocess.Popen(
                self.command(), cwd=self.directory, env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, text=True,
                preexec_fn=self.before_start)
        reader = threading.Thread(target=self._read, args=(self.process.stdout, self._lines), daemon=True)
        reader.start()

    def start(self):
        """Starts it and waits until it accepts connections. A restart takes the same port."""
        self.launch()
        host, port = self.wait_for(self.READY).groups()
        self.address = self.listen = f"{host}:{port}"
        return self

    def refused(self, expect):
        """Starts it where it must refuse to; what it said."""
        self.launch()
        code = self.wait_end()
        assert code == expect, f"exit code {expect} was expected, not {code}\n{self.report()}"
        return self.stderr()

    def kill(self):
        """kill -9: nothing is told to anybody, nothing is tidied up."""
        self.process.kill()
        self.wait_end()

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """A clean stop, which must succeed."""
        self.terminate()
        code = self.wait_end()
        assert code == 0, f"a clean stop was expected, not exit code {code}\n{self.report()}"

    def wait_end(self):
        try:
            code = self.process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the server still runs after {DEADLINE_S} s\n{self.report()}") from None
        with self._news:
            self._news.wait_for(lambda: self._ended, DEADLINE_S)
        return code

    def discard(self):
        """Ends it whatever state a failed test left it in."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    # --- what it says ---

    def _read(self, stream, lines):
        for line in stream:
            with self._news:
                lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def wait_for(self, pattern):
        """The match of the first line of standard output that matches."""
        pattern = re.compile(pattern)
        until = time.monotonic() + DEADLINE_S
        with self._news:
            while True:
                for line in self._lines:
                    if match := pattern.search(line):
                        return match
                if self._ended or not self._news.wait(until - time.monotonic()):
                    how = "it ended" if self._ended else f"{DEADLINE_S} s have passed"
                    raise AssertionError(f"no line '{pattern.pattern}', and {how}\n{self.report()}")

    def stdout(self):
        with self._news:
            return "\n".join(self._lines)

    def stderr(self):
        with open(self._stderr_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def report(self):
        return f"the server's stdout:\n{self.stdout()}\nits stderr:\n{self.stderr()[-4000:]}"

    # --- the other commands, on its data or asking it ---

    def ask(self, *arguments, expect=None):
        return self.program.run(*arguments, "--connect", self.address, "--json", expect=expect).json()

    def pay(self, order_no, amount="10.00", merchant="shop", currency="CNY", method="card", expect=None):
        return self.ask("pay", merchant, order_no, amount, currency, "--method", method, expect=expect)

    def order(self, order_no, merchant="shop", expect=None):
        return self.ask("order", merchant, order_no, expect=expect)

    def start_pay(self, order_no, amount="10.00", merchant="shop", timeout_s=DEADLINE_S - 10):
        """Pays without waiting for the answer."""
        return self.program.start("pay", merchant, order_no, amount, "CNY", "--method", "card", "--connect",
                                  self.address, "--json", "--timeout", str(timeout_s))

    def log(self, command, *arguments, expect=0, data=None):
        return self.program.run("log", command, "--data", data or self.data, *arguments, expect=expect,
                                cwd=self.directory)

    def audit(self, order_no, merchant="shop", expect=None, data=None):
        return self.program.run("audit", "--data", data or self.data, merchant, order_no, "--format", "json",
                                expect=expect, cwd=self.directory)

    def head(self):
        """The log's last position."""
        return json.loads(self.log("verify", "--json").out)["decisions"]
