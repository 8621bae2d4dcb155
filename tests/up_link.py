"""The link of kithd in bad days: a server that goes, stays silent, or is no server. Part of tests/promise_up.py."""

import errno
import re
import signal
import socket
import unittest

from peer import PATIENCE, PING, Kithd, Peer, Stream
from promise import count
from shims import Clock

FROM_BOB = "from='bob@example.org/phone' to='kith.example.org'"
PUBSUB = "{http://jabber.org/protocol/pubsub}"
CONDITIONS = (  # RFC 6120, 4.9.3
    "bad-format", "bad-namespace-prefix", "conflict", "connection-timeout", "host-gone",
    "host-unknown", "improper-addressing", "internal-server-error", "invalid-from", "invalid-id",
    "invalid-namespace", "invalid-xml", "not-authorized", "not-well-formed", "policy-violation",
    "remote-connection-failed", "reset", "resource-constraint", "restricted-xml", "see-other-host",
    "system-shutdown", "undefined-condition", "unsupported-encoding", "unsupported-feature",
    "unsupported-stanza-type", "unsupported-version")
HEADER = ("<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
          "xmlns:stream='http://etherx.jabber.org/streams' from='kith.example.org' id='1'>")
GARBAGE = {  # instead of a stream
    "a TLS hello": bytes.fromhex("160303007a0200007603036162") + bytes(range(100)),
    "a TLS alert": bytes.fromhex("15030100020246"),
    "HTTP": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    "SSH": b"SSH-2.0-OpenSSH_9.2p1\r\n",
    "zeros": bytes(5000),
    "JSON": b'{"jsonrpc": "2.0"}\n',
    "UTF-16": HEADER.encode("utf-16"),
    "bytes that aren't UTF-8": HEADER.replace("id='1'", "id='%s'").encode() % b"\xff\xfe",
    "another root": b"<html xmlns='http://www.w3.org/1999/xhtml'>",
    "a stream of another namespace": HEADER.replace("etherx", "other").encode(),
    "a DTD": b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;'>]><a>&b;</a>",
    "an end": b"</stream:stream>",
    "the whole stream at once": HEADER.encode() + b"</stream:stream>",
    "an element that is cut by its end": HEADER.encode() + b"<handshake</stream:stream>",
    "text in the stream": HEADER.encode() + b"hello</stream:stream>",
    "half a header, and the end": HEADER[:60].encode(),
    "an attribute without end": b"<stream:stream id='" + b"x" * 3000000,
    "a name without end": b"<" + b"a" * 3000000,
    "white space without end": b" " * 3000000,
    "a comment without end": HEADER.encode() + b"<!--" + b"-x" * 1500000,
    "depth without end": HEADER.encode() + b"<a>" * 500000,
    "a handshake before the stream": b"<handshake/>",
}


def ping(number):
    return "<iq type='get' %s id='%s'><ping xmlns='urn:xmpp:ping'/></iq>" % (FROM_BOB, number)


def publish(item):
    return ("<iq type='set' %s id='publish'><pubsub xmlns='http://jabber.org/protocol/pubsub'>"
            "<publish node='urn:xmpp:contacts'><item id='%s'>"
            "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Name</text></fn></vcard>"
            "</item></publish></pubsub></iq>" % (FROM_BOB, item))


def held(stream, item):
    """How many of that item the service has: 1 or 0."""
    answer = stream.ask("<iq type='get' %s id='get'>"
                        "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
                        "<items node='urn:xmpp:contacts'><item id='%s'/></items></pubsub></iq>"
                        % (FROM_BOB, item))
    return len(answer.findall(".//" + PUBSUB + "item"))


def connecting(port):
    """How many wait for an answer from that port (SYN_SENT)."""
    with open("/proc/net/tcp") as table:
        return sum(" 0100007F:%04X 02 " % port in line for line in table)


def is_connected(client):
    try:
        return bool(client.getpeername())
    except OSError:
        return False


class Lost(unittest.TestCase):
    """Whatever happens to the link, it comes back by itself and what was acknowledged is there."""

    figures = None  # set by the program

    def setUp(self):
        self.clock = Clock()
        self.addCleanup(self.clock.close)
        self.peer = Peer()
        self.addCleanup(lambda: self.peer.close())
        self.kithd = Kithd(self.peer)
        self.addCleanup(self.kithd.close)
        self.kithd.start(**self.clock.environment)
        self.stored = 0

    def again(self):
        """Until the next attempt, which is not waited for."""
        self.kithd.wait_log("next try in")
        self.clock.pass_s(60)

    def assert_works(self, stream):
        """And that it lost nothing."""
        if self.stored:
            self.figures.add("lost", 1 - held(stream, "item%d" % self.stored))
        self.stored += 1
        answer = stream.ask(publish("item%d" % self.stored))
        self.assertEqual(answer.get("type"), "result")
        self.figures.add("links lost")

    def unanswered_ping(self, stream):
        self.peer.answers_pings = False
        question = stream.stanza()
        while question.find(PING + "ping") is None:
            question = stream.stanza()
        self.peer.answers_pings = True
        return question

    def survives(self, name, lose):
        with self.subTest(name):
            lose()
            self.again()
            stream = self.peer.up()
            self.assert_works(stream)
            stream.end()
            self.again()

    # ---- The connection
    def test_a_server_that_refuses_goes_or_crashes_is_come_back_to(self):
        peer = self.peer

        def at(step, end):
            def lose():
                stream = peer.connection()
                if step >= 1:
                    stream.send(HEADER[:70])
                if step >= 2:
                    stream.send(HEADER[70:])
                    stream._read()
                if step >= 3:
                    stream.accept()
                    self.kithd.wait_log("is up at")
                if step >= 4:
                    stream.send(ping(1) + ping(2)[:40])
                if step >= 5:
                    stream.send(ping(2)[40:])
                    stream.stanza()
                end(stream)
            return lose

        for step in range(6):
            self.survives("closed at step %d" % step, at(step, Stream.close))
            self.survives("reset at step %d" % step, at(step, Stream.reset))
        for step in (2, 3, 5):
            self.survives("ended at step %d" % step, at(step, Stream.end))

    def test_a_server_that_is_away_for_long_is_tried_in_waits_that_grow_to_a_minute(self):
        self.peer.listener.close()
        waits = []
        while len(waits) < 12:
            self.clock.pass_s(60 if waits else 0)
            line = self.kithd.wait_log("next try in")
            waits.append(float(re.search(r"in ([0-9.]+) s", line)[1]))
        for number, wait in enumerate(waits):
            most = min(60, 2 ** number)
            self.assertLessEqual(most / 2 - 0.1, wait)
            self.assertLessEqual(wait, most + 0.1)
        self.peer.listener = socket.create_server(("127.0.0.1", self.peer.port))
        self.peer.listener.settimeout(PATIENCE)
        self.clock.pass_s(60)
        self.assert_works(self.peer.up())
        self.figures.set("longest wait (s)", max(waits))

    def test_waits_begin_small_again_only_after_a_steady_minute(self):
        def wait_s():
            return float(re.search(r"in ([0-9.]+) s", self.kithd.wait_log("next try in"))[1])

        for number in range(5):
            self.peer.up().end()
            self.assertLessEqual(2 ** number / 2 - 0.1, wait_s())
            self.clock.pass_s(60)
        stream = self.peer.up()
        self.assert_works(stream)
        self.clock.pass_s(61)
        self.assert_works(stream)
        stream.end()
        self.assertLessEqual(wait_s(), 1)

    def test_a_server_that_takes_no_connection_isnt_waited_for_for_ever(self):
        self.peer.up().end()
        self.peer.listener.close()
        full = socket.socket()
        full.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        full.bind(("127.0.0.1", self.peer.port))
        full.listen(0)
        fillers = []
        for _ in range(4):  # what doesn't fit into the queue is not answered at all
            filler = socket.socket()
            filler.setblocking(False)
            self.assertEqual(filler.connect_ex(("127.0.0.1", self.peer.port)), errno.EINPROGRESS)
            fillers.append(filler)
        self.again()
        while connecting(self.peer.port) < 1 + sum(not is_connected(each) for each in fillers):
            pass
        self.clock.pass_s(11)
        self.kithd.wait_log("connecting takes too long")
        for each in fillers + [full]:
            each.close()
        self.peer.listener = socket.create_server(("127.0.0.1", self.peer.port))
        self.peer.listener.settimeout(PATIENCE)
        self.clock.pass_s(60)
        self.assert_works(self.peer.up())

    def test_a_silent_server_is_left_at_every_step(self):
        for step in range(3):
            stream = self.peer.connection()
            stream._read()  # its header: it knows that it is connected
            if step == 1:
                stream.send(HEADER[:100])
            elif step == 2:
                stream.open()
                stream.handshake()
            self.clock.pass_s(31)
            self.kithd.wait_log("the server doesn't answer the handshake")
            stream.close()
            self.clock.pass_s(60)
        stream = self.peer.up()
        self.assert_works(stream)
        self.clock.pass_s(31)
        self.unanswered_ping(stream)
        self.clock.pass_s(61)
        self.kithd.wait_log("the server is silent")
        self.clock.pass_s(60)
        self.assert_works(self.peer.up())

    def test_a_slow_handshake_is_waited_for_and_pings_keep_a_quiet_link(self):
        stream = self.peer.connection()
        self.clock.pass_s(12)
        stream.open()
        self.assertTrue(stream.handshake())
        self.clock.pass_s(12)
        stream.accept()
        self.assert_works(stream)
        for _ in range(count(20, 200)):
            self.clock.pass_s(31)
            question = self.unanswered_ping(stream)
            stream.send("<iq type='result' id='%s' from='%s' to='%s'/>"
                        % (question.get("id"), question.get("to"), question.get("from")))
            stream.ask(ping("taken"))
        self.assert_works(stream)

    # ---- The stream
    def test_every_stream_error_is_named_and_come_back_from(self):
        for condition in CONDITIONS:
            stream = self.peer.connection()
            stream.open()
            self.assertTrue(stream.handshake())
            stream.refuse(condition)
            self.kithd.wait_log("refused by 127.0.0.1:%d: %s;" % (self.peer.port, condition))
            self.clock.pass_s(60)
            stream = self.peer.up()
            self.assert_works(stream)
            stream.refuse(condition, "A reason\x01\u202e".replace("\x01", ""))
            line = self.kithd.wait_log(
                "ended by 127.0.0.1:%d: %s (A reason" % (self.peer.port, condition))
            self.assertNotIn("\u202e", line)
            self.clock.pass_s(60)
        self.figures.add("stream errors", 2 * len(CONDITIONS))
        self.assert_works(self.peer.up())

    def test_what_is_no_stream_is_left_and_costs_no_memory(self):
        self.peer.up().end()
        self.again()
        before = self.kithd.peak_kib()
        for name, data in GARBAGE.items():
            with self.subTest(name):
                stream = self.peer.connection()
                try:
                    stream.send(data)
                    stream.socket.shutdown(socket.SHUT_WR)
                except OSError:
                    pass  # it didn't want to have all of it
                self.kithd.wait_log("next try in")
                stream.close()
                self.clock.pass_s(60)
                self.figures.add("garbage")
        self.assert_works(self.peer.up())
        self.assertLess(self.kithd.peak_kib() - before, 16384)

    # ---- The clocks
    def test_the_wall_clock_has_no_say_over_the_link(self):
        stream = self.peer.up()
        for years in (10, -10, 200, -30, 0):
            self.clock.set_wall(years * 365 * 86400)
            self.assert_works(stream)
            self.clock.pass_s(31)
            question = self.unanswered_ping(stream)
            stream.send("<iq type='result' id='%s' from='%s' to='%s'/>"
                        % (question.get("id"), question.get("to"), question.get("from")))
            self.figures.add("clock jumps")
        self.clock.pass_s(61)  # so that the next wait begins small
        self.assert_works(stream)
        self.clock.set_wall(-20 * 365 * 86400)
        stream.end()
        line = self.kithd.wait_log("next try in")
        self.assertLessEqual(float(re.search(r"in ([0-9.]+) s", line)[1]), 1.0)
        self.assert_works(self.peer.up())

    # ---- The end
    def test_it_stops_at_every_step_though_the_server_is_silent(self):
        def stop():
            self.kithd.signal(signal.SIGTERM)
            self.kithd.signal(signal.SIGTERM)
            self.kithd.wait_log("asked to stop")
            while self.kithd.process.poll() is None:
                self.clock.pass_s(1)
            self.assertEqual(self.kithd.wait(), 0)
            self.figures.add("stops")

        for step in range(5):
            stream = self.peer.connection()
            if step == 1:
                stream.send(HEADER[:80])
            elif step > 1:
                stream.open()
                self.assertTrue(stream.handshake())
            if step > 2:
                stream.accept()
                self.assert_works(stream)
            if step > 3:  # it has to say more than the socket takes
                stream.send("".join(
                    "<iq type='get' %s id='%d'><query xmlns='http://jabber.org/protocol/disco#info'/>"
                    "</iq>" % (FROM_BOB, i) for i in range(2000)))
            stop()
            stream.close()
            self.kithd.start(**self.clock.environment)
        self.peer.listener.close()
        self.kithd.wait_log("next try in")
        stop()
