#!/usr/bin/python3
"""The main job on a real Prosody and a real ejabberd: a number changes, and everyone who holds it has the new one.

Played with the kith command, beside devices that see each stanza as the server delivers it. (The step
in which kithd is killed is it_story_kill.py.)
"""
import json
import re
import subprocess
import sys
import unittest
import xml.etree.ElementTree as ET

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from devices import (CAROL, CLIENT, COMMANDS, EVENT, HINTS, PROFILE, SID,  # noqa: E402
                     VCARD4, Case, account, numbers_in, plain)
from servers import (BUILD, HOST, PASSWORD, PATIENCE_S, SERVICE, Ejabberd,  # noqa: E402
                     Process, wait_until)


class Home:
    """The kith command of one device of a person."""

    def __init__(self, case, user, name=None):
        self.dir = case.dir / "home" / (name or user)
        self.dir.mkdir(parents=True)
        self.book = self.dir / "contacts"
        (self.dir / "password").write_text(PASSWORD + "\n")
        (self.dir / "password").chmod(0o600)
        (self.dir / "kith.conf").write_text(
            f"jid = {account(user)}\npassword_file = {self.dir}/password\n"
            f"server = {HOST}:{case.server.c2s_port}\ntls = off\nservice = {SERVICE}\n"
            f"book = {self.book}\nregion = GB\nname = {user.capitalize()} Example\n")
        self.command = ["env", f"HOME={self.dir}", str(BUILD / "kith"), "--json",
                        "-c", str(self.dir / "kith.conf")]

    def kith(self, *words, status=0):
        """Runs it; its events."""
        done = subprocess.run(self.command + list(words), stdin=subprocess.DEVNULL, check=False,
                              capture_output=True, text=True, timeout=PATIENCE_S)
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def files(self, name):
        """The files of the contacts of that name."""
        return [file for file in self.book.glob("*.vcf")
                if f"FN:{name}\r\n" in file.read_bytes().decode()]

    def text(self, name):
        file, = self.files(name)
        return file.read_bytes().decode()

    def tels(self, name):
        return [line for line in self.text(name).split("\r\n")
                if re.match(r"(\w+\.)?TEL\b", line)]

    def numbers(self, name):
        return [plain(tel) for tel in self.tels(name)]


class Watch(Process):
    """`kith watch` of a home, online."""

    def __init__(self, home):
        super().__init__(home.dir, "watch")
        self.spawn(*home.command, "watch")
        self.wait("ready")

    def events(self, kind):
        return [event for line in self.output().splitlines() if line.startswith("{")
                for event in [json.loads(line)] if event["event"] == kind]

    def wait(self, kind):
        return wait_until(lambda: self.events(kind), f"{kind} comes", self.process)


def vcf(*lines):
    return "".join(f"{line}\r\n" for line in ("BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD"))


PHOTO = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
         "rkJggg==")
CARDS = {
    "alice": vcf("FN:Caz from Lisbon", "N:;Caz;;;", f"IMPP:xmpp:{CAROL}",
                 "TEL;TYPE=cell:+44 7700 900123", "item1.TEL;TYPE=home:+44 20 7946 0101",
                 "item1.X-ABLabel:The cottage", "NOTE:Met in Lisbon. Likes figs.",
                 f"PHOTO;ENCODING=b;TYPE=PNG:{PHOTO}", "X-SHOE-SIZE:39"),
    "bob": vcf("FN:Carol Example", "N:Example;Carol;;;", f"IMPP:xmpp:{CAROL}",
               "TEL;TYPE=cell:+44 7700 900123"),
    "dave": vcf(f"FN:{CAROL}", "N:;;;;", f"IMPP:xmpp:{CAROL}"),
    "dave himself": vcf("FN:Dave Example", "N:Example;Dave;;;", "TEL:+44 7400 123456",
                        "TEL:+44 121 234 5678"),
}


def without_numbers(card):
    return re.sub(rb"<tel>.*?</tel>", b"", card, flags=re.S)


class Story(Case):
    """Each step builds on those before it: they are played in order, on one service."""
    users = ("alice", "bob", "carol", "dave", "erin")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls.stop_kithd)
        cls.start_kithd(cls.dir / "kithd", "preset = company")
        cls.home = {user: Home(cls, user) for user in cls.users}
        cls.home["phone"] = Home(cls, "alice", "phone")
        cls.cards = {name: cls.dir / f"{name}.vcf" for name in CARDS}
        for name, text in CARDS.items():
            cls.cards[name].write_bytes(text.encode())
        cls.online = {}
        for user in ("alice", "bob", "carol", "dave"):
            cls.online[user] = cls.device(user)
        cls.online["phone"] = cls.device("alice", "phone")

    def setUp(self):
        for device in self.online.values():
            device.take()

    def watch(self, name):
        watch = Watch(self.home[name])
        self.addCleanup(lambda: self.assertEqual(watch.stop(), 0))
        return watch

    def check_nothing(self, *names):
        for name in names:
            self.assertEqual([ET.tostring(m) for kind in self.online[name].take() for m in kind],
                             [], name)

    def reports(self, name):
        """What the owner of a change is told, some seconds behind it."""
        reports = []
        return wait_until(lambda: reports.extend(self.online[name].take()[1]) or reports,
                          "a report comes")

    def test_1_profile_and_books(self):
        carol = self.home["carol"]
        carol.kith("number", "cell", "+44 7700 900123")
        carol.kith("number", "voice", "+44 20 7946 0101")
        for user in ("alice", "bob", "dave"):
            self.home[user].kith("add", str(self.cards[user]), "link")
            headlines, others = self.online[user].take()
            self.assertEqual((len(headlines), others), (1, []))
            self.check_headline(headlines[0], user)
        self.assertEqual(self.online["bob"].numbers(), ["+447700900123"])
        self.assertEqual(self.online["dave"].numbers(), [])
        self.assertIn(PHOTO.encode(), self.stored("alice"))
        self.assertIn(b"The cottage", self.stored("alice"))
        self.assertIn(b"Likes figs", self.stored("alice"))
        events = self.online["carol"].take()[0]
        self.assertEqual({m.find(f"{EVENT}event/{EVENT}items").get("node") for m in events},
                         {PROFILE})
        self.assertEqual(self.online["carol"].sync()[0], [])  # she has nobody

    def test_2_card_from_the_own_book(self):
        bob = self.home["bob"]
        watch = self.watch("bob")
        self.home["alice"].kith("add", str(self.cards["dave himself"]))
        self.home["alice"].kith("send", account("bob"), "Dave")
        watch.wait("card")
        headlines, (message,) = self.online["bob"].take()
        self.assertEqual(headlines, [])
        self.assertEqual(message.get("from").split("/")[0], account("alice"))
        self.assertEqual(message.get("type"), "chat")
        self.assertEqual(len(message.findall(f"{{{VCARD4}}}vcard")), 1)
        self.assertIn("Dave Example", message.findtext(CLIENT + "body"))
        for tag in (HINTS + "store", "{urn:xmpp:receipts}request"):
            self.assertIsNotNone(message.find(tag), tag)
        self.assertEqual(message.find("{urn:xmpp:fallback:0}fallback").get("for"), VCARD4)
        self.assertEqual(message.find(SID + "origin-id").get("id"), message.get("id"))
        bob.kith("save")
        bob.kith("save", "1")
        mobile, landline = sorted(bob.tels("Dave Example"), key=lambda tel: "123456" not in tel)
        self.assertRegex(mobile, r"(?i)TYPE=\"?cell\b.*123456$")
        self.assertNotRegex(landline, r"(?i)cell")
        contacts = self.query("SELECT item, CAST(card AS TEXT) FROM contact JOIN account ON "
                              "account.id = contact.owner WHERE jid = ?", account("bob"))
        dave, = [card for _, card in contacts if "Dave Example" in card]
        self.assertEqual(len(contacts), 2)
        self.assertRegex(dave, r"<tel>(?:(?!</tel>).)*<text>cell</text>(?:(?!</tel>).)*123456")
        self.assertEqual(len(bob.files("Dave Example")), 1)

    def test_3_card_from_the_directory(self):
        watch = self.watch("dave")
        self.home["alice"].kith("send", account("dave"), "Carol Ex")
        watch.wait("card")
        headlines, (message,) = self.online["dave"].take()
        self.assertEqual(headlines, [])
        self.assertEqual(message.get("from"), SERVICE)
        card = message.find(f"{{{VCARD4}}}vcard")
        self.assertEqual(card.findtext(f"{{{VCARD4}}}fn/{{{VCARD4}}}text"), "Carol Example")
        self.assertEqual(numbers_in(card), ["+447700900123", "+442079460101"])
        self.assertEqual(self.online["dave"].numbers(), [])  # nothing is saved by itself

    def test_4_change(self):
        home, online = self.home, self.online
        _, bobs_position = online["bob"].sync()
        online.pop("bob").close()
        before, dave_before = self.stored("alice"), self.stored("dave")
        text_before = home["alice"].text("Caz from Lisbon")
        home["phone"].kith("sync")
        watches = [self.watch("alice"), self.watch("phone"), self.watch("dave")]
        for name in online:
            online[name].take()
        preview, = [event["text"] for event in home["carol"].kith("number", "cell", "+44 7700 900456")
                    if event["event"] == "note"]
        change = "cell +44 7700 900123 -> +44 7700 900456"
        self.assertEqual(preview, f"{change}: goes to a few address books at most.")
        self.wait_for_runs()
        said = "mobile +44 7700 900123 is now +44 7700 900456"
        news = {name: online[name].take() for name in ("alice", "phone")}
        for headlines, pushes in news.values():
            self.assertEqual((len(headlines), len(pushes)), (1, 1))
            self.check_headline(headlines[0], "alice")
            self.check_push(pushes[0], "alice", f"Caz from Lisbon's account says: {said}.")
        self.assertEqual(len({push.get("id") for _, (push,) in news.values()}), 1)
        # The last headline of her book stands for the last position of its archive.
        self.assertEqual(self.check_headline(news["alice"][0][0], "alice"),
                         online["alice"].sync()[1])
        # Only the number is another, on the service ...
        after = self.stored("alice")
        self.assertEqual(without_numbers(before), without_numbers(after))
        self.assertEqual(after, before.replace(b"+44 7700 900123", b"+44 7700 900456"))
        # ... and in the files of both of her devices.
        for name in ("alice", "phone"):
            wait_until(lambda: any("900456" in tel for tel in home[name].tels("Caz from Lisbon")),
                       "the file follows")
        number = re.compile(r"^TEL.*900\d{3}\r\n", re.M)
        text = home["alice"].text("Caz from Lisbon")
        self.assertEqual(number.sub("", text), number.sub("", text_before))
        for watch in watches[:2]:
            watch.wait("push")
            self.assertEqual(len(watch.events("push")), 1)
        # dave
        self.check_nothing("dave")
        self.assertEqual(self.stored("dave"), dave_before)
        self.assertEqual(watches[2].events("push"), [])
        # bob: his file by sync alone, then the push at login, once, and no headline.
        home["bob"].kith("sync")
        self.assertEqual(home["bob"].numbers("Carol Example"), ["+447700900456"])
        online["bob"] = self.device("bob")
        headlines, (push,) = online["bob"].take()
        self.assertEqual(headlines, [])
        self.check_push(push, "bob", f"Carol Example's account says: {said}.", late=True)
        (result,), last = online["bob"].sync(bobs_position)
        items = result.find(f".//{EVENT}event/{EVENT}items")
        self.assertEqual([item.get("id") for item in items], [CAROL])
        self.assertIsNone(result.find(f".//{CLIENT}body"))
        self.assertEqual(result.get("id"), last)
        self.assertEqual(numbers_in(items), ["+447700900456"])
        online.pop("bob").close()
        online["bob"] = self.device("bob")
        self.check_nothing("bob")  # not a second time
        # carol is told what it came to.
        self.assertEqual([report.findtext(f"{CLIENT}body") for report in self.reports("carol")],
                         [f"Your change ({change}) went to a few address books at most."])
        shown = subprocess.run([str(BUILD / "kithctl"), "-c", str(self.kithd.conf), "show", CAROL],
                               check=True, capture_output=True, text=True, timeout=PATIENCE_S)
        self.assertIn("reached 2, asked 0, offered 0, waiting 0, bounced 0\n", shown.stdout)

    def test_5_taking_back_and_retiring(self):
        home, online = self.home, self.online
        home["bob"].kith("undo", "Carol")
        self.assertEqual(online["bob"].numbers(), ["+447700900123"])
        self.assertEqual(home["bob"].numbers("Carol Example"), ["+447700900123"])
        headlines, pushes = online["bob"].take()
        self.assertEqual((len(headlines), pushes), (1, []))
        self.check_headline(headlines[0], "bob")
        self.check_nothing("alice", "phone", "dave")
        before = self.stored("alice")
        home["carol"].kith("number", "remove", "voice")
        self.wait_for_runs()
        for name in ("alice", "phone"):
            (headline,), (push,) = online[name].take()
            self.check_headline(headline, "alice")
            self.check_push(push, "alice", "Caz from Lisbon's account says: "
                            "landline +44 20 7946 0101 is no longer in use.")
        self.check_nothing("bob", "dave")  # they had no such number
        after = self.stored("alice")
        self.assertEqual(without_numbers(before), without_numbers(after))
        mobile, landline = re.findall(rb"<tel>.*?</tel>", after, re.S)
        self.assertIn(mobile, before)
        self.assertIn(b"+44 20 7946 0101", landline)
        self.assertRegex(landline, rb"<x-retired>.*</x-retired>")
        home["alice"].kith("sync")
        self.assertRegex("\n".join(home["alice"].tels("Caz from Lisbon")), r"(?i)X-RETIRED")
        # The same by an ordinary client's way.
        form, answer = online["alice"].command("undo", item=CAROL)
        self.assertEqual([field.get("var") for field in form if field.get("type") ==
                          "text-single"], ["item"])
        self.assertEqual(answer.find(COMMANDS + "command").get("status"), "completed")
        self.assertEqual(self.stored("alice"), before)
        for name in ("alice", "phone"):
            (headline,), others = online[name].take()
            self.check_headline(headline, "alice")
            self.assertEqual(others, [])
        home["alice"].kith("sync")
        self.assertNotRegex(home["alice"].text("Caz from Lisbon"), r"(?i)X-RETIRED")

    def test_7_number_from_before(self):
        erin = self.home["erin"]
        self.online["erin"] = self.device("erin")
        erin.kith("add", str(self.cards["bob"]), "link")
        self.assertIn(b"+44 7700 900456", self.stored("erin"))
        self.assertNotIn(b"900123", self.stored("erin"))
        self.wait_for_runs()
        headlines, others = self.online["erin"].take()
        self.assertEqual((len(headlines), others), (1, []))
        self.assertEqual(numbers_in(headlines[0]), ["+447700900456"])
        erin.kith("sync")
        self.assertEqual(erin.numbers("Carol Example"), ["+447700900456"])


class StoryOnEjabberd(Story):
    server_class = Ejabberd


if __name__ == "__main__":
    unittest.main()
