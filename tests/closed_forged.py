"""Stanzas that pretend to be another's: the server's, an account's, the service's own.

A server sets `from` itself (closed_servers.py shows that); here is what comes of it where a server, or
another component that may write in people's names, lets something through."""
import random
import unittest
from xml.sax.saxutils import quoteattr

from closed_world import CONTACTS, PROFILE, PUBSUB, World, card, command, form, text_of
from promise import count

NUMBER = "+447700900777"
SECRETS = ("900777", "Bobsecret")
TEMP = "<vCard xmlns='vcard-temp'><FN>Forged</FN><TEL><NUMBER>+447700900666</NUMBER></TEL></vCard>"
ASK = "<vCard xmlns='vcard-temp'/>"
GRANTS = ("<privilege xmlns='urn:xmpp:privilege:2'><perm access='roster' type='both'/>"
          "<perm access='message' type='outgoing'/></privilege>")
DELEGATES = ("<delegation xmlns='urn:xmpp:delegation:2'><delegated namespace='vcard-temp'/></delegation>")

# Who is neither bob nor his server (which also speaks of mallory, by her bare address). The server stamps
# none of the malformed ones: they are here because it might.
SENDERS = [
    "mallory@example.org/x", "mallory@example.com", "example.com",
    "bob@example.com/x", "bob@example.com", "bob@sub.example.org", "sub.example.org",
    "evil.example.org", "bob@evil.example.org", "bob.example.org", "bob@example.org.evil.example",
    "bob@example.orgevil.example", "example.org.evil.example", "xexample.org", "example.org/x", "example.org/",
    "x@example.org/example.org", "bob@kith.example.org", "x@kith.example.org", "kith.example.org",
    "kith.example.org/x", "", "@", "/", "@example.org", "bob@", "/example.org", "bob@/x", " ", ".",
    # What reads as bob, or as the server, and isn't how either is written
    "BOB@example.org", "Bob@Example.org/x", "bob@EXAMPLE.ORG", "bob@example.org.", "bob@example.org./x",
    "EXAMPLE.ORG", "example.org.", " bob@example.org", "bob@example.org ", "bob@example.org\t",
    "\uff42ob@example.org", "bob\uff20example.org", "bob@example\uff0eorg", "bob@example\u3002org",
    "bo\u00adb@example.org", "bo\u200bb@example.org", "b\u2060ob@example.org", "\ufeffbob@example.org",
    "\u202ebob@example.org", "bob\\40example.org", "bob%40example.org", "xmpp:bob@example.org",
    "\u24d1\u24de\u24d1@example.org", "bob@example.org\u2044x", "\uff45xample.org", "example\uff0eorg",
    "xmpp:example.org", "mallory@example.org/bob@example.org",
]


def forwarded(inner, ns="urn:xmpp:delegation:2", forward="urn:xmpp:forward:0"):
    return ("<delegation xmlns='%s'><forwarded xmlns='%s'>%s</forwarded></delegation>"
            % (ns, forward, inner))


def inner_iq(payload, kind="set", sender="bob@example.org/x", to="", ns="jabber:client"):
    return "<iq xmlns='%s' type='%s' id='f' from='%s'%s>%s</iq>" % (
        ns, kind, sender, " to='%s'" % to if to else "", payload)


def message_of_bob(body="yes"):
    return ("<message xmlns='jabber:client' type='chat' from='bob@example.org/x' "
            "to='kith.example.org'><body>%s</body></message>" % body)


class Forged(unittest.TestCase):
    figures = None

    @classmethod
    def setUpClass(cls):
        world = cls.world = World(grants=GRANTS + DELEGATES)
        cls.addClassCleanup(world.close)
        for jid in ("alice", "carol", "mallory"):
            assert world.publish(jid + "@example.org", card(jid.title(), "+447700900001"))
        assert world.publish("bob@example.org", card("Bobsecret", NUMBER))
        world.set("bob@example.org", visible="chosen", chosen="alice@example.org", share="ask",
                  findable="nobody")
        for name in ("alice", "carol", "bob"):
            world.publish("mallory@example.org", card(name), CONTACTS, name + "@example.org")
        world.publish("bob@example.org", card("Mine", "+447700900778"), CONTACTS, "alice@example.org")
        # bob is asked something, has a form open, shares his presence, and was pushed to.
        sent = world.say("<iq type='set' id='s' from='alice@example.org/x' to='kith.example.org'>%s</iq>"
                         % command("share", subject="bob@example.org", to="carol@example.org"))
        cls.token = next(action.get("id").partition("/")[2] for stanza in sent
                         for action in stanza.findall("{urn:xmpp:tmp:quick-response}action"))
        cls.session = world.iq("bob@example.org/x", command("erase"))[0].get("sessionid")
        cls.archive = world.iq("bob@example.org/x", "<metadata xmlns='urn:xmpp:mam:2'/>",
                               "get")[0][0].get("id")
        sent = world.say("<presence type='subscribe' from='bob@example.org' to='kith.example.org'/>",
                         "<presence type='subscribed' from='bob@example.org' to='kith.example.org'/>",
                         "<presence from='bob@example.org/x' to='kith.example.org'/>")
        cls.pep_id = next(s.get("id") for s in sent if s.find("{%s}pubsub" % PUBSUB) is not None)
        # Its part behind "pep-" is that of rosters.
        cls.roster_id = cls.pep_id.partition("-")[2]
        world.publish("alice@example.org", card("Alice", "+447700900002"))
        world.settle()

    def attempts(self):
        """What is tried, each with {sender} as `from`: (kind of stanza, its payload)."""
        vcard4 = card("Forged", "+447700900666")
        items = "<items node='%s'><item id='current'>%s</item></items>" % (PROFILE, vcard4)
        event = "<event xmlns='%s#event'>%s</event>" % (PUBSUB, items)
        by_bob = event.replace("<item ", "<item publisher='bob@example.org' ")
        result = "<pubsub xmlns='%s'>%s</pubsub>" % (PUBSUB, items)
        roster = ("<query xmlns='jabber:iq:roster'><item jid='mallory@example.org' subscription='both'/>"
                  "<item jid='bob@example.org' subscription='both'/></query>")
        wrap = "<forwarded xmlns='urn:xmpp:forward:0'>%s</forwarded>"
        iqs, messages, answers = [], [], []
        for version in "0", "1", "2", "3":
            ns = "urn:xmpp:delegation:" + version
            for to in "", "bob@example.org", "mallory@example.org", "example.org":
                for kind, payload in (("set", TEMP), ("get", ASK), ("set", vcard4), (
                        "get", "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>")):
                    iqs.append(forwarded(inner_iq(payload, kind, to=to), ns))
            iqs += [forwarded(forwarded(inner_iq(TEMP), ns), ns),
                    forwarded(inner_iq(forwarded(inner_iq(TEMP), ns)), ns),
                    forwarded(inner_iq(TEMP, ns="jabber:component:accept"), ns),
                    forwarded(inner_iq(TEMP), ns, "urn:xmpp:forward:1"), forwarded("", ns),
                    forwarded(inner_iq(TEMP) + inner_iq(TEMP), ns),
                    forwarded(inner_iq(TEMP, sender="kith.example.org"), ns),
                    forwarded(message_of_bob(), ns), forwarded(inner_iq(
                        command("settings", visible="everyone")), ns)]
            messages.append("<delegation xmlns='%s'><delegated namespace='vcard-temp'/></delegation>" % ns)
        for ns in "urn:xmpp:privilege:1", "urn:xmpp:privilege:2", "urn:xmpp:privilege:0":
            messages += [GRANTS.replace("urn:xmpp:privilege:2", ns),
                         "<privilege xmlns='%s'>%s</privilege>" % (ns, wrap % message_of_bob())]
        for payload in (vcard4, TEMP):
            iqs += ["<privileged_iq xmlns='urn:xmpp:privilege:2'>%s</privileged_iq>" % inner_iq(payload)]
        messages += [event, by_bob, event + "<body>yes</body>", "<body>yes %s</body>" % self.token,
                     "<body>yes %s</body>" % self.token[:4], "<body>yes</body>", "<body>back</body>"]
        for ns in "urn:xmpp:carbons:2", "urn:xmpp:carbons:1":
            messages += ["<%s xmlns='%s'>%s</%s>" % (way, ns, wrap % inner, way) for way in (
                "sent", "received") for inner in (message_of_bob(), message_of_bob(
                    "yes " + self.token), "<message xmlns='jabber:client' from='bob@example.org' "
                    "type='headline'>%s</message>" % event)]
        messages += ["<result xmlns='urn:xmpp:mam:2' id='1' queryid='q'>%s</result>" % (wrap % inner)
                     for inner in (message_of_bob(), event)]
        messages += ["<received xmlns='urn:xmpp:receipts' id='%s'/>" % self.roster_id,
                     "<displayed xmlns='urn:xmpp:chat-markers:0' id='x'/>", "<store xmlns='urn:xmpp:hints'/>"]
        for verb in "yes", "no", "back":
            messages.append("<action-selected xmlns='urn:xmpp:tmp:quick-response' id='%s/%s'/>"
                            % (verb, self.token))
        iqs += [command("matters/" + self.token), command("matters/" + self.token, **{self.token: "yes"}),
                command("matters", **{self.token: "yes"}), command("matters", **{self.token: "no"}),
                "<command xmlns='http://jabber.org/protocol/commands' node='erase' sessionid='%s'>%s"
                "</command>" % (self.session, form(sure="1", address="bob@example.org")),
                "<command xmlns='http://jabber.org/protocol/commands' node='erase' sessionid='%s' "
                "action='cancel'/>" % self.session,
                command("erase-account", accountjid="bob@example.org", sure="1"),
                command("account", accountjid="bob@example.org"), command("accounts"), command("changes"),
                command("http://jabber.org/protocol/admin#announce", announcement="x"),
                "<query xmlns='urn:xmpp:mam:2'>%s</query>" % form(FORM_TYPE="urn:xmpp:mam:2",
                                                                 **{"after-id": self.archive}),
                "<query xmlns='urn:xmpp:mam:2'>%s</query>" % form(FORM_TYPE="urn:xmpp:mam:2",
                                                                 ids=self.archive),
                "<pubsub xmlns='%s'><publish node='%s'><item id='bob@example.org'>%s</item></publish>"
                "</pubsub>" % (PUBSUB, PROFILE, vcard4),
                "<pubsub xmlns='%s'><retract node='%s'><item id='bob@example.org'/></retract></pubsub>"
                % (PUBSUB, PROFILE),
                "<pubsub xmlns='%s#owner'><delete node='%s'/></pubsub>" % (PUBSUB, PROFILE),
                "<vCard xmlns='vcard-temp'><FN>Forged</FN></vCard>", roster]
        gets = ["<pubsub xmlns='%s'><items node='%s'><item id='bob@example.org'/></items></pubsub>"
                % (PUBSUB, PROFILE), ASK, "<query xmlns='http://jabber.org/protocol/disco#info' "
                "node='urn:xmpp:delegation:2::vcard-temp'/>",
                "<query xmlns='http://jabber.org/protocol/disco#info' "
                "node='urn:xmpp:delegation:2:bare:vcard-temp'/>"]
        for an_id in (self.pep_id, self.roster_id, "1", "", "pep-", "x" * 5000):
            answers += [(an_id, result), (an_id, roster), (an_id, ""), (an_id, TEMP)]
        return ([("iq type='set' id='a'", payload, "iq") for payload in iqs] +
                [("iq type='get' id='a'", payload, "iq") for payload in gets] +
                [("message type='%s' id='a'" % kind if kind else "message", payload, "message")
                 for payload in messages for kind in ("chat", "headline", "", "error", "groupchat")] +
                [("iq type='%s' id='%s'" % (kind, an_id), payload, "iq") for an_id, payload in answers
                 for kind in ("result", "error")] +
                [("presence type='%s'" % kind, "", "presence") for kind in (
                    "unsubscribe", "unsubscribed", "error", "unavailable")])

    def check(self, stanza, sent, sender):
        for answer in sent:
            to = (answer.get("to") or "").partition("/")[0]
            if to not in ("bob@example.org", "alice@example.org"):
                for secret in SECRETS:
                    self.assertNotIn(secret, text_of(answer), (sender, stanza))
            if to in ("bob@example.org", "carol@example.org"):
                self.assertEqual(to, (sender or "").partition("/")[0], stanza)

    def try_all(self, sender, attempts):
        before = self.world.data()
        start = " from=%s" % quoteattr(sender) if sender is not None else ""
        for head, payload, name in attempts:
            stanza = "<%s%s to='kith.example.org'>%s</%s>" % (head, start, payload, name)
            self.check(stanza, self.world.say(stanza), sender)
            self.figures.add("forgeries tried")
        after = self.world.data()
        for table in before:
            self.assertEqual(before[table], after[table], (sender, table))

    def test_who_isnt_bob_or_his_server_is_taken_for_neither(self):
        """Every way, by every sender, and by none; for other addresses of the service's domain too."""
        attempts = self.attempts()
        senders = [None] + SENDERS
        # mallory may say what is hers: with her name none of it is bob's, or the server's.
        step = count(3, 1)
        for i, sender in enumerate(senders):
            is_first = sender in ("mallory@example.org/x", "example.com", "kith.example.org", None)
            self.try_all(sender, attempts if is_first else attempts[i % step::step])
        self.assertEqual(self.world.iq("alice@example.org/x", "<pubsub xmlns='%s'><items node='%s'><item "
                                       "id='bob@example.org'/></items></pubsub>" % (PUBSUB, PROFILE),
                                       "get").get("type"), "result")

    def test_a_client_of_bobs_speaks_for_his_devices_and_not_for_his_server(self):
        """What only a bare address can say, and what another device's form is."""
        items = ("<items node='%s'><item id='current'>%s</item></items>"
                 % (PROFILE, card("Forged", "+447700900666")))
        wrap = "<forwarded xmlns='urn:xmpp:forward:0'>%s</forwarded>" % message_of_bob()
        attempts = [
            ("message type='headline'", "<event xmlns='%s#event'>%s</event>" % (PUBSUB, items), "message"),
            ("iq type='result' id='%s'" % self.pep_id, "<pubsub xmlns='%s'>%s</pubsub>" % (PUBSUB, items),
             "iq"),
            ("iq type='result' id='%s'" % self.roster_id, "<query xmlns='jabber:iq:roster'><item "
             "jid='mallory@example.org' subscription='both'/></query>", "iq"),
            ("message", "<sent xmlns='urn:xmpp:carbons:2'>%s</sent>" % wrap, "message"),
            ("message", "<result xmlns='urn:xmpp:mam:2' id='1'>%s</result>" % wrap, "message"),
            ("message", GRANTS, "message"), ("message", DELEGATES, "message"),
            ("iq type='set' id='a'", forwarded(inner_iq(TEMP)), "iq"),
            ("iq type='set' id='a'", "<command xmlns='http://jabber.org/protocol/commands' node='erase' "
             "sessionid='%s'>%s</command>" % (self.session, form(address="bob@example.org")), "iq")]
        self.try_all("bob@example.org/another", attempts)

    def test_a_server_speaks_for_its_own_domain_only(self):
        """What it hands over of others, of accounts elsewhere, of the service itself."""
        attempts = []
        for sender, to in (
                ("mallory@example.org/x", "bob@example.org"), ("bob@example.com/x", "bob@example.org"),
                ("mallory@example.com/x", ""), ("bob@sub.example.org/x", ""), ("example.org", "bob@example.org"),
                ("bob@example.org/x", "bob@example.com"), ("BOB@example.org/x", ""),
                ("bob@example.org./x", ""), ("\uff42ob@example.org/x", ""), ("", "bob@example.org"),
                ("kith.example.org", "bob@example.org"), ("bob@example.org/x", "kith.example.org"),
                ("bob@example.org/x", "bob@example.org/x"), ("bob@example.org/x", "example.org"),
                ("mallory@example.org/x", "BOB@example.org"), ("@example.org", "bob@example.org")):
            attempts += [("iq type='set' id='a'", forwarded(inner_iq(TEMP, sender=sender, to=to)), "iq"),
                         ("iq type='set' id='a'", forwarded(forwarded(inner_iq(
                             TEMP, sender=sender, to=to))), "iq")]
        attempts += [
            ("iq type='set' id='a'", forwarded(inner_iq(payload)), "iq") for payload in (
                command("erase"), "<query xmlns='jabber:iq:register'><remove/></query>",
                "<pubsub xmlns='%s'><retract node='%s'><item id='x'/></retract></pubsub>"
                % (PUBSUB, PROFILE), "<ping xmlns='urn:xmpp:ping'/>", forwarded(inner_iq(TEMP)))]
        attempts += [("iq type='set' id='a'", forwarded(inner_iq(TEMP).replace("type='set'", kind)), "iq")
                     for kind in ("type='result'", "type='error'", "", "type='SET'")]
        # Rosters and vCards come from an account's address, also where the id is the right one.
        attempts += [
            ("iq type='result' id='%s'" % self.roster_id, "<query xmlns='jabber:iq:roster'><item "
             "jid='bob@example.org' subscription='both'/></query>", "iq"),
            ("iq type='result' id='%s'" % self.pep_id, "<pubsub xmlns='%s'/>" % PUBSUB, "iq")]
        self.try_all("example.org", attempts)

    def test_what_is_nearly_bobs_address_is_not_his(self):
        """Spellings by chance, of letters that preparations of addresses turn into others."""
        chance = random.Random(1)
        odd = ([chr(c) for c in range(0x21, 0x7f)] + list("\u00ad\u034f\u200b\u200c\u200d\u2060\ufeff\ufe0f"
               "\u0301\u0331\u093c\u1100\u1161\u11a8\uac00\u09c7\u09be\u212a\u017f\u0130\u0131\u00df\u03c2"
               "\u2126\u33c6\u2024\u3002\uff0e\uff61\ufe52\uff20\ufe6b\uff0f\u2044\u2066\u202e\u00a0\u3000"
               "\U0001d41b\uff42\u24d1\u1d47\u2092\u1d52\u00ba\U000e0062\ufdd0\ufffd") +
               [chr(c) for c in range(0xff41, 0xff5b)])
        whose = ("SELECT p.* FROM profile AS p JOIN account AS a ON a.id = p.account "
                 "WHERE a.jid = 'bob@example.org'")
        before = self.world.rows(whose)
        for i in range(count(30, 2000)):
            stanzas = []
            for _ in range(100):
                letters = list("bob@example.org")
                for _ in range(chance.randint(1, 3)):
                    at = chance.randrange(len(letters) + 1)
                    letters[at:at + chance.randint(0, 1)] = [chance.choice(odd)]
                sender = "".join(letters)
                if sender.partition("/")[0] in ("bob@example.org", ""):
                    continue
                stanzas.append("<iq type='set' id='c' from=%s to='kith.example.org'><pubsub xmlns='%s'>"
                               "<publish node='%s'><item>%s</item></publish></pubsub></iq>" % (
                                   quoteattr(sender), PUBSUB, PROFILE, card("Forged", "+447700900666")))
            for answer in self.world.say(*stanzas):
                self.assertNotEqual((answer.get("to") or "").partition("/")[0], "bob@example.org")
            self.figures.add("forgeries tried", len(stanzas))
        self.assertEqual(before, self.world.rows(whose))

    def test_what_is_another_addresss_is_nobodys(self):
        """The service is one address of its domain; the others hear nothing, and have nothing."""
        before = self.world.data()
        for to in ("bob@kith.example.org", "kith.example.org/x", "x@kith.example.org/y", "bob@example.org",
                   "example.org", "KITH.example.org/x", "sub.kith.example.org", "kith.example.org.evil.example"):
            for payload in ("<query xmlns='http://jabber.org/protocol/disco#info'/>", ASK,
                            "<pubsub xmlns='%s'><items node='%s'/></pubsub>" % (PUBSUB, CONTACTS)):
                answer = self.world.iq("bob@example.org/x", payload, "get", to)
                self.assertEqual(answer.get("type"), "error")
                self.assertIsNotNone(answer.find(
                    ".//{urn:ietf:params:xml:ns:xmpp-stanzas}item-not-found"), to)
                self.figures.add("forgeries tried")
        self.assertEqual(before, self.world.data())


class Ungranted(unittest.TestCase):
    """Where the server grants nothing, nobody else does."""
    figures = None

    def test_grants_by_others_are_none(self):
        world = World()
        self.addCleanup(world.close)
        for jid in ("alice", "bob", "carol"):
            world.publish(jid + "@example.org", card(jid.title(), "+447700900001"))
            world.set(jid + "@example.org", visible="everyone", share="yes")
        for sender in SENDERS:
            sent = world.say("<message from=%s to='kith.example.org'>%s%s</message>" % (
                quoteattr(sender), GRANTS, DELEGATES), "<presence from='alice@example.org/x' "
                "to='kith.example.org'/>", "<iq type='set' id='s' from='alice@example.org/x' "
                "to='kith.example.org'>%s</iq>" % command("share", subject="bob@example.org",
                                                          to="carol@example.org"))
            self.figures.add("forgeries tried", 2)
            for stanza in sent:
                self.assertIsNone(stanza.find("{jabber:iq:roster}query"), sender)
                self.assertNotIn("urn:xmpp:privilege", text_of(stanza), sender)
            self.assertTrue([s for s in sent if s.get("to") == "carol@example.org"], sender)
