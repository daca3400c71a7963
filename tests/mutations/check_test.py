#!/usr/bin/python3
"""The check of mutations can fail: it notices a rule whose breach nobody sees, a simulator that cries wolf, a run that
merely died, and a mutation that its table doesn't know."""

import os
import stat
import subprocess
import sys
import tempfile
import unittest

import check

CHECK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "check.py")

# Stands in for the program: knows the mutations, and what it says of each run is decided by MODE.
# A shell's, because it is started 1 600 times.
PROGRAM = """#!/bin/sh
seed=1 broken= in_cell=
while [ $# -gt 0 ]; do
  case $1 in
    --mutation) broken=$2 ;;
    --seed) seed=$2 ;;
    --matrix) in_cell=yes ;;
  esac
  shift
done
if [ "$broken" = "?" ]; then
  echo "oncepay: sim: --mutation takes $(echo $KNOWN | sed 's/ / or /g'), not \\"?\\"; see" >&2
  exit 2
fi
checker=somebody
seen=$broken
if [ "$broken" = fold-twice ]; then
  case $MODE in
    blind) seen=$in_cell ;;
    blind-cell) [ -z "$in_cell" ] || seen= ;;
    late) [ -n "$in_cell" ] || [ "$seed" -ge 2 ] || seen= ;;
    dies) checker=simulator ;;
  esac
fi
[ "$MODE" != wolf ] || seen=yes
if [ -z "$seen" ]; then
  echo '{"violations": []}'
  exit 0
fi
echo '{"violations": [{"checker": "'$checker'", "sentence": "Money moved twice.", "seed": '$seed'}]}'
exit 1
"""


class Check(unittest.TestCase):
    def said(self, mode, known=None):
        """Exit code and what was printed."""
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, "oncepay")
            with open(program, "w", encoding="utf-8") as file:
                file.write(PROGRAM)
            os.chmod(program, os.stat(program).st_mode | stat.S_IXUSR)
            environment = dict(os.environ, MODE=mode, KNOWN=" ".join(known or {**check.CAUGHT_WITHIN, **check.BREAKS_CELLS}))
            run = subprocess.run([sys.executable, "-B", CHECK, "--oncepay", program], env=environment,
                                 capture_output=True, text=True, timeout=120)
            return run.returncode, run.stdout + run.stderr

    def line_of(self, said, mutation):
        return next(line for line in said.splitlines() if line.startswith(mutation))

    def test_all_is_well_where_each_is_seen(self):
        code, said = self.said("keen")
        self.assertEqual(code, 0, said)
        self.assertIn("every broken rule was caught", said)
        self.assertIn("somebody", self.line_of(said, "fold-twice"))

    def test_a_mutation_that_nobody_sees_is_a_failure(self):
        code, said = self.said("blind")
        self.assertEqual(code, 1, said)
        self.assertIn("SURVIVED", self.line_of(said, "fold-twice"))

    def test_a_mutation_that_its_cell_does_not_see_is_a_failure(self):
        code, said = self.said("blind-cell")
        self.assertEqual(code, 1, said)
        self.assertIn("oncepay sim --matrix --cells", next(line for line in said.splitlines() if "SURVIVED" in line))

    def test_the_seed_that_shows_it_is_told(self):
        code, said = self.said("late")
        self.assertEqual(code, 0, said)
        self.assertIn(" 2 of ", self.line_of(said, "fold-twice"))

    def test_a_run_that_died_is_not_a_mutation_that_was_caught(self):
        code, said = self.said("dies")
        self.assertEqual(code, 1, said)
        self.assertIn("NO CHECKER", self.line_of(said, "fold-twice"))

    def test_a_simulator_that_complains_of_kept_rules_proves_nothing(self):
        code, said = self.said("wolf")
        self.assertEqual(code, 1, said)
        self.assertIn("Money moved twice.", self.line_of(said, "(no rule broken)"))

    def test_a_mutation_without_a_row_is_a_failure(self):
        code, said = self.said("keen", [*{**check.CAUGHT_WITHIN, **check.BREAKS_CELLS}, "charge-double"])
        self.assertEqual(code, 1, said)
        self.assertIn("charge-double", said)


if __name__ == "__main__":
    unittest.main()
