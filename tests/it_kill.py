#!/usr/bin/python3
"""kithd is killed in the middle of a run, again and again, against a server that only takes.

Each holder ends with the newest number in its book and was told it, and nobody is told an older number
after a newer one. KITH_BUILD says where it was built (default: build/ beside tests/).
"""
import hashlib
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import threading
import unittest
import xml.etree.ElementTree as ET

TOP = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("KITH_BUILD", TOP / "build"))
HOLDERS = 1000
PATIENCE_S = 120  # after which what is waited for is taken as not coming
SERVICE = "kith.example.org"
CAROL = "carol@example.org"
COMPONENT = "{jabber:component:accept}"


def holder(i):
    return f"h{i:04}@example.org"


def number(n):
    return f"+4474001{n:05}"


def publish(who, node, item, n):
    return (f"<iq type='set' from='{who}/x' to='{SERVICE}' id='{who}'>"
            f"<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='{node}'>"
            f"<item id='{item}'><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>"
            "<fn><text>Carol Example</text></fn><tel><parameters><type><text>cell</text></type>"
            f"</parameters><uri>tel:{number(n)}</uri></tel></vcard></item></publish></pubsub></iq>")


class Server:
    """Takes components' connections, one after the other, and what they send."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.news = threading.Condition()
        self.answers = {}  # id of an iq: its type and element
        self.pushes = []  # (to, number, id), as they came
        self.held = []  # pings that are not answered
        self.limit = None  # pushes after which no ping is answered
        self.peer = None
        self.sending = threading.Lock()
        self.is_up = False
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            try:
                self.take(peer)
            except OSError:
                pass
            with self.news:
                self.is_up = False
                self.held = []
                self.news.notify_all()
            peer.close()

    def take(self, peer):
        self.peer = peer
        parser = ET.XMLPullParser(["start", "end"])
        depth = 0
        while data := peer.recv(65536):
            parser.feed(data)
            for event, element in parser.read_events():
                depth += 1 if event == "start" else -1
                if depth == 1 and event == "start":
                    root = element
                    self.send(b"<stream:stream xmlns='jabber:component:accept' id='a1' "
                              b"xmlns:stream='http://etherx.jabber.org/streams' from='"
                              + SERVICE.encode() + b"'>")
                elif depth == 1:
                    with self.news:
                        self.stanza(element)
                        self.news.notify_all()
                    root.clear()

    def send(self, data):
        with self.sending:
            self.peer.sendall(data)

    def stanza(self, element):
        if element.tag == COMPONENT + "handshake":
            assert element.text == hashlib.sha1(b"a1s3cret").hexdigest()
            self.send(b"<handshake/>")
            self.is_up = True
        elif element.tag == COMPONENT + "iq" and element.get("type") == "get":
            self.held.append(element.get("id"))
            if self.limit is None or len(self.pushes) < self.limit:
                self.answer_pings()
        elif element.tag == COMPONENT + "iq":
            self.answers[element.get("id")] = element
        elif element.get("type") == "chat":
            told = re.search(r" is now \+44 7400 1(\d+)", element.findtext(COMPONENT + "body"))
            self.pushes.append((element.get("to"), int(told[1]), element.get("id")))

    def answer_pings(self):
        for ping in self.held:
            self.send(f"<iq type='result' from='example.org' to='{SERVICE}' "
                      f"id='{ping}'/>".encode())
        self.held = []

    def wait(self, what):
        with self.news:
            if not self.news.wait_for(what, PATIENCE_S):
                raise AssertionError("it didn't come")

    def ask(self, stanzas):
        """Sends iqs, {id: text}, and returns their answers by id."""
        with self.news:
            for name in stanzas:
                self.answers.pop(name, None)
        self.send("".join(stanzas.values()).encode())
        self.wait(lambda: all(name in self.answers for name in stanzas))
        return {name: self.answers[name] for name in stanzas}


class Killed(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="kith-kill-")
        self.addCleanup(folder.cleanup)
        self.server = Server()
        self.addCleanup(self.server.listener.close)
        self.conf = os.path.join(folder.name, "kith.conf")
        with open(self.conf, "w", encoding="utf-8") as conf:
            conf.write(f"jid = {SERVICE}\nserver = 127.0.0.1:{self.server.port}\nsecret = s3cret\n"
                       f"store = sqlite:{folder.name}/kith.db\ndomains = example.org\nregion = GB\n")
        os.chmod(self.conf, 0o600)
        self.kithd = None
        self.addCleanup(self.kill)
        self.start()
        self.publish_all({CAROL: publish(CAROL, "urn:xmpp:vcard4", "current", 1)})
        self.publish_all({holder(i): publish(holder(i), "urn:xmpp:contacts", CAROL, 1)
                          for i in range(HOLDERS)})

    def start(self):
        self.kithd = subprocess.Popen([str(BUILD / "kithd"), "-c", self.conf],
                                      stderr=subprocess.DEVNULL)
        self.server.wait(lambda: self.server.is_up)

    def kill(self):
        if self.kithd is not None:
            self.kithd.kill()
            self.kithd.wait()
            self.kithd = None
            self.server.wait(lambda: not self.server.is_up)

    def publish_all(self, stanzas):
        for name, answer in self.server.ask(stanzas).items():
            self.assertEqual(answer.get("type"), "result", (name, ET.tostring(answer)))

    def change(self, n):
        self.publish_all({CAROL: publish(CAROL, "urn:xmpp:vcard4", "current", n)})

    def stats(self):
        out = subprocess.run([str(BUILD / "kithctl"), "-c", self.conf, "stats"], check=True,
                             capture_output=True, timeout=PATIENCE_S).stdout.decode()
        return {key: int(value) for key, value in (line.split() for line in out.splitlines())}

    def finish(self, last):
        """All holders were told the last number, and have it; nobody heard an older one after it."""
        everyone = {holder(i) for i in range(HOLDERS)}
        self.server.wait(lambda: {to for to, n, _ in self.server.pushes if n == last} == everyone)
        while self.stats()["runs"] > 0:
            self.server.wait(lambda: self.kithd.poll() is None)
        newest = {}
        for to, n, _ in self.server.pushes:
            self.assertGreaterEqual(n, newest.get(to, 0), to)
            newest[to] = n
        books = self.server.ask({holder(i): (
            f"<iq type='get' from='{holder(i)}/x' to='{SERVICE}' id='{holder(i)}'>"
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:contacts'>"
            f"<item id='{CAROL}'/></items></pubsub></iq>") for i in range(HOLDERS)})
        for name, answer in books.items():
            uris = [e.text for e in answer.iter("{urn:ietf:params:xml:ns:vcard-4.0}uri")]
            self.assertEqual(uris, ["tel:" + number(last)], name)

    def kill_behind(self, pushes):
        """Kills it when that many were taken and the last window waits, in the middle of the run."""
        self.server.wait(lambda: len(self.server.pushes) >= pushes and self.server.held)
        self.kill()
        self.assertEqual(self.stats()["runs"], 1)

    def test_killed_while_pushes_go_out(self):
        self.server.limit = 200
        self.change(2)
        self.kill_behind(200)
        self.server.limit = None
        self.start()
        self.finish(2)
        ids = {(to, push_id) for to, _, push_id in self.server.pushes}
        self.assertEqual(len(ids), HOLDERS)  # what came twice had the same id
        self.assertLessEqual(len(self.server.pushes), HOLDERS + 1024)

    def test_what_no_answer_came_for_is_sent_again(self):
        self.server.limit = 0
        self.change(2)
        self.kill_behind(1)
        lost = {push_id for _, _, push_id in self.server.pushes}
        self.server.pushes.clear()
        self.server.limit = None
        self.start()
        self.finish(2)
        again = {push_id for _, _, push_id in self.server.pushes}
        self.assertEqual(len(self.server.pushes), HOLDERS)
        self.assertLessEqual(lost, again)

    def test_killed_again_and_again(self):
        self.server.limit = 100
        self.change(2)
        for limit in range(100, 600, 100):
            self.kill_behind(limit)
            self.server.limit = limit + 100
            self.start()
        self.server.limit = None
        self.kill()
        self.start()
        self.finish(2)

    def test_a_second_change_before_the_kill(self):
        self.server.limit = 100
        self.change(2)
        self.server.wait(lambda: self.server.held)
        self.change(3)
        self.kill()
        self.server.limit = None
        self.start()
        self.finish(3)

    def test_a_second_change_after_the_kill(self):
        self.server.limit = 100
        self.change(2)
        self.kill_behind(100)
        self.server.limit = 300
        self.start()
        self.change(3)
        self.kill_behind(300)
        self.server.limit = None
        self.start()
        self.finish(3)

    def test_killed_right_after_the_answer_to_the_publisher(self):
        self.change(2)
        self.kill()
        self.start()
        self.finish(2)


if __name__ == "__main__":
    unittest.main()
