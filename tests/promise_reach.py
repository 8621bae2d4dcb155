#!/usr/bin/python3
"""A change of a number reaches every holder, whatever is cut, killed or changed meanwhile, and nobody else.

kithd works for accounts whose numbers change, and for those who hold them, against a server that is played
here: it is slow, silent, cuts the link, ends, loses what it did not acknowledge, sends pushes back; kithd is
killed; address books, settings, blocks and the conf change meanwhile. A model of its own (reach_model.py)
says who must have, and must have been told, what. KITH_SEED repeats what a failure named, KITH_TRACE=N shows
the last N events. KITH_BUILD says where it was built (default: build/ beside tests/).
"""
import os
import queue
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peer import program  # noqa: E402
from promise import LONG, count  # noqa: E402
from reach_model import KINDS, Holder, Subject  # noqa: E402
from reach_people import BATCH, People  # noqa: E402
from reach_world import World, figures  # noqa: E402


class Chaos(People):
    """Whatever happens, in any order."""

    def populate(self, counts):
        """Subjects with so many holders each; some of these hold two of them."""
        for i, holders in enumerate(counts):
            subject = self.add_subject()
            for n in range(holders):
                known = self.model.holders.get(f"h0-{n}@example.org")
                holder = known if known and n % 5 == 0 else self.add_holder(f"h{i}-{n}@example.org")
                self.write_card(holder, subject, self.card_of(subject))
                if n % BATCH == 0:
                    self.pump(self.is_quiet, "books")
        self.pump(self.is_quiet, "books")

    def add_subject(self):
        subject = Subject(f"s{len(self.model.subjects)}@example.org")
        self.model.subjects[subject.jid] = subject
        numbers = {"cell": self.new_number("cell"), "home": self.new_number("home")}
        self.write_profile(subject, numbers)
        self.pump(self.is_quiet, "a profile")
        return subject

    def add_holder(self, jid):
        holder = self.model.holders[jid] = Holder(jid)
        figures.add("holders")
        return holder

    def card_of(self, subject):
        """What somebody writes down of it: one number or both."""
        numbers = [(kind, subject.next[kind]) for kind in KINDS if subject.next[kind]]
        return numbers if self.random.random() < 0.6 else numbers[:1]

    # ---- One thing at a time
    def subject(self):
        return self.random.choice([s for s in self.model.subjects.values() if s.alive])

    def any_link(self):
        links = self.subject().links
        return self.random.choice(list(links.values())) if links else None

    def change(self):
        subject = self.subject()
        numbers = dict(subject.next)
        kind = self.random.choice(("cell", "cell", "home", "both"))
        for each in KINDS if kind == "both" else (kind,):
            what = self.random.random()
            if what < 0.3 and len(subject.sent[each]) > 1:
                numbers[each] = self.random.choice(subject.sent[each])  # back to an old one
            elif what < 0.5 and each == "home":
                numbers[each] = None
            else:
                numbers[each] = self.new_number(each)
        self.write_profile(subject, numbers)

    def change_hidden(self):
        subject = self.subject()
        self.hide(subject)
        self.pump_some()
        if self.random.random() < 0.5:
            self.change()
        self.write_profile(subject, dict(subject.next))

    def change_books(self):
        for _ in range(self.random.randrange(1, 6)):
            link = self.any_link()
            if link is None or link.unsure or link.holder.unsure:
                continue
            what = self.random.random()
            if what < 0.3:
                self.drop_card(link)
                if self.random.random() < 0.5:
                    self.pump(self.is_quiet, "a card")
                    self.write_card(link.holder, link.subject, self.card_of(link.subject))
            elif what < 0.6:
                old = [(kind, self.random.choice(link.subject.sent[kind])) for kind in KINDS
                       if link.subject.sent[kind]]
                self.write_card(link.holder, link.subject,
                                self.card_of(link.subject) if what < 0.5 else old)
            elif what < 0.8:
                self.befriend(link.subject, link.holder)
            else:
                new = self.add_holder(f"n{len(self.model.holders)}@example.org")
                self.write_card(new, link.subject, self.card_of(link.subject))

    def take_back(self):
        for _ in range(self.random.randrange(1, 8)):
            link = self.any_link()
            if link and not link.unsure:
                self.undo(link)

    def change_holders(self):
        for _ in range(self.random.randrange(1, 8)):
            link = self.any_link()
            if link is None or link.holder.unsure:
                continue
            what = self.random.random()
            if what < 0.4:
                self.set_updates(link.holder, self.random.choice(("auto", "auto", "ask", "never")))
            elif what < 0.6:
                self.set_pushes(link.holder, self.random.random() < 0.6)
            elif what < 0.9:
                self.set_blocked(link.holder,
                                 () if link.holder.blocked else (link.subject.jid,))
            else:
                self.erase(link.holder)
            self.pump(lambda: not link.holder.unsure and self.is_quiet(), "settings")

    def change_rules(self):
        subject = self.subject()
        if self.random.random() < 0.4:
            self.set_audience(subject, self.random.choice(("nobody", "mutual", "known", "everyone")))
        else:
            jids = [link.holder.jid for link in subject.links.values() if self.random.random() < 0.03]
            self.set_blocked(subject, jids)
        self.pump(self.is_quiet, "rules")

    def change_conf(self):
        """Runs may be under way, but no request, of which it wouldn't be known by which rules it went."""
        self.pump(self.is_quiet, "answers")
        self.reload(self.random.choice(("nobody", "known", "known", "mutual", "everyone")))

    def end_account(self):
        subject = self.subject()
        self.erase(subject)
        self.pump(self.is_quiet, "the end of an account")
        new = self.add_subject()
        for link in list(subject.links.values())[:50]:
            self.write_card(link.holder, new, self.card_of(new))

    def hold_answers(self):
        self.holds_pings = True

    def let_answers_go(self):
        self.holds_pings = False
        self.answer_pings()

    def send_back(self):
        self.bounces = self.random.choice((0.0, 0.02, 0.3))

    def read_slowly(self):
        self.rate = 10000
        end = time.monotonic() + count(0.5, 10)
        while self.stream and time.monotonic() < end:
            self.step(0.01)
        self.rate = None

    def be_silent(self):
        """Neither reads nor answers, then is gone without a word."""
        time.sleep(count(0.2, 3) * self.random.random())
        self.cut("crash")

    def change_link(self):
        what = self.random.choice(("fin", "rst", "end", "crash", "secret", "secret", "secret"))
        if what == "secret":
            self.renew_secret()
        else:
            self.cut(what)

    DAILY = (change_books, change_books, change_holders, change_rules, change_conf, take_back, take_back,
             hold_answers, hold_answers, let_answers_go, send_back)
    FAULTS = (World.kill, World.kill, World.kill, change_link, change_link, read_slowly, be_silent,
              World.server_killed)

    def play_round(self, changes, others, faults):
        steps = [Chaos.change] * changes
        steps += self.random.choices(self.DAILY, k=others)
        steps += self.random.choices(self.FAULTS, k=faults)
        if self.random.random() < 0.1:
            steps.append(Chaos.end_account)
        if self.random.random() < 0.3:
            steps.append(Chaos.change_hidden)
        self.random.shuffle(steps)
        for step in steps:
            if self.stream is None:
                self.accept()
            step(self)
            self.pump_some()
        self.check_end()
        figures.add("rounds")


class Whatever(Chaos):
    def test_whatever_happens(self):
        self.populate((400, 120, 60))
        for _ in range(count(10, 300)):
            self.play_round(3, 8, 2)

    @unittest.skipUnless(LONG, "takes minutes")
    def test_whatever_happens_with_10000_holders(self):
        self.populate((10000, 100))
        for _ in range(20):
            self.play_round(4, 12, 4)


class Moments(Chaos):
    """One thing at its worst moment."""

    def begin(self, holders):
        """A change, of which nothing is acknowledged."""
        self.populate((holders,))
        self.holds_pings = True
        self.change_cell()

    def change_cell(self):
        subject = self.subject()
        self.write_profile(subject, {**subject.next, "cell": self.new_number("cell")})

    def wait_for_window(self):
        self.pump(lambda: self.pings, "a window")

    def test_killed_behind_every_window(self):
        """Each time the window that was not acknowledged comes again, with the same ids, and no other."""
        self.begin(count(1500, 10000))
        for _ in range(count(6, 40)):
            self.wait_for_window()
            lost = [push for push, (stream, window, _) in self.sent.items()
                    if (stream, window) == (self.streams, self.pings[0][1])]
            self.assertTrue(lost)
            self.kill()
            self.wait_for_window()
            again = [push for push, (stream, *_) in self.sent.items() if stream == self.streams]
            both = min(len(lost), len(again))  # the window is another
            self.assertTrue(again[:both] == lost[:both], "it began elsewhere")
            self.answer_pings()
        self.check_end()

    def test_changed_again_behind_every_window(self):
        """Whoever hears of one change or several, all hear of the last."""
        self.begin(count(1000, 10000))
        for _ in range(count(4, 40)):
            self.wait_for_window()
            self.change_cell()
            if self.random.random() < 0.5:
                self.kill()
            else:
                self.answer_pings()
        self.check_end()

    def test_killed_right_after_the_answer_to_who_changed(self):
        self.begin(300)
        self.pump(self.is_quiet, "the answer")
        self.kill()
        self.check_end()

    @unittest.skipUnless(LONG, "takes minutes")
    def test_a_server_that_reads_10_kb_a_second(self):
        self.begin(400)
        self.rate = 10000
        self.cut("rst")
        self.holds_pings = False
        end = time.monotonic() + 90
        while time.monotonic() < end:
            self.step()
        self.check_end()

    @unittest.skipUnless(LONG, "takes minutes")
    def test_a_server_that_falls_silent(self):
        """Nothing says that it is gone but that no byte moves."""
        self.begin(2000)
        self.wait_for_window()
        self.pass_log()
        while True:
            try:
                self.kithd.wait_log("the server is silent")
                break
            except queue.Empty:
                pass
        self.stream.close()
        self.lose(is_taken=False)
        self.check_end()

    @unittest.skipUnless(LONG, "takes minutes")
    def test_thousands_of_interleavings_stanza_by_stanza(self):
        """tests/test_reach.c, which make check plays a few hundred of."""
        rounds = 10000
        done = subprocess.run([program("tests/test_reach")], capture_output=True, text=True,
                              env={**os.environ, "KITH_ROUNDS": str(rounds)}, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        figures.add("interleavings", rounds)


if __name__ == "__main__":
    unittest.main()
