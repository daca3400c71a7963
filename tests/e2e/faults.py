#!/usr/bin/python3
"""What a machine can do to a server: too few files, no memory, a full disk, files of somebody else, a stopped reader.

Whatever it is: nothing acknowledged is lost, who can be served is served on, and what the operator reads says what to
do. A failed commit by a limit on files, a second server and a directory that can't be made are in operate.py; a failed
fsync and readers that are too old are injected in tests/store.
"""

import json
import os
import re
import resource
import select
import signal
import socket
import subprocess
import time

import oncepay_client as client

from cases import case, contains, main, same, until
from configuration import channel, toml
from customer import Customer
from server import DEADLINE_S, READY, Program

SANITIZED = bool(os.environ.get("ONCEPAY_SANITIZED"))
# It looks at a type's memory through a pipe, and reports what isn't there where it gets none.
NO_FILES_FOR_SANITIZER = "the sanitizer of undefined behaviour needs files of its own to judge by"
USAGE, DATA, INTERNAL = 2, 4, 70
NOBODY = 65_534
READ_AT_A_TIME = 1_000  # limits::read_batch_decisions


def limited(*limits):
    """For `before_start`: pairs of a limit and its value."""
    def apply():
        for which, value in limits:
            resource.setrlimit(which, (value, value))
    return apply


def payments(world, name, count):
    """A file of payments, and the arguments that submit it."""
    path = world.path(f"{name}.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write("merchant,order,amount\n")
        file.writelines(f"shop,{name}-{i},10.00\n" for i in range(count))
    return ["submit", path, "--order-column", "order", "--currency", "CNY", "--method", "card", "--results",
            world.path(f"{name}.told")]


def told_done(world, name):
    """Order numbers that a submission was told are paid; of a file that may end within a line."""
    with open(world.path(f"{name}.told"), encoding="utf-8") as file:
        lines = file.read().split("\n")[1:-1]
    return [order_no for order_no, code, *_ in (line.split(",") for line in lines) if code == "0"]


def is_served(connection):
    try:
        return connection.call(client.query_balances()).code == client.OK
    except (client.Closed, ConnectionError):
        return False


def known_orders(server, **how):
    return {json.loads(line)["stream"] for line in server.log("dump", **how).out.splitlines()}


def none_lost(told, known):
    assert told, "nothing was acknowledged before"
    lost = [order_no for order_no in told if f"order/shop/{order_no}" not in known]
    assert not lost, f"{len(lost)} of {len(told)} payments were acknowledged and aren't in the log: {lost[:5]}"


@case
def too_few_files_to_start(world):
    """With too few files to open a server doesn't start, and says so, whichever file is the first too many."""
    if SANITIZED:
        return NO_FILES_FOR_SANITIZER
    refusals = 0
    for limit in range(6, 64):
        server = world.server(toml(), data=f"data-{limit}", before_start=limited((resource.RLIMIT_NOFILE, limit)))
        server.launch()
        try:
            server.wait_for(READY)
        except AssertionError:
            code = server.process.wait(DEADLINE_S)  # It ended by itself.
            assert code in (USAGE, DATA, INTERNAL), f"{limit} files: exit code {code}\n{server.report()}"
            contains(server.stderr(), "raise the limit of open files (ulimit -n)", f"{limit} files")
            refusals += 1
            continue
        server.stop()
        break
    else:
        raise AssertionError("64 files weren't enough to start")
    assert refusals, "6 files were enough to start"


@case
def out_of_descriptors(world):
    """A crowd that would take every file: who is connected is served on, the operator is told once, files are left for
    channels and whoever else is spoken to, and later ones come in."""
    if SANITIZED:
        return NO_FILES_FOR_SANITIZER
    server = world.server(toml(), before_start=limited((resource.RLIMIT_NOFILE, 96))).start()
    with Customer(server) as customer:
        host, port = server.address.rsplit(":", 1)
        crowd = [socket.create_connection((host, int(port)), timeout=DEADLINE_S) for _ in range(200)]
        customer.pays_until_said(server, "no more connections are taken: 48 are open")
        customer.pays_on()
        files = len(os.listdir(f"/proc/{server.process.pid}/fd"))
        assert files < 96 - 8, f"{files} files are open: none are left for channels"
        for connection in crowd:
            connection.close()
        # It learns of each by and by.
        soon = time.monotonic() + DEADLINE_S
        while (paid := server.pay("A-1"))["code_name"] == "busy":
            assert time.monotonic() < soon, "whoever comes when the crowd has gone is told busy"
        same(paid["code_name"], "ok", "the payment of one who came later")
        customer.pays_on()
    warnings = [line for line in server.stderr().splitlines() if "no more connections are taken" in line]
    contains(warnings[0], "Raise the limit of open files (ulimit -n)", "the warning")
    assert len(warnings) <= 3, f"it is said once a minute, not {len(warnings)} times"
    server.stop()
    customer.finds_all_paid(server)


@case
def all_places_taken_and_left_idle(world):
    """With every place taken a newcomer is told busy; a minute after nobody has said anything on them he is let in, in the
    place of one of those, and who is served stays."""
    if SANITIZED:
        return NO_FILES_FOR_SANITIZER
    server = world.server(toml(), before_start=limited((resource.RLIMIT_NOFILE, 96))).start()
    with Customer(server) as customer:
        host, port = server.address.rsplit(":", 1)
        crowd = []
        for _ in range(47):  # The customer has one.
            crowd.append(client.Connection(host, int(port)))
            same(crowd[-1].call(client.query_balances()).code, client.OK, "the answer to one of the crowd")
        same(server.pay("A-1")["code_name"], "busy", "a newcomer's payment")
        end = time.monotonic() + 2 * DEADLINE_S
        while (paid := server.pay("A-1"))["code_name"] == "busy":
            assert time.monotonic() < end, "nobody makes room for a newcomer"
            customer.pays_on(500)
        same(paid["code_name"], "ok", "the newcomer's payment")
        customer.pays_on()
        left = [c for c in crowd if is_served(c)]
        assert 0 < len(left) < len(crowd), f"{len(left)} of {len(crowd)} that were idle have stayed"
        for connection in crowd:
            connection.close()
    server.stop()
    customer.finds_all_paid(server)


@case
def no_room_for_the_map(world):
    """Where addresses are limited below what the map reserves, the start is refused by the key to change."""
    if SANITIZED:
        return "a sanitizer needs all addresses for itself"
    server = world.server(toml(map_gib=16), before_start=limited((resource.RLIMIT_AS, 8 << 30)))
    contains(server.refused(DATA), "Cannot allocate memory; lower store.map_gib, or allow more address space (ulimit -v)",
             "what to do")
    smaller = world.server(toml(map_gib=1), before_start=limited((resource.RLIMIT_AS, 8 << 30))).start()
    smaller.pay("A-1", expect=0)
    smaller.stop()
    return None


@case
def out_of_memory(world):
    """A server that gets no more memory stops at once and says so; what it acknowledged is there after the restart."""
    if SANITIZED:
        return "a sanitizer has its own ways of running out of memory"
    # One channel answers, the other never does: what waits for that one takes the memory.
    silent = channel("silent", methods=["slow"], concurrency=100_000, queue=65_536, submit_within_ms=60_000,
                     reply_within_ms=120_000, bank={"timeout": "100%"})
    server = world.server(toml([channel(), silent])).start()
    world.program.run(*payments(world, "B", 2_000), "--connect", server.address, expect=0)
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as file:
        data_kib = int(re.search(r"VmData:\s+(\d+)", file.read()).group(1))
    limit = (data_kib << 10) + (16 << 20)
    resource.prlimit(server.process.pid, resource.RLIMIT_DATA, (limit, limit))
    crowds = []
    for name in "CDEFGHIJ":
        arguments = payments(world, name, 4_096)
        arguments[arguments.index("card")] = "slow"
        crowds.append(world.program.start(*arguments, "--connect", server.address, "--in-flight", "4096"))
    same(server.wait_end(), INTERNAL, "the exit code")
    for crowd in crowds:
        crowd.kill()
        crowd.communicate()
    contains(server.stderr(), "oncepay: stopped: out of memory; give it more (ulimit -v, ulimit -d", "what to do")
    server.start()
    none_lost(told_done(world, "B"), known_orders(server))
    server.pay("A-1", expect=0)
    server.log("verify")
    server.kill()  # What waits for the silent bank would hold up a clean stop.
    return None


@case
def a_full_disk(world):
    """A disk that is really full: the server stops, says what to do, and the copy on another disk goes on."""
    disk = world.path("disk")
    os.mkdir(disk)
    # 32 MiB are taken by the write-ahead file from the beginning.
    size = "size=35m" if SANITIZED else "size=38m"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", disk], capture_output=True, text=True,
                             check=False)
    if mounted.returncode != 0:
        return f"needs a small file system: {mounted.stderr.strip()}"
    try:
        server = world.server(toml(), data="disk/data").start()
        crowd = world.program.start(*payments(world, "B", 30_000), "--connect", server.address)
        same(server.wait_end(), INTERNAL, "the exit code")
        crowd.kill()
        crowd.communicate()
        # Either way: a write of nothing is told as the one, a write that was cut short as the other.
        said = server.stderr()
        assert "make room on the disk" in said or "the disk is full or broken" in said, said
        contains(server.refused(DATA), "log backup", "what to do with a log whose commit failed")
        server.log("backup", "copy")
        server.log("verify", data="copy")
        server.log("release", "--operator", "lin", "--reason", "compared with alpha", data="copy")
        copy = world.server(None, data="copy")
        copy.config = server.config
        copy.take_keys("disk/data")
        copy.start()
        none_lost(told_done(world, "B"), known_orders(copy))
        copy.pay("A-1", expect=0)
        copy.stop()
    finally:
        world.end()
        subprocess.run(["umount", disk], check=True)
    return None


@case
def files_of_somebody_else(world):
    """Data of another user is refused by every command with what to do, and is left as it was."""
    server = world.server(toml()).start()
    server.pay("A-1", expect=0)
    server.stop()
    data = world.path("data")
    if os.geteuid() == 0:
        # Root may read anything: somebody else has to come.
        os.chmod(world.directory, 0o755)
        stranger = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        try:
            world.program.run("--version", cwd="/", **stranger)
        except PermissionError:
            return "somebody else can't reach the program"
        before_start = lambda: (os.setgroups([]), os.setgid(NOBODY), os.setuid(NOBODY))
    else:
        os.chmod(data, 0)
        stranger, before_start = {}, None
    advice = "Permission denied; run it as the user who owns the files"
    for arguments in (["log", "verify"], ["log", "dump"], ["log", "stat"], ["audit", "shop", "A-1"]):
        result = world.program.run(*arguments, "--data", data, expect=DATA, cwd="/", **stranger)
        contains(result.err, advice, " ".join(arguments))
    server.before_start = before_start
    contains(server.refused(DATA), advice, "the server")
    os.chmod(data, 0o750)
    server.before_start = None
    server.start()
    same(server.order("A-1", expect=0)["order"]["state"], "paid", "the order")
    server.stop()
    return None


def dump_begun(world, server):
    """A dump that stands amid the log: it has begun to tell, and its pipe, which nobody reads on, is full long before
    it is done. And its first character."""
    dump = world.start("log", "dump", "--data", server.data, cwd=world.directory)
    readable, _, _ = select.select([dump.stdout], [], [], DEADLINE_S)
    # Not through the stream, which would take more than it is asked for and keep it from `finish`.
    begun = os.read(dump.stdout.fileno(), 1).decode() if readable else ""
    assert begun == "{", f"no decision was told within {DEADLINE_S} s: {Program.finish(dump)}"
    return dump, begun


def stop_amid(process):
    """Stopped by a signal, and not before it really is."""
    process.send_signal(signal.SIGSTOP)
    state = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    same(state.si_code, os.CLD_STOPPED, "what the signal did; a dump that is through already needs more to tell")


@case
def a_stopped_reader(world):
    """A dump that nobody reads on, and one that is stopped amid the log, hold up no server; both then tell the rest."""
    server = world.server(toml()).start()
    # Under sanitizers each takes its time to be told.
    many = 600 if SANITIZED else 3_000
    world.program.run(*payments(world, "B", many), "--connect", server.address, expect=0)
    with Customer(server) as customer:
        end = server.log("stat", "--json").json()["decisions"]
        assert end > READ_AT_A_TIME, f"who has begun to tell {end} decisions has read them all: make more payments"
        readers = [dump_begun(world, server) for _ in range(2)]
        stopped = readers[1][0]
        stop_amid(stopped)
        customer.pays_on(100)
        customer.stop()  # Whoever pays on while others read makes all the more to read.
        server.log("verify")
        stopped.send_signal(signal.SIGCONT)
        for dump, begun in readers:
            told = begun + Program.finish(dump, 0).out
            positions = [json.loads(line)["position"] for line in told.splitlines()]
            assert len(positions) >= end, f"{len(positions)} decisions were told, and there were {end}"
            torn = next((n for n, position in enumerate(positions, 1) if position != n), None)
            same(torn, None, "the first decision that isn't told, or not in its turn")
    server.stop()
    customer.finds_all_paid(server)


@case
def a_dead_reader(world):
    """The place of a dump that was killed amid the log is freed, and the operator is told."""
    # The same look at who reads, every ten seconds, also warns of whoever keeps one state of the log for a minute: its
    # rule is tested in tests/store, which hasn't to wait for that.
    server = world.server(toml()).start()
    world.program.run(*payments(world, "B", 600), "--connect", server.address, expect=0)
    dump, _ = dump_begun(world, server)
    dump.kill()
    dump.communicate()
    until(lambda: server.order("B-0", expect=0) and server.stderr(),
          lambda said: "ended without closing it; freed" in said)
    server.stop()


if __name__ == "__main__":
    main()
