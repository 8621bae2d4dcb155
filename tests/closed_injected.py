"""What people write into every field that there is: it stays a value, wherever it comes out."""
import re
import unittest
from xml.sax.saxutils import escape, quoteattr

from closed_world import CONTACTS, PROFILE, PUBSUB, World, bodies, card, command, form, tel, text_of

# What a terminal obeys, what turns the direction of a line, what is seen by nobody (log.h).
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
                    "\ufff9-\ufffb]")
LINK = "xmpp:kith.example.org?command;node=matters%2F0123456789abcdef0123456789abcdef"

VALUES = [
    # XML
    "]]>", "<![CDATA[x]]>", "<!--", "-->", "</vcard></item></items>", "<body>x</body>", "&amp;lt;",
    "'><x a='", '"><x a="', "<?xml version='1.0'?>", "</stream:stream>", "&#x1b;", "\ud7ff\ue000",
    "\ufdd0", "\ufffd", "\U0010ffff", "\U000e0041",
    # SQL, and what it compares with
    "' OR '1'='1", "'); DROP TABLE profile; --", "%", "_", "*", "[a-z]", "\\", "\"a\" OR b", "NEAR(a b)",
    "a*", "^a", "-a", "a:b", "(", "{a}", ";", "x' UNION SELECT secret FROM store --",
    # printf, shells, paths
    "%s%n%d", "%1$s", "$(id)", "`id`", "| id", "../../etc/passwd", "/dev/null", "-rf", "--help",
    # lines, directions, terminals
    "a\nb", "a\r\nb", "a\rb", "\ta", "\x9b31m", "\x85next", "\u2028line", "\u2029part", "\u202eevil",
    "\u2066evil", "\u200bx", "\ufeffx", "\u061cx", "\u00adx", " ", "\u00a0", "\u3000",
    # what the service would say
    "yes", "no", "Bob\nAlice's account says: mobile +44 7700 900999.", LINK,
    'Answer "yes" to change it, or "no". ' + LINK, "https://evil.example/ yes", "mailto:a@example.org",
    # formats of its own
    "BEGIN:VCARD", "a\\nTEL:+447700900999", "a;b,c", "a=b\t1", "|", "r 0 +44;;+44", "undefined", "null",
    # long ones
    "x" * 999, "\u4e2d" * 400, "a " * 500, "\u0301" * 400, "x" * 20000, "\U0001f468\u200d" * 2000,
]


def names_of(value):
    """Elements of a card in which a person's word stands."""
    text = escape(value)
    return [
        "<n><surname>%s</surname><given>%s</given><additional/><prefix/><suffix/></n>" % (text, text),
        "<nickname><text>%s</text></nickname>" % text, "<org><text>%s</text></org>" % text,
        "<email><text>%s</text></email>" % text, "<note><text>%s</text></note>" % text,
        "<uid><text>%s</text></uid>" % text, "<url><uri>%s</uri></url>" % text,
        "<impp><uri>xmpp:%s</uri></impp>" % text, "<tel><text>%s</text></tel>" % text,
        "<tel><uri>tel:%s</uri></tel>" % text,
        "<tel><parameters><type><text>%s</text></type></parameters><uri>tel:+447700900321</uri></tel>"
        % text,
        "<tel><parameters><x-label><unknown>%s</unknown></x-label></parameters><uri>tel:+447700900322"
        "</uri></tel>" % text,
        "<group name=%s><tel><uri>tel:+447700900323</uri></tel><x-ablabel><unknown>%s</unknown>"
        "</x-ablabel></group>" % (quoteattr(value), text),
        "<x-own><unknown>%s</unknown></x-own>" % text,
        "<lang xml:lang=%s><language-tag>%s</language-tag></lang>" % (quoteattr(value), text),
        "<adr><parameters><label><text>%s</text></label></parameters><pobox/><ext/><street>%s</street>"
        "<locality/><region/><code/><country/></adr>" % (text, text)]


class Injected(unittest.TestCase):
    figures = None

    @classmethod
    def setUpClass(cls):
        cls.world = World(admins="admin@example.org")
        cls.addClassCleanup(cls.world.close)
        world = cls.world
        for jid in ("alice", "bob", "carol"):
            assert world.publish(jid + "@example.org", card(jid.title(), "+447700900001"))
            world.set(jid + "@example.org", visible="everyone", audience="everyone",
                      findable="everyone", share="yes")

    def said(self, stanzas):
        """Words to people: each a line of the service's, but cards, whose lines are one a value."""
        for body in bodies(stanzas):
            self.assertIsNone(OBEYED.search(body), repr(body))
            self.assertLess(len(body.encode()), 20000)
        return stanzas

    def tried(self, by=1):
        self.figures.add("injections tried", by)

    def test_what_a_card_says_stays_in_the_card(self):
        """Stored, read again, changed, pushed, sent, asked about, offered, taken back."""
        world, published = self.world, 0
        for value in VALUES:
            self.assertTrue(world.publish("alice@example.org", card("Bob " + value, "+447700900001"),
                                          CONTACTS, "bob@example.org"))
            for element in names_of(value):
                published += world.publish("bob@example.org", card("Bob", "+447700900001",
                                                                   more=element))
                self.tried()
            is_named = world.publish("bob@example.org", card(value, "+447700900001"))
            answer = world.iq("carol@example.org/x", "<pubsub xmlns='%s'><items node='%s'><item "
                              "id='bob@example.org'/></items></pubsub>" % (PUBSUB, PROFILE), "get")
            names = [name.text for name in answer.iter("{urn:ietf:params:xml:ns:vcard-4.0}fn")
                     for name in name]
            if is_named:
                self.assertEqual(names, [value.replace("\r\n", "\n").replace("\r", "\n")])
            world.publish("bob@example.org", card(value, "+447700900002"))
            self.said(world.settle())
            self.said(world.say("<iq type='set' id='s' from='alice@example.org/x' "
                                "to='kith.example.org'>%s</iq>" % command(
                                    "share", subject="bob@example.org", to="carol@example.org")))
            self.said(world.say(*("<message type='chat' from='%s@example.org/x' to='kith.example.org'>"
                                  "<body>%s</body></message>" % (jid, word)
                                  for jid in ("alice", "carol") for word in ("yes", "no", "back"))))
            world.publish("bob@example.org", card("Bob", "+447700900001"))
            self.said(world.settle())
        self.assertGreater(published, len(VALUES) * 10)

    def test_what_is_asked_stays_a_value(self):
        """In forms, attributes, ids, nodes, languages, words: each gets its one answer."""
        world = self.world
        before = world.data()
        for value in VALUES:
            text, attribute = escape(value), quoteattr(value)
            requests = [
                ("get", "<query xmlns='http://jabber.org/protocol/disco#info' node=%s/>" % attribute),
                ("get", "<query xmlns='http://jabber.org/protocol/disco#items' node=%s/>" % attribute),
                ("get", "<pubsub xmlns='%s'><items node=%s/></pubsub>" % (PUBSUB, attribute)),
                ("get", "<pubsub xmlns='%s'><items node='%s'><item id=%s/></items></pubsub>"
                 % (PUBSUB, PROFILE, attribute)),
                ("get", "<pubsub xmlns='%s'><items node='%s'><item id=%s/></items></pubsub>"
                 % (PUBSUB, CONTACTS, attribute)),
                ("get", "<pubsub xmlns='%s'><items node='%s' max_items=%s/></pubsub>"
                 % (PUBSUB, CONTACTS, attribute)),
                ("get", "<pubsub xmlns='%s'><items node='%s'/><set xmlns='http://jabber.org/protocol/"
                 "rsm'><max>2</max><after>%s</after></set></pubsub>" % (PUBSUB, CONTACTS, text)),
                ("set", "<pubsub xmlns='%s'><retract node='%s'><item id=%s/></retract></pubsub>"
                 % (PUBSUB, CONTACTS, attribute)),
                ("set", "<pubsub xmlns='%s'><subscribe node='%s' jid=%s/></pubsub>"
                 % (PUBSUB, CONTACTS, attribute)),
                ("set", "<query xmlns='jabber:iq:search'><nick>%s</nick></query>" % text),
                ("set", "<query xmlns='jabber:iq:search'><email>%s</email></query>" % text),
                ("set", "<query xmlns='jabber:iq:search'>%s</query>" % form(**{
                    "FORM_TYPE": "jabber:iq:search", "x-phone": value, "x-name": value})),
                ("set", "<query xmlns='urn:xmpp:mam:2' queryid=%s>%s</query>" % (attribute, form(
                    FORM_TYPE="urn:xmpp:mam:2", **{"after-id": value}))),
                ("set", "<query xmlns='urn:xmpp:mam:2'>%s</query>" % form(
                    FORM_TYPE="urn:xmpp:mam:2", start=value)),
                ("set", "<command xmlns='http://jabber.org/protocol/commands' node=%s/>" % attribute),
                ("set", "<command xmlns='http://jabber.org/protocol/commands' node='settings' "
                 "sessionid=%s/>" % attribute),
                ("set", "<command xmlns='http://jabber.org/protocol/commands' node='settings' "
                 "action=%s/>" % attribute),
                ("set", command("settings", visible=value)), ("set", command("settings", region=value)),
                ("set", command("settings", chosen=value)), ("set", command("matters", **{
                    "0123456789abcdef0123456789abcdef": value})),
                ("set", command("contacts", do="find", search=value)),
                ("set", command("contacts", do="edit", item=value)),
                ("set", command("contacts", do=value)), ("set", command("undo", item=value)),
                ("set", command("share", subject=value, to=value)),
                ("set", command("introduce", first=value, second=value)),
                ("set", command("preview", number=value)), ("set", command("export", format=value)),
                ("set", command("erase", address=value)), ("set", command("confirm", item=value,
                                                                          same=value)),
                ("get", "<query xmlns='%s'/>" % escape(value.strip() or "x", {"'": "&apos;"})),
            ]
            for kind, payload in requests:
                answer = world.iq("mallory@example.org/x", payload, kind)
                self.assertIn(answer.get("type"), ("result", "error"))
                self.tried()
            sent = world.say(*(
                "<message type='chat' id=%s xml:lang=%s from='mallory@example.org/x' "
                "to='kith.example.org'>%s</message>" % (attribute, attribute, what) for what in (
                    "<body>%s</body>" % text, "<body>yes %s</body>" % text,
                    "<action-selected xmlns='urn:xmpp:tmp:quick-response' id=%s/>" % attribute)))
            self.said(sent)
            for stanza in sent:
                self.assertEqual(stanza.get("to"), "mallory@example.org/x", text_of(stanza))
            self.tried(3)
        after = world.data()
        for table in ("profile", "number", "contact", "term", "number_change"):
            self.assertEqual(before[table], after[table])

    def found(self, text):
        answer = self.world.iq("mallory@example.org/x", "<query xmlns='jabber:iq:search'><nick>%s</nick>"
                               "</query>" % escape(text))
        self.tried()
        return [item.get("jid") for item in answer[0].findall("{jabber:iq:search}item")]

    def test_no_syntax_of_a_search_is_one_here(self):
        """Letters find words that begin with them; all between them is just that."""
        self.assertEqual(self.found("alic"), ["alice@example.org"])
        for value in ("%", "_", "*", "a*", "[a-z]", "' OR '1'='1", "^a", "b%", "%lice", "_lice", "?lice",
                      "a?ice", "al%ce", "NOT carol", '"', "alice\\", "{alice}", "'", "''", "--", "/*",
                      "alice OR carol", "alice NEAR carol", "-alice", "name:alice", "alice--"):
            words = "".join(c if c.isalnum() else " " for c in value)
            self.assertEqual(self.found(value), self.found(words), value)

    def test_each_field_at_its_cap_and_over_it(self):
        """What is too long is refused, or cut where people are told; nothing else of it is kept."""
        world, limit = self.world, 131072
        jid = "long@example.org"
        def note(length):
            return card("L", "+447700900001", more="<note><text>%s</text></note>" % ("x" * length))
        self.assertTrue(world.publish(jid, note(1)))
        longest = "SELECT max(length(card)) FROM profile JOIN account ON id = account WHERE jid = ?"
        fits = limit - world.rows(longest, jid)[0][0] + 1
        self.assertTrue(world.publish(jid, note(fits)))
        self.assertEqual(world.rows(longest, jid)[0][0], limit)
        self.assertFalse(world.publish(jid, note(fits + 1)))
        for node, item in ((CONTACTS, "x" * 256), (CONTACTS, "x" * 4096), (CONTACTS, "x" * 70000),
                           (CONTACTS, "l" * 1023 + "@example.org"), (CONTACTS, "l" * 1024 +
                                                                     "@example.org")):
            world.publish(jid, card("L"), node, item)
            self.tried()
        for length in (4096, 65536, 250000):
            for field in ("subject", "to"):
                answer = world.iq(jid + "/x", command("share", **{"subject": "a", "to": "b@example.org",
                                                                  field: "x" * length}))
                self.assertIn(answer.get("type"), ("result", "error"))
                self.tried()
        for _, length in world.rows("SELECT item, length(item) FROM contact"):
            self.assertLessEqual(length, 3071)

    def test_log_and_terminal_obey_nothing(self):
        """kithd's log at its most verbose, and all that kithctl prints."""
        world = self.world
        jids = ["e\u2066v\u2067e@example.org", "e\u061cve@example.org", "\u202ae@example.org",
                "e\x85@example.org", "eve@example.org/\x9b2J\u202e", "e%s%n@example.org"]
        for value in VALUES:
            world.publish("carol@example.org", card(value, "+447700900003", more=tel(
                "+447700900004", escape(value[:60]))))
            world.publish("carol@example.org", card("Carol", "+447700900005"))
        for jid in jids:
            world.say("<iq type='set' id='\x9b' from=%s to='kith.example.org'><\u4e2d xmlns='\x85\u202e'/>"
                      "</iq>" % quoteattr(jid))
            for number in "+447700900006", "+447700900007":
                world.say("<iq type='set' id='p' from=%s to='kith.example.org'><pubsub xmlns='%s'>"
                          "<publish node='%s'><item>%s</item></publish></pubsub></iq>" % (
                              quoteattr(jid), PUBSUB, PROFILE, card("Eve\u202e", number)))
            self.tried(3)
        printed = b""
        accounts = [jid for (jid,) in world.rows("SELECT jid FROM account")]
        for words in [("accounts",), ("changes",), ("verify",), ("stats",)] + [
                (verb, jid) for jid in accounts for verb in ("show", "changes")]:
            status, out, err = world.ctl(*words)
            self.assertEqual((status, err), (0, b""), words)
            printed += out
        self.assertIsNone(OBEYED.search(printed.decode()))
        self.assertIn("e\\u{2066}v\\u{2067}e@example.org", printed.decode())
        for line in world.log():
            self.assertIsNone(OBEYED.search(line), repr(line))
            self.assertRegex(line, "^(debug|info|warning|error): ")
            self.assertLess(len(line), 3000)
        self.figures.add("lines of log read", len(world.log()))
