#!/usr/bin/python3
"""What whoever operates a server meets: mistakes are told with what to do, and nothing is half started."""

import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess

from cases import case, contains, main, same
from configuration import channel, latency, merchant, toml
from server import DEADLINE_S, Program

USAGE, CONFIGURATION, DATA, INTERNAL = 2, 3, 4, 70


def files_below(directory):
    return sorted(os.path.join(d, f) for d, _, files in os.walk(directory) for f in files)


@case
def mistakes_in_the_configuration(world):
    """All mistakes of a configuration are told at once with their lines, and nothing is made."""
    text = toml([channel(), channel("beta")]).replace('fee = "0.60%"', 'fee = 0.6\nfees = "1%"')
    text = text.replace('id = "beta"', 'id = "Beta Bank"').replace("16", "0")
    server = world.server(text)
    said = server.refused(CONFIGURATION)
    lines = text.splitlines()
    for key in ("fee = 0.6", 'fees = "1%"', 'id = "Beta Bank"', "map_gib = 0"):
        contains(said, f"oncepay.toml:{lines.index(key) + 1}: ", f"the mistake {key}")
    contains(said, "4 mistakes; nothing was started", "the summary")
    assert not os.path.exists(world.path("data")), "a data directory was made"


@case
def no_configuration(world):
    """A configuration that isn't there is told as that."""
    server = world.server(toml())
    os.remove(server.config)
    contains(server.refused(CONFIGURATION), "oncepay.toml", "which file")
    assert not os.path.exists(world.path("data")), "a data directory was made"


@case
def wrong_arguments(world):
    """Wrong arguments end with exit code 2, name the mistake, and start nothing."""
    for arguments, part in (
            (["serve"], "--data"),
            (["serve", "--data", "data"], "--config"),
            (["serve", "--data", "data", "--config", "oncepay.toml", "--lisen", "x"], "--lisen"),
            (["sreve"], "did you mean 'serve'"),
            (["pay", "shop", "A-1", "1.2.3", "CNY", "--method", "card"], "1.2.3"),
            (["pay", "shop", "A-1", "1.00", "XYZ", "--method", "card"], "XYZ"),
            (["pay", "Shop!", "A-1", "1.00", "CNY", "--method", "card"], "Shop!"),
            (["submit", "nowhere.csv", "--currency", "CNY", "--method", "card"], "nowhere.csv"),
            (["rule", "propose", "shop", "A-1", "paid", "--attempt", "1", "--operator", "lin"], "paid"),
            (["rule", "propose", "shop", "A-1", "failed", "--operator", "lin"], "--attempt N or --refund N"),
            (["rule", "propose", "shop", "A-1", "failed", "--attempt", "1", "--operator", "lin"], "--evidence"),
            (["rule", "approve", "shop", "A-1", "--proposal", "A-1", "--operator", "mei"], "names no proposal"),
            (["rule", "approve", "shop", "A-1", "--proposal", "0" * 25 + "1"], "--operator"),
            (["rule", "withdraw", "shop", "A-1", "--proposal", "0" * 25 + "1", "--operator", "lin"], "--reason"),
            (["log", "verfy"], "did you mean verify"),
            (["audit", "--data", "data", "shop"], "ORDER_NO"),
    ):
        result = world.program.run(*arguments, expect=USAGE, cwd=world.directory)
        contains(result.err, part, " ".join(arguments))
        same(result.out, "", "standard output")
    same(files_below(world.directory), [], "files made")


@case
def nobody_listens(world):
    """A server that can't be reached is exit code 5, and a payment's fate is then known: it never left."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # Bound and not listening: whoever connects is refused.
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        result = world.program.run("pay", "shop", "A-1", "1.00", "CNY", "--method", "card", "--connect", address,
                                   expect=5)
    contains(result.err, address, "which server")


@case
def the_listen_address(world):
    """An address in use, or none at all, is told; exit code 2, and the data directory isn't kept locked."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        contains(world.server(toml(), listen=address).refused(USAGE), address, "which address")
    for wrong in ("localhost", "127.0.0.1:http", "nowhere.example:7400", "127.0.0.1:65536"):
        contains(world.server(toml(), listen=wrong).refused(USAGE), wrong, "which address")
    server = world.server(toml()).start()
    server.pay("A-1", expect=0)
    server.stop()


@case
def a_second_server(world):
    """A data directory in use is refused with the process that uses it; the first server goes on."""
    first = world.server(toml()).start()
    second = world.server(None)
    second.config = first.config
    contains(second.refused(DATA), f"in use: process {first.process.pid}", "who uses it")
    first.pay("A-1", expect=0)
    first.kill()
    second.start()  # A killed server leaves no lock behind.
    same(second.order("A-1", expect=0)["order"]["state"], "paid", "the order")
    second.stop()


@case
def another_environment(world):
    """A log of another environment is refused: a test server must never speak for production."""
    first = world.server(toml(environment="production")).start()
    first.pay("A-1", expect=0)
    first.stop()
    before = first.head()
    said = world.server(toml(environment="test")).refused(DATA)
    contains(said, "production", "whose log it is")
    contains(said, "test", "who came")
    same(first.head(), before, "the log's head")


@case
def not_a_log(world):
    """Files that are no log of this format are refused and left as they are."""
    os.makedirs(world.path("data", "log"))
    rubbish = b"something else entirely " * 1000
    with open(world.path("data", "log", "data.mdb"), "wb") as file:
        file.write(rubbish)
    server = world.server(toml())
    server.refused(DATA)
    with open(world.path("data", "log", "data.mdb"), "rb") as file:
        same(file.read() == rubbish, True, "left as it was")
    server.log("verify", expect=DATA)


@case
def not_writable(world):
    """A data directory that can't be made is refused with the reason."""
    with open(world.path("file"), "w", encoding="utf-8") as file:
        file.write("a regular file\n")
    said = world.server(toml(), data="file/data").refused(DATA)
    contains(said, "file/data can't be made: file: ", "which directory, and what is in its way")


@case
def missing_data(world):
    """Audit and log commands on a directory that isn't there: exit code 4, and nothing is made."""
    for arguments in (["audit", "--data", "data", "shop", "A-1"], ["log", "stat", "--data", "data"],
                      ["log", "verify", "--data", "data"], ["log", "dump", "--data", "data"],
                      ["log", "backup", "--data", "data", "copy"],
                      ["log", "release", "--data", "data", "--operator", "lin", "--reason", "trying"]):
        result = world.program.run(*arguments, expect=DATA, cwd=world.directory)
        contains(result.err, "data", " ".join(arguments))
    same(os.listdir(world.directory), [], "files made")


@case
def the_book(world):
    """A bank's book that can't be opened stops the server with the reason: no payment without its record."""
    os.mkdir(world.path("alpha.book"))
    server = world.server(toml([channel(bank={"book": "alpha.book"})]))
    contains(server.refused(INTERNAL), "alpha.book can't be opened: Is a directory", "the reason")
    os.rmdir(world.path("alpha.book"))
    server.start()
    server.pay("A-1", expect=0)
    server.stop()


@case
def audit_of_a_running_server(world):
    """Audit, stat, verify and dump read the log of a running server and don't disturb it."""
    server = world.server(toml()).start()
    server.pay("A-1", expect=0)
    told = server.audit("A-1", expect=0).json()
    same(len(told["decisions"]), 2, "decisions")
    server.audit("A-2", expect=1)
    for command in ("stat", "verify", "dump"):
        server.log(command)
    server.pay("A-2", expect=0)
    server.audit("A-2", expect=0)
    server.stop()
    same(server.audit("A-1", expect=0).json()["decisions"], told["decisions"], "the audit after the stop")


@case
def a_clean_stop(world):
    """SIGTERM with work under way: it is answered before the server ends, and nothing new is taken."""
    server = world.server(toml([channel(bank={"latency_us": latency(1_000_000), "book": "alpha.book"})])).start()
    payments = [server.start_pay(f"A-{i}") for i in range(10)]
    wait_for_lines(world.path("alpha.book"), 10)
    server.terminate()
    server.wait_for("stopping: finishing what is under way")
    for payment in payments:
        same(Program.finish(payment, 0).json()["order"]["state"], "paid", "the order")
    same(server.wait_end(), 0, "the exit code")
    server.wait_for("stopped at position")
    server.start()
    for i in range(10):
        same(server.order(f"A-{i}", expect=0)["order"]["state"], "paid", "the order after the restart")
    server.stop()


@case
def two_signals(world):
    """A second SIGTERM ends the server at once; what was under way is in doubt afterwards, and not sent again."""
    server = world.server(toml([channel(bank={"latency_us": latency(8_000_000), "book": "alpha.book"})])).start()
    payment = server.start_pay("A-1")
    wait_for_lines(world.path("alpha.book"), 1)
    server.terminate()
    server.wait_for("stopping: finishing what is under way")
    server.terminate()
    same(server.wait_end(), 128 + signal.SIGTERM, "the exit code")
    contains(Program.finish(payment, 5).err, "run the same command again", "what the client is told to do")
    server.start()
    again = server.pay("A-1", expect=1)
    same((again["code_name"], again["duplicate"]), ("in_doubt", True), "the same command again")
    server.stop()
    same(len(open(world.path("alpha.book"), encoding="utf-8").readlines()), 1, "requests at the bank")


@case
def a_failed_commit(world):
    """A full disk: the server stops, the log is marked and refuses to start; a verified copy of it goes on."""
    limit = 3 << 20

    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # Beyond the limit a write fails, as on a full disk.
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    # Started once without the limit: the write-ahead file takes all its place when it is made.
    server = world.server(toml()).start()
    server.stop()
    server.before_start = small_files
    server.start()
    with open(world.path("many.csv"), "w", encoding="utf-8") as file:
        file.write("merchant,order,amount\n")
        file.writelines(f"shop,B-{i},10.00\n" for i in range(30_000))
    crowd = world.program.start("submit", world.path("many.csv"), "--connect", server.address, "--order-column",
                                "order", "--currency", "CNY", "--method", "card", "--results", world.path("told.csv"))
    same(server.wait_end(), INTERNAL, "the exit code")
    crowd.kill()
    crowd.communicate()
    contains(server.stderr(), "oncepay: stopped: ", "why it stopped")
    server.before_start = None
    said = server.refused(DATA)
    contains(said, "log backup", "what to do")
    server.log("backup", "copy")
    server.log("verify", data="copy")
    copy = world.server(None, data="copy")
    copy.config = server.config
    copy.take_keys("data")
    server.log("release", "--operator", "lin", "--reason", "compared with alpha", data="copy")
    copy.start()
    with open(world.path("told.csv"), encoding="utf-8") as file:
        told = [line.split(",") for line in file.read().splitlines()[1:]]
    assert told, "nothing was acknowledged before the disk was full"
    known = {json.loads(line)["stream"] for line in copy.log("dump").out.splitlines()}
    for order_no, code, *_ in told:
        assert code != "0" or f"order/shop/{order_no}" in known, f"{order_no} was acknowledged and isn't in the copy"
    copy.stop()


@case
def a_log_left_behind(world):
    """A disk that is full when what was acknowledged goes on to the log: who runs the server, or stops it, is told."""
    with open(world.path("some.csv"), "w", encoding="utf-8") as file:
        file.write("merchant,order,amount\n")
        file.writelines(f"shop,C-{i},10.00\n" for i in range(300))
    for data, is_stopped in (("idle", False), ("stopped", True)):
        server = world.server(toml(), data=data)
        server.before_start = lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        server.start()
        world.program.run("submit", world.path("some.csv"), "--connect", server.address, "--order-column", "order",
                          "--currency", "CNY", "--method", "card", expect=0)
        server.stop()
        server.start()
        # The write-ahead file is written from its beginning again, and takes the one decision; the log's pages lie beyond.
        limit = 32 << 10
        assert os.path.getsize(world.path(data, "log", "data.mdb")) > 4 * limit
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (limit, limit))
        world.program.run("channel", "off", "alpha", "--operator", "lin", "--reason", "the disk is full", "--connect",
                          server.address, expect=0)
        if is_stopped:
            server.terminate()
        same(server.wait_end(), INTERNAL, f"the exit code, {data}")
        contains(server.stderr(), "what was committed can't be written to the log", f"why it ended, {data}")


@case
def a_restored_backup(world):
    """A copy made while the server runs: queries only, then released by a named person, then payments."""
    server = world.server(toml()).start()
    server.pay("A-1", expect=0)
    server.log("backup", "copy")
    server.pay("A-2", expect=0)
    server.log("backup", "copy", expect=DATA)  # Never over something that exists.
    server.stop()
    server.log("release", "--operator", "lin", "--reason", "trying", expect=1)  # It isn't restored.
    copy = world.server(None, data="copy")
    copy.config = server.config
    refused = copy.refused(DATA)
    contains(refused, "Copy keys/ from where it was written", "what to do without keys")
    assert not os.path.exists(world.path("copy/keys")), "keys were made for a log that had some"
    copy.take_keys("data")
    copy.start()
    copy.wait_for("restored from a backup: queries only")
    same(copy.order("A-1", expect=0)["order"]["state"], "paid", "the order")
    same(copy.pay("A-3", expect=1)["code_name"], "restored_mode", "a payment")
    copy.log("release", "--operator", "lin", "--reason", "too early", expect=DATA)  # A server runs on it.
    copy.stop()
    copy.log("release", "--operator", "lin", "--reason", "compared with alpha")
    contains(copy.log("dump", "--stream", "operations").out, "compared with alpha", "why it was released")
    copy.start()
    same(copy.pay("A-1", expect=0)["duplicate"], True, "an order that is sent again after the restoration")
    copy.pay("A-3", expect=0)
    # What the copy never saw is the danger it was restored with: the same attempt goes to the bank, which knows it.
    same(copy.pay("A-2", expect=0)["order"]["attempts"][0]["attempt_id"],
         server.audit("A-2", expect=0).json()["decisions"][0]["events"][1]["attempt_id"], "the attempt's id")
    copy.stop()


@case
def nobody_reads_what_it_says(world):
    """Whoever started it read that it is ready, and went away: it serves on, and stops in good order."""
    server = world.server(toml())
    process = subprocess.Popen(server.command(), cwd=server.directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
    for line in process.stdout:
        if "ready on" in line:
            server.address = line.split("ready on ")[1].split()[0]
            break
    process.stdout.close()
    server.pay("A-1", expect=0)
    process.send_signal(signal.SIGTERM)
    same(process.wait(DEADLINE_S), 0, "the exit code")


@case
def keys_that_are_lost(world):
    """Keys of another log are refused, and so is a log without keys, until somebody says that its own are lost."""
    server = world.server(toml()).start()
    server.pay("A-1", expect=0)
    server.stop()
    other = world.server(toml(), data="other").start()
    other.stop()
    os.rename(world.path("data/keys"), world.path("kept"))
    os.rename(world.path("other/keys"), world.path("data/keys"))
    contains(server.refused(DATA), "aren't those that its log was written with", "why it refuses")
    shutil.rmtree(world.path("data/keys"))
    server.options = ("--new-keys",)
    server.start()
    same(server.pay("A-1", expect=1)["code_name"], "order_conflict", "an order from before that is sent again")
    server.pay("A-2", expect=0)
    server.stop()
    contains(server.refused(USAGE), "holds the log's keys; start it without", "why it refuses")
    server.options = ()
    server.start()
    same(server.pay("A-2", expect=0)["duplicate"], True, "an order that is sent again")
    server.stop()
    shutil.rmtree(world.path("data/keys"))
    os.rename(world.path("kept"), world.path("data/keys"))
    contains(server.refused(DATA), "aren't those that its log was written with", "why it refuses")
    server.options = ("--new-keys",)  # Which takes those that are there.
    server.start()
    same(server.pay("A-1", expect=0)["duplicate"], True, "an order of the first keys")
    server.stop()


@case
def another_configuration(world):
    """Changed terms in the configuration are applied at the start, and the log tells them."""
    server = world.server(toml()).start()
    server.pay("A-1", expect=0)
    server.stop()
    changed = world.server(toml([channel(cost="0.30%"), channel("beta")], [merchant(fee="1%")])).start()
    changed.wait_for("configuration applied: 1 merchants, 2 channels, 3 changed")
    changed.pay("A-2", expect=0)
    fee = [b for b in changed.ask("balances", "platform/fees", expect=0)["balances"]]
    assert len(fee) <= 1, fee  # The view may lie behind.
    changed.stop()
    changed.start()
    changed.wait_for("configuration applied: 1 merchants, 2 channels, 0 changed")
    changed.stop()


@case
def the_time_to_start(world):
    """A start after a kill, with some thousand orders in the log, tells how long each step took."""
    server = world.server(toml()).start()
    with open(world.path("many.csv"), "w", encoding="utf-8") as file:
        file.write("merchant,order,amount\n")
        file.writelines(f"shop,B-{i},10.00\n" for i in range(5_000))
    world.program.run("submit", world.path("many.csv"), "--connect", server.address, "--order-column", "order",
                      "--currency", "CNY", "--method", "card", expect=0)
    server.kill()
    server.start()
    steps = ("configuration read", "log opened", "keys and views opened", "recovered", "configuration applied", "ready on")
    for step in steps:
        told = server.wait_for(step).string
        print(f"        {told}")
        assert re.search(r"\(\d+ ms", told), f"how long it took isn't told: {told}"
    server.stop()


def wait_for_lines(path, count):
    """Until the file has so many lines: `tail` follows it, so nothing here has to ask again and again."""
    with subprocess.Popen(["tail", "-n", "+1", "-F", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tail:
        for _ in range(count):
            tail.stdout.readline()
        tail.kill()


if __name__ == "__main__":
    main()
