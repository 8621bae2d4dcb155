#!/usr/bin/python3
"""A full or failing disk, a locked or damaged store, a wrong clock: they cost service, not data.

People get errors to wait by, the admin one clear line, reading goes on where it can, and all works again
by itself when it is over. KITH_BUILD says where it was built (default: build/ beside tests/). Run as root:
it mounts file systems in memory.
"""
import unittest

from degrade_backup import Backup
from degrade_client import FullClient
from degrade_clock import Waiting, WrongClock
from degrade_damage import Damaged, Moved
from degrade_disk import Case, FailingDisk, FullDisk
from degrade_locked import Locked
from degrade_versions import Versions
from promise import Figures

FIGURES = Figures("degrade")
for each in ("faults injected", "answers wait"):
    FIGURES.set(each, 0)
FIGURES.set("lost", 0)
Case.figures = FullClient.figures = FIGURES

if __name__ == "__main__":
    unittest.main()
