"""oncepay as it is measured: a server in a process of its own, loaded over TCP by `oncepay bench`."""

import mmap
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))

import server  # noqa: E402

from machine import Refused  # noqa: E402

server.DEADLINE_S = 3600
CONNECTIONS = 4

CHANNEL = """
[[channel]]
id = "{id}"
methods = ["card"]
currencies = ["CNY"]
cost = "0.20%"
concurrency = 100000
queue = 65536

[channel.bank]
"""
MERCHANT = """
[[merchant]]
id = "bench-{n}"
name = "bench-{n}"
fee = "0.60%"
"""


def configuration(merchants):
    """Two banks that answer at once and never fail, and so many merchants."""
    return ('environment = "bench"\n' + "".join(CHANNEL.format(id=name) for name in ("alpha", "beta"))
            + "".join(MERCHANT.format(n=n + 1) for n in range(merchants)))


def directory_bytes(path):
    return sum(os.stat(os.path.join(folder, name)).st_blocks * 512 for folder, _, names in os.walk(path)
               for name in names)


def as_if_elsewhere():
    """Customers have machines of their own: what a load's generator waits for a processor, behind the very server that
    it measures, is no latency of the server's. Only root may; for others it stays as it is."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    except PermissionError:
        pass


class Subject:
    def __init__(self, path, directory, merchants):
        if not os.access(path, os.X_OK):
            raise Refused(f"{path} isn't built; run: make build")
        self.program = server.Program(path)
        self.merchants = merchants
        self.root = os.path.join(directory, "oncepay")
        os.mkdir(self.root)
        self.server = server.Server(self.program, self.root, configuration(merchants))
        self.faults = []

    def build(self):
        """The version, and of a checkout the commit it was made from, as far as that can be known."""
        version = self.program.run("--version", expect=0).out.split()[-1]
        described = subprocess.run(["git", "-C", HERE, "describe", "--always", "--dirty"], capture_output=True,
                                   text=True, check=False)
        return f"{version} ({described.stdout.strip()})" if described.returncode == 0 else version

    def is_sanitized(self):
        """A sanitizer keeps what was freed, and books of its own: there the server's memory says nothing."""
        with open(self.program.path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as program:
            return any(program.find(trace) >= 0 for trace in (b"__asan_init", b"__tsan_init"))

    def start(self):
        self.server.start()

    def stop(self):
        self.server.stop()

    def discard(self):
        self.server.discard()

    def bench(self, *arguments, connections=CONNECTIONS, before_start=None):
        """One load; what `oncepay bench --json` says. A payment lost or answered twice is a fault, not a figure."""
        result = self.program.run("bench", "--connect", self.server.address, "--data", os.path.join(self.root, "data"),
                                  "--server-pid", str(self.server.process.pid), "--merchants", str(self.merchants),
                                  "--connections", str(connections), "--json", *arguments, preexec_fn=before_start)
        if result.code != 0:
            self.faults.append(f"oncepay bench ended with {result.code}: {result}")
        return result.json()

    def load(self, orders):
        return self.bench("--orders", str(orders), "--in-flight", "4000")

    def data_bytes(self):
        return directory_bytes(os.path.join(self.root, "data"))

    def unbalanced(self):
        """Sums over all accounts that aren't zero."""
        reply = self.server.ask("balances", expect=0)
        return [f"oncepay: the ledger's sum is {total}" for total in reply["sums"] if total["minor"] != 0]
