#!/usr/bin/python3
"""The same as Kith in little, as a component on slixmpp: profiles and contacts by XEP-0060 in SQLite;
where a profile's number changes, so do the cards of all who have it, and each gets a message.

slixmpp_component.py PORT FILE

What the documentations advise: stanzas matched by path and made by the library's own classes, WAL, one
connection, statements that sqlite3 keeps prepared; synchronous=FULL, since an answer says that it is
stored. Nothing is checked: no rules, no history, no limits, no number is looked at."""
import asyncio
import sqlite3
import sys
import xml.etree.ElementTree as ET

from slixmpp import ComponentXMPP
from slixmpp.plugins.xep_0060.stanza import Item
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import StanzaPath

VCARD = "{urn:ietf:params:xml:ns:vcard-4.0}"


class Component(ComponentXMPP):
    def __init__(self, port, path):
        super().__init__("kith.example.org", "bench", "127.0.0.1", port)
        self.db = sqlite3.connect(path, isolation_level=None, cached_statements=256)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.register_plugin("xep_0060")
        self.register_plugin("xep_0199")
        self.register_handler(Callback(
            "read", StanzaPath("iq@type=get/pubsub/items"), self.read))
        self.register_handler(Callback(
            "publish", StanzaPath("iq@type=set/pubsub/publish"), self.publish))

    def read(self, iq):
        node = iq["pubsub"]["items"]["node"]
        wanted = next(iter(iq["pubsub"]["items"]))["id"]
        if node == "urn:xmpp:vcard4":
            row = self.db.execute("SELECT card FROM profile WHERE jid = ?", (wanted,)).fetchone()
        else:
            row = self.db.execute("SELECT card FROM contact WHERE owner = ? AND item = ?",
                                  (iq["from"].bare, wanted)).fetchone()
        if row is None:
            reply = iq.reply()
            reply.error()
            reply["error"]["condition"] = "item-not-found"
            reply.send()
            return
        item = Item()
        item["id"] = wanted
        item["payload"] = ET.fromstring(row[0])
        reply = iq.reply()
        reply["pubsub"]["items"]["node"] = node
        reply["pubsub"]["items"].append(item)
        reply.send()

    def publish(self, iq):
        node = iq["pubsub"]["publish"]["node"]
        item = iq["pubsub"]["publish"]["item"]
        card = ET.tostring(item["payload"], encoding="unicode")
        who = iq["from"].bare
        holders = []
        if node == "urn:xmpp:vcard4":
            tel = item["payload"].findtext(f"{VCARD}tel/{VCARD}uri")
            holders = self.change(who, tel, card)
        else:
            self.db.execute("INSERT INTO contact VALUES (?, ?, ?) ON CONFLICT (owner, item)"
                            " DO UPDATE SET card = excluded.card", (who, item["id"], card))
        iq.reply().send()
        for holder in holders:
            self.send_message(holder, f"{who}'s number is now {tel[4:]}", mtype="chat")

    def change(self, who, tel, card):
        """Who has the account as a contact."""
        self.db.execute("BEGIN IMMEDIATE")
        (old,) = self.db.execute("SELECT tel FROM profile WHERE jid = ?", (who,)).fetchone()
        self.db.execute("UPDATE profile SET tel = ?, card = ? WHERE jid = ?", (tel, card, who))
        holders = []
        if old != tel:
            rows = self.db.execute("SELECT rowid, owner, card FROM contact WHERE item = ?",
                                   (who,)).fetchall()
            self.db.executemany("UPDATE contact SET card = ? WHERE rowid = ?", (
                (text.replace(old, tel), row) for row, _, text in rows))
            holders = [owner for _, owner, _ in rows]
        self.db.execute("COMMIT")
        return holders


def main():
    component = Component(int(sys.argv[1]), sys.argv[2])
    component.connect()
    asyncio.get_event_loop().run_forever()


main()
