#!/usr/bin/python3
"""What was acknowledged is on disk: kithd is killed at any moment, and the disk fails at any write.

kithd and kithctl are killed under a mixed load of many people, with a model of what was acknowledged;
the suites in C let the power fail and the disk at each write, sync and name of the store, and of the
address books of clients. KITH_BUILD says where it was built (default: build/ beside tests/).
"""
import os
import random
import re
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from durable import Load  # noqa: E402
from peer import Kithd, Peer, program  # noqa: E402
from promise import Figures, count  # noqa: E402

FIGURES = Figures("durable")
SEED = int(os.environ.get("KITH_SEED", random.randrange(1 << 30)))
LIMITS = {key: 0 for key in (
    "changes_per_day", "changes_per_day_in_all", "lookups_per_hour", "lookups_per_hour_in_all",
    "searches_per_hour", "searches_per_hour_in_all", "writes_per_hour", "writes_per_hour_in_all")}


class Case(unittest.TestCase):
    def setUp(self):
        self.peer = Peer()
        self.addCleanup(self.peer.close)
        self.kithd = Kithd(self.peer)
        self.kithd.sections["limits"] = LIMITS
        self.kithd.write_conf()
        self.addCleanup(self.kithd.close)
        self.load = Load(SEED)
        self.chance = random.Random(SEED)

    def start(self):
        self.kithd.start()
        self.load.stream = self.peer.up()

    def ctl(self, *words, conf=None):
        return subprocess.run([program("kithctl"), "-c", conf or self.kithd.conf, *words],
                              capture_output=True, text=True, timeout=60)

    def verify(self, conf=None):
        done = self.ctl("verify", conf=conf)
        self.assertEqual((done.returncode, done.stdout), (0, ""), "seed %d: %s" % (SEED, done.stderr))

    def finish(self):
        """All runs come to their end, and everybody has what he is to have."""
        end = time.monotonic() + 60
        while not re.search(r"^runs +0$", self.ctl("stats").stdout, re.M):
            self.assertLess(time.monotonic(), end, "a run doesn't end")
            self.load.read_back()
        self.load.check_mirrors()
        FIGURES.add("cards that follow", self.load.check_followers())
        FIGURES.add("requests acknowledged", self.load.acknowledged)
        self.verify()


class Killed(Case):
    """The seed of a failure is named; KITH_SEED=N begins with it, though a kill is of its moment."""

    def kill_at_any_moment(self):
        """Under load, or while it starts."""
        if self.chance.random() < 0.15:
            self.kithd.start()
            time.sleep(self.chance.uniform(0, 0.03))
            self.kithd.kill()
            # Whatever came of its connection.
            self.peer.listener.settimeout(0)
            try:
                self.peer.connection().close()
            except BlockingIOError:
                pass
            self.peer.listener.settimeout(30)
            return
        self.start()
        done, undone = self.load.check()
        FIGURES.add("requests under way, done", done)
        FIGURES.add("requests under way, not done", undone)
        process = self.kithd.process
        timer = threading.Timer(self.chance.uniform(0, 0.12), process.kill)
        timer.start()
        try:
            self.load.work(lambda: False)
        except (EOFError, OSError):
            pass
        timer.join()
        self.load.stream.close()
        self.kithd.kill()
        self.load.forget_requests()

    def test_under_load(self):
        for _ in range(count(20, 200)):
            self.kill_at_any_moment()
            # Killed at its very first, it may have made no more than an empty file.
            if os.path.exists(self.kithd.store) and os.path.getsize(self.kithd.store) > 0:
                self.verify()
            FIGURES.add("kills survived")
        self.start()
        self.load.check()
        end = time.monotonic() + 1
        self.load.work(lambda: time.monotonic() > end)
        self.load.check()
        self.finish()
        FIGURES.set("lost", 0)


class Kithctl(Case):
    """kithctl beside a kithd at work."""

    def setUp(self):
        super().setUp()
        self.start()
        self.work(0.3)

    def work(self, seconds):
        end = time.monotonic() + seconds
        self.load.work(lambda: time.monotonic() > end)

    def ctl_timed(self, *words):
        """How long it takes."""
        began = time.monotonic()
        self.assertEqual(self.ctl(*words).returncode, 0)
        return time.monotonic() - began

    def kill_soon(self, most, *words):
        """Runs it, and kills it within that time. True: it was done before."""
        process = subprocess.Popen([program("kithctl"), "-c", self.kithd.conf, *words],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        timer = threading.Timer(self.chance.uniform(0, most), process.kill)
        timer.start()
        self.work(0.01)
        status = process.wait()
        timer.join()
        FIGURES.add("kithctl killed" if status else "kithctl done before")
        return status == 0

    def other_conf(self, store):
        with open(self.kithd.conf) as file:
            text = re.sub(r"^store = .*$", "store = sqlite:" + store, file.read(), flags=re.M)
        conf = os.path.join(self.kithd.directory.name, "other.conf")
        with open(conf, "w") as file:
            file.write(text)
        os.chmod(conf, 0o600)
        return conf

    def test_a_backup_is_whole_or_not_there(self):
        most = self.ctl_timed("backup", os.path.join(self.kithd.directory.name, "backup"))
        for n in range(count(10, 100)):
            file = os.path.join(self.kithd.directory.name, "backup-%d" % n)
            is_done = self.kill_soon(most, "backup", file)
            if os.path.exists(file):
                self.verify(self.other_conf(file))
            else:
                self.assertFalse(is_done)
                self.assertEqual(self.ctl("backup", file).returncode, 0)
                self.verify(self.other_conf(file))
            self.assertFalse(os.path.exists(file + ".part"))
        self.load.check()
        self.finish()

    def test_an_import_can_be_done_again(self):
        cards = os.path.join(self.kithd.directory.name, "cards.vcf")
        with open(cards, "w") as file:
            for n in range(200):
                file.write("BEGIN:VCARD\r\nVERSION:4.0\r\nUID:urn:uuid:import-%d\r\nFN:Card %d\r\n"
                           "TEL;VALUE=uri:tel:+4474009%05d\r\nEND:VCARD\r\n" % (n, n, n))
        most = self.ctl_timed("import", "import@example.org", cards)
        for n in range(count(5, 50)):
            jid = "import%d@example.org" % n
            self.kill_soon(most, "import", jid, cards)
            self.verify()
            self.assertEqual(self.ctl("import", jid, cards).returncode, 0)
            names = re.findall(r"^FN:(.*?)\r?$", self.ctl("export", jid).stdout, re.M)
            self.assertEqual(sorted(names), sorted("Card %d" % i for i in range(200)))
        self.load.check()
        self.finish()


class Faults(unittest.TestCase):
    """The suites that meet a fault at each op, or, in short, at every so many-th."""

    def run_suite(self, name):
        done = subprocess.run([program("tests/" + name)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        for what, number in re.findall(r"^([a-z ]+): (\d+)$", done.stdout, re.M):
            FIGURES.add(what, int(number))

    def test_of_the_store_under_load(self):
        self.run_suite("test_crash")

    def test_of_a_store_that_is_made_migrated_copied(self):
        self.run_suite("test_crash_files")

    def test_of_address_books(self):
        self.run_suite("test_vdir_crash")


if __name__ == "__main__":
    unittest.main()
