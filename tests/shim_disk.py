"""A disk under a real program that a test lets fail: tests/shim_disk.c."""

import errno
import mmap
import os
import struct
import tempfile

from peer import program

WRITE, SYNC, TRUNCATE, READ, CREATE, REMOVE = 1, 2, 4, 8, 16, 32
MAIN, LOG, SHARED, OTHER = 1, 2, 4, 8
ALL = 15
_OPS, _FILES, _ERROR, _SKIP, _COUNT, _FAULTS, _NUMBERS = range(7)
PAGE = 4096


class Disk:
    """For files with `about` in their path. environment: to start the program with."""

    def __init__(self, about, logs=False):
        self.about = about
        self.file = tempfile.NamedTemporaryFile(prefix="kith-shim-")
        self.file.write(bytes(8 * _NUMBERS))
        self.file.flush()
        self.memory = mmap.mmap(self.file.fileno(), 8 * _NUMBERS)
        self.environment = {"LD_PRELOAD": program("tests/.libs/shim_disk.so"),
                            "KITH_SHIM_DISK": self.file.name, "KITH_SHIM_DISK_PATH": about}
        self.log = None
        if logs:
            self.log = tempfile.NamedTemporaryFile(prefix="kith-shim-")
            self.environment["KITH_SHIM_DISK_LOG"] = self.log.name

    def _set(self, index, value):
        struct.pack_into("q", self.memory, 8 * index, value)

    def _get(self, index):
        return struct.unpack_from("q", self.memory, 8 * index)[0]

    def fail(self, ops, error=errno.EIO, files=ALL, skip=0, count=-1):
        """From now on, `count` (-1: all) of these ops on these files, after `skip` of them."""
        self._set(_COUNT, 0)
        self._set(_OPS, ops)
        self._set(_FILES, files)
        self._set(_ERROR, error)
        self._set(_SKIP, skip)
        self._set(_COUNT, count)

    def heal(self):
        self._set(_COUNT, 0)

    def faults(self):
        """How many there were."""
        return self._get(_FAULTS)

    def is_done(self):
        """The faults that were to be were."""
        return self._get(_COUNT) == 0

    def cut_power(self):
        """The program is gone, and the files become what is on the disk for sure. A write that wasn't
        synced is not there; nor is one whose sync failed, whatever was synced after that, unless it
        was written anew. Returns how many pages that were."""
        dirty, lost = {}, {}  # path: {offset: page on the disk}
        with open(self.log.name, "rb") as log:
            while line := log.readline():
                what, at, path = line.decode().rstrip("\n").split(" ", 2)
                if what == "W":
                    page = log.read(PAGE)
                    before = lost.get(path, {}).pop(int(at), page)
                    dirty.setdefault(path, {}).setdefault(int(at), before)
                elif what == "S":
                    dirty.pop(path, None)
                elif what == "F":
                    lost.setdefault(path, {}).update(dirty.pop(path, {}))
                else:
                    dirty.pop(path, None)
                    lost.pop(path, None)
        pages = 0
        for files in (dirty, lost):
            for path, each in files.items():
                size = os.path.getsize(path) if os.path.exists(path) else 0
                for at, page in each.items():
                    if at < size:
                        with open(path, "r+b") as file:
                            file.seek(at)
                            file.write(page[:size - at])
                        pages += 1
        os.truncate(self.log.name, 0)
        return pages

    def close(self):
        self.memory.close()
        self.file.close()
        if self.log:
            self.log.close()
