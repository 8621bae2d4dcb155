"""Copies of a store at work; part of promise_degrade.py."""

import os
import resource
import subprocess

from degrade_disk import ALICE, NOTE, Case, item
from degrade_world import World
from peer import program
from promise import count


class Backup(Case):
    def setUp(self):
        self.here = self.world().start()

    def restored(self, path):
        """Another kithd, on the copy."""
        world = World(self.figures)
        self.addCleanup(world.close)
        os.rename(path, world.store)
        return world.start()

    def test_under_load_it_is_one_moment_of_the_store(self):
        world, done = self.here, 0
        for turn in range(count(3, 50)):
            path = world.store + ".copy%d" % turn
            for _ in range(100):
                self.assertTrue(world.publish(ALICE, item(done), done % 1000, NOTE))
                done += 1
            before = done
            copying = subprocess.Popen([program("kithctl"), "-c", world.kithd.conf, "backup", path])
            while copying.poll() is None:
                self.assertTrue(world.publish(ALICE, item(done), done % 1000, NOTE))
                done += 1
            self.assertEqual(copying.returncode, 0)
            self.figures.add("backups restored")
            copy = self.restored(path)
            copy.verify()
            known = [copy.read(ALICE, item(i)) for i in range(done)]
            last = known.index(None) if None in known else done
            self.assertGreaterEqual(last, before)
            self.assertEqual(known, [i % 1000 for i in range(last)] + [None] * (done - last))
            copy.stop()
            copy.close()
        world.check()

    def is_refused(self, path, words, **options):
        status, _, why = self.here.ctl("backup", path, **options)
        self.assertEqual(status, 1)
        self.assertIn(words, why)
        self.assertEqual(why.count("\n"), 1)
        self.figures.add("faults injected")

    def test_without_room_for_it_there_is_none(self):
        for i in range(100):
            self.here.publish(ALICE, item(i), i, NOTE)
        for room in range(0, 100, count(33, 3)):
            disk = self.disk(8 + 4 * room)
            self.is_refused(os.path.join(disk.directory, "copy.db"), "full")
            self.assertEqual(os.listdir(disk.directory), [])
        path = self.here.store + ".copy"
        self.is_refused(path, "File too large", preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (100000, 100000)))
        self.assertFalse(os.path.exists(path))
        self.here.check()

    def test_what_is_there_is_not_written_over(self):
        path = self.here.store + ".copy"
        with open(path, "w") as file:
            file.write("mine")
        self.is_refused(path, "File exists")
        with open(path) as file:
            self.assertEqual(file.read(), "mine")
        self.is_refused(os.path.join(path, "x"), "Not a directory")
        self.is_refused("/none/x", "No such file")
