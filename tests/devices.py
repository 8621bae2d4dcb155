"""Devices on a real server with kithd, which see each stanza as it is delivered.

Case sets up the server, and has what the tests ask of kithd's store and of messages.
"""
import asyncio
import pathlib
import re
import sqlite3
import subprocess
import tempfile
import unittest

from servers import BUILD, DOMAIN, HOST, PASSWORD, PATIENCE_S, SERVICE, Kithd, Prosody, wait_until

try:
    import slixmpp
except ImportError:
    slixmpp = None

VCARD4 = "urn:ietf:params:xml:ns:vcard-4.0"
PROFILE = "urn:xmpp:vcard4"
CONTACTS = "urn:xmpp:contacts"
CLIENT = "{jabber:client}"
EVENT = "{http://jabber.org/protocol/pubsub#event}"
PUBSUB = "{http://jabber.org/protocol/pubsub}"
MAM = "{urn:xmpp:mam:2}"
SID = "{urn:xmpp:sid:0}"
HINTS = "{urn:xmpp:hints}"
DELAY = "{urn:xmpp:delay}delay"
REFERENCE = "{urn:xmpp:reference:0}reference"  # XEP-0372
COMMANDS = "{http://jabber.org/protocol/commands}"
DATA = "{jabber:x:data}"
CAROL = f"carol@{DOMAIN}"


def account(user):
    return f"{user}@{DOMAIN}"


def numbers_in(xml):
    """The numbers of the card in it, in the order of the card."""
    values = [tel.findtext(f"{{{VCARD4}}}{form}") for tel in xml.iter(f"{{{VCARD4}}}tel")
              for form in ("uri", "text") if tel.find(f"{{{VCARD4}}}{form}") is not None]
    return [plain(value) for value in values]


def plain(number):
    """+447700900123, of a tel: URI, of what was typed, of a line of a .vcf file."""
    return "+" + re.sub(r"\D", "", number.rsplit(":", 1)[-1])


def card(*numbers, name="Carol Example"):
    tels = "".join("<tel><parameters><type><text>cell</text></type></parameters>"
                   f"<uri>tel:{number}</uri></tel>" for number in numbers)
    return f"<vcard xmlns='{VCARD4}'><fn><text>{name}</text></fn>{tels}</vcard>"


class Device:
    """A client that is online, with carbons on: each stanza from the service, as it came."""

    def __init__(self, loop, port, user, resource="desk"):
        self.loop = loop
        self.user = account(user)
        self.messages = []  # since take()
        self.results = []  # of the query that runs
        self.answers = {}  # id of an iq that waits: its answer
        self.asked = 0
        self.xmpp = slixmpp.ClientXMPP(f"{self.user}/{resource}", PASSWORD)
        self.xmpp.loop = loop
        self.xmpp.plugin["feature_mechanisms"].unencrypted_plain = True
        bound = loop.create_future()
        self.xmpp.add_event_handler("session_start", lambda _: bound.set_result(True))
        self.xmpp.add_filter("in", self.on_stanza)
        self.xmpp.connect((HOST, port), disable_starttls=True, use_ssl=False)
        self.run(bound)
        self.ask("<enable xmlns='urn:xmpp:carbons:2'/>", to=self.user)
        self.xmpp.send_raw("<presence/>")
        self.fence()

    def run(self, what):
        return self.loop.run_until_complete(asyncio.wait_for(what, PATIENCE_S))

    def on_stanza(self, stanza):
        xml = stanza.xml
        if xml.tag == CLIENT + "iq" and xml.get("id") in self.answers:
            self.answers[xml.get("id")].set_result(xml)
        elif xml.tag == CLIENT + "message" and xml.find(MAM + "result") is not None:
            self.results.append(xml.find(MAM + "result"))
        elif xml.tag == CLIENT + "message":
            self.messages.append(xml)
        return stanza

    def ask(self, payload, kind="set", to=SERVICE):
        """Sends an iq; its answer."""
        self.asked += 1
        name = f"ask{self.asked:04}"
        self.answers[name] = self.loop.create_future()
        self.xmpp.send_raw(f"<iq type='{kind}' to='{to}' id='{name}'>{payload}</iq>")
        self.run(self.answers[name])
        return self.answers.pop(name).result()

    def fence(self):
        """After this all that the service had sent before is here: one stream keeps its order."""
        self.ask("<ping xmlns='urn:xmpp:ping'/>", "get")

    def take(self):
        """The messages since the last time: (headlines, others)."""
        self.fence()
        taken, self.messages = self.messages, []
        return ([m for m in taken if m.get("type") == "headline"],
                [m for m in taken if m.get("type") != "headline"])

    def publish(self, node, item, card):
        return self.ask(f"<pubsub xmlns='{PUBSUB[1:-1]}'><publish node='{node}'><item id='{item}'>"
                        f"{card}</item></publish></pubsub>")

    def items(self, node, item):
        return self.ask(f"<pubsub xmlns='{PUBSUB[1:-1]}'><items node='{node}'><item id='{item}'/>"
                        "</items></pubsub>", "get")

    def numbers(self, item=CAROL):
        """The numbers of a contact in the own book."""
        return numbers_in(self.items(CONTACTS, item))

    def sync(self, after=None):
        """The results after a position, and the last position."""
        self.results = []
        after = f"<after>{after}</after>" if after else ""
        fin = self.ask(f"<query xmlns='{MAM[1:-1]}' node='{CONTACTS}'>"
                       f"<set xmlns='http://jabber.org/protocol/rsm'><max>50</max>{after}</set>"
                       "</query>").find(MAM + "fin")
        assert fin.get("complete") == "true"
        return self.results, fin.findtext(".//{http://jabber.org/protocol/rsm}last")

    def command(self, node, **fields):
        """Runs a command with one form: the form and the last answer."""
        first = self.ask(f"<command xmlns='{COMMANDS[1:-1]}' node='{node}' action='execute'/>")
        first = first.find(COMMANDS + "command")
        values = "".join(f"<field var='{var}'><value>{value}</value></field>"
                         for var, value in fields.items())
        answer = self.ask(
            f"<command xmlns='{COMMANDS[1:-1]}' node='{node}' action='complete' "
            f"sessionid='{first.get('sessionid')}'><x xmlns='{DATA[1:-1]}' type='submit'>{values}"
            "</x></command>")
        return first.find(DATA + "x"), answer

    def close(self):
        """Harmless if it is closed, by whom ever."""
        if self.xmpp.is_connected():
            self.run(self.xmpp.disconnect())


@unittest.skipUnless(slixmpp, "slixmpp is not installed")
class Case(unittest.TestCase):
    users = ()
    server_class = Prosody  # a subclass plays the same tests on another

    @classmethod
    def setUpClass(cls):
        if not cls.server_class.is_installed():
            raise unittest.SkipTest(f"{cls.server_class.name} can't be started here")
        cls.dir = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(
            prefix="kith-story-")))
        cls.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(cls.loop)
        cls.devices = []  # kept until the loop has ended: slixmpp leaves tasks of its own
        cls.addClassCleanup(cls.end_loop)
        cls.server = cls.server_class(cls.dir / cls.server_class.name)
        cls.server.register(*cls.users)
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()
        cls.addClassCleanup(cls.close_devices)

    @classmethod
    def end_loop(cls):
        left = asyncio.all_tasks(cls.loop)
        for task in left:
            task.cancel()
        cls.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        cls.loop.close()

    @classmethod
    def start_kithd(cls, directory, more=""):
        cls.kithd = Kithd(directory, cls.server.component_port, more)
        cls.kithd.start()

    @classmethod
    def stop_kithd(cls):
        """It ends well: also under sanitizers, whose reports make the exit status another."""
        status = cls.kithd.stop()
        assert status in (None, 0), (status, cls.kithd.output())

    @classmethod
    def close_devices(cls):
        for device in cls.devices:
            device.close()

    @classmethod
    def device(cls, user, resource="desk"):
        device = Device(cls.loop, cls.server.c2s_port, user, resource)
        cls.devices.append(device)
        return device

    @classmethod
    def stats(cls):
        out = subprocess.run([str(BUILD / "kithctl"), "-c", str(cls.kithd.conf), "stats"],
                             check=True, capture_output=True, timeout=PATIENCE_S).stdout.decode()
        return {key: int(value) for key, value in (line.split() for line in out.splitlines())}

    @classmethod
    def wait_for_runs(cls):
        """Until no run is left: the server took every push."""
        wait_until(lambda: cls.stats()["runs"] == 0, "runs end", cls.kithd.process)

    @classmethod
    def query(cls, sql, *values):
        store = sqlite3.connect(f"file:{cls.kithd.dir}/kith.db?mode=ro", uri=True)
        try:
            return store.execute(sql, values).fetchall()
        finally:
            store.close()

    @classmethod
    def stored(cls, user, item=CAROL):
        """A contact's card, as it lies in the store."""
        (card,), = cls.query("SELECT CAST(card AS BLOB) FROM contact JOIN account ON "
                             "account.id = contact.owner WHERE jid = ? AND item = ?",
                             account(user), item)
        return card

    def check_headline(self, message, user):
        """It has the event and the archive id, and nothing that a push has. Returns the id."""
        self.assertEqual((message.get("from"), message.get("to")), (SERVICE, account(user)))
        items = message.find(f"{EVENT}event/{EVENT}items")
        self.assertEqual(items.get("node"), CONTACTS)
        item, = items
        self.assertEqual((item.tag, item.get("id")), (EVENT + "item", CAROL))
        self.assertEqual([child.tag for child in item], [f"{{{VCARD4}}}vcard"])
        sid, = message.findall(SID + "stanza-id")
        self.assertEqual(sid.get("by"), SERVICE)
        self.assertEqual({child.tag for child in message}, {EVENT + "event", SID + "stanza-id"})
        return sid.get("id")

    def check_push(self, message, user, body, late=False):
        """It has the words, says which contact it is about, and has no event. Returns its id."""
        self.assertEqual((message.get("from"), message.get("to"), message.get("type")),
                         (SERVICE, account(user), "chat"))
        self.assertEqual(message.findtext(CLIENT + "body"), body)
        origin, = message.findall(SID + "origin-id")
        self.assertEqual(origin.get("id"), message.get("id"))
        tags = [child.tag for child in message if child.get("by") != account(user)]
        self.assertEqual(sorted(set(tags) - {DELAY}),
                         sorted([CLIENT + "body", HINTS + "store", REFERENCE, SID + "origin-id"]))
        self.assertTrue(message.find(REFERENCE).get("uri").startswith(
            f"xmpp:{SERVICE}?;node=urn%3Axmpp%3Acontacts;item="))
        self.assertEqual(DELAY in tags, late)
        return message.get("id")
