#!/usr/bin/python3
"""The plugin in a real Profanity on a real Prosody with kithd: what the screen shows."""
import contextlib
import pathlib
import re
import shutil
import sqlite3
import sys
import tempfile
import unittest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from clients import Person, card, send_stanza  # noqa: E402
from servers import BUILD, SERVICE, Kithd, Prosody, wait_until  # noqa: E402
from terminal import Profanity  # noqa: E402

PLUGIN = BUILD / "plugin/.libs/kith.so"
WORDS = ["add", "export", "find", "import", "introduce", "list", "matters", "no", "number", "save", "send",
         "settings", "show", "sync", "undo", "yes"]
MOBILE, NEW_MOBILE, LANDLINE = "+44 7400 123456", "+44 7400 654321", "+44 121 234 5678"


def said(text):
    """A text as a pattern for the screen, which wraps it."""
    return re.escape(text).replace(r"\ ", " ")


@unittest.skipUnless(PLUGIN.exists() and shutil.which("profanity") and shutil.which("tmux"),
                     "the plugin, Profanity or tmux is not installed")
class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="kith-prof-")
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

    def user(self, person):
        return person.jid.split("@", maxsplit=1)[0]

    def profanity(self, person, connect=True):
        """With the plugin; the account's `kith` command is another device of it."""
        screen = Profanity(f"{self.dir}/{self.user(person)}/profanity", self.prosody,
                           self.user(person))
        self.addCleanup(screen.close)
        screen.enter(f"/plugins install {PLUGIN}")
        screen.wait("Plugin installed and loaded: kith.so")
        if not connect:
            return screen
        screen.connect()
        screen.enter("/contact number")
        screen.wait("You have no number in your profile|Your number")
        screen.enter("/clear")
        screen.wait("You have no number|Your number", gone=True)
        return screen

    def clear(self, screen):
        screen.enter("/clear")
        wait_until(lambda: len(screen.lines()) <= 2, "the screen is cleared")


class Words(Case):
    def test_help_lists_all_words(self):
        alice, = self.people("alice")
        screen = self.profanity(alice)
        screen.enter("/help contact")
        screen.wait("Examples .*/contact undo carol")
        text = "\n".join(screen.lines())
        synopsis = text[text.index("Synopsis"):text.index("Description")]
        self.assertEqual(re.findall(r"^/contact (\w+)", synopsis, re.M), WORDS)
        self.assertEqual(re.findall(r"^(\w+).* : [A-Z]", text, re.M), WORDS)

    def test_the_tab_key_completes_words_names_and_settings(self):
        alice, = self.people("alice")
        screen = self.profanity(alice)
        alice.add(card("Dave Example", ("", MOBILE)))

        def completes(text, whole):
            def look():
                screen.keys("C-u")
                screen.type(text)
                screen.keys("Tab")
                return screen.lines()[-1].rstrip() == whole
            wait_until(look, f"{text} is completed to {whole}")
            screen.keys("C-u")
        completes("/conta", "/contact")
        completes("/contact se", "/contact send")
        completes("/contact number c", "/contact number cell")
        completes("/contact save l", "/contact save list")
        completes("/contact show D", '/contact show "Dave Example"')
        completes("/contact send dave", '/contact send "Dave Example"')
        screen.enter("/contact settings")
        screen.wait("updates = default")
        completes("/contact settings u", "/contact settings updates")
        completes("/contact settings updates n", "/contact settings updates never")
        for word in "add", "import", "export":
            completes(f"/contact {word} {self.dir}/pros", f"/contact {word} {self.dir}/prosody")

    def test_numbers_and_settings(self):
        carol, = self.people("carol")
        screen = self.profanity(carol)
        screen.enter(f"/contact number {MOBILE}")
        screen.wait("goes to a few address books at most. Change it\\?.*1: yes +\\[/contact number yes\\]")
        self.assertIn("no number", carol.kith("number"))
        screen.enter("/contact number yes")
        screen.wait(said(f"Your number: cell {MOBILE}"))
        screen.enter(f"/contact number voice {LANDLINE} yes")
        screen.wait(said(f"Your number: voice {LANDLINE}"))
        screen.enter("/contact number remove voice yes")
        wait_until(lambda: screen.lines()[-2:-1] == [f"Your number: cell {MOBILE}"],
                   "the landline is gone")
        screen.enter("/contact settings updates never")
        screen.wait("The settings are stored")
        screen.enter("/contact settings")
        screen.wait("updates = never")
        screen.enter("/contact nonsense")
        screen.wait("(?i)usage|no command|unknown")

    def test_a_phones_address_book_comes_in_and_goes_out(self):
        alice, = self.people("alice")
        screen = self.profanity(alice)
        people = 1500
        file = alice.file("phone.vcf", "".join(
            card(f"Person Example {i}", ("", f"+44 7400 {100000 + i}")) for i in range(people)))
        screen.enter(f"/contact import {file}")
        # It goes on meanwhile.
        screen.enter("/about")
        screen.wait("Profanity, version")
        screen.wait(rf"{people} cards: {people} new, 0 merged, 0 the same, 0 passed over")
        screen.wait(f"In step: 0 received, {people} sent")
        out = alice.home / "out.vcf"
        screen.enter(f"/contact export {out}")
        screen.wait(rf"out.vcf: {people} contacts")
        self.assertEqual(out.read_text().count("BEGIN:VCARD"), people)

    def test_the_book(self):
        alice, = self.people("alice")
        screen = self.profanity(alice)
        file = alice.file("dave.vcf", card("Dave Example", ("", MOBILE), more=["NOTE:Likes figs"]))
        screen.enter(f"/contact add {file}")
        screen.wait(r"Saved Dave Example \(new\)")
        self.clear(screen)
        screen.enter("/contact list")
        screen.wait(said(f"Dave Example: cell {MOBILE}"))
        self.clear(screen)
        screen.enter(f"/contact find {MOBILE}")
        screen.wait(said(f"Dave Example: cell {MOBILE}"))
        screen.enter("/contact show dave")
        screen.wait("Likes figs")
        screen.enter("/contact show nobody")
        screen.wait("Nobody was found for nobody")
        alice.add(card("Dave Sample", ("", NEW_MOBILE)))
        screen.enter("/contact sync")
        screen.wait("In step: ")
        screen.enter("/contact show dave")
        screen.wait(r"Which one\? .*1: Dave Example, .* \[/contact show dave 1\] .*"
                    r"2: Dave Sample, .* \[/contact show dave 2\]")
        screen.enter("/contact show dave 2")
        screen.wait(said(f"Dave Sample: cell {NEW_MOBILE}"))


class Cards(Case):
    def test_a_card_goes_out_of_the_book_and_out_of_the_directory(self):
        alice, bob, carol = self.people("alice", "bob", "carol")
        carol.kith("number", "cell", MOBILE)
        alice.add(card("Dave Example", ("", NEW_MOBILE)))
        screen = self.profanity(alice)
        screen.enter(f"/contact send {bob.jid} dave")
        screen.wait(said(f"Sent Dave Example's card to {bob.jid}"))
        screen.enter(f"/msg {bob.jid}")
        screen.wait(said(f"{bob.jid} [offline]"))
        screen.enter(f"/contact send {carol.jid}")
        screen.wait(f"Sent .* card to {said(bob.jid)}")
        other = self.profanity(bob)
        other.wait(r"\[2\]\[3\]")  # they waited for bob
        other.enter(f"/win {alice.jid}")
        other.wait(f"Card from {said(alice.jid)}: Dave Example.*To save: /contact save ")
        other.enter(f"/win {SERVICE}")
        other.wait(f"Card from {said(SERVICE)}: .*{said(MOBILE)}.*To save: /contact save ")

    def test_a_card_comes_in_as_one_line_and_is_saved(self):
        alice, bob = self.people("alice", "bob")
        alice.add(card("Dave Example", ("", MOBILE)))
        screen = self.profanity(bob)
        alice.kith("send", bob.jid, "dave")
        screen.wait(f"{said(alice.jid)}.*win 2")
        screen.enter("/win 2")
        screen.wait("To save: /contact save 1")
        card_lines = [re.sub(r"^.*?/\S+: ", "", line) for line in screen.lines()
                      if "Dave" in line]
        self.assertEqual(card_lines, [
            f"[1] Card from {alice.jid}: Dave Example: cell {MOBILE}; passed on"
            "  To save: /contact save 1"])
        screen.enter("/contact save")
        screen.wait(r"Saved Dave Example \(new\)")
        self.assertTrue(screen.alive())
        bob.kith("sync")
        self.assertEqual(list(bob.cards()), ["Dave Example"])
        screen.enter("/contact save 1")
        screen.wait(r"Saved Dave Example \((same|merged)\)")

    def test_a_push_shows_old_and_new_number_and_undo_takes_it_back(self):
        carol, bob = self.people("carol", "bob")
        carol.kith("number", "cell", MOBILE)
        bob.add(card("Carol Example", ("cell", MOBILE), jid=carol.jid), "link")
        screen = self.profanity(bob)
        carol.kith("number", "cell", NEW_MOBILE)
        screen.wait(f"{said(SERVICE)}.*win 2")
        screen.enter("/contact show Carol")
        screen.wait(said(NEW_MOBILE))
        screen.enter("/win 2")
        screen.wait(said(f"account says: mobile {MOBILE} is now {NEW_MOBILE}"))
        self.clear(screen)
        screen.enter("/contact undo Carol")
        screen.wait(said(f"The update of {carol.jid} is taken back"))
        screen.enter("/contact show Carol")
        screen.wait(said(f"Carol Example ({carol.jid}): cell {MOBILE}"))
        self.assertTrue(screen.alive())


class Matters(Case):
    def test_a_push_that_asks_is_answered_by_what_it_says_to_type(self):
        carol, bob = self.people("carol", "bob")
        carol.kith("number", "cell", MOBILE)
        bob.add(card("Carol Example", ("cell", MOBILE), jid=carol.jid), "link")
        bob.kith("settings", "updates", "ask")
        screen = self.profanity(bob)
        carol.kith("number", "cell", NEW_MOBILE)
        screen.wait(f"{said(SERVICE)}.*win 2")
        screen.enter("/win 2")
        screen.wait(r"To answer: /contact yes [0-9a-f]{4} or /contact no [0-9a-f]{4}")
        self.clear(screen)
        screen.enter("/contact matters")
        screen.wait(r"1 \[[0-9a-f]{4}\] Carol Example: ")
        code = re.search(r"1 \[([0-9a-f]{4})\] Carol", "\n".join(screen.lines()))[1]
        screen.type(f"/contact yes {code[:1]}")
        screen.keys("Tab")
        screen.wait(f"/contact yes {code}")
        screen.enter("")
        screen.wait(r"Your card is changed\.")
        screen.enter("/contact show Carol")
        screen.wait(said(NEW_MOBILE))
        screen.enter("/contact matters")
        screen.wait("Nothing waits for an answer of yours")
        self.assertTrue(screen.alive())

    def test_a_contact_that_seems_to_be_an_account_is_linked_and_two_are_introduced(self):
        carol, bob = self.people("carol", "bob")
        carol.kith("number", "cell", "+44 7400 123901")
        bob.kith("number", "cell", "+44 7400 123902")
        bob.add(card("Caz", ("cell", "+44 7400 123901")), "apart")
        screen = self.profanity(bob)
        # It is looked at a minute after the last was added.
        self.assertEqual(self.kithd.stop(), 0)
        with contextlib.closing(sqlite3.connect(self.kithd.dir / "kith.db")) as store, store:
            store.execute("UPDATE contact SET changed_at = changed_at - 60")
            store.execute("UPDATE sweep SET next_at = next_at - 60")
        self.kithd.start()
        screen.wait(f"{said(SERVICE)}.*win 2")
        screen.enter("/win 2")
        screen.wait(said(f'Your contact "Caz" seems to be {carol.jid}'))
        screen.wait(r"To answer: /contact yes [0-9a-f]{4} or /contact no [0-9a-f]{4}")
        self.clear(screen)
        screen.enter("/contact yes")
        screen.wait(said(f'Your contact "Caz" is linked to {carol.jid}'))
        self.clear(screen)
        screen.enter(f"/contact introduce {carol.jid} {bob.jid}")
        screen.wait(said(f"card went to {bob.jid}, unless settings of theirs are against it"))
        screen.wait(said(f"card went to {carol.jid}, unless settings of theirs are against it"))
        self.assertTrue(screen.alive())


class Trust(Case):
    def encrypted(self):
        return r"This chat is encrypted, and a card would go out in clear: it was not sent"

    def test_no_card_goes_out_into_a_chat_with_omemo(self):
        alice, bob = self.people("alice", "bob")
        alice.add(card("Dave Example", ("", MOBILE)))
        screen = self.profanity(alice)
        screen.enter(f"/msg {bob.jid}")
        screen.enter("/omemo gen")
        wait_until(lambda: "device id" in screen.log(), "there are keys")
        screen.enter(f"/omemo start {bob.jid}")
        screen.wait(r"\[OMEMO\]")
        screen.enter("/contact send dave")
        screen.wait(self.encrypted())
        screen.enter("/win 1")
        screen.wait(r"Profanity\. Type /help")
        screen.enter("/clear")
        screen.enter(f"/contact send {bob.jid} dave")
        screen.wait(self.encrypted())
        screen.enter("/win 2")
        screen.enter("/omemo end")
        screen.wait(r"\[unencrypted\]")
        screen.enter("/contact send dave")
        screen.wait(said(f"Sent Dave Example's card to {bob.jid}"))

    def test_nor_after_an_encrypted_message(self):
        alice, bob = self.people("alice", "bob")
        alice.add(card("Dave Example", ("", MOBILE)))
        screen = self.profanity(alice)
        send_stanza(self.prosody, self.user(bob), f"<message to='{alice.jid}' type='chat' id='m1'>"
                  "<body>This message is encrypted.</body>"
                  "<encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:omemo:2'/></message>")
        screen.wait("win 2")
        screen.enter(f"/contact send {bob.jid} dave")
        screen.wait(self.encrypted())

    def test_a_forged_update_is_ignored_and_logged(self):
        mallory, bob = self.people("mallory", "bob")
        bob.add(card("Carol Example", ("cell", MOBILE), jid="carol@localhost"), "apart")
        screen = self.profanity(bob)
        send_stanza(self.prosody, self.user(mallory), f"<message to='{bob.jid}/prof' type='headline' id='f1'>"
                  "<event xmlns='http://jabber.org/protocol/pubsub#event'>"
                  "<items node='urn:xmpp:contacts'><item id='carol@localhost'>"
                  "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Carol</text></fn>"
                  "<tel><uri>tel:+447400000000</uri></tel></vcard>"
                  "</item></items></event></message>")
        wait_until(lambda: "a change of the address book from mallory" in screen.log(),
                   "it is logged")
        send_stanza(self.prosody, self.user(mallory), f"<message to='{bob.jid}/prof' type='chat' id='f2'>"
                  "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>"
                  f"<message xmlns='jabber:client' from='{SERVICE}' to='{bob.jid}' type='chat'>"
                  f"<body>Carol's account says: mobile {MOBILE} is now +44 7400 000000.</body>"
                  "</message></forwarded></received></message>")
        wait_until(lambda: "a carbon from mallory" in screen.log(), "it is logged")
        screen.enter("/contact show Carol")
        screen.wait(said(MOBILE))
        self.assertNotIn("000000", screen.screen())


class Life(Case):
    def test_it_is_unloaded_loaded_and_reconnects(self):
        alice, bob = self.people("alice", "bob")
        alice.add(card("Dave Example", ("", MOBILE)))
        screen = self.profanity(alice)
        screen.enter("/plugins unload kith.so")
        screen.wait("Unloaded plugin: kith.so")
        screen.enter("/contact list")
        screen.wait("Unknown command: /contact")
        screen.enter("/plugins load kith.so")
        screen.wait("Loaded plugin: kith.so")
        self.clear(screen)
        screen.enter("/contact sync")
        screen.wait("In step: ")
        screen.enter("/disconnect")
        screen.wait(said(f"{alice.jid} logged out successfully"))
        screen.connect()
        screen.enter(f"/contact send {bob.jid} dave")
        screen.wait(said(f"Sent Dave Example's card to {bob.jid}"))
        screen.enter("/plugins reload kith.so")
        screen.wait("Reloaded plugin: kith.so")
        screen.enter("/contact list")
        screen.wait(said(f"Dave Example: cell {MOBILE}"))
        self.assertTrue(screen.alive())

    def test_the_conf_of_the_command_is_taken_if_it_is_of_this_account(self):
        alice, bob = self.people("alice", "bob")
        alice.add(card("Dave Example", ("", MOBILE)))
        for person, pattern in (alice, f"Dave Example: cell {MOBILE}"), (bob, "Nobody was found"):
            home = pathlib.Path(f"{self.dir}/{self.user(person)}/profanity/.config/kith")
            home.mkdir(parents=True)
            (home / "kith.conf").write_text(f"jid = {alice.jid}\nregion = GB\n")
            screen = self.profanity(person)
            screen.enter("/contact find 07400 123456")
            screen.wait(said(pattern))

    def test_after_a_lost_connection_it_goes_on(self):
        alice, bob = self.people("alice", "bob")
        alice.add(card("Dave Example", ("", MOBILE)))
        screen = self.profanity(alice)
        screen.enter("/reconnect 1")
        attached, logins = self.kithd.output().count(" is up at "), screen.logins()
        self.prosody.stop()
        screen.wait("Lost connection")
        self.prosody.start()
        wait_until(lambda: self.kithd.output().count(" is up at ") > attached, "kithd is back")
        screen.wait_for_login(logins)
        screen.enter(f"/contact send {bob.jid} dave")
        screen.wait(said(f"Sent Dave Example's card to {bob.jid}"))
        self.assertTrue(screen.alive())

    def test_without_a_connection_it_says_so(self):
        alice, = self.people("alice")
        screen = self.profanity(alice, connect=False)
        screen.enter("/contact list")
        screen.wait(said("You are not online (yet): see /connect"))
        screen.connect()
        screen.enter("/contact number")
        screen.wait("You have no number in your profile")


if __name__ == "__main__":
    unittest.main(verbosity=2)
