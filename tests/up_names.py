"""kithd with a server that is known by name, and a name service that the test plays. Part of tests/promise_up.py."""

import os
import queue
import signal
import socket
import struct
import subprocess
import threading
import time
import unittest

from peer import PATIENCE, Kithd, Peer, program
from shims import Clock
from up_link import ping

A, AAAA = 1, 28


class NameService:
    """A resolver (RFC 1035) on an address of the loopback range of its own."""

    ADDRESS = "127.0.53.%d" % (os.getpid() % 250 + 2)

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((self.ADDRESS, 53))
        self.records = {}  # type: addresses; without any it fails
        self.is_silent = False
        self.asked = threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                question, client = self.socket.recvfrom(4096)
            except OSError:
                return
            if not question:
                return
            self.asked.set()
            if not self.is_silent:
                self.socket.sendto(self._answer(question), client)

    def _answer(self, question):
        end = 12
        while question[end]:
            end += question[end] + 1
        kind = struct.unpack_from("!H", question, end + 1)[0]
        found = self.records.get(kind, [])
        head = struct.pack("!2sHHHHH", question[:2], 0x8180 | (0 if self.records else 2), 1,
                           len(found), 0, 0)
        family = socket.AF_INET if kind == A else socket.AF_INET6
        return head + question[12:end + 5] + b"".join(
            b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(data)) + data
            for data in (socket.inet_pton(family, address) for address in found))

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it wakes the one who reads all the same
        self.thread.join()
        self.socket.close()


class Names(unittest.TestCase):
    figures = None

    def setUp(self):
        tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, text=True)
        if tried.returncode:
            self.skipTest("no name service can be another's here: " + tried.stderr.strip())
        self.names = NameService()
        self.addCleanup(self.names.close)
        self.clock = Clock()
        self.addCleanup(self.clock.close)
        self.peer = Peer()
        self.addCleanup(self.peer.close)
        self.kithd = Kithd(self.peer, server="xmpp.kith.test:%d" % self.peer.port)
        self.addCleanup(self.kithd.close)
        self.write("resolv.conf", "nameserver %s\noptions timeout:30 attempts:5\n"
                   % self.names.ADDRESS)
        self.write("nsswitch.conf", "hosts: dns\n")
        self.write("kithd", "#!/bin/sh\ncd '%s' && mount --bind resolv.conf /etc/resolv.conf && "
                   "mount --bind nsswitch.conf /etc/nsswitch.conf && export $SHIM && exec '%s' \"$@\"\n"
                   % (self.kithd.directory.name, program("kithd")))
        os.chmod(self.path("kithd"), 0o700)

    def path(self, name):
        return os.path.join(self.kithd.directory.name, name)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)

    def start(self, **environment):
        """In a mount namespace of its own, where its resolver is ours."""
        shim = " ".join("%s=%s" % item for item in self.clock.environment.items())
        self.kithd.command = ["unshare", "--mount", self.path("kithd")]
        self.kithd.start(SHIM=shim, **environment)

    def assert_works(self, stream):
        self.assertEqual(stream.ask(ping("works")).get("type"), "result")
        self.figures.add("names found")

    def retry(self, log="next try in"):
        self.kithd.wait_log(log)
        self.clock.pass_s(60)

    def test_a_name_service_that_is_gone_comes_back(self):
        self.start()
        self.retry()  # SERVFAIL
        self.names.records = {AAAA: []}
        self.retry()  # no such name
        self.names.records = {A: ["127.0.0.1"]}
        self.clock.pass_s(60)
        stream = self.peer.up()
        self.assert_works(stream)
        self.names.records = {}
        stream.reset()
        self.retry()
        self.retry()
        self.names.records = {A: ["127.0.0.1"]}
        self.clock.pass_s(60)
        self.assert_works(self.peer.up())

    def test_addresses_are_asked_for_anew_at_each_attempt_and_all_are_tried(self):
        self.names.records = {A: ["127.0.0.99"]}
        self.start()
        self.retry("Connection refused")
        self.names.records = {A: ["127.0.0.98", "127.0.0.1"], AAAA: ["::1"]}
        stream = self.peer.up()
        self.assert_works(stream)
        self.names.records = {A: ["127.0.0.97"] * 3 + ["127.0.0.1"], AAAA: ["::1", "::1"]}
        stream.reset()
        self.retry()
        self.assert_works(self.peer.up())

    def test_a_silent_name_service_holds_nothing_up(self):
        self.names.is_silent = True
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(notify.close)
        notify.settimeout(PATIENCE)
        notify.bind(self.path("notify"))
        self.start(NOTIFY_SOCKET=self.path("notify"), WATCHDOG_USEC="200000")
        self.assertTrue(self.names.asked.wait(PATIENCE))
        beats = 0
        while beats < 3:  # it says that it lives
            beats += b"WATCHDOG=1" in notify.recv(4096)
        self.clock.pass_s(31)
        self.kithd.wait_log("the name service doesn't answer")
        ends = 1
        while ends < 7:  # however often: no pile of questions
            self.clock.pass_s(61)
            try:
                self.kithd.wait_log("next try in", patience=0.05)
                ends += 1
            except queue.Empty:
                pass
        tasks = len(os.listdir("/proc/%d/task" % self.kithd.process.pid))
        self.figures.set("threads with a silent name service", tasks)
        self.assertLessEqual(tasks, 5)
        self.kithd.keys["server"] = "127.0.0.1:%d" % self.peer.port
        self.kithd.write_conf()
        self.kithd.signal(signal.SIGHUP)
        self.assert_works(self.peer.up())

    def test_it_stops_at_once_though_the_name_service_is_silent(self):
        self.names.is_silent = True
        self.start()
        self.assertTrue(self.names.asked.wait(PATIENCE))
        began = time.monotonic()
        self.kithd.signal(signal.SIGTERM)
        self.assertEqual(self.kithd.wait(), 0)
        self.figures.set("stop with a silent name service (ms)",
                         int(1000 * (time.monotonic() - began)))
