"""kithd as a process: its service manager, its log, descriptors, memory, user and end. Part of tests/promise_up.py."""

import fcntl
import os
import queue
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest

from peer import COMPONENT, PATIENCE, Kithd, Peer, program
from promise import count
from shims import Clock, Memory, together
from up_conf import contact, iq, lookup, profile, pubsub, search
from up_link import held, ping, publish

HOLDERS = count(300, 3000)


def has_systemd():
    return "libsystemd" in subprocess.run(["ldd", program("kithd")], capture_output=True,
                                          text=True).stdout


class Base(unittest.TestCase):
    figures = None

    def setUp(self):
        self.peer = Peer()
        self.addCleanup(self.peer.close)
        self.kithd = Kithd(self.peer)
        self.addCleanup(self.kithd.close)

    def assert_works(self, stream):
        self.assertEqual(stream.ask(ping("works")).get("type"), "result")


class Manager:
    """The service manager's end of sd_notify(3)."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(PATIENCE)
        self.socket.bind(self.path)

    def told(self):
        """The next message but those of the watchdog, as {name: value}."""
        end = time.monotonic() + PATIENCE
        while True:
            text = self.socket.recv(4096).decode()
            assert time.monotonic() < end, "it tells nothing but that it lives"
            if text != "WATCHDOG=1":
                return dict(line.split("=", 1) for line in text.splitlines())

    def beats(self, seconds, meanwhile=lambda: None):
        """When beats came, in so many seconds."""
        self.socket.setblocking(False)
        times, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            meanwhile()
            try:
                if b"WATCHDOG=1" in self.socket.recv(4096):
                    times.append(time.monotonic())
            except BlockingIOError:
                time.sleep(0.005)
        self.socket.settimeout(PATIENCE)
        return times

    def close(self):
        self.socket.close()


@unittest.skipUnless(has_systemd(), "built without libsystemd")
class Managed(Base):
    def setUp(self):
        super().setUp()
        self.manager = Manager(self.kithd.directory.name)
        self.addCleanup(self.manager.close)

    def start(self, watchdog_ms=200):
        self.kithd.start(NOTIFY_SOCKET=self.manager.path, WATCHDOG_USEC=str(1000 * watchdog_ms))

    def expect(self, **said):
        told = {}
        while any(key not in told for key in said):
            told.update(self.manager.told())
        for key, value in said.items():
            self.assertIn(value, told[key])
        return told

    def test_the_manager_is_told_what_it_does(self):
        self.start()
        self.expect(READY="1", STATUS="waiting for the server")
        stream = self.peer.up()
        self.expect(STATUS="attached to the server")
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self.kithd.signal(signal.SIGHUP)
        told = self.expect(RELOADING="1", MONOTONIC_USEC="", READY="1")
        self.assertLessEqual(before, int(told["MONOTONIC_USEC"]))
        stream.end()
        self.expect(STATUS="waiting for the server")
        self.kithd.signal(signal.SIGHUP)
        self.kithd.signal(signal.SIGTERM)
        self.expect(STOPPING="1")
        self.kithd.signal(signal.SIGHUP)
        self.kithd.wait()
        self.manager.socket.setblocking(False)
        with self.assertRaises(BlockingIOError):  # it isn't ready again
            self.manager.told()

    def test_one_that_stands_by_is_ready_and_says_so_and_says_when_it_takes_over(self):
        self.kithd.start()
        stream = self.peer.up()
        other = Kithd(self.peer, store="sqlite:" + self.kithd.store)
        self.addCleanup(other.close)
        other.start(NOTIFY_SOCKET=self.manager.path, WATCHDOG_USEC="200000")
        self.expect(READY="1", STATUS="standing by")
        self.assertGreater(len(self.manager.beats(3)), 1)
        self.assert_works(stream)
        self.kithd.kill()
        self.expect(STATUS="waiting for the server")
        self.assert_works(self.peer.up())
        self.expect(STATUS="attached to the server")

    def test_no_beat_comes_from_one_that_hangs(self):
        self.start()
        self.peer.up()
        self.assertGreater(len(self.manager.beats(1)), 2)
        self.kithd.signal(signal.SIGSTOP)
        self.manager.beats(0.1)
        self.assertEqual(self.manager.beats(count(1, 5)), [])
        self.kithd.signal(signal.SIGCONT)
        self.assertGreater(len(self.manager.beats(1)), 2)

    def longest_ms(self, seconds, meanwhile=lambda: None):
        began = time.monotonic()
        beats = self.manager.beats(seconds, meanwhile)
        self.assertTrue(beats)
        times = [began] + beats + [time.monotonic()]
        return max(int(1000 * (after - before)) for before, after in zip(times, times[1:]))

    def test_it_beats_under_load_and_with_a_store_that_is_locked(self):
        """The shipped unit waits 60 s."""
        self.start()
        stream = self.peer.up()
        stream.socket.setblocking(False)
        asked = "".join("<iq type='set' from='p%d@example.org/x' to='kith.example.org' id='%d'>"
                        "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:"
                        "vcard4'><item><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Name"
                        "</text></fn></vcard></item></publish></pubsub></iq>" % (i, i)
                        for i in range(100)).encode()
        at = [0]

        def load():
            for _ in range(50):
                try:
                    at[0] = (at[0] + stream.socket.send(asked[at[0]:])) % len(asked)
                except BlockingIOError:
                    break
            try:
                while stream.socket.recv(1 << 20):
                    pass
            except BlockingIOError:
                pass

        longest = self.longest_ms(count(2, 20), load)
        self.figures.set("longest without a beat, under load (ms)", longest)
        self.assertLess(longest, 30000)
        with sqlite3.connect(self.kithd.store, timeout=30, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            longest = self.longest_ms(count(7, 60), load)
            other.execute("ROLLBACK")
        self.figures.set("with a locked store", longest)
        self.assertLess(longest, 30000)


class Process(Base):
    # ---- The log
    def test_a_log_that_nobody_reads_any_more_is_no_reason_to_end(self):
        reads, writes = os.pipe()
        process = subprocess.Popen([program("kithd"), "-c", self.kithd.conf], stderr=writes)
        self.kithd.process = process
        os.close(writes)
        stream = self.peer.up()
        os.close(reads)
        process.send_signal(signal.SIGHUP)
        self.assert_works(stream)
        self.assert_works(stream)

    def test_a_log_that_nobody_reads_just_now_holds_nothing_up(self):
        reads, writes = os.pipe()
        self.addCleanup(os.close, reads)
        fcntl.fcntl(reads, fcntl.F_SETPIPE_SZ, 8192)
        self.kithd.process = process = subprocess.Popen([program("kithd"), "-c", self.kithd.conf], stderr=writes)
        os.close(writes)
        stream = self.peer.up()
        for _ in range(300):
            process.send_signal(signal.SIGHUP)
            self.assert_works(stream)
        os.read(reads, 8192)
        process.send_signal(signal.SIGHUP)
        self.assert_works(stream)
        log = os.read(reads, 8192).decode().splitlines()
        lost = re.fullmatch(r"warning: kithd: ([0-9]+) lines of the log were lost: nobody read it", log[0])
        self.assertGreater(int(lost[1]), 100)
        self.assertEqual(log[1:], ["info: kithd: the conf is taken over"])

    # ---- Descriptors
    def test_without_descriptors_it_waits_for_some(self):
        clock = Clock()
        self.addCleanup(clock.close)
        self.kithd.start(**clock.environment)
        stream = self.peer.up()
        self.assertEqual(stream.ask(publish("kept")).get("type"), "result")
        pid = self.kithd.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, before[1]))
        self.assertEqual(stream.ask(publish("without")).get("type"), "result")
        self.kithd.signal(signal.SIGHUP)
        self.kithd.wait_log("kith.conf: Too many open files")
        self.kithd.wait_log("the conf is not taken over")
        self.assert_works(stream)
        stream.reset()
        self.kithd.wait_log("next try in")
        for _ in range(3):
            clock.pass_s(60)
            self.kithd.wait_log("Too many open files; next try in")
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        clock.pass_s(60)
        stream = self.peer.up()
        self.assertEqual(held(stream, "kept") + held(stream, "without"), 2)

    # ---- Memory
    def requests(self, i):
        who, alice = "bob@example.org", "alice@example.org"
        command = "<command xmlns='http://jabber.org/protocol/commands' node='%s' action='execute'/>"
        return [
            lambda: contact(who, "item%d" % i),
            lambda: profile(alice, "+4474001%05d" % (i % 100000)),
            lambda: lookup(who),
            lambda: search(who),
            lambda: iq("set", command % "settings"),
            lambda: iq("set", command % "matters"),
            lambda: iq("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
            lambda: pubsub("get", "<items node='urn:xmpp:contacts'/>", who),
            lambda: iq("set", "<query xmlns='urn:xmpp:mam:2' node='urn:xmpp:contacts'/>"),
            lambda: iq("get", "<vCard xmlns='vcard-temp'/>", alice),
        ][i % 10]()

    def test_without_memory_it_ends_or_says_wait_and_loses_nothing(self):
        memory, clock = Memory(), Clock()
        self.addCleanup(memory.close)
        self.addCleanup(clock.close)
        acknowledged = ["first"]
        environment = together(memory, clock)

        def again():
            """The next stream, of the same process or of another."""
            memory.heal()
            self.peer.listener.settimeout(0.1)
            while True:
                if self.kithd.process.poll() is not None:
                    self.assertIn(self.kithd.wait(), (1, -signal.SIGABRT))
                    self.figures.add("ends")
                    self.kithd.start(**environment)
                try:
                    return self.peer.up()
                except (EOFError, OSError):
                    clock.pass_s(60)

        def ask(request):
            """The answer; None: there was none, though all that came behind it was answered."""
            stream.socket.settimeout(0.3)
            try:
                return request(stream, None)
            except TimeoutError:
                memory.heal()
                stream.socket.settimeout(PATIENCE)
                stream.ask(ping("fence"))
                found = [each for each in stream.ready if each.get("id") == "conf"
                         and each.get("type") in ("result", "error")]
                return found[0] if found else None

        self.kithd.sections["limits"] = {"changes_per_day": 0, "searches_per_hour": 0}
        self.kithd.write_conf()
        self.kithd.start(**environment)
        stream = self.peer.up()
        self.assertEqual(stream.ask(publish("first")).get("type"), "result")
        profile("alice@example.org", "+447400100001")(stream, None)
        for each in ("bob", "carol"):
            pubsub("set", "<publish node='urn:xmpp:contacts'><item id='alice@example.org'><vcard xmlns="
                   "'urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Alice</text></fn><tel><uri>"
                   "tel:+447400100001</uri></tel></vcard></item></publish>", each + "@example.org")(stream, None)
        for i in range(count(300, 6000)):
            many = (1, 1, 20, 100000)[i % 4]
            after = i * 7 % 211
            before = memory.made()
            memory.fail(after, many)
            try:
                answer = ask(self.requests(i))
                self.figures.add("allocations refused", max(0, min(many, memory.made() - before - after)))
                memory.heal()
                stream.ready.clear()
                if answer is None:
                    self.figures.add("unanswered")
                    self.assertGreater(many, 1)
                elif answer.get("type") == "error":
                    kind = answer.find(COMPONENT + "error").get("type")
                    self.figures.add("told to wait", kind == "wait")
                elif i % 10 == 0:
                    acknowledged.append("item%d" % i)
            except (EOFError, OSError):
                self.figures.add("links dropped")
                stream.close()
                stream = again()
        stream.socket.settimeout(PATIENCE)
        for item in acknowledged:
            self.figures.add("lost", 1 - held(stream, item))
        self.assertEqual(self.figures.values["lost"], 0)

    def test_a_start_without_memory_is_no_fault_of_the_conf(self):
        """After which the unit would not start it again."""
        memory = Memory()
        self.addCleanup(memory.close)
        refused = 0
        for after in range(count(100, 1000)):
            memory.fail(after, 1)
            status, _, log = self.kithd.run("-n", **memory.environment)
            if status:
                refused += 1
                self.assertEqual(status, 1, log)
                self.assertRegex(log, "no memory|out of memory|Cannot allocate memory")
        self.assertGreater(refused, 10)
        self.figures.add("starts without memory", refused)

    # ---- The user
    def test_it_warns_when_it_runs_as_root_and_runs_as_nobody(self):
        if os.geteuid():
            self.skipTest("only root can become another")
        self.kithd.start()
        self.kithd.wait_log("runs as root")
        self.peer.up()
        self.kithd.kill()
        with tempfile.TemporaryDirectory(prefix="kith-nobody-") as directory:
            os.chmod(directory, 0o755)
            shutil.copy(program("kithd"), directory)
            for path in (self.kithd.directory.name, self.kithd.conf, self.kithd.store):
                shutil.chown(path, "nobody", "nogroup")
            for name in os.listdir(self.kithd.directory.name):
                shutil.chown(os.path.join(self.kithd.directory.name, name), "nobody", "nogroup")
            self.kithd.command = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
                                  "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all",
                                  os.path.join(directory, "kithd")]
            self.kithd.log.clear()
            self.kithd.start()
            stream = self.peer.up()
            self.assertEqual(stream.ask(publish("x")).get("type"), "result")
            self.kithd.wait_log("is up at")
            self.assertNotIn("root", "\n".join(self.kithd.log))
            with open("/proc/%d/status" % self.kithd.process.pid) as file:
                status = file.read()
            self.assertIn("CapEff:\t0000000000000000", status)
            self.kithd.kill()

    # ---- A run
    def hold(self, stream):
        """Many have the card of Alice, whose number then changes from 1 to 2."""
        profile("alice@example.org", "+447400100001")(stream, None)
        for i in range(HOLDERS):
            pubsub("set", "<publish node='urn:xmpp:contacts'><item id='alice@example.org'><vcard "
                   "xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Alice</text></fn><tel><uri>"
                   "tel:+447400100001</uri></tel></vcard></item></publish>",
                   "h%d@example.org" % i)(stream, None)

    def told(self, stream, number, told):
        """Takes a stanza."""
        stanza = stream.stanza()
        if number in (stanza.findtext(COMPONENT + "body") or ""):
            told.add(stanza.get("to"))
        return stanza

    def test_a_run_without_memory_for_its_pushes_comes_to_its_end(self):
        memory, clock = Memory(), Clock()
        self.addCleanup(memory.close)
        self.addCleanup(clock.close)
        self.kithd.sections["limits"] = {"changes_per_day": 0, "push_per_holder": 1000}
        self.kithd.write_conf()
        with clock.hurry():
            self.runs(memory, together(memory, clock))

    def runs(self, memory, environment):
        for i in range(count(12, 60)):
            memory.heal()
            self.kithd.start(**environment)
            stream = self.peer.up()
            if i == 0:
                self.hold(stream)
            number = "+44 7400 1%05d" % (100 + i)
            made = memory.made()
            memory.fail(after=i, count=1, least=16384)
            change = ("<iq type='set' from='alice@example.org/x' to='kith.example.org' id='change'><pubsub "
                      "xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:vcard4'><item>"
                      "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Alice</text></fn><tel>"
                      "<uri>tel:%s</uri></tel></vcard></item></publish></pubsub></iq>"
                      % number.replace(" ", ""))
            stream.send(change)
            told = set()
            while len(told) < HOLDERS:
                try:
                    stanza = self.told(stream, number, told)
                    if stanza.get("id") == "change" and stanza.get("type") == "error":
                        stream.send(change)
                except (EOFError, ConnectionError):
                    self.figures.add("links dropped")
                    stream = self.peer.up()
                    stream.send(change)  # it may have been lost
            self.figures.add("allocations refused", memory.made() - made > i)
            self.kithd.signal(signal.SIGTERM)
            stream.wait_end()
            stream.end()
            self.assertEqual(self.kithd.wait(), 0)

    # ---- The end
    def test_it_stops_in_the_middle_of_a_run_and_ends_that_later(self):
        self.kithd.start()
        stream = self.peer.up()
        self.hold(stream)
        stops = 0
        told = set()
        profile("alice@example.org", "+447400100002")(stream, None)
        while len(told) < HOLDERS:
            self.told(stream, "100002", told)
            if stops < 3 and len(told) > (stops + 1) * HOLDERS // 5:
                self.kithd.signal(signal.SIGTERM)
                self.assertTrue(stream.wait_end())
                stream.end()
                self.assertEqual(self.kithd.wait(), 0)
                told.update(stanza.get("to") for stanza in stream.ready
                            if "100002" in (stanza.findtext(COMPONENT + "body") or ""))
                self.kithd.start()
                stream = self.peer.up()
                stops += 1
        self.figures.add("stops", stops)
        with self.assertRaises(queue.Empty):
            self.kithd.wait_log("error:", patience=0.05)
