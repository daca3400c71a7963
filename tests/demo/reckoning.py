"""The closing tables: the banks' own books against our log, order by order."""

import os
import sys
from collections import Counter, defaultdict

from stage import say

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from truth import Log  # noqa: E402  pylint: disable=wrong-import-position


class StoppedServer:
    """What Log reads from."""

    def __init__(self, stage):
        self.stage = stage

    def log(self, command, *arguments):
        process = self.stage.spawn("log", command, "--data", "data", *arguments, stdout=-1)
        self.out = process.communicate()[0]
        return self


class Book:
    """A bank's: what it was asked to do, and what it did."""

    def __init__(self, bank):
        self.asked, self.trades, self.refunds = Counter(), {}, {}
        with open(f"{bank}.book", encoding="utf-8") as lines:
            for kind, _, _, number, *rest in map(str.split, lines):
                if kind == "A":
                    self.asked[number] += 1
                elif kind == "T":
                    self.trades[number] = (int(rest[0]), rest[1])
                else:
                    self.refunds[rest[0]] = (number, int(rest[1]))

    def taken(self):
        return {number: minor for number, (minor, state) in self.trades.items() if state == "paid"}


def _row(what, *cells):
    say(f"  {what:<48}" + "".join(f"{cell:>12}" for cell in cells))


def _yuan(minor):
    return f"{minor / 100:,.2f}".replace(",", " ")


def _compare_banks(log, books):
    """Rows that must all be zero are summed."""
    _row("at the bank", *books)
    _row("asked to pay or to give back", *(sum(b.asked.values()) for b in books.values()))
    _row("payments taken", *(len(b.taken()) for b in books.values()))
    _row("  in CNY", *(_yuan(sum(b.taken().values())) for b in books.values()))
    _row("refunds given", *(len(b.refunds) for b in books.values()))
    wrong = {
        "asked twice for the same": lambda b: sum(times > 1 for times in b.asked.values()),
        "asked for what our log never intended": lambda b: sum(n not in log.attempts and n not in log.refunds
                                                               for n in b.asked),
        "took another amount than the order's": lambda b: sum(
            log.attempts[n].order.amount_minor != minor for n, minor in b.taken().items() if n in log.attempts),
        "gave back more, less or else than our log says": lambda b: sum(
            r not in log.refunds or (log.refunds[r].attempt, log.refunds[r].amount_minor, log.refunds[r].state) !=
            (payment, minor, "succeeded") for r, (payment, minor) in b.refunds.items()),
    }
    total = 0
    for what, count in wrong.items():
        counts = [count(b) for b in books.values()]
        total += sum(counts)
        _row(what, *counts)
    return total


def _compare_orders(log, books):
    kept, ever = Counter(), defaultdict(list)
    for book in books.values():
        for number, minor in book.taken().items():
            if number in log.attempts:
                ever[log.attempts[number].order.name].append(number)
                kept[number] += minor
        for payment, minor in book.refunds.values():
            kept[payment] -= minor
    fates = Counter()
    for name, order in log.orders.items():
        taken, rests = ever[name], sum(kept[number] for number in ever[name])
        fate = log.explained(order, taken, rests)
        fates[fate or "unexplained"] += 1
        if fate is None:
            say(f"  UNEXPLAINED: {order}; banks took money on {taken or 'nothing'}, and keep {rests} of it")
    _row("what became of the orders", "orders")
    for fate, what in (("paid", "paid: one bank took the money, once"),
                       ("paid, given back", "paid, and all given back"),
                       ("failed", "failed: no bank took anything"),
                       ("called back", "failed: called back in time, nothing is kept"),
                       ("closed", "closed or expired: no bank took anything"),
                       ("closed, given back", "closed, paid too late, and given back"),
                       ("manual", "in doubt: a person has to find out"), ("unexplained", "unexplained")):
        _row(what, fates[fate])
    return fates["unexplained"]


def reckon(stage, banks):
    """Prints the tables; how much is wrong."""
    log = Log().read(StoppedServer(stage))
    books = {bank: Book(bank) for bank in banks}
    say("")
    wrong = _compare_banks(log, books)
    say("")
    wrong += _compare_orders(log, books)
    left = sum(log.balances.values())
    say("")
    _row("our ledger", "CNY")
    _row("the banks owe us, after what they gave back", _yuan(sum(
        minor for (path, _), minor in log.balances.items() if path.endswith(("/receivable", "/cost")))))
    _row(f"all {len(log.balances)} accounts together", _yuan(left))
    return wrong + (left != 0)
