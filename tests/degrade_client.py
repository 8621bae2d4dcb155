"""A client's disk that is full or fails: `kith` says so and fails, and what is there is whole, old or new."""
import contextlib
import errno
import os
import resource
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

import shim_disk
from degrade_world import Disk
from shown_server import Server, user, vcard

NO_SPACE = r"No space left|unable to open|disk is full|disk I/O|File too large|Input/output|can't be written|can't be read"


class FullClient(unittest.TestCase):
    figures = None

    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)

    def begin(self, directory):
        self.bob = user(directory, self.server, "bob")
        for i in range(5):
            self.server.put("urn:uuid:old%d" % i, vcard("Old %d" % i))
        self.succeed("sync")
        self.assertEqual(len(self.check()), 5)
        for i in range(5):
            self.server.put("urn:uuid:old%d" % i, vcard("Changed %d" % i, number="+44740065432%d" % i))
        for i in range(20):
            self.server.put("urn:uuid:new%d" % i, vcard("New %d" % i, "<note><text>%s</text></note>" % ("x" * 9000)))

    def succeed(self, *words):
        done = self.bob.run(*words)
        self.assertEqual(done.returncode, 0, (words, done.stdout, done.stderr))

    def fail(self, *words, **options):
        """It fails with a reason, and nothing is half written."""
        done = self.run_kith(*words, **options)
        self.assertEqual(done.returncode, 1, (words, done.stdout, done.stderr))
        self.assertRegex(done.stderr, NO_SPACE)
        self.check()
        self.figures.add("faults injected")

    def run_kith(self, *words, environment=None, before=None):
        before_home = self.bob.environment
        self.bob.environment = {**before_home, **(environment or {})}
        try:
            if before is None:
                return self.bob.run(*words)
            done = subprocess.run(
                self.bob.command(*words), env=self.bob.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=60, preexec_fn=before, check=False)
            return done
        finally:
            self.bob.environment = before_home

    def check(self):
        """The cards of the book, each whole; the state is whole too."""
        cards = {}
        for path in self.bob.book.glob("*.vcf"):
            text = path.read_bytes()
            self.assertTrue(text.startswith(b"BEGIN:VCARD") and text.endswith(b"END:VCARD\r\n"), path)
            cards[path.name] = text
        with tempfile.TemporaryDirectory() as copy:  # SQLite needs room of its own
            for state in self.bob.home.rglob("*.db*"):
                if not state.name.endswith("-shm"):
                    shutil.copy(state, copy)
            with contextlib.closing(sqlite3.connect(os.path.join(copy, self.bob.jid + ".db"))) as db:
                self.assertEqual(db.execute("PRAGMA integrity_check").fetchone(), ("ok",))
        return cards

    def recover(self):
        """All is there when it is over, and nothing of it is lost on the service."""
        self.succeed("sync")
        cards = b"".join(self.check().values())
        self.assertEqual(cards.count(b"FN:Changed"), 5)
        self.assertEqual(cards.count(b"FN:New"), 20)
        self.assertEqual(sum(card is not None for card in self.server.items.values()), 25)
        self.assertEqual(list(self.bob.book.glob(".kith-*")), [])

    def file_of_cards(self, directory):
        path = os.path.join(directory, "in.vcf")
        with open(path, "w", encoding="utf-8") as file:
            for i in range(50):
                file.write("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Import %d\r\nNOTE:%s\r\nEND:VCARD\r\n" % (i, "x" * 9000))
        return path

    def test_a_full_disk(self):
        disk = Disk(16384)
        self.addCleanup(disk.close)
        other = tempfile.mkdtemp(prefix="kith-degrade-")
        self.addCleanup(shutil.rmtree, other)
        cards = self.file_of_cards(other)
        self.begin(disk.directory)
        disk.fill()
        for words in ["sync"], ["sync"], ["import", cards], ["export", os.path.join(disk.directory, "out.vcf")]:
            self.fail(*words)
        self.assertFalse(os.path.exists(os.path.join(disk.directory, "out.vcf")))
        disk.free()
        self.recover()

    def test_a_limit_for_files(self):
        """RLIMIT_FSIZE: a program that doesn't look for it ends by a signal."""
        directory = tempfile.mkdtemp(prefix="kith-degrade-")
        self.addCleanup(shutil.rmtree, directory)
        self.begin(directory)
        for limit in 0, 100, 5000:
            self.fail("sync", before=lambda limit=limit: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        self.recover()

    def test_a_disk_that_fails(self):
        """Each kind of work on the book's files, then on the state's."""
        directory = tempfile.mkdtemp(prefix="kith-degrade-")
        self.addCleanup(shutil.rmtree, directory)
        self.begin(directory)
        for about in str(self.bob.book), ".db":
            disk = shim_disk.Disk(about)
            self.addCleanup(disk.close)
            for ops in shim_disk.WRITE, shim_disk.SYNC, shim_disk.CREATE:
                for error in errno.EIO, errno.ENOSPC:
                    disk.fail(ops, error)
                    faults = disk.faults()
                    done = self.run_kith("sync", environment=disk.environment)
                    if disk.faults() == faults:
                        continue  # that kind isn't done there
                    self.assertEqual(done.returncode, 1, (about, ops, error, done.stdout, done.stderr))
                    self.assertRegex(done.stderr, NO_SPACE)
                    self.check()
                    self.figures.add("faults injected")
            disk.heal()
            self.assertGreater(disk.faults(), 0, about)
        self.recover()

    def test_what_cant_be_printed(self):
        """A disk that is full where the output goes."""
        directory = tempfile.mkdtemp(prefix="kith-degrade-")
        self.addCleanup(shutil.rmtree, directory)
        self.begin(directory)
        self.succeed("sync")
        with open("/dev/full", "w", encoding="utf-8") as full:
            for words in ["list"], ["--json", "list"], ["export", "-"]:
                process = subprocess.run(self.bob.command(*words), env=self.bob.environment, stdout=full,
                                                       stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60, check=False)
                self.assertEqual(process.returncode, 1, words)
                self.assertIn(b"No space left", process.stderr)
                self.figures.add("faults injected")
