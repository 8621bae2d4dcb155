"""The unit of kithd as it is installed, under a systemd of the test's own. Part of tests/promise_up.py."""

import json
import os
import re
import select
import signal
import subprocess
import time
import unittest
import xml.etree.ElementTree as ET

import manager
from peer import COMPONENT, Peer, program
from promise import LONG, count
from up_conf import contact, iq, profile, pubsub, search
from up_link import held, ping, publish
from up_names import A, NameService

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")


def unit(name):
    with open(program("conf/" + name)) as file:
        return file.read()


def guide():
    with open(os.path.join(TOP, "conf/guide.md")) as file:
        return file.read()


def fenced(text):
    """The lines of a conf that the guide gives: those with this text in them."""
    found, = (block for block in re.findall(r"^```\n(.*?)^```$", guide(), re.M | re.S) if text in block)
    return found


def exposure(name):
    """What `systemd-analyze security` makes of it, from 0.0 to 10.0."""
    text = subprocess.run(["systemd-analyze", "security", "--offline=yes", program("conf/" + name)],
                          capture_output=True, text=True).stdout
    return float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", text)[1])


@unittest.skipUnless(os.path.exists(manager.SYSTEMD), "systemd isn't installed")
class Hardened(unittest.TestCase):
    figures = None

    def test_the_units_are_no_more_exposed_than_the_guide_says(self):
        promised = float(re.search(r"`systemd-analyze security kithd` says ([0-9.]+)", guide())[1])
        for name in ("kithd.service", "kithd@.service"):
            self.assertEqual(exposure(name), promised)
        self.figures.set("exposure", promised)

    def test_what_is_left_is_what_a_client_of_a_server_needs(self):
        rows = json.loads(subprocess.run(
            ["systemd-analyze", "security", "--offline=yes", "--json=short", program("conf/kithd.service")],
            capture_output=True, text=True).stdout)
        self.assertEqual({row["name"] for row in rows if row["set"] is False}, {
            "RootDirectory=/RootImage=", "RestrictAddressFamilies=~AF_UNIX", "PrivateNetwork=",
            "RestrictAddressFamilies=~AF_(INET|INET6)", "DeviceAllow=", "IPAddressDeny="})


class Run(unittest.TestCase):
    figures = None

    def setUp(self):
        why = manager.why_not()
        if why:
            self.skipTest(why)
        if "Type=notify" not in unit("kithd.service"):
            self.skipTest("built without libsystemd")
        self.peer = Peer()
        self.addCleanup(self.peer.close)
        self.systemd = manager.Systemd()
        self.addCleanup(self.systemd.close)
        text = unit("kithd.service")
        kithd = re.search(r"^ExecStart=(\S+) -c (\S+)/kith.conf$", text, re.M)
        self.etc = kithd[2]
        self.install("kithd.service", "")
        self.install("kithd@.service", "/example.net")
        self.systemd.file(kithd[1], program("kithd"), 0o755)
        self.systemd.file(os.path.dirname(kithd[1]) + "/kithctl", program("kithctl"), 0o755)
        self.kithctl = os.path.dirname(kithd[1]) + "/kithctl"

    def install(self, name, folder, more=""):
        """The unit itself, with a drop-in for the test: what it does that it may not ends it, it comes
        back at once, and its log is a file."""
        self.systemd.unit(name, unit(name))
        self.systemd.unit(name + ".d/test.conf", "[Service]\nStandardError=append:%s\n"
                          "SystemCallErrorNumber=kill\nRestartSec=50ms\n%s"
                          % (self.systemd.path("log-kithd"), more))
        domain = folder[1:] or "example.org"
        self.conf(folder, "jid = kith.%s\nserver = 127.0.0.1:%d\ndomains = %s\nregion = GB\n%s"
                  % (domain, self.peer.port, domain, (fenced("store = ") if folder else "secret_file = "
                     "/etc/kith/secret\n").replace("/etc/kith", self.etc)))
        self.systemd.file(self.etc + folder + "/secret", "secret\n", 0o600)

    def conf(self, folder, text):
        self.systemd.file(self.etc + folder + "/kith.conf", text)

    def start(self):
        self.systemd.start()
        self.assertEqual(self.systemd.ctl("start", "kithd"), (0, ""), self.systemd.log() + self.log())
        self.assertEqual(self.systemd.show("kithd", "ActiveState"), "active")
        stream = self.peer.up()
        self.systemd.wait("kithd", "StatusText", "attached to the server")
        return stream

    def log(self):
        with open(self.systemd.path("log-kithd")) as file:
            return file.read()

    def work_out(self, stream):
        """What takes it through all its parts."""
        bob = "bob@example.org"
        actions = [
            profile("alice@example.org", "+447400123456"),
            contact(bob, "item", "x" * 50000),
            pubsub("set", "<publish node='urn:xmpp:contacts'><item id='alice@example.org'><vcard xmlns='urn:"
                   "ietf:params:xml:ns:vcard-4.0'><fn><text>Alice</text></fn><tel><uri>tel:+447400123456"
                   "</uri></tel></vcard></item></publish>", bob),
            pubsub("get", "<items node='urn:xmpp:contacts'/>", bob),
            pubsub("set", "<retract node='urn:xmpp:contacts'><item id='item'/></retract>", bob),
            iq("set", "<query xmlns='urn:xmpp:mam:2' node='urn:xmpp:contacts'/>"),
            search(bob),
            iq("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
            iq("get", "<query xmlns='jabber:iq:version'/>"),
            iq("get", "<time xmlns='urn:xmpp:time'/>"),
            iq("set", "<command xmlns='http://jabber.org/protocol/commands' node='export' action='execute'/>"),
            iq("set", "<command xmlns='http://jabber.org/protocol/commands' node='preview' action='execute'/>"),
        ]
        for each in actions:
            answer = each(stream, None)
            self.assertEqual(answer.get("type"), "result", ET.tostring(answer))
            self.figures.add("requests within the unit's bounds")
        for i in range(count(300, 5000)):  # over a checkpoint or more
            contact(bob, "many%d" % i, "y" * 20000)(stream, None)
        profile("alice@example.org", "+447400123457")(stream, None)
        while not (stanza := stream.stanza()).findtext(COMPONENT + "body", "").count("123457"):
            self.assertNotEqual(stanza.get("type"), "error")

    def test_it_does_its_work_within_the_bounds_of_the_unit(self):
        names = NameService()
        self.addCleanup(names.close)
        names.records = {A: ["127.0.0.1"]}
        self.systemd.file("/etc/resolv.conf", "nameserver %s\n" % names.ADDRESS)
        self.systemd.file("/etc/nsswitch.conf", "hosts: dns\n")
        stream = self.start()
        with open("/proc/%d/status" % self.systemd.main_pid("kithd")) as file:
            status = dict(re.findall(r"^(\w+):\t(.*)$", file.read(), re.M))
        self.assertGreaterEqual(int(status["Uid"].split()[0]), 61184)  # a dynamic one
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(status["Seccomp"], "2")
        self.assertEqual({status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")},
                         {"0000000000000000"})
        self.assertEqual(int(status["Threads"]), 1)
        with open("/proc/%d/limits" % self.systemd.main_pid("kithd")) as file:
            self.assertRegex(file.read(), r"Max core file size +0 +0 ")
        self.work_out(stream)
        mode, listed = self.systemd.within("stat", "-L", "-c", "%a %n", "/var/lib/kith", "/var/lib/kith/kith.db")
        self.assertEqual((mode, listed), (0, "700 /var/lib/kith\n600 /var/lib/kith/kith.db\n"))

        # Another conf, and a server that is known by a name which is asked for.
        status, text = self.systemd.within("sh", "-c", "sed -i 's/127.0.0.1/xmpp.kith.test/; $ a name = Books' "
                                           "%s/kith.conf" % self.etc)
        self.assertEqual(status, 0, text)
        self.assertEqual(self.systemd.ctl("reload", "kithd"), (0, ""))
        self.assertTrue(stream.wait_end())
        stream.end()
        stream = self.peer.up()
        self.assertTrue(names.asked.is_set())
        self.assertEqual(self.systemd.show("kithd", "ActiveState", "SubState", "NRestarts"),
                         ["active", "running", "0"])
        self.assertEqual(stream.ask(ping("works")).get("type"), "result")

        # The admin's tool beside it, as root.
        for words in (("stats",), ("verify",), ("backup", "/run/backup.db")):
            self.assertEqual(self.systemd.within(self.kithctl, "-c", self.etc + "/kith.conf", *words)[0], 0)
        self.assertEqual(stream.ask(publish("after")).get("type"), "result")
        stream.answers = False
        self.systemd.ctl("stop", "--no-block", "kithd")
        self.assertTrue(stream.wait_end())
        stream.end()
        self.systemd.wait("kithd", "ActiveState", "inactive")
        self.assertEqual(self.systemd.show("kithd", "Result"), "success")
        self.assertNotIn("root", self.log())

        # What root does to the store meanwhile is no obstacle to the next start, nor is a restored one.
        steps = "\n".join(re.findall(r"^ {4}((?:rm|cp) .*/var/lib/kith/.*)$", guide(), re.M)[:2])
        steps = steps.replace("/var/backups/kith-$(date +%F).db", "/run/backup.db")
        self.assertIn("cp /run/backup.db /var/lib/kith/kith.db", steps)
        kithctl = "%s -c %s/kith.conf " % (self.kithctl, self.etc)
        for command in (kithctl + "erase -y bob@example.org", steps, kithctl + "verify"):
            status, text = self.systemd.within("sh", "-ec", command)
            self.assertEqual(status, 0, text)
        self.systemd.ctl("start", "--no-block", "kithd")
        stream = self.peer.up()
        self.assertEqual(stream.ask(publish("again")).get("type"), "result")
        self.assertEqual([held(stream, item) for item in ("again", "after", "many0")], [1, 0, 1])

    def test_it_comes_back_from_a_crash_and_when_the_watchdog_stops_it(self):
        self.install("kithd.service", "", "WatchdogSec=1\n")
        stream = self.start()
        for number, way in enumerate((signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP)):
            self.assertEqual(stream.ask(publish("item%d" % number)).get("type"), "result")
            os.kill(self.systemd.main_pid("kithd"), way)
            stream.close()
            stream = self.peer.up()
            self.systemd.wait("kithd", "NRestarts", str(number + 1))
            for i in range(number + 1):
                self.figures.add("lost", 1 - held(stream, "item%d" % i))
            self.figures.add("restarts")
        self.assertEqual(self.figures.values["lost"], 0)

    def test_a_faulty_conf_is_not_tried_again_and_again(self):
        self.conf("", "nonsense\n")
        self.systemd.start()
        self.assertNotEqual(self.systemd.ctl("start", "kithd")[0], 0)
        self.systemd.wait("kithd", "ActiveState", "failed")
        time.sleep(0.3)
        self.assertEqual(self.systemd.show("kithd", "NRestarts", "ExecMainStatus"), ["0", "2"])
        self.assertIn("kith.conf:1: ", self.log())

    def test_one_for_another_domain_runs_beside_it(self):
        first = self.start()
        self.peer.jid = "kith.example.net"
        self.assertEqual(self.systemd.ctl("start", "kithd@example.net"), (0, ""))
        second = self.peer.up()
        self.assertEqual(first.ask(publish("one")).get("type"), "result")
        answer = second.ask(publish("two").replace("example.org", "example.net"))
        self.assertEqual(answer.get("type"), "result")
        self.assertEqual(held(first, "two"), 0)
        status, text = self.systemd.within(self.kithctl, "-c", self.etc + "/example.net/kith.conf", "stats")
        self.assertEqual((status, re.search(r"^contacts *(\d+)$", text, re.M)[1]), (0, "1"))

    def test_what_is_on_another_machine_has_to_be_let_through(self):
        """An address of its own stands for one: here all of 127.0.0.0/8 is this machine."""
        self.install("kithd.service", "", "IPAddressAllow=\nIPAddressAllow=127.0.0.99\n")
        self.systemd.start()
        self.assertEqual(self.systemd.ctl("start", "kithd"), (0, ""))
        if "firewall" in self.systemd.log():
            self.skipTest("the kernel lets no systemd say who is talked to")
        end = time.monotonic() + count(1, 12)
        while time.monotonic() < end:
            self.assertEqual(select.select([self.peer.listener], [], [], 0.1)[0], [])
        if LONG:
            self.assertIn(re.search(r"the log says `(connect.*?)`", guide())[1], self.log())
        self.systemd.unit("kithd.service.d/zz-admin.conf", fenced("IPAddressAllow").replace("192.0.2.1", "127.0.0.1"))
        self.systemd.ctl("daemon-reload")
        self.assertEqual(self.peer.up().ask(publish("works")).get("type"), "result")

    def test_a_new_secret_takes_a_restart(self):
        """The credential is a copy, made at the start."""
        stream = self.start()
        self.peer.secret = "new"
        self.systemd.within("sh", "-c", "echo new >%s/secret" % self.etc)
        stream.reset()
        stream = self.peer.connection()
        stream.open()
        self.assertFalse(stream.handshake())
        stream.refuse("not-authorized")
        stream.wait_end()
        self.systemd.ctl("restart", "--no-block", "kithd")
        stream = self.peer.up()
        self.assertEqual(stream.ask(ping("works")).get("type"), "result")
        self.assertIn("the secret is systemd's copy, made at the start: ", self.log())
        self.figures.add("secrets rotated")
