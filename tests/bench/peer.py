"""The peer: PostgreSQL 15 in a cluster of its own, as a careful team would set it up for payments."""

import os
import pwd
import re
import shutil
import socket
import subprocess

import machine
from machine import Refused

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = "/usr/lib/postgresql/15/bin"
PROGRAMS = ("initdb", "pg_ctl", "pgbench", "postgres", "psql")
DATABASE = "postgres"
DEADLINE_S = 3600


def _programs():
    if not all(os.path.exists(os.path.join(BIN, p)) for p in PROGRAMS):
        raise Refused("PostgreSQL 15 isn't installed; run: sh .ci/setup tests/bench/packages")
    return {p: os.path.join(BIN, p) for p in PROGRAMS}


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _settings(port):
    """What differs from the defaults. Durability is the defaults': stated, so that nobody has to look it up."""
    gib = machine.memory_bytes() / 2**30
    return {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "shared_buffers": f"{max(1, min(8, int(gib / 4)))}GB",
        "effective_cache_size": f"{max(1, int(gib / 2))}GB",
        "wal_buffers": "64MB",
        "max_wal_size": "16GB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
        "listen_addresses": "'127.0.0.1'",
        "unix_socket_directories": "''",
        "port": str(port),
    }


class Run:
    """One run of pgbench."""

    def __init__(self, clients, out, cpu_s):
        def number(pattern):
            match = re.search(pattern, out)
            if not match:
                raise Refused(f"pgbench printed no '{pattern}':\n{out}")
            return float(match.group(1))

        self.clients = clients
        self.payments = int(number(r"transactions actually processed: (\d+)"))
        self.failed = int(number(r"failed transactions: (\d+)"))
        self.per_s = number(r"tps = ([\d.]+)")
        self.latency_ms = number(r"latency average = ([\d.]+) ms")
        self.cpu_us = cpu_s * 1e6 / max(1, self.payments)


class Peer:
    def __init__(self, directory, user):
        self.programs = _programs()
        self.cluster = os.path.join(directory, "postgres")
        self.user = user if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root.
        self.port = _free_port()
        self.paid = 0  # By us, since the data was loaded.
        self.running = False
        os.mkdir(self.cluster, 0o700)
        if self.user:
            try:
                entry = pwd.getpwnam(self.user)
            except KeyError:
                raise Refused(f"there is no user {self.user}; name one that isn't root by --user") from None
            os.chown(self.cluster, entry.pw_uid, entry.pw_gid)

    def _run(self, program, *arguments):
        how = {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": []} if self.user else {}
        # Its output goes to a file: a server that stays would keep a pipe open.
        with open(os.path.join(os.path.dirname(self.cluster), "peer.out"), "w+", encoding="utf-8") as out:
            done = subprocess.run([self.programs[program], *arguments], stdin=subprocess.DEVNULL, stdout=out,
                                  stderr=subprocess.STDOUT, cwd="/", timeout=DEADLINE_S, check=False, **how)
            out.seek(0)
            text = out.read()
        if done.returncode != 0:
            raise Refused(f"{program} ended with {done.returncode}:\n{text[-4000:]}")
        return text

    def start(self):
        self._run("initdb", "-D", self.cluster, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C")
        with open(os.path.join(self.cluster, "postgresql.auto.conf"), "a", encoding="utf-8") as file:
            file.writelines(f"{key} = {value}\n" for key, value in _settings(self.port).items())
        log = os.path.join(self.cluster, "server.log")
        self._run("pg_ctl", "-D", self.cluster, "-w", "-t", "60", "-l", log, "start")
        self.running = True
        with open(os.path.join(self.cluster, "postmaster.pid"), encoding="utf-8") as file:
            self.pid = int(file.readline())

    def stop(self):
        if self.running:
            self.running = False
            self._run("pg_ctl", "-D", self.cluster, "-w", "-t", "300", "-m", "fast", "stop")

    def _psql(self, *arguments):
        return self._run("psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", DATABASE, "-X", "-q",
                         "-v", "ON_ERROR_STOP=1", *arguments)

    def _script(self, name):
        # The peer's user may not be allowed to read our sources.
        shutil.copy(os.path.join(HERE, name), os.path.dirname(self.cluster))
        copy = os.path.join(os.path.dirname(self.cluster), name)
        os.chmod(copy, 0o644)
        return copy

    def version(self):
        return self._psql("-At", "-c", "show server_version").split()[0]

    def load(self, merchants, orders):
        self.merchants, self.loaded = merchants, orders
        self._psql("-f", self._script("peer.sql"))
        self._psql("-v", f"merchants={merchants}", "-v", f"orders={orders}", "-f", self._script("peer_data.sql"))

    def data_bytes(self):
        return int(self._psql("-At", "-c", f"select pg_database_size('{DATABASE}')"))

    def pay(self, clients, seconds, merchants):
        """Payments of `merchants` merchants by so many clients for a while."""
        before_s = machine.family_cpu_s(self.pid)
        out = self._run("pgbench", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-n", "-M", "prepared",
                        "-c", str(clients), "-j", "2", "-T", str(seconds), "-D", f"merchants={merchants}",
                        "-f", self._script("peer_payment.sql"), DATABASE)
        run = Run(clients, out, machine.family_cpu_s(self.pid) - before_s)
        self.paid += run.payments
        return run

    def faults(self):
        """What isn't as it must be after all payments."""
        checks = {
            "orders paid": ("select count(*) from orders where state = 'paid'", self.loaded + self.paid),
            "orders not paid": ("select count(*) from orders where state <> 'paid'", 0),
            "postings": ("select count(*) from postings", 5 * (self.loaded + self.paid)),
            "sum of all postings": ("select sum(amount_minor) from postings", 0),
            "balances beside the postings": (
                "select sum(pending_minor) + (select sum(amount_minor) from postings where account like 'merchant/%')"
                " from merchants", 0),
        }
        found = []
        for what, (query, wanted) in checks.items():
            got = int(self._psql("-At", "-c", query))
            if got != wanted:
                found.append(f"PostgreSQL: {what}: {got}, not {wanted}")
        return found
