#!/usr/bin/python3
"""A phone's address book of 20,000 cards in one file, with `kith import` and `kith export`, against a real
Prosody and kithd: what it takes in time and memory is printed; that nothing is doubled or lost is asserted,
also where it was killed on the way."""
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from clients import Person, card  # noqa: E402
from servers import BUILD, PATIENCE_S, Kithd, Prosody, wait_until  # noqa: E402

# Of a build that is slow by what it looks for (KITH_SLOW), a tenth of the many.
MANY, FEWER = 2000 if os.environ.get("KITH_SLOW") else 20000, 4000  # cards; a tenth of them is in the file twice
MANY_S = 600  # for a command with many, on a slow disk
LIMITS = """preset = company
[limits]
contacts_per_book = 20000
"""


def numbers_of(rng):
    return [("cell", f"+44 7400 {rng.randrange(10**6):06}"), ("work", f"+44 121 {rng.randrange(10**7):07}")]


def phone(count):
    """The text of a file: as a phone has them, some twice, some without a UID, each twentieth with a
    photo."""
    rng = random.Random(1)
    cards = []
    for i in range(count // 10 * 9):
        more = [f"EMAIL;TYPE=home:person{i}@example.com", f"ADR;TYPE=home:;;{i} High Street;Leeds;;LS1;UK",
                "NOTE:Met at a conference\\, likes figs", "X-PHONETIC-LAST-NAME:Egzampl"]
        if i % 3:
            more.append(f"UID:{rng.getrandbits(128):032x}")
        if i % 20 == 0:
            photo = rng.randbytes(3000).hex()
            more.append("PHOTO;ENCODING=b;TYPE=JPEG:" + "\r\n ".join(
                photo[at:at + 74] for at in range(0, len(photo), 74)))
        cards.append(card(f"Person Example {i}", *numbers_of(rng), more=more))
    return "".join(cards + rng.sample(cards, count // 10))


class Phone(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="kith-phone-")
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)
        cls.prosody = Prosody(f"{cls.dir}/prosody")
        cls.prosody.register("alice", "bob", "carol", "dave")
        cls.prosody.start()
        cls.addClassCleanup(cls.prosody.stop)
        cls.kithd = Kithd(f"{cls.dir}/kithd", cls.prosody.component_port, LIMITS)
        cls.kithd.start()
        cls.addClassCleanup(cls.kithd.stop)

    def phone(self, count):
        path = f"{self.dir}/phone{count}.vcf"
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(phone(count))
        return path

    def person(self, name, device="device"):
        return Person(self.dir, self.prosody, name, device)

    def measured(self, what, person, *words):
        """Runs a command: its output, with its time and peak of memory printed."""
        with tempfile.TemporaryFile("w+") as out:
            began = time.monotonic()
            process = subprocess.Popen(person.command(*words), env=person.environment, stdout=out,
                                       stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            took = time.monotonic() - began
            out.seek(0)
            text = out.read()
        print(f"{what}: {took:.1f} s, CPU {usage.ru_utime + usage.ru_stime:.1f} s, "
              f"{usage.ru_maxrss / 1024:.0f} MB at most", flush=True)
        self.assertEqual(process.returncode, 0, text)
        return text

    def count(self, person):
        return len(list(person.book.glob("*.vcf")))

    def on_service(self, person):
        done = subprocess.run([str(BUILD / "kithctl"), "-c", str(self.kithd.conf), "show", person.jid],
                              check=True, capture_output=True, text=True)
        return int(re.search(r"^contacts: (\d+)", done.stdout, re.M)[1])

    def test_1_all_at_once_and_once_more(self):
        alice = self.person("alice")
        file, people, twice = self.phone(MANY), MANY // 10 * 9, MANY // 10
        text = self.measured(f"import of {MANY} cards, to the book and the service", alice, "import", file)
        self.assertIn(f"{MANY} cards: {people} new, 0 merged, {twice} the same, 0 passed over.", text)
        self.assertIn(f"{people} sent", text)
        self.assertEqual(self.count(alice), people)
        self.assertEqual(self.on_service(alice), people)
        before = {path.name: path.stat().st_mtime_ns for path in alice.book.iterdir()}
        text = self.measured("the same once more", alice, "import", file)
        self.assertIn(f"{MANY} cards: 0 new, 0 merged, {MANY} the same, 0 passed over.", text)
        self.assertIn("0 received, 0 sent", text)
        self.assertEqual({path.name: path.stat().st_mtime_ns for path in alice.book.iterdir()}, before)
        out = f"{self.dir}/out.vcf"
        self.measured("export of them", alice, "export", out)
        with open(out, encoding="utf-8", newline="") as exported:
            self.assertEqual(exported.read().count("BEGIN:VCARD\r\n"), people)

    def test_2_killed_on_the_way_it_goes_on(self):
        bob = self.person("bob")
        file, people = self.phone(FEWER), FEWER // 10 * 9
        for number, least in (self.count, 500), (self.count, 2000), (self.on_service, 3000):
            process = subprocess.Popen(bob.command("import", file), env=bob.environment,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                wait_until(lambda n=number, l=least: n(bob) >= l, f"{least} are in", process)
            finally:
                process.kill()
                process.wait(PATIENCE_S)
        text = self.measured("import after it was killed", bob, "import", file)
        self.assertRegex(text, f"{FEWER} cards: .* 0 merged")
        self.assertEqual(self.count(bob), people)
        self.assertEqual(self.on_service(bob), people)
        # Onto another device, and back from its export.
        other = self.person("bob", "other")
        self.measured(f"sync of {people} to another device", other, "sync")
        self.assertEqual(self.count(other), people)
        out = f"{self.dir}/other.vcf"
        other.kith("export", out)
        self.assertIn(f"{people} cards: 0 new, 0 merged, {people} the same", other.kith("import", out))

    def test_3_from_and_to_a_pipe(self):
        carol = self.person("carol")
        text = card("Ann Example", ("cell", "+44 7400 123456"), more=["UID:1"])
        done = carol.run("import", "-", stdin=text + "BEGIN:VCARD\r\n" + "NOTE:x\r\n" * 1001 +
                         "END:VCARD\r\n" + text)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, "3 cards: 1 new, 0 merged, 1 the same, 1 passed over")
        self.assertRegex(done.stderr, "line 8: .*1000 properties")
        for words in (), ("-",), ("-f", "4.0"), ("-f", "4.0", "-"):
            done = carol.run("export", *words)
            self.assertEqual(done.returncode, 0, done.stderr)
            version = "4.0" if words and words[0] == "-f" else "3.0"
            self.assertTrue(done.stdout.startswith(f"BEGIN:VCARD\nVERSION:{version}\n"), done.stdout)
            self.assertIn("1 contacts", done.stderr)

    def test_4_what_other_programs_read_of_an_export(self):
        carol = self.person("dave")
        carol.kith("import", carol.file("a.vcf", card(
            "Zoë Example", ("cell", "+44 7400 123456"), more=["UID:1", "NOTE:" + "wörd " * 40])))
        import vobject
        for version in "3.0", "4.0":
            out = str(carol.home / "out.vcf")
            carol.kith("export", "-f", version, out)
            with open(out, encoding="utf-8", newline="") as file:
                found, = vobject.readComponents(file)
            self.assertEqual(found.fn.value, "Zoë Example")
            self.assertEqual(found.tel.value.replace(" ", "").replace("tel:", ""), "+447400123456")
            self.assertEqual(found.note.value.strip(), ("wörd " * 40).strip())


if __name__ == "__main__":
    unittest.main(verbosity=2)
