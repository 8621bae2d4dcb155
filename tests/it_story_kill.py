#!/usr/bin/python3
"""kithd, the server, or both are killed in the middle of a run over many holders: real Prosody, ejabberd."""
import re
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ET

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from devices import CAROL, CLIENT, CONTACTS, PROFILE, PUBSUB, Case, account, card, numbers_in  # noqa: E402
from peer import Peer  # noqa: E402
from servers import BUILD, DOMAIN, SECRET, SERVICE, Ejabberd, Kithd, wait_until  # noqa: E402


def holder(i):
    return f"h{i:04}"


def nth(n):
    return f"+4474001{n:05}"


class Killed:
    """The holders are offline: what the server keeps for each is what he was told."""
    HOLDERS = 1000

    def setUp(self):
        self.forget()
        store = self.enterContext(tempfile.TemporaryDirectory(prefix="kith-store-"))
        self.seed(store)
        self.start_kithd(store)
        self.addCleanup(self.stop_kithd)
        self.login()

    def login(self):
        self.carol = self.device("carol")
        self.addCleanup(self.carol.close)

    def seed(self, store):
        """The profile and the books, published to a kithd whose server is a scripted one."""
        peer = Peer(SERVICE, DOMAIN, SECRET)
        kithd = Kithd(store, peer.port)
        kithd.spawn(str(BUILD / "kithd"), "-c", str(kithd.conf))
        try:
            stream = peer.up()
            stanzas = [self.iq("carol", PROFILE, "current")]
            stanzas += [self.iq(holder(i), CONTACTS, CAROL) for i in range(self.HOLDERS)]
            stream.send("".join(stanzas))
            left = {"carol", *(holder(i) for i in range(self.HOLDERS))}
            while left:
                stanza = stream.stanza()
                if stanza.tag.endswith("}iq"):
                    self.assertEqual(stanza.get("type"), "result")
                    left.remove(stanza.get("id"))
        finally:
            kithd.stop()
            peer.close()

    def iq(self, user, node, item):
        return (f"<iq type='set' from='{account(user)}/x' to='{SERVICE}' id='{user}'>"
                f"<pubsub xmlns='{PUBSUB[1:-1]}'><publish node='{node}'><item id='{item}'>"
                f"{card(nth(1))}</item></publish></pubsub></iq>")

    def change(self, n):
        self.assertEqual(self.carol.publish(PROFILE, "current", card(nth(n))).get("type"), "result")

    def finish(self, last):
        """Each holder has the last number, and was told it; nobody an older one after a newer."""
        self.wait_for_runs()
        books = dict(self.query("SELECT jid, card FROM contact JOIN account ON "
                                "account.id = contact.owner"))
        self.assertEqual(len(books), self.HOLDERS)
        for i in range(self.HOLDERS):
            self.assertEqual(numbers_in(ET.fromstring(books[account(holder(i))])), [nth(last)])
        self.check_told(last)

    def check_order(self, i, told, last):
        """told: (number, id), in order."""
        numbers = [number for number, _ in told]
        self.assertEqual(numbers, sorted(numbers), holder(i))
        self.assertEqual(numbers[-1:], [last], holder(i))
        # What came twice has the same id.
        self.assertEqual(len(set(told)), len(set(numbers)), holder(i))

    def kill_in_the_middle(self, told):
        """Once so many were told; the run isn't over then."""
        wait_until(lambda: self.told_count() >= told, f"{told} are told", self.kithd.process)
        self.kithd.kill()
        self.assertEqual(self.stats()["runs"], 1)
        (done, last), = self.query("SELECT pushes_done, (SELECT max(id) FROM card_update) FROM run")
        self.assertLess(done, last)

    def restart_server(self):
        before = self.kithd.output().count(" is up at ")
        self.carol.close()
        self.server.start()
        wait_until(lambda: self.kithd.output().count(" is up at ") > before,
                   "kithd is attached again")

    def test_killed_while_pushes_go_out(self):
        self.change(2)
        self.kill_in_the_middle(300)
        self.kithd.start()
        self.finish(2)

    def test_killed_right_after_the_answer(self):
        self.change(2)
        self.kithd.kill()
        self.assertEqual(self.stats()["runs"], 1)
        self.kithd.start()
        self.finish(2)

    def test_second_change_in_the_middle(self):
        self.change(2)
        wait_until(lambda: self.told_count() >= 200, "200 are told", self.kithd.process)
        self.change(3)
        self.kill_in_the_middle(400)
        self.kithd.start()
        self.finish(3)


class OnProsody(Killed, Case):
    users = ("carol", *(holder(i) for i in range(Killed.HOLDERS)))

    def forget(self):
        for file in self.offline.glob("h*.list"):  # of the test before
            file.unlink()

    @property
    def offline(self):
        return self.server.dir / "data" / DOMAIN / "offline"

    def told_count(self):
        return len(list(self.offline.glob("h*.list")))

    def told(self, i):
        """What is kept for a holder, in order: (number, id)."""
        file = self.offline / f"{holder(i)}.list"
        stanzas = file.read_text().split("item({")[1:] if file.exists() else []
        told = []
        for stanza in stanzas:
            number = re.search(r" is now \+44 7400 1(\d+)\.", stanza)
            name = re.search(r'^\t\t\["id"\] = "([^"]*)";', stanza, re.M)[1]  # the message's own
            self.assertEqual(stanza.count(f'["id"] = "{name}"'), 2)  # and the origin-id
            told.append((int(number[1]), name))
        return told

    def check_told(self, last):
        for i in range(self.HOLDERS):
            self.check_order(i, self.told(i), last)
        for i in (0, self.HOLDERS // 2, self.HOLDERS - 1):
            kept = self.told(i)
            device = self.device(holder(i))
            headlines, pushes = device.take()
            self.assertEqual(headlines, [])
            self.assertEqual([push.get("id") for push in pushes], [name for _, name in kept])
            self.assertEqual(device.numbers(), [nth(last)])
            device.close()

    def test_killed_again_and_again(self):
        self.change(2)
        for told in 1, 200, 400, 600:
            self.kill_in_the_middle(told)
            self.kithd.start()
        self.finish(2)

    def test_second_change_after_the_kill(self):
        self.change(2)
        self.kill_in_the_middle(300)
        self.kithd.start()
        self.change(3)
        self.finish(3)

    def test_server_killed_in_the_middle(self):
        """What kithd had written and Prosody not read is gone then: only the second cursor knows."""
        self.change(2)
        wait_until(lambda: self.told_count() >= 300, "300 are told", self.kithd.process)
        self.server.kill()
        self.assertLess(self.told_count(), self.HOLDERS)
        self.restart_server()
        self.finish(2)

    def test_both_killed_and_changed_between(self):
        self.change(2)
        wait_until(lambda: self.told_count() >= 200, "200 are told", self.kithd.process)
        self.server.kill()
        self.kithd.kill()
        self.carol.close()
        self.server.start()
        self.kithd.start()
        self.login()
        self.change(3)
        wait_until(lambda: self.told_count() >= 500, "500 are told", self.kithd.process)
        self.server.kill()
        self.restart_server()
        self.login()
        self.change(2)  # back to one that some were told, and some not
        self.wait_for_runs()
        for i in range(self.HOLDERS):
            told = [number for number, _ in self.told(i)]
            rest = [number for at, number in enumerate(told) if told[at - 1:at] != [number]]
            self.assertIn(rest, ([2], [2, 3, 2], [3, 2]), holder(i))


class OnEjabberd(Killed, Case):
    """What it keeps is read by logging in: of some of the holders."""
    HOLDERS = 3000  # it is fast
    server_class = Ejabberd
    users = ("carol", *(holder(i) for i in range(HOLDERS)))

    def forget(self):
        self.server.ctl("delete_old_messages", "0")

    def told_count(self):
        """That it said it took."""
        rows = self.query("SELECT count(*) FROM card_update JOIN run ON subject = account "
                          "WHERE push = 1 AND id <= pushes_done")
        return rows[0][0]

    def check_told(self, last):
        for i in range(0, self.HOLDERS, self.HOLDERS // 20):
            device = self.device(holder(i))
            _, pushes = device.take()
            told = [(int(re.search(r" is now \+44 7400 1(\d+)\.", push.findtext(CLIENT + "body"))[1]),
                     push.get("id")) for push in pushes]
            self.check_order(i, told, last)
            self.assertEqual(device.numbers(), [nth(last)])
            device.close()

    def test_server_stopped_in_the_middle(self):
        self.change(2)
        wait_until(lambda: self.told_count() >= 200, "200 are told", self.kithd.process)
        self.server.stop()
        self.restart_server()
        self.finish(2)


if __name__ == "__main__":
    unittest.main()
