#!/usr/bin/python3
"""What others send is shown harmless, and changes nothing by itself: no text steers a terminal, no forgery a book.

The suites are in shown_*.py, against the `kith` command on a terminal, and Profanity. KITH_BUILD says where
it was built (default: build/ beside tests/).
"""
import sys
import unittest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from promise import Figures  # noqa: E402
from shown_book import InTheBook  # noqa: E402
from shown_forged import Forgeries  # noqa: E402
from shown_terminal import OnTheTerminal  # noqa: E402

FIGURES = Figures("shown")
for each in (OnTheTerminal, InTheBook, Forgeries):
    each.figures = FIGURES
del each

if __name__ == "__main__":
    done = unittest.main(exit=False).result
    FIGURES.set("steered or forged", len(done.failures) + len(done.errors))
    sys.exit(not done.wasSuccessful())
