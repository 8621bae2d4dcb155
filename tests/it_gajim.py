#!/usr/bin/python3
"""The main job for people without a plugin: Gajim on a real Prosody, worked through its own dialogs.

  tests/it_gajim.py               plays the story
  tests/it_gajim.py --pictures    and makes the pictures of conf/ anew: gajim-*.png

Each step is asserted by what the service then has, or by what somebody else is sent.
"""
import re
import sys
import unittest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import gajim  # noqa: E402
from desktop import Desktop  # noqa: E402
from devices import CAROL, PROFILE, VCARD4, Case, account, card, numbers_in, plain  # noqa: E402
from gajim import Gajim  # noqa: E402
from servers import SERVICE, TOP, Prosody, wait_until  # noqa: E402

try:
    from slixmpp.plugins.xep_0054.stanza import Telephone
except ImportError:
    pass  # devices.Case is skipped then

PICTURES = "--pictures" in sys.argv
# Of which the number itself says that it is a mobile: Gajim has no word for that.
FIRST, SECOND, THIRD = "+44 7400 123456", "+44 7400 654321", "+44 7400 111222"


class Granting(Prosody):
    """As conf/prosody-privileged.cfg.lua has it."""

    def __init__(self, directory):
        super().__init__(directory, privileged=True)


@unittest.skipUnless(gajim.is_installed(), "Gajim or what a desktop takes is not installed")
class Story(Case):
    """Each step builds on those before it: they are played in order, on one service."""
    users = ("alice", "bob", "carol", "dave")
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
        """carol's vCard as a client edits it that knows XEP-0054 only, by delegation: Gajim doesn't."""
        xmpp = self.online["carol"].xmpp
        xmpp.register_plugin("xep_0054")
        vcard = xmpp["xep_0054"].make_vcard()
        vcard["FN"] = "Carol Example"
        tel = Telephone()
        tel["NUMBER"] = number
        tel["CELL"] = True
        vcard.append(tel)
        self.online["carol"].run(xmpp["xep_0054"].publish_vcard(vcard))

    def news(self, old, new):
        return f"Carol Example's account says: mobile {old} is now {new}."

    def test_1_profile_is_written_in_the_dialog(self):
        """Gajim publishes it by PEP (XEP-0292, 3), which the service follows for who has it in the
        roster."""
        self.carol.add_contact(SERVICE)
        window = self.carol.edit_profile(name="Carol Example", number=FIRST)
        self.picture(window, "profile")
        self.carol.save_profile(window)
        wait_until(lambda: numbers_in(self.online["alice"].items(PROFILE, CAROL)) == [plain(FIRST)],
                   "the profile has the number", self.kithd.process)

    def test_2_search_by_name(self):
        """XEP-0055"""
        self.bob.service("Search")
        window = self.bob.wait("frame", "Search")
        self.bob.fill("Name", "carol", window)
        self.bob.press("Search", window)
        for cell in CAROL, "Carol Example":
            self.bob.wait("table cell", cell, window)
        self.bob.press("New Search", window)
        self.bob.fill("Name", "mallory", window)
        self.bob.press("Search", window)
        self.bob.said("No results found", window)
        self.bob.press("Close", window)

    def test_3_contact_is_saved_by_the_form(self):
        """XEP-0050, XEP-0004"""
        window = self.bob.command("Contacts")
        self.bob.choose("What to do", "Add one", window)
        self.bob.press("Next", window)
        self.bob.fill("Address, if any: the card follows its changes", CAROL, window)
        self.bob.fill("Name", "Carol Example", window)
        self.bob.fill("Mobile", FIRST, window)
        self.picture(window, "form")
        self.bob.press("Complete", window)
        self.bob.said("Carol Example is stored.", window)
        self.assertEqual(self.online["bob"].numbers(), [plain(FIRST)])
        self.assertIn(b"Carol Example", self.stored("bob"))

    def test_4_push_is_read_in_the_chat(self):
        self.carol.save_profile(self.carol.edit_profile(number=SECOND))
        self.bob.chat(SERVICE)
        self.bob.said(self.news(FIRST, SECOND))
        self.picture(self.bob.wait("frame", "Gajim"), "push")
        self.assertEqual(self.online["bob"].numbers(), [plain(SECOND)])

    def test_5_question_is_answered_in_the_chat(self):
        window = self.bob.command("Settings")
        self.bob.choose("What a change of somebody else's numbers does to my card of them", "ask",
                        window)
        self.bob.press("Complete", window)
        self.bob.said("The settings are stored.", window)
        self.edit_vcard(THIRD)
        said = f"{self.news(SECOND, THIRD)} Your card is unchanged: answer \"yes\" to change it, or "
        self.bob.said(re.compile(re.escape(said) + r'"no"\. xmpp:\S+'))
        self.assertEqual(self.online["bob"].numbers(), [plain(SECOND)])
        self.bob.write("yes")
        self.bob.said("Your card is changed. Carol Example: "
                      f"mobile {SECOND} is now {THIRD}.")
        self.assertEqual(self.online["bob"].numbers(), [plain(THIRD)])

    def test_6_card_is_sent_by_the_form(self):
        window = self.bob.command("Send somebody's card")
        self.bob.fill("Whose card (name, e-mail, number or address)", "carol ex", window)
        self.bob.fill("To whom (address)", account("alice"), window)
        self.bob.press("Complete", window)
        self.bob.said(re.compile(f"Carol Example's card went to {account('alice')}.*"), window)
        message, offer = self.online["alice"].take()[1]
        self.assertEqual(message.get("from"), account("bob"))
        self.assertEqual(numbers_in(message.find(f"{{{VCARD4}}}vcard")), [plain(THIRD)])
        self.assertEqual(offer.get("from"), SERVICE)

    def test_7_card_is_saved_by_a_word_in_the_chat(self):
        self.online["dave"].publish(PROFILE, "current", card(plain(FIRST), name="Dave Example"))
        self.online["alice"].command("share", subject=account("dave"), to=account("bob"))
        self.bob.chat("alice")
        for line in "Dave Example's contact details:", f"mobile {FIRST}":
            self.bob.said(line)
        self.bob.chat(SERVICE)
        self.bob.said(re.compile(f"{account('alice')} sent you Dave Example's contact details. Answer "
                                 r'"save" .* xmpp:\S+'))
        self.bob.write("save")
        self.bob.said(f"Dave Example is in your address book now ({account('dave')}).")
        self.assertEqual(self.online["bob"].numbers(account("dave")), [plain(FIRST)])

    def test_8_all_is_erased_by_the_form(self):
        window = self.bob.command("Erase everything")
        self.bob.tick("Erase everything", window)
        self.bob.press("Next", window)
        self.bob.fill("Your address", account("bob"), window)
        self.bob.press("Complete", window)
        self.bob.said(f"All that was stored of {account('bob')} is erased.", window)
        self.assertEqual(self.query("SELECT jid FROM account WHERE jid = ?", account("bob")), [])
        self.assertEqual(self.stats()["contacts"], 0)


if __name__ == "__main__":
    unittest.main(argv=[arg for arg in sys.argv if arg != "--pictures"])
