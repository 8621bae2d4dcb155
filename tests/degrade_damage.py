"""Damaged stores: what kithd does with them, and what kithctl verify finds; part of promise_degrade.py."""

import os
import random
import re
import shutil
import sqlite3
import subprocess

from degrade_disk import ALICE, BOB, NOTE, Case, item
from peer import program
from promise import LONG, count

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = 4096
VERSION = max(int(re.search(r"\d+", name)[0]) for name in os.listdir(HERE)
              if re.fullmatch(r"store_\d+\.sql", name))


def load(path, version=VERSION):
    """A store of a version, with rows in each of its tables."""
    with open(os.path.join(HERE, "store_%d.sql" % version)) as file:
        sql = file.read()
    made = sqlite3.connect(path, isolation_level=None)
    made.executescript(sql)
    made.close()
    os.chmod(path, 0o600)


def content(path):
    with open(path, "rb") as file:
        return file.read()


def write_at(path, at, data):
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(data)


# What is done to a store of the dump, and a word of what verify says of it. One a line: what SQLite
# can't see.
DAMAGES = [
    ("UPDATE profile SET card = replace(card, '</fn>', '</fm>')", "card of a profile is damaged"),
    ("UPDATE profile SET card = replace(replace(card, '<fn>', '<note>'), '</fn>', '</note>')",
     "card of a profile is damaged"),
    ("UPDATE profile SET card = replace(card, '0456', '0457')", "numbers of a profile"),
    ("UPDATE profile SET version = 1", "version that is yet to come"),
    ("UPDATE profile SET hidden = 1", "a search finds"),
    ("UPDATE number SET identity = '+447700900999' WHERE place = 1", "successor isn't in the history"),
    ("UPDATE number SET successor = '+447700900123' WHERE place = 0", "a number's successor|circle|"
     "numbers of a profile"),
    ("UPDATE number SET state = 2 WHERE place = 0", "state and successor don't fit"),
    ("UPDATE number SET from_version = 7 WHERE place = 1", "yet to come"),
    ("INSERT INTO number SELECT account, 5, identity, kind, value, display, state, from_version,"
     " to_version, added, successor FROM number WHERE place = 1", "twice in a history"),
    ("DELETE FROM number WHERE place = 1", "successor isn't in the history"),
    ("UPDATE term SET term = 'rob' WHERE kind = 0", "by something else than its card"),
    ("DELETE FROM term WHERE kind = 2", "by something else than its card"),
    ("INSERT INTO term VALUES (0, 'mallory', 2)", "by something else than its card"),
    ("INSERT INTO term VALUES (0, 'mallory', 1)", "a search finds who has no profile"),
    ("UPDATE term SET kind = 9", "a kind that there isn't"),
    ("UPDATE contact SET card = substr(card, 2) WHERE id = 1", "card of a contact is damaged"),
    ("UPDATE contact SET card = '' WHERE id = 1", "card of a contact is damaged"),
    ("UPDATE contact SET pins = 'x' WHERE id = 2", "pinned of a contact"),
    ("UPDATE contact SET subject = 99 WHERE id = 1", "refers to one that isn't there"),
    ("UPDATE contact SET subject = 4 WHERE id = 1", "update of a contact that isn't there"),
    ("UPDATE contact SET applied = 9 WHERE id = 1", "yet to come"),
    ("UPDATE contact SET owner = 3 WHERE id = 2", "closed account has a book"),
    ("DELETE FROM contact WHERE id = 2", "a closed account that nobody is linked to"),
    ("UPDATE contact SET version = 99 WHERE id = 1", "counter is behind"),
    ("INSERT INTO retraction VALUES (4, 2, 'carol@example.org', 150)", "both there and retracted"),
    ("UPDATE retraction SET version = 99", "counter is behind"),
    ("UPDATE store SET link = 1", "counter is behind"),
    ("UPDATE store SET card_update = 0", "counter is behind"),
    ("UPDATE store SET position = 3", "counter is behind"),
    ("UPDATE card_update SET what = 'R\t0'", "what was done to a card"),
    ("UPDATE card_update SET version = 99", "never drawn"),
    ("UPDATE card_update SET item = 'bobby@example.org'", "update of a contact that isn't there"),
    ("UPDATE account SET summary_at = 0", "gathered updates without"),
    ("UPDATE account SET closed_at = 5 WHERE id = 2", "closed account has"),
    ("UPDATE account SET dropped = 99 WHERE id = 1", "forgot more than there was"),
    ("UPDATE account SET jid = 'Bob@Example.org' WHERE id = 2", "JID of an account"),
    ("UPDATE account SET jid = 'alice@example.org' WHERE jid = 'bob@example.org'",
     "two accounts in force with one JID"),
    ("UPDATE account SET region = 'gb' WHERE id = 1", "in no region"),
    ("UPDATE setting SET setting = 55", "a setting that there isn't"),
    ("UPDATE listed SET kind = 7", "a list that there isn't"),
    ("UPDATE run SET cards_last = 99", "further than there is to go"),
    ("UPDATE run SET version = 9", "beyond its end"),
    ("UPDATE matter SET what = 'Z' || what", "what is proposed for a card"),
    ("UPDATE matter SET token = 'x'", "a matter that can't be"),
    ("UPDATE matter SET kind = 77", "a matter that can't be"),
    ("UPDATE matter SET link = 2", "a matter about a contact that isn't there"),
    ("UPDATE held SET card = 'x'", "what is held"),
    ("UPDATE held SET version = 9", "something is held"),
    ("UPDATE held_number SET state = 1", "what is held"),
    ("UPDATE report SET version = 9", "report of a change that is yet to come"),
    ("UPDATE missing SET identity = '+1'", "what is missing"),
    ("DELETE FROM roster_pair WHERE account = 1", "not both ways"),
    ("UPDATE roster SET account = 3", "roster of an account that is not in use"),
    ("UPDATE follow SET seen = 'x'", "digest that is none"),
    ("UPDATE follow SET account = 3", "closed account has the service"),
    ("UPDATE sweep SET account = 3", "looked through"),
    ("UPDATE dormant SET next = 2", "with another JID"),
]


class Damaged(Case):
    def setUp(self):
        self.here = self.world()

    def loaded(self):
        """A store of the dump."""
        load(self.here.store)
        return self.here

    def found(self, faults, damage, *words):
        """verify ends with 1 and has a line with one of these words."""
        self.figures.add("damages done")
        status, out, why = faults
        said = out + why
        if status == 1 and any(re.search(word, said) for word in words):
            self.figures.add("damages found")
            return
        self.fail("%s: verify ended with %d and said:\n%s" % (damage, status, said))

    def test_each_table_and_index_that_is_overwritten_is_named(self):
        world = self.loaded()
        whole = content(world.store)
        base = sqlite3.connect(world.store)
        pages = base.execute("SELECT name, tbl_name, rootpage FROM sqlite_schema"
                             " WHERE rootpage > 0").fetchall()
        base.close()
        self.assertGreater(len(pages), 40)
        writes = ((0, b"\0" * 8), (3, b"\xff\xff"), (8, b"\x00\x03\xff\xff"))
        for turn, (name, table, page) in enumerate(pages):
            for at, data in writes if LONG else (writes[turn % 2],):
                if at == 8 and whole[(page - 1) * PAGE + 3:][:2] == b"\0\0":
                    continue  # a page without entries
                with open(world.store, "wb") as file:
                    file.write(whole)
                write_at(world.store, (page - 1) * PAGE + at, data)
                self.found(world.ctl("verify"), "%s at %d" % (name, at),
                           r"damaged, table %s\b" % table, "malformed")

    def test_what_the_rows_say_against_each_other_is_found(self):
        world = self.loaded()
        world.verify()
        whole = content(world.store)
        for damage, words in DAMAGES:
            with open(world.store, "wb") as file:
                file.write(whole)
            base = sqlite3.connect(world.store, isolation_level=None)
            base.execute(damage)
            base.close()
            self.found(world.ctl("verify"), damage, words)

    def refused(self, *words):
        """kithd doesn't begin, says so in one line, and touches nothing; kithctl says the same."""
        self.figures.add("damages done")
        path = self.here.store
        names = [name for name in (path, path + "-wal") if os.path.isfile(name)]
        before = [content(name) for name in names]
        for status, log in (self.here.kithd.run()[0::2], self.here.ctl("verify")[0::2]):
            self.assertEqual(status, 1, log)
            lines = [line for line in log.splitlines() if not line.startswith("warning: ")]
            self.assertEqual(len(lines), 1, log)
            self.assertIn(path, log)
            self.assertTrue(any(word in log for word in words), log)
        self.assertEqual([content(name) for name in names], before)
        self.figures.add("damages found")

    def test_a_store_that_is_none_is_refused_and_left_alone(self):
        world = self.loaded()
        path = world.store
        whole = content(path)
        chance = random.Random(1)
        world.start()
        world.stop()  # there is a store here, as is known from now on
        os.unlink(path)
        os.mkdir(path)
        self.refused("not a file")
        os.rmdir(path)
        for text, words in ((b"not a store, but a page of text " * 300, "not a database"),
                            (chance.randbytes(len(whole)), "not a database"),
                            (whole[:PAGE // 2], "malformed"), (whole[:5 * PAGE], "malformed"),
                            (whole[:-PAGE], "malformed"),
                            (b"SQLite format 3\0" + chance.randbytes(2 * PAGE), "not a database"),
                            (whole[:100] + b"\xff" * 8 + whole[108:], "malformed")):
            with open(path, "wb") as file:
                file.write(text)
            self.refused(words)
        with open(path, "wb") as file:
            file.write(b"")
        self.refused("empty")
        os.unlink(path)
        self.refused("not there", "no store yet")
        with open(path, "wb") as file:
            file.write(whole)
        world.start()
        world.verify()

    def test_a_store_of_somebody_else_is_refused(self):
        world = self.loaded()
        shutil.chown(world.kithd.conf, "nobody")
        shutil.chown(os.path.dirname(world.store), "nobody")
        for mode, words in ((0o600, "Permission denied"), (0o644, "Permission denied")):
            os.chmod(world.store, mode)
            done = subprocess.run([program("kithd"), "-c", world.kithd.conf], capture_output=True,
                                  text=True, user="nobody", group="nogroup", extra_groups=[])
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stderr.count("\n"), 1)
            self.assertIn(words, done.stderr)

    def test_a_damaged_log_is_refused_until_the_admin_says_how_much_of_it_counts(self):
        world = self.here.start()
        for i in range(20):
            world.publish(ALICE, item(i), i)
        world.kill()
        path = world.store + "-wal"
        whole = content(path)
        chance = random.Random(2)
        for at in [0, 5, 20, 31] + [chance.randrange(32, len(whole) // 2)
                                    for _ in range(count(6, 200))]:
            with open(path, "wb") as file:
                file.write(whole)
            write_at(path, at, bytes([whole[at] ^ 0x10]))
            self.refused("-wal: damaged from byte")
        status, _, log = world.kithd.run()
        cut = int(re.search(r"from byte (\d+)", log)[1])
        os.truncate(path, cut)
        world.start()
        world.verify()
        self.assertIn(world.read(ALICE, item(0)), (0, None))
        world.kill()
        with open(path, "wb") as file:
            file.write(whole)
        # A last transaction that isn't whole is what a power cut leaves: it was acknowledged to nobody.
        write_at(path, len(whole) - 100, b"torn")

    def test_damage_that_is_met_at_work_stops_writing_and_nothing_else(self):
        world = self.here.start()
        for i in range(60):
            world.publish(ALICE, item(i), i, NOTE)
        world.publish(BOB, item(1), 1)
        world.stop()
        base = sqlite3.connect(world.store)
        root = base.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'contact'").fetchone()[0]
        base.close()
        data = content(world.store)
        # A leaf in the middle: the cards of a few contacts.
        leaf = int.from_bytes(data[(root - 1) * PAGE + 12 + 2 * 5:][:2], "big")
        leaf = int.from_bytes(data[(root - 1) * PAGE + leaf:][:4], "big")
        write_at(world.store, (leaf - 1) * PAGE, b"\x55" * 2000)
        world.start()
        answers = [world.read(ALICE, item(i)) for i in range(60)]
        good = [i for i in range(60) if answers[i] == i]
        self.assertGreater(len(good), 40)
        self.assertLess(len(good), 60)
        self.assertFalse(world.publish(ALICE, item(good[0]), 500))
        for _ in range(3):
            self.assertEqual([i for i in range(60) if world.read(ALICE, item(i)) == i], good)
        self.assertEqual(world.read(BOB, item(1)), 1)
        told = world.told()
        self.assertEqual(len(told), 1, told)
        self.assertIn("damaged", told[0])
        self.assertIn("kithctl verify", told[0])
        self.found(world.ctl("verify"), "a leaf", "damaged, table contact")
        self.assertEqual(world.stop(), 0)
        for _ in range(2):
            world.start()
            self.assertEqual(world.read(ALICE, item(good[0])), good[0])
            world.stop()


class Moved(Case):
    """Files that go away under a kithd at work."""

    def setUp(self):
        self.here = self.world().start()
        self.here.publish_all([(ALICE, item(i), i, NOTE) for i in range(20)])
        self.here.told()
        self.figures.add("faults injected")

    def test_one_that_comes_back_is_worked_on(self):
        world, path = self.here, self.here.store
        for name in (path, path + "-wal", path + "-shm"):
            os.rename(name, name + ".away")
        self.assertEqual(world.publish_all([(ALICE, item(i), 99) for i in range(20)]), 0)
        self.assertEqual(world.publish_all([(ALICE, item(i), 99) for i in range(20)]), 0)
        told = world.told()
        self.assertEqual(len(told), 1, told)
        self.assertIn("the file was moved or removed", told[0])
        for name in (path, path + "-wal", path + "-shm"):
            os.rename(name + ".away", name)
        world.wait_until(lambda: world.publish(ALICE, item(1), 100))
        world.told("store: works again")
        world.check()

    def test_a_log_that_is_removed_is_made_again_from_what_is_open(self):
        for names in (("-wal",), ("-shm",), ("-wal", "-shm")):
            for name in names:
                os.unlink(self.here.store + name)
            self.assertFalse(self.here.publish(ALICE, item(1), 100))
            self.here.wait_until(lambda: self.here.publish(ALICE, item(1), 101))
            self.here.check()
        self.here.kill()
        self.here.start()
        self.here.check()

    def test_another_store_in_its_place_is_begun_with_anew(self):
        world, path = self.here, self.here.store
        status, _, why = world.ctl("backup", path + ".copy")
        self.assertEqual(status, 0, why)
        world.publish(ALICE, item(1), 500)
        os.rename(path + ".copy", path)
        self.assertFalse(world.publish(ALICE, item(1), 501))
        self.assertIn("another store is in the place", world.kithd.wait_log("another store"))
        world.stream.wait_end()
        world.stream.end()
        self.assertEqual(world.kithd.wait(), 1)
        for name in ("-wal", "-shm"):  # of the other one; the guide says so
            os.unlink(path + name)
        world.stream.close()
        world.start()
        world.verify()
        self.assertEqual(world.read(ALICE, item(1)), 1)
