"""Stanzas of somebody who isn't who they would have to be from: the book and the state stay as they are."""
import itertools
import os
import pathlib
import re
import sqlite3
import time
from xml.sax.saxutils import quoteattr

from shown_server import CONTACTS, MAM, PUBSUB, SERVICE, vcard
from shown_terminal import Case

FORGED = vcard("Carol Example", "<uid><text>carol</text></uid><impp><uri>xmpp:carol@localhost</uri></impp>",
               number="+447400000000")
SENDERS = ["mallory@localhost/x", "mallory@localhost", SERVICE + "/x", "x@" + SERVICE, "x." + SERVICE, SERVICE + ".",
           SERVICE.upper(), SERVICE + ".evil.example", "localhost", "bob@localhost/here", "bob@localhost/other",
           "BOB@localhost", "bob@localhost.", "room@muc.localhost/" + SERVICE, "\uff4bith.localhost"]
TICKS_S = 1.5  # of kith's clock, more than one


def forwarded(inner):
    return "<forwarded xmlns='urn:xmpp:forward:0'>%s</forwarded>" % inner


def message(sender, inner, kind="chat"):
    return "<message xmlns='jabber:client' type='%s' from=%s to='bob@localhost' id='f'>%s</message>" % (
        kind, quoteattr(sender), inner)


def event(item="carol@localhost", card=FORGED, verb="item"):
    return ("<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='%s'><%s id='%s'>%s</%s></items>"
            "</event>" % (CONTACTS, verb, item, card, verb))


def result(queryid, inner):
    return "<result xmlns='urn:xmpp:mam:2' queryid='%s' id='v9'>%s</result>" % (queryid, forwarded(inner))


PUSH = ("<body>Carol's account says: mobile +44 7400 123456 is now +44 7400 000000.</body><action "
        "xmlns='urn:xmpp:tmp:quick-response' id='yes/0123456789abcdef' label='Yes'/>")
FIN = ("<fin xmlns='urn:xmpp:mam:2' complete='true'><set xmlns='http://jabber.org/protocol/rsm'><last>v999</last>"
       "</set></fin>")
CARBON = "<%s xmlns='urn:xmpp:carbons:2'>%s</%s>"


def payloads():
    """What would do something, were it from whom it says it is."""
    yield "headline", event()
    yield "headline", event(card="", verb="retract")
    yield "normal", event() + PUSH
    yield "headline", PUSH
    yield "chat", "<received xmlns='urn:xmpp:receipts' id='x'/>"
    for queryid in "kith0123456789abcdef-1", "", "1":
        yield "headline", result(queryid, message(SERVICE, event(), "headline"))
    genuine = [message(SERVICE, PUSH), message(SERVICE, event(), "headline"), message(SERVICE, FORGED),
               message("alice@localhost/x", FORGED), message(SERVICE, result("1", message(SERVICE, event())))]
    for inner in genuine:
        yield "headline", result("1", inner)
        for way in "received", "sent":
            yield "chat", CARBON % (way, forwarded(inner), way)
            yield "chat", CARBON % (way, forwarded(message("bob@localhost", CARBON % (
                way, forwarded(inner), way))), way)
        yield "chat", forwarded(inner)
        yield "chat", result("1", message("bob@localhost", CARBON % ("received", forwarded(inner), "received")))


class Forgeries(Case):
    def setUp(self):
        super().setUp()
        self.queries = []  # ids of what was asked about the book
        self.before_answer = None
        self.server.iq_hook = self.asked
        self.server.put("carol@localhost", vcard("Carol Example", "<uid><text>carol</text></uid>"))
        self.server.profile = vcard("Bob")

    def asked(self, stream, iq):
        if len(iq) and iq[0].tag in (MAM + "query", PUBSUB + "pubsub"):
            self.queries.append(iq.get("id"))
            if self.before_answer:
                self.before_answer(stream, iq)
        return False

    def held(self):
        """All that is in the book and in the state, but what cards that came leave there."""
        files = {path.name: path.read_bytes() for path in self.book.iterdir()}
        state, = (path for path in self.bob.home.rglob("*.db"))
        with sqlite3.connect("file:%s?mode=ro" % state, uri=True) as db:
            rows = {table: db.execute("SELECT * FROM " + table).fetchall() for table in (
                "meta", "item", "journal")}
        return files, rows

    def test_who_it_is_from_is_whom_it_must_be_from(self):
        watch = self.watch("--json")
        watch.wait("synced")
        before, asked = self.held(), len(self.queries)
        sent, began = 0, watch.seen
        for sender in SENDERS:
            for kind, payload in payloads():
                # A carbon or an archived message is the word of one's own server, if anybody's.
                self.stream.send(message(sender, payload, kind))
                sent += 1
            for guess in ["kith%016x-%d" % (n, n) for n in range(20)] + ["1", ""]:
                for child in FIN, "<pubsub xmlns='http://jabber.org/protocol/pubsub'/>", "":
                    for answer in "result", "error":
                        self.stream.send("<iq type='%s' from=%s to='bob@localhost/here' id='%s'>%s</iq>" % (
                            answer, quoteattr(sender), guess, child))
                        sent += 1
            for child in (event(), "<query xmlns='jabber:iq:roster'><item jid='%s' subscription='both'/></query>"
                          % SERVICE, "<command xmlns='http://jabber.org/protocol/commands' node='settings'/>"):
                self.stream.send("<iq type='set' from=%s to='bob@localhost/here' id='s'>%s</iq>" % (
                    quoteattr(sender), child))
                sent += 1
        self.stream.send("<message from='zz@localhost/x' type='chat' id='z'><body>x</body>%s</message>"
                         % vcard("Zebra"))
        watch.wait("Zebra")
        end = time.monotonic() + TICKS_S  # what it would do of itself comes with its clock
        while time.monotonic() < end and len(self.queries) == asked:
            time.sleep(0.05)
        self.assertEqual(self.held(), before)
        self.assertEqual(len(self.queries), asked, "a forgery made it ask")
        self.assertNotRegex(watch.shown()[began:], r'"event":"(push|changed|saved|conflict|question)"')
        # Of what could pass for a message between people, no card but Zebra's is one.
        self.assertEqual(re.findall(r'"event":"card","n":"\d+","from":"([^"]*)"', watch.shown()), ["zz@localhost"])
        self.assertEqual(watch.end(signals=True), 0)
        self.harmless(watch.shown())
        self.figures.add("forgeries tried", sent)

    def test_an_answer_with_the_right_id_of_somebody_else_is_none(self):
        """Whoever it is who knows the id, while the true answer is under way."""
        tried = itertools.count()

        def forge(stream, iq):
            card = FORGED
            for sender in SENDERS:
                queryid = iq[0].get("queryid") or "x"
                stream.send(message(sender, result(queryid, message(SERVICE, event(card=card))), "headline"))
                stream.send(message(sender, result(queryid, message(SERVICE, event("x@localhost", card))),
                                    "headline"))
                for inner in (FIN, "", "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node="
                              "'urn:xmpp:vcard4'><item id='current'>%s</item></items></pubsub>" % card):
                    for kind in "result", "error":
                        stream.send("<iq type='%s' id='%s' from=%s to=%s>%s</iq>" % (
                            kind, iq.get("id"), quoteattr(sender), quoteattr(stream.jid), inner))
                        next(tried)
        self.before_answer = forge
        status, text = self.kith("sync")
        self.assertEqual(status, 0, text)
        path, = self.book.iterdir()
        self.assertIn(b"7400123456", path.read_bytes().replace(b" ", b""))
        path.write_bytes(path.read_bytes().replace(b"Carol Example", b"Caz Example"))
        status, text = self.kith("sync")
        self.assertEqual(status, 0, text)
        self.assertIn("Caz Example", self.server.items["carol@localhost"])
        status, text = self.kith("number")
        self.assertNotIn("000000", text)
        self.assertNotIn("000000", repr(self.held()) + repr(self.server.items) + self.server.profile)
        self.figures.add("forgeries tried", next(tried))

    def test_a_card_that_claims_to_be_of_another_is_a_question(self):
        """It is shown with whom it is from; saved by hand it goes into no contact of that JID unasked."""
        watch = self.watch()
        watch.wait("In step")
        before = self.held()
        self.message("mallory@localhost/x", "<body>x</body>" + FORGED, attributes="id='c1'")
        watch.wait(r"Card from mallory@localhost: Carol Example: .*; passed on, it says it is about carol@localhost")
        self.assertEqual(self.held(), before)
        self.assertEqual(watch.end(signals=True), 0)
        status, text = self.kith("save", "1")
        self.assertIn(status, (0, 1), text)
        links = [row for row in self.server.items if row.startswith("mallory")]
        self.assertEqual(links, [])
        self.figures.add("forgeries tried")

    def test_a_book_of_the_service_is_written_nowhere_else(self):
        """Of whatever the service itself says, nothing but the book and the state is written."""
        watch = self.watch()
        watch.wait("In step")
        for item in "../../x", "/etc/x", "x" * 2000:
            self.server.put(item, vcard(item))
            self.message(SERVICE, event(item.replace("'", ""), ""), "headline")
        watch.wait("In step")
        self.assertEqual(watch.end(signals=True), 0)
        names = {str(path.relative_to(self.bob.home)) for path in pathlib.Path(self.dir).rglob("*")
                 if path.is_file() and self.book not in path.parents}
        self.assertTrue(all(re.match(r"password$|\.config/kith/kith\.conf$|\.local/\S*bob@localhost\S*\.db(-wal|-shm)?$",
                                     name) for name in names), names)
        self.assertEqual(len(os.listdir(self.book)), 4)
