#!/usr/bin/python3
"""kithctl, the program itself, on a store in a file.

KITH_BUILD says where it was built (default: build/ beside tests/). KITH_CORPUS: a directory with
numbers.jsonl and real vCards, which are compared with if it is set.
"""
import glob
import json
import os
import pathlib
import pty
import re
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("KITH_BUILD", TOP / "build"))
KITHCTL = str(BUILD / "kithctl")
CORPUS = os.environ.get("KITH_CORPUS")
HAS_LIBRARY = "#define HAVE_LIBPHONENUMBER 1" in (BUILD / "config.h").read_text()

COMMANDS = ["accounts", "backup", "changes", "convert", "erase", "export", "import", "number",
            "show", "stats", "verify"]


def card(name, number, uid=None, more=""):
    return ("BEGIN:VCARD\r\nVERSION:4.0\r\n"
            + (f"UID:{uid}\r\n" if uid else "")
            + f"FN:{name}\r\nTEL;VALUE=uri;TYPE=cell:tel:{number}\r\n{more}END:VCARD\r\n")

# More properties than a card may have.
BROKEN = card("Many", "+447400100123", more="NOTE:x\r\n" * 1001)


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory(prefix="kithctl-")
        self.addCleanup(self.dir.cleanup)
        self.conf = self.path("kith.conf", (
            "jid = kith.example.org\nserver = 127.0.0.1:1\nsecret = s3cret\n"
            f"store = sqlite:{self.dir.name}/kith.db\ndomains = example.org\nregion = GB\n"))
        os.chmod(self.conf, 0o600)

    def start_kithd(self):
        """kithd beside, which makes the store, and finds no server."""
        kithd = subprocess.Popen([str(BUILD / "kithd"), "-c", self.conf],
                                 stderr=subprocess.PIPE, text=True)
        self.addCleanup(kithd.stderr.close)
        self.addCleanup(kithd.wait)
        self.addCleanup(kithd.terminate)
        while "refused" not in (line := kithd.stderr.readline()):
            self.assertNotEqual(line, "", "kithd ended")

    def path(self, name, text=None):
        file = os.path.join(self.dir.name, name)
        if text is not None:
            with open(file, "wb") as out:
                out.write(text.encode())
        return file

    def run_kithctl(self, *args, stdin=""):
        return subprocess.run([KITHCTL, *args], input=stdin.encode(), capture_output=True,
                              timeout=120, check=False)

    def ctl(self, *args, status=0, stdin=""):
        """Standard output of a command that ends with that status."""
        done = self.run_kithctl("-c", self.conf, *args, stdin=stdin)
        self.assertEqual(done.returncode, status, (args, done.stdout, done.stderr))
        return done.stdout.decode()

    def plain(self, *args, status=0, stdin=""):
        """The same without a conf."""
        done = self.run_kithctl(*args, stdin=stdin)
        self.assertEqual(done.returncode, status, (args, done.stdout, done.stderr))
        return done.stdout.decode()


class Usage(Case):
    def test_help_names_all_commands_in_order(self):
        for option in "-h", "--help":
            names = re.findall(r"^  (\w+)", self.plain(option), re.M)
            self.assertEqual(names, COMMANDS)

    def test_the_manual_names_them_too(self):
        page = (TOP / "conf/kithctl.8").read_text()
        self.assertEqual(re.findall(r"^\.It Ic (\w+)", page, re.M), COMMANDS)

    def test_wrong_usage_is_2(self):
        for args in [], ["nonsense"], ["-z"], ["number", "-r", "nowhere", "1"], ["convert"], \
                ["convert", "-f", "5.0", "-"], ["number", "1", "2"]:
            done = self.run_kithctl(*args)
            self.assertEqual(done.returncode, 2, args)
            self.assertEqual(done.stdout, b"")
            self.assertIn(b"usage: kithctl", done.stderr)
        for args in ["show"], ["stats", "x"], ["import", "alice@example.org"], ["erase"], \
                ["backup"], ["export"], ["accounts", "x"], ["verify", "x"], ["changes", "a", "b"]:
            self.ctl(*args, status=2)

    def test_a_fault_in_the_conf_is_2_and_says_where(self):
        bad = self.path("bad.conf", "jid = kith.example.org\nnonsense = 1\n")
        done = self.run_kithctl("-c", bad, "stats")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"bad.conf:2:", done.stderr)
        self.assertEqual(self.run_kithctl("-c", self.path("none"), "stats").returncode, 2)


class Number(Case):
    def test_one_number(self):
        if not HAS_LIBRARY:
            self.skipTest("built without libphonenumber")
        self.assertEqual(self.plain("number", "-r", "GB", "07400 100123"),
                         "valid\t+447400100123\tmobile\t-\n")
        self.assertEqual(self.plain("number", "tel:+44-20-7946-0018;ext=12"),
                         "valid\t+442079460018\tfixed\t12\n")

    def test_what_is_no_number(self):
        self.assertEqual(self.plain("number", "ask me"), "invalid\t-\tunknown\t-\n")

    def test_lines(self):
        if not HAS_LIBRARY:
            self.skipTest("built without libphonenumber")
        out = self.plain("number", stdin="GB\t07400 100123\n\t+442079460018\r\n+442079460018\nx\n")
        self.assertEqual(out.splitlines(), [
            "valid\t+447400100123\tmobile\t-", "valid\t+442079460018\tfixed\t-",
            "valid\t+442079460018\tfixed\t-", "invalid\t-\tunknown\t-"])

    def test_the_corpus_agrees(self):
        file = pathlib.Path(CORPUS or "/nonexistent") / "numbers.jsonl"
        if not (HAS_LIBRARY and file.exists()):
            self.skipTest("no corpus")
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        rows = [row for row in rows if "\n" not in row["input"] and "\t" not in row["input"]]
        out = self.plain("number", stdin="".join(
            f"{row['default_region'] or ''}\t{row['input']}\n" for row in rows)).splitlines()
        self.assertEqual(len(out), len(rows))
        kinds = {"MOBILE": "mobile", "FIXED_LINE": "fixed", "FIXED_LINE_OR_MOBILE": "unknown",
                 "UNKNOWN": "unknown"}
        bad, agree, asked = [], {}, {}
        for row, line in zip(rows, out):
            valid, e164, kind, extension = line.split("\t")
            fields = {"valid": (valid == "valid") == row["valid"]}
            if row["valid"]:
                fields.update({"E.164": e164 == row["e164"],
                               "extension": extension == (row["ext"] or "-"),
                               "kind": kind == kinds.get(row["type"], "other")})
            for field, right in fields.items():
                asked[field] = asked.get(field, 0) + 1
                agree[field] = agree.get(field, 0) + right
            if not all(fields.values()):
                bad.append((row["input"], row["default_region"], row["e164"], row["type"], line))
        print("numbers: " + ", ".join(f"{field} {agree[field]} of {count}"
                                      for field, count in asked.items()))
        self.assertEqual(bad, [])


class Convert(Case):
    def test_every_form_from_every_form(self):
        cards = card("Carol Example", "+447400100123") + card("Dave <&>", "+442079460018")
        forms = ["4.0", "3.0", "xml", "vcard-temp"]
        for first in forms:
            once = self.plain("convert", "-f", first, "-", stdin=cards)
            if first == "vcard-temp":
                once = f"<list>{once}</list>"
            for second in forms:
                twice = self.plain("convert", "-f", second, self.path("in", once))
                self.assertEqual(twice.count("Carol Example") > 0, True, (first, second))
                self.assertIn("Dave &lt;&amp;&gt;" if second in forms[2:] else "Dave <&>", twice)
                self.assertIn("7400100123", twice.replace(" ", ""))

    def test_xml_has_its_namespaces(self):
        out = self.plain("convert", "-f", "xml", "-", stdin=card("Carol", "+447400100123"))
        self.assertTrue(out.startswith('<vcards xmlns="urn:ietf:params:xml:ns:vcard-4.0"><vcard>'))
        self.assertTrue(out.endswith("</vcard></vcards>\n"))
        out = self.plain("convert", "-f", "vcard-temp", "-", stdin=card("Carol", "+447400100123"))
        self.assertTrue(out.startswith('<vCard xmlns="vcard-temp">'))

    def test_a_card_inside_of_a_stanza(self):
        out = self.plain("convert", "-", stdin=(
            "\ufeff<?xml version='1.0'?>\n<iq type='result'><vCard xmlns='vcard-temp'>"
            "<FN>Carol</FN></vCard></iq>").strip())
        self.assertIn("FN:Carol\r\n", out)

    def test_what_is_no_card_is_1(self):
        for text in "", "hello\n", "<html/>", "<vcard", "<a/><b/>":
            self.plain("convert", "-", stdin=text, status=1)
        self.plain("convert", self.path("none"), status=1)

    def test_a_broken_card_among_others_is_passed_over_and_told(self):
        done = self.run_kithctl("convert", "-", stdin=card("Carol", "+447400100123")
                                + BROKEN + card("Dave", "+442079460018"))
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"FN:Carol", done.stdout)
        self.assertIn(b"FN:Dave", done.stdout)
        self.assertNotEqual(done.stderr, b"")

    def test_real_cards(self):
        if not CORPUS:
            self.skipTest("no corpus")
        read = {False: 0, True: 0}
        for file in glob.glob(CORPUS + "/vcf/*/*") + glob.glob(CORPUS + "/xml/*.xml"):
            done = self.run_kithctl("convert", "-f", "xml", file)
            self.assertIn(done.returncode, (0, 1), file)
            read[done.returncode == 0] += 1
            if done.returncode == 0:
                self.plain("convert", "-f", "4.0", "-", stdin=done.stdout.decode())
        print(f"cards: {read[True]} files read, {read[False]} refused")
        self.assertGreater(read[True], read[False])


class Book(Case):
    def setUp(self):
        super().setUp()
        self.start_kithd()
        self.three = self.path("three.vcf", card("Carol", "+447400100123", "urn:uuid:1")
                               + card("Dave", "+447400100124") + card("Erin", "+447400100125"))

    def test_import_and_export(self):
        self.assertEqual(self.ctl("import", "Alice@EXAMPLE.org", self.three),
                         "added 3, updated 0, unchanged 0, refused 0\n")
        out = self.ctl("export", "alice@example.org")
        self.assertEqual(sorted(re.findall(r"^FN:(.*)\r$", out, re.M)), ["Carol", "Dave", "Erin"])
        self.assertEqual(len(re.findall(r"^UID", out, re.M)), 3)
        self.assertEqual(self.ctl("accounts").split("\t")[0], "alice@example.org")

    def test_importing_twice_doubles_nothing(self):
        self.ctl("import", "alice@example.org", self.three)
        self.assertEqual(self.ctl("import", "alice@example.org", self.three),
                         "added 0, updated 0, unchanged 3, refused 0\n")
        out = self.ctl("export", "alice@example.org")
        self.assertEqual(self.ctl("import", "alice@example.org", "-", stdin=out),
                         "added 0, updated 0, unchanged 3, refused 0\n")

    def test_a_file_that_has_a_card_twice(self):
        double = card("Carol", "+447400100123") * 2 + card("Dave", "+447400100124", "urn:uuid:2") * 2
        self.assertEqual(self.ctl("import", "alice@example.org", "-", stdin=double),
                         "added 2, updated 0, unchanged 2, refused 0\n")

    def test_the_same_uid_replaces(self):
        self.ctl("import", "alice@example.org", self.three)
        self.assertEqual(self.ctl("import", "alice@example.org", "-",
                                  stdin=card("Caroline", "+447400100123", "urn:uuid:1")),
                         "added 0, updated 1, unchanged 0, refused 0\n")
        out = self.ctl("export", "alice@example.org")
        self.assertIn("FN:Caroline", out)
        self.assertNotIn("FN:Carol\r", out)

    def test_a_card_links_nothing(self):
        for uid in "carol@example.org", "xmpp:carol@example.org":
            self.ctl("import", "alice@example.org", "-", stdin=card(
                "Carol", "+447400100123", uid, "IMPP:xmpp:carol@example.org\r\n"))
        self.assertRegex(self.ctl("stats"), r"links +0\n")

    def test_broken_and_nameless_cards_are_told(self):
        done = self.run_kithctl("-c", self.conf, "import", "alice@example.org", "-", stdin=(
            "BEGIN:VCARD\r\nVERSION:4.0\r\nNOTE:x\r\nEND:VCARD\r\n"
            + card("Dave", "+447400100124") + BROKEN))
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, b"added 1, updated 0, unchanged 0, refused 2\n")

    def test_an_account_of_another_domain_is_refused(self):
        for jid in "alice@example.net", "example.org", "alice@example.org/phone", "@":
            self.ctl("import", jid, self.three, status=1)
        self.assertEqual(self.ctl("accounts"), "")

    def test_many(self):
        cards = "".join(card(f"Nr {i}", f"+4474001{i:05}") for i in range(250))
        self.assertEqual(self.ctl("import", "alice@example.org", "-", stdin=cards),
                         "added 250, updated 0, unchanged 0, refused 0\n")
        self.assertEqual(self.ctl("import", "alice@example.org", "-", stdin=cards),
                         "added 0, updated 0, unchanged 250, refused 0\n")
        self.assertEqual(self.ctl("export", "alice@example.org").count("BEGIN:VCARD"), 250)


class Store(Case):
    def setUp(self):
        super().setUp()
        self.start_kithd()
        self.ctl("import", "alice@example.org", "-", stdin=card("Carol", "+447400100123"))

    def test_stats(self):
        out = dict(line.split() for line in self.ctl("stats").splitlines())
        self.assertEqual((out["accounts"], out["contacts"], out["runs"]), ("1", "1", "0"))

    def test_verify(self):
        self.assertEqual(self.ctl("verify"), "")

    def test_show(self):
        out = self.ctl("show", "alice@example.org")
        for line in "account: alice@example.org, since ", "profile: none", "contacts: 1", \
                "holders: 0", "  audience = known (default)":
            self.assertIn(line, out)
        self.ctl("show", "nobody@example.org", status=1)

    def test_changes(self):
        self.assertEqual(self.ctl("changes"), "")
        self.assertEqual(self.ctl("changes", "alice@example.org"), "")
        self.ctl("changes", "nobody@example.org", status=1)

    def test_backup_is_whole_and_overwrites_nothing(self):
        copy = self.path("copy.db")
        self.ctl("backup", copy)
        conf = self.path("copy.conf", pathlib.Path(self.conf).read_text().replace("kith.db", "copy.db"))
        os.chmod(conf, 0o600)
        self.assertIn("FN:Carol", self.plain("-c", conf, "export", "alice@example.org"))
        self.ctl("backup", copy, status=1)

    def test_no_address_is_obeyed_by_a_terminal(self):
        """Directions that are younger than the tables by which addresses are prepared."""
        jid, shown = "e\u2066v\u2067e@example.org", "e\\u{2066}v\\u{2067}e@example.org"
        export = self.path("export.xml", "<server-data xmlns='urn:xmpp:pie:0'><host "
                           "jid='example.org'><user name='e\u2066v\u2067e'>%s</user></host>"
                           "</server-data>" % "<vCard xmlns='vcard-temp'><FN>Eve</FN>"
                           "<TEL><CELL/><NUMBER>+447400100123</NUMBER></TEL></vCard>")
        self.ctl("import", "--from", "xep-0227", export)
        self.assertIn(shown + "\t", self.ctl("accounts"))
        self.assertIn("account: " + shown, self.ctl("show", jid))
        self.assertIn("\t" + shown + "\t", self.ctl("changes"))
        self.assertIn("\t" + shown + "\t", self.ctl("changes", jid))
        bad = pathlib.Path(export).read_text().replace("<FN>", "<FN/><NOTE>").replace(
            "</FN>", "</NOTE>").replace("<TEL>", "<TEL/>" * 1100 + "<TEL>")
        done = self.run_kithctl("-c", self.conf, "import", "--replace", "--from", "xep-0227",
                                self.path("bad.xml", bad))
        self.assertEqual(done.returncode, 1)
        self.assertIn(shown, done.stderr.decode())
        self.assertNotIn("\u2066", done.stderr.decode())
        self.assertEqual(self.ctl("erase", "-y", jid), f"erased {shown}\n")
        done = self.run_kithctl("-c", self.conf, "erase", "-y", jid)
        self.assertEqual(done.stderr.decode(), f"kithctl: nothing is stored for {shown}\n")

    def test_erase(self):
        self.ctl("erase", "alice@example.org", status=1)  # asks, and there is no terminal
        self.assertEqual(self.ctl("erase", "-y", "alice@example.org"), "erased alice@example.org\n")
        self.assertEqual(self.ctl("accounts"), "")
        self.assertEqual(self.ctl("verify"), "")
        self.ctl("erase", "-y", "alice@example.org", status=1)

    def erase_on_a_terminal(self, word):
        here, there = pty.openpty()
        with subprocess.Popen([KITHCTL, "-c", self.conf, "erase", "alice@example.org"], stdin=there,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as ctl:
            os.write(here, word.encode())
            err = ctl.communicate(timeout=60)[1]
        os.close(here)
        os.close(there)
        self.assertIn(b"[y/N]", err)
        return ctl.returncode

    def test_erase_asks_on_a_terminal(self):
        self.assertEqual(self.erase_on_a_terminal("n\n"), 1)
        self.assertEqual(self.erase_on_a_terminal("\n"), 1)
        self.assertNotEqual(self.ctl("accounts"), "")
        self.assertEqual(self.erase_on_a_terminal("y\n"), 0)
        self.assertEqual(self.ctl("accounts"), "")


if __name__ == "__main__":
    unittest.main()
