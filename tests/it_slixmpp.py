#!/usr/bin/python3
"""kithd on a real Prosody, used by a client that others wrote: slixmpp with its own plugins for
XEP-0004, 0012, 0030, 0050, 0055, 0059, 0060, 0077, 0092, 0133, 0199 and 0313. Nothing here makes a stanza by hand."""
import asyncio
import json
import shutil
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ET

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from servers import DOMAIN, HOST, PASSWORD, PATIENCE_S, SERVICE, Kithd, Prosody  # noqa: E402

try:
    import slixmpp
    from slixmpp.exceptions import IqError
except ImportError:
    slixmpp = None

VCARD4 = "urn:ietf:params:xml:ns:vcard-4.0"
PROFILE = "urn:xmpp:vcard4"
CONTACTS = "urn:xmpp:contacts"
PLUGINS = ("xep_0004", "xep_0012", "xep_0030", "xep_0050", "xep_0055", "xep_0059", "xep_0060",
           "xep_0077", "xep_0092", "xep_0133", "xep_0199", "xep_0313")


def vcard(name, *numbers):
    card = ET.Element(f"{{{VCARD4}}}vcard")
    ET.SubElement(ET.SubElement(card, f"{{{VCARD4}}}fn"), f"{{{VCARD4}}}text").text = name
    for number in numbers:
        tel = ET.SubElement(card, f"{{{VCARD4}}}tel")
        ET.SubElement(tel, f"{{{VCARD4}}}uri").text = f"tel:{number}"
    return card


def name_of(payload):
    return payload.findtext(f"{{{VCARD4}}}fn/{{{VCARD4}}}text")


def numbers_of(payload):
    return [uri.text for uri in payload.iter(f"{{{VCARD4}}}uri")]


def account(user):
    return f"{user}@{DOMAIN}"


class Client:
    """One device of a user, and what it was sent."""

    def __init__(self, user, port, loop):
        self.xmpp = slixmpp.ClientXMPP(account(user) + "/test", PASSWORD)
        self.xmpp.loop = loop
        for plugin in PLUGINS:
            self.xmpp.register_plugin(plugin)
        # get_items(iterator=True) needs it; slixmpp 1.8.3 forgets to.
        slixmpp.xmlstream.register_stanza_plugin(
            slixmpp.plugins.xep_0060.stanza.Pubsub, slixmpp.plugins.xep_0059.Set)
        self.xmpp.plugin["feature_mechanisms"].unencrypted_plain = True
        self.messages = asyncio.Queue()
        self.ready = asyncio.Event()
        self.xmpp.add_event_handler("session_start", self.on_start)
        self.xmpp.register_handler(slixmpp.xmlstream.handler.Callback(
            "all messages", slixmpp.xmlstream.matcher.MatchXPath("{jabber:client}message"),
            self.on_message))
        self.xmpp.connect((HOST, port), disable_starttls=True, use_ssl=False)

    def on_start(self, _event):
        self.xmpp.send_presence()
        self.ready.set()

    def on_message(self, message):
        if message["from"] == SERVICE and not message.xml.find("{urn:xmpp:mam:2}result"):
            self.messages.put_nowait(message)

    async def next_message(self, wanted):
        """The next one that wanted(message) is true for."""
        while True:
            message = await asyncio.wait_for(self.messages.get(), PATIENCE_S)
            if wanted(message):
                return message

    async def publish(self, node, card, item=None, options=None):
        result = await self.xmpp["xep_0060"].publish(SERVICE, node, id=item, payload=card,
                                                     options=options)
        return result["pubsub"]["publish"]["item"]["id"]

    async def items(self, node, ids=None, max_items=None):
        result = await self.xmpp["xep_0060"].get_items(SERVICE, node, item_ids=ids,
                                                       max_items=max_items)
        return [(item["id"], item["payload"]) for item in result["pubsub"]["items"]]

    async def command(self, node, **fields):
        """Runs a command with one form; returns its last answer."""
        first = await self.xmpp["xep_0050"].send_command(SERVICE, node)
        form = first["command"]["form"]
        form.reply()
        form["type"] = "submit"
        form["values"] = fields
        return await self.xmpp["xep_0050"].send_command(
            SERVICE, node, action="complete", payload=form,
            sessionid=first["command"]["sessionid"])

    async def fill_in(self, node, *steps):
        """Goes through a command, filling in each form in turn; its last answer."""
        answer = await self.xmpp["xep_0050"].send_command(SERVICE, node)
        for fields in steps:
            form = answer["command"]["form"]
            form["type"] = "submit"
            form["values"] = {**form.get_values(), **fields}
            action = "next" if answer["command"].xml.find("*/{*}next") is not None else "complete"
            answer = await self.xmpp["xep_0050"].send_command(
                SERVICE, node, action=action, payload=form,
                sessionid=answer["command"]["sessionid"])
        return answer

    async def close(self):
        await self.xmpp.disconnect()


def is_event(node):
    def wanted(message):
        items = message.xml.find(
            "{http://jabber.org/protocol/pubsub#event}event/"
            "{http://jabber.org/protocol/pubsub#event}items")
        return items is not None and items.get("node") == node
    return wanted


@unittest.skipUnless(slixmpp, "slixmpp is not installed")
@unittest.skipUnless(shutil.which("prosody"), "Prosody is not installed")
class Slixmpp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory(prefix="kith-slixmpp-")
        cls.addClassCleanup(cls.dir.cleanup)
        cls.prosody = Prosody(cls.dir.name)
        cls.prosody.register("alice", "bob", "carol")
        cls.addClassCleanup(cls.prosody.stop)
        cls.prosody.start()

    def setUp(self):
        store = tempfile.TemporaryDirectory(prefix="kith-store-")
        self.addCleanup(store.cleanup)
        self.kithd = Kithd(store.name, self.prosody.component_port, "preset = company")
        self.addCleanup(self.kithd.stop)
        self.kithd.start()

    def play(self, story, *users):
        """Runs story(client, ...) with a client for each user, online."""
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)

        async def run():
            clients = [Client(user, self.prosody.c2s_port, loop) for user in users]
            for client in clients:
                await asyncio.wait_for(client.ready.wait(), PATIENCE_S)
            try:
                await story(*clients)
            finally:
                for client in clients:
                    await client.close()

        try:
            loop.run_until_complete(asyncio.wait_for(run(), 2 * PATIENCE_S))
        finally:
            left = asyncio.all_tasks(loop)  # slixmpp leaves its own
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.close()

    def test_service_is_discovered(self):
        """XEP-0030, 0092, 0199"""
        async def story(alice):
            disco = alice.xmpp["xep_0030"]
            services = await disco.get_items(jid=DOMAIN)
            self.assertIn(SERVICE, [jid for jid, _, _ in services["disco_items"]["items"]])
            info = await disco.get_info(jid=SERVICE)
            self.assertIn(("pubsub", "service"),
                          [(i[0], i[1]) for i in info["disco_info"]["identities"]])
            features = info["disco_info"]["features"]
            for feature in ("urn:xmpp:mam:2", "urn:xmpp:mam:2#extended",
                            "http://jabber.org/protocol/commands",
                            "http://jabber.org/protocol/pubsub#publish"):
                self.assertIn(feature, features)
            nodes = await disco.get_items(jid=SERVICE)
            self.assertEqual({PROFILE, CONTACTS},
                             {node for _, node, _ in nodes["disco_items"]["items"]})
            node = await disco.get_info(jid=SERVICE, node=CONTACTS)
            self.assertIn(("pubsub", "leaf"),
                          [(i[0], i[1]) for i in node["disco_info"]["identities"]])
            version = await alice.xmpp["xep_0092"].get_version(SERVICE)
            self.assertTrue(version["software_version"]["version"])
            self.assertGreater(await alice.xmpp["xep_0199"].ping(SERVICE), 0)
        self.play(story, "alice")

    def test_profile_is_published_read_and_retracted(self):
        """XEP-0060"""
        async def story(alice, bob):
            item = await alice.publish(PROFILE, vcard("Alice", "+447700900123"), "current")
            self.assertEqual(item, account("alice"))
            await alice.next_message(is_event(PROFILE))
            (item, card), = await bob.items(PROFILE, ["Alice@LOCALHOST"])
            self.assertEqual((item, name_of(card)), (account("alice"), "Alice"))
            with self.assertRaises(IqError) as caught:
                await bob.publish(PROFILE, vcard("Mallory"), account("alice"))
            self.assertEqual(caught.exception.condition, "forbidden")
            await alice.xmpp["xep_0060"].retract(SERVICE, PROFILE, account("alice"))
            with self.assertRaises(IqError) as caught:
                await bob.items(PROFILE, [account("alice")])
            self.assertEqual(caught.exception.condition, "item-not-found")
        self.play(story, "alice", "bob")

    def test_book_is_paged_in_order_of_item_id(self):
        """XEP-0060, 0059"""
        async def story(alice):
            ids = [f"friend{n:02}@example.net" for n in range(23)]
            for n, item in enumerate(reversed(ids)):
                self.assertEqual(await alice.publish(CONTACTS, vcard(f"Friend {n}"), item), item)
            self.assertEqual([item for item, _ in await alice.items(CONTACTS)], ids)
            paged = []
            async for page in alice.xmpp["xep_0060"].get_items(SERVICE, CONTACTS, iterator=True):
                paged += [item["id"] for item in page["pubsub"]["items"]]
                self.assertEqual(page["pubsub"]["rsm"]["count"], "23")
            self.assertEqual(paged, ids)
            recent = await alice.items(CONTACTS, max_items=2)
            self.assertEqual([item for item, _ in recent], [ids[1], ids[0]])
        self.play(story, "alice")

    def test_node_is_subscribed_and_locked(self):
        """XEP-0060"""
        async def story(alice):
            pubsub = alice.xmpp["xep_0060"]
            result = await pubsub.subscribe(SERVICE, CONTACTS)
            self.assertEqual(result["pubsub"]["subscription"]["subscription"], "subscribed")
            result = await pubsub.get_subscriptions(SERVICE)
            self.assertEqual({s["node"] for s in result["pubsub"]["subscriptions"]},
                             {PROFILE, CONTACTS})
            result = await pubsub.get_affiliations(SERVICE, CONTACTS)
            self.assertEqual([a["affiliation"] for a in result["pubsub"]["affiliations"]],
                             ["owner"])
            for refused, condition in (
                    (pubsub.unsubscribe(SERVICE, CONTACTS), "not-allowed"),
                    (pubsub.get_node_config(SERVICE, CONTACTS), "not-allowed"),
                    (pubsub.create_node(SERVICE, "x"), "feature-not-implemented"),
                    (pubsub.purge(SERVICE, CONTACTS), "feature-not-implemented"),
                    (pubsub.get_items(SERVICE, "x"), "item-not-found")):
                with self.assertRaises(IqError) as caught:
                    await refused
                self.assertEqual(caught.exception.condition, condition)
        self.play(story, "alice")

    def test_publish_options_are_checked(self):
        """XEP-0060, 7.1.5"""
        async def story(alice):
            def options(access):
                form = alice.xmpp["xep_0004"].make_form(ftype="submit")
                form.add_field(var="FORM_TYPE", ftype="hidden",
                               value="http://jabber.org/protocol/pubsub#publish-options")
                form.add_field(var="pubsub#persist_items", value="true")
                form.add_field(var="pubsub#access_model", value=access)
                return form

            await alice.publish(CONTACTS, vcard("Bob"), account("bob"), options("whitelist"))
            with self.assertRaises(IqError) as caught:
                await alice.publish(CONTACTS, vcard("Bob"), account("bob"), options("open"))
            self.assertEqual(caught.exception.condition, "conflict")
        self.play(story, "alice")

    def test_book_is_synced(self):
        """XEP-0313"""
        async def story(alice):
            mam = alice.xmpp["xep_0313"]
            for n in range(12):
                await alice.publish(CONTACTS, vcard(f"Friend {n}"), f"friend{n}@example.net")
            await alice.xmpp["xep_0060"].retract(SERVICE, CONTACTS, "friend3@example.net",
                                                 notify="true")
            form = await mam.get_fields(SERVICE)
            self.assertIn("after-id", form.get_fields())
            ids = []
            async for result in mam.iterate(SERVICE, rsm={"max": 5}):
                ids.append(result["mam_result"]["id"])
            self.assertEqual(len(ids), 12)
            self.assertEqual(len(set(ids)), 12)
            answer = await mam.retrieve(SERVICE, rsm={"max": 50, "after": ids[-2]})
            result, = answer["mam"]["results"]
            retracted = result.xml.find(
                ".//{http://jabber.org/protocol/pubsub#event}retract")
            self.assertEqual(retracted.get("id"), "friend3@example.net")
            self.assertEqual(answer["mam_fin"].xml.get("complete"), "true")
            metadata = await mam.get_archive_metadata(SERVICE)
            self.assertEqual(metadata["mam_metadata"]["end"]["id"], ids[-1])
            with self.assertRaises(IqError) as caught:
                await mam.retrieve(SERVICE, rsm={"after": "no such id"})
            self.assertEqual(caught.exception.condition, "item-not-found")
        self.play(story, "alice")

    def test_change_comes_to_the_holder_and_is_taken_back(self):
        """The main job, as an ordinary client sees it; XEP-0050"""
        async def story(alice, carol):
            await carol.publish(PROFILE, vcard("Carol", "+447700900123"))
            await alice.publish(CONTACTS, vcard("Carol", "+447700900123"), account("carol"))
            await alice.next_message(is_event(CONTACTS))
            await carol.publish(PROFILE, vcard("Carol", "+447700900456"))
            await alice.next_message(is_event(CONTACTS))
            push = await alice.next_message(lambda m: m["type"] == "chat")
            self.assertIn("900456", push["body"].replace(" ", ""))
            (_, card), = await alice.items(CONTACTS, [account("carol")])
            self.assertEqual(numbers_of(card), ["tel:+447700900456"])
            done = await alice.command("undo", item=account("carol"))
            self.assertEqual(done["command"]["status"], "completed")
            (_, card), = await alice.items(CONTACTS, [account("carol")])
            self.assertEqual(numbers_of(card), ["tel:+447700900123"])
        self.play(story, "alice", "carol")

    def test_commands_are_listed_and_run(self):
        """XEP-0050, 0004"""
        async def story(alice, bob, carol):
            listed = await alice.xmpp["xep_0050"].get_commands(SERVICE)
            self.assertEqual({node for _, node, _ in listed["disco_items"]["items"]},
                             {"confirm", "contacts", "erase", "export", "introduce", "look",
                              "matters", "preview", "profile", "settings", "share", "undo"})
            await carol.publish(PROFILE, vcard("Carol Example", "+447700900123"))
            done = await alice.command("share", subject="car", to=account("bob"))
            self.assertEqual(done["command"]["status"], "completed")
            sent = await bob.next_message(lambda m: m["type"] == "chat")
            self.assertIn("Carol Example", sent["body"])
            self.assertEqual(name_of(sent.xml.find(f"{{{VCARD4}}}vcard")), "Carol Example")
            await carol.command("settings", findable="nobody")
            done = await alice.command("share", subject="car", to=account("bob"))
            self.assertEqual(done["command"]["notes"][0][0], "error")
        self.play(story, "alice", "bob", "carol")

    def test_two_are_introduced(self):
        """XEP-0050, 0004"""
        async def story(alice, bob, carol):
            await bob.publish(PROFILE, vcard("Bob Builder", "+447700900200"))
            await carol.publish(PROFILE, vcard("Carol Example", "+447700900123"))
            done = await alice.command("introduce", first="builder", second=account("carol"))
            self.assertEqual(done["command"]["notes"],
                             [("info", f"Bob Builder's card went to {account('carol')}, unless "
                               "settings of theirs are against it.\nCarol Example's card went to "
                               f"{account('bob')}, unless settings of theirs are against it.")])
            for client, name in (bob, "Carol Example"), (carol, "Bob Builder"):
                sent = await client.next_message(lambda m: m["type"] == "chat")
                self.assertEqual(name_of(sent.xml.find(f"{{{VCARD4}}}vcard")), name)
        self.play(story, "alice", "bob", "carol")

    def test_directory_is_searched(self):
        """XEP-0055"""
        async def story(alice, carol):
            await carol.publish(PROFILE, vcard("Carol Example", "+447700900123"))
            for fields, found in (({"x-name": "exam"}, [account("carol")]),
                                  ({"x-phone": "+447700900123"}, [account("carol")]),
                                  ({"x-phone": "+44770090012"}, []),
                                  ({"x-name": "zoe"}, [])):
                query = alice.xmpp["xep_0055"].make_search_iq(ito=SERVICE)
                for name, value in fields.items():
                    query["search"]["form"].add_field(name, value=value)
                answer = await query.send()
                items = answer["search"]["form"].get_items()
                self.assertEqual([item["jid"] for item in items], found)
            await carol.command("settings", findable="nobody")
            query = alice.xmpp["xep_0055"].make_search_iq(ito=SERVICE)
            query["search"]["form"].add_field("x-name", value="exam")
            answer = await query.send()
            self.assertEqual(answer["search"]["form"].get_items(), [])
        self.play(story, "alice", "carol")

    def test_account_signs_up_and_off(self):
        """XEP-0077, 0012"""
        async def story(alice):
            register = alice.xmpp["xep_0077"]
            asked = await register.get_registration(jid=SERVICE)
            self.assertFalse(asked["register"]["registered"])
            self.assertEqual(asked["register"]["fields"], {"name", "phone", "email"})
            form = asked["register"]["form"]
            self.assertEqual(set(form.get_fields()), {"FORM_TYPE", "name", "phone", "email"})
            iq = alice.xmpp.make_iq_set(ito=SERVICE)
            iq["register"]["name"] = "Alice"
            iq["register"]["phone"] = "+447700900123"
            iq["register"]["email"] = "alice@example.com"
            await iq.send()
            asked = await register.get_registration(jid=SERVICE)
            self.assertTrue(asked["register"]["registered"])
            self.assertEqual(asked["register"]["name"], "Alice")
            (_, card), = await alice.items(PROFILE)
            self.assertEqual(numbers_of(card), ["tel:+447700900123"])
            await register.cancel_registration(jid=SERVICE)
            with self.assertRaises(IqError) as caught:
                await register.cancel_registration(jid=SERVICE)
            self.assertEqual(caught.exception.condition, "registration-required")
            self.assertEqual(await alice.items(PROFILE), [])
            last = await alice.xmpp["xep_0012"].get_last_activity(SERVICE)
            self.assertGreaterEqual(last["last_activity"]["seconds"], 0)
        self.play(story, "alice")

    def test_forms_are_filled_in(self):
        """XEP-0050, 0004: profile and contacts by forms alone"""
        async def story(alice, bob):
            await bob.fill_in("profile", {"name": "Bob", "cell": ["+447700900123"]}, {})
            (_, card), = await bob.items(PROFILE)
            self.assertEqual(numbers_of(card), ["tel:+447700900123"])
            done = await alice.fill_in(
                "contacts", {"do": "add"},
                {"address": account("bob"), "name": "Bobby", "voice": ["+447700900123"]})
            self.assertEqual(done["command"]["status"], "completed")
            second = await bob.fill_in("profile", {"cell": ["+447700900456"]})
            self.assertRegex(second["command"]["form"].get_fields()["preview"].get_value(),
                             r"^cell \+.* -> \+.*: goes to a few address books at most\.$")
            (_, card), = await bob.items(PROFILE)
            self.assertEqual(numbers_of(card), ["tel:+447700900123"])
            done = await bob.fill_in("profile", {"cell": ["+447700900456"]}, {})
            self.assertEqual(done["command"]["status"], "completed")
            await alice.next_message(lambda m: m["type"] == "chat")
            done = await alice.fill_in("contacts", {"do": "find", "search": "bob"},
                                       {"do": "edit", "item": account("bob")}, {"name": "Robert"})
            self.assertEqual(done["command"]["status"], "completed")
            (_, card), = await alice.items(CONTACTS)
            self.assertEqual((name_of(card), numbers_of(card)), ("Robert", ["tel:+447700900456"]))
            done = await alice.fill_in("export", {"format": "json"})
            content = done["command"]["form"].get_values()["content"]
            exported = json.loads(content if isinstance(content, str) else "\n".join(content))
            self.assertEqual([c["item"] for c in exported["contacts"]], [account("bob")])
            await alice.fill_in("contacts", {"do": "find", "search": ""},
                                {"do": "remove", "item": account("bob")})
            self.assertEqual(await alice.items(CONTACTS), [])
            done = await bob.fill_in("erase", {"sure": True}, {"address": account("bob")})
            self.assertEqual(done["command"]["status"], "completed")
            self.assertEqual(await bob.items(PROFILE), [])
        self.play(story, "alice", "bob")

    def test_a_form_goes_back_a_step(self):
        """XEP-0050, 2.4.2: prev, with no form sent along"""
        async def story(alice):
            async def step(answer, action, **values):
                form = None
                if action != "prev":
                    form = answer["command"]["form"]
                    form["type"] = "submit"
                    form.set_values(values)
                return await alice.xmpp["xep_0050"].send_command(
                    SERVICE, "contacts", action=action, payload=form,
                    sessionid=answer["command"]["sessionid"])
            first = await alice.xmpp["xep_0050"].send_command(SERVICE, "contacts")
            self.assertIsNone(first["command"].xml.find("*/{*}prev"))
            second = await step(first, "next", do="add", search="")
            self.assertIsNotNone(second["command"].xml.find("*/{*}prev"))
            back = await step(second, "prev")
            self.assertIn("search", back["command"]["form"].get_fields())
            second = await step(back, "next", do="add", search="")
            done = await step(second, "complete", do="save", name="Plumber", address="")
            self.assertEqual(done["command"]["status"], "completed")
            (_, card), = await alice.items(CONTACTS)
            self.assertEqual(name_of(card), "Plumber")
        self.play(story, "alice")


if __name__ == "__main__":
    unittest.main()
