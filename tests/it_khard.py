#!/usr/bin/python3
"""khard and libkith on one directory: khard lists what the library wrote, and the library takes up
what khard wrote. The library is the real one, loaded as a program would; the service behind it
answers its queries with the contacts given.

KITH_BUILD says where it was built (default: build/ beside tests/).
"""
import ctypes
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ET

TOP = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("KITH_BUILD", TOP / "build"))
LIBRARY = BUILD / ".libs" / "libkith.so"
KHARD = "/usr/bin/khard"
SERVICE = "kith.example.org"
ME = "bob@example.org/r"
VCARD = "urn:ietf:params:xml:ns:vcard-4.0"

SEND = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t)
NOW = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)
EVENT = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)


class Host(ctypes.Structure):
    _fields_ = [("send", SEND), ("now", NOW), ("event", EVENT)]


class Options(ctypes.Structure):
    _fields_ = [(name, ctypes.c_char_p) for name in
                ("jid", "service", "book", "state", "region", "name")] + [
                    ("timeout_s", ctypes.c_uint), ("on_demand", ctypes.c_bool)]


def local(element):
    return element.tag.rpartition("}")[2]


class Client:
    """libkith, with a service that holds `items`: id to the inside of <vcard/>."""

    def __init__(self, directory, items):
        self.items = dict(items)
        self.version = len(self.items)
        self.order = list(self.items)
        self.queue = []
        self.events = []
        self.lib = ctypes.CDLL(str(LIBRARY))
        self.lib.kith_new.restype = ctypes.c_void_p
        self.lib.kith_event_json.restype = ctypes.c_void_p
        self.host = Host(SEND(self.send), NOW(), EVENT(self.event))
        options = Options(jid=ME.encode(), service=SERVICE.encode(),
                          book=os.fsencode(directory / "book"),
                          state=os.fsencode(directory / "state"), region=b"GB")
        self.kith = ctypes.c_void_p(self.lib.kith_new(
            ctypes.byref(self.host), ctypes.byref(options), None, None))
        assert self.kith.value

    def close(self):
        self.lib.kith_free(self.kith)

    def send(self, _context, stanza, _length):
        self.queue.append(stanza.decode())
        return 0

    def event(self, _context, event):
        text = self.lib.kith_event_json(ctypes.c_void_p(event))
        self.events.append(ctypes.string_at(text).decode())

    def feed(self, text):
        data = text.encode()
        self.lib.kith_feed(self.kith, data, ctypes.c_size_t(len(data)))

    def sync(self):
        self.lib.kith_online(self.kith, ME.encode())
        while self.queue:
            self.answer(ET.fromstring(self.queue.pop(0)))

    def answer(self, iq):
        payload = iq[0]
        result = ""
        if local(payload) == "query":
            after = payload.findtext(".//{http://jabber.org/protocol/rsm}after")
            for position, item in enumerate(self.order, 1):
                if after and position <= int(after):
                    continue
                self.feed(f"<message type='headline' from='{SERVICE}'><result "
                          f"xmlns='urn:xmpp:mam:2' queryid='{payload.get('queryid')}' "
                          f"id='{position}'><forwarded xmlns='urn:xmpp:forward:0'><delay "
                          "xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/><message "
                          "xmlns='jabber:client'><event "
                          "xmlns='http://jabber.org/protocol/pubsub#event'><items "
                          f"node='urn:xmpp:contacts'><item id='{item}'><vcard xmlns='{VCARD}'>"
                          f"{self.items[item]}</vcard></item></items></event></message>"
                          "</forwarded></result></message>")
            last = ""
            if self.order and (not after or int(after) < len(self.order)):
                last = f"<last>{len(self.order)}</last>"
            result = ("<fin xmlns='urn:xmpp:mam:2' complete='true'><set "
                      f"xmlns='http://jabber.org/protocol/rsm'>{last}</set></fin>")
        else:
            item = payload[0][0]
            ET.register_namespace("", VCARD)
            inner = "".join(ET.tostring(child, encoding="unicode") for child in item[0])
            self.items[item.get("id")] = inner
            if item.get("id") in self.order:
                self.order.remove(item.get("id"))
            self.order.append(item.get("id"))
        self.feed(f"<iq type='result' from='{SERVICE}' id='{iq.get('id')}'>{result}</iq>")


def contact(name, number, more=""):
    return (f"<fn><text>{name}</text></fn><tel><parameters><type><text>cell</text></type>"
            f"</parameters><uri>tel:{number}</uri></tel>{more}")


@unittest.skipUnless(os.access(KHARD, os.X_OK), "khard is not installed")
class Khard(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="kith-khard-"))
        self.addCleanup(shutil.rmtree, self.directory)
        self.conf = self.directory / "khard.conf"
        self.conf.write_text(f"[addressbooks]\n[[book]]\npath = {self.directory / 'book'}\n")
        self.client = Client(self.directory, {
            "carol@example.org": contact(
                "Carol Example", "+447700900123",
                "<email><text>carol@mail.example</text></email>"
                "<n><surname>Example</surname><given>Carol</given><additional/><prefix/>"
                "<suffix/></n><note><text>met, in; Rome\nand again</text></note>"
                "<org><text>Acme</text></org>"),
            "urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1": contact("Zoë 李", "+447700900456"),
            "dave@example.org": contact("Dave", "+447700900789"),
        })
        self.addCleanup(self.client.close)

    def khard(self, *args, text=None):
        done = subprocess.run(
            [KHARD, "-c", str(self.conf), *args], input=text, capture_output=True, text=True,
            timeout=60, check=False,
            env={**os.environ, "HOME": str(self.directory), "LC_ALL": "C.UTF-8"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("unparsable", done.stderr.lower())
        return done.stdout

    def test_khard_lists_what_the_library_wrote(self):
        self.client.sync()
        listed = self.khard("list", "--parsable")
        for name in "Carol Example", "Zoë 李", "Dave":
            self.assertIn(name, listed)
        self.assertIn("carol@example.org\t", listed)  # its UID
        phones = self.khard("phone", "--parsable")
        self.assertIn("7700900123", phones.replace(" ", ""))
        self.assertIn("cell", phones)
        shown = self.khard("show", "Carol")
        for text in "Acme", "carol@mail.example", "met, in; Rome":
            self.assertIn(text, shown)

    def test_an_edit_by_khard_goes_up(self):
        self.client.sync()
        yaml = self.khard("show", "--format=yaml", "Carol")
        self.assertIn("+447700900123", yaml)
        edited = self.directory / "edited.yaml"
        edited.write_text(yaml.replace("+447700900123", "+447700900999"))
        self.khard("edit", "Carol", "--input-file", str(edited), text="y\n")
        self.client.sync()
        self.assertIn("+447700900999", self.client.items["carol@example.org"])
        self.assertNotIn("+447700900123", self.client.items["carol@example.org"])
        self.assertIn("carol@mail.example", self.client.items["carol@example.org"])
        self.assertIn("Rome", self.client.items["carol@example.org"])

    def test_a_contact_made_by_khard_goes_up(self):
        self.client.sync()
        self.khard("new", "--input-file", "-",
                   text="First name: Erin\nLast name: Example\nPhone:\n  cell: +447700900111\n")
        self.client.sync()
        self.assertEqual(len(self.client.items), 4)
        new = self.client.items[self.client.order[-1]]
        self.assertIn("Erin Example", new)
        self.assertIn("+447700900111", new)


if __name__ == "__main__":
    unittest.main()
