"""The secret of the link: it is in the conf, in the one place of kithd's memory where it is needed, and
nowhere else."""
import hashlib
import os
import pathlib
import resource
import secrets
import signal
import subprocess
import sys
import unittest

from peer import Kithd, Peer, program

MARK = "Zyzzyva-" + secrets.token_hex(12)
NOBODY = 65534


def digest(stream_id):
    return hashlib.sha1((stream_id + MARK).encode()).hexdigest()


def memory_of(pid):
    """What can be read of a process, area by area."""
    with open("/proc/%d/maps" % pid) as maps, open("/proc/%d/mem" % pid, "rb", 0) as memory:
        for line in maps:
            area, mode = line.split()[:2]
            begin, end = (int(part, 16) for part in area.split("-"))
            if "r" not in mode or "[v" in line:
                continue
            try:
                memory.seek(begin)
                yield line, memory.read(end - begin)
            except (OSError, OverflowError):
                continue


class Secret(unittest.TestCase):
    figures = None

    def setUp(self):
        self.peer = Peer(secret=MARK)
        self.addCleanup(self.peer.close)

    def kithd(self, in_file, **keys):
        kithd = Kithd(self.peer, **keys)
        self.addCleanup(kithd.close)
        if in_file:
            path = os.path.join(kithd.directory.name, "secret")
            with open(path, "w") as file:
                file.write(MARK + "\n")
            os.chmod(path, 0o600)
            del kithd.keys["secret"]
            kithd.keys["secret_file"] = path
            kithd.write_conf()
        return kithd

    def assert_unseen(self, text, where, *also):
        text = text if isinstance(text, bytes) else text.encode()
        for mark in (MARK, *also):
            self.assertNotIn(mark.encode(), text, where)
        self.figures.add("places searched for the secret")

    def read_all(self, kithd, names):
        return b"".join(pathlib.Path(kithd.directory.name, name).read_bytes() for name in names)

    def test_it_is_neither_logged_nor_printed_nor_stored(self):
        for in_file in (True, False):
            kithd = self.kithd(in_file)
            for options in (("-n",), ("-n", "-d"), ("-V",), ("-h",), ("-x",)):
                self.assert_unseen("".join(kithd.run(*options)[1:]), options)
            kithd.start("-d")
            stream = self.peer.up()
            stream.ask("<iq type='get' id='1' from='alice@example.org/x' to='kith.example.org'>"
                       "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
            kithd.signal(signal.SIGHUP)
            kithd.wait_log("conf is taken over")
            for name in ("cmdline", "environ"):
                with open("/proc/%d/%s" % (kithd.process.pid, name), "rb") as file:
                    self.assert_unseen(file.read(), name)
            for command in (("stats",), ("accounts",), ("show", "alice@example.org"), ("verify",),
                            ("backup", kithd.store + ".copy"), ("changes",)):
                done = subprocess.run([program("kithctl"), "-c", kithd.conf, *command],
                                      capture_output=True)
                self.assert_unseen(done.stdout + done.stderr, command)
            # Another try, with what the server no longer takes.
            stream.reset()
            stream = self.peer.connection()
            stream.open("again")
            stream.handshake()
            stream.refuse("not-authorized")
            kithd.wait_log("not-authorized")
            files = [name for name in os.listdir(kithd.directory.name)
                     if name not in ("secret", "kith.conf")]
            self.assertIn("kith.db.copy", files)
            self.assert_unseen(self.read_all(kithd, files), files, digest("again"))
            kithd.stop()
            kithd.process = None
            self.assert_unseen("\n".join(kithd.log), "log", digest("again"))

    def test_no_fault_in_the_conf_quotes_it(self):
        faults = {"secrat = %s": "unknown key", "secret = %s\nsecret = %s": "again",
                  "secret = %s\n\t%s": "indented", "[limits]\nsecret = %s": "unknown key",
                  "[nosuch]\nsecret = %s": "unknown section", "secret : %s\nport = 1": "unknown",
                  "secret %s": "KEY = VALUE", "jid = @\nsecret = %s": "jid",
                  "secret = %s" + "x" * 300: "longer"}
        for fault, word in faults.items():
            kithd = self.kithd(False)
            with open(kithd.conf, "w") as file:
                file.write(fault.replace("%s", MARK) + "\n")
            status, out, log = kithd.run()
            self.assertEqual(status, 2, fault)
            self.assertIn(word, log)
            self.assert_unseen(out + log, fault)
        kithd = self.kithd(True)
        for text, mode in ((MARK + "\n" + MARK, 0o644), (MARK + "\0x", 0o600), (MARK * 99, 0o600)):
            with open(kithd.keys["secret_file"], "w") as file:
                file.write(text)
            os.chmod(kithd.keys["secret_file"], mode)
            status, out, log = kithd.run()
            self.assertEqual(status, 2)
            self.assert_unseen(out + log, mode)

    def assert_once(self, kithd):
        found = []
        for area, memory in memory_of(kithd.process.pid):
            found += [area] * memory.count(MARK.encode())
            self.figures.add("areas of memory searched")
        self.assertEqual(len(found), 1, found)

    def test_memory_has_it_once(self):
        """So that least is in a page that is written to the disk, or handed on by a fault."""
        if os.geteuid() != 0:
            self.skipTest("only root reads another's memory")
        for in_file in (True, False):
            kithd = self.kithd(in_file).start()
            stream = self.peer.up()
            kithd.wait_log(" is up at ")
            self.assert_once(kithd)
            kithd.signal(signal.SIGHUP)
            kithd.wait_log("conf is taken over")
            stream.ask("<iq type='get' id='1' from='alice@example.org/x' to='kith.example.org'>"
                       "<ping xmlns='urn:xmpp:ping'/></iq>")  # in a turn behind that
            self.assert_once(kithd)
            kithd.stop()

    def test_nobody_else_reads_its_memory(self):
        """Not another process of the same user either."""
        if os.geteuid() != 0:
            self.skipTest("another user is needed")
        kithd = self.kithd(False)
        for path in (kithd.directory.name, kithd.conf):
            os.chown(path, NOBODY, NOBODY)
        kithd.process = subprocess.Popen([program("kithd"), "-c", kithd.conf], user=NOBODY,
                                         group=NOBODY, extra_groups=[], stderr=subprocess.DEVNULL)
        self.peer.up()
        reader = ("import sys\n"
                  "for name in 'mem', 'environ', 'maps':\n"
                  "    try: open('/proc/%s/%s' % (sys.argv[1], name), 'rb').read(1)\n"
                  "    except PermissionError: print(name)\n")
        done = subprocess.run([sys.executable, "-c", reader, str(kithd.process.pid)], user=NOBODY,
                              group=NOBODY, extra_groups=[], capture_output=True, text=True)
        self.assertEqual(done.stdout.split(), ["mem", "environ", "maps"], done.stderr)

    def die(self, *command, **more):
        """Whether its end by a fault left a core; where there are no cores, none does."""
        process = subprocess.Popen(command, stderr=subprocess.PIPE, preexec_fn=lambda:
                                   resource.setrlimit(resource.RLIMIT_CORE, (1 << 30,) * 2), **more)
        self.addCleanup(process.stderr.close)
        yield process
        os.kill(process.pid, signal.SIGSEGV)
        status = os.waitpid(process.pid, 0)[1]
        process.returncode = -1
        self.assertTrue(os.WIFSIGNALED(status))
        yield os.WCOREDUMP(status)

    def test_it_leaves_no_core(self):
        kithd = self.kithd(True)
        end = self.die("sleep", "600", cwd=kithd.directory.name)
        next(end)
        if not next(end):
            self.skipTest("nothing leaves a core here")
        end = self.die(program("kithd"), "-c", kithd.conf, cwd=kithd.directory.name)
        next(end)
        self.peer.up()
        self.assertFalse(next(end), "kithd left a core")
        self.figures.add("cores left", 0)
