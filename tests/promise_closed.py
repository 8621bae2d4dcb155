#!/usr/bin/python3
"""Nobody gets in: no forged address, spelling, injection or guess reaches what is another's.

The suites are in closed_*.py; each counts what it tried in the same figures.
"""
import sys
import unittest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from closed_forged import Forged, Ungranted  # noqa: E402
from closed_injected import Injected  # noqa: E402
from closed_policy import Policy  # noqa: E402
from closed_secret import Secret  # noqa: E402
from closed_servers import OnEjabberd, OnProsody  # noqa: E402
from promise import Figures  # noqa: E402

Forged.figures = Ungranted.figures = Injected.figures = Secret.figures = Figures("closed")
Policy.figures = OnProsody.figures = OnEjabberd.figures = Forged.figures

if __name__ == "__main__":
    unittest.main()
