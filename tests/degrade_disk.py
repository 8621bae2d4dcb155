"""Full and failing disks under kithd; part of promise_degrade.py."""

import errno
import os
import random
import resource
import sqlite3
import unittest

import shim_disk
from degrade_world import Disk, World
from promise import LONG, count

ALICE, BOB = "alice@example.org", "bob@example.org"
NOTE = "n" * 6000  # so that a contact takes pages of its own


def item(i):
    return "urn:uuid:%08d-0000-4000-8000-000000000000" % i


class Case(unittest.TestCase):
    figures = None

    def world(self, directory=None, environment=None):
        world = World(self.figures, directory, environment)
        self.addCleanup(world.close)
        return world

    def disk(self, kib=4096, inodes=1000):
        disk = Disk(kib, inodes)
        self.addCleanup(disk.close)
        return disk

    def shim(self, about, logs=False):
        shim = shim_disk.Disk(about, logs)
        self.addCleanup(shim.close)
        return shim


class FullDisk(Case):
    def setUp(self):
        self.disk_of_store = self.disk()
        self.world_on_it = self.world(self.disk_of_store.directory)

    def fill_up(self):
        """Until contacts are refused, whatever room SQLite has left in what it has."""
        self.disk_of_store.fill()
        self.figures.add("faults injected")
        i = 1000
        while self.world_on_it.publish(ALICE, item(i), i % 1000, NOTE):
            i += 1
        return i

    def test_all_that_is_stored_is_read_and_what_is_not_is_refused(self):
        world = self.world_on_it.start()
        self.assertEqual(world.publish_all([(ALICE, item(i), i) for i in range(20)]), 20)
        self.assertTrue(world.publish(BOB, BOB, 1))
        world.told()
        self.fill_up()
        for _ in range(3):
            self.assertEqual(world.publish_all([(ALICE, item(i), i + 50, NOTE)
                                                for i in range(20)]), 0)
            for i in range(20):
                self.assertEqual(world.read(ALICE, item(i)), i)
            self.assertEqual(world.read(BOB, BOB), 1)
            self.assertIsNone(world.error(world.ping()))
        status, out, _ = world.ctl("stats")
        self.assertEqual(status, 0, out)
        told = world.told()
        self.assertEqual(len(told), 1, told)
        self.assertIn("the disk is full", told[0])
        self.disk_of_store.free()
        self.assertTrue(world.publish(ALICE, item(0), 77))
        world.kithd.wait_log("store: works again")
        self.assertEqual(world.publish_all([(ALICE, item(i), i + 50, NOTE) for i in range(20)]), 20)
        world.check()
        world.kill()
        world.start()
        world.check()

    def test_reading_and_writing_side_by_side(self):
        world = self.world_on_it.start()
        world.publish_all([(ALICE, item(i), i) for i in range(10)])
        self.fill_up()
        mixed, reads = [], set()
        for i in range(60):
            if i % 2:
                mixed.append(world.iq(ALICE, "set", (
                    "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node="
                    "'urn:xmpp:contacts'><item id='%s'><vcard xmlns='urn:ietf:params:xml:ns:"
                    "vcard-4.0'><fn><text>x</text></fn><note><text>%s</text></note></vcard></item>"
                    "</publish></pubsub>" % (item(100 + i), NOTE))))
                continue
            mixed.append(world.iq(ALICE, "get", (
                "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:contacts'>"
                "<item id='%s'/></items></pubsub>" % item(i % 10))))
            reads.add(mixed[-1][0])
        for name, answer in world.ask_all(mixed).items():
            error = world.error(answer)
            self.assertEqual(error and error[1], None if name in reads else "wait")
        self.disk_of_store.free()

    def test_with_a_little_room_left_nothing_is_half_stored(self):
        world = self.world_on_it.start()
        chance = random.Random(5)
        for turn in range(count(6, 60)):
            for i in range(10):
                world.publish(ALICE, item(i), turn * 10 + i, NOTE)
            self.disk_of_store.fill()
            self.figures.add("faults injected")
            name = os.path.join(self.disk_of_store.directory, "filler")
            os.truncate(name, max(0, os.path.getsize(name) - 4096 * chance.randrange(12)))
            for i in range(10):
                world.publish_all([(ALICE, item(chance.randrange(40)), turn, NOTE[:600 * i])
                                   for _ in range(3)])
            self.disk_of_store.free()
            world.check()
            world.kill()
            world.start()
            world.check()
            for i in range(40):
                world.stored.pop((ALICE, item(i)), None)

    def test_a_limit_on_the_size_of_files_is_met_alike(self):
        world = self.world_on_it.start()
        world.publish_all([(ALICE, item(i), i) for i in range(5)])
        pid = world.kithd.process.pid
        unlimited = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (300000, unlimited[1]))
        self.figures.add("faults injected")
        i = 100
        while world.publish(ALICE, item(i), i, NOTE):
            i += 1
        self.assertEqual(world.read(ALICE, item(3)), 3)
        self.assertIn("the disk is full", world.kithd.wait_log("store:"))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)
        self.assertTrue(world.publish(ALICE, item(i), i, NOTE))
        world.check()

    def test_without_inodes_it_works_on_and_begins_once_there_are_some(self):
        world = self.world_on_it.start()
        self.disk_of_store.fill_inodes()
        self.figures.add("faults injected")
        self.assertTrue(world.publish(ALICE, item(1), 1, NOTE))
        world.stop()
        self.disk_of_store.free()
        self.disk_of_store.fill_inodes()
        world.kithd.start()
        self.assertIn("No space left on device", world.kithd.wait_log("standing by"))
        status, _, why = world.ctl("stats")
        self.assertEqual(status, 1)
        self.assertIn("No space left on device", why)
        self.disk_of_store.free()
        world.stream = world.peer.up()
        world.check()

    def test_a_log_that_has_no_room_in_the_database_stays_until_there_is(self):
        world = self.world_on_it.start()
        i = 0
        while os.path.getsize(world.store + "-wal") < 1500000:
            self.assertTrue(world.publish(ALICE, item(i), i, NOTE))
            i += 1
        world.kill()
        self.disk_of_store.fill()
        self.figures.add("faults injected")
        world.kithd.start()
        self.assertIn("the disk is full", world.kithd.wait_log("standing by").replace(
            "database or disk is full", "the disk is full"))
        self.disk_of_store.free()
        world.stream = world.peer.up()
        world.check()

    def test_a_read_only_file_system_is_said_to_be_one(self):
        world = self.world_on_it.start()
        world.publish(ALICE, item(1), 1)
        world.stop()
        self.disk_of_store.remount("ro")
        self.figures.add("faults injected")
        status, _, log = world.kithd.run()
        self.assertEqual(status, 1)
        self.assertEqual(log.count("error: "), 1)
        self.assertIn("Read-only file system", log)
        self.disk_of_store.remount("rw")
        world.start()
        world.check()

    def test_an_import_without_room_says_so_and_leaves_the_book_whole(self):
        world = self.world_on_it.start()
        world.publish_all([(ALICE, item(i), i) for i in range(5)])
        self.disk_of_store.fill()
        self.figures.add("faults injected")
        cards = "".join("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:C %d\r\nNOTE:%s\r\nEND:VCARD\r\n"
                        % (i, NOTE) for i in range(400))
        status, out, why = world.ctl("import", ALICE, "-", text=cards)
        self.assertEqual(status, 1)
        self.assertIn("the disk is full", why)
        self.disk_of_store.free()
        world.check()
        status, out, why = world.ctl("import", ALICE, "-", text=cards)
        self.assertEqual((status, why), (0, ""))
        status, out, _ = world.ctl("export", ALICE)
        self.assertEqual(out.count("FN:C "), 400)
        world.check()


class FailingDisk(Case):
    """What the disk refuses, while contacts are stored; then the power fails."""

    def start(self, logs=False):
        world = self.world()
        self.failing = self.shim(os.path.dirname(world.store), logs)
        world.environment = self.failing.environment
        return world.start()

    def work(self, world, turn):
        """A few requests at once, until the fault that waits for them came; and all again until they
        are stored."""
        wants = [(ALICE, item(i), turn, NOTE) for i in range(20)]
        for _ in range(40):
            world.publish_all(wants)
            if self.failing.is_done():
                break
        self.failing.heal()
        world.wait_until(lambda: world.publish_all(wants) == len(wants))

    def test_whatever_it_refuses_once(self):
        world = self.start()
        faults = [(op, error, file, skip)
                  for op in (shim_disk.WRITE, shim_disk.SYNC)
                  for error in (errno.EIO, errno.ENOSPC, errno.EROFS, errno.EDQUOT)
                  for file in (shim_disk.LOG, shim_disk.MAIN) for skip in range(3)]
        if not LONG:
            faults = random.Random(3).sample(faults, 16)
        for turn, (op, error, file, skip) in enumerate(faults):
            self.failing.fail(op, error, file, skip, 1)
            self.work(world, turn)
        world.check()
        self.figures.add("faults injected", self.failing.faults())
        self.assertGreater(self.failing.faults(), len(faults) // 2)
        world.kill()
        world.start()
        world.check()

    def test_for_as_long_as_it_fails_the_log_has_a_line(self):
        world = self.start()
        world.publish_all([(ALICE, item(i), i) for i in range(5)])
        world.told()
        self.failing.fail(shim_disk.WRITE, errno.EIO)
        for _ in range(count(10, 100)):
            self.assertEqual(world.publish_all([(ALICE, item(i), 50, NOTE) for i in range(30)]), 0)
            self.assertEqual(world.read(ALICE, item(3)), 3)
        self.figures.add("faults injected", self.failing.faults())
        told = world.told()
        self.assertEqual(len(told), 1, told)
        self.assertIn("Input/output error", told[0])
        self.failing.heal()
        self.assertTrue(world.publish(ALICE, item(3), 4))
        self.assertEqual(len(world.told("store: works again")), 1)
        world.check()

    def cut_power(self, world):
        world.kill()
        self.failing.cut_power()
        self.figures.add("power cut")
        world.start()
        world.check()

    def test_after_a_sync_that_failed_what_is_acknowledged_is_on_the_disk(self):
        world = self.start(logs=True)
        for turn in range(count(8, 100)):
            self.failing.fail(shim_disk.SYNC, errno.EIO, shim_disk.LOG, turn % 3, 1)
            self.work(world, turn)
            self.figures.add("faults injected")
            self.cut_power(world)

    def test_after_a_sync_that_failed_and_a_new_start(self):
        world = self.start(logs=True)
        for turn in range(count(6, 100)):
            self.failing.fail(shim_disk.SYNC, errno.EIO, shim_disk.LOG, 0, 1)
            world.publish_all([(ALICE, item(i), turn, NOTE) for i in range(8)])
            self.figures.add("faults injected")
            world.kill()  # before it could do anything about that
            self.failing.heal()
            world.start()
            self.assertTrue(world.publish(BOB, item(turn), turn))
            self.cut_power(world)

    def test_after_a_failed_sync_of_what_a_reader_kept_from_being_whole(self):
        """The log is copied to the database in two parts, since somebody reads what was in between; it
        is the first part that the system forgets."""
        world = self.start(logs=True)
        for turn in range(count(2, 20)):
            first = 1000 * (turn + 1)
            for i in range(first, first + 400, 20):
                world.publish_all([(ALICE, item(i + j), turn, NOTE) for j in range(20)])
            reader = sqlite3.connect(world.store, isolation_level=None)
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM contact").fetchall()
            self.fill_log(world, turn, 1200)
            reader.close()
            self.failing.fail(shim_disk.SYNC, errno.EIO, shim_disk.MAIN, 0, 1)
            self.fill_log(world, turn, 1200)
            self.assertTrue(self.failing.is_done())
            self.figures.add("faults injected")
            world.wait_until(lambda: world.publish(BOB, item(turn), turn))
            self.fill_log(world, turn, 2500)  # and what was in the log is written over
            self.cut_power(world)

    def fill_log(self, world, turn, frames):
        """Until the log has, or had, that many frames more."""
        for _ in range(0, frames, 60):
            world.publish_all([(ALICE, item(i), turn, NOTE) for i in range(20)])
