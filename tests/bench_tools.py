"""What the parts of tests/bench share: the scripted server as an object, processes that are measured,
plans of requests, and how even the machine runs."""
import os
import pathlib
import random
import re
import subprocess
import tempfile
import threading
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("KITH_BUILD", TOP / "build/bench"))
SERVICE = "kith.example.org"
DOMAIN = "example.org"
CONTACTS = 10  # of each account
ID = "~" * 10  # where the scripted server puts the id
PATIENCE_S = 60  # until a process counts as never ready
WAL_LOOK_S = 0.02

NS_PUBSUB = "http://jabber.org/protocol/pubsub"
NS_RSM = "http://jabber.org/protocol/rsm"


class Failed(Exception):
    """Something can't be measured; its words say why."""


# ---- The world that tests/bench_world.c makes
CONSONANTS, VOWELS = "bcdfghjklmnprstvwxyz", "aeiou"


def syllable(k):
    return CONSONANTS[k // 5] + VOWELS[k % 5]


def names(i):
    k, f = i % 1000, i % 20000
    given = syllable(k % 100) + syllable(k // 100 % 100) + "no"[k // 100 % 2]
    return given, syllable(f % 100) + syllable(f // 100 % 100) + ("ck" if f >= 10000 else "rt")


def jid(i, domain=DOMAIN):
    return f"u{i:07d}@{domain}"


def number(i, change=0):
    if change == 0:
        return f"+4473{i:08d}"
    # It ends otherwise than the first one, as new numbers do.
    return f"+447{1 + change % 2}{(i + change * 7654321) % 100000000:08d}"


def card(about, i, change=0, note=""):
    given, family = names(i)
    note = f"<note><text>{note}</text></note>" if note else ""
    return (f"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>{given} {family}</text></fn>"
            f"<n><surname>{family}</surname><given>{given}</given><additional/><prefix/><suffix/></n>"
            f"<email><text>{about}</text></email><tel><parameters><type><text>cell</text></type>"
            f"</parameters><uri>tel:{number(i, change)}</uri></tel><impp><uri>xmpp:{about}</uri>"
            f"</impp>{note}</vcard>")


def contact_of(i, which, accounts):
    """The account that contact `which` (from 1) of account i is about."""
    return (i + which * (accounts // (CONTACTS + 1))) % accounts


# ---- Stanzas of plans
def iq(kind, sender, content, service=SERVICE):
    """sender None: the stream's own."""
    sender = f" from='{sender}/bench'" if sender else ""
    return f"<iq type='{kind}' id='{ID}'{sender} to='{service}'>{content}</iq>"


def items(node, item):
    return f"<pubsub xmlns='{NS_PUBSUB}'><items node='{node}'><item id='{item}'/></items></pubsub>"


def publish(node, item, payload):
    return (f"<pubsub xmlns='{NS_PUBSUB}'><publish node='{node}'><item id='{item}'>{payload}</item>"
            "</publish></pubsub>")


def page(node, after, most=50):
    after = f"<after>{after}</after>" if after else ""
    return (f"<pubsub xmlns='{NS_PUBSUB}'><items node='{node}'/>"
            f"<set xmlns='{NS_RSM}'><max>{most}</max>{after}</set></pubsub>")


class World:
    """Requests about a store of so many accounts; always the same for the same seed."""

    def __init__(self, accounts, domain=DOMAIN, service=SERVICE, is_client=False):
        self.accounts, self.domain, self.service = accounts, domain, service
        self.is_client = is_client  # all requests come from account 0
        self.chance = random.Random(6)

    def _iq(self, kind, i, content):
        return iq(kind, None if self.is_client else jid(i, self.domain), content, self.service)

    def _pair(self):
        i = 0 if self.is_client else self.chance.randrange(self.accounts)
        return i, contact_of(i, self.chance.randrange(CONTACTS) + 1, self.accounts)

    def pings(self, count):
        return [self._iq("get", self._pair()[0], "<ping xmlns='urn:xmpp:ping'/>")
                for _ in range(count)]

    def profile_reads(self, count):
        return [self._iq("get", i, items("urn:xmpp:vcard4", jid(other, self.domain)))
                for i, other in (self._pair() for _ in range(count))]

    def item_reads(self, count):
        return [self._iq("get", i, items("urn:xmpp:contacts", jid(other, self.domain)))
                for i, other in (self._pair() for _ in range(count))]

    def contact_changes(self, count, mark="a"):
        """Of contacts that are there; each other in its number, all in their note."""
        return [self._iq("set", i, publish(
                    "urn:xmpp:contacts", jid(other, self.domain),
                    card(jid(other, self.domain), other, n % 2 and 1 + n % 7, f"{mark}{n}")))
                for n, (i, other) in enumerate(self._pair() for _ in range(count))]

    def contact_additions(self, count):
        """The book has none of them yet: item ids are UIDs."""
        return [self._iq("set", i, publish(
                    "urn:xmpp:contacts", f"urn:uuid:{self.chance.getrandbits(128):032x}",
                    card(jid(other, self.domain), other)))
                for i, other in (self._pair() for _ in range(count))]

    def number_change(self, star, change):
        who = f"star{star}@{self.domain}"
        return iq("set", who, publish(
            "urn:xmpp:vcard4", "current", card(who, self.accounts + star, change)), self.service)

    def book_pages(self, book, count, size=50):
        """The whole of a book of UIDs, `count` times."""
        pages = [iq("get", f"book{book}@{self.domain}", page(
            "urn:xmpp:contacts", f"urn:uuid:{at - 1:08d}" if at else None, size), self.service)
            for at in range(0, book, size)]
        return pages * count

    def searches(self, count, letters):
        """By the first letters of a family name."""
        found = []
        for _ in range(count):
            i = self.chance.randrange(self.accounts)
            last = names(self.chance.randrange(self.accounts))[1][:letters]
            found.append(self._iq("set", i, "<query xmlns='jabber:iq:search'>"
                                  f"<last>{last}</last></query>"))
        return found


# ---- The scripted server
class Run(dict):
    """The figures of one run, all numbers."""

    def cpu_us(self, per=None, pid=0):
        return self[f"cpu{pid}_ns"] / 1000 / max(1, self["answers"] if per is None else per)

    def rate(self, count=None):
        return (self["answers"] if count is None else count) / max(1, self["us"]) * 1e6


class Server:
    """tests/bench_server.c. As a client where user is given."""

    def __init__(self, user=None, domain=None, password=None, port=0):
        words = ["component", str(port)]
        if user:
            words = ["client", str(port), domain, user, password]
        self.process = subprocess.Popen([str(BUILD / "tests/bench_server"), *words], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=1)
        self.plan_file = None
        first = self._line()
        self.port = int(first.get("port", 0))

    def _read(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failed("the stream was lost")
        return line.rstrip("\n")

    def _line(self):
        word, *figures = self._read().split(" ")
        if word in ("failed", "down"):
            raise Failed(" ".join([word, *figures]))
        return Run((name, int(value)) for name, value in (f.split("=") for f in figures if "=" in f))

    def tell(self, *words):
        self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()
        return self._line()

    def up(self):
        return self.tell("up")

    def pids(self, *pids):
        self.tell("pids", *pids)

    def plan(self, stanzas):
        with tempfile.NamedTemporaryFile("w", suffix=".plan", dir=scratch()) as file:
            file.writelines(stanza + "\n" for stanza in stanzas)
            file.flush()
            return self.tell("plan", file.name)["count"]

    def run(self, stanzas=None, **order):
        if stanzas is not None:
            self.plan(stanzas)
        done = self.tell("run", *(f"{name}={value}" for name, value in order.items()))
        if done["errors"]:
            raise Failed(f"{done['errors']} of {done['answers']} answers are errors")
        return done

    def ask(self, stanza):
        """What comes until a stanza with id='ask' is answered, each as text."""
        self.process.stdin.write(f"ask {stanza}\n")
        self.process.stdin.flush()
        got = []
        while (line := self._read()) != "asked":
            if line.startswith("got "):
                got.append(line[4:])
            elif not line.startswith("got"):
                got[-1] += "\n" + line
        return got

    def close(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE_S)


# ---- Processes
class Measured:
    """A program that is measured, in a directory of its own."""

    def __init__(self, words, directory, **environment):
        self.log = pathlib.Path(directory) / "log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [str(word) for word in words], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=directory, env={**os.environ, **environment})
        self.pid = self.process.pid

    def tail(self):
        return self.log.read_text(errors="replace")[-2000:]

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self):
        self.process.kill()
        self.process.wait()


def peak_mib(pid):
    """The most memory that a process had so far."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


def forget_peak(pid):
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


class Watch:
    """How large a file gets while something goes on, in MiB."""

    def __init__(self, path):
        self.path, self.most, self.is_over = path, 0, threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)

    def _look(self):
        while not self.is_over.wait(WAL_LOOK_S):
            try:
                self.most = max(self.most, os.stat(self.path).st_size)
            except FileNotFoundError:
                pass

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()

    def mib(self):
        return self.most / 1048576


_scratch = None


def scratch():
    """Where all data of the bench is; it goes with the program. KITH_BENCH_DIR says below what."""
    global _scratch
    if _scratch is None:
        _scratch = tempfile.TemporaryDirectory(
            prefix="kith-bench-", dir=os.environ.get("KITH_BENCH_DIR"))
    return pathlib.Path(_scratch.name)


def forget_scratch():
    if _scratch is not None:
        _scratch.cleanup()


# ---- The machine
def _ticks():
    with open("/proc/stat") as file:
        return [int(word) for word in file.readline().split()[1:]]


class Machine:
    """Whether other programs took the processors meanwhile: its words go under the table."""

    def __init__(self):
        self.looks = []
        self.began = _ticks()

    def look(self):
        """The same work again and again: how long it takes says how even the machine runs."""
        server = Server()
        self.looks.append(server.tell("calibrate"))
        server.close()

    def words(self, own_cpu_s):
        now = _ticks()
        delta = [b - a for a, b in zip(self.began, now)]
        total, idle, steal = sum(delta), delta[3] + delta[4], delta[7]
        busy_s = (total - idle) / os.sysconf("SC_CLK_TCK")
        least = min(look["least_us"] for look in self.looks)
        medians = [look["median_us"] / least for look in self.looks]
        most = max(look["most_us"] for look in self.looks) / least
        return ("machine: {} processors, load {:.1f} {:.1f} {:.1f}, steal {:.1f} %, {:.0f} s of CPU "
                "used by others; a calibration loop took {} of its least ({:.1f} at most)".format(
                    os.cpu_count(), *os.getloadavg(), 100 * steal / max(1, total),
                    max(0, busy_s - own_cpu_s),
                    ", ".join(f"{median:.2f}" for median in medians), most))


def say(text):
    """Progress."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)
