"""What is said of people's data, in the guide and by the service (XEP-0504), is what is stored of them."""
import pathlib
import re
import unittest

from closed_world import CONTACTS, World, card, command

GUIDE = pathlib.Path(__file__).resolve().parent.parent / "conf" / "guide.md"
FORM = "{jabber:x:data}"


def section(title):
    """The text below a heading of the guide, up to the next of its kind or above."""
    text = GUIDE.read_text()
    heading = re.search(r"^(#+) %s\n" % re.escape(title), text, re.M)
    level, start = len(heading.group(1)), heading.end()
    end = re.search(r"^#{1,%d} " % level, text[start:], re.M)
    return text[start:start + end.start() if end else len(text)]


def table(title):
    """The rows of the first table in a section, without its heads."""
    rows = [[cell.strip() for cell in line.strip("|\n").split("|")]
            for line in section(title).splitlines() if line.startswith("|")]
    return rows[2:]


class Policy(unittest.TestCase):
    figures = None

    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)

    def test_the_guide_has_every_table_of_the_store(self):
        named = [name for row in table("What is stored, and for how long")
                 for name in re.findall(r"`([a-z_]+)`", row[0])]
        stored = [name for (name,) in self.world.rows(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
        self.assertEqual(sorted(named), sorted(stored))

    def test_the_policy_that_is_served_is_the_guides(self):
        answer = self.world.iq("stranger@example.net", "<query xmlns='http://jabber.org/protocol/"
                               "disco#info'/>", "get")
        form = next(x for x in answer.iter(FORM + "x") if x.findtext(
            FORM + "field[@var='FORM_TYPE']/" + FORM + "value") == "urn:xmpp:data-policy:0")
        served = {field.get("var"): [value.text for value in field] for field in form}
        del served["FORM_TYPE"]
        words = served.pop("extra_info")
        told = {row[0].strip("`"): [row[1].strip("`")] for row in table("What people are told of it")}
        self.assertEqual(told, served)
        quoted = " ".join(line.lstrip("> ") for line in section(
            "What people are told of it").splitlines() if line.startswith(">"))
        self.assertEqual(quoted, " ".join(words))

    def fill(self):
        """alice has something in every table that an account can have something in."""
        world, alice = self.world, "alice@example.org"
        world.publish(alice, card("Alice Xyzzy", "+447700900001", more="<email><text>xyzzy@example.net"
                                  "</text></email>"))
        world.publish(alice, card("Bob", "+447700900011"), CONTACTS, "bob@example.org")
        world.publish("bob@example.org", card("Bob", "+447700900011"))
        world.publish("bob@example.org", card("Alice", "+447700900001"), CONTACTS, alice)
        world.publish(alice, card("Nemo"), CONTACTS, "urn:uuid:0c5e0b8a-0000-4000-8000-000000000001")
        world.iq(alice + "/x", "<pubsub xmlns='http://jabber.org/protocol/pubsub'><retract node='%s'><item "
                 "id='urn:uuid:0c5e0b8a-0000-4000-8000-000000000001'/></retract></pubsub>" % CONTACTS)
        world.publish("bob@example.org", card("Bob", "+447700900012"))
        world.settle()
        world.set(alice, hold="86400", visible="everyone", chosen="carol@example.org",
                  blocked="dave@example.org", region="DE")
        world.set("bob@example.org", chosen=alice, blocked=alice)
        world.publish(alice, card("Alice Xyzzy", "+447700900002"))
        world.say("<presence type='subscribe' from='%s' to='kith.example.org'/>" % alice)
        world.iq("bob@example.org/x", command("share", subject=alice, to="carol@example.org"))

    def test_erasing_leaves_what_the_guide_says(self):
        """The address, that it ended, and when, while others have cards of it; and their own word."""
        self.fill()
        world = self.world
        account = world.rows("SELECT id FROM account WHERE jid = 'alice@example.org'")[0][0]
        columns = {name: [row[1] for row in world.rows("PRAGMA table_info(%s)" % name)] for (name,) in
                   world.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'store'")}

        def held():
            return {name for name, its in columns.items() if any(world.rows(
                "SELECT 1 FROM %s WHERE %s = ?" % (name, column), account) for column in its
                if column in ("account", "owner"))}
        before = held()
        self.assertLessEqual({"profile", "number", "number_change", "term", "setting", "listed", "contact",
                              "retraction", "card_update", "held", "held_number", "matter", "follow",
                              "run", "report"}, before)
        self.assertEqual(world.iq("alice@example.org/x", "<query xmlns='jabber:iq:register'><remove/>"
                                  "</query>").get("type"), "result")
        self.assertEqual(held(), set())
        row = dict(zip(columns["account"], world.rows(
            "SELECT * FROM account WHERE id = ?", account)[0]))
        self.assertEqual({key for key, value in row.items() if value}, {"id", "jid", "closed_at"})
        self.assertEqual(world.rows("SELECT jid FROM listed WHERE jid = 'alice@example.org'"),
                         [("alice@example.org",)])
        # In the file there is nothing of it any more, once what lies beside it was taken over.
        world.kithd.stop()
        world.kithd.process = None
        with open(world.kithd.store, "rb") as store:
            text = store.read()
        for mark in (b"Xyzzy", b"xyzzy", b"900002", b"Nemo"):
            self.assertNotIn(mark, text)
        self.figures.add("tables erased", len(before))
