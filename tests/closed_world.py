"""kithd at a scripted server, with people on it, and what of its output is told to whom."""
import itertools
import os
import sqlite3
import subprocess
import time
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

from peer import PATIENCE, Kithd, Peer, program

CONTACTS = "urn:xmpp:contacts"
PROFILE = "urn:xmpp:vcard4"
PUBSUB = "http://jabber.org/protocol/pubsub"
VCARD = "urn:ietf:params:xml:ns:vcard-4.0"
UNLIMITED = {name + kind: 0 for name in ("changes_per_day", "lookups_per_hour", "searches_per_hour",
                                         "shares_per_hour", "writes_per_hour")
             for kind in ("", "_in_all")}
# What a person's data is in; a forgery changes none of it.
TABLES = ("profile", "number", "contact", "retraction", "setting", "listed", "roster_pair", "matter",
          "held", "missing", "term", "number_change", "follow")


def tel(number, kind="cell"):
    return ("<tel><parameters><type><text>%s</text></type></parameters><uri>tel:%s</uri></tel>"
            % (kind, number))


def card(name, *numbers, more=""):
    return ("<vcard xmlns='%s'><fn><text>%s</text></fn>%s%s</vcard>"
            % (VCARD, escape(name), "".join(map(tel, numbers)), more))


def form(**values):
    return "<x xmlns='jabber:x:data' type='submit'>%s</x>" % "".join(
        "<field var='%s'><value>%s</value></field>" % (var, escape(value))
        for var, value in values.items())


def command(node, **values):
    return ("<command xmlns='http://jabber.org/protocol/commands' node='%s'>%s</command>"
            % (node, form(**values) if values else ""))


class World:
    """The service, attached; everybody's requests go through say()."""

    def __init__(self, sections=(), grants="", **keys):
        self.peer = Peer()
        self.kithd = Kithd(self.peer, **keys)
        self.kithd.sections = {"limits": UNLIMITED, **dict(sections)}
        self.kithd.write_conf()
        self.kithd.start("-d")
        self.stream = self.peer.up()
        self.ids = itertools.count()
        if grants:
            self.say("<message from='example.org' to='kith.example.org'>%s</message>" % grants)

    def close(self):
        self.kithd.close()
        self.peer.close()

    def say(self, *stanzas):
        """What was sent in return, up to the turn's end."""
        mark = "mark-%d" % next(self.ids)
        self.stream.send("".join(stanzas) + "<iq type='get' id='%s' from='probe@example.net' "
                         "to='kith.example.org'><ping xmlns='urn:xmpp:ping'/></iq>" % mark)
        sent = []
        while True:
            stanza = self.stream.stanza()
            if stanza.get("id") == mark and stanza.get("to") == "probe@example.net":
                return sent
            sent.append(stanza)

    def settle(self):
        """What is sent of its own accord, until all runs are over and told."""
        sent = self.say()
        deadline = time.monotonic() + PATIENCE
        while self.rows("SELECT count(*) FROM run") != [(0,)]:
            assert time.monotonic() < deadline, "the runs don't end"
            time.sleep(0.01)
            sent += self.say()
        return sent + self.say()

    def iq(self, sender, payload, kind="set", to="kith.example.org"):
        """The answer to a request."""
        want = "iq-%d" % next(self.ids)
        sent = self.say("<iq type='%s' id='%s' from=%s to=%s>%s</iq>"
                        % (kind, want, quoteattr(sender), quoteattr(to), payload))
        return next(stanza for stanza in sent if stanza.get("id") == want)

    def publish(self, jid, payload, node=PROFILE, item=None):
        answer = self.iq(jid + "/x", "<pubsub xmlns='%s'><publish node='%s'><item%s>%s</item>"
                         "</publish></pubsub>" % (PUBSUB, node, " id=" + quoteattr(item) if item
                                                  else "", payload))
        return answer.get("type") == "result"

    def set(self, jid, **settings):
        answer = self.iq(jid + "/x", command("settings", **settings))
        assert answer.get("type") == "result", ET.tostring(answer)

    def rows(self, query, *values):
        store = sqlite3.connect("file:%s?mode=ro" % self.kithd.store, uri=True)
        try:
            return store.execute(query, values).fetchall()
        finally:
            store.close()

    def data(self):
        """All that is stored of people."""
        return {table: sorted(map(repr, self.rows("SELECT * FROM " + table))) for table in TABLES}

    def ctl(self, *words):
        done = subprocess.run([program("kithctl"), "-c", self.kithd.conf, *words],
                              capture_output=True, timeout=PATIENCE)
        return done.returncode, done.stdout, done.stderr

    def log(self):
        """Its lines so far."""
        while not self.kithd.lines.empty():
            line = self.kithd.lines.get()
            if line is not None:
                self.kithd.log.append(line)
        return self.kithd.log


def text_of(stanza):
    return ET.tostring(stanza, encoding="unicode")


def bodies(stanzas):
    return [body.text or "" for stanza in stanzas
            for body in stanza.findall("{jabber:component:accept}body")]
