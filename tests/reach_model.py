"""A plain model of whose card follows whose numbers, and of what their holders were told.

It shares nothing with the program, and works with events, integers that rise: what was answered or seen
later has a higher one. Numbers are E.164. What can't be known, because an answer was lost with its stream,
is unsure until it was asked for again."""

KINDS = ("cell", "home")


class Number:
    """What became of a number of somebody's."""

    def __init__(self):
        self.state = None  # "current", "replaced", "retired"
        self.successor = None
        self.event = 0  # of its last change
        self.added = 0  # when it came without taking another's place; 0: never


class Subject:
    """Whose numbers change."""

    def __init__(self, jid):
        self.jid = jid
        self.history = {}
        self.additions = set()
        self.current = dict.fromkeys(KINDS)
        self.sent = {kind: [] for kind in KINDS}  # all that was ever published, in order
        self.hidden = True
        self.alive = True
        self.audience = None  # its own setting
        self.blocked = set()
        self.book = set()  # holders that it has in its own
        self.mutual_since = {}
        self.unsure = 0  # requests of which isn't known whether they were worked on
        self.busy = 0
        self.links = {}  # by holder

    def publish(self, numbers, event):
        """Its profile has those now, by kind. True: they changed."""
        changed = False
        for kind in KINDS:
            old, new = self.current[kind], numbers.get(kind)
            if old == new:
                continue
            changed = True
            if old:
                entry = self.history[old]
                entry.state = "replaced" if new else "retired"
                entry.successor, entry.event = new, event
            if new:
                entry = self.history.setdefault(new, Number())
                entry.state, entry.successor, entry.event = "current", None, event
                if not old:
                    entry.added = event
            self.current[kind] = new
        self.hidden = False
        self.find_additions()
        return changed

    def find_additions(self):
        """What was added, and what took the place of that."""
        found = set()
        for number, entry in self.history.items():
            at = number if entry.added else None
            while at is not None and at not in found:
                found.add(at)
                at = self.history[at].successor
        self.additions = found

    def end(self, number):
        """The number that it became, and whether that is given up."""
        while self.history[number].state == "replaced":
            number = self.history[number].successor
        return number, self.history[number].state == "retired"

    def changed(self, number):
        """When anything last changed from that number to the end of its chain."""
        event = self.history[number].event
        while self.history[number].state == "replaced":
            number = self.history[number].successor
            event = max(event, self.history[number].event)
        return event

    def numbers(self):
        return {number for number in self.current.values() if number}


class Holder:
    """Who has others' cards."""

    def __init__(self, jid):
        self.jid = jid
        self.alive = True
        self.updates = "auto"
        self.pushes = True
        self.blocked = set()  # subjects
        self.paused = False  # its offline box was full, and it wasn't seen since
        self.busy = 0  # requests of his under way, which may change cards before they are answered
        self.unsure = 0
        self.links = {}  # by subject


class Link:
    """A holder's card of a subject."""

    def __init__(self, holder, subject, numbers, event):
        self.holder, self.subject = holder, subject
        self.made = self.written = event
        self.leave(numbers)
        self.pinned = {}  # number: event of the taking back, and what it has been since
        self.is_known = True  # False: what a taking back came to can't be told from outside
        self.undone = False
        self.may_have = set(numbers)  # all that the card may have had
        self.may_add = set()  # of these, all that was added, or took the place of what was
        self.frozen = None  # the card that must stay, while its holder takes no updates
        self.unsure = self.busy = 0
        self.since = None  # follows without a gap since that event; None: it doesn't, or must not
        self.stale = False  # let in by what brings nothing along before the next change
        self.owed = None  # from that change on its holder is to be told; None: he isn't owed it
        self.facts = {}  # number: {"current", "retired" or "gone"}, as its holder was told
        self.told_at = dict.fromkeys(KINDS, 0)  # place in subject.sent of what he was told last

    def leave(self, numbers):
        """Its holder leaves the card with those. Each is what it was, or has become what it was replaced
        by: where that was given up before the first came back, the way taken makes a difference."""
        self.came_by = {number: {number} for number in numbers}

    def follow(self):
        """A change may have come to it."""
        for numbers in self.came_by.values():
            numbers |= {self.subject.end(number)[0] for number in numbers}
        # What comes back later, for another, leaves the other where it is.
        self.may_add |= self.subject.additions

    def is_pinned(self, number):
        """He restored it, and it didn't change since."""
        return number in self.pinned and self.subject.changed(number) <= self.pinned[number][0]

    def expected(self):
        """What each number that its holder left has come to: [{number: given up} of which one is so]."""
        tels = []
        for number, numbers in self.came_by.items():
            if self.is_pinned(number):
                tels.append({number: self.pinned[number][1]})
            else:
                tels.append(dict(self.subject.end(each) for each in numbers))
        return tels

    def has_all(self, card):
        return all(any(card.get(number) == retired for number, retired in tel.items())
                   for tel in self.expected())

    def additions(self):
        """Numbers that the card must have besides, since its holder is in the subject's book."""
        since = self.subject.mutual_since.get(self.holder)
        if since is None or self.undone:
            return set()
        found = set()
        for number, entry in self.subject.history.items():
            if entry.added > max(since, self.made, self.written, self.since):
                end, retired = self.subject.end(number)
                if not retired:
                    found.add(end)
        return found

    def learn(self, facts, event):
        """He was told that, at that time."""
        if self.owed is not None and event >= self.owed:
            for number, state in facts.items():
                self.facts[number] = {state}

    def may_know(self):
        """What he was told of what came so far can't be said."""
        self.facts = {number: {"current", "retired"} for number in set().union(*self.came_by.values())}

    def untold(self, card):
        """What its holder is owed to be told and wasn't, as expected() has it. card: as it is."""
        missing = []
        for tel in self.expected():
            if any(self.is_pinned(number) for number in tel):
                continue
            if self.holder.updates == "ask" and any(
                    card.get(number) == retired for number, retired in tel.items()):
                continue  # by a change back: nothing is left to be asked
            if not any(("retired" if retired else "current") in self.facts.get(number, ())
                       for number, retired in tel.items()):
                missing.append(tel)
        return missing


class Model:
    """Who follows whom by the rules, from what was answered. audience: the conf's default."""

    def __init__(self, audience="known"):
        self.event = 0
        self.audience = audience
        self.unsure = 0  # while a new conf is taken over
        self.subjects, self.holders = {}, {}

    def next(self):
        self.event += 1
        return self.event

    # ---- Rules
    def admits(self, link):
        """By the subject's rules, if nothing is unsure."""
        subject, holder = link.subject, link.holder
        if not subject.alive or subject.hidden or holder.jid in subject.blocked:
            return False
        audience = subject.audience or self.audience
        if audience == "nobody":
            return False
        return audience != "mutual" or holder in subject.book

    def reads(self, link):
        """May the holder read the profile (`visible` is everyone)?"""
        subject = link.subject
        return subject.alive and not subject.hidden and link.holder.jid not in subject.blocked

    def is_unsure(self, link):
        return bool(self.unsure or link.unsure or link.subject.unsure or link.holder.unsure)

    def follows(self, link):
        """The card is to follow, with or without being asked."""
        holder = link.holder
        return (holder.alive and holder.updates != "never" and not self.is_unsure(link)
                and link.subject.jid not in holder.blocked and link.is_known
                and self.admits(link))

    def refresh(self, links, brings=True):
        """After rules may have changed. brings: who is let in now is brought up to date."""
        for link in links:
            if self.is_unsure(link) or self.admits(link):
                self.lets_have(link)
            if not self.follows(link):
                link.since = link.owed = None
            elif link.since is None:
                link.since, link.owed = self.event, None
                link.stale |= not brings

    def lets_have(self, link):
        """What its subject has now, and what the numbers in it have become, given up or not: those that its
        holder left, and those that came to it."""
        history = link.subject.history
        link.may_have |= link.subject.numbers()
        link.may_have |= {link.subject.end(number)[0] for number in link.may_have if number in history}
        for tel in link.expected():
            link.may_have |= set(tel)

    def links(self):
        return [link for subject in self.subjects.values() for link in subject.links.values()]

    # ---- What happened
    def will_publish(self, subject, numbers):
        """It is on its way: from now on it may be in cards."""
        for kind in KINDS:
            number = numbers.get(kind)
            if number and (not subject.sent[kind] or subject.sent[kind][-1] != number):
                subject.sent[kind].append(number)

    def published(self, subject, numbers):
        event = self.next()
        was_hidden = subject.hidden
        links = list(subject.links.values())
        for link in links:
            if link.since is not None and link.owed is None:
                link.may_know()
        changed = subject.publish(numbers, event)
        for link in links:
            link.follow()
            self.refresh([link])
            if link.since is None or not changed:
                continue
            link.stale = False
            if link.owed is None and link.holder.pushes and not link.holder.paused \
                    and not (was_hidden and link.since == event):
                link.owed = event

    def wrote(self, holder, subject, numbers):
        """Holder stored a card: a new one, or in place of his last."""
        event = self.next()
        link = subject.links.get(holder)
        if link is None:
            link = Link(holder, subject, numbers, event)
            subject.links[holder] = holder.links[subject] = link
        link.leave(numbers)
        link.follow()
        link.written = event
        # What he restored stays his, as long as it is in the card.
        link.pinned = {number: (at, False) for number, (at, _) in link.pinned.items()
                       if number in numbers}
        link.undone, link.frozen, link.owed = False, None, None
        link.is_known = True
        link.may_have |= set(numbers)
        if self.reads(link) or link.subject.unsure:
            self.lets_have(link)
        # A card with an old number that was not brought along says nothing, before the next change.
        link.stale = not self.reads(link) and not set(numbers) <= subject.numbers()
        link.since = None
        self.refresh([link])
        return link

    def caught_up(self, holder):
        """He wants his cards to follow, or blocks fewer: they are brought along as if he stored them."""
        for link in holder.links.values():
            if holder.updates == "auto" and self.reads(link):
                self.lets_have(link)
            link.owed = None

    def retracted(self, holder, subject):
        self.next()
        subject.links.pop(holder, None)
        holder.links.pop(subject, None)

    def undid(self, link, before, after):
        """He took the last update back: cards as they were read, {number: given up}."""
        event = self.next()
        # Where a run was still to come to it, what it does then depends on what was taken back.
        link.is_known = link.since is not None and not link.stale and link.has_all(before)
        link.pinned = {number: link.pinned.get(number) if before.get(number) == retired
                       else (event, retired) for number, retired in after.items()}
        link.pinned = {number: pin for number, pin in link.pinned.items() if pin}
        link.leave([number for number in after if number in link.subject.history])
        link.may_have |= set(after)
        link.undone, link.owed, link.frozen = True, None, None
        self.refresh([link])

    def erased(self, account):
        self.next()
        account.alive = False
        links = list(account.links.values())
        if isinstance(account, Holder):
            for link in links:
                self.retracted(account, link.subject)
            for subject in self.subjects.values():
                subject.blocked.discard(account.jid)
        self.refresh(links)
