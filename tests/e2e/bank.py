#!/usr/bin/python3
"""`oncepay bank` over real sockets, asked in both dialects by a client that shares no code with it."""

import base64
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import urllib.parse
from xml.etree import ElementTree

from banks import ACCOUNT, WECHAT_KEY, Bank, make_keys, signed_text, wechat_signature
from cases import case, contains, main, same
from server import DEADLINE_S


def post(bank, path, body):
    host, port = bank.address.rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=DEADLINE_S)
    connection.request("POST", path, body)
    reply = connection.getresponse()
    return reply.status, reply.read().decode()


# --- WeChat ---

def wechat_body(fields, key=WECHAT_KEY):
    fields = {"appid": "wx1", "mch_id": ACCOUNT["wechat-v2"], "nonce_str": "n", "sign_type": "HMAC-SHA256", **fields}
    fields["sign"] = wechat_signature(fields, key)
    return "<xml>" + "".join(f"<{k}>{v}</{k}>" for k, v in fields.items()) + "</xml>"


def wechat(bank, path, **fields):
    """The reply's fields; their signature must be the bank's."""
    status, body = post(bank, path, wechat_body(fields))
    same(status, 200, body)
    reply = {e.tag: e.text or "" for e in ElementTree.fromstring(body)}
    same(reply["sign"], wechat_signature(reply), f"the signature of {body}")
    return reply


def micropay(bank, number, fen):
    return wechat(bank, "/pay/micropay", out_trade_no=number, total_fee=str(fen), body="Tea", auth_code="1345",
                  spbill_create_ip="127.0.0.1")


# --- Alipay ---

def alipay_form(bank, method, content, private_key="customer.private.pem"):
    fields = {"app_id": ACCOUNT["alipay"], "method": method, "format": "JSON", "charset": "utf-8", "sign_type": "RSA2",
              "timestamp": "2026-11-20 21:40:43", "version": "1.0", "biz_content": json.dumps(content)}
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", os.path.join(bank.directory, private_key)],
                               input=signed_text(fields).encode(), check=True, capture_output=True, timeout=DEADLINE_S)
    return urllib.parse.urlencode({**fields, "sign": base64.b64encode(signature.stdout).decode()})


def alipay(bank, method, **content):
    """The answer's fields; its signature must be the bank's, over the very text of the answer."""
    status, body = post(bank, "/gateway.do", alipay_form(bank, method, content))
    same(status, 200, body)
    answer, signature = re.fullmatch(r'\{"[a-z_]+":(\{.*\}),"sign":"(.*)"\}', body).groups()
    file = os.path.join(bank.directory, "signature")
    with open(file, "wb") as out:
        out.write(base64.b64decode(signature))
    verified = subprocess.run(["openssl", "dgst", "-sha256", "-verify", os.path.join(bank.directory, "bank.public.pem"),
                               "-signature", file], input=answer.encode(), capture_output=True, timeout=DEADLINE_S,
                              check=False)
    same(verified.returncode, 0, f"the signature of {body}")
    return json.loads(answer)


def trade_pay(bank, number, amount):
    return alipay(bank, "alipay.trade.pay", out_trade_no=number, scene="bar_code", auth_code="28", subject="Tea",
                  total_amount=amount)


def bank_of(world, dialect, faults=""):
    make_keys(world.directory)
    bank = Bank(world.program, world.directory, "bank", dialect, faults)
    world.servers.append(bank)
    return bank.start()


@case
def wechat_pays_once(world):
    """WeChat's dialect: a payment moves money once, is found, given back in parts, and stands in the statement."""
    bank = bank_of(world, "wechat-v2")
    same(micropay(bank, "p1", 14780)["result_code"], "SUCCESS", "the payment")
    same(micropay(bank, "p1", 14780)["err_code"], "ORDERPAID", "the payment, sent again")
    same(micropay(bank, "p1", 1)["err_code"], "OUT_TRADE_NO_USED", "another payment under its number")
    found = wechat(bank, "/pay/orderquery", out_trade_no="p1")
    same((found["trade_state"], found["total_fee"]), ("SUCCESS", "14780"), "the enquiry")
    same(wechat(bank, "/pay/orderquery", out_trade_no="p2")["err_code"], "ORDERNOTEXIST", "an unknown payment")
    for number, fen, code in (("r1", 10000, "SUCCESS"), ("r1", 10000, "SUCCESS"), ("r2", 4781, "FAIL")):
        reply = wechat(bank, "/secapi/pay/refund", out_trade_no="p1", out_refund_no=number, total_fee="14780",
                       refund_fee=str(fen))
        same(reply["result_code"], code, f"refund {number} of {fen}")
    rows = [(r["kind"], r["payment_id"], r["refund_id"], r["amount"]) for r in bank.statement()]
    same(rows, [("SUCCESS", "p1", "", "147.80"), ("REFUND", "p1", "r1", "100.00")], "the statement")
    bank.stop()


@case
def alipay_pays_once(world):
    """Alipay's dialect: a payment moves money once, is found, given back in parts, and stands in the statement."""
    bank = bank_of(world, "alipay")
    same(trade_pay(bank, "p1", "147.80")["code"], "10000", "the payment")
    same(trade_pay(bank, "p1", "147.80")["sub_code"], "ACQ.TRADE_HAS_SUCCESS", "the payment, sent again")
    same(trade_pay(bank, "p1", "1.00")["sub_code"], "ACQ.CONTEXT_INCONSISTENT", "another payment under its number")
    found = alipay(bank, "alipay.trade.query", out_trade_no="p1")
    same((found["trade_status"], found["total_amount"]), ("TRADE_SUCCESS", "147.80"), "the enquiry")
    for number, amount, change in (("r1", "100.00", "Y"), ("r1", "100.00", "N")):
        reply = alipay(bank, "alipay.trade.refund", out_trade_no="p1", out_request_no=number, refund_amount=amount)
        same(reply["fund_change"], change, f"refund {number}")
    rows = [(r["kind"], r["payment_id"], r["refund_id"], r["amount"]) for r in bank.statement()]
    same(rows, [("SUCCESS", "p1", "", "147.80"), ("REFUND", "p1", "r1", "100.00")], "the statement")
    bank.stop()


@case
def refuses_what_is_not_its_customers(world):
    """A request with a wrong signature, broken bytes or no sense is refused, moves nothing, and the bank goes on."""
    bank = bank_of(world, "wechat-v2")
    status, body = post(bank, "/pay/micropay", wechat_body({"out_trade_no": "p1", "total_fee": "1", "auth_code": "1"},
                                                           key="somebody else's"))
    same(status, 200, body)
    contains(body, "SIGNERROR", "a wrong signature")
    assert "<sign>" not in body, f"a refusal is signed: {body}"
    for body in ("", "<xml>", "<!DOCTYPE x><xml/>", "{}"):
        contains(post(bank, "/pay/micropay", body)[1], "FAIL", f"{body!r} for a request")
    same(post(bank, "/pay/micropay", "x" * 200_000)[0], 413, "a request that is too large")
    host, port = bank.address.rsplit(":", 1)
    for rubbish in (b"\x00" * 5000, b"POST / HTTP/9\r\n\r\n", b"GET /" + b"a" * 20000):
        with socket.create_connection((host, int(port)), timeout=DEADLINE_S) as line:
            try:
                line.sendall(rubbish)
                line.shutdown(socket.SHUT_WR)
                while line.recv(4096):
                    pass
            except OSError:
                pass  # cut off in the middle, and rightly so
    same(bank.trades(), {}, "what was paid")
    same(micropay(bank, "p1", 1)["result_code"], "SUCCESS", "a payment after all that")
    bank.stop()


@case
def goes_wrong_as_it_is_told(world):
    """Each scripted fault goes wrong as it says, and the money moves where it says so."""
    scripts = {1: "decline", 2: "system_error", 3: "payer_confirms", 4: "slow", 5: "drop_before", 6: "drop_after",
               7: "garbage", 8: "wrong_signature", 9: "other_amount", 10: "refuse"}
    bank = bank_of(world, "wechat-v2", "[faults]\nslow_ms = 300\npayer_confirms_ms = 100000\n" + "".join(
        f'[[faults.script]]\namount_minor = {amount}\ndo = "{fault}"\n' for amount, fault in scripts.items()))
    same(micropay(bank, "p1", 1)["err_code"], "NOTENOUGH", "decline")
    same(micropay(bank, "p2", 2)["err_code"], "SYSTEMERROR", "system_error")
    same(micropay(bank, "p10", 10)["err_code"], "NOAUTH", "refuse")
    same(micropay(bank, "p3", 3)["err_code"], "USERPAYING", "payer_confirms")
    same(micropay(bank, "p4", 4)["result_code"], "SUCCESS", "slow")
    for fen in (5, 6):
        try:
            raise AssertionError(f"{scripts[fen]} was answered: {micropay(bank, f'p{fen}', fen)}")
        except (http.client.RemoteDisconnected, ConnectionResetError):
            pass
    for fen in (7, 8):
        body = post(bank, "/pay/micropay", wechat_body({"out_trade_no": f"p{fen}", "total_fee": str(fen), "body": "Tea",
                                                        "auth_code": "1", "spbill_create_ip": "::1"}))[1]
        try:
            reply = {e.tag: e.text for e in ElementTree.fromstring(body)}
            assert reply["sign"] != wechat_signature(reply), f"{scripts[fen]}: {body} is signed as it should be"
        except ElementTree.ParseError:
            same(scripts[fen], "garbage", body)
    same(micropay(bank, "p9", 9)["total_fee"], "10", "other_amount")
    same({number: state for number, (_, state) in bank.trades().items()},
         {"p1": "declined", "p3": "confirming", "p4": "paid", "p6": "paid", "p7": "paid", "p8": "paid", "p9": "paid"},
         "the book")
    bank.stop()


@case
def outlives_a_kill(world):
    """After kill -9 the book is what was told; SIGTERM ends it at once; a second bank on the book is refused."""
    bank = bank_of(world, "wechat-v2")
    for n in range(20):
        same(micropay(bank, f"p{n}", 100 + n)["result_code"], "SUCCESS", f"payment {n}")
    bank.kill()
    with open(bank.book, "a", encoding="utf-8") as book:
        book.write("T 1795")  # what a kill in the middle of a write leaves
    bank.start()
    for n in range(20):
        same(micropay(bank, f"p{n}", 100 + n)["err_code"], "ORDERPAID", f"payment {n}, sent again after the kill")
    same(bank.asked(), 2 * [f"p{n}" for n in range(20)], "what it was asked for")
    same(len([r for r in bank.statement() if r["kind"] == "SUCCESS"]), 20, "payments in the statement")
    second = world.program.run("bank", "--config", bank.config, "--listen", "127.0.0.1:0", expect=4, cwd=bank.directory,
                               env={**os.environ, **bank.environment})
    contains(second.err, "in use by another bank", "a second bank on the book")
    bank.process.send_signal(signal.SIGINT)
    same(bank.wait_end(), 0, "the exit code after SIGINT")


@case
def says_what_is_wrong(world):
    """Mistakes of whoever starts it are one line each, with the exit code that says of which kind they are."""
    run = world.program.run
    contains(run("bank", "--help", expect=0).out, "--config FILE", "the help")
    contains(run("bank", expect=2).err, "--config", "without a configuration")
    contains(run("bank", "--config", world.path("none.toml"), expect=3).err, "none.toml", "a file that isn't there")
    with open(world.path("bank.toml"), "w", encoding="utf-8") as file:
        file.write('book = "b"\n[[account]]\ndialect = "wechat-v2"\naccount = "1"\nkey = { env = "E2E_NOT_THERE" }\n')
    contains(run("bank", "--config", world.path("bank.toml"), expect=3).err, "bank.toml:5: account.key.env: the "
             "environment has no E2E_NOT_THERE", "a key that isn't there")
    bank = bank_of(world, "wechat-v2")
    bank.stop()
    how = {"cwd": bank.directory, "env": {**os.environ, **bank.environment}}
    contains(run("bank", "--config", bank.config, "--listen", "nowhere", expect=2, **how).err, "nowhere", "an address")
    os.chmod(bank.book, 0o644)
    with open(bank.book, "w", encoding="utf-8") as book:
        book.write("not a book\n")
    contains(run("bank", "--config", bank.config, expect=4, **how).err, "damaged in line 1", "a damaged book")


if __name__ == "__main__":
    main()
