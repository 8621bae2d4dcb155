"""What others send, on the terminal of the `kith` command: cards, messages, forms, errors, files."""
import json
import shutil
import tempfile
import unittest
from xml.sax.saxutils import escape, quoteattr

from shown_server import OWN, SERVICE, STEERS, Command, Server, user, vcard

# What XML lets through, of what a terminal obeys or what turns and hides text.
HOSTILE = "\x9b31m\x9d52;c;ZXZpbA==\x9c\x85\u202elive\u2066\u200b\u061c\ufeff\u2028\ufff9\U000e0041\x7f\tx\nz"
# And a file: colours, the clipboard, the title, the cursor, a bell, what is rubbed out.
RAW = "\x1b[31m\x1b]52;c;ZXZpbA==\x07\x1b]0;title\x1b\\\x1b[2J\x1b[1;1H\x07\x08\x7f\x0e\x90" + HOSTILE[:-2]
LONG = "n" * 100000


def tel(value, kind="cell", more=""):
    return ("<tel><parameters><type><text>%s</text></type>%s</parameters><text>%s</text></tel>"
            % (escape(kind), more, escape(value)))


def everywhere(text):
    """Properties with the text in each place of theirs."""
    value = escape(text)
    return ("<n><surname>%s</surname><given>%s</given><additional/><prefix/><suffix/></n>"
            "<nickname><text>%s</text></nickname><org><text>%s</text></org><note><text>%s</text></note>"
            "<email><parameters><type><text>%s</text></type></parameters><text>%s</text></email>"
            "<x-%s><unknown>%s</unknown></x-%s><impp><uri>xmpp:%s</uri></impp><rev><text>%s</text></rev>"
            "<group name=%s><tel><text>%s</text></tel><x-ablabel><unknown>%s</unknown></x-ablabel></group>"
            % (*[value] * 7, "own", value, "own", value, value, quoteattr(text), value, value)
            + tel(text) + tel("+447400123456", text)
            + tel("1", more="<label><text>%s</text></label>" % value)
            + tel("2", more="<x-deep>%s</x-deep>" % ("<text>%s</text>" % value * 500)))


def text_card(name, more=""):
    return ("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:%s\r\n%sTEL;TYPE=cell;X-LABEL=\"%s\":%s\r\nEND:VCARD\r\n"
            % (name, more, name, name)).encode()


class Case(unittest.TestCase):
    figures = None

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="kith-shown-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.server = Server()
        self.addCleanup(self.server.close)
        self.bob = user(self.dir, self.server, "bob")
        self.book = self.bob.book

    def kith(self, *words, **options):
        """A command on a terminal: its status, and what it showed, of which nothing steers. What it
        asks is answered with Enter."""
        command = Command(self.bob, *words, **options)
        status = command.end(answer="\n")
        return status, self.harmless(command.shown(), words)

    def harmless(self, text, about=""):
        self.figures.add("outputs read")
        text = OWN.sub("\n", text)
        found = STEERS.search(text)
        self.assertIsNone(found, "%s: %r" % (about, text[max(0, found.start() - 80):found.start() + 80]
                                             if found else ""))
        return text

    def watch(self, *options):
        watch = Command(self.bob, *options, "watch")
        self.addCleanup(lambda: watch.fd >= 0 and watch.end(signals=True))
        watch.wait("address book is at|\"ready\"")
        return watch

    @property
    def stream(self):
        return self.server.streams[-1]

    def message(self, sender, inner, kind="chat", attributes=""):
        self.stream.send("<message from=%s to='bob@localhost/here' type='%s' %s>%s</message>" % (
            quoteattr(sender), kind, attributes, inner))

    def mark(self, watch, text):
        """Until all that was sent before is shown: a push comes in order."""
        self.message(SERVICE, "<body>%s</body>" % text, attributes="id='%s'" % text)
        watch.wait(text)


class OnTheTerminal(Case):
    WORDS = (["list"], ["find", "x"], ["show", "zed"], ["find", "7400"], ["matters"], ["settings"],
             ["settings", "visible", "known"], ["number"], ["save", "list"], ["sync"], ["yes"], ["no"])

    def fill(self):
        server = self.server
        for i, name in enumerate(("Zed" + HOSTILE, HOSTILE, LONG, "Zed " + LONG)):
            server.put("urn:uuid:%d" % i, vcard(name, everywhere(HOSTILE)))
        server.put("zed@localhost", vcard("Zed" + HOSTILE, everywhere("x" * 1000)))
        server.put("id" + HOSTILE[:-2].replace("\t", ""), vcard("id"))
        server.put("x" * 10000, vcard("long id"))
        server.put("urn:uuid:many", vcard("many", tel("+44740012", "cell") * 1000))
        option = "<option label=%s><value>%s</value></option>" % (quoteattr(HOSTILE), escape(HOSTILE))
        server.forms["settings"] = "".join(
            "<field var=%s label=%s type='list-single'><value>%s</value>%s</field>" % (
                quoteattr(var), quoteattr(HOSTILE), escape(HOSTILE), option * 3)
            for var in ("visible", HOSTILE, LONG[:5000]))
        server.forms["matters"] = "".join(
            "<field var=%s label=%s type='list-single'><option><value>no</value></option><option>"
            "<value>%s</value></option></field>" % (quoteattr(var), quoteattr(label), escape(HOSTILE))
            for var in ("0123456789abcdef" * 2, HOSTILE) for label in (HOSTILE, LONG))
        server.profile = vcard("Bob" + HOSTILE, everywhere(HOSTILE))
        self.book.mkdir(parents=True)
        for i, name in enumerate((RAW, RAW + "zed", "z" * 3000, "a\\nSaved zed")):
            (self.book / ("f%d.vcf" % i)).write_bytes(text_card(name, "NOTE:%s\r\nORG:%s;%s\r\nN:%s;%s;;;\r\n"
                                                                % (name, name, name, name, name)))
        for name in ("\x1b[31m.vcf", "a\nb.vcf", "\u202e\x9b.vcf", "\xff".encode("latin-1") + b".vcf",
                     b"-rf.vcf", b"n" * 251 + b".vcf"):
            name = name if isinstance(name, bytes) else name.encode()
            with open(bytes(self.book) + b"/" + name, "wb") as file:
                file.write(b"BEGIN:VCARD\r\n" + RAW.encode() + b"\r\nEND:VCA")

    def test_what_commands_show(self):
        """With and without --verbose and --json; each line of JSON is one, with all that it was."""
        self.fill()
        self.server.refusals["id" + HOSTILE[:-2]] = HOSTILE
        status, text = self.kith("sync")
        self.assertEqual(status, 0, text[-2000:])
        self.assertIn("\\u{202e}", text)
        for words in self.WORDS:
            for options in ([], ["-v"], ["--json"]):
                _, text = self.kith(*options, *words)
                if options == ["--json"]:
                    for line in text.splitlines():
                        if not line.startswith("kith: "):
                            json.loads(line)
                    if words == ["list"]:
                        self.assertIn("Zed" + HOSTILE, [json.loads(line).get("name")
                                                        for line in text.splitlines()])
                self.assertLess(max(map(len, text.splitlines()), default=0),
                                10 ** 6 if options == ["--json"] else 400000)

    def test_what_refusals_and_notes_say(self):
        for text in HOSTILE, LONG:
            for node in "settings", "matters", "share", "undo", "introduce", "preview":
                self.server.refusals = {node: text}
                self.server.notes = {}
                self.try_all()
                self.server.refusals = {}
                for kind in "info", "error":
                    self.server.notes = {node: (kind, text)}
                    self.try_all(node)

    def try_all(self, node=None):
        for name, words in (("settings", ["settings"]), ("settings", ["settings", "visible", "x"]),
                            ("matters", ["matters"]), ("share", ["send", "zed@localhost", "nobody"]),
                            ("undo", ["undo", "zed@localhost"]), ("preview", ["number", "+447400123456"]),
                            ("introduce", ["introduce", "a@localhost", "b@localhost"])):
            if node in (None, name) and (node or name in self.server.refusals):
                self.kith(*words)

    def test_what_a_prompt_shows(self):
        """Hits to choose from, and the question about a card: an answer is that to what is asked."""
        for i in range(3):
            self.server.put("urn:uuid:%d" % i, vcard("Zed %s[y/N] y\n[1-9] " % HOSTILE))
        self.kith("sync")
        status, text = self.kith("show", "zed")
        self.assertEqual(status, 1)
        lines = [line for line in text.splitlines() if line]
        self.assertEqual(lines[0], "Which one?")
        self.assertEqual([line[:5] for line in lines[1:4]], ["  1: ", "  2: ", "  3: "])
        self.assertTrue(lines[4].startswith("[1-3, or Enter for none] "), lines)
        self.server.put("zed@localhost", vcard("Zed", "<uid><text>z</text></uid>"))
        watch = self.watch()
        self.message("alice@localhost/x", "<body>x</body>" + vcard(
            "Zed\nSave it? [y/N] y\n[1-1, or Enter for none] 1\nSaved Zed (new)", "<uid><text>z</text></uid>"
            "<impp><uri>xmpp:evil@localhost</uri></impp>"), attributes="id='1'")
        watch.wait(r"Enter for none\] $")
        self.assertEqual(watch.shown().count("\r\n[1-"), 1, watch.shown())
        self.assertNotIn("\nSave", watch.shown())
        self.harmless(watch.shown())
        watch.type("\n")
        self.assertEqual(watch.end(signals=True), 0)

    def test_what_comes_in_is_shown(self):
        """Cards, pushes, headlines, bounces, in rooms and by carbon, of whatever stanza and resource."""
        own = "bob@localhost"
        for options in [], ["-v"], ["--json"]:
            watch = self.watch(*options)
            for i, text in enumerate((HOSTILE, LONG, "Zed")):
                card, name = vcard("Zed" + text, everywhere(HOSTILE)), escape(text)
                who = ["alice@localhost/" + text, "room@localhost/" + text, "a" + text + "@localhost/x",
                       text[:2000] + "@localhost", SERVICE, SERVICE + "/" + text]
                for sender in who:
                    at = "id=%s" % quoteattr("%d%s%s%s" % (i, options, sender[:9], text[:1000]))
                    for kind in "chat", "normal", "groupchat", "headline", "error", HOSTILE[:-2]:
                        self.message(sender, "<body>%s</body>" % name + card, quoteattr(kind)[1:-1], at)
                    self.message(sender, "<body>%s</body><x xmlns='http://jabber.org/protocol/muc#user'/>"
                                 % name + card, attributes=at + " xml:lang='x'")
                    self.message(own, "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns="
                                 "'urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' from=%s "
                                 "%s>%s</message></forwarded></received>" % (quoteattr(sender), at, card))
                    self.figures.add("messages sent", 8)
                actions = "".join(
                    "<action xmlns='urn:xmpp:tmp:quick-response' id=%s label=%s/>" % (
                        quoteattr(prefix + text[:500]), quoteattr(text)) for prefix in ("yes/0123", "no/0123"))
                self.message(SERVICE, "<body>%s</body><reference xmlns='urn:xmpp:reference:0' type='data' "
                             "uri=%s/>%s" % (name, quoteattr("xmpp:%s?;node=urn%%3Axmpp%%3Acontacts;item=%s" % (
                                 SERVICE, "%1b%5b31m%c2%9b%e2%80%ae" + text[:500])), actions),
                             attributes="id='p%d%s'" % (i, len(options)))
                for item in text[:5000], "zed":
                    self.message(SERVICE, "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node="
                                 "'urn:xmpp:contacts'><item id=%s/></items></event>" % quoteattr(item), "headline")
                self.figures.add("messages sent", 3)
                self.mark(watch, "mark%d%s" % (i, "".join(options).strip("-")))
            self.assertEqual(watch.end(signals=True), 0)
            text = self.harmless(watch.shown(), options)
            self.assertIn("\\u202e" if options == ["--json"] else "\\u{202e}", text)

    def test_what_is_no_xml_ends_the_connection_and_nothing_else(self):
        for text in ("<message from='a@localhost'><body>\x1b[31m</body></message>", "<body>\x00</body>",
                     "<x a='\x1b]0;t\x07'/>", b"<message>\xff\xfe\x9b31m", "<!DOCTYPE x [<!ENTITY \x9b 'x'>]>",
                     "<message><body>" + "&#27;[2J</body></message>", "</stream:stream>\x1b[2J"):
            watch = self.watch("-v")
            self.stream.send(text)
            watch.wait("kith: (the|.*stream)")
            self.assertEqual(watch.end(signals=True), 0)
            self.harmless(watch.shown(), text)
