#!/usr/bin/python3
"""Who gets what (design: section 4, "Rules"), as devices on a real Prosody and a
real ejabberd see it."""
import signal
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ET

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from devices import (CAROL, CLIENT, COMMANDS, CONTACTS, DATA, PROFILE, PUBSUB, Case,  # noqa: E402
                     account, card)
from servers import BUILD, PATIENCE_S, Ejabberd, wait_until  # noqa: E402

STANZAS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
FIRST, SECOND, THIRD, FOREIGN = (f"+447400100{n}" for n in (123, 456, 789, 999))


class Rules(Case):
    """The settings are those shipped, where a test sets no others."""
    users = ("alice", "bob", "carol", "dave", "erin")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.online = {user: cls.device(user) for user in cls.users}

    def setUp(self):
        self.store = self.enterContext(tempfile.TemporaryDirectory(prefix="kith-store-"))
        self.start_kithd(self.store)
        self.addCleanup(self.stop_kithd)
        for device in self.online.values():
            device.take()

    def change(self, *numbers):
        answer = self.online["carol"].publish(PROFILE, "current", card(*numbers))
        self.assertEqual(answer.get("type"), "result")

    def hold(self, *numbers, users, name="Carol Example"):
        for user in users:
            answer = self.online[user].publish(CONTACTS, CAROL, card(*numbers, name=name))
            self.assertEqual(answer.get("type"), "result")
        self.wait_for_runs()
        for device in self.online.values():
            device.take()

    def settings(self, user, **values):
        _, answer = self.online[user].command("settings", **values)
        self.assertEqual(answer.find(COMMANDS + "command").get("status"), "completed")

    def check_told(self, new=SECOND, **old):
        """Exactly these got the change of their old number: headline, push, and the card."""
        self.wait_for_runs()
        for user, device in self.online.items():
            headlines, pushes = device.take()
            if user == "carol":
                self.assertEqual(pushes, [])
                continue
            wanted = 1 if user in old else 0
            self.assertEqual((len(headlines), len(pushes)), (wanted, wanted), user)
            if wanted:
                self.check_headline(headlines[0], user)
                said = pushes[0].findtext(CLIENT + "body").replace(" ", "")
                self.assertTrue(said.endswith(f"mobile{old[user]}isnow{new}."), said)
                self.assertEqual(device.numbers(), [new])

    def test_audience_nobody(self):
        self.change(FIRST)
        self.hold(FIRST, users=["alice", "bob"])
        self.online["carol"].publish(CONTACTS, account("alice"), card(name="Alice"))
        self.settings("carol", audience="nobody")
        self.change(SECOND)
        self.check_told()
        self.assertEqual(self.online["alice"].numbers(), [FIRST])
        # Who is let in later gets what he missed.
        self.settings("carol", audience="known")
        self.check_told(alice=FIRST, bob=FIRST)

    def test_audience_mutual(self):
        self.change(FIRST)
        self.hold(FIRST, users=["alice", "bob"])
        self.online["carol"].publish(CONTACTS, account("alice"), card(name="Alice"))
        self.settings("carol", audience="mutual")
        self.change(SECOND)
        self.check_told(alice=FIRST)
        self.assertEqual(self.online["bob"].numbers(), [FIRST])

    def test_audience_known(self):
        self.change(FIRST)
        self.hold(FIRST, users=["alice"])
        self.hold(FOREIGN, users=["bob"])
        self.hold(users=["dave"])
        self.change(SECOND)
        self.check_told(alice=FIRST)
        self.assertEqual(self.online["bob"].numbers(), [FOREIGN])
        self.assertEqual(self.online["dave"].numbers(), [])
        # erin comes with a former one: she isn't told what it became, but what happens from now on.
        self.hold(FIRST, users=["erin"])
        self.assertEqual(self.online["erin"].numbers(), [FIRST])
        self.change(THIRD)
        self.check_told(THIRD, alice=SECOND, erin=FIRST)

    def test_audience_everyone(self):
        self.change(FIRST)
        self.change(SECOND)
        self.hold(FIRST, users=["erin"])
        self.hold(FOREIGN, users=["bob"])
        self.assertEqual(self.online["erin"].numbers(), [FIRST])
        self.settings("carol", visible="everyone", audience="everyone")
        self.check_told(erin=FIRST)
        self.hold(FIRST, users=["dave"])  # as it is stored
        self.assertEqual(self.online["dave"].numbers(), [SECOND])
        self.assertEqual(self.online["bob"].numbers(), [FOREIGN])

    def test_visible_is_the_ceiling_of_audience(self):
        self.change(FIRST)
        self.hold(FIRST, users=["alice"])
        self.settings("carol", visible="nobody", audience="everyone")
        self.change(SECOND)
        self.check_told()
        self.assertEqual(self.online["alice"].numbers(), [FIRST])

    def answers_about(self, user, device):
        """What a device is told of an account, with the account's name taken out."""
        jid = account(user)
        answers = [device.items(PROFILE, jid),
                   device.publish(CONTACTS, jid, card(FIRST, name="Somebody")),
                   device.items(CONTACTS, jid)]
        answers += [device.command("share", subject=subject, to=account("alice"))[1]
                    for subject in (jid, user)]
        answers += device.take()[0]
        for answer in answers:
            for element in answer.iter():
                for name in ("id", "sessionid", "stamp"):
                    if name in element.attrib and element.get(name) != jid:
                        element.set(name, "X")
        return [ET.canonicalize(ET.tostring(answer, "unicode")).replace(user, "USER")
                for answer in answers]

    def test_refusal_looks_like_absence(self):
        self.change(FIRST)
        self.change(SECOND)
        erin = self.online["erin"]
        for settings in ({"visible": "nobody", "findable": "everyone", "share": "yes"},
                         {"visible": "mutual", "findable": "everyone", "share": "yes"}):
            with self.subTest(**settings):
                self.settings("carol", **settings)
                refused = self.answers_about("carol", erin)
                self.assertEqual(refused, self.answers_about("dave", erin))  # no profile
                self.assertEqual(refused, self.answers_about("nosuch", erin))  # no account
        # That there is something to hide: who may see it gets all of that.
        self.settings("carol", visible="everyone", audience="everyone")
        self.wait_for_runs()
        self.assertEqual(erin.numbers(), [SECOND])
        self.assertNotEqual(refused, self.answers_about("carol", erin))
        self.assertEqual(len(self.online["alice"].take()[1]), 2)  # the shared cards

    def test_retracted_profile_looks_like_absence(self):
        self.settings("carol", visible="everyone", findable="everyone", share="yes")
        self.change(FIRST)
        self.change(SECOND)
        self.online["carol"].ask(
            f"<pubsub xmlns='{PUBSUB[1:-1]}'><retract node='{PROFILE}'><item id='{CAROL}'/>"
            "</retract></pubsub>")
        self.assertEqual(self.answers_about("carol", self.online["erin"]),
                         self.answers_about("nosuch", self.online["erin"]))

    def test_updates_never(self):
        self.change(FIRST)
        self.hold(FIRST, users=["alice", "bob"])
        self.settings("alice", updates="never")
        self.change(SECOND)
        self.check_told(bob=FIRST)
        self.assertEqual(self.online["alice"].numbers(), [FIRST])
        # Wanted again: the card is brought up to date. Nobody changed anything: no push.
        self.settings("alice", updates="auto")
        (headline,), pushes = self.online["alice"].take()
        self.check_headline(headline, "alice")
        self.assertEqual(pushes, [])
        self.assertEqual(self.online["alice"].numbers(), [SECOND])

    def form(self, user, **values):
        form, answer = self.online[user].command("settings", **values)
        fields = {field.get("var"): field.findtext(DATA + "value")
                  for field in form.findall(DATA + "field") if field.get("type") == "list-single"}
        return fields, answer

    def test_settings_form(self):
        shipped = dict.fromkeys(("visible", "audience", "findable", "share", "updates", "hold",
                                 "pushes", "first_change"), "default")
        self.assertEqual(self.form("carol", audience="mutual", updates="never")[0], shipped)
        set_now, answer = self.form("carol", visible="nobody", share="perhaps")
        self.assertEqual(set_now, shipped | {"audience": "mutual", "updates": "never"})
        self.assertEqual(answer.get("type"), "error")  # and nothing of it is stored
        self.assertEqual(self.form("carol", updates="default")[0], set_now)
        self.assertEqual(self.form("carol")[0], shipped | {"audience": "mutual"})
        self.assertEqual(self.form("alice")[0], shipped)  # each has their own

    def restart(self, more):
        self.stop_kithd()
        self.start_kithd(self.store, more)

    def reload(self, old, new):
        conf = self.kithd.conf.read_text()
        self.kithd.conf.write_text(conf.replace(old, new))
        taken = self.kithd.output().count("the conf is taken over")
        self.kithd.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.kithd.output().count("the conf is taken over") > taken,
                   "the conf is taken over", self.kithd.process)

    def test_one_over_the_rate_is_told_when_to_try_again(self):
        self.restart("[limits]\nlookups_per_hour = 2\nchanges_per_day = 2\n")
        self.change(FIRST)
        self.change(SECOND)
        answer = self.online["carol"].publish(PROFILE, "current", card(THIRD))
        refusals = [(answer, r"Too many changes of numbers: try again at 20\d\d-.*Z\.")]
        erin = self.online["erin"]
        for _ in range(5):
            self.assertEqual(erin.items(PROFILE, account("erin")).find("{*}error/{*}text"), None)
        for name in ("carol", "nosuch"):
            erin.items(PROFILE, account(name))
        for name in ("carol", "nosuch"):
            refusals.append((erin.items(PROFILE, account(name)),
                             r"Too many look-ups: try again in 30 minutes\."))
        for answer, text in refusals:
            error = answer.find(CLIENT + "error")
            self.assertEqual(error.get("type"), "wait")
            self.assertIsNotNone(error.find(STANZAS + "resource-constraint"))
            self.assertRegex(error.findtext(STANZAS + "text"), text)
        # Other limits without a restart.
        self.reload("lookups_per_hour = 2", "lookups_per_hour = 3600")
        self.settings("carol", visible="everyone")
        wait_until(lambda: erin.items(PROFILE, CAROL).get("type") == "result",
                   "there is room again", self.kithd.process)

    def kinds(self, user):
        form, _ = self.online[user].command("settings")
        return {field.get("var"): (field.get("type"), [value.text for value in field.iterfind(
            f"{DATA}option/{DATA}value")]) for field in form.findall(DATA + "field")}

    def test_choices(self):
        self.settings("carol", visible="nobody")
        self.restart("[choices]\nvisible = mutual, known\npushes = on\n")
        kinds = self.kinds("carol")
        self.assertEqual(kinds["visible"], ("list-single", ["default", "mutual", "known"]))
        self.assertEqual(kinds["pushes"], ("fixed", []))
        self.assertEqual(kinds["share"], ("list-single", ["default", "no", "yes", "ask"]))
        _, answer = self.online["carol"].command("settings", visible="everyone")
        self.assertEqual(answer.findtext(f"{CLIENT}error/{STANZAS}text"),
                         "visible can only be: mutual, known")
        shown = subprocess.run([str(BUILD / "kithctl"), "-c", str(self.kithd.conf), "show", CAROL],
                               check=True, capture_output=True, timeout=PATIENCE_S).stdout.decode()
        self.assertIn("visible = known (default; its own, nobody, is not among the choices)", shown)
        self.assertIn("share = ask (default)", shown)


class RulesOnEjabberd(Rules):
    server_class = Ejabberd


if __name__ == "__main__":
    unittest.main()
