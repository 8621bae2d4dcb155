"""Others that keep kithd from its store; part of promise_degrade.py."""

import sqlite3
import subprocess
import time

from degrade_disk import ALICE, BOB, NOTE, Case, item
from peer import PATIENCE, program


class Locked(Case):
    def setUp(self):
        self.here = self.world()

    def lock(self, *first):
        """As somebody does in a shell of SQLite's."""
        other = sqlite3.connect(self.here.store, isolation_level=None)
        self.addCleanup(other.close)
        for sql in (*first, "BEGIN IMMEDIATE"):
            other.execute(sql)
        self.figures.add("faults injected")
        return other

    def test_who_waits_is_told_to_wait_and_reading_goes_on(self):
        world = self.here.start()
        world.publish_all([(ALICE, item(i), i) for i in range(10)])
        world.told()
        other = self.lock()
        self.assertFalse(world.publish(ALICE, item(1), 500))
        began = time.monotonic()
        for turn in range(5):
            self.assertEqual(world.publish_all([(ALICE, item(i), 500) for i in range(10)]), 0)
            for i in range(10):
                self.assertEqual(world.read(ALICE, item(i)), i)
            self.assertIsNone(world.error(world.ping()))
        self.assertLess(time.monotonic() - began, PATIENCE)
        told = world.told()
        self.assertEqual(len(told), 1, told)
        self.assertIn("locked by another program", told[0])
        other.execute("ROLLBACK")
        world.wait_until(lambda: world.publish(ALICE, item(1), 501))
        world.told("store: works again")
        world.check()
        self.assertEqual(len(world.peer.streams), 1)

    def test_it_begins_when_it_is_let(self):
        world = self.here.start()
        world.publish(ALICE, item(1), 1)
        world.stop()
        other = self.lock("PRAGMA locking_mode = EXCLUSIVE")
        world.kithd.start()
        self.assertIn("database is locked", world.kithd.wait_log("standing by"))
        other.close()
        world.stream = world.peer.up()
        world.check()

    def test_whoever_only_looks_with_kithctl_keeps_nobody_waiting(self):
        world = self.here.start()
        world.publish_all([(ALICE, item(i), i, NOTE) for i in range(60)])
        looking = subprocess.Popen([program("kithctl"), "-c", world.kithd.conf, "export", ALICE],
                                   stdout=subprocess.PIPE)  # a pager at its first page
        self.addCleanup(looking.stdout.close)
        self.addCleanup(looking.wait)
        self.addCleanup(looking.kill)
        looking.stdout.read(1)
        self.figures.add("faults injected")
        self.assertTrue(world.publish(ALICE, item(1), 7, NOTE))
        looking.stdout.read()
        self.assertEqual(looking.wait(), 0)
        world.check()

    def test_beside_an_import_of_kithctl_all_are_served(self):
        world = self.here.start()
        cards = "".join("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:C %d\r\nTEL;TYPE=cell:+4474001%05d\r\n"
                        "END:VCARD\r\n" % (i, i) for i in range(3000))
        importing = subprocess.Popen([program("kithctl"), "-c", world.kithd.conf, "import", BOB, "-"],
                                     stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        importing.stdin.write(cards)
        importing.stdin.close()
        self.figures.add("faults injected")
        i = 0
        while importing.poll() is None:
            self.assertTrue(world.publish(ALICE, item(i % 50), i % 1000))
            i += 1
        self.assertEqual(importing.returncode, 0)
        self.assertGreater(i, 30)  # they have their turns as the import has
        world.check()
