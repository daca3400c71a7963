"""Cases of an end-to-end test: each in a directory of its own, named by a sentence, told one a line."""

import argparse
import os
import shlex
import shutil
import sys
import tempfile
import time
import traceback

from server import DEADLINE_S, Program, Server

_cases = []


def case(function):
    """A case; its docstring is its name."""
    _cases.append(function)
    return function


class World:
    """What a case works with. Whatever it started is ended with it."""

    def __init__(self, program, directory):
        self.program, self.directory = program, directory
        self.servers, self.commands = [], []

    def server(self, config, **how):
        server = Server(self.program, self.directory, config, **how)
        self.servers.append(server)
        return server

    def start(self, *arguments, **how):
        """One of the program's other commands, not waited for."""
        self.commands.append(self.program.start(*arguments, **how))
        return self.commands[-1]

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def end(self):
        for server in self.servers:
            server.discard()
        for command in self.commands:
            if command.poll() is None:  # A stopped one would stay for ever.
                command.kill()
                command.communicate()


def same(found, wanted, what):
    assert found == wanted, f"{what}: {wanted!r} was expected, not {found!r}"


def contains(text, part, what):
    assert part in text, f"{what}: lacks {part!r}:\n{text}"


def answered(reply, code, name, advice):
    same((reply["code"], reply["code_name"], reply["advice"]), (code, name, advice), str(reply))
    return reply


def until(ask, what):
    """Asks again until the answer suits; each question is a process of its own, so this spins at no great pace."""
    end = time.monotonic() + DEADLINE_S
    while True:
        reply = ask()
        if what(reply):
            return reply
        assert time.monotonic() < end, f"not within {DEADLINE_S} s; the last answer: {reply}"


def again(script, *arguments):
    """The command that repeats a run."""
    path = os.environ.get("PYTHONPATH")
    return shlex.join([*(["env", f"PYTHONPATH={path}"] if path else []), "/usr/bin/python3", "-B", script, *arguments])


def _run(program, function):
    name = function.__doc__.strip().rstrip(".")
    directory = tempfile.mkdtemp(prefix="oncepay-e2e-")
    world = World(program, directory)
    started = time.monotonic()
    try:
        skipped = function(world)
    except Exception:  # pylint: disable=broad-except
        world.end()
        print(f"FAILED  {name}\n{traceback.format_exc()}")
        for server in world.servers:
            if server.process is not None:
                print(server.report())
        print(f"left for you to look at: {directory}\n"
              f"again: {again(sys.argv[0], '--oncepay', program.path, '--only', function.__name__)}", flush=True)
        return False
    world.end()
    shutil.rmtree(directory, ignore_errors=True)
    print(f"{'skipped' if skipped else 'ok     '} {time.monotonic() - started:6.2f} s  {name}"
          f"{': ' + skipped if skipped else ''}", flush=True)
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--oncepay", required=True, help="the program")
    parser.add_argument("--only", help="the one case to run, by its function's name")
    arguments = parser.parse_args()
    chosen = [c for c in _cases if arguments.only in (None, c.__name__)]
    if not chosen:
        sys.exit(f"there is no case {arguments.only}: {', '.join(c.__name__ for c in _cases)}")
    program = Program(arguments.oncepay)
    failed = [c.__name__ for c in chosen if not _run(program, c)]
    print(f"{len(chosen)} cases, {len(failed)} failed{': ' + ', '.join(failed) if failed else ''}")
    sys.exit(1 if failed else 0)
