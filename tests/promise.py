"""What the programs of tests/promises share: short or long, and the figures at the end."""

import atexit
import os
import sys

# Whether the full counts are wanted, which take long.
LONG = bool(os.environ.get("KITH_LONG"))


def count(short, long):
    """How many: in short, or in full."""
    return long if LONG else short


class Figures:
    """The figures of a promise, printed in one line when its program ends."""

    def __init__(self, promise):
        self.promise = promise
        self.values = {}
        atexit.register(self.show)

    def add(self, name, by=1):
        self.values[name] = self.values.get(name, 0) + by

    def set(self, name, value):
        self.values[name] = value

    def show(self):
        sys.stdout.flush()
        print("promise %s: %s" % (self.promise, ", ".join(
            "%s: %s" % value for value in self.values.items())), file=sys.stderr, flush=True)
