"""What the servers themselves stop: a client, or another component, that writes another's address into
`from`. Without that nothing behind it could be trusted (the guide, "Threat model")."""
import base64
import hashlib
import re
import socket
import tempfile
import unittest
import xml.etree.ElementTree as ET

import servers
from servers import DOMAIN, PASSWORD, PATIENCE_S, SECRET, SERVICE, Ejabberd, Kithd, Prosody

EVIL = "evil." + DOMAIN
FORGED = ["bob@" + DOMAIN, "bob@%s/x" % DOMAIN, DOMAIN, SERVICE, "x@" + SERVICE, "alice@example.com",
          "bob@%s." % DOMAIN, "BOB@" + DOMAIN, "@", ""]
CARD = "<vCard xmlns='vcard-temp'><FN>Forged</FN></vCard>"
STANZAS = [
    "<iq type='set' id='f'%s to='{0}'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish "
    "node='urn:xmpp:vcard4'><item><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Forged</text>"
    "</fn></vcard></item></publish></pubsub></iq>",
    "<iq type='set' id='f'%s to='{0}'><delegation xmlns='urn:xmpp:delegation:2'><forwarded "
    "xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='set' id='i' from='bob@{1}/x'>" + CARD +
    "</iq></forwarded></delegation></iq>",
    "<message%s to='{0}'><privilege xmlns='urn:xmpp:privilege:2'><perm access='roster' type='both'/>"
    "</privilege></message>",
    "<presence type='subscribe'%s to='{0}'/>",
]


class Raw:
    """A stream that says what it is told to."""

    def __init__(self, port, header):
        self.socket = socket.create_connection((servers.HOST, port), PATIENCE_S)
        self.header = header
        self.open()

    def open(self):
        self.parser = ET.XMLPullParser(["start", "end"])
        self.depth, self.root, self.is_over = 0, None, False
        self.send("<?xml version='1.0'?>" + self.header)
        while self.root is None and self.read() is not None:
            pass

    def send(self, text):
        try:
            self.socket.sendall(text.encode())
        except OSError:
            self.is_over = True

    def read(self):
        """What is complete by now; None: the stream is over."""
        try:
            data = self.socket.recv(65536)
        except (ConnectionError, TimeoutError):
            data = b""
        if not data:
            self.is_over = True
            return None
        self.parser.feed(data)
        ready = []
        for event, element in self.parser.read_events():
            self.depth += 1 if event == "start" else -1
            if self.depth == 1 and event == "start":
                self.root = element
            elif self.depth == 1:
                ready.append(element)
            elif self.depth == 0:
                self.is_over = True
        return ready

    def wait(self, is_it):
        """Until such a stanza comes; None: the stream is over before."""
        while not self.is_over:
            for stanza in self.read() or ():
                if is_it(stanza):
                    return stanza
        return None

    def close(self):
        self.socket.close()


def client(port, user):
    raw = Raw(port, "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
              "to='%s' version='1.0'>" % DOMAIN)
    raw.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%s</auth>"
             % base64.b64encode(("\0%s\0%s" % (user, PASSWORD)).encode()).decode())
    assert raw.wait(lambda s: s.tag.endswith("}success")) is not None
    raw.open()
    raw.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>raw</resource>"
             "</bind></iq><iq type='set' id='s'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>")
    assert raw.wait(lambda s: s.get("id") == "b").get("type") == "result"
    return raw


def component(port):
    raw = Raw(port, "<stream:stream xmlns='jabber:component:accept' "
              "xmlns:stream='http://etherx.jabber.org/streams' to='%s'>" % EVIL)
    raw.send("<handshake>%s</handshake>"
             % hashlib.sha1((raw.root.get("id") + SECRET).encode()).hexdigest())
    assert raw.wait(lambda s: s.tag.endswith("}handshake")) is not None
    return raw


class Servers:
    """The tests, for each server."""
    figures = None
    make_server = None

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory(prefix="kith-closed-")
        cls.addClassCleanup(cls.dir.cleanup)
        cls.server = cls.make_server(cls.dir.name + "/server")
        cls.add_component()
        cls.server.register("alice", "bob")
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()
        cls.kithd = Kithd(cls.dir.name + "/kithd", cls.server.component_port)
        cls.kithd.spawn(str(servers.BUILD / "kithd"), "-d", "-c", str(cls.kithd.conf))
        cls.addClassCleanup(cls.kithd.stop)
        servers.wait_until(lambda: " is up at " in cls.kithd.output(), "kithd is attached",
                           cls.kithd.process)

    def forge(self, connect, may_be):
        """Every forged address, each on a stream of its own, since that may be the end of it. Whom
        kithd heard of is of those."""
        began = len(self.kithd.output())
        for sender in FORGED:
            raw = connect()
            for stanza in STANZAS:
                raw.send(stanza.replace("%s", " from='%s'" % sender).format(SERVICE, DOMAIN))
                self.figures.add("forgeries tried at real servers")
            # So that all before it is through: what comes back is an answer, or the stream's end.
            raw.send("<iq type='get' id='last' to='%s'%s><ping xmlns='urn:xmpp:ping'/></iq>" % (
                DOMAIN, " from='x@%s'" % EVIL if connect is self.evil else ""))
            raw.wait(lambda s: s.get("id") == "last")
            raw.close()
        # And what kithd got before this, it has done.
        raw = client(self.server.c2s_port, "alice")
        raw.send("<iq type='get' id='last' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>" % SERVICE)
        self.assertEqual(raw.wait(lambda s: s.get("id") == "last").get("type"), "result")
        raw.close()
        log = self.kithd.output()[began:]
        senders = set(re.findall(r"^debug: router: \S+ \S+ from (\S+) id ", log, re.M))
        self.assertLessEqual({sender.partition("/")[0] for sender in senders}, may_be)
        bob = client(self.server.c2s_port, "bob")
        bob.send("<iq type='get' id='p' to='%s'><pubsub xmlns='http://jabber.org/protocol/pubsub'>"
                 "<items node='urn:xmpp:vcard4'/></pubsub></iq>" % SERVICE)
        answer = bob.wait(lambda s: s.get("id") == "p")
        bob.close()
        self.assertNotIn("Forged", ET.tostring(answer, encoding="unicode"))

    def evil(self):
        return component(self.evil_port)

    def test_no_client_writes_in_anothers_name(self):
        self.forge(lambda: client(self.server.c2s_port, "alice"), {"alice@" + DOMAIN})

    def test_no_component_writes_in_anothers_name(self):
        self.forge(self.evil, {EVIL, "x@" + EVIL, "alice@" + DOMAIN})


@unittest.skipUnless(Prosody.is_installed(), "there is no Prosody")
class OnProsody(Servers, unittest.TestCase):
    make_server = Prosody

    @classmethod
    def add_component(cls):
        cls.evil_port = cls.server.component_port
        with open(cls.server.conf, "a") as conf:
            conf.write('Component "%s"\n\tcomponent_secret = "%s"\n' % (EVIL, SECRET))


@unittest.skipUnless(Ejabberd.is_installed(), "there is no ejabberd, or another user is at work than root")
class OnEjabberd(Servers, unittest.TestCase):
    make_server = Ejabberd

    @classmethod
    def add_component(cls):
        """At a port of its own: those of one can write in each other's name (the guide, ejabberd)."""
        cls.evil_port = servers.free_ports(1)[0]
        text, own = cls.server.conf.read_text(), servers.EJABBERD_COMPONENT
        cls.server.conf.write_text(text.replace("listen:\n", "listen:\n" + own.format(
            component=cls.evil_port, host=servers.HOST, service=EVIL, secret=SECRET)))
