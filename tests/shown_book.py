"""A local address book with anything in it: nothing holds `kith` up, nothing outside is read or written."""
import os
import pathlib
import pwd
import shutil
import socket
import stat
import unittest

from shown_server import vcard
from shown_terminal import RAW, Case, text_card

SECRET = text_card("Secret")
HUGE = 100 << 20  # bytes

# What may be in a file by the name of a card, and whether that is one.
CONTENTS = {
    "empty": (b"", False), "cut": (text_card("Cut")[:-8], False), "two": (text_card("A") * 2, False),
    "nul": (b"\0" * 10000, False), "nuls": (text_card("N").replace(b"N", b"N\0"), None),
    "raw": (text_card(RAW), True), "bare": (b"BEGIN:VCARD", False), "end": (b"END:VCARD", False),
    "latin": (text_card("x").replace(b"x", b"\xe4\xff\xfe"), True),
    "utf16": (("\ufeff" + text_card("Sixteen").decode()).encode("utf-16-le"), None),
    "long": (text_card("n" * 500000), None),
    "folded": (b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:f" + b"\r\n o" * 100000 + b"\r\nEND:VCARD\r\n", None),
    "params": (b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:p\r\nTEL" + b";A=B" * 50000 + b":1\r\nEND:VCARD\r\n", None),
    "many": (b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:m\r\n" + b"TEL:1\r\n" * 10000 + b"END:VCARD\r\n", None),
    "deep": (b"BEGIN:VCARD\r\n" * 40 + b"END:VCARD\r\n" * 40, False),
    "groups": (b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:g\r\n" + b"g." * 50000 + b"TEL:1\r\nEND:VCARD\r\n", None),
}

IDS = ["../x", "../../../../tmp/kith-x", "/etc/kith-x", "..", ".", ".hidden", "a/b", "x.vcf", "-rf", "~", "CON",
       "%2e%2e%2fx", "x\u202e", "\u9b31" * 100, "n" * 300, "n" * 3000, "n" * 300 + "m", "*", "$(id)", "`id`", "a b",
       "LINK", "link", "urn:uuid:", "urn:uuid:../x", "taken"]


class InTheBook(Case):
    def setUp(self):
        super().setUp()
        self.book.mkdir(parents=True)
        self.outside = pathlib.Path(self.dir) / "outside"
        self.outside.mkdir()
        (self.outside / "secret.vcf").write_bytes(SECRET)
        (self.book / "good.vcf").write_bytes(text_card("Good Example"))

    def place(self, name, data):
        (self.book / (name + ".vcf")).write_bytes(data)

    def place_specials(self):
        """What is no file: name and kind."""
        book = self.book
        os.mkfifo(book / "fifo.vcf")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(book / "socket.vcf"))
        (book / "out.vcf").symlink_to(self.outside / "secret.vcf")
        (book / "relative.vcf").symlink_to("../" * 20 + str(self.outside / "secret.vcf")[1:])
        (book / "dangling.vcf").symlink_to("nowhere.vcf")
        (book / "loop.vcf").symlink_to("loop.vcf")
        (book / "terminal.vcf").symlink_to("/dev/tty")
        (book / "input.vcf").symlink_to("/dev/stdin")
        (book / "directory.vcf").mkdir()
        (book / "directory.vcf/in.vcf").write_bytes(SECRET)
        os.link(self.outside / "secret.vcf", book / ".linked.vcf")
        if os.getuid() == 0:
            os.mknod(book / "zero.vcf", stat.S_IFCHR | 0o600, os.makedev(1, 5))
            os.mknod(book / "full.vcf", stat.S_IFCHR | 0o600, os.makedev(1, 7))
        return self.kinds()

    def kinds(self):
        """What is in the directory: by name its kind, and what a link says or a file holds."""
        return {path.name: (stat.S_IFMT(path.lstat().st_mode), os.readlink(path) if path.is_symlink() else
                            path.read_bytes() if path.is_file() and path.stat().st_size < HUGE else None)
                for path in self.book.iterdir()}

    def assert_outside(self, names=("secret.vcf",)):
        self.assertEqual(sorted(os.listdir(self.outside)), sorted(names))
        self.assertEqual((self.outside / "secret.vcf").read_bytes(), SECRET)
        self.assertNotIn("Secret", repr(self.server.items))
        self.figures.add("entries tried", len(os.listdir(self.book)))

    def test_what_is_no_file_is_left_alone_and_nothing_waits_for_it(self):
        before = self.place_specials()
        for words in (["sync"], ["list"], ["show", "Good"], ["find", "Good"], ["--json", "list"], ["sync"],
                      ["export", str(pathlib.Path(self.dir) / "out.vcf")]):
            status, text = self.kith(*words)
            self.assertEqual(status, 0, text)
            self.assertNotIn("Secret", text)
        self.assertEqual([name for name, kind in self.kinds().items() if before.get(name, kind)[0] != kind[0]], [])
        self.assertEqual({name: kind for name, kind in self.kinds().items() if name != "good.vcf"},
                         {name: kind for name, kind in before.items() if name != "good.vcf"})
        self.assertEqual(len(self.server.items), 1)
        self.assert_outside()

    def test_whatever_is_in_a_file(self):
        """What isn't one whole card stays as it is, and is told with its name and why."""
        for name, (data, _) in CONTENTS.items():
            self.place(name, data)
        with open(self.book / "huge.vcf", "wb") as file:
            file.write(text_card("Huge"))
            file.truncate(HUGE)
        before = self.kinds()
        status, text = self.kith("sync")
        self.assertEqual(status, 0, text[-2000:])
        for name in [name for name, (_, is_card) in CONTENTS.items() if is_card is False] + ["huge"]:
            self.assertRegex(text, r"(?m)^%s\.vcf: .{5}" % name)
            self.assertEqual(self.kinds()[name + ".vcf"], before[name + ".vcf"])
        self.assertIn("huge.vcf: it is too large", text)
        names = repr(self.server.items)
        for name, (_, is_card) in CONTENTS.items():
            if is_card:
                self.assertNotRegex(text, r"(?m)^%s\.vcf: " % name)
        self.assertIn("Good Example", names)
        for words in ["list"], ["find", "e"], ["show", "Good"], ["sync"]:
            self.assertEqual(self.kith(*words)[0], 0)
        self.assert_outside()

    @unittest.skipUnless(os.getuid() == 0, "only root can give a directory to somebody else")
    def test_a_file_that_may_not_be_read_is_told_with_the_reason(self):
        nobody = pwd.getpwnam("nobody")
        self.place("mine", text_card("Mine"))
        for path in [pathlib.Path(self.dir), *pathlib.Path(self.dir).rglob("*")]:
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        os.chmod(self.book / "mine.vcf", 0)
        status, text = self.kith("sync", before=lambda: os.setuid(nobody.pw_uid))
        self.assertEqual(status, 0, text)
        self.assertIn("mine.vcf: Permission denied", text)
        self.assertIn("Good Example", repr(self.server.items))

    def test_no_id_and_no_name_names_another_file(self):
        before = self.place_specials()
        (self.book / "taken.vcf").symlink_to(self.outside / "new.vcf")
        for i, item in enumerate(IDS):
            uid = "<uid><text>%s</text></uid>" % item
            self.server.put(item, vcard("../../x" if i % 2 else "/x\n" + item, uid))
            self.server.put("urn:uuid:%d" % i, vcard(item, uid))
        status, text = self.kith("sync")
        self.assertEqual(status, 0, text[-2000:])
        new = {name: kind for name, kind in self.kinds().items() if name not in before and name != "taken.vcf"}
        self.assertEqual(len(new), 2 * len(IDS))
        for name, (kind, text) in new.items():
            self.assertRegex(name, r"^[A-Za-z0-9_@-][A-Za-z0-9_@.-]{0,150}\.vcf$")
            self.assertEqual((kind, text[-11:]), (stat.S_IFREG, b"END:VCARD\r\n"))
        self.assert_outside()
        self.assertEqual(sorted(os.listdir(self.dir)), ["bob", "outside"])
        self.assertFalse(any(os.path.exists(path) for path in ("/tmp/kith-x", "/tmp/kith-x.vcf", "/etc/kith-x")))

    def test_an_entry_that_becomes_something_else_is_not_followed(self):
        """A link, a pipe, a directory in the place of a card that the service then changes."""
        self.assertEqual(self.kith("sync")[0], 0)
        item, = self.server.items
        for number, make in enumerate((
                lambda path: path.symlink_to(self.outside / "secret.vcf"), os.mkfifo, os.mkdir,
                lambda path: path.symlink_to("nowhere"), lambda path: path.symlink_to("/dev/tty"))):
            path = next(path for path in self.book.iterdir() if path.is_file() and not path.is_symlink())
            path.unlink()
            make(path)
            kind = self.kinds()[path.name]
            self.server.put(item, vcard("Good Example %d" % number, number="+44740065432%d" % number))
            status, text = self.kith("sync")
            self.assertEqual(status, 0, text)
            self.assertEqual(self.kinds()[path.name], kind)
            self.assertEqual(sum(b"+4474" in (each[1] or "").encode() if isinstance(each[1], str) else
                                 b"Good Example" in (each[1] or b"") for each in self.kinds().values()), 1)
        self.assert_outside()

    def test_a_book_that_is_none_is_told(self):
        shutil.rmtree(self.book)
        for make in (os.mkfifo, lambda path: path.symlink_to(path.name), lambda path: path.write_text("x"),
                     lambda path: path.symlink_to("/dev/zero")):
            make(self.book)
            status, text = self.kith("list")
            self.assertEqual(status, 1)
            self.assertRegex(text, "^kith: book .*: (Not a directory|Too many levels of symbolic links|File exists)")
            self.book.unlink()
            self.figures.add("entries tried")

    def test_a_file_of_cards_to_import_or_add_may_be_anything(self):
        paths = self.place_specials()
        for name, (data, _) in CONTENTS.items():
            self.place("c-" + name, data)
        directory = pathlib.Path(self.dir) / "cards"
        self.book.rename(directory)
        for path in sorted(directory.iterdir()):
            if path.name in ("terminal.vcf", "input.vcf"):
                continue  # links that a person names are followed; there somebody types
            for word in "import", "add":
                status, text = self.kith(word, str(path))
                self.assertIn(status, (0, 1))
                if paths.get(path.name, (stat.S_IFREG,))[0] not in (stat.S_IFREG, stat.S_IFLNK):
                    self.assertEqual(status, 1, path)
                    self.assertRegex(text, "Invalid argument|Is a directory|No such device or address")
                self.figures.add("entries tried")
