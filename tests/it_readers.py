#!/usr/bin/python3
"""What kithctl writes, opened by other people's readers: python3-vobject (and with it khard),
libebook-contacts (the parser of Evolution and the GNOME address book), vdirsyncer, and a list of
rules that are the habits of stricter ones (ez-vcard, libical, node-vcf). Each must see the names and
numbers that were meant.

KITH_BUILD says where kithctl was built (default: build/ beside tests/). KITH_CORPUS: a directory
with real vCards under vcf/, whose conversions are opened too if it is set.
"""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ET

import gi
import vobject
from vdirsyncer.vobject import Item

import vcards

gi.require_version("EBookContacts", "1.2")
from gi.repository import EBookContacts # pylint: disable=wrong-import-position

KHARD = "/usr/bin/khard"
NS = "{urn:ietf:params:xml:ns:vcard-4.0}"
FORMS = ["3.0", "4.0"]
# What vobject can't open, in whatever writing: (a pattern of the card, the reason).
SHUT_TO_VOBJECT = [
    (r"^PROFILE[;:]", "PROFILE is taken for that of a calendar"),
]


def plain_number(text):
    """A tel: URI as 3.0 writes it."""
    match = re.match(r"tel: *([^;]*)(?:.*;ext=([^;]*))?", text, re.I | re.S)
    if not match:
        return text
    return match[1] + (f" ext. {match[2]}" if match[2] else "")


def meant(data, form):
    """[(FN or None, [(number, {types})])] of the cards, by their vCard4 XML."""
    cards = []
    for card in ET.fromstring(vcards.convert(data, "xml")).iter(NS + "vcard"):
        names = [e.findtext(NS + "text") for e in card.iter(NS + "fn")]
        tels = []
        for tel in card.iter(NS + "tel"):
            number = tel.findtext(NS + "uri") or tel.findtext(NS + "text") or ""
            types = {e.text.lower() for e in tel.iterfind(f"{NS}parameters/{NS}type/*") if e.text}
            tels.append((plain_number(number) if form == "3.0" else number, types))
        cards.append((next((name for name in names if name and name.strip()), None), tels))
    return cards


def split(text):
    return re.findall(r"BEGIN:VCARD\r\n.*?\r\nEND:VCARD\r\n", text, re.S)


def blanks(text):
    """Readers are free with blanks at the ends, and with line breaks in a name."""
    return re.sub(r"\s+", " ", text.replace("\\n", "\n")).strip()


class Readers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # (where, form, text of one card, what was meant)
        cls.cards = []
        for name, data in vcards.all_files().items():
            for form in FORMS:
                texts = split(vcards.convert(data, form).decode())
                wanted = meant(data, form)
                assert len(texts) == len(wanted), name
                cls.cards += [(f"{name} as {form}", form, text, card)
                              for text, card in zip(texts, wanted)]

    def setUp(self):
        self.count = {"names": 0, "numbers": 0}

    def tearDown(self):
        print(f"\n{self.id().rpartition('.')[2]}: {len(self.cards)} cards, "
              f"{self.count['names']} names and {self.count['numbers']} numbers as meant")

    def check(self, where, wanted, name, tels):
        """tels: [(number, {types})]"""
        if wanted[0] is not None:
            self.assertEqual(blanks(name), blanks(wanted[0]), where)
            self.count["names"] += 1
        self.assertEqual([(blanks(number), types - {"pref"}) for number, types in tels],
                         [(blanks(number), types) for number, types in wanted[1]], where)
        self.count["numbers"] += len(tels)

    def shut_to_vobject(self, text):
        return next((why for pattern, why in SHUT_TO_VOBJECT if re.search(pattern, text, re.M)),
                    None)

    def test_vobject_reads_it(self):
        for where, _, text, wanted in self.cards:
            if reason := self.shut_to_vobject(text):
                print(f"{where}: {reason}")
                continue
            card = vobject.readOne(text)
            card.validate()
            tels = [(tel.value, {t.lower() for t in tel.params.get("TYPE", [])})
                    for tel in card.contents.get("tel", [])]
            self.check(where, wanted, card.fn.value, tels)
            again = vobject.readOne(card.serialize(validate=False))
            self.assertEqual([tel.value for tel in again.contents.get("tel", [])],
                             [tel.value for tel in card.contents.get("tel", [])], where)

    def test_libebook_reads_it(self):
        for where, form, text, wanted in self.cards:
            card = EBookContacts.VCard.new_from_string(text)
            name, tels = None, []
            for attribute in EBookContacts.VCard.get_attributes(card):
                # Its parser takes a URI apart at semicolons.
                value = ";".join(attribute.get_values())
                kind = attribute.get_name().upper()
                if kind == "FN" and name is None:
                    name = value
                elif kind == "TEL":
                    types = {t.lower() for p in attribute.get_params() if p.get_name() == "TYPE"
                             for t in p.get_values()}
                    tels.append((value, types))
            self.check(where, wanted, name, tels)
            contact = EBookContacts.Contact.new_from_vcard(text)
            full = contact.get_property("full-name")
            if wanted[0] is not None:
                self.assertEqual(blanks(full), blanks(wanted[0]), where)

    def test_vdirsyncer_reads_it(self):
        for where, _, text, wanted in self.cards:
            item = Item(text)
            self.assertIsNotNone(item.parsed, where)
            self.assertEqual(list(item.parsed.dump_lines()), text.splitlines(), where)
            uid = re.search(r"^UID[;:].*", text.replace("\r\n ", ""), re.M)
            self.assertEqual(bool(item.uid), bool(uid and uid[0].strip()[-1] != ":"), where)
            tels = [line for line in item.parsed.dump_lines()
                    if re.match(r"(\w+\.)?TEL[;:]", line)]
            self.assertEqual(len(tels), len(wanted[1]), where)
            self.count["numbers"] += len(tels)
            self.count["names"] += bool(wanted[0])

    def test_khard_lists_it(self):
        for form in FORMS:
            cards = [(where, text, wanted) for where, f, text, wanted in self.cards
                     if f == form and not self.shut_to_vobject(text)]
            with tempfile.TemporaryDirectory(prefix="kith-khard-") as directory:
                book = pathlib.Path(directory) / "book"
                book.mkdir()
                for i, (_, text, _) in enumerate(cards):
                    # khard finds cards by UID: each gets one of its own.
                    text = re.sub(r"(?m)^UID[;:].*\r\n(?: .*\r\n)*", "", text)
                    text = text.replace("\r\nEND:VCARD", f"\r\nUID:{i:05}\r\nEND:VCARD")
                    (book / f"{i:05}.vcf").write_bytes(text.encode())
                conf = pathlib.Path(directory) / "khard.conf"
                conf.write_text(f"[addressbooks]\n[[book]]\npath = {book}\n"
                                "[contact table]\ndisplay = formatted_name\n")
                numbers = self.khard(conf, "phone", "--parsable")
                names = self.khard(conf, "list", "--parsable", "--fields", "uid,formatted_name")
            found = dict(line.split("\t")[:2] for line in names if "\t" in line)
            self.assertEqual(len(found), len(cards))
            for i, (where, _, wanted) in enumerate(cards):
                if wanted[0] is not None:
                    self.assertEqual(blanks(found[f"{i:05}"]), blanks(wanted[0]), where)
                    self.count["names"] += 1
            wanted = sorted(blanks(re.sub("^tel:", "", number)) for _, _, card in cards
                            for number, _ in card[1])
            found = sorted(blanks(re.sub("^tel:", "", line.split("\t")[0])) for line in numbers)
            self.assertEqual(found, wanted)
            self.count["numbers"] += len(found)

    def khard(self, conf, *args):
        done = subprocess.run([KHARD, "-c", str(conf), *args], capture_output=True, timeout=120,
                              check=False, env=dict(os.environ, LC_ALL="C.UTF-8"))
        self.assertEqual(done.returncode, 0, done.stderr)
        return [line for line in done.stdout.decode().split("\n") if line.strip()]

    def test_it_has_the_habits_of_strict_readers(self):
        for where, form, text, _ in self.cards:
            data = text.encode()
            self.assertNotRegex(data, rb"[^\r]\n|\r[^\n]", where)
            self.assertNotRegex(data, rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", where)
            for line in data.split(b"\r\n"):
                self.assertLessEqual(len(line), 75, where)
                line.decode() # folded between characters
            version, lines = vcards.read_cards(data)[0]
            self.assertEqual(version, form, where)
            self.assertTrue(text.startswith(f"BEGIN:VCARD\r\nVERSION:{form}\r\n"), where)
            self.assertIn("FN", [line.name for line in lines], where)
            if form == "3.0":
                self.assertIn("N", [line.name for line in lines], where)
            for line in lines:
                self.assertRegex(line.name, r"^[A-Z][A-Z0-9-_]*$", where)
                self.assertRegex(line.group, r"^[A-Za-z0-9-_]*$", where)
                for name, values in line.params:
                    self.assertRegex(name, r"^[A-Z][A-Z0-9-_]*$", where)
                    self.assertTrue(values and (name != "TYPE" or all(values)), (where, line))
                self.assertNotIn("CHARSET", [name for name, _ in line.params], where)
                if line.name == "TEL" and form == "3.0":
                    self.assertNotRegex(line.value, r"^(?i:tel:)", where)
                if line.get("ENCODING"):
                    self.assertEqual((form, line.get("ENCODING")), ("3.0", ["b"]), where)
                pref = line.get("PREF")
                self.assertTrue(not pref or 1 <= int(pref[0]) <= 100, where)
                self.assertNotIn("pref" if form == "4.0" else "", line.get("TYPE"), where)


if __name__ == "__main__":
    unittest.main()
