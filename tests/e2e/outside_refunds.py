#!/usr/bin/python3
"""Refunds and closes at channels over HTTP, each behind an `oncepay bank` that goes wrong in its own way: nothing goes
back twice or beyond what was paid, and the banks' books and the log agree in the end."""

import time

from banks import TlsDoor, make_certificate
from cases import case, main, same
from server import DEADLINE_S
from town import FAULTS, SHARES, Town, faults

OK, REFUND_CONFLICT, REFUND_FAILED, REFUND_IN_DOUBT, TOO_LARGE, ALREADY_PAID = 0, 306, 503, 504, 604, 606
TOLD_AT_ONCE = {"wx": REFUND_IN_DOUBT, "ali": OK}  # WeChat says that it took a refund on, its enquiry that it was done.


def town_of(world, *bad):
    """WeChat's bank stands behind a door that lets in only who shows our certificate, as the real one does."""
    town = Town(world, *bad)
    town.server.stop()
    door, ours = (make_certificate(world.directory, name) for name in ("door", "ours"))
    town.door = TlsDoor(town.wechat, door, visitors=ours)
    town.through_door = {"url": f"https://localhost:{town.door.port}", "ca": "door.pem", "certificate": "ours.pem",
                         "certificate_key": {"file": "ours.pem.key"}}
    prefer(town, town.wechat)
    return town


def prefer(town, first):
    """Starts a server that tries this bank first."""
    if town.server.process.poll() is None:
        town.server.stop()
    channels = [(town.wechat, town.through_door), (town.alipay, {})]
    town.reconfigure(*(channels if first is town.wechat else reversed(channels)))
    town.server.start()


def at_both(town):
    for bank in (town.wechat, town.alipay):
        prefer(town, bank)
        yield bank


def booked(town):
    """Refunds in the banks' books."""
    return len(town.wechat.refunds()) + len(town.alipay.refunds())


@case
def in_parts_at_both(world):
    """In parts, in full, several at once and too much, at both banks: what was paid goes back, once and no more."""
    town = town_of(world)
    for bank in at_both(town):
        name = bank.name
        for number in ("parts", "full", "race"):
            same(town.pay(f"{name}-{number}", 10_000)["attempts"][0]["channel"], name, "who was paid")
        told = TOLD_AT_ONCE[name]
        same(town.refund(f"{name}-parts", f"{name}-R1", 6_000), told, "a part")
        same(town.refund(f"{name}-parts", f"{name}-R2", 4_001), TOO_LARGE, "more than is left")
        same(town.refund(f"{name}-parts", f"{name}-R1", 5_999), REFUND_CONFLICT, "another amount under its number")
        same(town.refund(f"{name}-parts", f"{name}-R2", 4_000), told, "the rest")
        same(town.refund(f"{name}-parts", f"{name}-R3", 1), TOO_LARGE, "anything of nothing")
        same(town.refund(f"{name}-full", f"{name}-R4", 10_001), TOO_LARGE, "more than was paid")
        same(town.refund(f"{name}-full", f"{name}-R4", 10_000), told, "all of it")
        racing = [town.start_refund(f"{name}-race", f"{name}-Q{n}", 6_000) for n in range(5)]
        codes = sorted(world.program.finish(process).json()["code"] for process in racing)
        same(codes, sorted([told] + 4 * [TOO_LARGE]), "five of 60 on 100 at once")
        same(set(town.refunded(f"{name}-parts").values()), {"succeeded"}, "refunds in parts")
        same(set(town.refunded(f"{name}-full").values()), {"succeeded"}, "a refund in full")
        same(sum(state == "succeeded" for state in town.refunded(f"{name}-race").values()), 1, "who won the race")
        same(town.refund(f"{name}-full", f"{name}-R4", 10_000), OK, "the same refund again")
    town.server.stop()
    town.compare()
    same(sorted(minor for bank in (town.wechat, town.alipay) for _, _, minor in bank.refunds()),
         2 * [4_000] + 4 * [6_000] + 2 * [10_000], "what stands in the books")
    town.door.close()


@case
def without_our_certificate(world):
    """A refund that needs our certificate isn't sent without one: it fails at once, and a new number may ask again."""
    town = town_of(world)
    same(town.pay("A-1", 10_000)["state"], "paid", "a payment")
    town.server.stop()
    shows_none = {key: value for key, value in town.through_door.items() if not key.startswith("certificate")}
    town.reconfigure((town.wechat, shows_none), (town.alipay, {}))
    town.server.start()
    same(town.refund("A-1", "R-1", 10_000), REFUND_FAILED, "without a certificate")
    prefer(town, town.wechat)
    same(town.refund("A-1", "R-1", 10_000), REFUND_FAILED, "the same number with one")
    same(town.refund("A-1", "R-2", 10_000), REFUND_IN_DOUBT, "a new number with one")
    same(town.refunded("A-1"), {"R-1": "failed", "R-2": "succeeded"}, "the refunds")
    town.server.stop()
    town.compare()
    town.door.close()


@case
def every_fault_once(world):
    """Each fault of a bank on a refund: in doubt until an enquiry proves it, never sent again, never told wrongly."""
    town = town_of(world, faults(), faults())
    done = [fen for fen, fault in FAULTS.items() if fault != "drop_before"]
    for bank in at_both(town):
        numbers = {fen: f"{bank.name}-{fen}" for fen in FAULTS}
        for fen, number in numbers.items():
            same(town.pay(number, 10_000)["attempts"][0]["channel"], bank.name, "who was paid")
            told = town.refund(number, f"R-{number}", fen)
            assert told in (OK, REFUND_IN_DOUBT), f"{FAULTS[fen]} was told as {told}"
            # Nobody knows yet, so nobody may ask for the money a second time.
            same(town.refund(number, f"S-{number}", 10_000), TOO_LARGE, f"all of it after {FAULTS[fen]}")
        for fen, number in numbers.items():
            same(town.refunded(number), {f"R-{number}": "succeeded" if fen in done else "failed"}, FAULTS[fen])
    town.server.stop()
    town.compare()
    same(sorted(minor for bank in (town.wechat, town.alipay) for _, _, minor in bank.refunds()), sorted(2 * done),
         "what stands in the books")
    town.door.close()


@case
def killed_in_the_middle(world):
    """Refunds of all that two bad banks took, killed in the middle and sent again: each goes back once or not at all."""
    payments = "{ " + ", ".join(f'{fault} = "{share}"' for fault, share in SHARES.items()) + " }"
    bad = [f"seed = {seed}\n[faults]\nslow_ms = 1500\npayer_confirms_ms = 500\npayments = {payments}\n"
           f'enquiries = {{ garbage = "5%", drop_before = "5%", wrong_signature = "5%" }}\n' for seed in (3, 4)]
    town = town_of(world, *bad)
    paid = []
    for bank in at_both(town):
        with open(world.path("rows.csv"), "w", encoding="utf-8") as rows:
            rows.write("merchant,order_no,amount,shown\n")
            rows.writelines(f"shop,{bank.name}-{n},10.00,1345\n" for n in range(20))
        world.program.run("submit", world.path("rows.csv"), "--currency", "CNY", "--method", "code", "--order-column",
                          "order_no", "--payer-code-column", "shown", "--connect", town.server.address, expect=0)
        paid += [f"{bank.name}-{n}" for n in range(20)]
    paid = [number for number in paid if town.server.order(number)["order"]["state"] == "paid"]
    assert len(paid) >= 20, f"too few payments to prove anything: {paid}"
    wanted = [(number, f"{part}-{number}", fen) for number in paid for part, fen in (("R", 600), ("S", 400))]
    waiting = [town.start_refund(*refund) for refund in wanted]
    until = time.monotonic() + DEADLINE_S
    while booked(town) < len(wanted) // 3:
        assert time.monotonic() < until, "the refunds don't reach the banks"
    town.server.kill()
    for process in waiting:
        world.program.finish(process)
    town.server.start()
    for refund in wanted:  # As a client does that has no answer, or doesn't believe it.
        town.refund(*refund)
    states = [state for number in paid for state in town.refunded(number).values()]
    same(len(states), len(wanted), "refunds that are known after the kill")
    town.settled()
    town.server.stop()
    town.compare()
    same(booked(town), states.count("succeeded"), "what went back")
    town.door.close()


@case
def closing(world):
    """An order is closed, or expires, on proof alone that nothing was paid; one that the bank took is paid."""
    town = town_of(world, faults())
    same(town.pay("paid", 10_000)["state"], "paid", "a payment")
    same(town.close("paid"), ALREADY_PAID, "closing what is paid")
    same(town.pay("never", 500)["in_doubt"], True, "drop_before")
    same(town.pay("taken", 600)["in_doubt"], True, "garbage")
    same(town.pay("expires", 500, options=("--expires-in", "1"))["in_doubt"], True, "drop_before, soon expired")
    for number in ("never", "taken"):
        assert town.close(number) != OK, f"{number} is told closed, and nobody has proof"
        assert town.refund(number, f"R-{number}", 1) != OK, f"{number} is given back, and nobody knows it paid"
    for number in ("never", "expires"):
        town.becomes(number, "closed")
        same(town.close(number), OK, "closing what is closed")
    town.becomes("taken", "paid")
    same(town.close("taken"), ALREADY_PAID, "closing what was taken after all")
    town.server.stop()
    town.compare()
    town.door.close()


@case
def late_success_goes_back(world):
    """A bank that first doesn't find a payment, and later says that it was paid: what was closed by then goes back."""
    town = town_of(world, faults().replace("slow_ms = 1500", "slow_ms = 3500").replace("not_found_ms = 600",
                                                                                       "not_found_ms = 100000"))
    town.terms = {"reply_within_ms": 2000, "enquire_after_ms": 100, "enquire_interval_ms": 200}
    prefer(town, town.wechat)
    same(town.pay("late", 1000)["in_doubt"], True, "a payment whose bank is slow")
    town.close("late")
    town.becomes("late", "closed")
    same(town.refunded("late", least=1), {None: "succeeded"}, "what goes back by itself")
    town.server.stop()
    (surplus,) = [a for a in town.compare().attempts.values() if a.is_surplus]
    same([(payment, minor) for _, payment, minor in town.wechat.refunds()],
         [(surplus.order.attempts[0], 1000)], "what went back")
    town.door.close()


if __name__ == "__main__":
    main()
