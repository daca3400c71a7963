#!/usr/bin/python3
"""kill -9 under load, again and again, at random moments: nothing acknowledged is lost, no money moves twice.

Three banks decline, keep silent (with and without the money), answer late or in words nobody mapped. One
`oncepay submit` runs through it all, as a client that sends again whatever it got no answer for. After every kill, with
nobody running, the log is compared with the banks' own books and with what the client was told.
"""

import argparse
import itertools
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time

import configuration
from cases import again
from server import DEADLINE_S, Program, Server
from truth import Answers, Books, Log, check

CHANNELS = ("alpha", "beta", "gamma")
MERCHANTS = ("shop", "cafe", "taxi")
ANSWERS_PER_ROUND_MAX = 2000
IN_FLIGHT = 256
# Banks this slow hold the rate at a few thousand a second on any machine, and hundreds of payments at the banks.
LATENCY = {"min": 1000, "p50": 50000, "p99": 150000, "max": 250000}
# Windows this short put what a kill interrupted in doubt before the next kill.
WINDOWS = {"submit_within_ms": 2000, "reply_within_ms": 300, "concurrency": 300}


def configuration_text(seed):
    declined = {"code": "DECLINED", "share": "10%", "try_another": True}
    stolen = {"code": "CARD_STOLEN", "share": "2%", "try_another": False}
    puzzling = {"code": "E_4711", "share": "0.5%", "unmapped": True}
    silent = {"timeout": "0.5%", "timeout_money_moved": "0.5%"}
    banks = {
        "alpha": {"failures": [declined, stolen], **silent},
        "beta": {"failures": [declined], "late": "0.5%", **silent},
        "gamma": {"failures": [stolen, puzzling], **silent},
    }
    channels = [
        configuration.channel(name, priority=10 * (i + 1), **WINDOWS,
                              bank={"seed": seed + i, "latency_us": LATENCY, "book": f"{name}.book", **banks[name]})
        for i, name in enumerate(CHANNELS)
    ]
    return configuration.toml(channels, [configuration.merchant(name) for name in MERCHANTS])


def order_no_of(row):
    return f"K-{row:06}"


def merchant_of(order_no):
    return MERCHANTS[int(order_no[2:]) % len(MERCHANTS)]


def name_of(order_no):
    return f"{merchant_of(order_no)}/{order_no}"


def payments(seed):
    """The lines of a file without an end, the same for the same seed."""
    rng = random.Random(seed)
    yield "merchant,order,amount\n"
    for row in itertools.count():
        order_no = order_no_of(row)
        yield f"{merchant_of(order_no)},{order_no},{rng.randint(1, 100000) / 100:.2f}\n"


def feed(path, lines):
    """Into a pipe, until its reader goes: so a submission outlasts the kills however slow this machine and build are."""
    os.mkfifo(path)

    def write():
        try:
            with open(path, "w", encoding="utf-8") as pipe:
                pipe.writelines(lines)
        except BrokenPipeError:
            pass

    threading.Thread(target=write, daemon=True).start()


class Run:
    def __init__(self, program, directory, seed, rounds):
        self.rng = random.Random(seed)
        self.rounds = rounds
        self.program = program
        self.directory = directory
        self.server = Server(program, directory, configuration_text(seed), options=("--metrics", "127.0.0.1:0"))
        self.log, self.books = Log(), Books(directory, CHANNELS)
        self.seed = seed
        self.kills = self.kills_starting = 0
        self.submissions = []

    def submit(self, results, path):
        self.submissions.append(self.program.start(
            "submit", path, "--connect", self.server.address, "--order-column", "order", "--currency", "CNY",
            "--method", "card", "--in-flight", str(IN_FLIGHT), "--connections", "2", "--json", "--results", results))
        return self.submissions[-1]

    def kill(self):
        self.server.kill()
        self.kills += 1

    def compare(self, answers, settled=False):
        """With nobody running."""
        self.log.read(self.server)
        self.books.read()
        check(self.log, self.books, settled)
        answers.check(self.log)
        self.server.log("verify")

    def start_again(self):
        while self.rng.random() < 0.2:  # A kill during the start: while it recovers, when it has, or at its first work.
            self.server.launch()
            self.server.wait_for(self.rng.choice(("metrics on", "recovered", Server.READY)))
            self.kill()
            self.kills_starting += 1
        self.server.start()

    def ask_about_some(self, answers):
        told = answers.told()
        for order_no in self.rng.sample(sorted(told), min(3, len(told))):
            reply = self.server.order(order_no, merchant_of(order_no))
            if told[order_no] in (0, 500):
                assert reply["code"] == told[order_no], f"{order_no} was told {told[order_no]}, now {reply}"

    def compare_balances(self):
        """While the server runs and is under load: its view against the postings up to the same position."""
        until = time.monotonic() + DEADLINE_S
        while (reply := self.server.ask("balances"))["position"] < self.log.position:
            assert time.monotonic() < until, f"the view never reached position {self.log.position}: {reply}"
        self.log.read(self.server, to=reply["position"]).compare_balances(reply)

    def run(self):
        self.server.start()
        answers = Answers(os.path.join(self.directory, "results"), name_of)
        endless = os.path.join(self.directory, "payments")
        feed(endless, payments(self.seed))
        submission = self.submit(answers.path, endless)
        for number in range(1, self.rounds + 1):
            wanted = answers.count() + self.rng.randint(1, ANSWERS_PER_ROUND_MAX)
            assert answers.wait_for(wanted, DEADLINE_S), f"the submission ended: {self.program.finish(submission)}"
            self.kill()
            self.compare(answers)
            print(f"kill {number:2}: {answers.count():6} answered; the log holds {self.log.position:6} decisions, "
                  f"{fates_text(self.log)}", flush=True)
            self.start_again()
            self.ask_about_some(answers)
            self.compare_balances()
        submission.send_signal(signal.SIGINT)  # It finishes what is in flight.
        self.program.finish(submission)
        answers.wait_end(DEADLINE_S)
        print("everything sent once more: what was answered is answered again, the rest is paid", flush=True)
        self.submit_again(answers)
        self.compare_balances()
        self.server.stop()
        self.compare(answers, settled=True)
        print(f"at the end: {fates_text(self.log)}; {len(self.books.requests)} requests at the banks, none twice")

    def submit_again(self, answers):
        """It also waits until nothing is under way: an order is answered when it is final or in doubt."""
        second = Answers(os.path.join(self.directory, "results-again"), name_of)
        sent = os.path.join(self.directory, "payments-sent.csv")
        rows = max(int(order_no[2:]) for order_no in answers.told()) + 2 * IN_FLIGHT
        with open(sent, "w", encoding="utf-8") as file:
            file.writelines(itertools.islice(payments(self.seed), 1 + rows))
        report = self.program.finish(self.submit(second.path, sent), expect=0).json()
        second.wait_end(DEADLINE_S)
        assert report["duplicates"] >= answers.count(), f"{answers.count()} had been answered: {report}"
        for order_no, code in answers.told().items():
            now = second.told()[order_no]
            # In doubt may have become certain; what was certain stays.
            assert now == code or code == 501, f"{name_of(order_no)} was told {code}, and now {now}"
        self.log.read(self.server)
        second.check(self.log)


    def discard(self):
        for process in (self.server.process, *self.submissions):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()


def fates_text(log):
    fates = log.fates()
    return f"{fates['paid']} paid, {fates['failed']} failed, {fates['in_doubt']} in doubt, {fates['open']} under way"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--oncepay", required=True, help="the program")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}, {arguments.rounds} rounds", flush=True)
    directory = tempfile.mkdtemp(prefix="oncepay-kill9-")
    started = time.monotonic()
    run = Run(Program(arguments.oncepay), directory, arguments.seed, arguments.rounds)
    try:
        run.run()
    except BaseException:
        run.discard()
        print(f"FAILED; left for you to look at: {directory}\n"
              f"again: {again(sys.argv[0], '--oncepay', run.program.path, '--seed', str(arguments.seed), '--rounds', str(arguments.rounds))}",
              flush=True)
        raise
    shutil.rmtree(directory)
    print(f"killed {run.kills} times, {run.kills_starting} of them while starting; {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
