#!/usr/bin/python3
"""Customers' wallets from outside: topped up, paid from, transferred between and paid out of, once, kill -9 or not."""

import random
import time

import oncepay_client as client
from cases import case, contains, main, same
from configuration import channel, toml, wallet_channel
from server import DEADLINE_S

# What a kill leaves in doubt is asked about, and sure, soon.
PATIENCE = {"submit_within_ms": 500, "reply_within_ms": 300, "enquire_after_ms": 300, "enquire_interval_ms": 300,
            "not_found_after_ms": 600}


def opened(world):
    return world.server(toml([channel(pay_outs=["bank"]), wallet_channel(**PATIENCE)])).start()


def connected(server):
    host, port = server.address.rsplit(":", 1)
    return client.Connection(host, int(port))


def held(connection, wallet):
    """In the view of balances, once it has folded all that is durable."""
    paths = {b.path.decode(): b.amountMinor for b in connection.call(client.query_balances("wallet/shop/")).body.balances
             or []}
    return -paths.get(f"wallet/shop/{wallet}", 0)


def until(ask, wanted, what):
    end = time.monotonic() + DEADLINE_S
    while (found := ask()) != wanted:
        assert time.monotonic() < end, f"{what}: {wanted!r} was expected within {DEADLINE_S} s, not {found!r}"


@case
def by_hand(world):
    """Commands top up, pay from, refund to, transfer between and withdraw from wallets, and balances show them."""
    server = opened(world)
    topped = server.ask("top-up", "shop", "T-1", "100.00", "CNY", "--method", "card", "--wallet", "alice", expect=0)
    same((topped["order"]["kind"], topped["order"]["to_wallet"]), ("top_up", "alice"), "the top-up")
    paid = server.ask("pay", "shop", "A-1", "30.00", "CNY", "--method", "wallet", "--wallet", "alice", expect=0)
    same((paid["order"]["state"], paid["order"]["from_wallet"]), ("paid", "alice"), "the payment")
    assert server.ask("pay", "shop", "A-1", "30.00", "CNY", "--method", "wallet", "--wallet", "alice",
                      expect=0)["duplicate"]
    conflict = server.ask("pay", "shop", "A-1", "30.00", "CNY", "--method", "wallet", "--wallet", "bob", expect=1)
    same(conflict["code_name"], "order_conflict", "another wallet under one number")
    poor = server.ask("pay", "shop", "A-2", "70.01", "CNY", "--method", "wallet", "--wallet", "alice", expect=1)
    same((poor["code_name"], poor["order"]["attempts"][0]["code"]), ("payment_failed", "INSUFFICIENT_FUNDS"), "too much")
    server.ask("refund", "shop", "A-1", "R-1", "10.00", "CNY", expect=0)
    moved = server.ask("transfer", "shop", "X-1", "25.00", "CNY", "--from", "alice", "--to", "bob", expect=0)
    same((moved["order"]["from_wallet"], moved["order"]["to_wallet"]), ("alice", "bob"), "the transfer")
    same(server.ask("transfer", "shop", "X-2", "1.00", "CNY", "--from", "alice", "--to", "bob", "--method", "card",
                    expect=1)["code_name"], "no_channel", "a card's method")
    out = server.ask("pay-out", "shop", "P-1", "5.00", "CNY", "--method", "bank", "--payee", "6222", "--wallet", "bob",
                     expect=0)
    same((out["order"]["state"], out["order"]["from_wallet"]), ("paid", "bob"), "the withdrawal")
    with connected(server) as connection:
        itself = connection.call(client.pay("shop", "X-3", 100, "CNY", "wallet", top_up=True, wallet="bob",
                                            to_wallet="bob"))
        same(itself.code, client.SAME_WALLET, "a transfer to itself")
        until(lambda: held(connection, "alice"), 10_000 - 3_000 + 1_000 - 2_500, "alice's wallet")
        until(lambda: held(connection, "bob"), 2_500 - 503, "bob's wallet")
    contains(server.ask("balances", "wallet/shop/", expect=0)["balances"][0]["path"], "wallet/shop/alice", "balances")
    whole = {b["path"]: b["amount"]["minor"] for b in server.ask("balances", expect=0)["balances"]}
    same(whole.get("channel/purse/receivable", 0), 0, "what the wallets' channel owes")
    server.stop()
    told = world.program.run("audit", "--data", world.path("data"), "shop", "X-1", expect=0).out
    contains(told, "from wallet alice", "the audit")


@case
def killed(world):
    """kill -9 while wallets pay and transfer: each order has one effect, and no money is lost or made."""
    rng = random.Random(7)
    server = opened(world)
    wallets = ["alice", "bob", "carol"]
    with connected(server) as connection:
        for wallet in wallets:
            reply = connection.call(client.pay("shop", f"T-{wallet}", 5_000, "CNY", "card", top_up=True,
                                               to_wallet=wallet))
            same(reply.code, client.OK, "a top-up")
    effects, bodies = {}, {}
    for i in range(300):
        paying, getting = rng.sample(wallets, 2)
        amount = rng.randint(1, 200)
        if i % 3 == 0:
            bodies[f"A-{i}"] = client.pay("shop", f"A-{i}", amount, "CNY", "wallet", wallet=paying)
            effects[f"A-{i}"] = {paying: -amount}
        else:
            bodies[f"X-{i}"] = client.pay("shop", f"X-{i}", amount, "CNY", "wallet", top_up=True, wallet=paying,
                                          to_wallet=getting)
            effects[f"X-{i}"] = {paying: -amount, getting: amount}
    numbers = list(bodies)
    for first in range(0, len(numbers), 60):
        connection = connected(server)
        sent = [connection.send(bodies[number]) for number in numbers[first:first + 60]]
        for request_id in sent[:rng.randint(1, 50)]:  # Some are answered, and the rest is under way.
            connection.wait(request_id)
        server.kill()
        connection.close()
        server.start()
    with connected(server) as connection:
        fates = {}
        end = time.monotonic() + DEADLINE_S
        while len(fates) < len(numbers):
            assert time.monotonic() < end, f"undecided: {sorted(set(numbers) - set(fates))}"
            asked = {connection.send(bodies[number]): number for number in numbers if number not in fates}
            for request_id, number in asked.items():
                reply = connection.wait(request_id)
                if reply.code in (client.OK, client.PAYMENT_FAILED):
                    fates[number] = reply.code == client.OK
        wanted = dict.fromkeys(wallets, 5_000)
        for number, paid in fates.items():
            for wallet, minor in effects[number].items() if paid else ():
                wanted[wallet] += minor
        for wallet in wallets:
            until(lambda wallet=wallet: held(connection, wallet), wanted[wallet], f"{wallet}'s wallet")
        assert all(minor >= 0 for minor in wanted.values()), wanted
        paid_in_all = sum(fates.values())
        assert paid_in_all > 50, f"only {paid_in_all} of {len(numbers)} were paid"
    whole = {b["path"]: b["amount"]["minor"] for b in server.ask("balances", expect=0)["balances"]}
    same((sum(whole.values()), whole.get("channel/purse/receivable", 0), whole.get("transit", 0)), (0, 0, 0), "the books")
    server.stop()
    server.log("verify")


if __name__ == "__main__":
    main()
