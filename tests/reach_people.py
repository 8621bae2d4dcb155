"""What the people of promise_reach.py do, with what the model makes of it once it is answered; and what must
have come of all of it in the end."""

import signal
import xml.etree.ElementTree as ET

from reach_model import Holder
from reach_stanzas import (COMMANDS, CONTACTS, PROFILE, VCARD, card, command, items, publish, read_card,
                           retract)
from reach_world import World, figures

BATCH = 200  # requests under way at a time, where many are made


class People(World):
    """Each calls what it asks for done in the model when the answer comes."""

    # ---- What people do
    def new_number(self, kind):
        self.numbers += 1
        return f"+4474{self.numbers:08}" if kind == "cell" else f"+4420{79000000 + self.numbers}"

    def write_profile(self, subject, numbers):
        """Its profile has those, {kind: number}."""
        self.note(f"{subject.jid} publishes {numbers}")
        figures.add("changes")
        vcard = card(subject.jid.split("@")[0], [(k, n) for k, n in numbers.items() if n])
        subject.next = numbers

        def build():
            self.model.will_publish(subject, numbers)
            return publish(PROFILE, "current", vcard)

        def answered(stanza):
            self.assertEqual(stanza.get("type"), "result", ET.tostring(stanza))
            self.model.published(subject, numbers)
        # Where the answer is lost it may have been worked on, and is again.
        self.ask(subject.jid, build, answered, lost=lambda: self.model.published(subject, numbers))

    def write_card(self, holder, subject, numbers):
        """Holder stores a card of subject with those, [(kind, number)]."""
        name = subject.jid.split("@")[0]
        link = subject.links.get(holder)
        self.note(f"{holder.jid} saves {subject.jid}: {numbers}")
        vcard = card(name, numbers, f"note {self.ids}")

        def answered(stanza):
            self.assertEqual(stanza.get("type"), "result", ET.tostring(stanza))
            self.model.wrote(holder, subject, [number for _, number in numbers])
            self.seen(holder)
        self.ask(holder.jid, lambda: publish(CONTACTS, subject.jid, vcard), answered,
                 unsure=(link or holder,))

    def seen(self, holder):
        """A stanza of his came: his pushes go on."""
        holder.paused = False

    def settings(self, account, fields, done):
        self.note(f"{account.jid} sets {fields}")

        def answered(stanza):
            self.assertEqual(stanza.get("type"), "result", ET.tostring(stanza))
            if isinstance(account, Holder):
                self.seen(account)
            self.model.next()
            done()
            self.model.refresh(account.links.values())
        self.ask(account.jid, lambda session=None: command("settings", session, fields), answered,
                 unsure=(account,))

    def set_updates(self, holder, value):
        def done():
            holder.updates = value
            self.model.caught_up(holder)
            for link in holder.links.values():
                link.frozen = None
                if value != "auto":
                    self.freeze(link)
        self.settings(holder, [("updates", [value])], done)

    def freeze(self, link):
        """What its card is now, it stays."""
        def answered(stanza):
            vcard = stanza.find(f".//{VCARD}vcard")
            if vcard is not None and link.holder.updates != "auto" and not self.model.is_unsure(link):
                link.frozen = read_card(vcard)
        self.ask(link.holder.jid, lambda: items(link.subject.jid), answered, once=True,
                 lost=lambda: None)

    def set_pushes(self, holder, value):
        def done():
            holder.pushes = value
            for link in holder.links.values():
                link.owed = None
        self.settings(holder, [("pushes", ["on" if value else "off"])], done)

    def set_audience(self, subject, value):
        def done():
            subject.audience = value
        self.settings(subject, [("audience", [value])], done)

    def set_blocked(self, account, jids):
        def done():
            account.blocked = set(jids)
            if isinstance(account, Holder):
                self.model.caught_up(account)
        self.settings(account, [("blocked", sorted(jids))], done)

    def hide(self, subject):
        self.note(f"{subject.jid} hides")

        def answered(_):
            self.model.next()
            subject.hidden = True
            self.model.refresh(subject.links.values())
        self.ask(subject.jid, lambda: retract(PROFILE, "current"), answered, unsure=(subject,))

    def befriend(self, subject, holder):
        """Subject has holder in the book: what is added comes to him."""
        self.note(f"{subject.jid} saves {holder.jid}")
        def answered(stanza):
            self.assertEqual(stanza.get("type"), "result", ET.tostring(stanza))
            event = self.model.next()
            link = subject.links.get(holder)
            if link and link.since is None:
                link.stale = True
            subject.book.add(holder)
            subject.mutual_since.setdefault(holder, event)
            self.model.refresh(subject.links.values(), brings=False)
        self.ask(subject.jid, lambda: publish(CONTACTS, holder.jid, card("holder", [])), answered,
                 unsure=(subject,))

    def drop_card(self, link):
        self.note(f"{link.holder.jid} drops {link.subject.jid}")

        def answered(_):
            self.model.retracted(link.holder, link.subject)
            self.seen(link.holder)
        self.ask(link.holder.jid, lambda: retract(CONTACTS, link.subject.jid), answered, unsure=(link,))

    def erase(self, account):
        self.note(f"{account.jid} erases")
        figures.add("erased")
        self.ask(account.jid, lambda: ("set", "<query xmlns='jabber:iq:register'><remove/></query>"),
                 lambda _: self.model.erased(account), unsure=(account,))

    def undo(self, link):
        """Takes the last update back, if there is one; what the card was and is, is read with it."""
        holder, item = link.holder.jid, link.subject.jid
        cards = []

        def present():
            """It may be another by then."""
            return link.subject.links.get(link.holder, link)

        def lost():
            present().is_known, present().frozen = False, None
            self.model.refresh([present()])

        def read(stanza):
            vcard = stanza.find(f".//{VCARD}vcard")
            cards.append(None if vcard is None else read_card(vcard))
            self.seen(link.holder)
            if len(cards) == 2 and None not in cards and cards[0] != cards[1]:
                self.note(f"{holder} takes back {item}: {cards}")
                figures.add("taken back")
                self.model.undid(present(), *cards)

        def opened(stanza):
            session = stanza.find(f"{{{COMMANDS}}}command").get("sessionid")
            for build, done in ((lambda: items(item), read),
                                (lambda: command("undo", session, [("item", [item])]), lambda _: None),
                                (lambda: items(item), read)):
                self.ask(holder, build, done, once=True, lost=lost)
        self.ask(holder, lambda: command("undo"), opened, once=True, lost=lambda: None)

    def reload(self, audience):
        """A conf with another default; what was on its way when it was taken over is passed over."""
        self.note(f"conf: audience {audience}")
        figures.add("reloads")
        before = {link: self.model.admits(link) for link in self.model.links()}
        self.model.audience = audience
        unsure = [link for link, was in before.items() if self.model.admits(link) != was]
        for link in unsure:
            link.unsure += 1
        self.model.refresh(unsure)
        self.kithd.sections["defaults"]["audience"] = audience
        self.take_over_conf()

        def answered(_):
            self.model.next()
            for link in unsure:
                link.unsure -= 1
            self.model.refresh(unsure, brings=False)
        self.ask("fence@example.org", lambda: ("get", "<ping xmlns='urn:xmpp:ping'/>"), answered)

    def take_over_conf(self):
        self.kithd.write_conf()
        self.pass_log()
        self.kithd.signal(signal.SIGHUP)
        self.kithd.wait_log("the conf is taken over")

    def read_cards(self, links, done):
        """Calls done(link, {number: given up} or None) for each."""
        for i in range(0, len(links), BATCH):
            left = []
            for link in links[i:i + BATCH]:
                def answered(stanza, link=link):
                    vcard = stanza.find(f".//{VCARD}vcard")
                    done(link, None if vcard is None else read_card(vcard))
                    left.remove(link)
                left.append(link)
                self.ask(link.holder.jid, lambda link=link: items(link.subject.jid), answered)
            self.pump(lambda: not left, "books")

    # ---- In the end
    def check_end(self):
        self.settle()
        links = [link for link in self.model.links() if link.subject.alive]
        self.read_cards(links, self.check_link)
        figures.set("lost", figures.values.get("lost", 0))
        figures.set("forbidden", figures.values.get("forbidden", 0))

    def lost(self, link, what):
        figures.add("lost")
        self.fail(f"{link.holder.jid}'s card of {link.subject.jid}: {what}")

    def check_link(self, link, numbers):
        self.assertFalse(self.model.is_unsure(link))
        if numbers is None:
            self.lost(link, "it is gone")
        self.check_card(link, numbers)
        figures.add("cards checked")
        if link.frozen is not None and link.holder.updates != "auto":
            if numbers != link.frozen:
                self.lost(link, f"{numbers}, not left as {link.frozen}")
        elif link.since is not None and not link.stale and link.holder.updates == "auto":
            self.check_newest(link, numbers)
        if link.since is not None and link.owed is not None and link.untold(numbers):
            self.lost(link, f"not told: {link.untold(numbers)}; has {numbers}; told: {link.facts}; "
                            f"owed since {link.owed}")

    def check_newest(self, link, numbers):
        if not link.has_all(numbers):
            self.lost(link, f"{numbers}, not {link.expected()}")
        lacks = link.additions() - set(numbers)
        if lacks:
            self.lost(link, f"{numbers}, without {lacks}, which were added")
        expected = set().union(*link.expected())
        for number in set(numbers) - expected:
            if number not in link.may_add and not link.undone:
                self.lost(link, f"{numbers}: {number} doesn't belong there; {link.expected()}")
