#!/usr/bin/python3
"""kithd used by nbxmpp, which Gajim is built on, with its own modules for XEP-0292, 0050 and 0004: a
real Prosody and a real ejabberd. (slixmpp, the other library of others, is in it_slixmpp.py; it has
no plugin for vCard4.) Nothing here makes a stanza by hand."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from servers import (DOMAIN, HOST, PASSWORD, PATIENCE_S, SERVICE, Ejabberd, Kithd,  # noqa: E402
                     Prosody)

try:
    import nbxmpp.client
    from gi.repository import GLib
    from nbxmpp.const import AdHocAction, ConnectionProtocol, ConnectionType
    from nbxmpp.errors import StanzaError
    from nbxmpp.modules.dataforms import extend_form
    from nbxmpp.modules.vcard4 import VCard
    from nbxmpp.protocol import JID, Presence
    from nbxmpp.structs import StanzaHandler
except ImportError:
    nbxmpp = None

PROFILE = "urn:xmpp:vcard4"
FIRST, SECOND = "tel:+447400100123", "tel:+447400100456"


def account(user):
    return f"{user}@{DOMAIN}"


def wait_for(condition):
    """Runs the loop that nbxmpp lives in until condition() is true."""
    late = []
    timer = GLib.timeout_add_seconds(PATIENCE_S, lambda: late.append(True) or True)
    try:
        while not condition():
            GLib.MainContext.default().iteration(True)
            assert not late, "not in time"
    finally:
        GLib.source_remove(timer)


class Client:
    """A device of a user; its messages from the service."""

    def __init__(self, port, user):
        self.messages = []
        self.account = account(user)
        self.up = self.down = False
        self.xmpp = nbxmpp.client.Client(log_context=user)
        self.xmpp.set_domain(DOMAIN)
        self.xmpp.set_username(user)
        self.xmpp.set_resource("gajim")
        self.xmpp.set_password(PASSWORD)
        self.xmpp.set_custom_host(f"{HOST}:{port}", ConnectionProtocol.TCP, ConnectionType.PLAIN)
        self.xmpp.set_connection_types([ConnectionType.PLAIN])
        self.xmpp.subscribe("connected", self.on_up)
        self.xmpp.subscribe("disconnected", self.on_down)
        self.xmpp.register_handler(StanzaHandler(name="message", callback=self.on_message))
        self.xmpp.connect()
        wait_for(lambda: self.up)
        self.xmpp.send(Presence())

    def on_up(self, *_):
        self.up = True

    def on_down(self, *_):
        self.down = True

    def on_message(self, _client, _stanza, properties):
        if properties.jid is not None and str(properties.jid) == SERVICE:
            self.messages.append(properties)

    def call(self, module, name, *args, **kwargs):
        """Runs a task of nbxmpp; what it gives, or raises."""
        done = []

        def finished(task):  # what the task gives can be had in here only
            try:
                done.append((task.finish(), None))
            except StanzaError as error:
                done.append((None, error))

        getattr(self.xmpp.get_module(module), name)(*args, callback=finished, **kwargs)
        wait_for(lambda: done)
        (result, error), = done
        if error:
            raise error
        return result

    def publish_profile(self, name, number):
        card = VCard()
        card.add_property("fn", value=name)
        card.add_property("tel", value_type="uri", value=number)
        self.call("PubSub", "publish", PROFILE, card.to_node(), id_=self.account,
                  jid=SERVICE,
                  options={"pubsub#persist_items": "true"})

    def command(self, node, **values):
        """Runs a command with its one form; the last answer."""
        command, = [c for c in self.call("AdHoc", "request_command_list", SERVICE)
                    if c.node == node]
        asked = self.call("AdHoc", "execute_command", command)
        form = extend_form(node=asked.data)
        for var, value in values.items():
            form[var].value = value
        form.type_ = "submit"
        return self.call("AdHoc", "execute_command", asked, action=AdHocAction.COMPLETE,
                         dataform=form)

    def close(self):
        self.xmpp.disconnect()
        wait_for(lambda: self.down)


def values(card, name):
    return [p.value for p in card.get_properties() if p.name == name]


@unittest.skipUnless(nbxmpp, "nbxmpp is not installed")
class OnProsody(unittest.TestCase):
    server_class = Prosody

    @classmethod
    def setUpClass(cls):
        if not cls.server_class.is_installed():
            raise unittest.SkipTest(f"{cls.server_class.name} can't be started here")
        directory = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(
            prefix="kith-nbxmpp-")))
        cls.server = cls.server_class(directory / cls.server_class.name)
        cls.server.register("alice", "bob", "carol")
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()

    def setUp(self):
        store = self.enterContext(tempfile.TemporaryDirectory(prefix="kith-store-"))
        kithd = Kithd(store, self.server.component_port, "preset = company")
        self.addCleanup(lambda: self.assertEqual(kithd.stop(), 0))
        kithd.start()
        self.alice, self.bob, self.carol = [
            Client(self.server.c2s_port, user) for user in ("alice", "bob", "carol")]
        for client in self.alice, self.bob, self.carol:
            self.addCleanup(client.close)

    def test_profile_is_published_and_read(self):
        self.alice.publish_profile("Alice Example", FIRST)
        mine = self.alice.call("VCard4", "request_vcard", jid=JID.from_string(SERVICE))
        self.assertEqual((values(mine, "fn"), values(mine, "tel")), (["Alice Example"], [FIRST]))
        item = self.bob.call("PubSub", "request_item", PROFILE, account("alice"), jid=SERVICE)
        card = VCard.from_node(item.getTag("vcard"))
        self.assertEqual((values(card, "fn"), values(card, "tel")), (["Alice Example"], [FIRST]))
        with self.assertRaises(StanzaError) as caught:
            self.bob.call("PubSub", "request_item", PROFILE, account("carol"), jid=SERVICE)
        self.assertEqual(caught.exception.condition, "item-not-found")

    def test_card_is_shared_by_the_form(self):
        self.carol.publish_profile("Carol Example", FIRST)
        done = self.alice.command("share", subject="carol ex", to=account("bob"))
        self.assertEqual(done.status.value, "completed")
        wait_for(lambda: [m for m in self.bob.messages if m.body])
        self.assertIn("Carol Example", [m.body for m in self.bob.messages if m.body][0])

    def test_settings_are_chosen_by_the_form(self):
        self.carol.publish_profile("Carol Example", FIRST)
        self.assertEqual(self.carol.command("settings", visible="nobody").status.value, "completed")
        with self.assertRaises(StanzaError) as caught:
            self.bob.call("PubSub", "request_item", PROFILE, account("carol"), jid=SERVICE)
        self.assertEqual(caught.exception.condition, "item-not-found")

    def test_change_comes_in_words(self):
        self.carol.publish_profile("Carol Example", FIRST)
        card = VCard()
        card.add_property("fn", value="Caz")
        card.add_property("tel", value_type="uri", value=FIRST)
        self.alice.call("PubSub", "publish", "urn:xmpp:contacts", card.to_node(),
                        id_=account("carol"), jid=SERVICE)
        self.carol.publish_profile("Carol Example", SECOND)
        wait_for(lambda: [m for m in self.alice.messages if m.body])
        push, = [m.body for m in self.alice.messages if m.body]
        self.assertIn("+44 7400 100456", push)
        item = self.alice.call("PubSub", "request_item", "urn:xmpp:contacts", account("carol"),
                               jid=SERVICE)
        self.assertEqual(values(VCard.from_node(item.getTag("vcard")), "tel"), [SECOND])


class OnEjabberd(OnProsody):
    server_class = Ejabberd


if __name__ == "__main__":
    unittest.main()
