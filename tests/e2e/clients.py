#!/usr/bin/python3
"""Runs a client's exercise against a server of its own: twice in one name, so that the second run finds all paid."""

import argparse
import shutil
import subprocess
import sys
import tempfile

import configuration
from server import DEADLINE_S, Program, Server


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--oncepay", required=True, help="the program")
    parser.add_argument("--client", required=True, help="the exercise, called with HOST:PORT MERCHANT --run NAME")
    arguments = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="oncepay-clients-")
    server = Server(Program(arguments.oncepay), directory, configuration.toml([configuration.channel(pay_outs=["transfer"], card_methods=["card"])]))
    try:
        server.start()
        for _ in range(2):
            subprocess.run([sys.executable, "-B", arguments.client, server.address, "shop", "--run", "exercise",
                            "--pay-out-method", "transfer", "--card-method", "card"],
                           check=True, timeout=DEADLINE_S)
        server.stop()
        print(server.log("verify").out.strip())
    except BaseException:
        server.discard()
        if server.process is not None:
            print(server.report())
        raise
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
