"""A machine's clock that is wrong under kithd; part of promise_degrade.py."""

import calendar
import re
import sqlite3
import time

import shims
from degrade_disk import ALICE, BOB, Case, item
from degrade_world import CONTACTS, PROFILE, PUBSUB, World, number
from peer import COMPONENT

CAROL = "carol@example.org"
HOUR, DAY = 3600, 86400
YEAR = 365 * DAY
IN_1970, IN_2100 = -int(time.time()) + 100, calendar.timegm((2100, 1, 1, 0, 0, 0)) - int(time.time())
DELAY = "{urn:xmpp:delay}delay"

# What could be taken for old, and how many there are.
KEPT = ("SELECT (SELECT count(*) FROM retraction), (SELECT count(*) FROM card_update),"
        " (SELECT count(*) FROM number_change), (SELECT count(*) FROM matter),"
        " (SELECT count(*) FROM account WHERE closed_at = 0 AND opened_at > 0),"
        " (SELECT sum(dropped) FROM account)")
# Ten days before it is.
AGE = ("UPDATE retraction SET at = at - 80 * 86400", "UPDATE card_update SET at = at - 80 * 86400",
       "UPDATE number_change SET at = at - 80 * 86400",
       "UPDATE matter SET made_at = made_at - 20 * 86400, expires_at = expires_at - 20 * 86400",
       "UPDATE run SET starts_at = starts_at - 20 * 86400 WHERE asked = 1",
       "UPDATE account SET seen_at = seen_at - 170 * 86400 WHERE opened_at > 0")


class Clocks(Case):
    """kithd, whose clocks are the test's."""

    def setUp(self):
        self.clock = shims.Clock()
        self.addCleanup(self.clock.close)
        self.here = World(self.figures, environment=self.clock.environment)
        self.addCleanup(self.here.close)
        self.passed = 0
        self.messages = []

    def begin(self, **sections):
        self.here.kithd.sections = sections
        self.here.kithd.write_conf()
        self.here.start()

    def now(self):
        """What time it really is."""
        return int(time.time()) + self.passed

    def set_wrong(self, by):
        self.clock.set_wall(self.passed + by)
        self.figures.add("faults injected")

    def set_right(self):
        self.clock.set_wall(self.passed)

    def go(self, seconds):
        """That time passes, with a look of kithd at what is old now and then; it sends what it has to
        send meanwhile."""
        step = min(seconds, max(60, seconds // 100))
        for _ in range(seconds // step):
            self.clock.sleep_s(step)
            self.passed += step
            self.turn()

    def turn(self):
        """A look at what is old, by a minute of the monotonic clock in which the link lives."""
        for _ in range(3):
            self.clock.pass_s(21)
            self.listen()
        self.listen()

    def listen(self):
        """Until kithd has done a turn; the messages that came are kept."""
        self.here.asked += 1
        name = "q%d" % self.here.asked
        self.here.stream.send("<iq type='get' from='ping@example.org/x' to='%s' id='%s'><ping "
                              "xmlns='urn:xmpp:ping'/></iq>" % (self.here.peer.jid, name))
        while True:
            stanza = self.here.stream.stanza()
            if stanza.get("id") == name:
                return
            if stanza.tag == COMPONENT + "message" and stanza.find(COMPONENT + "body") is not None:
                self.messages.append(stanza)

    def sql(self, *statements):
        """In the store, of a kithd that may be at work; the last one's first row."""
        base = sqlite3.connect(self.here.store, isolation_level=None, timeout=10)
        for sql in statements:
            row = base.execute(sql).fetchone()
        base.close()
        return row

    def time_of_service(self):
        answer = self.here.ask("ping@example.org", "get", "<time xmlns='urn:xmpp:time'/>")
        return calendar.timegm(time.strptime(answer.findtext(".//{urn:xmpp:time}utc"),
                                             "%Y-%m-%dT%H:%M:%SZ"))

    def is_right(self):
        """The times that it has, stores and tells."""
        self.assertLess(abs(self.time_of_service() - self.now()), 70)
        self.assertTrue(self.here.publish(BOB, item(7), 7))
        at, = self.sql("SELECT changed_at FROM contact ORDER BY version DESC LIMIT 1")
        self.assertLess(abs(at - self.now()), 70)

    def until(self, what, seconds, step=60):
        """It is true within that time."""
        left = seconds
        while not what():
            self.assertGreaterEqual(left, 0, self.here.kithd.log)
            self.go(step)
            left -= step

    def told(self, words):
        """The one line about the clock with that, which comes or has come."""
        line = self.here.kithd.wait_log(words)
        self.assertIn(": clock: it ", line)
        while not self.here.kithd.lines.empty():
            more = self.here.kithd.lines.get()
            self.assertNotIn(words, more)
            self.here.kithd.log.append(more)
        return line

    def told_wrong(self, by, word):
        """About as much."""
        self.assertRegex(self.told("clock: it is %s" % str(abs(by))[:2]),
                         "^warning: clock: it is [0-9]+ s %s what is known, and isn't followed for "
                         "now; set it right if it is wrong$" % word)

    def remove(self, who, what):
        self.assertIsNone(self.here.error(self.here.ask(who, "set", (
            "<pubsub xmlns='%s'><retract node='%s'><item id='%s'/></retract></pubsub>"
            % (PUBSUB, CONTACTS, what)))))
        self.here.stored.pop((who, what))


class WrongClock(Clocks):
    """What is kept for a time, and nearly old."""

    def load(self):
        world = self.here
        self.begin(limits={"sleep_days": 180}, defaults={"updates": "ask"})
        world.publish(ALICE, ALICE, 1)
        world.publish(BOB, ALICE, 1)
        world.publish(CAROL, CAROL, 1)
        for i in range(5):
            world.publish(BOB, item(i), i)
            self.remove(BOB, item(i))
        world.publish(ALICE, ALICE, 2)  # proposed to Bob
        self.until(lambda: self.sql("SELECT count(*) FROM matter")[0] and
                   not self.sql("SELECT count(*) FROM run")[0], HOUR)
        world.publish(ALICE, ALICE, 3)
        self.until(lambda: not self.sql("SELECT count(*) FROM run")[0], HOUR)
        world.stop()
        self.sql(*AGE)
        self.kept = self.sql(KEPT)
        self.assertTrue(all(self.kept[i] for i in (0, 2, 3, 4)), self.kept)
        world.start()
        self.turn()

    def nothing_is_gone(self):
        self.assertEqual(self.sql(KEPT), self.kept)
        self.here.verify()

    def test_started_with_one_it_erases_nothing_and_it_is_right_soon_after_the_clock_is(self):
        self.load()
        for by, word in ((IN_1970, "behind"), (IN_2100, "ahead of"), (-2 * DAY, "behind"),
                         (10 * YEAR, "ahead of")):
            self.here.stop()
            self.set_wrong(by)
            self.here.start()
            self.turn()
            self.told_wrong(by, word)
            self.go(5 * HOUR)
            self.nothing_is_gone()
            self.here.kill()
            self.here.start()
            self.go(HOUR)
            self.nothing_is_gone()
            self.set_right()
            self.go(62 * 60)
            self.assertLess(abs(self.time_of_service() - self.now()), 70)
            self.nothing_is_gone()
        self.is_right()
        self.go(11 * DAY)  # and then it is old
        self.go(12 * HOUR)
        now = self.sql(KEPT)
        self.assertEqual(now[0], 0)
        self.assertEqual(now[3], 0)
        self.assertLess(now[4], self.kept[4])

    def test_a_new_store_has_the_time_once_the_clock_has(self):
        self.set_wrong(IN_1970)
        self.begin()
        self.go(2 * HOUR)
        self.here.publish(BOB, item(1), 1)
        self.here.kill()
        self.here.start()
        self.go(2 * HOUR)
        self.set_right()
        self.go(62 * 60)
        self.is_right()
        self.turn()
        self.assertLess(abs(self.sql("SELECT old_at FROM store")[0] - self.now()), HOUR)

    def test_started_again_and_again_it_knows_what_is_old_all_the_same(self):
        self.begin()
        for _ in range(12):
            self.go(20 * 60)
            self.here.kill()
            self.here.start()
        self.assertLess(abs(self.sql("SELECT old_at FROM store")[0] - self.now()), HOUR)

    def test_one_that_steps_at_work_erases_nothing(self):
        self.load()
        for by, word in ((-DAY, "behind"), (10 * YEAR, "ahead of"), (IN_1970, "behind"),
                         (IN_2100, "ahead of")):
            self.set_wrong(by)
            self.turn()
            self.told_wrong(by, word)
            self.go(30 * 60)
            self.assertLess(abs(self.time_of_service() - self.now()), 70)
            self.set_right()
            self.turn()
            self.told("is right again")
            self.nothing_is_gone()
            self.set_wrong(by)
            self.go(DAY)
            self.told_wrong(by, word)
            self.nothing_is_gone()
            self.set_right()
            self.go(62 * 60)
            self.is_right()
            self.nothing_is_gone()


class Waiting(Clocks):
    """What waits for a time, and what counts in one."""

    def begin_with(self, defaults, **limits):
        self.begin(defaults=defaults, limits=limits)
        self.assertTrue(self.here.publish(ALICE, ALICE, 1))
        self.assertTrue(self.here.publish(BOB, ALICE, 1))
        self.turn()

    def bobs(self):
        return self.here.read(BOB, ALICE)

    def change(self, n):
        self.assertTrue(self.here.publish(ALICE, ALICE, n))

    def said_to_bob(self, n):
        return [message for message in self.messages if message.get("to") == BOB
                and re.sub(r"\D", "", number(n)) in re.sub(
                    r"\D", "", message.findtext(COMPONENT + "body"))]

    def test_a_hold_is_as_long_as_it_is(self):
        self.begin_with({"hold": 600})
        n = 1
        for by in (-DAY, 10 * YEAR, IN_1970, IN_2100):
            n += 1
            self.change(n)
            self.set_wrong(by)
            self.go(8 * 60)
            self.assertEqual(self.bobs(), n - 1)
            self.until(lambda: self.bobs() == n, 5 * 60)
            self.until(lambda: self.said_to_bob(n), 5 * 60)
            self.set_right()
            self.turn()
        self.assertEqual([each.find(DELAY) for each in self.messages], [None] * len(self.messages))

    def test_a_hold_that_a_wrong_clock_began_does_not_wait_for_years(self):
        self.begin_with({"hold": DAY})
        n = 1
        for by in (10 * YEAR, IN_2100):
            self.set_wrong(by)
            self.go(2 * HOUR)
            self.assertGreater(self.time_of_service(), self.now() + YEAR)
            n += 1
            self.change(n)
            self.turn()
            self.set_right()
            self.go(2 * HOUR)
            self.assertEqual(self.bobs(), n - 1)
            self.until(lambda: self.bobs() == n, 25 * HOUR, 600)
            self.until(lambda: self.said_to_bob(n), HOUR)
            self.go(62 * 60)
            self.is_right()

    def test_a_question_is_not_dropped_since_its_time_seems_over(self):
        self.begin_with({"first_change": "ask"})
        self.here.stop()
        # As asked by what an ordinary client published.
        self.sql("INSERT INTO run (account, version, started_at, cards_done, cards_last, pushes_done,"
                 " starts_at, asked, offers, offers_done) SELECT account, version, %d, 0, 1, 0, %d, 1,"
                 " 0, 0 FROM profile" % (self.now(), self.now() + 30 * DAY))
        self.here.start()
        for by in (10 * YEAR, IN_2100, -40 * DAY, IN_1970):
            self.set_wrong(by)
            self.go(5 * DAY)
            self.assertEqual(self.sql("SELECT asked FROM run"), (1,))
            self.set_right()
            self.go(2 * HOUR)
            self.assertEqual(self.sql("SELECT asked FROM run"), (1,))
        self.until(lambda: self.sql("SELECT asked FROM run") is None, 31 * DAY, DAY)

    def test_gathered_pushes_are_told_within_a_day(self):
        self.begin_with({}, push_per_holder=1)
        self.change(2)
        self.until(lambda: self.said_to_bob(2), HOUR)
        self.set_wrong(10 * YEAR)
        self.go(2 * HOUR)
        self.change(3)
        self.until(lambda: self.said_to_bob(3), HOUR)
        self.change(4)
        self.until(lambda: self.bobs() == 4, HOUR)
        self.turn()
        self.set_right()
        self.go(2 * HOUR)
        self.until(lambda: not self.sql("SELECT count(*) FROM account WHERE summary_at > 0")[0],
                   2 * DAY, HOUR)
        self.assertFalse(self.said_to_bob(4))
        self.assertIn("1 contact in your address book changed.",
                      [message.findtext(COMPONENT + "body") for message in self.messages])

    def test_who_was_told_in_the_future_is_told_of_the_next(self):
        self.begin_with({}, push_per_holder=1)
        self.set_wrong(10 * YEAR)
        self.go(2 * HOUR)
        self.change(2)
        self.until(lambda: self.said_to_bob(2), HOUR)
        self.set_right()
        self.go(25 * HOUR)
        self.change(3)
        self.until(lambda: self.said_to_bob(3), HOUR)

    def test_what_was_counted_in_the_future_does_not_count(self):
        self.begin_with({}, changes_per_day=3)
        self.set_wrong(10 * YEAR)
        self.go(2 * HOUR)
        for n in (2, 3, 4):
            self.change(n)
        self.set_right()
        self.go(62 * 60)
        self.is_right()
        self.go(DAY)
        self.change(5)
        self.set_wrong(-DAY)
        self.go(2 * HOUR)
        self.set_right()
        self.go(2 * HOUR)
        self.change(6)
        self.is_right()

    def test_a_run_under_way_and_its_pushes_come_to_their_end(self):
        self.begin_with({})
        world, many = self.here, ["b%d@example.org" % i for i in range(300)]
        self.assertEqual(world.publish_all([(who, ALICE, 1) for who in many]), len(many))
        n = 1
        for by in (-DAY, 10 * YEAR, IN_1970, IN_2100):
            n += 1
            world.peer.answers_pings = False
            self.change(n)
            self.set_wrong(by)
            self.listen()
            world.kill()
            world.peer.answers_pings = True
            world.start()
            self.until(lambda: not self.sql("SELECT count(*) FROM run")[0], HOUR)
            self.assertEqual([who for who in many if world.read(who, ALICE) != n], [])
            self.assertEqual({message.get("to") for message in self.messages
                              if message.get("to") in many and message.findtext(COMPONENT + "body")
                              .replace(" ", "").count(number(n)[-5:])}, set(many))
            self.set_right()
            self.go(62 * 60)
        self.is_right()

    def test_a_late_push_says_when_it_was(self):
        self.begin_with({})
        self.set_wrong(10 * YEAR)
        self.go(2 * HOUR)
        self.set_right()
        self.go(62 * 60)
        self.here.peer.answers_pings = False
        self.change(2)
        at = self.now()
        self.here.kill()
        self.here.peer.answers_pings = True
        self.clock.sleep_s(HOUR)
        self.passed += HOUR
        self.here.start()
        self.until(lambda: self.said_to_bob(2), HOUR)
        stamp = self.said_to_bob(2)[-1].find(DELAY).get("stamp")
        self.assertLess(abs(calendar.timegm(time.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ")) - at), 70)

    def test_a_retired_number_has_the_date_of_its_day(self):
        self.begin_with({})
        self.set_wrong(10 * YEAR)
        self.go(2 * HOUR)
        self.set_right()
        self.go(2 * HOUR)
        self.assertIsNone(self.here.error(self.here.ask(ALICE, "set", (
            "<pubsub xmlns='%s'><publish node='%s'><item><vcard xmlns='urn:ietf:params:xml:ns:"
            "vcard-4.0'><fn><text>Alice</text></fn></vcard></item></publish></pubsub>"
            % (PUBSUB, PROFILE)))))
        self.until(lambda: "x-retired" in self.sql("SELECT card FROM contact")[0], HOUR)
        date = re.search(r"<x-retired>.*?(\d{4}-?\d\d-?\d\d)",
                         self.sql("SELECT card FROM contact")[0])[1].replace("-", "")
        days = {time.strftime("%Y%m%d", time.gmtime(self.now() + by)) for by in (-70, 70)}
        self.assertIn(date, days)

    def test_kithctl_has_the_time_that_kithd_has(self):
        self.begin_with({})
        self.go(2 * HOUR)
        self.here.stop()
        self.set_wrong(IN_1970)
        card = ("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Dave\r\nTEL;TYPE=cell:+447400100009\r\n"
                "END:VCARD\r\n")
        status, _, why = self.here.ctl("import", BOB, "-", text=card,
                                       env=self.clock.environment)
        self.assertEqual(status, 0, why)
        at, = self.sql("SELECT changed_at FROM contact ORDER BY version DESC LIMIT 1")
        self.assertLess(abs(at - self.now()), 2 * HOUR)
