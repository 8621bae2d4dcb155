#!/usr/bin/python3
"""kithctl import --from, of what real servers stored of their people's vCards."""
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from devices import PROFILE, VCARD4, Case, account, card, numbers_in  # noqa: E402
from servers import BUILD, DOMAIN, PATIENCE_S, Ejabberd, Prosody  # noqa: E402

OLD, NEW, LAND = "+447400100123", "+447400100456", "+442079460101"
PUBSUB = "http://jabber.org/protocol/pubsub"
PHOTO = "iVBORw0K" * 1000  # larger than card_bytes
MORE = "preset = company\n[limits]\ncard_bytes = 4096\n"
NOTE = "Figs &amp; &lt;\"dates\"&gt;\\ d'été"

ALICE = (f"<vCard xmlns='vcard-temp'><FN>Alice Example</FN><TEL><CELL/><NUMBER>{OLD}</NUMBER></TEL>"
         f"<DESC>{NOTE}</DESC></vCard>")
CAROL = (f"<vCard xmlns='vcard-temp'><N><FAMILY>Example</FAMILY><GIVEN>Carol</GIVEN></N>"
         f"<TEL><CELL/><NUMBER>{OLD}</NUMBER></TEL>"
         f"<PHOTO><TYPE>image/png</TYPE><BINVAL>{PHOTO}</BINVAL></PHOTO></vCard>")


class PlainProsody(Prosody):
    """With mod_vcard, which stores vcard-temp as it comes."""

    def __init__(self, directory):
        super().__init__(directory, ["vcard"])


class LegacyProsody(Prosody):
    """With mod_vcard_legacy, which makes PEP items of it."""

    def __init__(self, directory):
        super().__init__(directory, ["vcard_legacy"])


class VcardEjabberd(Ejabberd):
    def __init__(self, directory):
        super().__init__(directory, "  mod_vcard: {}\n")


class FromProsody(Case):
    users = ("alice", "bob", "carol", "dave")
    server_class = PlainProsody
    people = ("alice", "bob", "carol")  # whose cards the server gives away
    photos = 1  # of them

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.online = {user: cls.device(user) for user in cls.users}
        for user, stored in ("alice", ALICE), ("carol", CAROL), ("bob", (
                f"<pubsub xmlns='{PUBSUB}'><publish node='{PROFILE}'><item id='current'>"
                f"{card(OLD, name='Bob Example')}</item></publish></pubsub>")):
            answer = cls.online[user].ask(stored, to=account(user))
            assert answer.get("type") == "result", (user, answer)
        cls.source = cls.find_source()

    @classmethod
    def find_source(cls):
        return "prosody", str(cls.server.dir / "data")

    def setUp(self):
        store = self.enterContext(tempfile.TemporaryDirectory(prefix="kith-store-"))
        self.start_kithd(store, MORE)
        self.addCleanup(self.stop_kithd)

    def run_kithctl(self, *words):
        return subprocess.run([str(BUILD / "kithctl"), "-c", str(self.kithd.conf), *words],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=PATIENCE_S, check=False)

    def imported(self, *options, status=0):
        """The counts, and what was said."""
        done = self.run_kithctl("import", "--from", self.source[0], *options, self.source[1])
        self.assertEqual(done.returncode, status, done)
        counts = {}
        for part in done.stdout.strip().split(", "):
            word, count = part.split(" ")
            counts[word] = int(count)
        self.assertEqual(list(counts), ["added", "replaced", "unchanged", "kept", "refused"])
        return {word: count for word, count in counts.items() if count}, done.stderr

    def profile(self, user, asker="dave"):
        return self.online[asker].items(PROFILE, account(user))

    def test_profiles_are_there_for_others(self):
        counts, said = self.imported()
        self.assertEqual(counts, {"added": len(self.people)})
        self.assertEqual(said.count("without its photo"), self.photos)
        for user in self.people:
            answer = self.profile(user)
            self.assertEqual(answer.get("type"), "result", user)
            name = answer.find(f".//{{{VCARD4}}}fn/{{{VCARD4}}}text").text
            self.assertEqual(name, f"{user.capitalize()} Example")
            self.assertEqual(numbers_in(answer), [OLD], user)
        self.assertIn("Figs & <\"dates\">\\ d'été",
                      self.profile("alice").findtext(f".//{{{VCARD4}}}note/{{{VCARD4}}}text"))
        self.assertEqual(self.profile("dave").get("type"), "error")  # had none

    def test_a_second_time_changes_nothing(self):
        self.imported()
        before = self.query("SELECT * FROM profile")
        for option in [], ["--replace"]:
            self.assertEqual(self.imported(*option)[0], {"unchanged": len(self.people)})
        self.assertEqual(self.query("SELECT * FROM profile"), before)

    def publish(self, user, *numbers):
        answer = self.online[user].publish(PROFILE, "current", card(*numbers, name="Of Kith"))
        self.assertEqual(answer.get("type"), "result")

    def test_what_is_in_kith_already_stays(self):
        self.publish("alice", NEW)
        counts, said = self.imported()
        self.assertEqual(counts, {"added": len(self.people) - 1, "kept": 1})
        self.assertIn("alice@localhost: kept: there is a profile already\n", said)
        self.assertEqual(numbers_in(self.profile("alice")), [NEW])

    def test_unless_the_admin_says_so_and_then_no_number_is_retired(self):
        self.publish("alice", OLD)
        self.publish("alice", OLD, LAND)
        self.assertEqual(self.imported("--replace")[0],
                         {"added": len(self.people) - 1, "replaced": 1})
        self.assertEqual(numbers_in(self.profile("alice")), [OLD, LAND])
        self.assertIn("Alice Example", self.run_kithctl("show", account("alice")).stdout)
        self.assertNotIn("given up", self.run_kithctl("show", account("alice")).stdout)
        self.assertEqual(self.imported("--replace")[0], {"unchanged": len(self.people)})

    def test_a_profile_that_was_taken_back_stays_so(self):
        self.publish("alice", NEW)
        self.online["alice"].ask(f"<pubsub xmlns='{PUBSUB}'><retract node='{PROFILE}'>"
                                 f"<item id='{account('alice')}'/></retract></pubsub>")
        counts, said = self.imported("--replace")
        self.assertEqual(counts, {"added": len(self.people) - 1, "kept": 1})
        self.assertIn("its owner took the profile back", said)
        self.assertEqual(self.profile("alice").get("type"), "error")

    def test_holders_are_told_of_it(self):
        """It is a change of the number like any other."""
        self.publish("alice", NEW)
        self.online["dave"].publish("urn:xmpp:contacts", account("alice"), card(NEW, name="Alice"))
        self.wait_for_runs()
        self.online["dave"].take()
        self.imported("--replace")
        self.wait_for_runs()
        headlines, (push,) = self.online["dave"].take()
        self.assertEqual(len(headlines), 1)
        self.assertIn("+44 7400 100123", push.findtext("{jabber:client}body"))
        # Not so the owner, whose doing it isn't.
        self.assertEqual(self.query("SELECT reached, report.told FROM report JOIN account ON id = account "
                                    "WHERE jid = ?", account("alice")), [(1, 1)])

    def test_what_cant_be_read_is_1(self):
        for path in "/nonexistent", "/etc/passwd":
            done = self.run_kithctl("import", "--from", self.source[0], path)
            self.assertEqual(done.returncode, 1, done)
            self.assertIn(path, done.stderr)
        self.assertEqual(self.run_kithctl("accounts").stdout, "")


class FromProsodyLegacy(FromProsody):
    server_class = LegacyProsody
    photos = 0  # they are avatars, apart from the card


class FromEjabberd(FromProsody):
    server_class = VcardEjabberd
    people = ("alice", "carol")  # its export has no PEP items

    @classmethod
    def find_source(cls):
        directory = cls.server.dir / "export"
        directory.mkdir()
        directory.chmod(0o777)
        cls.server.ctl("export_piefxis", str(directory))
        files = sorted(directory.iterdir(), key=lambda file: len(file.name))
        assert len(files) == 2, files  # the second is included in the first
        return "xep-0227", str(files[0])


class FromFiles(FromProsody):
    """What no server here writes; XEP-0227 in one file, with PEP."""
    people = ("alice", "bob", "carol")

    @classmethod
    def find_source(cls):
        file = cls.dir / "all.xml"
        file.write_text(
            f"<server-data xmlns='urn:xmpp:pie:0'><host jid='{DOMAIN}'>"
            f"<user name='alice'>{ALICE}</user><user name='carol'>{CAROL}</user><user name='dave'/>"
            f"<user name='bob'><pubsub xmlns='{PUBSUB}'><items node='{PROFILE}'><item id='current'>"
            f"{card(OLD, name='Bob Example')}</item></items></pubsub></user></host></server-data>")
        return "xep-0227", str(file)

    def test_other_domains_and_broken_cards_are_refused_with_the_reason(self):
        file = self.dir / "odd.xml"
        file.write_text(
            "<server-data xmlns='urn:xmpp:pie:0'><host jid='example.net'><user name='x'>"
            f"{ALICE}</user></host><host jid='{DOMAIN}'><user name='y'><vCard xmlns='vcard-temp'/>"
            f"</user><user name='a b'>{ALICE}</user></host></server-data>")
        done = self.run_kithctl("import", "--from", "xep-0227", str(file))
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, "added 0, replaced 0, unchanged 0, kept 0, refused 3\n")
        for reason in ("x@example.net: refused: of no domain in the conf",
                       "y@localhost: refused: a vCard needs FN",
                       "a b@localhost: refused: not the JID of an account"):
            self.assertIn(reason, done.stderr)

    def test_no_file_includes_what_lies_elsewhere(self):
        for href in "/etc/passwd", "../x.xml", "x/../../x.xml", "http://localhost/x", "":
            file = self.dir / "include.xml"
            file.write_text(
                "<server-data xmlns='urn:xmpp:pie:0' xmlns:xi='http://www.w3.org/2001/XInclude'>"
                f"<xi:include href='{href or file.name}'/></server-data>")  # "": itself
            done = self.run_kithctl("import", "--from", "xep-0227", str(file))
            self.assertEqual(done.returncode, 1, href)
            self.assertNotIn("added 1", done.stdout)

    def test_usage(self):
        for words in (["--from", "prosody"], ["--from", "nothing", "x"], ["--replace", "a", "b"],
                      ["--from", "prosody", "a", "b"], ["--nonsense", "x"]):
            done = self.run_kithctl("import", *words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn("usage: kithctl", done.stderr)


if __name__ == "__main__":
    unittest.main()
