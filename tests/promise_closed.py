#!/usr/bin/python3
"""Nobody gets in: no forged address, spelling, injection or guess reaches what is another's.

The suites are in closed_*.py; each counts what it tried in the same figures. Two of C's are run as well,
which have the spellings, and what a refusal costs: make check builds them.
"""
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from closed_forged import Forged, Ungranted  # noqa: E402
from closed_injected import Injected  # noqa: E402
from closed_policy import Policy  # noqa: E402
from closed_secret import Secret  # noqa: E402
from closed_servers import OnEjabberd, OnProsody  # noqa: E402
from peer import program  # noqa: E402
from promise import Figures  # noqa: E402


class InC(unittest.TestCase):
    """What takes tens of thousands of questions."""

    def cells(self, name):
        if not os.path.exists(program("tests/" + name)):
            self.skipTest("tests/%s isn't built" % name)
        done = subprocess.run([program("tests/" + name)], env={**os.environ, "CK_FORK": "no"},
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        return sum(map(int, re.findall(r": (\d+) cells", done.stdout)))

    def test_spellings(self):
        FIGURES.add("spellings tried", self.cells("test_spellings"))

    def test_refusals_that_take_as_long_as_absence(self):
        FIGURES.add("refusals compared with absence", self.cells("test_even"))


FIGURES = Figures("closed")
for each in (Forged, Ungranted, Injected, Policy, Secret, OnEjabberd, OnProsody):
    each.figures = FIGURES
del each

if __name__ == "__main__":
    done = unittest.main(exit=False).result
    FIGURES.set("let in", len(done.failures) + len(done.errors))
    sys.exit(not done.wasSuccessful())
