#!/usr/bin/python3
"""kithd against a server that is played by the test: the link's good and bad days, signals, exits."""

import os
import signal
import socket
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peer import COMPONENT, PATIENCE, PING, STREAM, Kithd, Peer, program  # noqa: E402

FROM_BOB = "from='bob@example.org/phone' to='kith.example.org'"
ERRORS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
PUBSUB = "{http://jabber.org/protocol/pubsub}"


def ping(number):
    return "<iq type='get' %s id='%s'><ping xmlns='urn:xmpp:ping'/></iq>" % (FROM_BOB, number)


def publish_number(user, node, item, number):
    return ("<iq type='set' from='%s@example.org/x' to='kith.example.org' id='%s%s'>"
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='%s'><item id='%s'>"
            "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Carol</text></fn>"
            "<tel><uri>tel:%s</uri></tel></vcard></item></publish></pubsub></iq>"
            % (user, user, number, node, item, number))


def next_ping(stream):
    while True:
        stanza = stream.stanza()
        if stanza.find(PING + "ping") is not None:
            return stanza


def publish(item, name, number="1"):
    return ("<iq type='set' %s id='%s'><pubsub xmlns='http://jabber.org/protocol/pubsub'>"
            "<publish node='urn:xmpp:contacts'><item id='%s'>"
            "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>%s</text></fn></vcard>"
            "</item></publish></pubsub></iq>" % (FROM_BOB, number, item, name))


class LinkTest(unittest.TestCase):
    def setUp(self):
        self.peer = Peer()
        self.kithd = Kithd(self.peer)
        self.addCleanup(self.peer.close)
        self.addCleanup(self.kithd.close)

    def assert_error(self, stanza, kind, condition):
        self.assertEqual(stanza.get("type"), "error")
        error = stanza.find(COMPONENT + "error")
        self.assertEqual((error.get("type"), error[0].tag), (kind, ERRORS + condition))

    def assert_works(self, stream):
        answer = stream.ask(ping("works"))
        self.assertEqual((answer.get("type"), answer.get("from"), answer.get("to")),
                         ("result", "kith.example.org", "bob@example.org/phone"))

    # ---- XEP-0114, 3
    def test_it_attaches_and_answers(self):
        self.kithd.start()
        self.assert_works(self.peer.up())
        self.kithd.wait_log("is up at 127.0.0.1:%d" % self.peer.port)

    def test_a_wrong_secret_is_logged_in_words_and_tried_again(self):
        self.kithd.keys["secret"] = "wrong"
        self.kithd.write_conf()
        self.kithd.start()
        stream = self.peer.connection()
        stream.open()
        self.assertFalse(stream.handshake())
        stream.refuse("not-authorized", "Given token does not match calculated token")
        line = self.kithd.wait_log("link: refused by 127.0.0.1:%d: not-authorized" % self.peer.port)
        self.assertNotIn("wrong", line)
        self.peer.connection().open()

    def test_a_conflict_is_logged_and_tried_again(self):
        self.kithd.start()
        stream = self.peer.up()
        stream.refuse("conflict", "Replaced by a new connection")
        self.kithd.wait_log("link: ended by 127.0.0.1:%d: conflict (Replaced" % self.peer.port)
        self.assert_works(self.peer.up())

    def test_it_comes_back_after_the_server_went_away_within_a_stanza(self):
        self.kithd.start()
        stream = self.peer.up()
        stream.send("<iq type='get' %s id='1'><pi" % FROM_BOB)
        stream.reset()
        self.assert_works(self.peer.up())

    def test_it_comes_back_after_the_server_was_stopped(self):
        self.kithd.start()
        stream = self.peer.up()
        stream.end()
        self.assertTrue(stream.wait_end())
        stream.close()
        self.assert_works(self.peer.up())

    # ---- RFC 6120
    def test_a_stanza_may_come_byte_by_byte(self):
        self.kithd.start()
        stream = self.peer.up()
        stream.send_torn(ping("torn"))
        self.assertEqual(stream.stanza().get("id"), "torn")

    def test_a_stanza_over_the_cap_is_answered_and_the_link_lives(self):
        self.kithd.start()
        stream = self.peer.up()
        answer = stream.ask(publish("x", "y" * 600000))
        self.assert_error(answer, "modify", "policy-violation")
        self.assert_works(stream)

    def test_a_dtd_ends_the_stream_and_it_comes_back(self):
        self.kithd.start()
        stream = self.peer.up()
        stream.send("<?instruction x?>")
        self.assertEqual(stream.stanza().tag, STREAM + "error")
        self.assertTrue(stream.wait_end())
        self.assert_works(self.peer.up())

    def test_answers_to_nothing_are_passed_over(self):
        self.kithd.start()
        stream = self.peer.up()
        stream.send("<iq type='result' %s id='unknown'/><iq type='error' %s id='x'><a/></iq>"
                    "<message type='error' %s id='y'/>" % (FROM_BOB, FROM_BOB, FROM_BOB))
        self.assert_works(stream)

    def test_a_server_that_reads_slowly_costs_no_memory_and_gets_all_in_order(self):
        self.kithd.sections["limits"] = {"queue_bytes": 65536}
        self.kithd.write_conf()
        self.kithd.start()
        stream = self.peer.up(receive_buffer=65536)
        self.assert_works(stream)
        before = self.kithd.peak_kib()
        count = 10000  # with answers of 1.5 kB each, of which the kernel holds but a part
        asker = threading.Thread(target=stream.send, args=("".join(
            "<iq type='get' %s id='%d'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
            % (FROM_BOB, i) for i in range(count)),))
        asker.start()
        for i in range(count):
            self.assertEqual(stream.stanza().get("id"), str(i))
        asker.join()
        self.assertLess(self.kithd.peak_kib() - before, 12288)  # of 20,000 or so

    # ---- Commit, then answer
    def test_what_was_answered_survives_sigkill(self):
        self.kithd.start()
        stream = self.peer.up()
        for i in range(50):
            stream.send(publish("item%d" % i, "Name %d" % i, "p%d" % i))
        answered = []
        while len(answered) < 25:
            stanza = stream.stanza()
            if stanza.tag == COMPONENT + "iq":
                self.assertEqual(stanza.get("type"), "result")
                answered.append("item" + stanza.get("id")[1:])
        self.kithd.kill()
        stream.close()
        self.kithd.start()
        stream = self.peer.up()
        for item in answered:
            answer = stream.ask("<iq type='get' %s id='get'>"
                                "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
                                "<items node='urn:xmpp:contacts'><item id='%s'/></items></pubsub></iq>"
                                % (FROM_BOB, item))
            self.assertEqual(len(answer.findall(".//" + PUBSUB + "item")), 1, item)

    def test_a_run_goes_on_where_the_answer_to_a_ping_is_lost(self):
        """ejabberd gives some to the link before, until it has seen that one end."""
        self.peer.answers_pings = False
        self.kithd.start()
        stream = self.peer.up()
        for stanza in (publish_number("carol", "urn:xmpp:vcard4", "current", "+447400100001"),
                       publish_number("bob", "urn:xmpp:contacts", "carol@example.org",
                                      "+447400100001"),
                       publish_number("carol", "urn:xmpp:vcard4", "current", "+447400100002")):
            self.assertEqual(stream.ask(stanza).get("type"), "result")
        lost = next_ping(stream)
        again = next_ping(stream)
        self.assertEqual((again.get("id"), again.get("to")), (lost.get("id"), "example.org"))
        stream.send("<iq type='result' id='%s' from='example.org' to='kith.example.org'/>"
                    % again.get("id"))
        stream.ask(publish_number("carol", "urn:xmpp:vcard4", "current", "+447400100003"))
        self.assertNotEqual(next_ping(stream).get("id"), lost.get("id"))

    # ---- Signals
    def test_sigterm_finishes_the_turn_and_closes_the_stream(self):
        self.kithd.start()
        stream = self.peer.up()
        self.assert_works(stream)
        self.kithd.signal(signal.SIGTERM)
        self.assertTrue(stream.wait_end())
        stream.end()
        self.assertEqual(self.kithd.wait(), 0)

    def test_sigint_stops_it_while_it_waits_for_the_server(self):
        self.peer.listener.close()
        self.kithd.start()
        self.kithd.wait_log("next try in")
        self.kithd.signal(signal.SIGINT)
        self.assertEqual(self.kithd.wait(), 0)

    def test_sighup_takes_over_another_secret_and_begins_anew(self):
        self.kithd.start()
        stream = self.peer.up()
        self.peer.secret = self.kithd.keys["secret"] = "another"
        self.kithd.write_conf()
        self.kithd.signal(signal.SIGHUP)
        self.assertTrue(stream.wait_end())
        stream.end()
        self.assert_works(self.peer.up())
        self.kithd.wait_log("the conf is taken over, the link begins anew")

    def test_sighup_says_what_needs_a_restart(self):
        self.kithd.start()
        stream = self.peer.up()
        self.kithd.keys.update(jid="other.example.org", name="Books",
                               store="sqlite:/nowhere/kith.db")
        self.kithd.write_conf()
        self.kithd.signal(signal.SIGHUP)
        self.kithd.wait_log("jid other.example.org: needs a restart")
        self.kithd.wait_log("store /nowhere/kith.db: needs a restart")
        self.kithd.wait_log("the conf is taken over")
        self.assert_works(stream)
        answer = stream.ask("<iq type='get' %s id='info'>"
                            "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>" % FROM_BOB)
        self.assertEqual(answer[0][0].get("name"), "Books")

    def test_sighup_with_a_faulty_conf_says_why_and_changes_nothing(self):
        self.kithd.start()
        stream = self.peer.up()
        self.kithd.keys["region"] = "nowhere"
        self.kithd.write_conf()
        self.kithd.signal(signal.SIGHUP)
        self.kithd.wait_log("kith.conf:6: region is not a country's two letters")
        self.kithd.wait_log("the conf is not taken over")
        self.assert_works(stream)

    # ---- The service manager, sd_notify(3)
    def test_the_service_manager_is_told(self):
        linked = subprocess.run(["ldd", program("kithd")], capture_output=True, text=True).stdout
        if "libsystemd" not in linked:
            self.skipTest("built without libsystemd")
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.settimeout(PATIENCE)
        path = os.path.join(self.kithd.directory.name, "notify")
        manager.bind(path)

        def wait_told(word):
            while word not in manager.recv(4096):
                pass

        self.kithd.start(NOTIFY_SOCKET=path, WATCHDOG_USEC="200000")
        wait_told(b"READY=1")
        stream = self.peer.up()
        wait_told(b"STATUS=attached")
        wait_told(b"WATCHDOG=1")
        self.kithd.signal(signal.SIGHUP)
        wait_told(b"RELOADING=1")
        wait_told(b"READY=1")
        self.kithd.signal(signal.SIGTERM)
        wait_told(b"STOPPING=1")
        self.assertTrue(stream.wait_end())

    # ---- Exits
    def test_a_faulty_conf_exits_with_2(self):
        self.kithd.keys["region"] = "nowhere"
        del self.kithd.keys["domains"]
        self.kithd.write_conf()
        status, _, log = self.kithd.run()
        self.assertEqual(status, 2)
        self.assertIn("kith.conf:5: region", log)
        self.assertIn("kith.conf: domains is missing", log)
        self.assertEqual(self.kithd.run("-x")[0], 2)
        self.assertEqual(self.kithd.run("word")[0], 2)

    def test_a_store_that_cant_be_opened_exits_with_1(self):
        self.kithd.keys["store"] = "sqlite:/nowhere/kith.db"
        self.kithd.write_conf()
        status, _, log = self.kithd.run()
        self.assertEqual(status, 1)
        self.assertIn("/nowhere/kith.db.lock: ", log)

    # ---- A second one stands by
    def second(self):
        """Another kithd on the same store, which hangs on the first."""
        other = Kithd(self.peer, store="sqlite:" + self.kithd.store)
        self.addCleanup(other.close)
        return other

    def test_a_second_kithd_takes_over_when_the_first_is_gone(self):
        self.kithd.start()
        stream = self.peer.up()
        self.assertEqual(stream.ask(publish("bob@example.org", "Bob")).get("type"), "result")
        other = self.second().start()
        other.wait_log("in use by another kithd, process %d: standing by" % self.kithd.process.pid)
        self.assert_works(stream)
        self.kithd.kill()
        stream = self.peer.up()
        other.wait_log("link: kith.example.org is up")
        self.assert_works(stream)

    def test_a_second_kithd_stops_when_asked_and_reads_its_conf_anew(self):
        self.kithd.start()
        self.peer.up()
        other = self.second().start()
        other.wait_log("standing by")
        other.signal(signal.SIGHUP)
        other.wait_log("the conf is taken over")
        self.assertEqual(other.stop(), 0)

    def test_checking_prints_the_settings_without_the_secret(self):
        status, printed, _ = self.kithd.run("-n")
        self.assertEqual(status, 0)
        self.assertIn("jid = kith.example.org\n", printed)
        self.assertIn("audience = known\n", printed)
        self.assertNotIn("secret", printed)
        self.assertFalse(os.path.exists(self.kithd.store))
        self.kithd.start()
        self.peer.up()
        self.assertEqual(self.kithd.run("-n")[0], 0)


if __name__ == "__main__":
    unittest.main()
