"""Two banks over HTTP that go wrong, a server before them, and what must hold between the banks' books and the log."""

import time
from collections import Counter, defaultdict

import configuration
from banks import ACCOUNT, WECHAT_KEY, Bank, make_keys
from cases import same
from server import DEADLINE_S
from truth import CLOSED, FAILED, PAID, Log

SHARES = {"refuse": "10%", "decline": "5%", "system_error": "5%", "payer_confirms": "5%", "slow": "3%",
          "drop_before": "5%", "drop_after": "5%", "garbage": "5%", "wrong_signature": "5%", "other_amount": "5%"}
SHOWN = "134567890123456789"
# Amounts in fen that the WeChat bank meets with a fault, whatever happens around them.
FAULTS = {200: "refuse", 300: "decline", 400: "drop_after", 500: "drop_before", 600: "garbage", 700: "wrong_signature",
          800: "other_amount", 900: "payer_confirms", 1000: "slow", 1100: "system_error"}
SLOW_MS = 1500
TERMS = {"methods": ["code"], "submit_within_ms": 1000, "reply_within_ms": 1000, "enquire_after_ms": 400,
         "enquire_interval_ms": 400, "enquiries": 100, "not_found_after_ms": 1000}


def faults():
    return f"[faults]\nslow_ms = {SLOW_MS}\npayer_confirms_ms = 700\nnot_found_ms = 600\n" + "".join(
        f'[[faults.script]]\namount_minor = {amount}\ndo = "{fault}"\n' for amount, fault in FAULTS.items())


def http(bank):
    settings = {"wechat-v2": {"app_id": "wx1", "mch_id": ACCOUNT["wechat-v2"], "ip": "127.0.0.1", "subject": "Tea"},
                "alipay": {"app_id": ACCOUNT["alipay"], "subject": "Tea"}}[bank.dialect]
    keys = {"key": {"env": "E2E_WECHAT_KEY"}} if bank.dialect == "wechat-v2" else \
        {"private_key": {"file": "customer.private.pem"}, "public_key": {"file": "bank.public.pem"}}
    return {"url": f"http://{bank.address}", "dialect": bank.dialect, "settings": settings, **keys}


class Town:
    """Two banks, and a server that prefers the first."""

    def __init__(self, world, wechat_faults="", alipay_faults="", terms=None, takes=None, options=()):
        self.terms = terms or {}  # What differs from TERMS; where it is changed, from the next `reconfigure` on.
        self.takes = takes  # [server]
        make_keys(world.directory)
        self.wechat = Bank(world.program, world.directory, "wx", "wechat-v2", wechat_faults)
        self.alipay = Bank(world.program, world.directory, "ali", "alipay", alipay_faults)
        world.servers += [self.wechat, self.alipay]
        for bank in (self.wechat, self.alipay):
            bank.start()
        self.server = world.server(None, options=options)
        self.reconfigure((self.wechat, {}), (self.alipay, {}))
        self.server.environment = {"E2E_WECHAT_KEY": WECHAT_KEY}
        self.server.start()

    def reconfigure(self, *channels):
        """From the next start on; each is a bank, or one with what differs in how it is spoken to."""
        with open(self.server.config, "w", encoding="utf-8") as file:
            file.write(configuration.toml(server=self.takes, channels=[
                configuration.outside_channel(bank.name, {**http(bank), **other}, **{**TERMS, **self.terms},
                                              priority=10 + n)
                for n, (bank, other) in enumerate(channels)]))

    def pay(self, order_no, fen, code=SHOWN, options=()):
        shown = ["--payer-code", code] if code else []
        return self.server.ask("pay", "shop", order_no, f"{fen / 100:.2f}", "CNY", "--method", "code", *shown,
                               *options)["order"]

    def close(self, order_no):
        """The reply's code."""
        return self.server.ask("close", "shop", order_no)["code"]

    def start_refund(self, order_no, refund_no, fen):
        """Gives it back without waiting for the answer."""
        return self.server.program.start("refund", "shop", order_no, refund_no, f"{fen / 100:.2f}", "CNY", "--connect",
                                         self.server.address, "--json")

    def refund(self, order_no, refund_no, fen):
        """The reply's code."""
        return self.server.program.finish(self.start_refund(order_no, refund_no, fen)).json()["code"]

    def refunded(self, order_no, least=0):
        """refund number -> its state, once there are so many and all of them are settled."""
        until = time.monotonic() + DEADLINE_S
        while True:
            order = self.server.order(order_no)["order"]
            states = {r["refund_no"]: r["state"] for r in order["refunds"]}
            if len(states) >= least and set(states.values()) <= {"succeeded", "failed"}:
                return states
            assert time.monotonic() < until, f"refunds of {order_no} aren't settled after {DEADLINE_S} s: {order}"

    def settled(self):
        """Waits until nothing of any order is open or in doubt."""
        until = time.monotonic() + DEADLINE_S
        while (left := self.server.program.run("orders", "--data", self.server.data, cwd=self.server.directory,
                                               expect=0).out).count("shop") > 0:
            assert time.monotonic() < until, f"not all is settled after {DEADLINE_S} s:\n{left}"

    def becomes(self, order_no, state):
        """The order, once it is in this state."""
        until = time.monotonic() + DEADLINE_S
        while True:
            order = self.server.order(order_no)["order"]
            if order["state"] == state:
                return order
            assert time.monotonic() < until, f"{order_no} isn't {state} after {DEADLINE_S} s: {order}"

    def compare(self):
        """What stands in the log, of a server that is stopped, and in the banks' books."""
        log = Log().read(self.server)
        moved, back = defaultdict(list), Counter()
        for bank in (self.wechat, self.alipay):
            for number, times in Counter(bank.asked()).items():
                same(times, 1, f"how often {bank.name} was asked for {number}")
                assert number in log.attempts or number in log.refunds, f"{bank.name} was asked for {number}: by whom?"
            for number, (minor, state) in bank.trades().items():
                attempt = log.attempts.get(number)
                assert attempt is not None, f"{bank.name} was sent {number}, which the log never intended"
                same(attempt.channel, bank.name, f"the channel of {number}")
                same(minor, attempt.order.amount_minor, f"the amount of {number}")
                assert state != "confirming", f"{number} still waits for its payer"
                if state == "paid":
                    moved[attempt.order.name].append(number)
                    same(attempt.state, "succeeded", f"{attempt.order}, whose money moved on {number}")
                elif state == "declined" and attempt.by_notice and bank.lies and bank.dialect == "wechat-v2":
                    # Its answer was lost, this dialect's notice of a failure proves nothing, and what it told after that
                    # was a lie, which its own book contradicts.
                    attempt.contradicted = True
            back.update(self._compare_refunds(log, bank))
        for name, order in log.orders.items():
            assert order.state in (PAID, FAILED, CLOSED), f"{order} isn't settled"
            surplus = [number for number in moved[name] if log.attempts[number].is_surplus]
            kept = [number for number in moved[name] if number not in surplus]
            # A notice may lie before anything else was heard, where its bank is slower than everybody's patience.
            expected = (0, 1) if log.was_told_wrongly(order) else (1,) if order.state == PAID else (0,)
            assert len(kept) in expected, f"{order}: money moved on {moved[name]}"
            for number in surplus:
                same(back[number], order.amount_minor, f"{order}: what went back of the surplus {number}")
        assert not any(sum(minor for (_, c), minor in log.balances.items() if c == currency)
                       for _, currency in log.balances), "the ledger doesn't sum to zero"
        return log

    @staticmethod
    def _compare_refunds(log, bank):
        """Each refund of the bank's book is one the log decided, and the other way round: what went back, by attempt."""
        back, booked = Counter(), bank.refunds()
        for refund, payment, minor in booked:
            decided = log.refunds.get(refund)
            assert decided is not None, f"{bank.name} gave back {refund}, which the log never intended"
            same((decided.attempt, decided.amount_minor, decided.state), (payment, minor, "succeeded"), f"refund {refund}")
            back[payment] += minor
        same(len(booked), len({refund for refund, _, _ in booked}), f"refunds that {bank.name} gave back once")
        for payment, minor in back.items():
            paid = log.attempts[payment].order.amount_minor
            assert minor <= paid, f"{bank.name} gave back {minor} of {paid} on {payment}"
        for refund, decided in log.refunds.items():
            assert decided.state in ("succeeded", "failed"), f"refund {refund} isn't settled: {decided.state}"
            if decided.state == "succeeded" and log.attempts[decided.attempt].channel == bank.name:
                assert any(number == refund for number, _, _ in booked), f"{bank.name} doesn't know of refund {refund}"
        return back
