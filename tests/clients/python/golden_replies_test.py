"""The Python client reads the golden replies as they are meant: a second implementation of the format agrees with ours.

usage: golden_replies_test.py DIRECTORY
"""

import pathlib
import socket
import sys

import oncepay_client as client
from oncepay.fb.AttemptState import AttemptState
from oncepay.fb.OrderState import OrderState


def receive(directory, name):
    """The golden reply as it would arrive: through a socket, in pieces, as the client receives it."""
    data = bytes.fromhex((pathlib.Path(directory) / f"{name}.hex").read_text().replace("\n", ""))
    ours, theirs = socket.socketpair()
    connection = client.Connection.__new__(client.Connection)
    connection._socket = ours
    with ours, theirs:
        theirs.sendall(data)
        return connection.receive()


def main():
    directory = sys.argv[1]

    error = receive(directory, "reply_error")
    assert (error.requestId, error.code, error.position, error.duplicate) == (77, client.INVALID_FIELD, 0, False)
    assert error.text == b"order_no: breaks its documented form", error.text
    assert error.body is None

    order = receive(directory, "reply_order")
    assert (order.requestId, order.code, order.position, order.duplicate) == (78, 501, 99, True)
    body = order.body
    assert (body.merchant, body.orderNo, body.currency) == (b"m-15349", b"transactions-0012345", b"CNY")
    assert (body.state, body.amountMinor, body.inDoubt) == (OrderState.Open, 14780, True)
    assert [a.state for a in body.attempts] == [AttemptState.Failed, AttemptState.InDoubt]
    assert [a.channel for a in body.attempts] == [b"alpha", b"beta"]
    assert body.attempts[1].enquireAtNs == 1_763_646_043_223_456_789 + 120_000_000_000
    assert len(body.trajectory) == 2

    balances = receive(directory, "reply_balances").body.balances
    assert [(b.path, b.amountMinor, b.currency) for b in balances] == [
        (b"merchant/m-15349/pending", -14632, b"CNY"),
        (b"platform/fees", -7, b"JPY"),
    ]
    return 0


if __name__ == "__main__":
    sys.exit(main())
