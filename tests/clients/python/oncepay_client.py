"""A client of oncepay in a few dozen lines: frames over TCP, pipelined, replies matched by request id.

Needs Debian's python3-flatbuffers and the code that `flatc --python --gen-object-api` generates from
schema/command.fbs and schema/reply.fbs; put its directory on PYTHONPATH.
"""

import socket
import struct
import time

import flatbuffers
from oncepay.fb.Authenticate import AuthenticateT
from oncepay.fb.Bind import BindT
from oncepay.fb.Close import CloseT
from oncepay.fb.Command import CommandT
from oncepay.fb.CommandBody import CommandBody
from oncepay.fb.Pay import PayT
from oncepay.fb.PayOut import PayOutT
from oncepay.fb.PayOutBatch import PayOutBatchT
from oncepay.fb.PayOutLine import PayOutLineT
from oncepay.fb.QueryBatch import QueryBatchT
from oncepay.fb.QueryBalances import QueryBalancesT
from oncepay.fb.QueryOrder import QueryOrderT
from oncepay.fb.Refund import RefundT
from oncepay.fb.Reply import Reply, ReplyT
from oncepay.fb.Unbind import UnbindT

PREFIX_BYTES = 4
COMMAND_IDENTIFIER = b"ONCQ"
REPLY_IDENTIFIER = b"ONCR"
REPLY_BYTES_MAX = 1024 * 1024

# The codes an integrator meets; README lists them all with what to do.
OK = 0
MALFORMED_FRAME = 100
FRAME_TOO_LARGE = 101
UNSUPPORTED_COMMAND = 102
INVALID_FIELD = 200
INVALID_AMOUNT = 201
UNKNOWN_CURRENCY = 203
ORDER_CONFLICT = 300
UNKNOWN_ORDER = 301
UNKNOWN_MERCHANT = 302
REFUND_CONFLICT = 306
NO_CHANNEL = 402
LIKE_PAY_OUT_OPEN = 406
PAYMENT_FAILED = 500
INSUFFICIENT_FUNDS = 600
REFUND_TOO_LARGE = 604
ALREADY_PAID = 606
NOT_CLOSABLE = 620
PAY_OUTS_STOPPED = 621
CARD_NUMBER = 670
UNKNOWN_AGREEMENT = 671
NOT_BOUND = 672
AGREEMENT_ENDED = 673
SAME_WALLET = 680
BATCH_CONFLICT = 690
UNKNOWN_BATCH = 691
BATCH_TOTAL_DIFFERS = 692


class Closed(Exception):
    """The server closed the connection."""


class BrokenReply(Exception):
    """What arrived is no reply; nothing after it can be trusted."""


def frame(request_id, body_type, body, not_before_position=0):
    """The bytes of one command: a 4-byte little-endian length and a FlatBuffer with its identifier."""
    command = CommandT()
    command.requestId = request_id
    command.notBeforePosition = not_before_position
    command.bodyType = body_type
    command.body = body
    builder = flatbuffers.Builder(256)
    builder.FinishSizePrefixed(command.Pack(builder), COMMAND_IDENTIFIER)
    return bytes(builder.Output())


def pay(merchant, order_no, amount_minor, currency, method, payer="", placed_at_ns=None, payer_code="",
        expires_at_ns=0, top_up=False, wallet="", to_wallet="", bind_token="", agreement_order_no=""):
    """A payment. Sending the same again, after any failure of the connection, never pays twice."""
    body = PayT()
    body.merchant = merchant
    body.orderNo = order_no
    body.amountMinor = amount_minor
    body.currency = currency
    body.method = method
    body.payer = payer
    body.placedAtNs = time.time_ns() if placed_at_ns is None else placed_at_ns
    body.payerCode = payer_code
    body.expiresAtNs = expires_at_ns
    body.topUp = top_up  # onto the merchant's available balance, or onto `to_wallet`
    body.wallet = wallet or None  # pays, by the wallets' method; with `to_wallet` it is a transfer
    body.toWallet = to_wallet or None
    body.bindToken = bind_token  # the channel's one-time token of a card that the payment binds as well
    body.agreementOrderNo = agreement_order_no  # the order that bound the card that the payment is withheld by
    return CommandBody.Pay, body


def bind(merchant, order_no, currency, method, card_token, payer="", card=""):
    """Binds a card by the channel's one-time token of it, never its number. Sending the same again never binds twice."""
    return CommandBody.Bind, _presented(BindT(), merchant, order_no, currency, method, card_token, payer, card)


def authenticate(merchant, order_no, currency, method, card_token, payer="", card=""):
    """Asks whether the card is its payer's; signs nothing."""
    return (CommandBody.Authenticate,
            _presented(AuthenticateT(), merchant, order_no, currency, method, card_token, payer, card))


def _presented(body, merchant, order_no, currency, method, card_token, payer, card):
    body.merchant = merchant
    body.orderNo = order_no
    body.currency = currency
    body.method = method
    body.cardToken = card_token
    body.payer = payer
    body.card = card
    body.placedAtNs = time.time_ns()
    return body


def unbind(merchant, order_no, unbind_no, reason=""):
    """Ends the agreement that the order signed. Sending the same again never does it twice."""
    body = UnbindT()
    body.merchant = merchant
    body.orderNo = order_no
    body.unbindNo = unbind_no
    body.reason = reason
    return CommandBody.Unbind, body


def pay_out(merchant, order_no, amount_minor, currency, method, payee, reason="", from_wallet=""):
    """Out of the merchant's available balance, or out of a wallet that it issued. Sending the same again never pays out twice."""
    body = PayOutT()
    body.merchant = merchant
    body.orderNo = order_no
    body.amountMinor = amount_minor
    body.currency = currency
    body.method = method
    body.payee = payee
    body.reason = reason
    body.fromWallet = from_wallet or None
    return CommandBody.PayOut, body


def pay_out_batch(merchant, batch_no, currency, method, lines, reason=""):
    """Many pay-outs under one number; `lines` are (order_no, amount_minor, payee). Sending the same again pays none
    twice."""
    body = PayOutBatchT()
    body.merchant = merchant
    body.batchNo = batch_no
    body.currency = currency
    body.method = method
    body.reason = reason
    body.lines = []
    for order_no, amount_minor, payee in lines:
        line = PayOutLineT()
        line.orderNo, line.amountMinor, line.payee = order_no, amount_minor, payee
        body.lines.append(line)
    body.totalMinor = sum(amount_minor for _, amount_minor, _ in lines)
    return CommandBody.PayOutBatch, body


def query_batch(merchant, batch_no):
    body = QueryBatchT()
    body.merchant = merchant
    body.batchNo = batch_no
    return CommandBody.QueryBatch, body


def refund(merchant, order_no, refund_no, amount_minor, currency, reason=""):
    """Money back. Sending the same again, after any failure of the connection, never gives it back twice."""
    body = RefundT()
    body.merchant = merchant
    body.orderNo = order_no
    body.refundNo = refund_no
    body.amountMinor = amount_minor
    body.currency = currency
    body.reason = reason
    return CommandBody.Refund, body


def close(merchant, order_no, reason=""):
    body = CloseT()
    body.merchant = merchant
    body.orderNo = order_no
    body.reason = reason
    return CommandBody.Close, body


def query_order(merchant, order_no, with_trajectory=False):
    body = QueryOrderT()
    body.merchant = merchant
    body.orderNo = order_no
    body.withTrajectory = with_trajectory
    return CommandBody.QueryOrder, body


def query_balances(path_prefix=""):
    body = QueryBalancesT()
    body.pathPrefix = path_prefix
    return CommandBody.QueryBalances, body


class Connection:
    """One connection. Commands may be sent without waiting; replies come in any order."""

    def __init__(self, host, port, timeout_s=45.0):
        # Longer than the 40 s after which the server answers "processing" at the latest.
        self._socket = socket.create_connection((host, port), timeout=timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._next_request_id = 1
        self._early = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()

    def next_request_id(self):
        self._next_request_id += 1
        return self._next_request_id - 1

    def send_bytes(self, data):
        self._socket.sendall(data)

    def send(self, body, not_before_position=0):
        """Sends one command and returns its request id."""
        request_id = self.next_request_id()
        self.send_bytes(frame(request_id, *body, not_before_position=not_before_position))
        return request_id

    def _receive_exactly(self, count):
        data = b""
        while len(data) < count:
            piece = self._socket.recv(count - len(data))
            if not piece:
                raise Closed("the server closed the connection" + (" within a reply" if data else ""))
            data += piece
        return data

    def receive(self):
        """The next reply to arrive, whichever request it answers."""
        prefix = self._receive_exactly(PREFIX_BYTES)
        (length,) = struct.unpack("<I", prefix)
        if length > REPLY_BYTES_MAX:
            raise BrokenReply(f"a reply of {length} bytes")
        data = bytearray(prefix + self._receive_exactly(length))
        if not Reply.ReplyBufferHasIdentifier(data, 0, size_prefixed=True):
            raise BrokenReply("a frame without the identifier of replies")
        return ReplyT.InitFromObj(Reply.GetRootAs(data, PREFIX_BYTES))

    def wait(self, request_id):
        """The reply to this request; replies to others are kept for whoever waits for them."""
        while request_id not in self._early:
            reply = self.receive()
            self._early[reply.requestId] = reply
        return self._early.pop(request_id)

    def call(self, body, not_before_position=0):
        return self.wait(self.send(body, not_before_position))
