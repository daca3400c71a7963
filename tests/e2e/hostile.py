#!/usr/bin/python3
"""What hostile clients can do to a server: nothing that the others notice, nothing to what was acknowledged.

In every case a well-behaved customer goes on paying meanwhile; each of its payments is answered paid, and the log knows
them all afterwards. The server's memory stays within a bound, and nothing alarms.
"""

import os
import random
import resource
import select
import socket
import struct
from contextlib import ExitStack

import flatbuffers
import oncepay_client as client
from cases import case, main, same
from configuration import channel, toml
from customer import Customer
from oncepay.fb.ChannelTerms import ChannelTermsT
from oncepay.fb.CommandBody import CommandBody
from oncepay.fb.MerchantTerms import MerchantTermsT
from oncepay.fb.OpenChannel import OpenChannelT
from oncepay.fb.OpenMerchant import OpenMerchantT
from oncepay.fb.Reply import Reply, ReplyT
from oncepay.fb.SwitchChannel import SwitchChannelT
from server import DEADLINE_S

# Above what the server had when it was ready: connections, queues, replies that nobody reads, the log's mapped pages.
# A sanitizer keeps what was freed, so there it says nothing.
GROWTH_MIB_MAX = 128
SANITIZED = bool(os.environ.get("ONCEPAY_SANITIZED"))
AMOUNT_MINOR_MAX = 10**15  # limits::amount_minor_max
CONNECTIONS_MAX = 2_000  # limits::connections_max
INT64_MAX, INT64_MIN = 2**63 - 1, -(2**63)
INVALID_FIELD, BUSY = 200, 400


class Siege:
    """A server, a customer that goes on paying, and the check of both at the end."""

    def __init__(self, world, **how):
        # Who may speak to a server may switch its channels: mutated frames get one to switch that nobody pays by.
        self.server = world.server(toml([channel(), channel("idle", methods=["nothing"])]), **how).start()
        self.before_kib = self.memory_kib("VmRSS")
        self.customer = Customer(self.server)
        self.expected_alarm = None

    def __enter__(self):
        self.customer.__enter__()
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.customer.pays_on()
            growth_mib = (self.memory_kib("VmHWM") - self.before_kib) / 1024
            print(f"        {len(self.customer.paid)} payments meanwhile; at most {growth_mib:.0f} MiB more memory")
        self.customer.__exit__(kind)
        if kind is not None:
            return
        assert SANITIZED or growth_mib <= GROWTH_MIB_MAX, f"{growth_mib:.0f} MiB more, above {GROWTH_MIB_MAX}"
        self.server.stop()
        alarms = [line for line in self.server.stderr().splitlines() if "ALARM" in line]
        same([line for line in alarms if not self.expected_alarm or self.expected_alarm not in line], [], "alarms")
        self.customer.finds_all_paid(self.server)

    def memory_kib(self, kind):
        with open(f"/proc/{self.server.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(kind + ":"))

    def dial(self):
        host, port = self.server.address.rsplit(":", 1)
        return socket.create_connection((host, int(port)), timeout=DEADLINE_S)

    def connect(self):
        host, port = self.server.address.rsplit(":", 1)
        return client.Connection(host, int(port), timeout_s=DEADLINE_S)


def cannot_open(files):
    """Raises this process's limit of open files, and the server's with it; or why that can't be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < files:
        return f"this process may open {hard} files at most"
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, files), hard))
    return None


def reset(connection):
    """Ends it the hard way: what is under way is thrown off, on both sides."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def replies_until_closed(connection):
    """All that comes; every frame must be a reply, whatever was asked."""
    data, replies = b"", []
    try:
        while piece := connection.recv(1 << 16):
            data += piece
    except ConnectionResetError:
        pass
    while len(data) >= 4 + (length := int.from_bytes(data[:4], "little")) > 4:
        frame, data = bytearray(data[:4 + length]), data[4 + length:]
        assert Reply.ReplyBufferHasIdentifier(frame, 0, size_prefixed=True), "a frame that is no reply"
        replies.append(ReplyT.InitFromObj(Reply.GetRootAs(frame, 4)))
    return replies


def open_merchant(name, **terms):
    body = OpenMerchantT()
    body.terms = MerchantTermsT()
    body.terms.merchant = name
    for field, value in terms.items():
        setattr(body.terms, field, value)
    return CommandBody.OpenMerchant, body


def open_channel(name, **terms):
    """Serves nobody that a test asks for, so that opening it harms none."""
    body = OpenChannelT()
    body.terms = ChannelTermsT()
    body.terms.channel = name
    body.terms.methods, body.terms.currencies = ["nothing"], [156]
    for field, value in terms.items():
        setattr(body.terms, field, value)
    return CommandBody.OpenChannel, body


def switch(channel, operator_name, reason):
    body = SwitchChannelT()
    body.channel, body.on, body.operatorName, body.reason = channel, True, operator_name, reason
    return CommandBody.SwitchChannel, body


def sharing_texts(count, length):
    """An open-channel frame of some 60 kB whose methods are all one text: `count` times `length` bytes to copy."""
    b = flatbuffers.Builder(1 << 16)
    channel, method = b.CreateString("shared"), b.CreateString("x" * length)
    b.StartVector(4, count, 4)
    for _ in range(count):
        b.PrependUOffsetTRelative(method)
    methods = b.EndVector()
    b.StartObject(20)
    b.PrependUOffsetTRelativeSlot(0, channel, 0)
    b.PrependUOffsetTRelativeSlot(2, methods, 0)
    terms = b.EndObject()
    b.StartObject(1)
    b.PrependUOffsetTRelativeSlot(0, terms, 0)
    body = b.EndObject()
    b.StartObject(4)
    b.PrependUint64Slot(0, 77, 0)
    b.PrependUOffsetTRelativeSlot(3, body, 0)
    b.PrependUint8Slot(2, CommandBody.OpenChannel, 0)
    b.FinishSizePrefixed(b.EndObject(), client.COMMAND_IDENTIFIER)
    return bytes(b.Output())


def mutated(frames, chance):
    """One of the frames with a few things changed; mostly its prefix is made to fit again."""
    data = bytearray(chance.choice(frames))
    for _ in range(chance.randint(1, 2)):
        at = chance.randrange(4, len(data)) if len(data) > 4 else 0
        how = chance.randrange(6)
        if how == 0:
            data[at:at + 1] = bytes([chance.randrange(256)])
        elif how == 1 and len(data) >= at + 4:
            odd = [0, 1, 3, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, len(data), chance.getrandbits(32)]
            struct.pack_into("<I", data, at & ~3, chance.choice(odd))
        elif how == 2:
            del data[at:at + chance.randint(1, 16)]
        elif how == 3:
            data[at:at] = chance.randbytes(chance.randint(1, 16))
        elif how == 4:
            data[at:at] = data[4:4 + chance.randint(1, len(data))]
        else:
            other = chance.choice(frames)
            data[at:] = other[at:]
    if chance.randrange(8):
        struct.pack_into("<I", data, 0, max(0, len(data) - 4))
    return bytes(data)


@case
def mutated_frames(world):
    """Thousands of mutated frames are refused or served, and nothing else happens."""
    chance = random.Random(7)
    frames = [client.frame(n, *body) for n, body in enumerate((
        client.pay("shop", "M-1", 100, "CNY", "card", "payer", 1), client.query_order("shop", "M-1", True),
        client.query_balances("merchant/shop/"), open_merchant("other", displayName="Other"),
        open_channel("other", merchantsAllowed=["other"]), switch("idle", "lin", "as it was")))]
    with Siege(world) as siege:
        codes = {}
        for _ in range(200 if SANITIZED else 1_500):
            with siege.dial() as connection:
                try:
                    # A sound one first: that mutated ones are served is luck, that it is isn't.
                    sent = [chance.choice(frames)] + [mutated(frames, chance) for _ in range(4)]
                    connection.sendall(b"".join(sent))
                    connection.shutdown(socket.SHUT_WR)
                except OSError:
                    pass  # The server has closed it, as it should.
                for reply in replies_until_closed(connection):
                    codes[reply.code] = codes.get(reply.code, 0) + 1
        print(f"        answers by code: {dict(sorted(codes.items()))}")
        assert codes.get(client.MALFORMED_FRAME) and codes.get(client.OK), codes
        assert 900 not in codes, "a frame broke a rule of the server's own"


@case
def cut_and_oversized_frames(world):
    """A frame cut anywhere and a length prefix beyond the bound wait for nobody and end nobody else."""
    frame = client.frame(1, *client.pay("shop", "C-1", 100, "CNY", "card"))
    with Siege(world) as siege:
        for length in range(len(frame)):
            with siege.dial() as connection:
                connection.sendall(frame[:length])
                connection.shutdown(socket.SHUT_WR)
                same(replies_until_closed(connection), [], f"answers to {length} of {len(frame)} bytes")
        for length in (64 * 1024 + 1, 0x7FFFFFFF, 0xFFFFFFFF):
            with siege.connect() as connection:
                connection.send_bytes(struct.pack("<I", length) + frame * 100)
                same(connection.receive().code, client.FRAME_TOO_LARGE, f"a prefix of {length}")
        same(siege.server.order("C-1", expect=1)["code_name"], "unknown_order", "the order of the cut frames")


@case
def hostile_values(world):
    """Sound frames with hostile values: each is refused by name, and the connection stays."""
    long, deep = "x" * 10_000, "x" * 60_000

    def pay(order_no="V-1", amount_minor=100, currency="CNY", method="card", merchant="shop", **more):
        return client.pay(merchant, order_no, amount_minor, currency, method, **more)

    refused = [(pay(amount_minor=minor), client.INVALID_AMOUNT, b"amount_minor")
               for minor in (0, -1, INT64_MIN, INT64_MAX, AMOUNT_MINOR_MAX + 1)]
    refused += [(pay(currency=code), client.UNKNOWN_CURRENCY, b"currency")
                for code in ("", "XYZ", "cny", "CN\0", "CNYX", long)]
    texts = (long, deep, "", "a b", "a\0b", "a\nb", "\u202e", "..", "A/../../b")
    refused += [(pay(merchant=text), INVALID_FIELD, b"merchant") for text in texts]
    refused += [(pay(order_no=text), INVALID_FIELD, b"order_no") for text in texts[:7]]
    refused += [(pay(method=text), INVALID_FIELD, b"method") for text in texts if text != ".."]
    refused += [(pay(payer=text), INVALID_FIELD, b"payer") for text in (long, deep, "a\0b", "\x1b[2J")]
    refused += [(pay(placed_at_ns=INT64_MIN), INVALID_FIELD, b"placed_at_ns")]
    refused += [(client.query_balances(text), INVALID_FIELD, b"path_prefix") for text in (long, "a\0", "a b")]
    refused += [(switch("alpha", name, why), INVALID_FIELD, field) for name, why, field in (
        (long, "why", b"operator_name"), ("", "why", b"operator_name"), ("lin", long, b"reason"),
        ("lin", "\x1b]0;x", b"reason"))]
    refused += [(open_merchant("m", displayName=long), INVALID_FIELD, b"display_name"),
                (open_merchant("m", feeRatePpm=2**32 - 1), INVALID_FIELD, b"fee_rate_ppm"),
                (open_merchant("m", feeMinimumMinor=INT64_MIN), INVALID_FIELD, b"fee_minimum_minor"),
                (open_channel("c", methods=[]), INVALID_FIELD, b"methods"),
                (open_channel("c", methods=["m%d" % i for i in range(300)]), INVALID_FIELD, b"methods"),
                (open_channel("c", currencies=[156] * 10_000), INVALID_FIELD, b"currencies"),
                (open_channel("c", currencies=[65_535]), client.UNKNOWN_CURRENCY, b"currencies"),
                (open_channel("c", amountMinorMin=INT64_MIN), INVALID_FIELD, b"amount_minor_min"),
                (open_channel("c", concurrencyMax=2**32 - 1), INVALID_FIELD, b"concurrency_max"),
                (open_channel("c", replyWithinMs=2**32 - 1), INVALID_FIELD, b"reply_within_ms")]
    with Siege(world) as siege, siege.connect() as connection:
        head = siege.server.log("stat", "--json").json()["decisions"]
        for body, code, field in refused:
            reply = connection.call(body)
            assert reply.code == code and field in reply.text, f"{code} and {field} were expected, not " \
                f"{reply.code}, {reply.text}, of {vars(body[1])}"[:1000]
        connection.send(client.query_balances(), not_before_position=2**64 - 1)  # Told view_behind at once.
        same(connection.call(client.query_order("shop", "V-1")).code, client.UNKNOWN_ORDER, "the order")
        same(connection.call(pay("V-2", AMOUNT_MINOR_MAX)).code, client.OK, "the largest amount")
        assert siege.server.log("stat", "--json").json()["decisions"] > head


@case
def shared_texts(world):
    """Frames of 60 kB that would unfold to 200 MB each are refused for what they are."""
    frame = sharing_texts(8_000, 28_000)
    assert len(frame) < 64 * 1024
    with Siege(world) as siege:
        connections = [siege.connect() for _ in range(8)]
        for connection in connections:
            connection.send_bytes(frame * 16)
        for connection in connections:
            with connection:
                for _ in range(16):
                    reply = connection.receive()
                    same((reply.code, reply.requestId), (INVALID_FIELD, 77), "the answer")


@case
def amounts_that_overflow(world):
    """Payments whose sum leaves 64 bits are each made; what sums them up says that it can't, and stays true."""
    if SANITIZED:
        return "its thousands of payments take minutes there; the release build makes them"
    with open(world.path("many.csv"), "w", encoding="utf-8") as file:
        file.write("merchant,order,amount\n")
        file.writelines(f"rich,R-{i},10000000000000.00\n" for i in range(9_400))
    with Siege(world) as siege, siege.connect() as connection:
        siege.expected_alarm = "a balance leaves 64 bits"
        same(connection.call(open_merchant("rich")).code, client.OK, "opening the merchant")
        world.program.run("submit", world.path("many.csv"), "--connect", siege.server.address, "--order-column",
                          "order", "--currency", "CNY", "--method", "card", expect=0)
        siege.customer.pays_until_said(siege.server, siege.expected_alarm)
        reply = connection.call(client.query_balances())
        same((reply.code, [line.amountMinor for line in reply.body.sums]), (client.OK, [0]), "the whole ledger's sum")
        siege.customer.pays_on()


@case
def slow_and_broken_connections(world):
    """Silent, dripping and broken connections: whoever sends a whole frame is answered, in its own time."""
    with Siege(world) as siege:
        silent = [siege.dial() for _ in range(100)]
        halves = [siege.dial() for _ in range(100)]
        whole = client.frame(1, *client.pay("shop", "half", 100, "CNY", "card"))
        for number, connection in enumerate(halves):
            connection.sendall(whole[:1 + number % (len(whole) - 1)])
        dripping = [(siege.connect(), client.frame(1, *client.pay("shop", f"drip-{i}", 100, "CNY", "card")))
                    for i in range(30)]
        for at in range(max(len(frame) for _, frame in dripping)):
            for connection, frame in dripping:
                connection.send_bytes(frame[at:at + 1])
        siege.customer.pays_on()
        for connection, _ in dripping:
            same(connection.receive().code, client.OK, "the answer to a frame that came byte by byte")
        for how in (reset, socket.socket.close) * 100:  # In mid-frame.
            connection = siege.dial()
            connection.sendall(whole[:-1])
            how(connection)
        for number in range(50):  # A whole frame, and gone before the answer.
            connection = siege.dial()
            connection.sendall(client.frame(1, *client.pay("shop", f"gone-{number}", 100, "CNY", "card")))
            reset(connection) if number % 2 else connection.close()
        siege.customer.pays_on()
        same(siege.server.order("half", expect=1)["code_name"], "unknown_order", "the order of no whole frame")
        for connection in silent + halves + [connection for connection, _ in dripping]:
            connection.close()


@case
def many_connections(world):
    """A thousand connections pay at once; beyond two thousand the next is told busy, and who is there stays."""
    if refused := cannot_open(CONNECTIONS_MAX + 500):
        return refused
    with Siege(world) as siege:
        crowd = [siege.connect() for _ in range(1_000)]
        unpaid = dict(enumerate(crowd))
        while unpaid:  # A slow machine may rightly tell some busy: they ask again.
            asked = {i: c.send(client.pay("shop", f"crowd-{i}", 100, "CNY", "card")) for i, c in unpaid.items()}
            codes = {i: unpaid[i].wait(request).code for i, request in asked.items()}
            assert set(codes.values()) <= {client.OK, BUSY}, f"answers to a thousand clients: {set(codes.values())}"
            unpaid = {i: unpaid[i] for i, code in codes.items() if code == BUSY}
        siege.customer.pays_on()
        while len(crowd) < CONNECTIONS_MAX - 1:  # The customer has one.
            crowd.append(siege.connect())
        with siege.connect() as one_more:
            reply = one_more.receive()
            same((reply.code, reply.text), (BUSY, b"too many connections"), "the answer to one more")
        siege.customer.pays_on()
        same(crowd[-1].call(client.query_order("shop", "crowd-0")).code, client.OK, "the last one that was let in")
        for connection in crowd:
            connection.close()
    return None


@case
def idle_after_large_frames(world):
    """Connections that sent a large frame once and stay keep no memory for it."""
    if refused := cannot_open(1_600):
        return refused
    frame = client.frame(1, *client.pay("shop", "L-1", 100, "CNY", "card", payer="x" * 60_000))
    with Siege(world) as siege:
        crowd = []
        for _ in range(300 if SANITIZED else 1_500):
            crowd.append(siege.connect())
            crowd[-1].send_bytes(frame)
            same(crowd[-1].receive().code, INVALID_FIELD, "the answer")
        siege.customer.pays_on()
        for connection in crowd:
            connection.close()
    return None


@case
def clients_that_never_read(world):
    """Clients that ask and never read are asked no more of, then cut off; what is kept for them is bounded."""
    if SANITIZED:
        return "half a minute of waiting with a customer beside it; the socket's bounds have tests of their own"
    with Siege(world) as siege, ExitStack() as crowd:
        paid = siege.customer.paid[0]
        questions = b"".join(client.frame(n, *client.query_order("shop", paid)) for n in range(1, 500))
        asking = [crowd.enter_context(siege.dial()) for _ in range(8)]
        sent = dict.fromkeys(asking, 0)  # bytes
        for connection in asking:
            connection.setblocking(False)
        while asking:
            # Nobody reads them for a while, then they are cut: that makes them writable once more.
            _, writable, _ = select.select([], asking, [], DEADLINE_S)
            assert writable, f"{len(asking)} clients were never cut off"
            for connection in writable:
                try:
                    sent[connection] += connection.send(questions[sent[connection] % len(questions):])
                    assert sent[connection] < 64 << 20, "whoever takes no answer is read on and on"
                except BlockingIOError:
                    pass
                except (BrokenPipeError, ConnectionResetError):
                    asking.remove(connection)
        siege.customer.pays_on(10)
    return None


if __name__ == "__main__":
    main()
