#!/usr/bin/python3
"""Batches of pay-outs over real sockets: every line once, whatever is killed; a file that isn't what it should be pays
nobody."""

import time

from cases import case, contains, main, same
from configuration import channel, latency, merchant, toml
from server import DEADLINE_S, Program

LINES = 40


def file_of(world, name, lines=LINES, header="order_no,amount,payee", amount="10.00"):
    path = world.path(name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(header + "\n")
        file.writelines(f"{name}-{i},{amount},account-{i}\n" for i in range(1, lines + 1))
    return path


def topped_up(world, amount="1000.00", **options):
    terms = channel(pay_outs=["transfer"], bank={"book": "alpha.book", **options})
    server = world.server(toml([terms], merchants=[merchant("shop"), merchant("shut", suspended=True)])).start()
    server.ask("top-up", "shop", "T-1", amount, "CNY", "--method", "card", expect=0)
    return server


def arguments(number, path, *options, name="shop"):
    return ["batch", "pay-out", name, number, path, "--method", "transfer", "--currency", "CNY", *options]


def moved(world):
    """What the bank paid out, by its own book."""
    lines = [line.split() for line in open(world.path("alpha.book"), encoding="utf-8")]
    return [int(line[2]) for line in lines if line[2].startswith("-")]


def until_opened(world, number):
    """The log tells when the batch is durable; each question is a process of its own, so this spins at no great pace."""
    end = time.monotonic() + DEADLINE_S
    dump = ["log", "dump", "--data", world.path("data"), "--stream", f"batch/shop/{number}"]
    while '"event":"batch_opened"' not in world.program.run(*dump).out:
        assert time.monotonic() < end, f"not opened within {DEADLINE_S} s"


@case
def paid_once(world):
    """Each line is paid out; the same file again is the same batch; another file under its number is refused."""
    server = topped_up(world)
    path = file_of(world, "salaries")
    first = server.ask(*arguments("B-1", path, "--total", "400.00"), expect=0)["batch"]
    same({(line["code_name"], line["state"]) for line in first["lines"]}, {("ok", "paid")}, "the lines")
    same(moved(world), [-1000] * LINES, "what the bank moved")
    again = server.ask(*arguments("B-1", path, "--total", "400.00"), expect=0)
    assert again["duplicate"] or again["batch"]["lines"] == first["lines"], again
    other = file_of(world, "other", lines=3)
    refused = server.ask(*arguments("B-1", other), expect=1)
    same((refused["code"], refused["code_name"], refused["advice"]), (690, "batch_conflict", "do_not"), "another file")
    contains(world.program.run("batch", "show", "shop", "B-1", "--connect", server.address, expect=0).out,
             f"{LINES} of {LINES} lines paid out", "what people read")
    unknown = server.ask("batch", "show", "shop", "B-2", expect=1)
    same((unknown["code"], unknown["code_name"]), (691, "unknown_batch"), "nobody's number")
    server.stop()
    same(moved(world), [-1000] * LINES, "what the bank moved in all")
    dumped = server.log("dump").out
    same(dumped.count('"event":"attempt_intended"'), 1 + LINES, "attempts in the log, the top-up's included")
    assert "account-" not in dumped, "a payee lies open in the log"
    same(server.log("dump", "--stream", "batch/shop/B-1").out.count('"event":"batch_opened"'), 1, "batches in the log")
    server.log("verify")


@case
def a_wrong_file(world):
    """A file that was cut short, has a line twice, or has a bad line pays nobody."""
    server = topped_up(world)
    head = server.head()
    cut = file_of(world, "cut", lines=3)
    refused = world.program.run(*arguments("B-1", cut, "--total", "40.00"), "--connect", server.address, expect=4)
    contains(refused.err, "the lines add up to 30.00 CNY, and --total says 40.00 CNY", "cut short")
    twice = file_of(world, "twice", lines=2)
    with open(twice, "a", encoding="utf-8") as file:
        file.write("twice-1,10.00,account-1\n")
    refused = world.program.run(*arguments("B-1", twice), "--connect", server.address, expect=4)
    contains(refused.err, "line 4: order number twice-1 stands in line 2 already", "a line twice")
    alike = file_of(world, "alike", lines=2)
    with open(alike, "a", encoding="utf-8") as file:
        file.write("alike-3,10.00,account-1\n")
    refused = world.program.run(*arguments("B-1", alike), "--connect", server.address, expect=4)
    contains(refused.err, "line 4: payee and amount are those of line 2", "a payee twice with one amount")
    assert "account-1" not in refused.err, "a payee on the screen"
    bad = file_of(world, "bad", lines=2)
    with open(bad, "a", encoding="utf-8") as file:
        file.write("bad-3,ten,account-3\n")
    result = world.program.run(*arguments("B-1", bad), "--connect", server.address, expect=4)
    contains(result.err, "line 4: amount", "what people read")
    assert "account-3" not in result.err, "a payee on the screen"
    large = file_of(world, "large", lines=201)
    contains(world.program.run(*arguments("B-1", large), "--connect", server.address, expect=4).err, "several batches",
             "what people read")
    fine = file_of(world, "fine", lines=2)
    same(server.ask(*arguments("B-1", fine, name="shut"), expect=1)["code_name"], "merchant_suspended", "who is shut")
    same(server.head(), head, "the log's head")
    world.program.run("batch", "pay-out", "shop", "B-1", "--method", "transfer", "--currency", "CNY", expect=2)
    world.program.run("batch", "send", "shop", "B-1", fine, expect=2)
    server.stop()


@case
def killed_on_the_way(world):
    """kill -9 right after a batch is durable: it goes on by itself, and no line is paid twice."""
    server = topped_up(world, latency_us=latency(20_000))
    path = file_of(world, "salaries")
    sending = world.program.start(*arguments("B-1", path), "--connect", server.address)
    until_opened(world, "B-1")
    server.kill()
    Program.finish(sending)  # However far it had come.
    server.start()
    batch = server.ask(*arguments("B-1", path))["batch"]  # The same file again: waits, and sends nothing twice.
    same(len(batch["lines"]), LINES, "lines")
    fates = {line["code_name"] for line in batch["lines"]}
    assert fates <= {"ok", "in_doubt"}, fates
    server.stop()
    attempts = server.log("dump").out.count('"event":"attempt_intended"')
    same(attempts, LINES + 1, "attempts: one a line, and the top-up's")
    assert len(moved(world)) <= LINES, "a line was paid out twice"


@case
def a_line_that_cannot(world):
    """What isn't covered is refused by itself."""
    server = topped_up(world, amount="25.00")
    path = file_of(world, "three", lines=2)
    with open(path, "a", encoding="utf-8") as file:
        file.write("three-3,100.00,account-3\n")
    batch = server.ask(*arguments("B-1", path), expect=1)["batch"]
    same([line["code_name"] for line in batch["lines"]], ["ok", "ok", "insufficient_funds"], "the lines")
    same(moved(world), [-1000, -1000], "what the bank moved")
    server.stop()
    Program.finish(world.program.start("batch", "show", "shop", "B-1", "--connect", server.address), 5)


if __name__ == "__main__":
    main()
