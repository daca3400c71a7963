#!/usr/bin/python3
"""What channels tell of their own accord over HTTP, in both dialects: a payment whose answer was lost is paid by its
notice, once however often it is told, and by nobody who only says so."""

import base64
import http.client
import json
import re
import socket
import threading
import time
from collections import Counter
from xml.etree import ElementTree

from banks import ACCOUNT, WECHAT_KEY, wechat_signature
from cases import case, contains, main, same
from server import DEADLINE_S, free_port
from town import SHOWN, Town

ASKS_NEVER = {"enquire_after_ms": 3_600_000, "reverse_after_ms": 0}  # What is known then, a notice told.
BAD = "[notices]\nafter_ms = {after_ms}\nagain_ms = 300\n[faults]\nslow_ms = 2500\npayer_confirms_ms = 300\n"


def bad(scripts, after_ms=100):
    """scripts: fen -> (what goes wrong with the payment, what with its notice)"""
    return BAD.format(after_ms=after_ms) + "".join(
        f'[[faults.script]]\namount_minor = {fen}\ndo = "{fault}"\nnotice = "{notice}"\n'
        for fen, (fault, notice) in scripts.items())


def town_of(world, wechat, alipay=""):
    """A server that takes notices, and asks nobody."""
    port = free_port()
    town = Town(world, wechat, alipay, terms=ASKS_NEVER, options=("--metrics", "127.0.0.1:0"),
                takes={"notices": f"127.0.0.1:{port}", "notices_url": f"http://127.0.0.1:{port}"})
    town.port = port
    return town


def fates(town):
    """What became of notices, as a scrape tells it."""
    port = int(town.server.wait_for(r"^oncepay: metrics on 127\.0\.0\.1:(\d+)$").group(1))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
    connection.request("GET", "/metrics")
    found = re.findall(r'^oncepay_notices_total\{fate="(\w+)"\} (\d+)$', connection.getresponse().read().decode(), re.M)
    connection.close()
    return {fate: int(count) for fate, count in found if int(count)}


def until(holds, what):
    """Looks again and again; an answer of the server is what takes the time."""
    deadline = time.monotonic() + DEADLINE_S
    while not (found := holds()):
        assert time.monotonic() < deadline, f"not after {DEADLINE_S} s: {what}"
    return found


def say(town, path, body, method="POST", headers=None):
    """(status, body) of what is answered."""
    connection = http.client.HTTPConnection("127.0.0.1", town.port, timeout=DEADLINE_S)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


def wechat_notice(order, key=WECHAT_KEY, **changed):
    """A notice as WeChat writes it, of an order as our server shows it."""
    attempt = order["attempts"][0]
    fields = {"return_code": "SUCCESS", "result_code": "SUCCESS", "mch_id": ACCOUNT["wechat-v2"], "nonce_str": "n",
              "out_trade_no": attempt["attempt_id"], "total_fee": str(order["amount"]["minor"]), "fee_type": "CNY",
              "transaction_id": "4200001", "attach": "shop." + order_address(order["order_no"]), **changed}
    fields["sign"] = wechat_signature(fields, key)
    return "<xml>" + "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items()) + "</xml>"


def order_address(order_no):
    return base64.urlsafe_b64encode(order_no.encode()).decode().rstrip("=")


def acknowledged(answer):
    status, body = answer
    return status == 200 and ElementTree.fromstring(body).findtext("return_code") == "SUCCESS"


def tell(town, body):
    """As a bank does: again, where it is to come again later; True once it is acknowledged."""
    return until(lambda: acknowledged(answer := say(town, "/notice/wx", body)) or same(answer[0], 503, "the answer"),
                 "a notice is acknowledged")


@case
def before_any_enquiry(world):
    """A payment whose reply is dropped after the money moved is paid by the notice; nobody is asked anything."""
    town = town_of(world, bad({200: ("refuse", "lost"), 400: ("drop_after", "none"), 900: ("payer_confirms", "none"),
                               1000: ("slow", "none")}), bad({200: ("drop_after", "none")}))
    # The last one's notice comes before its reply.
    for number, fen in {"A-1": 400, "A-2": 200, "A-3": 900, "A-4": 1000}.items():
        town.pay(number, fen)
        order = town.becomes(number, "paid")
        same(order["attempts"][-1]["evidence"], "notice", f"what proves that {number} was paid")
    for bank in (town.wechat, town.alipay):
        until(lambda b=bank: owed_at(b) == 0, f"{bank.name} hears that its notices were taken")
    same(fates(town)["taken"], 4, "notices")
    town.server.stop()
    town.compare()


def owed_at(bank):
    """How many of the notices in its book weren't acknowledged or given up."""
    with open(bank.book, encoding="utf-8") as book:
        kinds = Counter(line[0] for line in book)
    return kinds["N"] - kinds["D"]


@case
def a_hundred_at_once(world):
    """The same notice a hundred times in parallel: one effect, all acknowledged; told on by a bank that was killed."""
    town = town_of(world, bad({400: ("drop_after", "lost"), 500: ("drop_after", "none")}, after_ms=1_000))
    order = town.pay("A-1", 400)
    same(order["in_doubt"], True, "a payment whose reply was dropped")
    body = wechat_notice(order)
    before = town.server.head()
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(tell(town, body))) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same(answers, [True] * 100, "what the bank was told")
    same(town.becomes("A-1", "paid")["attempts"][0]["channel_ref"], "4200001", "the channel's own number")
    same(town.server.head(), before + 1, "the log's head: one decision")
    found = fates(town)
    found.pop("put_off", None)
    same(found, {"taken": 1, "repeated": 99}, "notices")
    same(town.pay("A-2", 500)["in_doubt"], True, "another one")
    town.wechat.kill()
    town.wechat.start()
    town.becomes("A-2", "paid")
    town.server.stop()
    town.compare()


@case
def lies(world):
    """What contradicts or names another amount changes nothing and is alarmed; a stray one is a case for a person."""
    town = town_of(world, bad({400: ("drop_after", "other_amount"), 500: ("drop_after", "stray"),
                               600: ("decline", "contradict"), 700: ("drop_after", "wrong_signature"),
                               800: ("drop_after", "duplicate"), 200: ("refuse", "lost")}),
                   bad({200: ("none", "contradict")}))
    same([town.pay(f"L-{fen}", fen)["state"] for fen in (200, 600)], ["paid", "failed"], "as the banks answered")
    for fen in (400, 500, 700, 800):
        town.pay(f"L-{fen}", fen)
        same(len(town.becomes(f"L-{fen}", "paid")["attempts"]), 1, f"attempts of L-{fen}")
    for bank in (town.wechat, town.alipay):
        until(lambda b=bank: owed_at(b) == 0, f"{bank.name} hears that its notices were taken")
    same([town.server.order(f"L-{fen}")["order"]["state"] for fen in (200, 600)], ["paid", "failed"],
         "whatever was told later")
    found = fates(town)
    same({fate: found.get(fate, 0) for fate in ("taken", "contradicting", "kept", "refused")},
         {"taken": 4, "contradicting": 3, "kept": 1, "refused": 1}, f"notices: {found}")
    said = town.server.stderr()
    for number in ("L-200", "L-600", "L-400"):
        assert re.search(rf"ALARM .*shop/{number}.*nothing was changed", said), f"no alarm over {number}:\n{said}"
    contains(said, "ALARM channel wx: a notice was refused: its signature is wrong", "what operators are told")
    told = json.loads(town.server.program.run("cases", "--data", town.server.data, "--json", expect=0,
                                              cwd=town.server.directory).out)
    same([(c["channel"], c["outcome"], c["amount"]["minor"]) for c in told], [("wx", "succeeded", 500)], "cases")
    town.server.stop()
    town.compare()


@case
def refused(world):
    """What isn't a channel's own word is refused with a code, and counted; nothing is written."""
    town = town_of(world, bad({400: ("drop_after", "lost")}))
    order = town.pay("R-1", 400)
    before = town.server.head()
    genuine = wechat_notice(order)
    refusals = {
        "by somebody else": (wechat_notice(order, key="another key of thirty-two letters"), 403),
        "changed on its way": (genuine.replace("[400]", "[401]"), 403),
        "unsigned": (re.sub("<sign>.*</sign>", "", genuine), 403),
        "garbage": ("<html>\x01 502 }{", 400),
        "too large": ("<xml><a>" + "x" * 70_000 + "</a></xml>", 413),
        "of another account": (wechat_notice(order, mch_id="1901"), 422),
        "no success": (wechat_notice(order, return_code="FAIL"), 422),
        "of no payment": (wechat_notice(order, out_trade_no="their-own-4711"), 422),
        "without an amount": (wechat_notice(order, total_fee="4.00"), 422),
    }
    for what, (body, status) in refusals.items():
        same(say(town, "/notice/wx", body)[0], status, what)
    same(say(town, "/notice/ali", genuine)[0], 400, "at another channel's door")
    same(say(town, "/notice/nobody", genuine)[0], 404, "at nobody's door")
    same(say(town, "/notice/wx", None, method="GET")[0], 405, "a look")
    with socket.create_connection(("127.0.0.1", town.port), timeout=DEADLINE_S) as connection:
        connection.sendall(b"\x16\x03\x01 not HTTP at all\r\n\r\n")
        contains(connection.recv(100).decode(), " 400 ", "no HTTP")
    same(fates(town), {"refused": len(refusals) + 4}, "notices")
    same(town.server.head(), before, "the log's head")
    assert WECHAT_KEY not in town.server.stderr(), "a key was printed"
    same(say(town, "/notice/wx", genuine)[0], 200, "the genuine one")
    town.becomes("R-1", "paid")
    town.server.stop()
    town.compare()


@case
def killed_before_it_answers(world):
    """A server killed between a notice and its acknowledgement is told again, and the notice has one effect."""
    town = town_of(world, bad({400: ("drop_after", "lost"), 500: ("drop_after", "none")}, after_ms=0))
    for n in range(3):
        order = town.pay(f"K-{n}", 400)
        body = wechat_notice(order).encode()
        with socket.create_connection(("127.0.0.1", town.port), timeout=DEADLINE_S) as bank:
            bank.sendall(b"POST /notice/wx HTTP/1.1\r\nHost: us\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            town.server.kill()
        town.server.start()
        tell(town, body)
        same(town.server.order(f"K-{n}")["order"]["state"], "paid", f"K-{n}, once that is acknowledged")
    waiting = town.server.program.start("pay", "shop", "K-9", "5.00", "CNY", "--method", "code", "--payer-code", SHOWN,
                                        "--connect", town.server.address)
    until(lambda: owed_at(town.wechat) > 0, "the bank has something to tell")
    town.server.kill()
    town.server.program.finish(waiting)
    town.server.start()
    town.becomes("K-9", "paid")
    until(lambda: owed_at(town.wechat) == 0, "the bank hears that its notices were taken")
    town.server.stop()
    town.compare()


if __name__ == "__main__":
    main()
