#!/usr/bin/python3
"""What ships has no switch that breaks a rule: not in its help, not on its command line, not in its bytes."""

import argparse
import subprocess
import sys

USAGE = 2
# Of schema/mutation.cpp: what would be left of it in a program. The first as the linker knows it, for checkers have
# functions of that name.
TRACES = (b"_ZN7oncepay10break_rule", b"parse_mutation", b"reroute-after-timeout")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--oncepay", required=True)
    oncepay = parser.parse_args().oncepay

    def run(*words):
        return subprocess.run([oncepay, "sim", *words], capture_output=True, text=True, timeout=60)

    wrong = []
    help_text = run("--help")
    if help_text.returncode != 0 or "--seed" not in help_text.stdout:
        wrong.append("sim --help doesn't tell the options")
    if "mutation" in help_text.stdout:
        wrong.append("sim --help offers to break a rule")
    asked = run("--mutation", "reroute-after-timeout")
    if asked.returncode != USAGE or "no option --mutation" not in asked.stderr:
        wrong.append(f"sim --mutation: exit code {asked.returncode}, {asked.stderr.strip()}")
    with open(oncepay, "rb") as file:
        program = file.read()
    wrong += [f"the program holds {trace.decode()}" for trace in TRACES if trace in program]
    print("\n".join(wrong) or "nothing of it is there")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
