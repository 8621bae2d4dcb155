#!/usr/bin/python3
"""It stays up: a lost server, another conf, a new secret, no name service, wrong clocks, no memory.

KITH_BUILD says where it was built (default: build/ beside tests/).
"""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from promise import Figures  # noqa: E402
from up_conf import Conf  # noqa: E402
from up_link import Lost  # noqa: E402
from up_names import Names  # noqa: E402
from up_process import Base, Managed, Process  # noqa: E402, F401
from up_systemd import Hardened, Run  # noqa: E402

if __name__ == "__main__":
    Lost.figures = Names.figures = Conf.figures = Base.figures = Hardened.figures = Run.figures = Figures("up")
    unittest.main()
