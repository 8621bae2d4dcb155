#!/usr/bin/python3
"""A directory that vdirsyncer keeps in step with a CardDAV server, and `kith` with the service: the
real ones, vdirsyncer and Radicale, `kith`, Prosody and kithd. The conf of vdirsyncer is the one that
kith(1) shows."""
import base64
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.request

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from clients import Person, card  # noqa: E402
from servers import (HOST, PATIENCE_S, TOP, Kithd, Process, Prosody, free_ports,  # noqa: E402
                     listens, wait_until)

MOBILE, NEW_MOBILE, LANDLINE = "+44 7400 123456", "+44 7400 654321", "+44 121 234 5678"
PNG = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJg"
       "gg==")
RADICALE = """\
[server]
hosts = {host}:{port}
[auth]
type = none
[storage]
filesystem_folder = {dir}/collections
[web]
type = none
"""
MKCOL = """<?xml version="1.0"?>
<mkcol xmlns="DAV:" xmlns:card="urn:ietf:params:xml:ns:carddav"><set><prop>
<resourcetype><collection/><card:addressbook/></resourcetype>
</prop></set></mkcol>"""


def digits(text):
    return re.sub(r"\D", "", text)


def numbers(text):
    return [digits(number) for number in re.findall(r"^(?:\w+\.)?TEL.*:(.*?)\r?$", text, re.M)]


def name_of(text):
    return re.search(r"^FN:(.*?)\r?$", text, re.M)[1]


class Radicale(Process):
    """A CardDAV server for one that asks for no password."""

    def __init__(self, directory):
        super().__init__(directory, "radicale")
        self.port, = free_ports(1)
        self.conf = self.dir / "conf"
        self.conf.write_text(RADICALE.format(host=HOST, port=self.port, dir=self.dir))

    def start(self):
        self.spawn("radicale", "--config", str(self.conf))
        wait_until(lambda: listens(self.port), "radicale listens", self.process)


class Collection:
    """An address book on it, as another program uses it."""

    def __init__(self, radicale, user):
        self.url = f"http://{HOST}:{radicale.port}/{user}/contacts/"
        self.user = user
        self.files = radicale.dir / "collections/collection-root" / user / "contacts"
        self.ask("MKCOL", "", MKCOL, "application/xml")

    def ask(self, method, name, data="", kind="text/vcard"):
        secret = base64.b64encode(f"{self.user}:any".encode()).decode()
        request = urllib.request.Request(
            self.url + name, data.encode(), method=method,
            headers={"Content-Type": kind, "Authorization": f"Basic {secret}"})
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return answer.read().decode()

    def put(self, name, text):
        self.ask("PUT", name, text)

    def cards(self):
        """The texts by the FN in them, unfolded."""
        cards = {}
        for file in self.files.glob("*.vcf"):
            text = file.read_bytes().decode().replace("\r\n ", "")
            assert name_of(text) not in cards, f"{name_of(text)} is there twice"
            cards[name_of(text)] = text
        return cards

    def href(self, name):
        file, = (file.name for file in self.files.glob("*.vcf")
                 if name_of(file.read_text()) == name)
        return file

    def edit(self, name, old, new):
        text = self.cards()[name]
        assert old in text, text
        self.put(self.href(name), text.replace(old, new))

    def remove(self, name):
        self.ask("DELETE", self.href(name))


def manual_conf():
    """What the manual shows."""
    manual = (TOP / "conf/kith.1").read_text()
    return re.search(r"^\.Bd -literal.*\n(\[general\]\n(?:.*\n)*?)\.Ed$", manual, re.M)[1]


@unittest.skipUnless(shutil.which("vdirsyncer") and shutil.which("radicale"),
                     "vdirsyncer or Radicale isn't installed")
class Vdirsyncer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="kith-vdirsyncer-")
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)
        cls.count = 0
        cls.prosody = Prosody(f"{cls.dir}/prosody")
        cls.prosody.start()
        cls.addClassCleanup(cls.prosody.stop)
        cls.kithd = Kithd(f"{cls.dir}/kithd", cls.prosody.component_port, "preset = company")
        cls.kithd.start()
        cls.addClassCleanup(cls.kithd.stop)
        cls.radicale = Radicale(f"{cls.dir}/radicale")
        cls.radicale.start()
        cls.addClassCleanup(cls.radicale.stop)

    def setUp(self):
        type(self).count += 1
        self.bob = self.person("bob")
        self.other = self.person("bob", "other")  # a second device, without vdirsyncer
        self.bob.book.mkdir(parents=True)
        self.server = Collection(self.radicale, f"bob{self.count}")
        self.conf = self.bob.home / ".config/vdirsyncer/config"
        self.conf.parent.mkdir(parents=True)
        text = manual_conf()
        for old, new in {"https://dav.example.org/bob/contacts/": self.server.url,
                         "bob@example.org": self.bob.jid, 'password = "secret"': 'password = "any"',
                         'username = "bob"': f'username = "bob{self.count}"'}.items():
            assert old in text, old
            text = text.replace(old, new)
        self.conf.write_text(text)
        self.assertEqual(self.vdirsyncer("discover").returncode, 0)

    def person(self, name, device="device"):
        user = f"{name}{self.count}"
        self.prosody.register(user)
        return Person(self.dir, self.prosody, user, device)

    def vdirsyncer(self, *words):
        return subprocess.run(["vdirsyncer", *words], env=self.bob.environment, input="y\n",
                              capture_output=True, text=True, timeout=PATIENCE_S, check=False)

    def sync(self):
        """As the manual says, twice."""
        for _ in range(2):
            done = self.vdirsyncer("sync")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.bob.kith("sync")
        done = self.vdirsyncer("sync")
        self.assertEqual(done.returncode, 0, done.stderr)

    def on_the_other(self):
        self.other.kith("sync")
        return {name: text.replace("\r\n ", "") for name, text in self.other.cards().items()}

    def link(self, other, name):
        self.bob.add(card(name, ("CELL", MOBILE), jid=other.jid), "link")
        self.sync()

    def test_a_number_that_changed_over_xmpp_arrives_on_the_carddav_server(self):
        carol = self.person("carol")
        carol.kith("number", "cell", MOBILE)
        self.server.put("some-name.vcf", card("Carol Example", ("CELL", MOBILE), more=(
            "UID:carol-1", "NOTE:met in Rome\\, again", "X-SHOE-SIZE:38",
            f"PHOTO;ENCODING=b;TYPE=PNG:{PNG}")))
        self.sync()
        self.link(carol, "Carol Example")
        carol.kith("number", "cell", NEW_MOBILE)
        self.sync()
        (name, text), = self.server.cards().items()
        self.assertEqual((name, numbers(text)), ("Carol Example", [digits(NEW_MOBILE)]))
        for word in "met in Rome\\, again", "X-SHOE-SIZE:38", PNG:
            self.assertIn(word, text)
        self.assertIn(PNG, self.on_the_other()["Carol Example"])

    def test_a_contact_that_was_added_there_arrives_on_the_service(self):
        self.server.put("dave.vcf", card("Dave Example", ("CELL", MOBILE), more=("UID:dave-1",)))
        self.sync()
        self.assertEqual(numbers(self.on_the_other()["Dave Example"]), [digits(MOBILE)])

    def test_a_contact_that_was_added_over_xmpp_arrives_there(self):
        carol = self.person("carol")
        carol.kith("number", "cell", MOBILE)
        self.other.add(card("Carol Example", ("CELL", MOBILE), jid=carol.jid), "link")
        self.other.add(card("Zoë 李", ("CELL", LANDLINE), more=("UID:a/b c:d",)))
        self.sync()
        there = self.server.cards()
        self.assertEqual(sorted(there), ["Carol Example", "Zoë 李"])
        self.assertIn(f"xmpp:{carol.jid}", there["Carol Example"])

    def test_deletions_go_both_ways(self):
        for name in "Dave Example", "Erin Example", "Fred Example":
            self.server.put(f"{name[:4]}.vcf", card(name, more=(f"UID:{name[:4]}",)))
        self.sync()
        self.assertEqual(len(self.on_the_other()), 3)
        self.server.remove("Dave Example")
        self.sync()
        self.assertEqual(sorted(self.on_the_other()), ["Erin Example", "Fred Example"])
        for file in self.other.book.glob("*.vcf"):
            if "Erin" in file.read_text():
                file.unlink()
        self.other.kith("sync")
        self.sync()
        self.assertEqual(list(self.server.cards()), ["Fred Example"])

    def test_edits_of_one_contact_on_both_sides_are_merged(self):
        carol = self.person("carol")
        carol.kith("number", "cell", MOBILE)
        self.server.put("carol.vcf", card("Carol Example", ("CELL", MOBILE),
                                          more=("UID:carol-1", "NOTE:old")))
        self.sync()
        self.link(carol, "Carol Example")
        self.server.edit("Carol Example", "NOTE:old", "NOTE:new")
        carol.kith("number", "cell", NEW_MOBILE)
        self.sync()
        text = self.server.cards()["Carol Example"]
        self.assertEqual(numbers(text), [digits(NEW_MOBILE)])
        self.assertIn("NOTE:new", text)
        self.assertIn("NOTE:new", self.on_the_other()["Carol Example"])

    def test_what_vdirsyncer_finds_changed_on_both_sides_it_leaves_and_tells(self):
        carol = self.person("carol")
        carol.kith("number", "cell", MOBILE)
        self.server.put("carol.vcf", card("Carol Example", ("CELL", MOBILE),
                                          more=("UID:carol-1", "NOTE:old")))
        self.sync()
        self.link(carol, "Carol Example")
        carol.kith("number", "cell", NEW_MOBILE)
        self.bob.kith("sync")  # before vdirsyncer had brought this:
        self.server.edit("Carol Example", "NOTE:old", "NOTE:new")
        self.server.put("dave.vcf", card("Dave Example", more=("UID:dave-1",)))
        done = self.vdirsyncer("sync")
        self.assertEqual(done.returncode, 1)
        self.assertIn("conflict", done.stderr)
        here = self.bob.cards()
        self.assertEqual(numbers(here["Carol Example"]), [digits(NEW_MOBILE)])
        self.assertIn("NOTE:new", self.server.cards()["Carol Example"])
        self.assertIn("Dave Example", here)
        # The server's is chosen, with the old number: the service makes that the new one again.
        self.conf.write_text(self.conf.read_text().replace(
            "collections = null", 'collections = null\nconflict_resolution = "b wins"'))
        self.sync()
        text = self.server.cards()["Carol Example"]
        self.assertEqual(numbers(text), [digits(NEW_MOBILE)])
        self.assertIn("NOTE:new", text)
        self.assertEqual(sorted(self.on_the_other()), ["Carol Example", "Dave Example"])

    def test_nothing_is_doubled_or_written_again(self):
        carol = self.person("carol")
        carol.kith("number", "cell", MOBILE)
        self.other.add(card("Carol Example", ("CELL", MOBILE), jid=carol.jid), "link")
        self.other.add(card("No Number"))
        self.server.put("x.vcf", card("Dave Example", ("CELL", NEW_MOBILE), more=(
            "UID:urn:uuid:1f7a1e0a-0a7c-4d21-a2ac-0f0e2f4a9d11", "item1.TEL:+44 7400 123457",
            "item1.X-ABLabel:Boat", f"PHOTO;ENCODING=b;TYPE=PNG:{PNG}")))
        self.server.put("y.vcf", card("Ümit Öz", more=("UID:with blank/and@sign",)))
        self.sync()

        def seen():
            return {file: (file.stat().st_mtime_ns, file.read_bytes())
                    for directory in (self.bob.book, self.server.files)
                    for file in sorted(directory.glob("*.vcf"))}
        first = seen()
        self.assertEqual(len(first), 8)
        for _ in range(3):
            self.sync()
            event, = self.bob.events("sync")
            self.assertEqual((event["received"], event["sent"]), ("0", "0"))
        self.assertEqual(seen(), first)
        self.assertEqual(len(self.server.cards()), 4)
        self.assertEqual(sorted(self.on_the_other()), sorted(self.server.cards()))
        self.assertEqual(len(list(pathlib.Path(self.bob.book).iterdir())), 4, os.listdir(
            self.bob.book))


if __name__ == "__main__":
    unittest.main()
