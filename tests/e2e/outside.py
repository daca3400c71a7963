#!/usr/bin/python3
"""`oncepay serve` with two channels over HTTP, each behind an `oncepay bank` that goes wrong in its own way: in the end
the banks' books and the log agree, and no money moved twice."""

import os
import time
from collections import defaultdict

import configuration
from banks import ACCOUNT, WECHAT_KEY, Bank, TlsDoor, make_certificate, make_keys
from cases import case, contains, main, same
from server import DEADLINE_S
from truth import FAILED, PAID, Log

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

    def __init__(self, world, wechat_faults="", alipay_faults=""):
        make_keys(world.directory)
        self.wechat = Bank(world.program, world.directory, "wx", "wechat-v2", wechat_faults)
        self.alipay = Bank(world.program, world.directory, "ali", "alipay", alipay_faults)
        world.servers += [self.wechat, self.alipay]
        for bank in (self.wechat, self.alipay):
            bank.start()
        self.server = world.server(configuration.toml(channels=[
            configuration.outside_channel("wx", http(self.wechat), priority=10, **TERMS),
            configuration.outside_channel("ali", http(self.alipay), priority=20, **TERMS)]))
        self.server.environment = {"E2E_WECHAT_KEY": WECHAT_KEY}
        self.server.start()

    def reconfigure(self, *channels):
        """From the next start on; each is a bank, or one with what differs in how it is spoken to."""
        with open(self.server.config, "w", encoding="utf-8") as file:
            file.write(configuration.toml(channels=[
                configuration.outside_channel(bank.name, {**http(bank), **other}, priority=10 + n, **TERMS)
                for n, (bank, other) in enumerate(channels)]))

    def pay(self, order_no, fen, code=SHOWN):
        shown = ["--payer-code", code] if code else []
        return self.server.ask("pay", "shop", order_no, f"{fen / 100:.2f}", "CNY", "--method", "code", *shown)["order"]

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
        booked = {(bank.name, number): trade for bank in (self.wechat, self.alipay)
                  for number, trade in bank.trades().items()}
        moved = defaultdict(list)
        for (bank, number), (minor, state) in booked.items():
            attempt = log.attempts.get(number)
            assert attempt is not None, f"{bank} was sent {number}, which the log never intended"
            same(attempt.channel, bank, f"the channel of {number}")
            same(minor, attempt.order.amount_minor, f"the amount of {number}")
            assert state != "confirming", f"{number} still waits for its payer"
            if state == "paid":
                moved[attempt.order.name].append(number)
                same(attempt.state, "succeeded", f"{attempt.order}, whose money moved on {number}")
        for name, order in log.orders.items():
            assert len(moved[name]) == (1 if order.state == PAID else 0), f"{order}: money moved on {moved[name]}"
            assert order.state in (PAID, FAILED), f"{order} isn't settled"
        assert not any(sum(minor for (_, c), minor in log.balances.items() if c == currency)
                       for _, currency in log.balances), "the ledger doesn't sum to zero"
        return log


@case
def every_fault_once(world):
    """Each fault of a bank ends as it must: paid once, failed with proof, or in doubt until an enquiry proves it."""
    town = Town(world, faults())
    same(town.pay("A-1", 100)["state"], "paid", "a payment")
    order = town.pay("A-2", 200)
    same((order["state"], [a["channel"] for a in order["attempts"]]), ("paid", ["wx", "ali"]), "refused by one bank")
    order = town.pay("A-3", 300)
    same((order["state"], len(order["attempts"])), ("failed", 1), "declined for the payer's own reasons")
    doubtful = {fen: f"B-{fen}" for fen in FAULTS if fen >= 400 and fen != 500}
    for fen, number in doubtful.items():
        order = town.pay(number, fen)
        same((order["in_doubt"], len(order["attempts"])), (True, 1), f"{FAULTS[fen]}: {order}")
    order = town.pay("B-500", 500)
    same(order["in_doubt"], True, f"drop_before: {order}")
    for fen, number in doubtful.items():
        if FAULTS[fen] == "system_error":
            continue  # never booked: not found, in the end
        order = town.becomes(number, "paid")
        same((len(order["attempts"]), order["attempts"][0]["channel"]), (1, "wx"), f"{FAULTS[fen]}: {order}")
    for number in ("B-500", doubtful[1100]):
        same(len(town.becomes(number, "failed")["attempts"]), 1, f"{number}, which the bank never booked")
    for number in (doubtful[700], doubtful[800]):
        contains(town.server.stderr(), f"ALARM channel wx: order/shop/{number}: a reply", "a reply not to believe")
    order = town.pay("C-1", 100, code="")
    same([a["code"] for a in order["attempts"]], ["NO_PAYER_CODE", "NO_PAYER_CODE"], "without the payer's code")
    town.wechat.stop()
    order = town.pay("D-1", 100)
    same([(a["channel"], a["code"]) for a in order["attempts"]], [("wx", "NOT_REACHED"), ("ali", "10000")],
         "with a bank that is down")
    town.server.stop()
    town.compare()
    for folder, _, files in os.walk(world.path("data")):
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                stored = file.read()
            for secret in (SHOWN, WECHAT_KEY):
                assert secret.encode() not in stored, f"{secret} lies open in {name}"
    for said in (town.server.stderr(), town.server.log("dump").out):
        assert SHOWN not in said and WECHAT_KEY not in said, "a secret was printed"


@case
def killed_in_the_middle(world):
    """A server killed with requests at its bank sends none again: what the bank did is found out and counts."""
    town = Town(world, faults())
    numbers = [f"K-{n}" for n in range(8)]
    waiting = [world.program.start("pay", "shop", number, "10.00", "CNY", "--method", "code", "--payer-code", SHOWN,
                                   "--connect", town.server.address) for number in numbers]
    until = time.monotonic() + DEADLINE_S
    while len(town.wechat.trades()) < len(numbers) // 2:
        assert time.monotonic() < until, "the payments don't reach the bank"
    town.server.kill()
    for process in waiting:
        world.program.finish(process, expect=5)
    town.server.start()
    for number in numbers:
        order = town.server.order(number)
        if order["code"] == 301:  # the kill was faster: nobody was told of it, and it may be sent
            continue
        order = order["order"]
        if order["attempts"][0]["attempt_id"] in town.wechat.trades():
            same(len(town.becomes(number, "paid")["attempts"]), 1, f"{number}, which the bank has")
        else:
            town.becomes(number, "failed")
    town.server.stop()
    assert len(town.compare().orders) >= len(numbers) // 2, "too few payments to prove anything"


SHARES = {"refuse": "10%", "decline": "5%", "system_error": "5%", "payer_confirms": "5%", "slow": "3%",
          "drop_before": "5%", "drop_after": "5%", "garbage": "5%", "wrong_signature": "5%", "other_amount": "5%"}


@case
def all_at_once(world):
    """A hundred and fifty payments at once over two banks that go wrong in every way, questions included: all settle."""
    payments = "{ " + ", ".join(f'{fault} = "{share}"' for fault, share in SHARES.items()) + " }"
    enquiries = "{ " + ", ".join(f'{fault} = "2%"' for fault in SHARES) + " }"
    bad = [f"seed = {seed}\n[faults]\nslow_ms = {SLOW_MS}\npayer_confirms_ms = 500\npayments = {payments}\n"
           f"enquiries = {enquiries}\n" for seed in (1, 2)]
    town = Town(world, *bad)
    with open(world.path("rows.csv"), "w", encoding="utf-8") as rows:
        rows.write("merchant,amount,shown\n" + "".join(f"shop,{n}.{n % 100:02},{SHOWN}\n" for n in range(1, 151)))
    done = world.program.run("submit", world.path("rows.csv"), "--currency", "CNY", "--method", "code",
                             "--payer-code-column", "shown", "--in-flight", "150", "--connect", town.server.address,
                             "--json", expect=0).json()
    until = time.monotonic() + DEADLINE_S
    while world.program.run("orders", "--data", town.server.data, cwd=world.directory, expect=0).out.count("shop") > 0:
        assert time.monotonic() < until, f"not all is settled; {done}"
    town.server.stop()
    log = town.compare()
    fates = log.fates()
    assert fates[PAID] >= 100 and fates[FAILED] >= 5, f"too little went right, or wrong: {fates}"


@case
def both_banks_down(world):
    """With no bank to reach, payments fail definitely, and the same server pays again when one is back."""
    town = Town(world)
    town.wechat.kill()
    town.alipay.kill()
    order = town.pay("A-1", 100)
    same((order["state"], [a["code"] for a in order["attempts"]]), ("failed", ["NOT_REACHED", "NOT_REACHED"]), "no bank")
    town.alipay.start()
    same(town.pay("A-2", 100)["state"], "paid", "with one bank back")
    town.server.stop()
    town.compare()


@case
def keys_missing(world):
    """Without its keys nothing starts, and a channel that has left the configuration is sent nothing any more."""
    town = Town(world)
    town.server.stop()
    town.server.environment = {}
    contains(town.server.refused(3), "channel.http.key.env: the environment has no E2E_WECHAT_KEY", "without the key")
    town.reconfigure((town.alipay, {}))
    town.server.start()
    order = town.pay("A-1", 100)
    same([(a["channel"], a["code"]) for a in order["attempts"]], [("wx", "NOT_SENT"), ("ali", "10000")],
         "with a channel that has no keys")
    contains(town.server.stderr(), "ALARM channel wx: the configuration names no keys for it", "what operators are told")
    town.server.stop()
    town.compare()


@case
def through_tls(world):
    """Through TLS a channel is believed only where a known authority vouches for its host."""
    town = Town(world)
    town.server.stop()
    genuine, forged = (make_certificate(world.directory, name) for name in ("genuine", "forged"))
    doors = [TlsDoor(town.wechat, forged), TlsDoor(town.alipay, genuine)]
    town.reconfigure(*((bank, {"url": f"https://localhost:{door.port}", "ca": "genuine.pem"})
                       for bank, door in zip((town.wechat, town.alipay), doors)))
    town.server.start()
    for n in range(3):
        order = town.pay(f"A-{n}", 100)
        same([(a["channel"], a["code"]) for a in order["attempts"]], [("wx", "NOT_REACHED"), ("ali", "10000")],
             "with somebody in between")
    same(town.wechat.trades(), {}, "what the bank behind the forged certificate heard")
    town.server.stop()
    town.compare()
    for door in doors:
        door.close()


@case
def stopped_while_a_bank_is_silent(world):
    """A server is stopped while a bank owes it answers: it ends in order, and the next one finds out."""
    town = Town(world, faults().replace(f"slow_ms = {SLOW_MS}", "slow_ms = 100000"))
    same(town.pay("A-1", 1000)["in_doubt"], True, "a payment whose bank is silent")
    town.server.stop()
    town.server.start()
    same(len(town.becomes("A-1", "paid")["attempts"]), 1, "the payment")
    town.server.stop()
    town.compare()


if __name__ == "__main__":
    main()
