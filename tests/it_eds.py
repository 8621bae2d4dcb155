#!/usr/bin/python3
"""An address book of Evolution Data Server as a person's local book: the real one, without a desktop,
on a session bus of its own, with `kith`, a real Prosody and kithd."""
import base64
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import eds  # noqa: E402
from clients import Person, card  # noqa: E402
from servers import BUILD, Kithd, Prosody, wait_until  # noqa: E402
from terminal import Profanity  # noqa: E402

MOBILE, NEW_MOBILE, LANDLINE = "+44 7400 123456", "+44 7400 654321", "+44 121 234 5678"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJg"
    "gg==")
MANY = 300
PLUGIN = BUILD / "plugin/.libs/kith.so"


def digits(text):
    return re.sub(r"\D", "", text)


@unittest.skipIf(eds.missing(), eds.missing())
class Eds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="kith-eds-it-")
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)
        cls.prosody = Prosody(f"{cls.dir}/prosody")
        cls.count = 0
        cls.prosody.start()
        cls.addClassCleanup(cls.prosody.stop)
        cls.kithd = Kithd(f"{cls.dir}/kithd", cls.prosody.component_port, "preset = company")
        cls.kithd.start()
        cls.addClassCleanup(cls.kithd.stop)

    def setUp(self):
        type(self).count += 1
        self.files = 0
        self.book = eds.Book(f"Book {self.count}")
        self.bob = self.person("bob")
        self.use(self.bob, f"eds:{self.book.name}")
        self.other = self.person("bob", "other")  # bob's second device, on a directory
        self.use(self.other, str(self.other.book))

    def person(self, name, device="device"):
        user = f"{name}{self.count}"
        self.prosody.register(user)
        person = Person(self.dir, self.prosody, user, device)
        person.environment.update(eds.environment())
        person.environment["HOME"] = str(person.home)
        # EDS answers with paths in the home of the session.
        person.environment["XDG_DATA_HOME"] = f"{eds.os.environ['HOME']}/.local/share"
        person.environment["XDG_STATE_HOME"] = f"{person.home}/.local/state"
        person.environment["XDG_CONFIG_HOME"] = f"{person.home}/.config"
        return person

    @staticmethod
    def use(person, book):
        lines = [line for line in person.conf.read_text().splitlines() if "book =" not in line]
        person.conf.write_text("\n".join([*lines, f"book = {book}", ""]))

    def link(self, person, other, name="Carol Example", number=MOBILE):
        """Ties the contact that person has to other's account."""
        person.kith("sync")
        person.add(card(name, ("CELL", number), jid=other.jid), "link")
        self.assertIn(f"{name} ({other.jid})", person.kith("list"))

    def on_the_other(self, *texts):
        """The cards of the other device, unfolded, once these are added and it is in step."""
        self.other.book.mkdir(parents=True, exist_ok=True)
        for text in texts:
            self.files += 1
            (self.other.book / f"new{self.files}.vcf").write_bytes(text.encode())
        self.other.kith("sync")
        return {name: text.replace("\r\n ", "") for name, text in self.other.cards().items()}

    @staticmethod
    def numbers(text):
        return [digits(number) for number in re.findall(r"^(?:\w+\.)?TEL.*:(.*)$", text, re.M)]

    def fails(self, status, pattern, person, *words):
        done = person.run(*words)
        self.assertEqual(done.returncode, status, (words, done.stdout, done.stderr))
        self.assertRegex(done.stdout + done.stderr, pattern)

    def test_a_contact_goes_up_and_its_number_comes_down(self):
        carol = self.person("carol")
        carol.kith("number", "cell", MOBILE)
        self.book.add(card("Carol Example", ("CELL", MOBILE), jid=carol.jid, more=(
            "NOTE:met in Rome\\, again", "X-SHOE-SIZE;X-WHERE=left:38", "CATEGORIES:friends,sea",
            f"PHOTO;ENCODING=b;TYPE=PNG:{base64.b64encode(PNG).decode()}")))
        self.link(self.bob, carol)
        before = self.book.cards()["Carol Example"]
        carol.kith("number", "cell", NEW_MOBILE)
        self.bob.kith("sync")
        (name, text), = self.book.cards().items()
        self.assertEqual(name, "Carol Example")
        self.assertEqual(self.numbers(text), [digits(NEW_MOBILE)])
        for line in ("NOTE:met in Rome\\, again", "X-SHOE-SIZE;X-WHERE=left:38",
                     "CATEGORIES:friends,sea", re.search("^PHOTO.*$", before, re.M)[0]):
            self.assertIn(line, text)
        self.assertEqual(self.book.photo("Carol Example"), PNG)
        # The other device has all of it from the service, the photo's data too.
        text = self.on_the_other()["Carol Example"]
        self.assertIn(base64.b64encode(PNG).decode(), text)
        self.assertIn("X-SHOE-SIZE;X-WHERE=left:38", text)
        for word in "file:", "X-EVOLUTION-E164", "REV":
            self.assertNotIn(word, text)

    def test_an_edit_there_goes_up(self):
        self.book.add(card("Dave Example", ("CELL", MOBILE), more=("NOTE:old", "X-OWN:1")))
        self.bob.kith("sync")
        self.book.edit("Dave Example", "NOTE:old", "NOTE:new")
        self.book.edit("Dave Example", MOBILE, NEW_MOBILE)
        self.bob.kith("sync")
        text = self.on_the_other()["Dave Example"]
        self.assertIn("NOTE:new", text)
        self.assertIn("X-OWN:1", text)
        self.assertEqual(self.numbers(text), [digits(NEW_MOBILE)])

    def test_a_photo_that_is_changed_in_place_goes_up(self):
        self.book.add(card("Dave Example", more=(
            f"PHOTO;ENCODING=b;TYPE=PNG:{base64.b64encode(PNG).decode()}",)))
        self.bob.kith("sync")
        file, = self.book.photos.iterdir()
        file.write_bytes(PNG + b"more")
        self.bob.kith("sync")
        self.assertIn(base64.b64encode(PNG + b"more").decode(), self.on_the_other()["Dave Example"])

    def test_a_file_that_is_none_of_its_pictures_stays_where_it_is(self):
        secret = self.bob.home / "password"
        self.book.add(card("Mallory Example", more=(f"PHOTO;VALUE=uri:file://{secret}",)))
        self.bob.kith("sync")
        text = self.on_the_other()["Mallory Example"]
        self.assertIn(str(secret), text)
        self.assertNotIn(base64.b64encode(secret.read_bytes()).decode(), text)

    def test_what_is_deleted_on_one_side_goes_on_the_other(self):
        for name in "Dave Example", "Erin Example", "Fred Example":
            self.book.add(card(name, ("CELL", MOBILE)))
        self.bob.kith("sync")
        self.assertEqual(sorted(self.on_the_other()),
                         ["Dave Example", "Erin Example", "Fred Example"])
        self.book.remove("Dave Example")
        self.bob.kith("sync")
        self.assertEqual(sorted(self.on_the_other()), ["Erin Example", "Fred Example"])
        for file in self.other.book.glob("*.vcf"):
            if "Erin" in file.read_text():
                file.unlink()
        self.other.kith("sync")
        self.bob.kith("sync")
        self.assertEqual(list(self.book.cards()), ["Fred Example"])

    def test_of_two_edits_the_newer_one_stays_and_the_other_can_be_had_back(self):
        self.book.add(card("Dave Example", ("CELL", MOBILE), more=("NOTE:first",)))
        self.bob.kith("sync")
        self.on_the_other()
        file, = self.other.book.glob("*.vcf")
        file.write_text(file.read_text().replace("NOTE:first", "NOTE:elsewhere"))
        self.other.kith("sync")
        time.sleep(1.1)  # EDS says when in seconds
        self.book.edit("Dave Example", "NOTE:first", "NOTE:here")
        events = self.bob.events("sync")
        conflict, = (event for event in events if event["event"] == "conflict")
        self.assertEqual((conflict["property"], conflict["kept"], conflict["lost"]),
                         ("NOTE", "here", "elsewhere"))
        self.assertIn("NOTE:here", self.on_the_other()["Dave Example"])
        self.bob.kith("undo", "Dave")
        self.bob.kith("sync")
        self.assertIn("NOTE:elsewhere", self.book.cards()["Dave Example"])

    def test_a_number_that_was_changed_can_be_taken_back(self):
        carol = self.person("carol")
        carol.kith("number", "cell", MOBILE)
        self.book.add(card("Carol Example", ("CELL", MOBILE), ("HOME", LANDLINE), jid=carol.jid))
        self.link(self.bob, carol)
        carol.kith("number", "cell", NEW_MOBILE)
        self.bob.kith("sync")
        self.assertEqual(self.numbers(self.book.cards()["Carol Example"]),
                         [digits(NEW_MOBILE), digits(LANDLINE)])
        self.bob.kith("undo", "Carol")
        self.bob.kith("sync")
        self.assertEqual(self.numbers(self.book.cards()["Carol Example"]),
                         [digits(MOBILE), digits(LANDLINE)])

    def test_syncing_again_changes_nothing(self):
        self.on_the_other(card("Carol Example", ("CELL", MOBILE), more=(
            "REV:20200101T000000Z", "X-OWN:1", "item1.TEL:+44 7400 123457", "item1.X-ABLabel:Boat",
            f"PHOTO;ENCODING=b;TYPE=PNG:{base64.b64encode(PNG).decode()}")))
        self.book.add(card("Dave Example", ("CELL", NEW_MOBILE), more=("ORG:Acme;Sea",)))
        self.bob.kith("sync")
        there = self.book.cards()
        self.assertEqual(sorted(there), ["Carol Example", "Dave Example"])
        self.assertIn("item1.X-ABLABEL:Boat", there["Carol Example"].replace("Label", "LABEL"))
        elsewhere = self.on_the_other()
        for _ in range(2):
            event, = self.bob.events("sync")
            self.assertEqual((event["received"], event["sent"]), ("0", "0"))
            self.assertEqual(self.book.cards(), there)  # REV too
            self.assertEqual(self.on_the_other(), elsewhere)

    def test_what_it_cannot_hold_stays_on_the_service(self):
        self.on_the_other("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\nFN:Carol Example\r\n"
                          "N:Example;Carol,Ann;;;\r\nREV:20200101T000000Z\r\nNOTE:old\r\n"
                          "END:VCARD\r\n")
        self.bob.kith("sync")
        self.book.edit("Carol Example", "NOTE:old", "NOTE:new")
        self.bob.kith("sync")
        text = self.on_the_other()["Carol Example"]
        for line in "NOTE:new", "N:Example;Carol,Ann;;;", "REV:2020-01-01T00:00:00Z":
            self.assertIn(line, text)

    def test_a_list_of_addresses_is_nobodys_card(self):
        self.book.add("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:All\r\nX-EVOLUTION-LIST:TRUE\r\n"
                      "EMAIL:a@example.org\r\nEND:VCARD\r\n")
        self.bob.kith("sync")
        self.assertEqual(self.on_the_other(), {})
        self.assertEqual(list(self.book.cards()), ["All"])

    def test_a_book_is_named_by_name_or_uid_and_is_the_same(self):
        self.book.add(card("Dave Example", ("CELL", MOBILE)))
        self.book.add(card("Erin Example", ("CELL", MOBILE)))
        self.bob.kith("sync")
        self.book.remove("Erin Example")
        self.use(self.bob, f"eds:{self.book.uid}")
        self.bob.kith("sync")  # in another book she would be missing, and be made again
        self.assertEqual(list(self.book.cards()), ["Dave Example"])
        self.assertEqual(list(self.on_the_other()), ["Dave Example"])

    def test_without_a_name_it_is_the_default(self):
        self.use(self.bob, "eds:")
        self.on_the_other(card("Carol Example", ("CELL", MOBILE)))
        self.bob.kith("sync")
        personal = eds.Book("Personal", "system-address-book")
        self.assertEqual(list(personal.cards()), ["Carol Example"])
        personal.remove("Carol Example")

    def test_a_name_that_says_nothing_is_told(self):
        self.use(self.bob, "eds:Nowhere")
        self.fails(1, rf"no address book of that name; there are: .*{self.book.name}", self.bob,
                   "sync")
        eds.Book(self.book.name)
        self.use(self.bob, f"eds:{self.book.name}")
        self.fails(1, rf"several address books of that name; .*\({self.book.uid}\)", self.bob,
                   "sync")

    def test_without_a_session_bus_it_is_told(self):
        self.bob.environment["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nonexistent"
        self.fails(1, "book eds:.*: ", self.bob, "sync")

    @unittest.skipIf(not PLUGIN.exists() or b"__asan_init" in PLUGIN.read_bytes() or
                     not shutil.which("profanity") or not shutil.which("tmux"),
                     "no Profanity, or no plugin that it can load")
    def test_profanity_has_it_also_when_the_plugin_was_loaded_again(self):
        user = self.bob.jid.split("@", maxsplit=1)[0]
        directory = f"{self.bob.home}/profanity"
        screen = Profanity(directory, self.prosody, user, environment=eds.environment())
        self.addCleanup(screen.close)
        (screen.home / ".config/kith").mkdir(parents=True)
        (screen.home / ".config/kith/kith.conf").write_text(self.bob.conf.read_text())
        screen.enter(f"/plugins install {PLUGIN}")
        screen.wait("Plugin installed and loaded: kith.so")
        screen.connect()
        self.on_the_other(card("Carol Example", ("CELL", MOBILE)))
        wait_until(lambda: "Carol Example" in self.book.cards(), "the first comes")
        for name in "Dave Example", "Erin Example":
            screen.enter("/plugins unload kith.so")
            screen.wait("Unloaded plugin: kith.so")
            screen.enter("/plugins load kith.so")
            screen.wait("Loaded plugin: kith.so")
            screen.enter("/contact sync")
            screen.wait("In step: ")
            self.on_the_other(card(name, ("CELL", NEW_MOBILE)))
            wait_until(lambda n=name: n in self.book.cards(), "the next comes")
            screen.enter("/clear")
            screen.wait("In step: ", gone=True)
        self.assertTrue(screen.alive())
        self.assertEqual(len(self.book.cards()), 3)

    def test_it_is_ended_in_the_middle(self):
        names = {f"Person {n}": f"+44 7400 {n:06}" for n in range(100000, 100000 + MANY)}
        self.on_the_other(*(card(name, ("CELL", number)) for name, number in names.items()))
        for servers in (eds.BOOKS,), (eds.BOOKS, eds.SOURCES), (eds.BOOKS,):
            begun = len(self.book.cards())
            sync = threading.Thread(target=self.bob.run, args=("sync",))
            sync.start()
            wait_until(lambda: len(self.book.cards()) >= min(begun + 20, MANY), "it is at work")
            for server in servers:
                eds.kill(server)
            sync.join()
        for _ in range(3):
            self.bob.kith("sync")
        event, = self.bob.events("sync")
        self.assertEqual((event["received"], event["sent"]), ("0", "0"))
        there = self.book.cards()
        self.assertEqual(sorted(there), sorted(names))
        for name, text in there.items():
            self.assertEqual(self.numbers(text), [digits(names[name])])
        self.assertEqual(sorted(self.on_the_other()), sorted(names))

    def test_watching_outlives_its_end(self):
        watch = subprocess.Popen(self.bob.command("--json", "watch"), env=self.bob.environment,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE)
        self.addCleanup(watch.stderr.close)
        self.addCleanup(watch.wait)
        self.addCleanup(watch.terminate)
        self.on_the_other(card("Carol Example", ("CELL", MOBILE)))
        wait_until(lambda: "Carol Example" in self.book.cards(), "the first comes", watch)
        eds.kill()
        self.on_the_other(card("Dave Example", ("CELL", NEW_MOBILE)))
        wait_until(lambda: "Dave Example" in self.book.cards(), "the second comes", watch)
        eds.kill()
        eds.kill(eds.SOURCES)
        self.on_the_other(card("Erin Example", ("CELL", LANDLINE)))
        wait_until(lambda: "Erin Example" in self.book.cards(), "the third comes", watch)
        began = time.monotonic()
        watch.terminate()
        self.assertEqual(watch.wait(), 0)
        self.assertLess(time.monotonic() - began, 5)


if __name__ == "__main__":
    eds.run_in_session()
    unittest.main()
