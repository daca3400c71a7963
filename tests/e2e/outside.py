#!/usr/bin/python3
"""`oncepay serve` with two channels over HTTP, each behind an `oncepay bank` that goes wrong in its own way: in the end
the banks' books and the log agree, and no money moved twice."""

import os
import time

from banks import WECHAT_KEY, TlsDoor, make_certificate
from cases import case, contains, main, same
from server import DEADLINE_S
from town import FAULTS, SHARES, SHOWN, SLOW_MS, Town, faults
from truth import FAILED, PAID


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
def called_back_at_the_till(world):
    """A payer types for longer than the till waits: either bank is asked to call the payment back, and the order has
    failed once it has; nothing moved."""
    wechat, alipay = ("[faults]\npayer_confirms_ms = 600000\n" + "".join(
        f'[[faults.script]]\namount_minor = {fen}\ndo = "{fault}"\n' for fen, fault in scripts.items())
        for scripts in ({200: "refuse", 900: "payer_confirms"}, {200: "payer_confirms"}))
    town = Town(world, wechat, alipay)
    town.server.stop()
    town.terms = {"reverse_after_ms": 900}
    town.reconfigure((town.wechat, {}), (town.alipay, {}))
    town.server.start()
    for number, fen in {"R-1": 900, "R-2": 200}.items():
        same(town.pay(number, fen)["in_doubt"], True, f"{number}, whose payer types")
    for number, states in {"R-1": ["reversed"], "R-2": ["failed", "reversed"]}.items():
        same([a["state"] for a in town.becomes(number, "failed")["attempts"]], states, number)
    town.server.stop()
    for bank in (town.wechat, town.alipay):
        same([state for _, state in bank.trades().values()], ["reversed"], f"the book of {bank.name}")
    town.compare()


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
    same(done["answered"], 150, "payments that were answered")
    town.settled()
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
