#!/usr/bin/python3
"""The main job on a real Prosody: a number changes, and everyone who holds it has the new one.

Story plays it with the kith command beside devices that see each stanza as Prosody delivers it; Rules
is who gets what on the wire; Killed is a run over 1,000 holders in which kithd is killed.
"""
import asyncio
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ET

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from it_slixmpp import CONTACTS, PROFILE, VCARD4, account  # noqa: E402
from peer import Peer  # noqa: E402
from servers import (BUILD, DOMAIN, HOST, PASSWORD, PATIENCE_S, SECRET, SERVICE, Kithd, Process,  # noqa: E402
                     Prosody, wait_until)

try:
    import slixmpp
except ImportError:
    slixmpp = None

CLIENT = "{jabber:client}"
EVENT = "{http://jabber.org/protocol/pubsub#event}"
PUBSUB = "{http://jabber.org/protocol/pubsub}"
MAM = "{urn:xmpp:mam:2}"
SID = "{urn:xmpp:sid:0}"
HINTS = "{urn:xmpp:hints}"
DELAY = "{urn:xmpp:delay}delay"
COMMANDS = "{http://jabber.org/protocol/commands}"
DATA = "{jabber:x:data}"
CAROL = account("carol")
HOLDERS = 1000


def numbers_in(xml):
    """The numbers of the card in it, in the order of the card."""
    values = [tel.findtext(f"{{{VCARD4}}}{form}") for tel in xml.iter(f"{{{VCARD4}}}tel")
              for form in ("uri", "text") if tel.find(f"{{{VCARD4}}}{form}") is not None]
    return [plain(value) for value in values]


def plain(number):
    """+447700900123, of a tel: URI, of what was typed, of a line of a .vcf file."""
    return "+" + re.sub(r"\D", "", number.rsplit(":", 1)[-1])


class Device:
    """A client that is online, with carbons on: each stanza from the service, as it came."""

    def __init__(self, loop, port, user, resource="desk"):
        self.loop = loop
        self.user = account(user)
        self.messages = []  # since take()
        self.results = []  # of the query that runs
        self.answers = {}  # id of an iq that waits: its answer
        self.asked = 0
        self.xmpp = slixmpp.ClientXMPP(f"{self.user}/{resource}", PASSWORD)
        self.xmpp.loop = loop
        self.xmpp.plugin["feature_mechanisms"].unencrypted_plain = True
        self.online = loop.create_future()
        self.xmpp.add_event_handler("session_start", lambda _: self.online.set_result(True))
        self.xmpp.add_filter("in", self.on_stanza)
        self.xmpp.connect((HOST, port), disable_starttls=True, use_ssl=False)
        self.run(self.online)
        self.ask("<enable xmlns='urn:xmpp:carbons:2'/>", to=self.user)
        self.xmpp.send_raw("<presence/>")
        self.fence()

    def run(self, what):
        return self.loop.run_until_complete(asyncio.wait_for(what, PATIENCE_S))

    def on_stanza(self, stanza):
        xml = stanza.xml
        if xml.tag == CLIENT + "iq" and xml.get("id") in self.answers:
            self.answers[xml.get("id")].set_result(xml)
        elif xml.tag == CLIENT + "message" and xml.find(MAM + "result") is not None:
            self.results.append(xml.find(MAM + "result"))
        elif xml.tag == CLIENT + "message":
            self.messages.append(xml)
        return stanza

    def ask(self, payload, kind="set", to=SERVICE):
        """Sends an iq; its answer."""
        self.asked += 1
        name = f"ask{self.asked:04}"
        self.answers[name] = self.loop.create_future()
        self.xmpp.send_raw(f"<iq type='{kind}' to='{to}' id='{name}'>{payload}</iq>")
        self.run(self.answers[name])
        return self.answers.pop(name).result()

    def fence(self):
        """After this all that the service had sent before is here: one stream keeps its order."""
        self.ask("<ping xmlns='urn:xmpp:ping'/>", "get")

    def take(self):
        """The messages since the last time: (headlines, others)."""
        self.fence()
        taken, self.messages = self.messages, []
        return ([m for m in taken if m.get("type") == "headline"],
                [m for m in taken if m.get("type") != "headline"])

    def publish(self, node, item, card):
        return self.ask(f"<pubsub xmlns='{PUBSUB[1:-1]}'><publish node='{node}'><item id='{item}'>"
                        f"{card}</item></publish></pubsub>")

    def items(self, node, item):
        return self.ask(f"<pubsub xmlns='{PUBSUB[1:-1]}'><items node='{node}'><item id='{item}'/>"
                        "</items></pubsub>", "get")

    def numbers(self, item=CAROL):
        """The numbers of a contact in the own book."""
        return numbers_in(self.items(CONTACTS, item))

    def sync(self, after=None):
        """The results after a position, and the last position."""
        self.results = []
        after = f"<after>{after}</after>" if after else ""
        fin = self.ask(f"<query xmlns='{MAM[1:-1]}' node='{CONTACTS}'>"
                       f"<set xmlns='http://jabber.org/protocol/rsm'><max>50</max>{after}</set>"
                       "</query>").find(MAM + "fin")
        assert fin.get("complete") == "true"
        return self.results, fin.findtext(".//{http://jabber.org/protocol/rsm}last")

    def command(self, node, **fields):
        """Runs a command with one form: the form and the last answer."""
        first = self.ask(f"<command xmlns='{COMMANDS[1:-1]}' node='{node}' action='execute'/>")
        first = first.find(COMMANDS + "command")
        values = "".join(f"<field var='{var}'><value>{value}</value></field>"
                         for var, value in fields.items())
        answer = self.ask(
            f"<command xmlns='{COMMANDS[1:-1]}' node='{node}' action='complete' "
            f"sessionid='{first.get('sessionid')}'><x xmlns='{DATA[1:-1]}' type='submit'>{values}"
            "</x></command>")
        return first.find(DATA + "x"), answer

    def close(self):
        self.run(self.xmpp.disconnect())


class Case(unittest.TestCase):
    users = ()

    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(
            prefix="kith-story-")))
        cls.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(cls.loop)
        cls.addClassCleanup(cls.end_loop)
        cls.prosody = Prosody(cls.dir / "prosody")
        accounts = cls.prosody.dir / "data" / DOMAIN / "accounts"
        accounts.mkdir(parents=True)
        for user in cls.users:
            (accounts / f"{user}.dat").write_text(f'return {{ ["password"] = "{PASSWORD}"; }};\n')
        cls.addClassCleanup(cls.prosody.stop)
        cls.prosody.start()

    @classmethod
    def end_loop(cls):
        left = asyncio.all_tasks(cls.loop)  # slixmpp leaves its own
        for task in left:
            task.cancel()
        cls.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        cls.loop.close()

    @classmethod
    def device(cls, user, resource="desk"):
        return Device(cls.loop, cls.prosody.c2s_port, user, resource)

    @classmethod
    def stats(cls):
        out = subprocess.run([str(BUILD / "kithctl"), "-c", str(cls.kithd.conf), "stats"],
                             check=True, capture_output=True, timeout=PATIENCE_S).stdout.decode()
        return {key: int(value) for key, value in (line.split() for line in out.splitlines())}

    @classmethod
    def wait_for_runs(cls):
        """Until no run is left: the server took every push."""
        wait_until(lambda: cls.stats()["runs"] == 0, "runs end", cls.kithd.process)

    @classmethod
    def query(cls, sql, *values):
        store = sqlite3.connect(f"file:{cls.kithd.dir}/kith.db?mode=ro", uri=True)
        try:
            return store.execute(sql, values).fetchall()
        finally:
            store.close()

    @classmethod
    def stored(cls, user, item=CAROL):
        """A contact's card, as it lies in the store."""
        (card,), = cls.query("SELECT CAST(card AS BLOB) FROM contact JOIN account ON "
                             "account.id = contact.owner WHERE jid = ? AND item = ?",
                             account(user), item)
        return card

    def check_headline(self, message, user):
        """It has the event and the archive id, and nothing that a push has. Returns the id."""
        self.assertEqual((message.get("from"), message.get("to")), (SERVICE, account(user)))
        items = message.find(f"{EVENT}event/{EVENT}items")
        self.assertEqual(items.get("node"), CONTACTS)
        item, = items
        self.assertEqual((item.tag, item.get("id")), (EVENT + "item", CAROL))
        self.assertEqual([child.tag for child in item], [f"{{{VCARD4}}}vcard"])
        sid, = message.findall(SID + "stanza-id")
        self.assertEqual(sid.get("by"), SERVICE)
        self.assertEqual({child.tag for child in message}, {EVENT + "event", SID + "stanza-id"})
        return sid.get("id")

    def check_push(self, message, user, body, late=False):
        """It has the words, and no event. Returns its id."""
        self.assertEqual((message.get("from"), message.get("to"), message.get("type")),
                         (SERVICE, account(user), "chat"))
        self.assertEqual(message.findtext(CLIENT + "body"), body)
        origin, = message.findall(SID + "origin-id")
        self.assertEqual(origin.get("id"), message.get("id"))
        tags = [child.tag for child in message if child.get("by") != account(user)]
        self.assertEqual(sorted(set(tags) - {DELAY}),
                         sorted([CLIENT + "body", HINTS + "store", SID + "origin-id"]))
        self.assertEqual(DELAY in tags, late)
        return message.get("id")


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
            f"server = {HOST}:{case.prosody.c2s_port}\ntls = off\nservice = {SERVICE}\n"
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


@unittest.skipUnless(slixmpp, "slixmpp is not installed")
@unittest.skipUnless(shutil.which("prosody"), "Prosody is not installed")
class Story(Case):
    """Each step builds on those before it: they are played in order, on one service."""
    users = ("alice", "bob", "carol", "dave", "erin")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kithd = Kithd(cls.dir / "kithd", cls.prosody.component_port, "preset = company")
        cls.addClassCleanup(cls.kithd.stop)
        cls.kithd.start()
        cls.home = {user: Home(cls, user) for user in cls.users}
        cls.home["phone"] = Home(cls, "alice", "phone")
        cls.cards = {name: cls.dir / f"{name}.vcf" for name in CARDS}
        for name, text in CARDS.items():
            cls.cards[name].write_bytes(text.encode())
        cls.online = {}
        for user in ("alice", "bob", "carol", "dave"):
            cls.online[user] = cls.device(user)
        cls.online["phone"] = cls.device("alice", "phone")
        cls.addClassCleanup(cls.close_devices)

    @classmethod
    def close_devices(cls):
        for device in cls.online.values():
            device.close()

    def setUp(self):
        for device in self.online.values():
            device.take()

    def watch(self, name):
        watch = Watch(self.home[name])
        self.addCleanup(watch.stop)
        return watch

    def check_nothing(self, *names):
        for name in names:
            self.assertEqual([ET.tostring(m) for kind in self.online[name].take() for m in kind],
                             [], name)

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
        home["carol"].kith("number", "cell", "+44 7700 900456")
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


def card(*numbers, name="Carol Example"):
    tels = "".join("<tel><parameters><type><text>cell</text></type></parameters>"
                   f"<uri>tel:{number}</uri></tel>" for number in numbers)
    return f"<vcard xmlns='{VCARD4}'><fn><text>{name}</text></fn>{tels}</vcard>"


FIRST, SECOND, THIRD, FOREIGN = (f"+447400100{n}" for n in (123, 456, 789, 999))


@unittest.skipUnless(slixmpp, "slixmpp is not installed")
@unittest.skipUnless(shutil.which("prosody"), "Prosody is not installed")
class Rules(Case):
    """Who gets what (design: section 4, "Rules"), as devices see it. The settings are those shipped."""
    users = ("alice", "bob", "carol", "dave", "erin")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.online = {user: cls.device(user) for user in cls.users}
        cls.addClassCleanup(cls.close_devices)

    @classmethod
    def close_devices(cls):
        for device in cls.online.values():
            device.close()

    def setUp(self):
        store = self.enterContext(tempfile.TemporaryDirectory(prefix="kith-store-"))
        type(self).kithd = Kithd(store, self.prosody.component_port)
        self.addCleanup(self.kithd.stop)
        self.kithd.start()
        for device in self.online.values():
            device.take()

    def change(self, *numbers):
        answer = self.online["carol"].publish(PROFILE, "current", card(*numbers))
        self.assertEqual(answer.get("type"), "result")

    def hold(self, *numbers, users, name="Carol Example"):
        for user in users:
            answer = self.online[user].publish(CONTACTS, CAROL, card(*numbers, name=name))
            self.assertEqual(answer.get("type"), "result")
        self.wait_for_runs()
        for device in self.online.values():
            device.take()

    def settings(self, user, **values):
        _, answer = self.online[user].command("settings", **values)
        self.assertEqual(answer.find(COMMANDS + "command").get("status"), "completed")

    def check_told(self, new=SECOND, **old):
        """Exactly these got the change of their old number: headline, push, and the card."""
        self.wait_for_runs()
        for user, device in self.online.items():
            headlines, pushes = device.take()
            if user == "carol":
                self.assertEqual(pushes, [])
                continue
            wanted = 1 if user in old else 0
            self.assertEqual((len(headlines), len(pushes)), (wanted, wanted), user)
            if wanted:
                self.check_headline(headlines[0], user)
                said = pushes[0].findtext(CLIENT + "body").replace(" ", "")
                self.assertTrue(said.endswith(f"mobile{old[user]}isnow{new}."), said)
                self.assertEqual(device.numbers(), [new])

    def test_audience_nobody(self):
        self.change(FIRST)
        self.hold(FIRST, users=["alice", "bob"])
        self.online["carol"].publish(CONTACTS, account("alice"), card(name="Alice"))
        self.settings("carol", audience="nobody")
        self.change(SECOND)
        self.check_told()
        self.assertEqual(self.online["alice"].numbers(), [FIRST])
        # Who is let in later gets what he missed.
        self.settings("carol", audience="known")
        self.check_told(alice=FIRST, bob=FIRST)

    def test_audience_mutual(self):
        self.change(FIRST)
        self.hold(FIRST, users=["alice", "bob"])
        self.online["carol"].publish(CONTACTS, account("alice"), card(name="Alice"))
        self.settings("carol", audience="mutual")
        self.change(SECOND)
        self.check_told(alice=FIRST)
        self.assertEqual(self.online["bob"].numbers(), [FIRST])

    def test_audience_known(self):
        self.change(FIRST)
        self.hold(FIRST, users=["alice"])
        self.hold(FOREIGN, users=["bob"])
        self.hold(users=["dave"])
        self.change(SECOND)
        self.check_told(alice=FIRST)
        self.assertEqual(self.online["bob"].numbers(), [FOREIGN])
        self.assertEqual(self.online["dave"].numbers(), [])
        # erin comes with a former one: she isn't told what it became, but what happens from now on.
        self.hold(FIRST, users=["erin"])
        self.assertEqual(self.online["erin"].numbers(), [FIRST])
        self.change(THIRD)
        self.check_told(THIRD, alice=SECOND, erin=FIRST)

    def test_audience_everyone(self):
        self.change(FIRST)
        self.change(SECOND)
        self.hold(FIRST, users=["erin"])
        self.hold(FOREIGN, users=["bob"])
        self.assertEqual(self.online["erin"].numbers(), [FIRST])
        self.settings("carol", visible="everyone", audience="everyone")
        self.check_told(erin=FIRST)
        self.hold(FIRST, users=["dave"])  # as it is stored
        self.assertEqual(self.online["dave"].numbers(), [SECOND])
        self.assertEqual(self.online["bob"].numbers(), [FOREIGN])

    def test_visible_is_the_ceiling_of_audience(self):
        self.change(FIRST)
        self.hold(FIRST, users=["alice"])
        self.settings("carol", visible="nobody", audience="everyone")
        self.change(SECOND)
        self.check_told()
        self.assertEqual(self.online["alice"].numbers(), [FIRST])

    def answers_about(self, user, device):
        """What a device is told of an account, with the account's name taken out."""
        jid = account(user)
        answers = [device.items(PROFILE, jid),
                   device.publish(CONTACTS, jid, card(FIRST, name="Somebody")),
                   device.items(CONTACTS, jid)]
        answers += [device.command("share", subject=subject, to=account("alice"))[1]
                    for subject in (jid, user)]
        answers += device.take()[0]
        for answer in answers:
            for element in answer.iter():
                for name in ("id", "sessionid", "stamp"):
                    if name in element.attrib and element.get(name) != jid:
                        element.set(name, "X")
        return [ET.canonicalize(ET.tostring(answer, "unicode")).replace(user, "USER")
                for answer in answers]

    def test_refusal_looks_like_absence(self):
        self.change(FIRST)
        self.change(SECOND)
        erin = self.online["erin"]
        for settings in ({"visible": "nobody", "findable": "everyone", "share": "yes"},
                         {"visible": "mutual", "findable": "everyone", "share": "yes"}):
            with self.subTest(**settings):
                self.settings("carol", **settings)
                refused = self.answers_about("carol", erin)
                self.assertEqual(refused, self.answers_about("dave", erin))  # no profile
                self.assertEqual(refused, self.answers_about("nosuch", erin))  # no account
        # That there is something to hide: who may see it gets all of that.
        self.settings("carol", visible="everyone", audience="everyone")
        self.wait_for_runs()
        self.assertEqual(erin.numbers(), [SECOND])
        self.assertNotEqual(refused, self.answers_about("carol", erin))
        self.assertEqual(len(self.online["alice"].take()[1]), 2)  # the shared cards

    def test_retracted_profile_looks_like_absence(self):
        self.settings("carol", visible="everyone", findable="everyone", share="yes")
        self.change(FIRST)
        self.change(SECOND)
        self.online["carol"].ask(
            f"<pubsub xmlns='{PUBSUB[1:-1]}'><retract node='{PROFILE}'><item id='{CAROL}'/>"
            "</retract></pubsub>")
        self.assertEqual(self.answers_about("carol", self.online["erin"]),
                         self.answers_about("nosuch", self.online["erin"]))

    def test_updates_never(self):
        self.change(FIRST)
        self.hold(FIRST, users=["alice", "bob"])
        self.settings("alice", updates="never")
        self.change(SECOND)
        self.check_told(bob=FIRST)
        self.assertEqual(self.online["alice"].numbers(), [FIRST])
        # Once they are wanted again the card is brought up to date; nobody changed anything: no push.
        self.settings("alice", updates="auto")
        (headline,), pushes = self.online["alice"].take()
        self.check_headline(headline, "alice")
        self.assertEqual(pushes, [])
        self.assertEqual(self.online["alice"].numbers(), [SECOND])

    def form(self, user, **values):
        form, answer = self.online[user].command("settings", **values)
        fields = {field.get("var"): field.findtext(DATA + "value")
                  for field in form.findall(DATA + "field") if field.get("type") == "list-single"}
        return fields, answer

    def test_settings_form(self):
        shipped = dict.fromkeys(("visible", "audience", "findable", "share", "updates"), "default")
        self.assertEqual(self.form("carol", audience="mutual", updates="never")[0], shipped)
        set_now, answer = self.form("carol", visible="nobody", share="perhaps")
        self.assertEqual(set_now, shipped | {"audience": "mutual", "updates": "never"})
        self.assertEqual(answer.get("type"), "error")  # and nothing of it is stored
        self.assertEqual(self.form("carol", updates="default")[0], set_now)
        self.assertEqual(self.form("carol")[0], shipped | {"audience": "mutual"})
        self.assertEqual(self.form("alice")[0], shipped)  # each has their own


def holder(i):
    return f"h{i:04}"


def nth(n):
    return f"+4474001{n:05}"


@unittest.skipUnless(slixmpp, "slixmpp is not installed")
@unittest.skipUnless(shutil.which("prosody"), "Prosody is not installed")
class Killed(Case):
    """Step 6. The holders are offline: what Prosody keeps for each is what he was told."""
    users = ("carol", *(holder(i) for i in range(HOLDERS)))

    def setUp(self):
        shutil.rmtree(self.offline, ignore_errors=True)
        store = self.enterContext(tempfile.TemporaryDirectory(prefix="kith-store-"))
        self.seed(store)
        type(self).kithd = Kithd(store, self.prosody.component_port)
        self.addCleanup(self.kithd.stop)
        self.kithd.start()
        self.carol = self.device("carol")
        self.addCleanup(self.carol.close)

    @property
    def offline(self):
        return self.prosody.dir / "data" / DOMAIN / "offline"

    def seed(self, store):
        """The profile and the books, published to a kithd whose server is a scripted one."""
        peer = Peer(SERVICE, DOMAIN, SECRET)
        kithd = Kithd(store, peer.port)
        kithd.spawn(str(BUILD / "kithd"), "-c", str(kithd.conf))
        try:
            stream = peer.up()
            stanzas = [self.iq("carol", PROFILE, "current")]
            stanzas += [self.iq(holder(i), CONTACTS, CAROL) for i in range(HOLDERS)]
            stream.send("".join(stanzas))
            left = {"carol", *(holder(i) for i in range(HOLDERS))}
            while left:
                stanza = stream.stanza()
                if stanza.tag.endswith("}iq"):
                    self.assertEqual(stanza.get("type"), "result")
                    left.remove(stanza.get("id"))
        finally:
            kithd.stop()
            peer.close()

    def iq(self, user, node, item):
        return (f"<iq type='set' from='{account(user)}/x' to='{SERVICE}' id='{user}'>"
                f"<pubsub xmlns='{PUBSUB[1:-1]}'><publish node='{node}'><item id='{item}'>"
                f"{card(nth(1))}</item></publish></pubsub></iq>")

    def change(self, n):
        self.assertEqual(self.carol.publish(PROFILE, "current", card(nth(n))).get("type"), "result")

    def told_count(self):
        return len(list(self.offline.glob("h*.list")))

    def kill_in_the_middle(self, told):
        """Once so many were told; the run isn't over then."""
        wait_until(lambda: self.told_count() >= told, f"{told} are told", self.kithd.process)
        self.kithd.kill()
        self.assertEqual(self.stats()["runs"], 1)
        (done, last), = self.query("SELECT pushes_done, (SELECT max(id) FROM card_update) FROM run")
        self.assertLess(done, last)

    def told(self, i):
        """What is kept for a holder, in order: (number, id)."""
        file = self.offline / f"{holder(i)}.list"
        stanzas = file.read_text().split("item({")[1:] if file.exists() else []
        told = []
        for stanza in stanzas:
            number = re.search(r" is now \+44 7400 1(\d+)\.", stanza)
            told.append((int(number[1]), *set(re.findall(r'\["id"\] = "([^"]*)"', stanza))))
        return told

    def finish(self, last):
        """Each holder has the last number, and was told it; nobody an older one after a newer."""
        self.wait_for_runs()
        self.carol.fence()
        books = dict(self.query("SELECT jid, card FROM contact JOIN account ON "
                                "account.id = contact.owner"))
        self.assertEqual(len(books), HOLDERS)
        for i in range(HOLDERS):
            self.assertEqual(numbers_in(ET.fromstring(books[account(holder(i))])), [nth(last)])
            told = self.told(i)
            numbers = [number for number, _ in told]
            self.assertEqual(numbers, sorted(numbers), holder(i))
            self.assertEqual(numbers[-1:], [last], holder(i))
            # What came twice has the same id, which is also the origin-id.
            self.assertEqual(len(set(told)), len(set(numbers)), holder(i))
        for i in (0, HOLDERS // 2, HOLDERS - 1):
            kept = self.told(i)
            device = self.device(holder(i))
            headlines, pushes = device.take()
            self.assertEqual(headlines, [])
            self.assertEqual([push.get("id") for push in pushes], [name for _, name in kept])
            self.assertEqual(device.numbers(), [nth(last)])
            device.close()

    def test_6_killed_while_pushes_go_out(self):
        self.change(2)
        self.kill_in_the_middle(300)
        self.kithd.start()
        self.finish(2)

    def test_6_killed_right_after_the_answer(self):
        self.change(2)
        self.kithd.kill()
        self.assertEqual(self.stats()["runs"], 1)
        self.kithd.start()
        self.finish(2)

    def test_6_killed_again_and_again(self):
        self.change(2)
        for told in 1, 200, 400, 600:
            self.kill_in_the_middle(told)
            self.kithd.start()
        self.finish(2)

    def test_6_second_change_in_the_middle(self):
        self.change(2)
        wait_until(lambda: self.told_count() >= 200, "200 are told", self.kithd.process)
        self.change(3)
        self.kill_in_the_middle(400)
        self.kithd.start()
        self.finish(3)

    def test_6_second_change_after_the_kill(self):
        self.change(2)
        self.kill_in_the_middle(300)
        self.kithd.start()
        self.change(3)
        self.finish(3)


if __name__ == "__main__":
    unittest.main()
