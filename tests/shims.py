"""Clocks and memory of a real program in a test's hand: tests/shim_clock.c, tests/shim_memory.c."""

import contextlib
import mmap
import struct
import tempfile
import threading

from peer import program


class _Shim:
    """A file of 64-bit numbers that the program under LD_PRELOAD has mapped."""

    def __init__(self, name, count):
        self.file = tempfile.NamedTemporaryFile(prefix="kith-shim-")
        self.file.write(bytes(8 * count))
        self.file.flush()
        self.memory = mmap.mmap(self.file.fileno(), 8 * count)
        self.environment = {"LD_PRELOAD": program("tests/.libs/shim_%s.so" % name),
                            "KITH_SHIM_%s" % name.upper(): self.file.name}

    def _get(self, index):
        return struct.unpack_from("q", self.memory, 8 * index)[0]

    def _set(self, index, value):
        struct.pack_into("q", self.memory, 8 * index, value)

    def close(self):
        self.memory.close()
        self.file.close()


def together(*shims):
    """The environment of a program that has them all."""
    environment = {}
    for shim in shims:
        environment.update(shim.environment)
    environment["LD_PRELOAD"] = " ".join(shim.environment["LD_PRELOAD"] for shim in shims)
    return environment


class Clock(_Shim):
    def __init__(self):
        super().__init__("clock", 3)

    def pass_s(self, seconds):
        """That time passes at once."""
        self._set(0, self._get(0) + int(seconds * 1e9))

    def sleep_s(self, seconds):
        """The machine sleeps for that time: all but the monotonic clock go on."""
        for index in (1, 2):
            self._set(index, self._get(index) + int(seconds * 1e9))

    @contextlib.contextmanager
    def hurry(self):
        """All waits are short meanwhile: time passes twenty times as fast."""
        ended = threading.Event()

        def run():
            while not ended.wait(0.01):
                self.pass_s(0.2)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def set_wall(self, seconds):
        """The wall clock is wrong by so much."""
        self._set(1, int(seconds * 1e9))


class Memory(_Shim):
    def __init__(self):
        super().__init__("memory", 4)

    def made(self):
        return self._get(0)

    def fail(self, after, count, least=0):
        """The allocation after so many more, and those behind it, are refused; of so many bytes at least."""
        self._set(1, 0)
        self._set(3, least)
        self._set(2, count)
        self._set(1, self._get(0) + after + 1)

    def heal(self):
        self._set(1, 0)
