"""A client's server that is played here, with a Kith service behind it that says what a test gives it: for
the `kith` command as it is, on a terminal of its own. RFC 6120; design: section 3."""
import base64
import os
import pty
import re
import signal
import socket
import subprocess
import threading
import time
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

from clients import Person
from servers import HOST

PATIENCE_S = 20  # until it counts as hanging
DOMAIN = "localhost"
SERVICE = "kith.localhost"
CLIENT, STREAMS = "{jabber:client}", "http://etherx.jabber.org/streams"
MAM, PUBSUB, DATA = "{urn:xmpp:mam:2}", "{http://jabber.org/protocol/pubsub}", "{jabber:x:data}"
COMMANDS, RSM = "{http://jabber.org/protocol/commands}", "{http://jabber.org/protocol/rsm}"
VCARD = "urn:ietf:params:xml:ns:vcard-4.0"
CONTACTS = "urn:xmpp:contacts"

# What a terminal obeys, and what turns or hides characters (common/utf8.h).
STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
                    "\ufff9-\ufffb\U000e0000-\U000e007f]")
# What kith itself has to say to a terminal: progress, and its end.
OWN = re.compile("\r\n|\r?\x1b\\[K|\r(?=[a-z]+: )")


def vcard(name, more="", number="+447400123456"):
    return ("<vcard xmlns='%s'><fn><text>%s</text></fn><tel><uri>tel:%s</uri></tel>%s</vcard>"
            % (VCARD, escape(name), number, more))


class Stream:
    """One connection of a client."""

    def __init__(self, server, connection):
        self.server, self.socket = server, connection
        self.jid = None
        self.parser = ET.XMLPullParser(["start", "end"])
        self.depth = 0

    def send(self, text):
        data = text if isinstance(text, bytes) else text.encode(errors="surrogatepass")
        try:
            self.socket.sendall(data)
        except OSError:  # it is gone
            pass

    def open(self):
        self.send("<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='%s' "
                  "version='1.0' from='%s' id='s'><stream:features>%s</stream:features>" % (
                      STREAMS, DOMAIN, "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>" if self.jid
                      else "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN"
                      "</mechanism></mechanisms>"))

    def run(self):
        while True:
            try:
                data = self.socket.recv(65536)
            except OSError:
                data = b""
            if not data:
                return
            self.parser.feed(data)
            for event, element in self.parser.read_events():
                self.depth += 1 if event == "start" else -1
                if event == "start" and self.depth == 1:
                    self.open()
                elif event == "end" and self.depth == 1 and self.handle(element):
                    break  # a new stream begins
                elif event == "end" and self.depth == 0:
                    self.send("</stream:stream>")
                    self.socket.close()
                    return

    def handle(self, element):
        if element.tag.endswith("}auth"):
            user = base64.b64decode(element.text).split(b"\0")[1].decode()
            self.jid = "%s@%s/here" % (user, DOMAIN)
            self.parser, self.depth = ET.XMLPullParser(["start", "end"]), 0
            self.send("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
            return True
        if element.tag == CLIENT + "iq":
            self.server.iq(self, element)
        elif element.tag == "{%s}error" % STREAMS:
            self.send("</stream:stream>")
            self.socket.close()
        return False


class Server:
    """The server, and the service's answers: cards by item id, fields of forms and notes by command,
    items that are refused. iq_hook(stream, iq): True: it was answered there."""

    def __init__(self):
        self.items = {}
        self.log = []  # (item, card): what changed, in order; the position is the number of it
        self.forms, self.notes, self.refusals = {}, {}, {}
        self.profile = None
        self.iq_hook = None
        self.published = []
        self.streams = []
        self.listener = socket.create_server((HOST, 0))
        self.c2s_port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for stream in self.streams:
            stream.socket.close()
        self.thread.join(PATIENCE_S)

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            stream = Stream(self, connection)
            self.streams.append(stream)
            threading.Thread(target=stream.run, daemon=True).start()

    def put(self, item, card):
        self.items[item] = card
        self.log.append((item, card))

    def reply(self, stream, iq, payload="", kind="result"):
        stream.send("<iq type='%s' id=%s from=%s to=%s>%s</iq>" % (
            kind, quoteattr(iq.get("id")), quoteattr(iq.get("to") or stream.jid.split("/")[0]),
            quoteattr(stream.jid), payload))

    def refuse(self, stream, iq, text, condition="forbidden"):
        self.reply(stream, iq, "<error type='cancel'><%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                   "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>%s</text></error>"
                   % (condition, escape(text)), "error")

    def iq(self, stream, iq):
        child = iq[0] if len(iq) else None
        tag = child.tag if child is not None else ""
        if iq.get("type") not in ("get", "set") or (self.iq_hook and self.iq_hook(stream, iq)):
            return
        if tag.endswith("bind"):
            self.reply(stream, iq, "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>%s</jid></bind>"
                       % stream.jid)
        elif tag.endswith("disco#items}query"):
            self.reply(stream, iq, "<query xmlns='http://jabber.org/protocol/disco#items'><item jid='%s'/>"
                       "</query>" % SERVICE)
        elif tag.endswith("disco#info}query"):
            self.reply(stream, iq, "<query xmlns='http://jabber.org/protocol/disco#info'><identity "
                       "category='directory' type='user'/><identity category='pubsub' type='service'/>"
                       "</query>")
        elif tag == MAM + "query":
            self.query(stream, iq, child)
        elif tag == PUBSUB + "pubsub":
            self.pubsub(stream, iq, child)
        elif tag == COMMANDS + "command":
            self.command(stream, iq, child)
        else:
            self.refuse(stream, iq, "no such thing", "feature-not-implemented")

    def result(self, stream, queryid, position, item, card, sender=SERVICE):
        stream.send("<message type='headline' from=%s to=%s><result xmlns='urn:xmpp:mam:2' queryid=%s "
                    "id='v%d'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'><event "
                    "xmlns='http://jabber.org/protocol/pubsub#event'><items node='%s'><%s id=%s>%s</%s>"
                    "</items></event></message></forwarded></result></message>" % (
                        quoteattr(sender), quoteattr(stream.jid), quoteattr(queryid), position, CONTACTS,
                        "item" if card else "retract", quoteattr(item), card or "",
                        "item" if card else "retract"))

    def query(self, stream, iq, query):
        after = query.find(RSM + "set/" + RSM + "after")
        position = int(after.text[1:]) if after is not None else 0
        for position in range(position + 1, min(len(self.log), position + 50) + 1):
            self.result(stream, query.get("queryid"), position, *self.log[position - 1])
        last = "<last>v%d</last>" % position if position and (
            after is None or "v%d" % position != after.text) else ""
        self.reply(stream, iq, "<fin xmlns='urn:xmpp:mam:2'%s><set xmlns='http://jabber.org/protocol/rsm'>"
                   "%s</set></fin>" % ("" if position < len(self.log) else " complete='true'", last))

    def pubsub(self, stream, iq, pubsub):
        verb = pubsub[0]
        item = verb[0].get("id") if len(verb) else None
        card = ET.tostring(verb[0][0], encoding="unicode") if len(verb) and len(verb[0]) else None
        if item in self.refusals:
            self.refuse(stream, iq, self.refusals[item])
        elif verb.get("node") == CONTACTS and verb.tag != PUBSUB + "items":
            self.published.append(item)
            self.put(item, card)
            self.reply(stream, iq)
        elif verb.tag == PUBSUB + "publish":
            self.profile = card
            self.reply(stream, iq)
        elif self.profile:
            self.reply(stream, iq, "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items "
                       "node='urn:xmpp:vcard4'><item id='current'>%s</item></items></pubsub>" % self.profile)
        else:
            self.refuse(stream, iq, "nothing", "item-not-found")

    def command(self, stream, iq, command):
        node = command.get("node")
        submitted = command.find(DATA + "x") is not None or command.get("action") == "cancel"
        fields, note = self.forms.get(node), self.notes.get(node, ("info", "done"))
        if node in self.refusals:
            self.refuse(stream, iq, self.refusals[node])
            return
        status, inner = "completed", "<note type='%s'>%s</note>" % (note[0], escape(note[1]))
        if fields and not submitted:
            status = "executing"
            inner = "<x xmlns='jabber:x:data' type='form'>%s</x>" % fields
        self.reply(stream, iq, "<command xmlns='http://jabber.org/protocol/commands' node=%s "
                   "sessionid='s1' status='%s'>%s</command>" % (quoteattr(node), status, inner))


class Command:
    """`kith` on a terminal of its own. text: all that came to it, as bytes."""

    def __init__(self, person, *words, environment=None, before=None):
        self.fd, inner = pty.openpty()
        self.text = b""
        self.is_over = False
        self.seen = 0
        self.answered_at = -1
        self.more = threading.Condition()
        self.process = subprocess.Popen(
            person.command(*words), stdin=inner, stdout=inner, stderr=inner, start_new_session=True,
            env={**person.environment, **(environment or {})}, preexec_fn=before)
        os.close(inner)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        """What comes, all the time: a terminal that isn't read holds up who writes to it."""
        while True:
            try:
                data = os.read(self.fd, 65536)
            except OSError:  # the other end is closed
                data = b""
            with self.more:
                self.text += data
                self.is_over = not data
                self.more.notify()
                if not data:
                    return

    def shown(self):
        return self.text.decode(errors="surrogateescape")

    def wait(self, pattern):
        """Until it shows that, behind what was waited for before."""
        with self.more:
            found = self.more.wait_for(
                lambda: re.compile(pattern).search(self.shown(), self.seen) or self.is_over, PATIENCE_S)
            found = re.compile(pattern).search(self.shown(), self.seen)
        if not found:
            raise AssertionError("never: %s; it printed:\n%r" % (pattern, self.shown()[-3000:]))
        self.seen = found.end()

    def type(self, text):
        os.write(self.fd, text.encode())

    def is_asking(self):
        """It waits for an answer that wasn't given yet."""
        prompt = re.search(r"(\[y/N\]|Enter for none\]) $", self.shown())
        return prompt and prompt.start() != self.answered_at

    def answer(self, text):
        self.answered_at = re.search(r"\[[^[]*\] $", self.shown()).start()
        self.type(text)

    def end(self, signals=False, answer=None):
        """Its status. answer: to all that it asks."""
        deadline = time.monotonic() + PATIENCE_S
        if signals:
            self.process.send_signal(signal.SIGTERM)
        with self.more:
            while not self.is_over and time.monotonic() < deadline:
                self.more.wait(0.2)
                if answer is not None and self.is_asking():
                    self.answer(answer)
        if not self.is_over:
            self.process.kill()
        status = self.process.wait(PATIENCE_S)
        self.reader.join(PATIENCE_S)
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
        if time.monotonic() >= deadline:
            raise AssertionError("it hangs; it printed:\n%r" % self.shown()[-3000:])
        return status


def user(directory, server, name):
    """Somebody with an account there."""
    person = Person(directory, server, name)
    with open(person.conf, "a", encoding="utf-8") as conf:
        conf.write("service = %s\n" % SERVICE)
    return person
