#!/usr/bin/python3
"""vCards that people publish on their own server (XEP-0292 by XEP-0163), followed by kithd without any
privilege: on a real Prosody, which notifies, and on a real ejabberd, which has to be asked."""
import sys
import tempfile
import unittest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from devices import (CAROL, COMMANDS, CONTACTS, PROFILE, PUBSUB, Case, card,  # noqa: E402
                     numbers_in)
from servers import SERVICE, Ejabberd, Prosody, wait_until  # noqa: E402

FIRST, SECOND, THIRD = (f"+447400100{n}" for n in (123, 456, 789))
OWNER = f"{PUBSUB[1:-1]}#owner"


class FromEjabberd(Case):
    """What is right where the server tells nothing."""
    users = ("alice", "carol")
    server_class = Ejabberd

    def setUp(self):
        store = self.enterContext(tempfile.TemporaryDirectory(prefix="kith-store-"))
        self.start_kithd(store, "preset = company")
        self.addCleanup(self.stop_kithd)
        self.alice = self.device("alice")
        self.carol = self.device("carol")
        self.addCleanup(self.clean_up)

    def clean_up(self):
        """For the next test: no node, no subscription. kithd may be down."""
        if not self.carol.xmpp.is_connected():
            self.carol = self.device("carol")
        self.carol.ask(f"<pubsub xmlns='{OWNER}'><delete node='{PROFILE}'/></pubsub>", to=CAROL)
        self.carol.ask("<query xmlns='jabber:iq:roster'><item subscription='remove' "
                       f"jid='{SERVICE}'/></query>", to=CAROL)
        self.alice.close()
        self.carol.close()

    def roster(self):
        """What carol's server says of the service in her roster."""
        answer = self.carol.ask("<query xmlns='jabber:iq:roster'/>", "get", CAROL)
        return {item.get("jid"): item.get("subscription") for item in answer[0]}.get(SERVICE)

    def befriend(self):
        """Carol adds the service; her client (slixmpp) lets in whom she added."""
        self.carol.ask("<query xmlns='jabber:iq:roster'/>", "get", CAROL)
        self.carol.xmpp.send_presence_subscription(pto=SERVICE)
        wait_until(lambda: self.roster() == "both", "they see each other", self.kithd.process)
        wait_until(lambda: self.query("SELECT 1 FROM follow WHERE shares = 1"), "carol is followed")

    def publish(self, *numbers, access=None):
        """On her own server."""
        options = "" if access is None else (
            "<publish-options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"
            f"<value>{PUBSUB[1:-1]}#publish-options</value></field>"
            f"<field var='pubsub#access_model'><value>{access}</value></field></x>"
            "</publish-options>")
        answer = self.carol.ask(
            f"<pubsub xmlns='{PUBSUB[1:-1]}'><publish node='{PROFILE}'><item id='current'>"
            f"{card(*numbers)}</item></publish>{options}</pubsub>", to=CAROL)
        self.assertEqual(answer.get("type"), "result")

    def log_in(self):
        self.carol.close()
        self.carol = self.device("carol")

    def look(self):
        answer = self.carol.ask(f"<command xmlns='{COMMANDS[1:-1]}' node='look'/>")
        self.assertEqual(answer.find(COMMANDS + "command").get("status"), "completed")
        return answer.find(f".//{COMMANDS}note").get("type")

    def numbers(self):
        """Of carol's profile, as alice sees it."""
        return numbers_in(self.alice.items(PROFILE, CAROL))

    def wait_for(self, *numbers):
        """Until that is her profile; what she does meanwhile is log_in()."""
        def is_there():
            if self.numbers() == list(numbers):
                return True
            self.log_in()
            return False
        wait_until(is_there, f"carol's profile has {numbers}", self.kithd.process)

    def wait_for_reading(self):
        """A login, and what was read then is handled."""
        before = self.query("SELECT read_at FROM follow")

        def is_read():
            self.log_in()
            self.carol.fence()
            return self.query("SELECT read_at FROM follow") != before
        wait_until(is_read, "the node is read", self.kithd.process)
        for _ in range(3):
            self.carol.fence()

    def test_what_is_published_reaches_the_address_books(self):
        self.befriend()
        self.publish(FIRST)
        self.wait_for(FIRST)
        self.alice.publish(CONTACTS, CAROL, card(FIRST))
        self.wait_for_runs()
        self.alice.take()
        self.publish(SECOND)
        self.wait_for(SECOND)
        self.wait_for_runs()
        headlines, pushes = self.alice.take()
        self.check_headline(headlines[-1], "alice")
        self.check_push(pushes[-1], "alice", "Carol Example's account says: mobile "
                        "+44 7400 100123 is now +44 7400 100456.")
        self.assertEqual(self.alice.numbers(), [SECOND])

    def test_the_same_at_the_next_login_does_nothing(self):
        self.befriend()
        self.publish(FIRST)
        self.wait_for(FIRST)
        self.carol.publish(PROFILE, "current", card(SECOND))  # in Kith itself
        self.assertEqual(self.numbers(), [SECOND])
        self.wait_for_reading()
        self.assertEqual(self.numbers(), [SECOND])
        self.publish(THIRD)
        self.wait_for(THIRD)

    def test_it_is_read_when_its_owner_wants_it(self):
        self.assertEqual(self.look(), "error")  # not in her roster
        self.befriend()
        self.publish(FIRST)
        self.assertEqual(self.look(), "info")
        wait_until(lambda: self.numbers() == [FIRST], "it is read", self.kithd.process)

    def test_what_was_published_while_kithd_was_down_is_found(self):
        """Without a login: she stays online."""
        self.befriend()
        self.kithd.stop()
        self.publish(FIRST)
        self.kithd.start()
        wait_until(lambda: self.numbers() == [FIRST], "it is found", self.kithd.process)

    def test_without_the_subscription_nothing_is_read(self):
        self.publish(FIRST, access="open")
        self.log_in()
        self.carol.fence()
        self.assertEqual(self.alice.items(PROFILE, CAROL).get("type"), "error")

    def test_the_access_model_is_left_as_it_was(self):
        self.befriend()
        self.publish(FIRST, access="whitelist")
        self.wait_for_reading()
        self.assertEqual(self.alice.items(PROFILE, CAROL).get("type"), "error")
        form = self.carol.ask(
            f"<pubsub xmlns='{OWNER}'><configure node='{PROFILE}'/></pubsub>", "get", CAROL)
        access = form.find(".//*[@var='pubsub#access_model']/{jabber:x:data}value")
        self.assertEqual(access.text, "whitelist")
        # as the guide says:
        self.carol.ask(f"<pubsub xmlns='{OWNER}'><affiliations node='{PROFILE}'><affiliation "
                       f"jid='{SERVICE}' affiliation='member'/></affiliations></pubsub>", to=CAROL)
        self.look()
        wait_until(lambda: self.numbers() == [FIRST], "it is read", self.kithd.process)

    def test_who_signs_off_is_not_followed_any_more(self):
        self.befriend()
        self.publish(FIRST)
        self.wait_for(FIRST)
        self.carol.ask("<query xmlns='jabber:iq:register'><remove/></query>")
        wait_until(lambda: self.roster() in ("none", None), "the rosters know", self.kithd.process)
        self.publish(SECOND)
        self.log_in()
        self.carol.fence()
        self.assertEqual(self.alice.items(PROFILE, CAROL).get("type"), "error")
        self.assertEqual(self.query("SELECT 1 FROM follow"), [])

    def test_what_there_is_without_a_grant_is_in_the_log(self):
        wait_until(lambda: "server: roster: no, messages: no, vcard-temp: no, vCard4: no, "
                           "PEP: per account\n" in self.kithd.output(), "it is in the log",
                   self.kithd.process)


class FromProsody(FromEjabberd):
    server_class = Prosody

    def wait_for(self, *numbers):
        """No login is needed."""
        wait_until(lambda: self.numbers() == list(numbers), f"carol's profile has {numbers}",
                   self.kithd.process)


if __name__ == "__main__":
    unittest.main()
