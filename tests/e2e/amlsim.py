#!/usr/bin/python3
"""A large real input: the 117 805 transfers of AMLSim's 20K_cycle200, each a payment, over three channels of which one
declines a fifth and one falls silent now and then. Twice: the second time changes nothing.

The data isn't part of this repository. ONCEPAY_DATA names the folder that holds datasets/amlsim; without it
../shared/data beside the checkout is looked at; where neither is, the test is skipped (exit code 77).
"""

import argparse
import csv
import os
import shutil
import sys
import tempfile
import time
from collections import Counter

import configuration
from cases import again
from server import DEADLINE_S, Program, Server

SKIPPED = 77
ROWS = 117_805
CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def transactions_file():
    """Where they lie, whether or not they do."""
    data = os.environ.get("ONCEPAY_DATA") or os.path.join(CHECKOUT, "..", "shared", "data")
    return os.path.normpath(os.path.join(data, "datasets", "amlsim", "20K_cycle200", "transactions.csv"))


def code_shown(method, number):
    """Eighteen digits, by whose first ones it is known which wallet shows them; other methods take any."""
    first = {"wechat-code": "13", "alipay-code": "28"}.get(method, "")
    return first + str(number).zfill(18 - len(first))


def write_day(path, rows, methods):
    """The first so many transfers as a day's payments by code, for `oncepay submit`: the methods take turns."""
    with open(transactions_file(), encoding="utf-8") as transfers, open(path, "w", encoding="utf-8") as day:
        day.write("merchant,order_no,amount,method,payer,shown\n")
        for number, row in zip(range(1, rows + 1), csv.DictReader(transfers)):
            method = methods[number % len(methods)]
            day.write(f"m-{row['targetNodeId']},day-{number:06},{row['value']},{method},"
                      f"payer-{row['sourceNodeId']},{code_shown(method, number)}\n")


def configuration_text():
    declined = {"code": "DECLINED", "share": "20%", "try_another": True}
    quick = {"min": 200, "p50": 1000, "p99": 10000, "max": 30000}
    channels = [
        configuration.channel("alpha", priority=10, bank={"seed": 1, "latency_us": quick, "failures": [declined]}),
        # Behind alpha it would only see what alpha declines; at the same rank each gets a share.
        configuration.channel("beta", priority=10, reply_within_ms=1000,
                              bank={"seed": 2, "latency_us": quick, "timeout": "0.5%", "timeout_money_moved": "0.5%"}),
        configuration.channel("gamma", priority=30, cost="0.90%", bank={"seed": 3, "latency_us": quick}),
    ]
    return configuration.toml(channels, [])


def minor(decimal):
    whole, _, part = decimal.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0"))


class Ledger:
    """Sums of the server's ledger, whose about 20 000 accounts no single reply lists."""

    def __init__(self, server, position):
        self.server, self.position = server, position

    def ask(self, prefix):
        until = time.monotonic() + DEADLINE_S
        while (reply := self.server.ask("balances", prefix, expect=0))["position"] < self.position:
            assert time.monotonic() < until, f"the view never reached position {self.position}: {reply}"
        return reply

    def sum(self, prefix):
        (total,) = self.ask(prefix)["sums"]
        return total["minor"]


class Run:
    def __init__(self, program, directory, transactions, rows):
        self.program, self.directory, self.rows = program, directory, rows
        # Named as the whole file is: order numbers are made of the name.
        self.transactions = self.path("transactions.csv")
        with open(transactions, encoding="utf-8") as whole, open(self.transactions, "w", encoding="utf-8") as part:
            part.writelines(line for _, line in zip(range(rows + 1), whole))
        self.server = Server(program, directory, configuration_text())

    def submit(self, results):
        """Named so that the order numbers are those of a person who runs the README's command."""
        started = time.monotonic()
        report = self.program.run(
            "submit", self.transactions, "--connect", self.server.address, "--merchant-column", "targetNodeId",
            "--merchant-prefix", "m-", "--payer-column", "sourceNodeId", "--amount-column", "value", "--time-column",
            "time", "--currency", "CNY", "--method", "card", "--open-merchants", "--merchant-fee", "0.60%",
            "--in-flight", "2048", "--connections", "2", "--json", "--results", results, expect=0).json()
        fates = Counter()
        for outcome in report["outcomes"]:
            fates[outcome["fate"]] += outcome["count"]
        print(f"{report['answered']} answered in {time.monotonic() - started:.1f} s, "
              f"{report['payments_per_s']:.0f}/s: {dict(fates)}; {report['duplicates']} duplicates", flush=True)
        assert report["answered"] == report["accepted"] == sum(fates.values()) == self.rows, report
        assert set(fates) <= {"paid", "failed", "in doubt"}, fates
        return report, fates

    def paid_minor(self, results):
        """The successes, from the input's own amounts and the answers."""
        with open(self.transactions, encoding="utf-8") as file:
            amounts = {f"transactions-{line:07}": minor(row["value"])
                       for line, row in enumerate(csv.DictReader(file), 2)}
        with open(results, encoding="utf-8") as file:
            return sum(amounts[row["order_no"]] for row in csv.DictReader(file) if row["state"] == "paid")

    def check_ledger(self, paid, position):
        ledger = Ledger(self.server, position)
        assert ledger.sum("") == 0, f"the ledger doesn't sum to zero: {ledger.sum('')}"
        channels = {b["path"]: b["amount"]["minor"] for b in ledger.ask("channel/")["balances"]}
        assert all(path.endswith(("/receivable", "/cost")) for path in channels), channels
        taken = sum(channels.values())
        assert taken == paid, f"receivables and costs are {taken}, the successes {paid}: {channels}"
        passed_on = -ledger.sum("merchant/") - ledger.sum("platform/fees")
        assert passed_on == paid, f"merchants and fees got {passed_on} of {paid}"
        print(f"{ledger.ask('')['accounts']} accounts sum to zero; receivables and costs: {taken / 100:.2f} CNY",
              flush=True)

    def run(self):
        self.server.start()
        first, fates = self.submit(self.path("first.csv"))
        assert first["duplicates"] == 0, first
        assert fates["paid"] > 0.97 * self.rows and fates["in doubt"] > 0, f"that isn't what these banks do: {fates}"
        head = self.server.head()
        self.check_ledger(self.paid_minor(self.path("first.csv")), head)
        second, fates_again = self.submit(self.path("second.csv"))
        assert second["duplicates"] == self.rows, second
        assert fates_again == fates, f"{fates} became {fates_again}"
        assert self.server.head() == head, f"the head moved from {head} to {self.server.head()}"
        self.server.stop()
        started = time.monotonic()
        print(self.server.log("verify").out.strip(), f"({time.monotonic() - started:.1f} s)")
        size = sum(os.path.getsize(os.path.join(self.path("data", "log"), f)) for f in os.listdir(self.path("data", "log")))
        print(f"{size / self.rows:.0f} bytes of log a payment")

    def path(self, *parts):
        return os.path.join(self.directory, *parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--oncepay", required=True, help="the program")
    parser.add_argument("--rows", type=int, default=ROWS, help="only the first so many; default all, %(default)s")
    arguments = parser.parse_args()
    transactions = transactions_file()
    if not os.path.exists(transactions):
        print(f"skipped: {transactions} isn't there; ONCEPAY_DATA names another folder")
        sys.exit(SKIPPED)
    directory = tempfile.mkdtemp(prefix="oncepay-amlsim-")
    run = Run(Program(arguments.oncepay), directory, transactions, arguments.rows)
    try:
        run.run()
    except BaseException:
        run.server.discard()
        print(f"FAILED; left for you to look at: {directory}\nagain: "
              f"{again(sys.argv[0], '--oncepay', run.program.path, '--rows', str(run.rows))}", flush=True)
        raise
    shutil.rmtree(directory)


if __name__ == "__main__":
    main()
