#!/usr/bin/python3
"""What a server grants, on and off (XEP-0355, XEP-0356): by the snippets of conf/, from which all is
taken out but one grant, on a real Prosody and a real ejabberd. kithd does with it, and without."""
import asyncio
import re
import shutil
import sqlite3
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ET

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import servers  # noqa: E402
from it_server import get_vcard, send_iq, temp_numbers, temp_vcard  # noqa: E402
from it_slixmpp import (CONTACTS, PROFILE, VCARD4, Slixmpp, account, is_event,  # noqa: E402
                        numbers_of, vcard)
from servers import PATIENCE_S, SERVICE, Ejabberd, Kithd, Prosody  # noqa: E402

try:
    import slixmpp
    from slixmpp.exceptions import IqError
except ImportError:
    slixmpp = None

QUICK = "{urn:xmpp:tmp:quick-response}"
REPLY = "{urn:xmpp:reply:0}"
FIRST, SECOND, THIRD = "+447700900123", "+447700900456", "+447700900789"

# What has to go from a snippet where that isn't granted. Logins are seen so that rosters are read.
PROSODY_LINES = {
    "roster": r'^\t+(roster|presence) = .*\n',
    "messages": r'^\t+message = .*\n',
    "vcard-temp": r'^\t+\["vcard-temp"\] = .*\n',
    "vCard4": r'^\t+\["urn:ietf:params:xml:ns:vcard-4.0"\] = .*\n',
}
EJABBERD_LINES = {
    "roster": r"^    (roster|presence):\n .*\n",
    "messages": r"^    message:\n .*\n",
    "vcard-temp": r"^      vcard-temp:\n .*\n",
    "vCard4": r'^      "urn:ietf:params:xml:ns:vcard-4.0":\n .*\n',
}


def without(text, lines, granted):
    for name, pattern in lines.items():
        if name not in granted:
            text, count = re.subn(pattern, "", text, flags=re.M)
            assert count > 0, name
    return text


class GrantingProsody(Prosody):
    """The vCards that aren't delegated are the server's own: mod_vcard has them."""

    def __init__(self, directory):
        super().__init__(directory, modules=["vcard"])
        text = self.conf.read_text()
        self.base = text[:text.index("VirtualHost ")]

    def grant(self, granted):
        text = without(servers.snippet("prosody-privileged.cfg.lua"), PROSODY_LINES, granted)
        base = self.base if "vcard-temp" not in granted else self.base.replace('"vcard"', "")
        self.conf.write_text(base + text)
        self.stop()
        self.start()


class GrantingEjabberd(Ejabberd):
    def __init__(self, directory):
        super().__init__(directory)
        text = self.conf.read_text()
        listener = text[text.index(f"  - port: {self.component_port}"):text.index("auth_method:")]
        self.base = text.replace(listener, "")

    def grant(self, granted):
        text = without(servers.snippet("ejabberd-privileged.yml",
                                       **{"5347": str(self.component_port)}),
                       EJABBERD_LINES, granted)
        text = text.replace("  mod_privilege:\n  mod", "  mod_privilege: {}\n  mod")
        text = re.sub(r"  mod_delegation:\n    namespaces:\n(?! )", "  mod_delegation: {}\n", text)
        base = self.base if "vcard-temp" in granted else self.base + "  mod_vcard: {}\n"
        self.conf.write_text(self.merge(base, text))
        self.ctl("reload_config")


class Features(unittest.TestCase):
    """With each server, one grant at a time."""
    server_class = None
    play = Slixmpp.play

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory(prefix="kith-features-")
        cls.addClassCleanup(cls.dir.cleanup)
        cls.prosody = cls.server_class(cls.dir.name + "/server")  # as play() names it
        cls.addClassCleanup(cls.prosody.stop)
        cls.prosody.register("alice", "bob", "carol", "dave")
        cls.prosody.start()
        cls.is_subscribed = False

    def start_kithd(self, granted):
        self.prosody.grant(granted)
        store = self.enterContext(tempfile.TemporaryDirectory(prefix="kith-store-"))
        self.kithd = Kithd(store, self.prosody.component_port)
        self.addCleanup(self.kithd.stop)
        self.kithd.start()

        def word(name, yes):
            return f"{name}: {yes if name in granted else 'no'}"
        line = (f"server: {word('roster', 'yes')}, {word('messages', 'yes')}, "
                f"{word('vcard-temp', 'delegated')}, {word('vCard4', 'delegated')}")
        servers.wait_until(lambda: line in self.kithd.output(), line, self.kithd.process)

    async def subscribe(self, bob, carol):
        """Both ways; it stays so for all tests."""
        for client in (bob, carol):
            await client.xmpp.get_roster()
        if carol.xmpp.client_roster[account("bob")]["subscription"] != "both":
            bob.xmpp.send_presence_subscription(pto=account("carol"))  # carol's answers in kind
        while carol.xmpp.client_roster[account("bob")]["subscription"] != "both":
            await carol.xmpp.get_roster()

    async def wait_for_runs(self, *clients):
        """No run is left, and what it sent has come."""
        def left():
            with sqlite3.connect(f"file:{self.kithd.dir}/kith.db?mode=ro", uri=True) as db:
                return db.execute("SELECT count(*) FROM run").fetchone()[0]
        while left():
            await asyncio.sleep(0.05)
        for client in clients:
            await client.xmpp["xep_0199"].ping(SERVICE)

    @staticmethod
    def offers(client):
        """Those that came and were not looked at."""
        found = []
        while not client.messages.empty():
            message = client.messages.get_nowait()
            if message.xml.find(QUICK + "action") is not None:
                found.append(message)
        return found

    @staticmethod
    def tap(client, message, label):
        """As a client does that has a button for each action."""
        action, = [a for a in message.xml.findall(QUICK + "action") if a.get("label") == label]
        answer = client.xmpp.make_message(mto=SERVICE, mtype="chat")
        answer.append(ET.Element(QUICK + "action-selected", {"id": action.get("id")}))
        answer.send()

    async def save_by_tap(self, client, message):
        self.tap(client, message, "Save")
        await client.next_message(is_event(CONTACTS))
        said = await client.next_message(lambda m: m["type"] == "chat")
        self.assertIn("is in your address book now", said["body"])
        (_, card), = await client.items(CONTACTS, [account("carol")])
        return numbers_of(card)

    def check(self, *granted):
        self.start_kithd(granted)

        async def story(alice, bob, carol, dave):
            await self.subscribe(bob, carol)
            await carol.publish(PROFILE, vcard("Carol", FIRST))
            await carol.command("settings", visible="everyone", audience="mutual", share="yes")
            await carol.publish(CONTACTS, vcard("Alice"), account("alice"))
            await alice.publish(CONTACTS, vcard("Carol", FIRST), account("carol"))
            await bob.publish(PROFILE, vcard("Bob"))
            await self.check_share(granted, alice, dave)
            await self.check_mutual(granted, bob, carol)
            await self.check_roster_push(granted, alice, bob, carol)
            await self.check_vcard(granted, alice, carol)
        self.play(story, "alice", "bob", "carol", "dave")

    async def check_share(self, granted, alice, dave):
        """The card comes in alice's name or the service's; the offer is the service's, and is not
        for her to have."""
        from_alice = asyncio.get_running_loop().create_future()
        dave.xmpp.add_event_handler("message", lambda m: from_alice.done() or (
            m["from"] == account("alice") and from_alice.set_result(m)))
        await alice.command("share", subject=account("carol"), to=account("dave"))
        offer = await dave.next_message(lambda m: m.xml.find(QUICK + "action") is not None)
        card = offer
        if "messages" in granted:
            card = await asyncio.wait_for(from_alice, PATIENCE_S)
            self.assertIsNone(card.xml.find(QUICK + "action"))
            self.assertEqual(offer.xml.find(REPLY + "reply").get("id"), card["id"])
            self.assertEqual(offer.xml.find(REPLY + "reply").get("to"), account("alice"))
        else:
            self.assertFalse(from_alice.done())
        self.assertIn(f"tel:{FIRST}", numbers_of(card.xml.find(f"{{{VCARD4}}}vcard")))
        self.assertIn('Answer "save"', offer["body"])
        self.assertIn(f"xmpp:{SERVICE}?command;node=matters%2F", offer["body"])
        self.assertIn(f"tel:{FIRST}", await self.save_by_tap(dave, offer))

    async def check_mutual(self, granted, bob, carol):
        """By the roster where it can be read, else by the book alone."""
        await carol.command("settings", visible="mutual")
        if "roster" in granted:
            while True:  # until the roster was read
                try:
                    (_, card), = await bob.items(PROFILE, [account("carol")])
                    break
                except IqError:
                    pass
            self.assertEqual(numbers_of(card), [f"tel:{FIRST}"])
            return
        with self.assertRaises(IqError) as caught:
            await bob.items(PROFILE, [account("carol")])
        self.assertEqual(caught.exception.condition, "item-not-found")

    async def check_roster_push(self, granted, alice, bob, carol):
        """bob has carol in the roster, and no contact."""
        await self.wait_for_runs(alice, bob)
        self.offers(bob)
        await carol.publish(PROFILE, vcard("Carol", SECOND))
        push = await alice.next_message(lambda m: m["type"] == "chat")
        self.assertIn(SECOND[-6:], push["body"])
        await self.wait_for_runs(alice, bob)
        offers = self.offers(bob)
        if "roster" not in granted:
            self.assertEqual(offers, [])
            return
        offer, = offers
        self.assertIn("Carol's account says that the numbers changed", offer["body"])
        self.assertIn(f"tel:{SECOND}", await self.save_by_tap(bob, offer))

    async def check_vcard(self, granted, alice, carol):
        """The dialog of an ordinary client edits the profile, or the server's own vCard."""
        await send_iq(carol, "set", temp_vcard("Carol", ("CELL", THIRD)))
        self.assertIn(THIRD, temp_numbers(await get_vcard(carol)))
        (_, card), = await carol.items(PROFILE)
        self.assertEqual(f"tel:{THIRD}" in numbers_of(card), "vcard-temp" in granted)
        if "vCard4" in granted:
            card = await get_vcard(alice, account("carol"), ET.Element(f"{{{VCARD4}}}vcard"))
            self.assertIn(f"tel:{SECOND}", numbers_of(card))
        else:
            with self.assertRaises(IqError):
                await get_vcard(alice, account("carol"), ET.Element(f"{{{VCARD4}}}vcard"))

    def test_nothing(self):
        self.check()

    def test_roster_alone(self):
        self.check("roster")

    def test_messages_alone(self):
        self.check("messages")

    def test_vcard_temp_alone(self):
        self.check("vcard-temp")

    def test_vcard4_alone(self):
        self.check("vCard4")

    def test_all(self):
        self.check("roster", "messages", "vcard-temp", "vCard4")


@unittest.skipUnless(slixmpp, "slixmpp is not installed")
@unittest.skipUnless(shutil.which("prosody"), "Prosody is not installed")
class OnProsody(Features):
    server_class = GrantingProsody


@unittest.skipUnless(slixmpp, "slixmpp is not installed")
@unittest.skipUnless(Ejabberd.is_installed(), "ejabberd is not installed, or this isn't root")
class OnEjabberd(Features):
    server_class = GrantingEjabberd


del Features, Slixmpp  # run where they have a server, and where they are


if __name__ == "__main__":
    unittest.main()
