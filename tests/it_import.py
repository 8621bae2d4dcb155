#!/usr/bin/python3
"""kithctl import --from, of what real servers stored of their people's vCards. Servers with SQL are
there if lua-dbi-sqlite3 and erlang-p1-sqlite3 are."""
import contextlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from devices import PROFILE, VCARD4, Case, account, card, numbers_in  # noqa: E402
import servers  # noqa: E402
from servers import BUILD, DOMAIN, PASSWORD, PATIENCE_S, Ejabberd, Prosody  # noqa: E402

OLD, NEW, LAND = "+447400100123", "+447400100456", "+442079460101"
LITE_SQL = pathlib.Path("/usr/share/ejabberd/sql/lite.sql")
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


class SqlProsody(PlainProsody):
    """With its storage in a database, whose cards come out by prosody-migrator, as user prosody."""

    def __init__(self, directory):
        super().__init__(directory)
        conf = self.conf.read_text().replace('storage = "internal"', 'storage = "sql"')
        self.conf.write_text(f'sql = {{ driver = "SQLite3"; database = "{self.database}" }}\n{conf}')
        for path in (self.dir, *self.dir.parents):
            if not path.stat().st_mode & 0o001:
                path.chmod(path.stat().st_mode | 0o011)

    @property
    def database(self):
        return self.dir / "prosody.sqlite"

    @staticmethod
    def is_installed():
        return (Prosody.is_installed() and os.geteuid() == 0
                and any(pathlib.Path("/usr/lib").glob("*/lua/5.4/dbd/sqlite3.so")))

    def register(self, *users):
        for user in users:
            subprocess.run(["prosodyctl", "--config", str(self.conf), "register", user, DOMAIN,
                            PASSWORD], check=True, stdin=subprocess.DEVNULL, capture_output=True,
                           timeout=PATIENCE_S)


MIGRATOR = """
input {{
	type = "sql"; driver = "SQLite3"; database = "{server.database}";
	hosts = {{ ["{domain}"] = {{ "accounts"; "vcard"; "pep-pubsub" }} }};
}}
output {{ type = "internal"; path = "{directory}" }}
"""


class FromProsodySql(FromProsody):
    server_class = SqlProsody

    @classmethod
    def find_source(cls):
        directory = cls.dir / "export"
        directory.mkdir()
        for path in directory, cls.server.dir, cls.server.database:
            shutil.chown(path, "prosody")
        conf = cls.dir / "migrator.cfg.lua"
        conf.write_text(MIGRATOR.format(server=cls.server, domain=DOMAIN, directory=directory))
        subprocess.run(["prosody-migrator", "--config", str(conf)], check=True,
                       stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S)
        return "prosody", str(directory)


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
        cls.main = files[0]
        return "ejabberd", str(directory)

    def test_the_file_can_be_named(self):
        for source in "ejabberd", "xep-0227":
            done = self.run_kithctl("import", "--from", source, str(self.main))
            self.assertEqual(done.returncode, 0, done)
        self.assertIn("unchanged 2,", done.stdout)

    def test_of_several_exports_the_newest_is_taken(self):
        old = self.main.with_name("20200101-000000.xml")
        old.write_text("<server-data xmlns='urn:xmpp:pie:0'/>")
        self.addCleanup(old.unlink)
        self.test_profiles_are_there_for_others()

    def test_a_directory_without_an_export_is_1(self):
        with tempfile.TemporaryDirectory() as directory:
            done = self.run_kithctl("import", "--from", "ejabberd", directory)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no export of ejabberd is in it", done.stderr)


class SqlEjabberd(Ejabberd):
    """With its storage in a database: the export is the same."""

    def __init__(self, directory):
        database = pathlib.Path(directory) / "ejabberd.sqlite"
        super().__init__(directory, "  mod_vcard: {}\ndefault_db: sql\nsql_type: sqlite\n"
                                    f"sql_database: {database}\n")
        with contextlib.closing(sqlite3.connect(database)) as tables:
            tables.executescript(LITE_SQL.read_text())
        shutil.chown(database, servers.EJABBERD_USER)

    @staticmethod
    def is_installed():
        return Ejabberd.is_installed() and LITE_SQL.exists() and any(
            pathlib.Path("/usr/lib/erlang/lib").glob("p1_sqlite3-*"))


class FromEjabberdSql(FromEjabberd):
    server_class = SqlEjabberd


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
