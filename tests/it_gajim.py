#!/usr/bin/python3
"""The main job for people without a plugin: Gajim on a real Prosody, worked through its own dialogs.

  tests/it_gajim.py               plays the story
  tests/it_gajim.py --pictures    and makes the pictures of conf/ anew: gajim-*.png

Each step is asserted by what the service then has, or by what somebody else is sent.
"""
import re
import sys
import unittest
import xml.etree.ElementTree as ET

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import gajim  # noqa: E402
from desktop import Desktop  # noqa: E402
from devices import (CLIENT, CONTACTS, PROFILE, VCARD4, Case, account,  # noqa: E402
                     numbers_in)
from gajim import Gajim  # noqa: E402
from servers import BUILD, PATIENCE_S, SERVICE, TOP, Prosody  # noqa: E402

try:
    from slixmpp.plugins.xep_0054.stanza import Telephone
except ImportError:
    pass  # devices.Case is skipped then

PICTURES = "--pictures" in sys.argv
FIRST, SECOND, THIRD = "+44 7700 900123", "+44 7700 900456", "+44 7700 900789"


class Granting(Prosody):
    """As conf/prosody-privileged.cfg.lua has it."""

    def __init__(self, directory):
        super().__init__(directory, privileged=True)


@unittest.skipUnless(gajim.is_installed(), "Gajim or what a desktop takes is not installed")
class Story(Case):
    """Each step builds on those before it: they are played in order, on one service."""
    users = ("alice", "bob", "carol")
    server_class = Granting

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dir.chmod(0o711)  # Gajim runs as another user, who has a home in it
        cls.addClassCleanup(cls.stop_kithd)
        cls.start_kithd(cls.dir / "kithd", "preset = company")
        cls.online = {user: cls.device(user) for user in cls.users}
        cls.desktop = Desktop(cls.dir / "desktop")
        cls.addClassCleanup(cls.desktop.stop)
        cls.desktop.start()
        cls.carol, cls.bob = [
            Gajim(cls.dir / f"gajim-{user}", cls.desktop, cls.server, user, place)
            for user, place in (("carol", (1000, 0)), ("bob", (0, 0)))]
        for person in cls.carol, cls.bob:
            person.start()

    def setUp(self):
        for device in self.online.values():
            device.take()

    def picture(self, window, name):
        if PICTURES:
            self.desktop.picture(window, TOP / "conf" / f"gajim-{name}.png")

    def edit_vcard(self, number):
        """carol's vCard, edited by a client that knows XEP-0054."""
        xmpp = self.online["carol"].xmpp
        xmpp.register_plugin("xep_0054")
        card = xmpp["xep_0054"].make_vcard()
        card["FN"] = "Carol Example"
        tel = Telephone()
        tel["NUMBER"] = number
        tel["CELL"] = True
        card.append(tel)
        self.online["carol"].run(xmpp["xep_0054"].publish_vcard(card))

    def news(self, old, new):
        return f"Carol Example's account says: mobile {old} is now {new}."

    def numbers_at(self, node, item, to=SERVICE):
        """Of a card of carol's own, at the service or at her own account."""
        return numbers_in(self.online["carol"].ask(
            f"<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='{node}'>{item}</items>"
            "</pubsub>", "get", to))

    def test_1_profile_is_written_in_the_dialog(self):
        self.carol.menu("Profile")
        window = self.carol.wait("frame", "Profile")
        self.carol.press("Edit", window)
        for entry, value in ("Full Name", "Carol Example"), ("Phone No.", FIRST):
            self.carol.menu(entry, window)
            self.carol.fill(entry, value, window)
        self.picture(window, "profile")
        self.carol.press("Save", window)
        self.carol.wait("push button", "Edit", window)
        self.edit_vcard(FIRST)

    def test_2_search_by_name(self):
        """XEP-0055"""
        self.bob.service("Search")
        window = self.bob.wait("frame", "Search")
        self.bob.fill("Name", "carol", window)
        self.bob.press("Search", window)
        for cell in account("carol"), "Carol Example":
            self.bob.wait("table cell", cell, window)
        self.bob.press("New Search", window)
        self.bob.fill("Name", "mallory", window)
        self.bob.press("Search", window)
        self.bob.said("No results found", window)
        self.bob.press("Close", window)

    def test_3_contact_is_saved_by_the_form(self):
        """XEP-0050, XEP-0004"""
        window = type(self).commands = self.bob.command("Contacts")
        self.bob.choose("What to do", "Add one", window)
        self.bob.press("Next", window)
        self.bob.fill("Address, if there is one: whose changes the card is to follow",
                      account("carol"), window)
        self.bob.fill("Name", "Carol Example", window)
        self.bob.fill("Mobile", FIRST, window)
        self.picture(window, "form")
        self.bob.press("Complete", window)
        self.bob.said("Carol Example is stored.", window)
        self.assertEqual(self.online["bob"].numbers(), ["+447700900123"])
        self.assertIn(b"Carol Example", self.stored("bob"))

    def test_4_push_is_read_in_the_chat(self):
        self.edit_vcard(SECOND)
        self.bob.chat(SERVICE)
        self.bob.said(self.news(FIRST, SECOND))
        self.picture(self.bob.wait("frame", "Gajim"), "push")
        self.assertEqual(self.online["bob"].numbers(), ["+447700900456"])

    def test_5_question_is_answered_in_the_chat(self):
        window = self.bob.command("Settings", self.commands)
        self.bob.choose("What a change of somebody else's numbers does to my card of them", "ask",
                        window)
        self.bob.press("Complete", window)
        self.bob.said("The settings are stored.", window)
        self.edit_vcard(THIRD)
        said = f"{self.news(SECOND, THIRD)} Your card is unchanged: answer \"yes\" to change it, or "
        self.bob.said(re.compile(re.escape(said) + r'"no"\. xmpp:\S+'))
        self.assertEqual(self.online["bob"].numbers(), ["+447700900456"])
        self.bob.write("yes")
        self.bob.said("Your card is changed. Carol Example: "
                      f"mobile {SECOND} is now {THIRD}.")
        self.assertEqual(self.online["bob"].numbers(), ["+447700900789"])

    def test_6_card_is_sent_by_the_form(self):
        window = self.bob.command("Send somebody's card", self.commands)
        self.bob.fill("Whose card (name, e-mail, number or address)", "carol ex", window)
        self.bob.fill("To whom (address)", account("alice"), window)
        self.bob.press("Complete", window)
        self.bob.said(f"Carol Example's card went to {account('alice')}.", window)
        _, (message,) = self.online["alice"].take()
        self.assertEqual(message.get("from"), account("bob"))
        self.assertEqual(numbers_in(message.find(f"{{{VCARD4}}}vcard")), ["+447700900789"])

    def test_7_card_is_read_in_the_chat(self):
        self.online["alice"].command("share", subject=account("carol"), to=account("bob"))
        self.bob.chat("alice")
        for line in "Carol Example's contact details:", f"mobile {THIRD}":
            self.bob.said(line)

    def test_8_all_is_erased_by_the_form(self):
        window = self.bob.command("Erase everything", self.commands)
        self.bob.tick("Erase everything", window)
        self.bob.press("Next", window)
        self.bob.fill("Your address", account("bob"), window)
        self.bob.press("Complete", window)
        self.bob.said(f"All that was stored of {account('bob')} is erased.", window)
        self.assertEqual(self.query("SELECT jid FROM account WHERE jid = ?", account("bob")), [])
        self.assertEqual(self.stats()["contacts"], 0)


if __name__ == "__main__":
    unittest.main(argv=[arg for arg in sys.argv if arg != "--pictures"])
