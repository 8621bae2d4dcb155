#!/usr/bin/python3
"""kithd is killed in the middle of a run, again and again, against a server that only takes.

Each holder ends with the newest number in its book and was told it, and nobody is told an older number
after a newer one. KITH_BUILD says where it was built (default: build/ beside tests/).
"""
import re
import subprocess
import unittest

from peer import COMPONENT, PING, Kithd, Peer, program

HOLDERS = 1000
BATCH = 50  # requests under way at a time
CAROL = "carol@example.org"


def holder(i):
    return f"h{i:04}@example.org"


def number(n):
    return f"+4474001{n:05}"


def request(who, kind, payload):
    return (f"<iq type='{kind}' from='{who}/x' to='kith.example.org' id='{who}'>"
            f"<pubsub xmlns='http://jabber.org/protocol/pubsub'>{payload}</pubsub></iq>")


def publish(who, node, item, n):
    return request(who, "set", (
        f"<publish node='{node}'><item id='{item}'>"
        "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Carol Example</text></fn>"
        "<tel><parameters><type><text>cell</text></type></parameters>"
        f"<uri>tel:{number(n)}</uri></tel></vcard></item></publish>"))


class Killed(unittest.TestCase):
    def setUp(self):
        self.peer = Peer()
        self.peer.answers_pings = False
        self.addCleanup(self.peer.close)
        self.kithd = Kithd(self.peer)
        self.addCleanup(self.kithd.close)
        self.pushes = []  # (to, number, id), as they came
        self.held = []  # pings that are not answered
        self.limit = None  # pushes after which no ping is answered
        self.answers = {}  # by the one who asked
        self.start()
        self.change(1)
        self.ask({holder(i): publish(holder(i), "urn:xmpp:contacts", CAROL, 1)
                  for i in range(HOLDERS)})

    def start(self):
        self.kithd.start()
        self.stream = self.peer.up()

    def kill(self):
        self.kithd.kill()
        self.stream.close()
        self.held = []

    def take(self):
        stanza = self.stream.stanza()
        if stanza.find(PING + "ping") is not None:
            self.held.append(stanza)
            if self.limit is None or len(self.pushes) < self.limit:
                self.stream.send(f"<iq type='result' id='{stanza.get('id')}' "
                                 f"from='{stanza.get('to')}' to='{stanza.get('from')}'/>")
                self.held.clear()
        elif stanza.tag == COMPONENT + "iq":
            self.answers[stanza.get("id")] = stanza
        elif stanza.get("type") == "chat":
            told = re.search(r" is now \+44 7400 1(\d+)", stanza.findtext(COMPONENT + "body"))
            self.pushes.append((stanza.get("to"), int(told[1]), stanza.get("id")))

    def wait(self, what):
        while not what():
            self.take()

    def ask(self, requests):
        """Sends iqs, {who: text}, and returns their results by who."""
        names = list(requests)
        for name in names:
            self.answers.pop(name, None)
        for i in range(0, len(names), BATCH):
            batch = names[i:i + BATCH]
            self.stream.send("".join(requests[name] for name in batch))
            self.wait(lambda: all(name in self.answers for name in batch))
            for name in batch:
                self.assertEqual(self.answers[name].get("type"), "result", name)
        return {name: self.answers[name] for name in names}

    def change(self, n):
        self.ask({CAROL: publish(CAROL, "urn:xmpp:vcard4", "current", n)})

    def books(self):
        """The numbers in the card of each holder; also, all that came before is taken."""
        answers = self.ask({holder(i): request(holder(i), "get", (
            f"<items node='urn:xmpp:contacts'><item id='{CAROL}'/></items>"))
            for i in range(HOLDERS)})
        return [[uri.text for uri in answer.iter("{urn:ietf:params:xml:ns:vcard-4.0}uri")]
                for answer in answers.values()]

    def runs(self):
        out = subprocess.run([program("kithctl"), "-c", self.kithd.conf, "stats"], check=True,
                             capture_output=True, text=True).stdout
        return int(re.search(r"^runs +(\d+)$", out, re.M)[1])

    def finish(self, last):
        """All holders were told the last number, and have it; nobody heard an older one after it."""
        everyone = {holder(i) for i in range(HOLDERS)}
        self.wait(lambda: {to for to, n, _ in self.pushes if n == last} == everyone)
        while self.runs() > 0:
            self.books()
        newest = {}
        for to, n, _ in self.pushes:
            self.assertGreaterEqual(n, newest.get(to, 0), to)
            newest[to] = n
        self.assertEqual(self.books(), [["tel:" + number(last)]] * HOLDERS)

    def kill_behind(self, pushes):
        """Kills it when that many were taken and the last window waits, in the middle of the run."""
        self.wait(lambda: len(self.pushes) >= pushes and self.held)
        self.kill()
        self.assertEqual(self.runs(), 1)

    def test_killed_while_pushes_go_out(self):
        self.limit = 200
        self.change(2)
        self.kill_behind(200)
        self.limit = None
        self.start()
        self.finish(2)
        ids = {(to, push_id) for to, _, push_id in self.pushes}
        self.assertEqual(len(ids), HOLDERS)  # what came twice had the same id
        self.assertLessEqual(len(self.pushes), HOLDERS + 1024)

    def test_what_no_answer_came_for_is_sent_again(self):
        self.limit = 0
        self.change(2)
        while self.books() != [["tel:" + number(2)]] * HOLDERS:
            pass  # the cards are ahead of the pushes
        self.kill_behind(1)
        lost = {push_id for _, _, push_id in self.pushes}
        self.pushes.clear()
        self.limit = None
        self.start()
        self.finish(2)
        again = {push_id for _, _, push_id in self.pushes}
        self.assertEqual(len(self.pushes), HOLDERS)
        self.assertLessEqual(lost, again)

    def test_killed_again_and_again(self):
        self.limit = 100
        self.change(2)
        for limit in range(100, 600, 100):
            self.kill_behind(limit)
            self.limit = limit + 100
            self.start()
        self.limit = None
        self.kill()
        self.start()
        self.finish(2)

    def test_a_second_change_before_the_kill(self):
        self.limit = 100
        self.change(2)
        self.wait(lambda: self.held)
        self.change(3)
        self.kill()
        self.limit = None
        self.start()
        self.finish(3)

    def test_a_second_change_after_the_kill(self):
        self.limit = 100
        self.change(2)
        self.kill_behind(100)
        self.limit = 300
        self.start()
        self.change(3)
        self.kill_behind(300)
        self.limit = None
        self.start()
        self.finish(3)

    def test_killed_right_after_the_answer_to_the_publisher(self):
        self.change(2)
        self.kill()
        self.start()
        self.finish(2)


if __name__ == "__main__":
    unittest.main()
