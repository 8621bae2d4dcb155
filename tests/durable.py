"""People at everything that stores something, on a kithd that may end at any moment, and a model of
what was acknowledged to them. Each has one request under way at a time, so that after a crash there is
one of each of which nobody knows whether it was done; it was done wholly, or not at all."""

import copy
import random
import xml.etree.ElementTree as ET

from peer import COMPONENT

DOMAIN = "example.org"
SERVICE = "kith.example.org"
PUBSUB = "http://jabber.org/protocol/pubsub"
VCARD = "urn:ietf:params:xml:ns:vcard-4.0"
PROFILE = "urn:xmpp:vcard4"
CONTACTS = "urn:xmpp:contacts"
MAM = "urn:xmpp:mam:2"
RSM = "http://jabber.org/protocol/rsm"
COMMANDS = "http://jabber.org/protocol/commands"
DATA = "jabber:x:data"
REGISTER = "jabber:iq:register"

ACCOUNTS = 24
ITEMS = 4  # contacts of each that are about nobody here
PAGE = 10


class Contact:
    def __init__(self, serial, number, subject=None, incarnation=None, follows=False):
        self.serial = serial  # its note, by which this writing of it is known
        self.number = number  # as it was written
        self.subject = subject
        self.incarnation = incarnation  # of the subject; None: nobody knows which
        self.follows = follows  # the subject's changes, as long as that is the same account


class State:
    """What an account has on the service."""

    def __init__(self):
        self.number = None  # of the profile
        self.book = {}  # item id: Contact
        self.pushes = "default"

    def copy(self):
        other = copy.copy(self)
        other.book = {item: copy.copy(contact) for item, contact in self.book.items()}
        return other


class Person:
    def __init__(self, n):
        self.jid = "a%02d@%s" % (n, DOMAIN)
        self.state = State()
        self.numbers = set()  # that its profile ever had, or may have had
        self.incarnation = 0
        self.is_unsure = False  # a change of the profile is under way, or was when it ended
        self.after = None  # the state once the request under way is done; None: none is
        self.is_erasing = False
        self.mirror = {}  # item id: serial, by sync alone
        self.position = None
        self.page = {}  # that is coming in: item id: serial, None retracted


class Load:
    """stream: where kithd is, replaced after each start."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.people = [Person(n) for n in range(ACCOUNTS)]
        self.by_jid = {person.jid: person for person in self.people}
        self.stream = None
        self.waiting = {}  # iq id: (person, what to do with the answer)
        self.count = 0
        self.acknowledged = 0

    # ---- Requests
    def iq(self, person, kind, payload, then):
        """The text; then(person, answer) is called with the answer."""
        self.count += 1
        name = "i%d" % self.count
        self.waiting[name] = (person, then)
        return "<iq type='%s' from='%s/r' to='%s' id='%s'>%s</iq>" % (
            kind, person.jid, SERVICE, name, payload)

    def number(self):
        self.count += 1
        return "+4474%08d" % self.count

    @staticmethod
    def publication(node, item, name, number, note):
        return ("<pubsub xmlns='%s'><publish node='%s'><item id='%s'><vcard xmlns='%s'>"
                "<fn><text>%s</text></fn><tel><parameters><type><text>cell</text></type></parameters>"
                "<uri>tel:%s</uri></tel><note><text>%s</text></note></vcard></item></publish></pubsub>"
                % (PUBSUB, node, item, VCARD, name, number, note))

    @staticmethod
    def command(node, var, value):
        return ("<command xmlns='%s' node='%s'><x xmlns='%s' type='submit'><field var='%s'>"
                "<value>%s</value></field></x></command>" % (COMMANDS, node, DATA, var, value))

    def change(self, person, payload, change):
        """A request that does that to the person's state."""
        person.after = person.state.copy()
        change(person.after)
        return self.iq(person, "set", payload, self.changed)

    def changed(self, person, answer):
        assert answer.get("type") == "result", ET.tostring(answer)
        self.acknowledged += 1
        self.settle(person, person.after)

    @staticmethod
    def settle(person, state):
        """The request under way, if there is one, came to that state."""
        if person.is_erasing and state is person.after:
            person.incarnation += 1
            person.mirror, person.position = {}, None
        person.state, person.after = state, None
        person.is_unsure = person.is_erasing = False

    # ---- What people do
    def publish_profile(self, person):
        number = self.number()
        person.numbers.add(number)
        person.is_unsure = True

        def change(state):
            state.number = number
        return self.change(person, self.publication(PROFILE, "current", person.jid, number, "me"),
                           change)

    def publish_contact(self, person):
        self.count += 1
        serial = "n%d" % self.count
        subject = self.chance.choice(self.people) if self.chance.random() < 0.7 else None
        if subject is person:
            subject = None
        if subject:
            item = subject.jid
            follows = subject.state.number is not None and not subject.is_unsure
            # A link stays, also one to an account that ended, as long as the contact does.
            if item in person.state.book:
                incarnation = person.state.book[item].incarnation
            else:
                incarnation = None if subject.is_erasing else subject.incarnation
            contact = Contact(serial, subject.state.number or self.number(), subject, incarnation,
                              follows)
        else:
            item = "urn:uuid:%d" % self.chance.randrange(ITEMS)
            contact = Contact(serial, self.number())

        def change(state):
            state.book[item] = contact
        return self.change(person, self.publication(CONTACTS, item, "Somebody", contact.number,
                                                    serial), change)

    def retract(self, person):
        if not person.state.book:
            return self.publish_contact(person)
        item = self.chance.choice(sorted(person.state.book))
        return self.change(
            person, "<pubsub xmlns='%s'><retract node='%s'><item id='%s'/></retract></pubsub>"
            % (PUBSUB, CONTACTS, item), lambda state: state.book.pop(item))

    def set_pushes(self, person):
        value = self.chance.choice(["on", "off", "default"])

        def change(state):
            state.pushes = value
        return self.change(person, self.command("settings", "pushes", value), change)

    def undo(self, person):
        items = sorted(item for item, contact in person.state.book.items() if contact.subject)
        if not items:
            return self.set_pushes(person)
        item = self.chance.choice(items)

        def change(state):
            state.book[item].follows = False  # until it is written anew
        return self.change(person, self.command("undo", "item", item), change)

    def erase(self, person):
        if not person.state.number and not person.state.book:
            return self.publish_profile(person)
        person.is_unsure = person.is_erasing = True

        def change(state):
            state.__init__()
        return self.change(person, "<query xmlns='%s'><remove/></query>" % REGISTER, change)

    def sync(self, person):
        person.page = {}
        after = "<after>%s</after>" % person.position if person.position else ""
        return self.iq(
            person, "set", "<query xmlns='%s' queryid='q' node='%s'><set xmlns='%s'><max>%d</max>%s"
            "</set></query>" % (MAM, CONTACTS, RSM, PAGE, after), self.synced)

    def synced(self, person, answer):
        assert answer.get("type") == "result", ET.tostring(answer)
        last = answer.find(".//{%s}last" % RSM)
        if last is not None:
            person.position = last.text
        for item, serial in person.page.items():
            if serial is None:
                person.mirror.pop(item, None)
            else:
                person.mirror[item] = serial
        fin = answer.find("{%s}fin" % MAM)
        person.is_synced = fin.get("complete") == "true"

    def act(self, person):
        """Text of a request."""
        dice = self.chance.random()
        for share, what in ((0.25, self.publish_profile), (0.6, self.publish_contact),
                            (0.7, self.retract), (0.78, self.set_pushes), (0.85, self.undo),
                            (0.88, self.erase), (1, self.sync)):
            if dice < share:
                return what(person)

    # ---- What comes
    def take(self):
        """The next stanza."""
        stanza = self.stream.stanza()
        if stanza.tag == COMPONENT + "iq":
            person, then = self.waiting.pop(stanza.get("id"))
            then(person, stanza)
            return
        result = stanza.find("{%s}result" % MAM)
        if result is not None:
            person = self.by_jid[stanza.get("to").split("/")[0]]
            for item in result.iter("{http://jabber.org/protocol/pubsub#event}item"):
                person.page[item.get("id")] = self.note(item)
            for item in result.iter("{http://jabber.org/protocol/pubsub#event}retract"):
                person.page[item.get("id")] = None

    @staticmethod
    def note(item):
        return item.findtext(".//{%s}note/{%s}text" % (VCARD, VCARD))

    @staticmethod
    def tel(item):
        return [uri.text.removeprefix("tel:") for uri in item.iter("{%s}uri" % VCARD)]

    def busy(self):
        return {person.jid for person, _ in self.waiting.values()}

    def work(self, is_over):
        """Until is_over() says so, or kithd ends: EOFError, or OSError. What comes before that counts."""
        while not is_over():
            busy = self.busy()
            free = [person for person in self.people if person.jid not in busy]
            some = self.chance.sample(free, min(len(free), self.chance.randint(1, 8)))
            self.stream.send("".join(self.act(person) for person in some))
            for _ in range(self.chance.randint(1, 12)):
                if self.waiting:
                    self.take()
        self.drain()

    def drain(self):
        while self.waiting:
            self.take()

    def ask_all(self, make):
        """make(person) for each; all are answered."""
        for i in range(0, len(self.people), 8):
            self.stream.send("".join(make(person) for person in self.people[i:i + 8]))
            self.drain()

    # ---- What is there
    def forget_requests(self):
        """kithd ended: nothing that was under way is answered any more."""
        self.waiting.clear()

    def read_back(self):
        """What each has on the service, by the protocol: {jid: (number, {item: (serial, numbers)},
        pushes)}."""
        found = {person.jid: [None, {}, None] for person in self.people}

        def profile(person, answer):
            for item in answer.iter("{%s}item" % PUBSUB):
                found[person.jid][0] = self.tel(item)[0]

        def book(person, answer):
            assert answer.get("type") == "result", ET.tostring(answer)
            for item in answer.iter("{%s}item" % PUBSUB):
                found[person.jid][1][item.get("id")] = (self.note(item), self.tel(item))

        def settings(person, answer):
            field = answer.find(".//{%s}field[@var='pushes']" % DATA)
            found[person.jid][2] = field.findtext("{%s}value" % DATA)

        for node, then in ((PROFILE, profile), (CONTACTS, book)):
            self.ask_all(lambda person, node=node, then=then: self.iq(
                person, "get", "<pubsub xmlns='%s'><items node='%s'/></pubsub>" % (PUBSUB, node), then))
        self.ask_all(lambda person: self.iq(
            person, "set", "<command xmlns='%s' node='settings' action='execute'/>" % COMMANDS, settings))
        return found

    @staticmethod
    def difference(state, found):
        """What is there that is not as in the state, or is not; None: nothing."""
        number, book, pushes = found
        if number != state.number:
            return "the profile has %s, not %s" % (number, state.number)
        if pushes != state.pushes:
            return "pushes are %s, not %s" % (pushes, state.pushes)
        if book.keys() != state.book.keys():
            return "the book has %s, not %s" % (sorted(book), sorted(state.book))
        for item, contact in state.book.items():
            serial, numbers = book[item]
            possible = {contact.number} | (contact.subject.numbers if contact.subject else set())
            if serial != contact.serial:
                return "%s is %s, not %s" % (item, serial, contact.serial)
            if not numbers or not set(numbers) <= possible:
                return "%s has the number %s" % (item, numbers)
        return None

    def check(self):
        """All that was acknowledged is there, and of what was under way all or nothing. How many of those
        requests were done, and how many were not."""
        done = undone = 0
        for jid, found in self.read_back().items():
            person = self.by_jid[jid]
            why = self.difference(person.state, found)
            if person.after is None:
                assert why is None, "%s: %s" % (jid, why)
                continue
            if why is None:
                undone += 1
                # Where it makes no difference that can be seen, it may be either.
                if self.difference(person.after, found) is None:
                    self.settle_unsure(person)
                else:
                    self.settle(person, person.state)
            else:
                why_after = self.difference(person.after, found)
                assert why_after is None, "%s: %s; and if it was done: %s" % (jid, why, why_after)
                done += 1
                self.settle(person, person.after)
        return done, undone

    def settle_unsure(self, person):
        if person.is_erasing:  # of one who had nothing: where it syncs from may be void
            self.settle(person, person.after)
            return
        for item, contact in person.after.book.items():
            if not contact.follows:
                person.state.book[item].follows = False
        self.settle(person, person.state)

    def sync_all(self):
        for person in self.people:
            person.is_synced = False
        while any(not person.is_synced for person in self.people):
            self.ask_all(lambda person: "" if person.is_synced else self.sync(person))

    def check_mirrors(self):
        """Who only ever synced has what there is: no position was given out twice."""
        self.sync_all()
        for person in self.people:
            want = {item: contact.serial for item, contact in person.state.book.items()}
            assert person.mirror == want, "%s synced %s, not %s" % (person.jid, person.mirror, want)

    def check_followers(self):
        """Once no run is left: whose card follows somebody has the newest number. How many do."""
        count = 0
        for jid, (_, book, _) in self.read_back().items():
            for item, contact in self.by_jid[jid].state.book.items():
                if (contact.follows and contact.subject.incarnation == contact.incarnation
                        and contact.subject.state.number):
                    numbers = book[item][1]
                    assert numbers == [contact.subject.state.number], "%s's card of %s has %s, not %s" % (
                        jid, item, numbers, contact.subject.state.number)
                    count += 1
        return count
