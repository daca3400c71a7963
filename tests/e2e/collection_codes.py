#!/usr/bin/python3
"""Collection codes over real sockets: one serial a label for ever, whose it is only the server tells, revoked for ever;
and pictures that hold it."""

import os
import re
import struct
import zlib

from cases import case, contains, main, same
from configuration import merchant, toml

ADDRESS = "https://pay.example.com/c"


def make(server, label, name="shop", *options, expect=0):
    return server.ask("code", "make", "--merchant", name, "--label", label, *options, expect=expect)


def modules_of_svg(text):
    """Dark modules as (x, y), the quiet zone counted."""
    path = re.search(r'd="([^"]*)"', text).group(1)
    return {(int(x) + i, int(y)) for x, y, n in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path) for i in range(int(n))}


def modules_of_png(data):
    """The same, as any reader of PNG sees them: check sums, decompression, one bit a pixel."""
    same(data[:8], b"\x89PNG\r\n\x1a\n", "the signature")
    chunks, at = {}, 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        content = data[at + 8:at + 8 + length]
        same(struct.unpack(">I", data[at + 8 + length:at + 12 + length])[0], zlib.crc32(kind + content), f"sum of {kind}")
        chunks[kind] = content
        at += 12 + length
    width, height, depth, colour, *_ = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    same((width, depth, colour), (height, 1, 0), "the header")
    rows = zlib.decompress(chunks[b"IDAT"])
    stride = 1 + (width + 7) // 8
    return {(x // 8, y // 8) for y in range(4, height, 8) for x in range(4, width, 8)
            if not rows[y * stride + 1 + x // 8] >> (7 - x % 8) & 1}


@case
def issued_and_revoked(world):
    """A label's code is the same for ever, across restarts; revoked it is nobody's for ever."""
    server = world.server(toml(merchants=[merchant("shop"), merchant("cafe"), merchant("shut", suspended=True)])).start()
    code = make(server, "till-3")["collection_code"]
    same((code["merchant"], code["label"], code["revoked"]), ("shop", "till-3", False), f"the code: {code}")
    same(len(code["serial"]), 26, "its serial")
    others = {make(server, "till-4")["collection_code"]["serial"], make(server, "till-3", "cafe")["collection_code"]["serial"]}
    same(len(others | {code["serial"]}), 3, "codes of other labels and merchants")
    server.kill()
    server.start()
    same(make(server, "till-3")["collection_code"]["serial"], code["serial"], "after a restart")
    same(server.ask("code", "show", code["serial"], expect=0)["collection_code"]["merchant"], "shop", "whose it is")
    assert server.ask("code", "show", "0" * 25 + "1", expect=1)["code_name"] == "unknown_collection_code"
    assert make(server, "till-1", "nobody", expect=1)["code_name"] == "unknown_merchant"
    assert make(server, "till-1", "shut", expect=1)["code_name"] == "merchant_suspended"
    ended = ["--operator", "lin", "--reason", "sticker replaced"]
    same(server.ask("code", "revoke", code["serial"], *ended, expect=0)["collection_code"]["revoked"], True, "revoked")
    server.ask("code", "revoke", code["serial"], *ended, expect=0)
    same(server.ask("code", "show", code["serial"], expect=1)["collection_code"]["revoked"], True, "shown afterwards")
    same(make(server, "till-3", expect=1)["code_name"], "code_revoked", "asked for again")
    server.stop()
    dump = server.log("dump", "--stream", f"code/{code['serial']}").out
    for part in ('"event":"code_issued"', '"event":"code_revoked"', '"operator_name":"lin"'):
        contains(dump, part, "the log")
    same(len(dump.splitlines()), 2, "decisions about it")


@case
def drawn(world):
    """Both pictures hold the same code; what is asked for wrongly is said in one line, and nothing is drawn."""
    server = world.server(toml()).start()
    svg, png = world.path("till.svg"), world.path("till.png")
    make(server, "till-3", "shop", "--address", ADDRESS, "--svg", svg, "--png", png)
    with open(svg, encoding="utf-8") as file:
        text = file.read()
    with open(png, "rb") as file:
        data = file.read()
    drawn_modules = modules_of_svg(text)
    same(modules_of_png(data), drawn_modules, "the pixels, and the drawing")
    assert min(min(x, y) for x, y in drawn_modules) == 4, "four blank modules around it"
    for mistake in (["--svg", svg], ["--address", ADDRESS], ["--svg", svg, "--address", "ftp://example.com"],
                    ["--label", "Till 3"], ["--merchant", "Shop"]):
        world.program.run("code", "make", "--merchant", "shop", "--connect", server.address, *mistake, expect=2)
    nowhere = os.path.join(world.path("no"), "such", "till.svg")
    failed = world.program.run("code", "make", "--merchant", "shop", "--address", ADDRESS, "--svg", nowhere, "--connect",
                               server.address, expect=4)
    contains(failed.err, "can't be written", "a picture without a place")
    for wrong in (["code", "show", "12"], ["code", "draw"], ["code", "revoke", "0" * 26]):
        world.program.run(*wrong, "--connect", server.address, expect=2)
    server.stop()


if __name__ == "__main__":
    main()
