#!/usr/bin/python3
"""A large real input over HTTP: transfers of AMLSim, each a payment by code, at two `oncepay bank`s with all their faults
on - payments, enquiries and notices -, while the server and then a bank are killed (kill -9). In the end each order is
explained by the log and the banks' books together, and no money moved twice.

The data isn't part of this repository: see amlsim.py. Where it isn't there, the test is skipped (exit code 77).
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict

from amlsim import SKIPPED, transactions_file, write_day
from cases import World, again, same
from notices import owed_at
from server import DEADLINE_S, Program, free_port
from town import SHARES, Town
from truth import Answers

NOTICE_SHARES = {"lost": "10%", "duplicate": "5%", "contradict": "2%", "wrong_signature": "5%", "other_amount": "2%",
                 "stray": "2%"}
ENQUIRY_SHARE = "2%"
IN_FLIGHT = 128
# On a busy machine payments wait for a second, and a bank's answer to an enquiry may overtake the payment that it is about.
TERMS = {"submit_within_ms": 5_000, "reply_within_ms": 2_000, "not_found_after_ms": 5_000}
SLOW_MS = 2_500  # beyond the reply window
# Where it does so for longer, what was paid late is a surplus, and one that its bank refuses is offered again after two
# minutes.
SETTLED_WITHIN_S = DEADLINE_S + 300


def everything_on(seed):
    """A bank's file: every fault it knows, each with a share."""
    def table(shares):
        return "{ " + ", ".join(f'{fault} = "{share}"' for fault, share in shares.items()) + " }"
    return (f"seed = {seed}\n[notices]\nafter_ms = 100\nagain_ms = 300\n[faults]\nslow_ms = {SLOW_MS}\n"
            f"payer_confirms_ms = 700\nnot_found_ms = 300\npayments = {table({**SHARES, 'recall': '1%'})}\n"
            f"enquiries = {table({fault: ENQUIRY_SHARE for fault in SHARES})}\nnotices = {table(NOTICE_SHARES)}\n")


class Day:
    def __init__(self, world, rows):
        self.world, self.rows = world, rows
        port = free_port()
        self.town = Town(world, everything_on(1), everything_on(2), terms=TERMS,
                         takes={"notices": f"127.0.0.1:{port}", "notices_url": f"http://127.0.0.1:{port}"})
        self.banks = (self.town.wechat, self.town.alipay)
        self.day = world.path("day.csv")
        write_day(self.day, rows, ["code"])
        with open(self.day, encoding="utf-8") as file:
            self.merchants = {row.split(",")[1]: row.split(",")[0] for row in file}

    def submit(self, results):
        return self.world.program.start(
            "submit", self.day, "--connect", self.town.server.address, "--order-column", "order_no", "--method-column",
            "method", "--payer-column", "payer", "--payer-code-column", "shown", "--currency", "CNY",
            "--open-merchants", "--merchant-fee", "0.60%", "--in-flight", str(IN_FLIGHT), "--json", "--results", results)

    def pay(self):
        """With a kill of the server after a third of the answers, and of a bank after two thirds."""
        answers = Answers(self.world.path("results"), lambda number: f"{self.merchants[number]}/{number}")
        submission = self.submit(answers.path)
        for part, victim in ((1, self.town.server), (2, self.town.wechat)):
            assert answers.wait_for(self.rows * part // 3, DEADLINE_S), \
                f"the submission ended: {self.world.program.finish(submission)}"
            victim.kill()
            print(f"kill -9 after {answers.count()} answers", flush=True)
            victim.start()
        report = self.world.program.finish(submission, expect=0).json()
        answers.wait_end(DEADLINE_S)
        same(report["answered"], self.rows, "payments that were answered")
        return answers

    def settle(self):
        """Until no bank has anything to tell, and no order waits for anything: what is told last may be of a surplus,
        which goes back."""
        until = time.monotonic() + SETTLED_WITHIN_S
        server = self.town.server
        while any(owed_at(bank) for bank in self.banks) or \
                self.world.program.run("orders", "--data", server.data, "--json", cwd=server.directory,
                                       expect=0).json()["orders"]:
            assert time.monotonic() < until, f"banks have something to tell, or orders are open, after {SETTLED_WITHIN_S} s"

    def reckon(self, log):
        """What became of each order, by the log and the banks' books."""
        taken, kept = defaultdict(list), Counter()
        for bank in self.banks:
            for number, (minor, state) in bank.trades().items():
                if state == "paid":
                    taken[log.attempts[number].order.name].append(number)
                    kept[number] += minor
            for _, payment, minor in bank.refunds():
                kept[payment] -= minor
        fates, strange = Counter(), []
        for name, order in log.orders.items():
            fate = log.explained(order, taken[name], sum(kept[number] for number in taken[name]))
            fates[fate or "unexplained"] += 1
            if fate is None:
                strange.append(f"{order}: banks took money on {taken[name] or 'nothing'}")
        return fates, strange

    def run(self):
        started = time.monotonic()
        answers = self.pay()
        print(f"{self.rows} payments answered in {time.monotonic() - started:.1f} s", flush=True)
        self.settle()
        again_told = self.world.program.finish(self.submit(self.world.path("again")), expect=0).json()
        same(again_told["duplicates"], self.rows, "payments that were sent once more and not made again")
        self.town.server.stop()
        log = self.town.compare()
        answers.check(log)
        fates, strange = self.reckon(log)
        print(f"settled after {time.monotonic() - started:.1f} s; {log.contradictions} times a bank contradicted itself")
        for fate in sorted(fates):
            print(f"  {fates[fate]:7}  {fate}")
        print(f"  {fates['unexplained']:7}  unexplained", flush=True)
        assert not strange, "\n".join(strange[:10])
        same(sum(fates.values()), self.rows, "orders")
        assert fates["paid on a word that its bank took back"] <= self.rows // 50, f"too many lies were believed: {fates}"
        assert fates["paid"] > self.rows // 4 and fates["failed"] > 0 and log.contradictions > 0, \
            f"too little went right, or wrong: {fates}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--oncepay", required=True, help="the program")
    parser.add_argument("--rows", type=int, default=6_000, help="the first so many transfers; default %(default)s")
    arguments = parser.parse_args()
    if not os.path.exists(transactions_file()):
        print(f"skipped: {transactions_file()} isn't there; ONCEPAY_DATA names another folder")
        sys.exit(SKIPPED)
    world = World(Program(arguments.oncepay), tempfile.mkdtemp(prefix="oncepay-outside-amlsim-"))
    try:
        Day(world, arguments.rows).run()
    except BaseException:
        print(f"FAILED; left for you to look at: {world.directory}\nagain: "
              f"{again(sys.argv[0], '--oncepay', world.program.path, '--rows', str(arguments.rows))}", flush=True)
        raise
    finally:
        world.end()
    shutil.rmtree(world.directory)


if __name__ == "__main__":
    main()
