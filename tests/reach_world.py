"""kithd at work for accounts that change their numbers and for those who hold them, against a server that is
played: what comes out of it is held against the model (reach_model.py) as it comes."""

import os
import random
import re
import subprocess
import sys
import time
import unittest
import xml.etree.ElementTree as ET

from peer import COMPONENT, PING, Kithd, Peer, program
from promise import LONG, Figures
from reach_model import KINDS, Model
from reach_stanzas import COMMANDS, EVENT, VCARD, facts_of, read_card

SERVICE = "kith.example.org"
PATIENCE = 60.0  # seconds without any progress
WINDOW = 1024  # pushes that may come twice after a cut (design: "Two cursors")
RETRIES = 3  # cuts, after which kithd would wait for long before it comes again
BOUNCES = ("resource-constraint", "service-unavailable", "recipient-unavailable", "item-not-found", "gone",
           "remote-server-not-found", "remote-server-timeout", "internal-server-error", "policy-violation",
           "not-allowed", "undefined-condition")

figures = Figures("reach")


class Request:
    """An iq, or the two of a command, that is asked again until it is answered. unsure: of whom isn't
    known what is so while its stream ended before the answer came. once: it isn't asked again."""

    def __init__(self, who, build, done, unsure=(), lost=None, once=False):
        self.who, self.build, self.done = who, build, done
        self.unsure, self.lost, self.once = unsure, lost, once
        self.session = None
        self.is_unsure = False


class World(unittest.TestCase):
    """kithd, the server, and the model of what must come of it all."""

    longMessage = False

    # ---- Beginning
    def setUp(self):
        chance = random.SystemRandom().randrange(1 << 32) if LONG else 1
        self.seed = int(os.environ.get("KITH_SEED") or chance)
        self.random = random.Random(self.seed)
        self.model = Model()
        self.peer = Peer()
        self.addCleanup(self.close_peer)
        self.kithd = Kithd(self.peer)
        self.kithd.sections = {
            "defaults": {"visible": "everyone", "audience": "known", "updates": "auto", "hold": 0},
            "limits": {"push_per_holder": 1000, "changes_per_day": 0, "writes_per_hour": 0,
                       "changes_per_day_in_all": 0, "writes_per_hour_in_all": 0,
                       "queue_bytes": 262144}}
        self.kithd.write_conf()
        self.addCleanup(self.kithd.close)
        self.stream = None
        self.streams = 0
        self.requests, self.queue, self.ids = {}, [], 0
        self.pings = []  # of windows, not answered
        self.holds_pings = False
        self.bounces = 0.0  # how many of the pushes come back
        self.rate = None  # bytes a second that the server reads
        self.sent = {}  # push id: (stream, window, holder)
        self.window = 0
        self.answered = set()  # windows of this stream whose pings were answered
        self.sealed = set()  # those that kithd has shown to know taken
        self.unacked = []  # (link, facts) of pushes that the server may lose
        self.repeats_on_stream = 0
        self.numbers = 0
        self.trace = []
        self.start()

    def run(self, result=None):
        """A failure names the seed."""
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            print(f"KITH_SEED={self.seed} repeats {self.id()}", file=sys.stderr)
            if os.environ.get("KITH_TRACE"):
                print("\n".join(self.trace[-int(os.environ["KITH_TRACE"]):]), file=sys.stderr)

    def close_peer(self):
        self.peer.close()

    def note(self, text):
        self.trace.append(f"{self.model.event}: {text}")

    # ---- The link
    def start(self):
        self.kithd.start()
        self.retries = 0
        self.accept()

    def accept(self):
        """The next stream of kithd."""
        self.stream = self.peer.up(4096 if self.rate else 262144)
        self.streams += 1
        self.repeats_on_stream = 0
        self.note(f"stream {self.streams}")
        queue, self.queue = self.queue, []
        for request in queue:
            self.send(request)

    def lose(self, is_taken):
        """The stream is no more; is_taken: what the server read is with it, acknowledged or not."""
        self.stream = None
        self.pings.clear()
        if is_taken:
            for link, facts, event in self.unacked:
                link.learn(facts, event)
        self.unacked.clear()
        lost, self.requests = self.requests, {}
        for request in lost.values():
            if request.once:
                request.lost()
                continue
            if not request.is_unsure:
                request.is_unsure = True
                if request.lost:
                    request.lost()
                for thing in request.unsure:
                    thing.unsure += 1
                    self.model.next()
                    self.model.refresh(self.links_of(thing))
            request.session = None
            self.queue.append(request)
        self.window += 1
        self.answered.clear()

    def links_of(self, thing):
        if isinstance(thing, Model):
            return thing.links()
        return list(thing.links.values()) if hasattr(thing, "links") else [thing]

    def cut(self, how):
        """Ends the stream from the server's side."""
        if self.retries == RETRIES:
            self.renew_secret()
            return
        self.note(f"cut: {how}")
        self.retries += 1
        figures.add("cuts")
        if how == "end":
            self.stream.end()
            self.stream.close()
        elif how == "fin":
            self.stream.close()
        else:
            self.stream.reset()
        self.lose(is_taken=how != "crash")

    def server_killed(self):
        """It is gone for a while, and what it didn't acknowledge with it."""
        if self.retries == RETRIES:
            self.kill()
            return
        self.note("server killed")
        self.retries += 1
        figures.add("servers killed")
        self.pass_log()
        self.peer.listener.close()
        self.stream.reset()
        self.lose(is_taken=False)
        self.kithd.wait_log("next try in")
        self.peer.listen()

    def pass_log(self):
        """What it logged so far is not what will be waited for."""
        while not self.kithd.lines.empty():
            self.kithd.lines.get()

    def renew_secret(self):
        """By a new conf, which has the link begin anew, without waiting."""
        self.note("another secret")
        self.retries = 0
        figures.add("cuts")
        self.peer.secret += "x"
        self.kithd.keys["secret"] = self.peer.secret
        self.take_over_conf()

    def kill(self):
        self.note("kithd killed")
        figures.add("kills")
        self.kithd.kill()
        self.stream.close()
        self.lose(is_taken=True)
        self.kithd.start()
        self.retries = 0

    # ---- Requests
    def ask(self, who, build, done, unsure=(), lost=None, once=False):
        request = Request(who, build, done, unsure, lost, once)
        for thing in unsure:
            thing.busy += 1
        if self.stream:
            self.send(request)
        else:
            self.queue.append(request)
        return request

    def send(self, request):
        self.ids += 1
        kind, payload = request.build(request.session) if request.session else request.build()
        self.requests[f"r{self.ids}"] = request
        self.put(f"<iq type='{kind}' from='{request.who}/x' to='{SERVICE}' id='r{self.ids}'>{payload}</iq>")

    def put(self, text):
        """A stream that ended is found out by reading."""
        try:
            self.stream.send(text)
        except OSError:
            pass

    def answer(self, stanza):
        request = self.requests.pop(stanza.get("id"), None)
        if request is None:
            return
        reply = stanza.find(f"{{{COMMANDS}}}command")
        if reply is not None and reply.get("status") == "executing" and not request.once:
            request.session = reply.get("sessionid")
            self.send(request)
            return
        if request.is_unsure:
            for thing in request.unsure:
                thing.unsure -= 1
        for thing in request.unsure:
            thing.busy -= 1
        request.done(stanza)
        if request.is_unsure:
            for thing in request.unsure:
                self.model.next()
                self.model.refresh(self.links_of(thing))

    # ---- What kithd sends
    def take(self, stanza):
        if stanza.tag == COMPONENT + "iq":
            if stanza.find(PING + "ping") is not None:
                self.pings.append((stanza, self.window))
                self.window += 1
                if not self.holds_pings:
                    self.answer_pings()
            else:
                self.answer(stanza)
        elif stanza.tag == COMPONENT + "message":
            if stanza.get("type") == "headline":
                self.take_headline(stanza)
            elif stanza.get("type") == "chat":
                self.take_push(stanza)

    def answer_pings(self):
        """The server has all that went before."""
        for ping, window in self.pings:
            self.answered.add(window)
            self.note(f"window {window} is answered, {len(self.unacked)} pushes")
            self.put(f"<iq type='result' id='{ping.get('id')}' from='{ping.get('to')}' "
                     f"to='{ping.get('from')}'/>")
        if self.pings:
            for link, facts, event in self.unacked:
                link.learn(facts, event)
            self.unacked.clear()
        self.pings.clear()

    def link(self, holder, subject):
        holder, subject = self.model.holders.get(holder), self.model.subjects.get(subject)
        return holder and subject and subject.links.get(holder)

    def take_headline(self, stanza):
        item = stanza.find(f"{EVENT}event/{EVENT}items/{EVENT}item")
        if item is None or item.find(VCARD + "vcard") is None:
            return
        link = self.link(stanza.get("to"), item.get("id"))
        if link:
            self.check_card(link, read_card(item.find(VCARD + "vcard")))

    def take_push(self, stanza):
        body = stanza.findtext(COMPONENT + "body")
        match = re.match(r"(\S+)'s account says: ([^.]*)\.", body)
        holder = self.model.holders.get(stanza.get("to"))
        if match is None or holder is None:
            figures.add("other messages")
            return
        figures.add("pushes")
        self.note(f"{holder.jid} is told in window {self.window}: {body}")
        subject = self.model.subjects[match[1] + "@example.org"]
        self.check_repeat(stanza)
        facts = facts_of(match[2])
        self.check_push(holder, subject, facts, "Your card is unchanged" in body, body)
        link = subject.links.get(holder)
        if link:
            self.unacked.append((link, {number: state for number, state, _ in facts}, self.model.event))
        if self.random.random() < self.bounces:
            self.bounce(stanza, holder)

    def bounce(self, stanza, holder):
        figures.add("bounces")
        condition = self.random.choice(BOUNCES)
        kind = "wait" if condition in ("resource-constraint", "remote-server-timeout") else "cancel"
        back = ET.tostring(stanza.find(COMPONENT + "body"), encoding="unicode")
        self.put(f"<message type='error' from='{holder.jid}' to='{SERVICE}' id='{stanza.get('id')}'>{back}"
                 f"<error type='{kind}'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
                 "</message>")
        if condition == "resource-constraint":
            holder.paused = True
            for link in holder.links.values():
                link.owed = None

    # ---- What must never be
    def check_repeat(self, stanza):
        push = stanza.get("id")
        before = self.sent.get(push)
        if before is not None:
            stream, window, to = before
            figures.add("repeats")
            self.repeats_on_stream += 1
            if to != stanza.get("to") or stream == self.streams or window in self.sealed:
                self.fail(f"push {push} to {stanza.get('to')} came twice without need: on stream {stream} in "
                          f"window {window}, known to be taken: {window in self.sealed}; now on "
                          f"{self.streams}: "
                          f"{stanza.findtext(COMPONENT + 'body')}")
            if self.repeats_on_stream > WINDOW:
                self.fail(f"more than {WINDOW} pushes came twice")
        # A push of the next window: the end of the last is stored.
        self.sealed |= self.answered
        self.sent[push] = (self.streams, self.window, stanza.get("to"))

    def forbidden(self, link, what):
        figures.add("forbidden")
        self.note(f"{link.holder.jid}: {link.__dict__}")
        self.fail(f"{link.holder.jid} {what}, of {link.subject.jid}")

    def check_push(self, holder, subject, facts, is_asked, body):
        link = subject.links.get(holder)
        if link is None:
            if not (holder.unsure or subject.unsure):
                figures.add("forbidden")
                self.fail(f"{holder.jid} has no contact {subject.jid}: {body}")
            return
        if self.model.is_unsure(link):
            return
        if not holder.pushes:
            self.forbidden(link, f"wants no pushes: {body}")
        if not self.model.admits(link) or subject.jid in holder.blocked or holder.updates == "never":
            self.forbidden(link, f"may not be told: {body}")
        if is_asked != (holder.updates == "ask"):
            self.forbidden(link, f"takes updates by {holder.updates}: {body}")
        for number, state, had in facts:
            if had is not None and had not in link.may_have:
                self.forbidden(link, f"never had {had}: {body}")
            if number not in link.may_have:
                self.forbidden(link, f"may not have {number}: {body}")
            if state == "current" and (number, "retired", number) not in facts:
                self.check_order(link, number, body)

    def check_order(self, link, number, body):
        for kind in KINDS:
            sent = link.subject.sent[kind]
            if number in sent:
                at = link.told_at[kind]
                while at < len(sent) and sent[at] != number:
                    at += 1
                if at == len(sent):
                    self.fail(f"{link.holder.jid} was told an older number after a newer one: {body}; "
                              f"before: {sent[link.told_at[kind]]}; all: {sent}")
                link.told_at[kind] = at

    def check_card(self, link, numbers):
        """No card has what its holder may not have."""
        if self.model.is_unsure(link) or link.busy or link.holder.busy:
            return
        strange = set(numbers) - link.may_have
        if strange:
            self.forbidden(link, f"has {strange} in the card")

    # ---- The loop
    def step(self, wait_s=0.2):
        """Reads and takes what is there. False: nothing was."""
        if self.stream is None:
            self.accept()
        stream = self.stream
        if not stream.ready:
            stream.socket.settimeout(wait_s)
            try:
                size = 65536
                if self.rate:
                    size = max(1, self.rate // 20)
                    time.sleep(0.05)
                if not stream._read(size):
                    self.note("kithd ended the stream")
                    stream.close()
                    self.lose(is_taken=True)
                    return True
            except (TimeoutError, BlockingIOError):
                return False
            except OSError:
                stream.close()
                self.lose(is_taken=True)
                return True
        ready, stream.ready = stream.ready, []
        for i, stanza in enumerate(ready):
            self.take(stanza)
            if self.stream is not stream:
                break
        return bool(ready)

    def pump(self, until, what):
        """Until that is so."""
        end = time.monotonic() + PATIENCE
        while not until():
            if self.step():
                end = time.monotonic() + PATIENCE
            elif time.monotonic() > end:
                self.fail(f"{what}: not within {PATIENCE} s")

    def pump_some(self):
        """A little: a number of reads, none waits long."""
        for _ in range(self.random.choice((0, 0, 1, 1, 2, 5, 20))):
            if self.stream is None:
                return
            self.step(0.005)

    def is_quiet(self):
        return self.stream is not None and not self.requests and not self.queue

    def stats(self):
        out = subprocess.run([program("kithctl"), "-c", self.kithd.conf, "stats"], check=True,
                             capture_output=True, text=True).stdout
        return int(re.search(r"^runs +(\d+)$", out, re.M)[1])

    def settle(self):
        """All is answered, all runs are over, the server has everything."""
        self.holds_pings, self.bounces, self.rate = False, 0.0, None
        end = time.monotonic() + 2 * PATIENCE
        while True:
            if self.stream:
                self.answer_pings()
            self.pump(self.is_quiet, "answers")
            while self.stream and self.step(0.02):
                pass
            if self.is_quiet() and self.stats() == 0:
                while self.stream and self.step(0.02):
                    pass
                if self.is_quiet() and not self.unacked:
                    return
            if time.monotonic() > end:
                self.fail(f"{self.stats()} runs never end")
