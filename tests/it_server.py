#!/usr/bin/python3
"""kithd attached deeper into real servers, by the snippets of conf/ as they stand: vCards of ordinary
clients (slixmpp's XEP-0054), with and without what the server grants."""
import asyncio
import contextlib
import hashlib
import re
import shutil
import socket
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ET

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import servers  # noqa: E402
from it_slixmpp import CONTACTS, PROFILE, Slixmpp, account, is_event, numbers_of, vcard  # noqa: E402
from servers import DOMAIN, PATIENCE_S, Ejabberd, Kithd, Prosody  # noqa: E402

try:
    import slixmpp
    from slixmpp.exceptions import IqError
except ImportError:
    slixmpp = None

TEMP = "{vcard-temp}"
QUICK = "{urn:xmpp:tmp:quick-response}"


def temp_vcard(name, *numbers):
    """A client's own words: as its dialog would write them."""
    card = ET.Element(f"{TEMP}vCard")
    ET.SubElement(card, f"{TEMP}FN").text = name
    for kind, number in numbers:
        tel = ET.SubElement(card, f"{TEMP}TEL")
        ET.SubElement(tel, f"{TEMP}{kind}")
        ET.SubElement(tel, f"{TEMP}NUMBER").text = number
    return card


async def send_iq(client, kind, payload, to=None):
    iq = client.xmpp.make_iq(ito=to, itype=kind)
    iq.append(payload)
    return await iq.send(timeout=PATIENCE_S)


async def get_vcard(client, to=None, payload=None):
    answer = await send_iq(client, "get", ET.Element(f"{TEMP}vCard") if payload is None else payload,
                           to)
    return answer.xml[0]


def is_chat(message):
    return message["type"] == "chat"


def drain(client):
    """What came so far."""
    return [client.messages.get_nowait() for _ in range(client.messages.qsize())]


def temp_numbers(card):
    return [number.text.replace(" ", "") for number in card.iter(f"{TEMP}NUMBER")]


class Deeper:
    """The tests, for each server."""

    make_server = None  # of the directory

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory(prefix="kith-server-")
        cls.addClassCleanup(cls.dir.cleanup)
        cls.prosody = cls.make_server(cls.dir.name + "/server")
        cls.addClassCleanup(cls.prosody.stop)
        cls.prosody.start()
        cls.prosody.register("alice", "bob", "carol")

    def setUp(self):
        store = tempfile.TemporaryDirectory(prefix="kith-store-")
        self.addCleanup(store.cleanup)
        self.store = store.name
        self.start_kithd("lookups_per_hour = 100000")  # some tests ask until they see it
        self.addCleanup(lambda: self.kithd.stop())

    def start_kithd(self, limits):
        self.kithd = Kithd(self.store, self.prosody.component_port, f"[limits]\n{limits}\n")
        self.kithd.start()
        self.wait_granted()

    def wait_granted(self, began=0):
        servers.wait_until(lambda: "vcard-temp: delegated" in self.kithd.output()[began:],
                           "vCards are delegated", self.kithd.process)

    play = Slixmpp.play

    def test_what_the_server_grants_is_in_the_log(self):
        servers.wait_until(
            lambda: "server: roster: yes, messages: yes, vcard-temp: delegated, vCard4: delegated, "
                    f"PEP: per account ({DOMAIN})" in self.kithd.output(), "it is in the log")

    async def numbers_with(self, holder):
        """Of carol, in the holder's address book; those marked as given up in brackets."""
        (_, card), = await holder.items(CONTACTS, [account("carol")])
        return [uri.text if tel.find("*/{*}x-retired") is None else f"({uri.text})"
                for tel in card.findall("{*}tel") for uri in tel.findall("{*}uri")]

    async def hold_card(self, holder, *numbers):
        await holder.publish(CONTACTS, vcard("Carol", *numbers), account("carol"))
        await holder.next_message(is_event(CONTACTS))

    async def select(self, client, message, word):
        """XEP-0439: presses the button."""
        ids = [action.get("id") for action in message.xml.iter(f"{QUICK}action")]
        (chosen,) = [action for action in ids if action.startswith(word + "/")]
        reply = client.xmpp.make_message(mto=message["from"], mtype="chat")
        ET.SubElement(reply.xml, f"{QUICK}action-selected").set("id", chosen)
        reply.send()

    def test_editing_the_vcard_is_the_number_change(self):
        """XEP-0054 by XEP-0355. Who has never used Kith is asked first, and answers in words."""
        async def story(alice, carol):
            await send_iq(carol, "set", temp_vcard("Carol", ("CELL", "+447700900123")))
            await carol.next_message(is_event(PROFILE))
            await self.hold_card(alice, "+447700900123")
            await send_iq(carol, "set", temp_vcard("Carol", ("CELL", "+447700900456")))
            asked = await carol.next_message(is_chat)
            self.assertIn("in a few address books at most here", asked["body"])
            self.assertEqual(await self.numbers_with(alice), ["tel:+447700900123"])
            carol.xmpp.send_message(mto=asked["from"], mbody="yes", mtype="chat")
            self.assertIn("follow (", (await carol.next_message(is_chat))["body"])
            await alice.next_message(is_event(CONTACTS))
            push = await alice.next_message(is_chat)
            self.assertIn("900456", push["body"].replace(" ", ""))
            self.assertEqual(await self.numbers_with(alice), ["tel:+447700900456"])
            # from then on without a question
            await send_iq(carol, "set", temp_vcard("Carol", ("CELL", "+447700900789")))
            push = await alice.next_message(is_chat)
            self.assertIn("900789", push["body"].replace(" ", ""))
            self.assertFalse([m for m in drain(carol) if "to follow?" in m["body"]])
        self.play(story, "alice", "carol")

    def test_a_no_leaves_the_address_books_as_they_are(self):
        async def story(alice, carol):
            v4 = vcard("Carol", "+447700900123")
            await send_iq(carol, "set", v4)
            await self.hold_card(alice, "+447700900123")
            await send_iq(carol, "set", vcard("Carol", "+447700900456"))  # XEP-0292, 6
            await self.select(carol, await carol.next_message(is_chat), "no")
            self.assertIn("stay as they are", (await carol.next_message(is_chat))["body"])
            self.assertEqual(await self.numbers_with(alice), ["tel:+447700900123"])
            await send_iq(carol, "set", vcard("Carol", "+447700900789"))
            await self.select(carol, await carol.next_message(is_chat), "yes")
            await alice.next_message(is_chat)
            self.assertEqual(await self.numbers_with(alice), ["tel:+447700900789"])
        self.play(story, "alice", "carol")

    def test_what_a_client_leaves_out_is_given_up_only_by_a_yes(self):
        async def story(alice, carol):
            both = ("CELL", "+447700900123"), ("HOME", "+442079460123")
            await send_iq(carol, "set", temp_vcard("Carol", *both))
            await carol.next_message(is_event(PROFILE))
            await self.hold_card(alice, *(number for _, number in both))
            await send_iq(carol, "set", temp_vcard("Carol", both[0]))
            asked = await carol.next_message(is_chat)
            self.assertIn("no longer has home +44 20 7946 0123. ", asked["body"])
            for _ in range(2):  # as clients do
                await send_iq(carol, "set", temp_vcard("Carol", both[0]))
            self.assertFalse([m for m in drain(carol) if is_chat(m)])
            self.assertEqual(set(temp_numbers(await get_vcard(carol))),
                             {number for _, number in both})
            self.assertEqual(await self.numbers_with(alice),
                             [f"tel:{number}" for _, number in both])
            await self.select(carol, asked, "yes")
            self.assertIn("Given up", (await carol.next_message(is_chat))["body"])
            push = await alice.next_message(is_chat)
            self.assertIn("is no longer in use", push["body"])
            self.assertEqual(await self.numbers_with(alice),
                             ["tel:+447700900123", "(tel:+442079460123)"])
            self.assertEqual(temp_numbers(await get_vcard(carol)), ["+447700900123"])
        self.play(story, "alice", "carol")

    def test_vcards_are_read_by_the_rules(self):
        async def story(alice, bob, carol):
            await send_iq(carol, "set", temp_vcard("Carol", ("CELL", "+447700900123")))
            await alice.publish(CONTACTS, vcard("Carol", "+447700900123"), account("carol"))
            self.assertEqual(temp_numbers(await get_vcard(carol)), ["+447700900123"])
            self.assertEqual(temp_numbers(await get_vcard(alice, account("carol"))),
                             ["+447700900123"])
            card = await get_vcard(bob, account("carol"))
            self.assertEqual((card.findtext(f"{TEMP}FN"), temp_numbers(card)), ("Carol", []))
            card = await get_vcard(bob, DOMAIN)
            self.assertEqual(card.findtext(f"{TEMP}FN"), "Kith")
            v4 = await get_vcard(alice, account("carol"),
                                 ET.Element("{urn:ietf:params:xml:ns:vcard-4.0}vcard"))
            self.assertEqual(numbers_of(v4), ["tel:+447700900123"])
        self.play(story, "alice", "bob", "carol")

    def test_nobody_sets_anothers_and_each_request_is_answered(self):
        async def story(alice, carol):
            await send_iq(carol, "set", temp_vcard("Carol", ("CELL", "+447700900123")))
            for to, condition in ((account("carol"), "forbidden"), (DOMAIN, "forbidden")):
                with self.assertRaises(IqError) as caught:
                    await send_iq(alice, "set", temp_vcard("Mallory"), to)
                self.assertEqual(caught.exception.condition, condition)
            for to in (account("bob"), account("nosuch")):
                with self.assertRaises(IqError) as caught:
                    await get_vcard(alice, to)
                self.assertEqual(caught.exception.condition, "item-not-found")
            card = temp_vcard("Carol")
            photo = ET.SubElement(card, f"{TEMP}PHOTO")
            ET.SubElement(photo, f"{TEMP}TYPE").text = "image/png"
            ET.SubElement(photo, f"{TEMP}BINVAL").text = "AAAA" * 45000
            with self.assertRaises(IqError) as caught:
                await send_iq(carol, "set", card)
            self.assertEqual(caught.exception.condition, "not-acceptable")
            self.assertEqual(temp_numbers(await get_vcard(carol)), ["+447700900123"])
        self.play(story, "alice", "carol")

    def test_while_kithd_is_down_vcards_are_refused(self):
        """As the guide says."""
        async def story(carol):
            await send_iq(carol, "set", temp_vcard("Carol", ("CELL", "+447700900123")))
            self.kithd.stop()
            for kind, card in ("get", ET.Element(f"{TEMP}vCard")), ("set", temp_vcard("Carol")):
                with self.assertRaises(IqError) as caught:
                    await send_iq(carol, kind, card)
                self.assertEqual(caught.exception.condition, "service-unavailable")
            began = len(self.kithd.output())
            self.kithd.start()
            self.wait_granted(began)
            self.assertEqual(temp_numbers(await get_vcard(carol)), ["+447700900123"])
        self.play(story, "carol")

    def test_one_over_the_rate_is_told_when_to_try_again(self):
        self.kithd.stop()
        self.start_kithd("lookups_per_hour = 2\nchanges_per_day = 1")

        async def refused(request, text):
            with self.assertRaises(IqError) as caught:
                await request
            error = caught.exception.iq["error"]
            self.assertEqual((error["type"], error["condition"]), ("wait", "resource-constraint"))
            self.assertRegex(error["text"], text)

        async def story(alice, carol):
            await send_iq(carol, "set", temp_vcard("Carol", ("CELL", "+447700900123")))
            await refused(send_iq(carol, "set", temp_vcard("Carol", ("CELL", "+447700900456"))),
                          r"^Too many changes of numbers: try again at \S+Z\.$")
            await send_iq(carol, "set", temp_vcard("Caroline", ("CELL", "+447700900123")))
            self.assertEqual((await get_vcard(alice, account("carol"))).findtext(f"{TEMP}FN"),
                             "Caroline")
            with self.assertRaises(IqError):
                await get_vcard(alice, account("nosuch"))
            for user in ("carol", "nosuch"):
                await refused(get_vcard(alice, account(user)),
                              r"^Too many look-ups: try again in 30 minutes\.$")
            for _ in range(5):
                await get_vcard(carol)
        self.play(story, "alice", "carol")

    def test_who_is_in_each_others_roster_is_mutual(self):
        """XEP-0356, 4"""
        async def story(alice, bob, carol):
            subscribed = asyncio.Event()
            bob.xmpp.add_event_handler("presence_subscribed", lambda _: subscribed.set())
            for client in (bob, carol):
                await client.xmpp.get_roster()
            bob.xmpp.send_presence_subscription(pto=account("carol"))  # carol's answers in kind
            await asyncio.wait_for(subscribed.wait(), PATIENCE_S)
            while carol.xmpp.client_roster[account("bob")]["subscription"] != "both":
                await carol.xmpp.get_roster()
            await carol.publish(PROFILE, vcard("Carol", "+447700900123"))
            await carol.command("settings", visible="mutual")
            await bob.publish(PROFILE, vcard("Bob"))
            await alice.publish(PROFILE, vcard("Alice"))
            while not temp_numbers(await get_vcard(bob, account("carol"))):
                pass  # until the roster was read
            self.assertEqual(temp_numbers(await get_vcard(alice, account("carol"))), [])
        self.play(story, "alice", "bob", "carol")

    def test_a_card_comes_from_whom_it_is_from(self):
        """XEP-0356, 5"""
        async def story(alice, bob, carol):
            from_alice = asyncio.get_running_loop().create_future()
            bob.xmpp.add_event_handler("message", lambda m: from_alice.done() or (
                m["from"] == account("alice") and from_alice.set_result(m)))
            await carol.publish(PROFILE, vcard("Carol", "+447700900123"))
            await carol.command("settings", visible="everyone", share="yes")
            await alice.command("share", subject=account("carol"), to=account("bob"))
            message = await asyncio.wait_for(from_alice, PATIENCE_S)
            self.assertIn("Carol's contact details:", message["body"])
            self.assertIn("tel:+447700900123", numbers_of(message.xml.find(
                "{urn:ietf:params:xml:ns:vcard-4.0}vcard")))
        self.play(story, "alice", "bob", "carol")


@unittest.skipUnless(slixmpp, "slixmpp is not installed")
@unittest.skipUnless(shutil.which("prosody"), "Prosody is not installed")
class OnProsody(Deeper, unittest.TestCase):
    @classmethod
    def make_server(cls, directory):
        return Prosody(directory, privileged=True)


@unittest.skipUnless(slixmpp, "slixmpp is not installed")
@unittest.skipUnless(Ejabberd.is_installed(), "ejabberd is not installed, or this isn't root")
class OnEjabberd(Deeper, unittest.TestCase):
    @classmethod
    def make_server(cls, directory):
        return Ejabberd(directory, privileged=True)

    def test_what_was_taken_back_without_a_word_is_had_again(self):
        """ejabberd does that when another connection of the domain ends."""
        began = len(self.kithd.output())
        with socket.create_connection((servers.HOST, self.prosody.component_port)) as other:
            other.sendall(b"<stream:stream xmlns='jabber:component:accept' to='%s' "
                          b"xmlns:stream='http://etherx.jabber.org/streams'>"
                          % servers.SERVICE.encode())
            opened = other.recv(4096).decode()
            while " id=" not in opened:
                opened += other.recv(4096).decode()
            stream = re.search(r" id=['\"]([^'\"]*)", opened)[1]
            digest = hashlib.sha1((stream + servers.SECRET).encode()).hexdigest()
            other.sendall(f"<handshake>{digest}</handshake>".encode())
            # What it asks a new connection comes to either; it ends when all was asked.
            other.settimeout(1)
            with contextlib.suppress(TimeoutError):
                while other.recv(65536):
                    pass
        servers.wait_until(lambda: "begins anew" in self.kithd.output()[began:],
                           "it is found out", self.kithd.process)
        servers.wait_until(lambda: self.kithd.output()[began:].count("vcard-temp: delegated"),
                           "it is granted again", self.kithd.process)

        async def story(carol):
            await send_iq(carol, "set", temp_vcard("Carol"))
        self.play(story, "carol")


del Slixmpp  # its tests are run where it is


if __name__ == "__main__":
    unittest.main()
