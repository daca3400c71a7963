"""What the demo plays on: servers and banks that end with it, commands as a person would type them, headings."""

import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import time

DEADLINE_S = 60
WECHAT_KEY = "an API key of thirty-two letters"


class Trouble(Exception):
    """The demo can't go on; its text is for whoever looks on."""


def _die_with_parent():
    """So that nothing outlives the demo, however it ends: even kill -9."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def heading(text):
    print(f"\n\033[1m== {text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def subheading(text):
    print(f"\n\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n\n{text}", flush=True)


def say(*lines):
    print(*lines, sep="\n", flush=True)


class Process:
    """A server or a bank."""

    def __init__(self, stage, name, *arguments):
        self.stage, self.name, self.arguments, self.listen = stage, name, arguments, "127.0.0.1:0"
        self.process = None

    def start(self):
        """Until it is ready. It takes any free port at first, and after a kill the same again."""
        say(f"$ oncepay {' '.join(self.arguments)} --listen {self.listen} &")
        with open(f"{self.name}.err", "a", encoding="utf-8") as err:
            self.process = self.stage.spawn(*self.arguments, "--listen", self.listen, stdout=subprocess.PIPE,
                                            stderr=err)
        for line in self.process.stdout:
            say(line.rstrip())
            if ready := re.search(r": ready on (\S+:\d+)", line):
                self.listen = ready.group(1)
                return self
        self.process.wait()
        with open(f"{self.name}.err", encoding="utf-8") as err:
            raise Trouble(f"{self.name} didn't start:\n{err.read()}")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        self.process.terminate()
        for line in self.process.stdout:
            say(line.rstrip())
        if self.process.wait(DEADLINE_S) != 0:
            raise Trouble(f"{self.name} didn't stop cleanly: {self.stage.folder}/{self.name}.err says more")


class Stage:
    """The folder that everything is made in, the program, and whatever was started."""

    def __init__(self, program, folder):
        self.program = os.path.abspath(program)
        if not os.access(self.program, os.X_OK):
            raise Trouble(f"{self.program} isn't built: run 'make demo'")
        self.folder = os.path.abspath(folder)
        # Somebody's other folder isn't ours to remove.
        if os.path.isdir(self.folder) and os.listdir(self.folder) and \
                not os.path.exists(os.path.join(self.folder, "us.private.pem")):
            raise Trouble(f"{self.folder} holds something else than a demo: name another folder")
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        os.chdir(self.folder)
        self.environment = {**os.environ, "WECHAT_API_KEY": WECHAT_KEY}
        self.server = None
        self._started = []

    def spawn(self, *arguments, **how):
        process = subprocess.Popen([self.program, *arguments], stdin=subprocess.DEVNULL, text=True,
                                   env=self.environment, preexec_fn=_die_with_parent, **how)
        self._started.append(process)
        return process

    def end(self):
        for process in self._started:
            if process.poll() is None:
                process.kill()
                process.wait()

    def ask(self, *arguments):
        """A command's exit code and output, which isn't shown."""
        done = subprocess.run([self.program, *arguments], stdin=subprocess.DEVNULL, text=True, env=self.environment,
                              capture_output=True, timeout=DEADLINE_S, check=False)
        return done.returncode, done.stdout + done.stderr

    def show(self, *arguments):
        """What a person would type, and what comes of it."""
        say("", f"$ oncepay {' '.join(arguments)}")
        code, text = self.ask(*arguments)
        say(text.rstrip())
        return code, text

    def at_server(self, *arguments):
        """The same, of the server; where it listens is left out, for everybody knows by now."""
        say("", f"$ oncepay {' '.join(arguments)}")
        _, text = self.ask(*arguments, "--connect", self.server.listen)
        say(text.rstrip())
        return text

    def wait_until(self, what, holds):
        until = time.monotonic() + DEADLINE_S
        while not holds():
            if time.monotonic() > until:
                raise Trouble(f"{what}: not after {DEADLINE_S} s")
            time.sleep(0.05)

    def make_keys(self):
        """RSA keys for Alipay's interface, ours and the bank's: a rehearsal has its own."""
        for side in ("us", "bank"):
            for arguments in (["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out",
                               f"{side}.private.pem"],
                              ["pkey", "-in", f"{side}.private.pem", "-pubout", "-out", f"{side}.public.pem"]):
                subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=DEADLINE_S)
