#!/usr/bin/python3
"""The `kith` command against a real Prosody and kithd: every word, --json, exit codes, questions on a
terminal, and khard on the directory that it writes."""
import contextlib
import json
import os
import pty
import re
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from clients import Person, card  # noqa: E402
from servers import BUILD, PATIENCE_S, SERVICE, TOP, Kithd, Prosody, wait_until  # noqa: E402

WORDS = ["add", "export", "find", "import", "introduce", "list", "matters", "no", "number", "save", "send",
         "settings", "show", "sync", "undo", "yes"]
MOBILE, NEW_MOBILE, LANDLINE = "+44 7400 123456", "+44 7400 654321", "+44 121 234 5678"


class Watch:
    """`kith watch` on a terminal, or without one; words go before it, after behind it."""

    def __init__(self, person, *words, terminal=False, after=()):
        self.text = ""
        if terminal:
            self.fd, inner = pty.openpty()
            self.process = subprocess.Popen(person.command(*words, "watch", *after), stdin=inner,
                                            stdout=inner, stderr=inner,
                                            env=person.environment, start_new_session=True)
            os.close(inner)
        else:
            self.process = subprocess.Popen(person.command(*words, "watch", *after),
                                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                            stderr=subprocess.STDOUT, env=person.environment)
            self.fd = self.process.stdout.fileno()

    def _read(self):
        if select.select([self.fd], [], [], 0)[0]:
            try:
                self.text += os.read(self.fd, 65536).decode().replace("\r\n", "\n")
            except OSError:  # the other end of the terminal is closed
                pass

    def wait(self, pattern):
        def look():
            self._read()
            return re.search(pattern, self.text)
        try:
            return wait_until(look, f"watch prints {pattern}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it printed:\n{self.text}") from None

    def type(self, text):
        os.write(self.fd, text.encode())

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        status = self.process.wait(PATIENCE_S)
        if self.process.stdout:
            self.process.stdout.close()
        elif self.fd is not None:
            os.close(self.fd)
            self.fd = None
        return status


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="kith-cli-")
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)
        cls.prosody = Prosody(f"{cls.dir}/prosody")
        cls.count = 0
        cls.prosody.start()
        cls.addClassCleanup(cls.prosody.stop)
        cls.kithd = Kithd(f"{cls.dir}/kithd", cls.prosody.component_port, "preset = company")
        cls.kithd.start()
        cls.addClassCleanup(cls.kithd.stop)

    def people(self, *names):
        """New accounts, whose names no other test has: "alice" becomes alice1."""
        type(self).count += 1
        users = [f"{name}{self.count}" for name in names]
        self.prosody.register(*users)
        return [Person(self.dir, self.prosody, user) for user in users]

    def watch(self, person, *words, terminal=False):
        watch = Watch(person, *words, terminal=terminal)
        self.addCleanup(watch.stop)
        watch.wait("The address book is at|\"event\":\"ready\"")
        return watch

    def fails(self, status, pattern, person, *words):
        done = person.run(*words)
        self.assertEqual(done.returncode, status, (words, done.stdout, done.stderr))
        self.assertRegex(done.stdout + done.stderr, pattern)


    def on_terminal(self, command, person, prompt, answer):
        """What a command that asks once prints on a terminal, and its status."""
        outer, inner = pty.openpty()
        process = subprocess.Popen(command, stdin=inner, stdout=inner, stderr=inner,
                                   env=person.environment, start_new_session=True)
        os.close(inner)
        text = b""
        try:
            while prompt and prompt not in text:
                text += os.read(outer, 4096)
            if prompt:
                os.write(outer, answer)
            while chunk := os.read(outer, 4096):
                text += chunk
        except OSError:  # the other end is closed
            pass
        os.close(outer)
        return process.wait(PATIENCE_S), text.decode()


class Usage(Case):
    def test_help_names_all_words_and_the_manual_does_too(self):
        alice, = self.people("alice")
        for option in "-h", "--help":
            text = alice.kith(option)
            self.assertEqual(re.findall(r"^  ([a-z]+) ", text, re.M), [*WORDS, "watch"])
        page = (TOP / "conf/kith.1").read_text()
        found = re.findall(r"^\.It Ic (\w+)", page[:page.index(".Sh CONF")], re.M)
        self.assertEqual(sorted(set(found)), sorted([*WORDS, "watch"]))

    def test_wrong_usage_is_2(self):
        alice, = self.people("alice")
        for words in [], ["nonsense"], ["-z", "list"], ["watch", "x"], ["send"], ["show"], \
                ["undo"], ["find"], ["add"], ["import"], ["export", "-f", "2.1", "x"], \
                ["introduce", "x"]:
            self.fails(2, "usage|no command|no words", alice, *words)

    def test_a_fault_in_the_conf_is_2_and_says_where(self):
        alice, = self.people("alice")
        conf = alice.conf.read_text()
        alice.conf.write_text(conf + "nonsense = 1\n")
        self.fails(2, r"kith\.conf:7: unknown key: nonsense", alice, "list")
        alice.conf.write_text(conf)
        (alice.home / "password").chmod(0o644)
        self.fails(2, "others can read", alice, "list")
        self.fails(2, "No such file", alice, "-c", "/nonexistent", "list")

    def test_what_keeps_it_from_the_server_is_1_and_said(self):
        alice, bob = self.people("alice", "bob")
        conf = alice.conf.read_text()
        alice.conf.write_text(re.sub("server = .*", "server = 127.0.0.1:1", conf))
        self.fails(1, "can't be reached", alice, "sync")
        alice.conf.write_text(conf.replace("tls = off", "tls = on"))
        self.fails(1, "there is no TLS", alice, "sync")
        (bob.home / "password").write_text("wrong\n")
        self.fails(1, "refused", bob, "sync")
        self.fails(1, "refused", bob, "watch")

    def test_tls_is_on_unless_it_is_said(self):
        alice, = self.people("alice")
        alice.conf.write_text(alice.conf.read_text().replace("tls = off\n", ""))
        self.fails(1, "there is no TLS", alice, "sync")


class Words(Case):
    def test_number(self):
        carol, = self.people("carol")
        self.assertIn("no number", carol.kith("number"))
        carol.kith("number", MOBILE)
        carol.kith("number", "voice", LANDLINE)
        numbers = [event["tel"][0] for event in carol.events("number")]
        self.assertEqual(numbers, [{"kind": "cell", "value": MOBILE},
                                   {"kind": "voice", "value": LANDLINE}])
        carol.kith("number", "cell", NEW_MOBILE)
        self.assertIn(NEW_MOBILE, carol.kith("number"))
        self.assertNotIn(MOBILE, carol.kith("number"))
        carol.kith("number", "remove", "voice")
        self.assertNotIn(LANDLINE, carol.kith("number"))

    def test_add_list_find_show(self):
        alice, = self.people("alice")
        text = card("Dave Example", ("", MOBILE), ("", LANDLINE), more=["NOTE:Likes figs"])
        self.assertRegex(alice.add(text), r"^Saved Dave Example \(new\)")
        self.assertRegex(alice.add(text), r"^Saved Dave Example \((same|merged)\)")
        self.assertEqual(len(alice.cards()), 1)
        self.assertEqual(alice.kith("list").count("Dave Example"), 1)
        for who in "dave", "Example", MOBILE, "07400 123456":
            self.assertIn("Dave Example", alice.kith("find", who), who)
        self.assertIn("Likes figs", alice.kith("show", "dave"))
        event, = alice.events("show", "dave")
        self.assertEqual((event["event"], event["where"]), ("contact", "both"))
        self.fails(1, "Nobody was found for nobody", alice, "show", "nobody")

    def test_import_and_export(self):
        alice, = self.people("alice")
        file = alice.file("phone.vcf", card("Dave Example", ("", MOBILE), more=["UID:1"]) +
                          card("Dave Example", ("", LANDLINE), more=["UID:1"]))
        self.assertRegex(alice.kith("import", file), r"2 cards: 1 new, 1 merged, 0 the same, 0 passed")
        event, = [event for event in alice.events("import", file) if event["event"] == "imported"]
        self.assertEqual((event["new"], event["merged"], event["same"]), ("0", "0", "2"))
        self.assertEqual(len(alice.cards()), 1)
        out = alice.home / "out.vcf"
        self.assertIn("1 contacts", alice.kith("export", str(out)))
        self.assertIn("FN:Dave Example", out.read_text())
        self.fails(1, "No such file", alice, "import", "/nonexistent.vcf")
        self.fails(1, "No such file", alice, "export", "/nonexistent/out.vcf")

    def test_progress_is_a_line_of_a_terminal_that_goes(self):
        alice, = self.people("alice")
        file = alice.file("phone.vcf", "".join(
            card(f"Dave Example {i}", ("", MOBILE)) for i in range(300)))
        status, text = self.on_terminal(alice.command("import", file), alice, b"", b"")
        self.assertEqual(status, 0, text)
        self.assertRegex(text, r"\rimport: \d+ contacts, \d+ %\x1b\[K")
        self.assertRegex(text, r"\r\x1b\[K[^\r]*300 cards: 300 new")

    def test_of_several_hits_a_number_chooses(self):
        alice, bob = self.people("alice", "bob")
        alice.add(card("Dave Example", ("", MOBILE)))
        alice.add(card("Dave Sample", ("", NEW_MOBILE)))
        self.fails(1, r"1: Dave Example.*\[show dave 1\]\n  2: Dave Sample", alice, "show", "dave")
        self.assertIn("Dave Sample", alice.kith("show", "dave", "2"))
        self.fails(1, "Which one", alice, "send", bob.jid, "dave")
        self.assertIn("Sent Dave Sample's card", alice.kith("send", bob.jid, "dave", "2"))
        done = alice.run("--json", "show", "dave")
        events = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(done.returncode, 1)
        self.assertEqual([event["event"] for event in events], ["question", "done"])
        self.assertEqual([choice["words"] for choice in events[0]["choices"]],
                         ["show dave 1", "show dave 2"])
        self.assertEqual(events[1]["outcome"], "cancelled")

    def test_settings(self):
        alice, = self.people("alice")
        self.assertIn("updates", [event["key"] for event in alice.events("settings")])
        alice.kith("settings", "updates", "never")
        values = {event["key"]: event["value"] for event in alice.events("settings")}
        self.assertEqual(values["updates"], "never")
        self.fails(1, "no setting nonsense", alice, "settings", "nonsense", "1")

    def test_undo_takes_an_update_back(self):
        carol, bob = self.people("carol", "bob")
        carol.kith("number", "cell", MOBILE)
        bob.add(card("Carol Example", ("cell", MOBILE), jid=carol.jid), "link")
        carol.kith("number", "cell", NEW_MOBILE)

        def has(number):
            bob.kith("sync")
            return number in bob.cards()["Carol Example"]
        wait_until(lambda: has(NEW_MOBILE), "the new number comes by sync")
        bob.kith("undo", "Carol")
        self.assertTrue(has(MOBILE))
        self.assertFalse(has(NEW_MOBILE))

    def test_khard_lists_the_directory(self):
        khard = shutil.which("khard")
        if not khard:
            self.skipTest("khard is not installed")
        alice, = self.people("alice")
        alice.add(card("Dave Example", ("cell", MOBILE)))
        conf = alice.file("khard.conf", f"[addressbooks]\n[[kith]]\npath = {alice.book}\n")
        done = subprocess.run([khard, "-c", conf, "list", "--parsable"], check=True,
                              env=alice.environment, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=PATIENCE_S)
        self.assertIn("Dave Example", done.stdout)


class Cards(Case):
    def test_the_directory_is_asked_where_the_book_has_nobody(self):
        alice, bob, carol = self.people("alice", "bob", "carol")
        carol.kith("number", MOBILE)
        watch = self.watch(bob)
        name = carol.jid.split("@", maxsplit=1)[0]
        event = [event for event in alice.events("send", bob.jid, name)
                 if event["event"] == "sent"][0]
        self.assertEqual((event["by"], event["to"]), ("service", bob.jid))
        watch.wait(f"Card from {re.escape(SERVICE)}: .*{re.escape(MOBILE)}")

    def test_watch_without_a_terminal_prints_and_save_saves_once(self):
        alice, bob = self.people("alice", "bob")
        alice.add(card("Dave Example", ("", MOBILE), ("", LANDLINE)))
        watch = self.watch(bob)
        alice.kith("send", bob.jid, "Dave")
        watch.wait(r"\[1\] Card from alice\d+@localhost: Dave Example: .*\n.*\[save 1\]")
        self.assertEqual(watch.stop(), 0)
        self.assertIn("Dave Example", bob.kith("save", "list"))
        self.assertIn("Saved Dave Example (new)", bob.kith("save"))
        self.assertEqual(bob.kith("save", "list"), "")
        bob.kith("save", "1")
        self.assertEqual(list(bob.cards()), ["Dave Example"])
        text = bob.cards()["Dave Example"]
        self.assertRegex(text, r"(?i)TEL;TYPE=cell:\+44 ?7400 ?123456")
        self.assertNotRegex(text, r"(?i)TEL;TYPE=[^:]*cell[^:]*:\+44 ?121")
        self.fails(1, "no such card", bob, "save", "9")

    def test_watch_on_a_terminal_asks_and_saves(self):
        alice, bob = self.people("alice", "bob")
        alice.add(card("Dave Example", ("", MOBILE)))
        watch = self.watch(bob, terminal=True)
        watch.type("\n\n1\n")  # typed before anything is asked: no answer
        alice.kith("send", bob.jid, "Dave")
        watch.wait(r"Dave Example(.|\n)*Enter for none\] ")
        watch.type("nonsense\n")
        watch.wait("A number from 1 to 1, or Enter for none: ")
        watch.type("1\n")
        watch.wait(r"Saved Dave Example \(new\)")
        self.assertIn("Dave Example", bob.cards())
        self.assertEqual(watch.stop(signal.SIGINT), 0)

    def test_watch_on_a_terminal_takes_none_for_an_answer(self):
        alice, bob = self.people("alice", "bob")
        alice.add(card("Dave Example", ("", MOBILE)))
        watch = self.watch(bob, terminal=True)
        alice.kith("send", bob.jid, "Dave")
        watch.wait(r"Enter for none\] ")
        watch.type("\n")
        alice.kith("send", bob.jid, "Dave")  # asked anew: the first question is over
        watch.wait(r"(?s)Enter for none\] .*Enter for none\] ")
        self.assertEqual(bob.cards(), {})

    def test_a_number_changes_only_after_a_yes_to_its_preview(self):
        carol, bob = self.people("carol", "bob")
        self.assertIn("goes to a few address books at most.", carol.kith("number", "cell", MOBILE))
        bob.add(card("Carol Example", ("cell", MOBILE), jid=carol.jid), "link")
        change = carol.command("number", "cell", NEW_MOBILE)
        for answer in b"n\n", b"\n", b"1\n", b"\x04":
            status, text = self.on_terminal(change, carol, b"Change it? [y/N] ", answer)
            self.assertEqual(status, 1, text)
            self.assertIn(f"{MOBILE} -> {NEW_MOBILE}: goes to a few address books at most.", text)
            self.assertIn(MOBILE, carol.kith("number"))
        status, text = self.on_terminal(change, carol, b"Change it? [y/N] ", b"y\n")
        self.assertEqual(status, 0, text)
        self.assertIn(NEW_MOBILE, carol.kith("number"))
        # Unasked, on a terminal as elsewhere.
        status, text = self.on_terminal(carol.command("-y", "number", "cell", MOBILE), carol, b"", b"")
        self.assertEqual(status, 0, text)
        self.assertIn("goes to a few address books at most.", text)
        self.assertNotIn("[y/N]", text)
        self.assertNotIn(NEW_MOBILE, carol.kith("number"))
        self.assertEqual(carol.run("--yes", "list").returncode, 2)

    def test_a_question_of_a_command_is_asked_on_a_terminal(self):
        alice, = self.people("alice")
        alice.add(card("Dave Example", ("", MOBILE)))
        alice.add(card("Dave Sample", ("", NEW_MOBILE)))
        outer, inner = pty.openpty()
        process = subprocess.Popen(alice.command("show", "dave"), stdin=inner, stdout=inner,
                                   stderr=inner, env=alice.environment, start_new_session=True)
        os.close(inner)
        text = b""
        while b"Enter for none] " not in text:
            text += os.read(outer, 4096)
        os.write(outer, b"2\n")
        status = process.wait(PATIENCE_S)
        text = os.read(outer, 4096)
        self.assertEqual(status, 0, text)
        self.assertIn(b"Dave Sample: cell", text)
        os.close(outer)

    def test_json_of_watch_is_an_object_a_line_and_asks_nothing(self):
        alice, bob = self.people("alice", "bob")
        alice.add(card("Dave Example", ("", MOBILE)))
        watch = self.watch(bob, "--json", terminal=True)
        alice.kith("send", bob.jid, "Dave")
        watch.wait('"event":"card".*\n')
        self.assertEqual(watch.stop(), 0)
        events = [json.loads(line) for line in watch.text.splitlines()]
        told = [event for event in events if event["event"] == "card"][0]
        self.assertEqual((told["n"], told["from"], told["name"]),
                         ("1", alice.jid, "Dave Example"))
        self.assertEqual(told["tel"], [{"kind": "cell", "value": MOBILE}])

    def test_watch_shows_a_push_once_and_keeps_the_directory_in_step(self):
        carol, bob = self.people("carol", "bob")
        carol.kith("number", "cell", MOBILE)
        bob.add(card("Carol Example", ("cell", MOBILE), jid=carol.jid), "link")
        watch = self.watch(bob)
        carol.kith("number", "cell", NEW_MOBILE)
        watch.wait(f"{re.escape(MOBILE)} is now {re.escape(NEW_MOBILE)}")
        wait_until(lambda: "7400654321" in bob.cards()["Carol Example"].replace(" ", ""),
                   "the directory has it")
        self.assertEqual(watch.text.count(" is now "), 1)


class Matters(Case):
    def test_what_waits_is_listed_and_answered(self):
        carol, dave, bob = self.people("carol", "dave", "bob")
        bob.kith("settings", "updates", "ask")
        self.assertIn("Nothing waits", bob.kith("matters"))
        self.fails(1, "Nothing waits", bob, "yes")
        watch = self.watch(bob)
        for person, name in (carol, "Carol Example"), (dave, "Dave Example"):
            person.kith("number", "cell", MOBILE)
            bob.add(card(name, ("cell", MOBILE), jid=person.jid), "link")
            person.kith("number", "cell", NEW_MOBILE)
            watch.wait(rf"{name}'s account says(.|\n)*\[yes [0-9a-f]{{4}}\](.|\n)*"
                       r"\[no [0-9a-f]{4}\]")
        self.assertEqual(watch.stop(), 0)
        listed = bob.kith("matters")
        self.assertRegex(listed, r"^1 \[[0-9a-f]{4,}\] Carol Example: .*is now")
        code = re.search(r"^2 \[([0-9a-f]{4,})\] Dave Example: ", listed, re.M)[1]
        self.fails(1, r"Which one\?(.|\n)*Carol(.|\n)*\[yes [0-9a-f]+\]", bob, "yes")
        self.assertIn("Your card is changed. Dave Example", bob.kith("yes", code))
        self.fails(1, "not open", bob, "yes", code)
        self.assertIn("Your card stays as it is", bob.kith("no", "1"))
        self.assertIn("Nothing waits", bob.kith("matters"))
        cards = {name: text.replace(" ", "") for name, text in bob.cards().items()}
        self.assertIn("7400654321", cards["Dave Example"])
        self.assertIn("7400123456", cards["Carol Example"])


    def test_who_is_back_under_an_address_is_asked_about(self):
        carol, bob = self.people("carol", "bob")
        carol.kith("number", "cell", MOBILE)
        bob.add(card("Caz", ("cell", MOBILE), jid=carol.jid), "link")
        subprocess.run([str(BUILD / "kithctl"), "-c", str(self.kithd.conf), "erase", "-y",
                        carol.jid], check=True, capture_output=True)
        self.assertIn("Nothing waits", bob.kith("matters"))
        carol.kith("number", "cell", MOBILE)
        watch = self.watch(bob)
        # Within a minute; or when it comes up.
        self.assertEqual(self.kithd.stop(), 0)
        self.kithd.start()
        watch.wait(f"{carol.jid} has a new account on this service: is it still the same person"
                   r' as in your contact "Caz"\?')
        self.assertEqual(watch.stop(), 0)
        self.assertIn(f"Your card of {carol.jid} follows its changes again.", bob.kith("yes"))
        carol.kith("number", "cell", NEW_MOBILE)
        wait_until(lambda: bob.kith("sync") and
                   "7400654321" in bob.cards()["Caz"].replace(" ", ""), "the card follows")


    def test_a_contact_that_seems_to_be_an_account_is_linked_by_a_yes(self):
        number, newer = "+44 7400 123901", "+44 7400 123902"
        carol, dave, bob = self.people("carol", "dave", "bob")
        carol.kith("number", "cell", number)
        dave.kith("number", "cell", "+44 7400 123903")
        bob.add(card("Caz", ("cell", number)), "apart")
        bob.add(card("Dave Example", ("cell", "+44 7400 123904")), "apart")
        self.assertIn("Nothing waits", bob.kith("matters"))
        watch = self.watch(bob)
        # It is looked at a minute after the last was added.
        self.assertEqual(self.kithd.stop(), 0)
        with contextlib.closing(sqlite3.connect(self.kithd.dir / "kith.db")) as store, store:
            store.execute("UPDATE contact SET changed_at = changed_at - 60")
            store.execute("UPDATE sweep SET next_at = next_at - 60")
        self.kithd.start()
        watch.wait(rf'Your contact "Caz" seems to be {carol.jid} \(.*\) on this service, by '
                   rf"{re.escape(number)}: link\?(.|\n)*\[yes [0-9a-f]{{4}}\](.|\n)*"
                   r"\[no [0-9a-f]{4}\]")
        self.assertEqual(watch.stop(), 0)
        self.assertNotIn("Dave", watch.text)
        self.assertIn(f'Your contact "Caz" is linked to {carol.jid}: your card follows its changes.',
                      bob.kith("yes"))
        carol.kith("number", "cell", newer)
        wait_until(lambda: bob.kith("sync") and
                   "7400123902" in bob.cards()["Caz"].replace(" ", ""), "the card follows")
        self.assertIn("Nothing waits", bob.kith("matters"))


class Introduce(Case):
    def test_two_get_the_card_of_each_other(self):
        alice, bob, carol = self.people("alice", "bob", "carol")
        bob.kith("number", MOBILE)
        carol.kith("number", LANDLINE)
        alice.add(card("Bobby", ("", MOBILE), jid=bob.jid), "link")
        watches = [self.watch(person) for person in (bob, carol)]
        said = alice.kith("introduce", "bobby", carol.jid.split("@", maxsplit=1)[0])
        self.assertRegex(said, rf"card went to {carol.jid}, unless settings of theirs are against "
                               rf"it\.\n.*card went to {bob.jid}, unless")
        watches[0].wait(f"Card from {re.escape(SERVICE)}: .*{re.escape(LANDLINE)}")
        watches[1].wait(f"Card from {re.escape(SERVICE)}: .*{re.escape(MOBILE)}")
        carol.kith("settings", "share", "no")
        said = alice.kith("introduce", bob.jid, carol.jid)
        self.assertRegex(said, rf"card went to {carol.jid}.*\nNobody was found for \"{carol.jid}\"")
        bob.kith("settings", "share", "no")
        self.fails(1, rf"Nobody was found for \"{bob.jid}\"", alice, "introduce", bob.jid, carol.jid)


class Reconnect(Case):
    def test_watch_comes_back_when_the_server_does(self):
        alice, bob = self.people("alice", "bob")
        alice.add(card("Dave Example", ("", MOBILE)))
        watch = self.watch(bob)
        self.prosody.stop()
        watch.wait("kith: ")
        self.prosody.start()
        wait_until(lambda: self.kithd.output().count(" is up at ") == 2, "kithd is back")
        alice.kith("send", bob.jid, "Dave")
        watch.wait("Card from alice.*Dave Example")
        self.assertEqual(watch.stop(), 0)


class Restore(Case):
    def test_a_client_that_was_further_comes_into_step_with_a_restored_store(self):
        alice, = self.people("alice")
        alice.add(card("Dave Example", ("", MOBILE)))
        backup = f"{self.dir}/backup.db"
        subprocess.run([str(BUILD / "kithctl"), "-c", str(self.kithd.conf), "backup", backup],
                       check=True)
        alice.add(card("Erin Example", ("", MOBILE)))
        alice.kith("sync")
        self.assertEqual(self.kithd.stop(), 0)
        shutil.copy(backup, self.kithd.dir / "kith.db")
        self.kithd.start()
        alice.kith("sync")
        self.assertEqual(set(alice.cards()), {"Dave Example"})
        # The positions that were given out a second time are seen.
        alice.add(card("Fay Example", ("", MOBILE)))
        alice.kith("sync")
        self.assertEqual(set(alice.cards()), {"Dave Example", "Fay Example"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
