"""Stores of older and newer versions; part of promise_degrade.py."""

import os
import random
import sqlite3
import subprocess

from degrade_damage import PAGE, VERSION, content, load
from degrade_disk import ALICE, BOB, Case
from degrade_world import Disk
from promise import count

# Each that needs the store, and not a person's yes.
COMMANDS = (["accounts"], ["backup", "/none/copy"], ["changes"], ["erase", "-y", ALICE],
            ["export", ALICE], ["import", ALICE, "-"], ["show", ALICE], ["stats"], ["verify"])


class Versions(Case):
    """Stores of other versions."""

    def setUp(self):
        self.here = self.world()
        self.wanted = {}  # what comes of a version where nothing happens on the way
        for version in range(1, VERSION):
            load(self.here.store, version)
            self.here.start()
            self.wanted[version] = self.held()
            self.remove()

    def held(self):
        """What kithctl says that there is, in a store that kithd has."""
        self.here.verify()
        said = [self.here.ctl("export", ALICE), self.here.ctl("show", ALICE),
                self.here.ctl("show", BOB), self.here.ctl("accounts")]
        self.assertEqual([each[0] for each in said], [0] * len(said), said)
        self.assertIn("FN:Bobby\n", said[0][1])
        self.assertIn("+44 7700 900456", said[2][1])
        return said

    def remove(self):
        self.here.stop()
        path = self.here.kithd.keys["store"].removeprefix("sqlite:")
        for end in ("", ".lock"):
            os.unlink(path + end)

    def is_whole(self, version):
        """kithd brings it up to date, with all that it had."""
        self.here.start()
        self.assertEqual(self.held(), self.wanted[version])
        self.remove()

    def test_one_of_a_newer_version_is_refused_with_the_numbers_and_not_touched(self):
        world = self.here
        load(world.store)
        base = sqlite3.connect(world.store, isolation_level=None)
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA user_version = %d" % (VERSION + 1))
        before = [content(world.store + end) for end in ("", "-wal")]
        self.assertGreater(len(before[1]), 0)
        os.rename(world.store + "-wal", world.store + ".log")  # as after a crash
        base.close()
        os.rename(world.store + ".log", world.store + "-wal")
        with open(world.store, "wb") as file:
            file.write(before[0])
        self.figures.add("faults injected")
        for status, log in (world.kithd.run()[0::2], world.kithd.run("-n")[0::2],
                            *[world.ctl(*each, text="")[0::2] for each in COMMANDS]):
            self.assertEqual(status, 1)
            self.assertEqual(len([line for line in log.splitlines() if " runs as root" not in line]),
                             1, log)
            self.assertIn("newer version of Kith (its form is %d, this program knows up to %d)"
                          % (VERSION + 1, VERSION), log)
        self.assertEqual([content(world.store + end) for end in ("", "-wal")], before)

    def test_an_older_one_is_left_to_kithd_by_kithctl(self):
        for version in range(1, VERSION):
            load(self.here.store, version)
            before = content(self.here.store)
            for status, log in (self.here.kithd.run("-n")[0::2],
                                *[self.here.ctl(*each, text="")[0::2] for each in COMMANDS]):
                self.assertEqual(status, 1)
                self.assertIn("its form is %d, this program needs %d" % (version, VERSION), log)
            self.assertEqual(content(self.here.store), before)
            self.is_whole(version)

    def test_without_room_for_the_new_form_it_stays_as_it_was(self):
        for version in range(1, VERSION):
            for spare in range(0, 40, count(13, 1)):
                disk = Disk(600)
                try:
                    self.migrate_on(disk, version, spare)
                finally:
                    disk.close()

    def migrate_on(self, disk, version, spare):
        world = self.here
        path = os.path.join(disk.directory, "kith.db")
        load(path, version)
        before = content(path)
        disk.fill()
        filler = os.path.join(disk.directory, "filler")
        os.truncate(filler, max(0, os.path.getsize(filler) - spare * PAGE))
        world.kithd.keys["store"] = "sqlite:" + path
        world.kithd.write_conf()
        self.figures.add("faults injected")
        status, _, log = self.run_until_known(world)
        if status is None:  # there was room
            world.kithd.kill()
        else:
            self.assertIn("full", log)
            if int.from_bytes(content(path)[60:64], "big") != VERSION:
                self.assertEqual(content(path), before)
        disk.free()
        self.is_whole(version)

    def run_until_known(self, world):
        """kithd, until it ends, or has the store; then its status is None."""
        world.kithd.start()
        lines = []
        while True:
            line = world.kithd.lines.get(timeout=30)
            if line is None:
                return world.kithd.wait(), "", "\n".join(lines)
            lines.append(line)
            if "kithd: " in line and ", store " in line:
                return None, "", ""
            if "standing by" in line:
                world.kithd.kill()
                return -1, "", "\n".join(lines)

    def test_killed_on_the_way_it_is_of_one_version_or_the_other(self):
        chance = random.Random(4)
        seen = set()
        for turn in range(count(8, 200)):
            version = 1 + turn % (VERSION - 1)
            load(self.here.store, version)
            self.here.kithd.start()
            try:
                self.here.kithd.process.wait(timeout=chance.random() * 0.03)
            except subprocess.TimeoutExpired:
                pass
            self.here.kithd.kill()
            self.figures.add("faults injected")
            base = sqlite3.connect(self.here.store)
            now = base.execute("PRAGMA user_version").fetchone()[0]
            base.close()
            self.assertIn(now, (version, VERSION))
            seen.add(now == VERSION)
            self.is_whole(version)
