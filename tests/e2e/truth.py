"""What is true: the log as `oncepay log dump` tells it, and the banks' books. And what must hold between the two.

The checks know nothing of the product's own code: the ledger is summed here once more, from the postings.
"""

import json
import os
import threading
from collections import Counter, defaultdict

OPEN, PAID, FAILED, CLOSED = "open", "paid", "failed", "closed"
LIVE = ("intended", "in_doubt", "manual", "reversing")


class Attempt:
    def __init__(self, order, number, channel):
        self.order, self.number, self.channel = order, number, channel
        self.state = "intended"  # then succeeded, failed or in_doubt
        self.is_surplus = False
        self.by_notice = False  # Succeeded by its bank's word alone, told of its own accord.
        self.contradicted = False


class Refund:
    def __init__(self, attempt, amount_minor):
        self.attempt, self.amount_minor = attempt, amount_minor
        self.state = "requested"  # then succeeded, failed or in_doubt


class Order:
    def __init__(self, name, amount_minor):
        self.name, self.amount_minor = name, amount_minor  # name: "merchant/order_no"
        self.state = OPEN
        self.attempts = []  # ids
        self.refunds = []  # their operations' ids

    def __str__(self):
        return f"order {self.name} ({self.state}, attempts {', '.join(self.attempts) or 'none'})"


class Log:
    """Folds the log's decisions, a part at a time."""

    def __init__(self):
        self.position = 0
        self.orders = {}
        self.attempts = {}
        self.refunds = {}
        self.balances = Counter()  # (path, currency) -> minor units; debits positive
        self.contradictions = 0

    def read(self, server, to=None):
        """Folds what came since, up to position `to`."""
        arguments = ["--from", str(self.position + 1)] + (["--to", str(to + 1)] if to is not None else [])
        for line in server.log("dump", *arguments).out.splitlines():
            self._fold(json.loads(line))
        return self

    def _fold(self, decision):
        position = decision["position"]
        assert position == self.position + 1, f"position {position} follows {self.position}"
        self.position = position
        name = decision["stream"].removeprefix("order/")
        per_currency = Counter()
        for event in decision["events"]:
            for posting in event.get("postings", []):
                amount = posting["amount"]
                self.balances[posting["account"], amount["currency"]] += amount["minor"]
                per_currency[amount["currency"]] += amount["minor"]
            self._fold_event(name, decision, event)
        assert not any(per_currency.values()), f"position {position}: postings don't sum to zero: {dict(per_currency)}"

    def _fold_event(self, name, decision, event):
        kind, what = event["event"], decision["input"]
        where = f"position {decision['position']}"
        if kind == "order_opened":
            assert name not in self.orders, f"{where}: order {name} is opened a second time"
            self.orders[name] = Order(name, what["amount"]["minor"])
        elif kind == "attempt_intended":
            identity = event["attempt_id"]
            assert identity not in self.attempts, f"{where}: attempt {identity} is intended a second time"
            order = self.orders[name]
            for before in order.attempts:
                assert self.attempts[before].state == "failed", \
                    f"{where}: {order} goes on although attempt {before} is {self.attempts[before].state}"
            order.attempts.append(identity)
            assert event["number"] == len(order.attempts), f"{where}: {order}: attempts are numbered without gaps"
            self.attempts[identity] = Attempt(order, event["number"], what["route"]["chosen"])
        elif kind in ("attempt_succeeded", "attempt_failed", "attempt_in_doubt", "attempt_manual", "attempt_reversing",
                      "attempt_reversed"):
            order = self.orders[name]
            attempt = self.attempts[order.attempts[event["number"] - 1]]
            assert attempt.state in LIVE, f"{where}: {order}: a final attempt changes"
            attempt.state = kind.removeprefix("attempt_")
            attempt.by_notice = attempt.state == "succeeded" and what.get("evidence") == "notice"
        elif kind == "surplus_booked":
            order = self.orders[name]
            surplus = self.attempts[order.attempts[event["number"] - 1]]
            if surplus.state != "reversing":  # else it goes back by that
                surplus.state, surplus.is_surplus = "succeeded", True
        elif kind.startswith("refund_"):
            self._fold_refund(name, where, what, event)
        elif kind in ("order_paid", "order_failed", "order_closed"):
            order = self.orders[name]
            assert order.state == OPEN, f"{where}: {order} is final and changes"
            order.state = kind.removeprefix("order_")
        elif kind == "contradiction_recorded":
            self.contradictions += 1
            self.attempts[self.orders[name].attempts[event["number"] - 1]].contradicted = True

    def _fold_refund(self, name, where, what, event):
        if event["event"] in ("refund_claimed", "refund_contradicted"):
            self.contradictions += event["event"] == "refund_contradicted"
            return
        order = self.orders[name]
        if event["event"] != "refund_requested":
            refund = self.refunds[order.refunds[event["number"] - 1]]
            assert refund.state in ("requested", "in_doubt", "manual"), f"{where}: {order}: a final refund changes"
            state = event["event"].removeprefix("refund_")
            refund.state = "in_doubt" if state == "enquired" else state
            return
        identity, attempt = event["operation_id"], order.attempts[event["attempt_number"] - 1]
        assert identity not in self.refunds, f"{where}: refund {identity} is requested a second time"
        assert self.attempts[attempt].state == "succeeded", f"{where}: {order}: gives back what {attempt} didn't take"
        # Without a merchant's wish it is all of a surplus.
        minor = what["amount"]["minor"] if what["input"] == "refund" else order.amount_minor
        self.refunds[identity] = Refund(attempt, minor)
        order.refunds.append(identity)
        alive = sum(self.refunds[r].amount_minor for r in order.refunds
                    if self.refunds[r].attempt == attempt and self.refunds[r].state != "failed")
        assert alive <= order.amount_minor, f"{where}: {order}: {alive} of {order.amount_minor} would go back"

    # --- what follows ---

    def explained(self, order, taken, kept_minor):
        """What became of an order, where the log and the banks agree; None where nothing explains them. `taken`: attempts
        whose money banks took and didn't call back; `kept_minor`: what they have of it now."""
        live = self.live_attempt(order)
        # A surplus is nobody's payment; that it goes back whole is compared with the banks' books.
        taken = [number for number in taken if not self.attempts[number].is_surplus]
        if order.state == PAID and not taken and self.was_told_wrongly(order):
            return "paid on a word that its bank took back"
        if order.state == PAID and len(taken) == 1:
            return "paid, given back" if kept_minor == 0 else "paid"
        if order.state == FAILED and not taken:
            return "called back" if self.attempts[order.attempts[-1]].state == "reversed" else "failed"
        if order.state == CLOSED and kept_minor == 0:
            return "closed, given back" if taken else "closed"
        if order.state not in (PAID, FAILED, CLOSED) and live is not None and live.state == "manual":
            return "manual"
        return None

    def was_told_wrongly(self, order):
        """Paid by a bank's first word, which its second one contradicts: recorded, alarmed, and a person's to look at."""
        return any(attempt.state == "succeeded" and attempt.contradicted
                   for attempt in map(self.attempts.get, order.attempts))

    def live_attempt(self, order):
        attempt = self.attempts[order.attempts[-1]]
        return attempt if attempt.state in LIVE else None

    def fate(self, order):
        """paid, failed, in_doubt, or open: an attempt may still be answered."""
        attempt = self.live_attempt(order)
        return "in_doubt" if attempt is not None and attempt.state != "intended" else order.state

    def fates(self):
        return Counter(self.fate(order) for order in self.orders.values())

    def compare_balances(self, reply):
        """The server's own balances at this position, line by line."""
        assert reply["code"] == 0 and reply["position"] == self.position, f"balances: {reply}"
        told = {(b["path"], b["amount"]["currency"]): b["amount"]["minor"] for b in reply["balances"]}
        ours = {key: minor for key, minor in self.balances.items() if minor}
        told = {key: minor for key, minor in told.items() if minor}
        assert told == ours, f"balances at position {self.position}: {told} were told, {ours} follow from the log"
        assert sum(told.values()) == 0, f"the ledger doesn't sum to zero: {told}"


class Books:
    """The banks' own records: which requests they saw, and which money moved."""

    def __init__(self, directory, channels):
        self._files = {channel: os.path.join(directory, f"{channel}.book") for channel in channels}
        self._read = Counter()
        self.requests = {}  # attempt id -> (channel, amount, moved)

    def read(self):
        for channel, path in self._files.items():
            if not os.path.exists(path):
                continue
            with open(path, encoding="utf-8") as file:
                file.seek(self._read[channel])
                text = file.read()
            whole = text[:text.rfind("\n") + 1]  # A killed writer may leave half a line; the bank never saw that one.
            self._read[channel] += len(whole)
            for line in whole.splitlines():
                self._line(channel, line)
        return self

    def _line(self, channel, line):
        _, attempt, amount, _, _, moved, repeat = line.split()
        assert repeat == "0" and attempt not in self.requests, f"{channel} was sent attempt {attempt} twice"
        self.requests[attempt] = (channel, int(amount), moved == "1")


def check(log, books, settled):
    """Log and books, read while no server ran. `settled`: every window has passed, so nothing is under way."""
    moved_of_order = defaultdict(list)
    for attempt_id, (channel, amount, moved) in books.requests.items():
        attempt = log.attempts.get(attempt_id)
        assert attempt is not None, f"{channel} was sent attempt {attempt_id}, which the log never intended"
        order = attempt.order
        assert attempt.channel == channel, f"{order}: attempt {attempt_id} went to {channel}"
        assert amount == order.amount_minor, f"{order}: {channel} was asked for {amount}"
        if moved:
            moved_of_order[order.name].append(attempt_id)
            assert attempt.state != "failed", f"{order}: money moved on {attempt_id}, and it counts as failed"
    for name, moved in moved_of_order.items():
        order = log.orders[name]
        assert len(moved) == 1, f"paid twice: {order}: money moved on {', '.join(moved)}"
        assert order.state != FAILED, f"told failed although paid: {order}: money moved on {moved[0]}"
        fate = log.fate(order)
        assert fate in (PAID, "in_doubt") or (fate == OPEN and not settled), f"{order}: money moved, and it is {fate}"
    for order in log.orders.values():
        if order.state == PAID:
            assert order.name in moved_of_order, f"told paid although no money moved: {order}"
            winner = moved_of_order[order.name][0]
            assert log.attempts[winner].state == "succeeded", f"{order}: money moved on {winner}, another one counts"
        if settled:
            assert log.fate(order) != OPEN, f"{order} is neither final nor in doubt after every window has passed"
    for _, currency in log.balances:
        total = sum(minor for (_, c), minor in log.balances.items() if c == currency)
        assert total == 0, f"the ledger doesn't sum to zero: {total} {currency}"
    assert log.contradictions == 0, f"{log.contradictions} banks contradicted themselves, which these don't"


class Answers:
    """What `oncepay submit --results FIFO` was told: each order's last answer, read as it comes."""

    def __init__(self, path, order_of):
        """`order_of`: an order number's name in the log."""
        os.mkfifo(path)
        self.path, self._order_of = path, order_of
        self._told, self._news, self._ended = {}, threading.Condition(), False
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        with open(self.path, encoding="utf-8") as lines:
            next(lines)  # the header
            for line in lines:
                order_no, code, *_ = line.split(",")
                with self._news:
                    self._told[order_no] = int(code)
                    self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def count(self):
        with self._news:
            return len(self._told)

    def wait_for(self, count, deadline_s):
        """Until so many orders were answered; False where the submission ended before."""
        with self._news:
            assert self._news.wait_for(lambda: self._ended or len(self._told) >= count, deadline_s), \
                f"{len(self._told)} of {count} answers have come within {deadline_s} s"
            return len(self._told) >= count

    def wait_end(self, deadline_s):
        with self._news:
            assert self._news.wait_for(lambda: self._ended, deadline_s), f"no end of answers within {deadline_s} s"

    def told(self):
        with self._news:
            return dict(self._told)

    def check(self, log):
        """What was acknowledged holds for ever."""
        for order_no, code in self.told().items():
            order = log.orders.get(self._order_of(order_no))
            assert order is not None, f"order {order_no} was answered with code {code}, and the log doesn't know it"
            if code == 0:
                assert order.state == PAID, f"lost: {order} was acknowledged as paid"
            elif code == 500:
                assert order.state == FAILED, f"{order} was acknowledged as failed"
            else:
                # In doubt when it was told; a late answer may have settled it since.
                assert code == 501, f"{order} was answered with code {code}, which nothing here should cause"
