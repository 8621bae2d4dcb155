"""What tests/bench measures of kithd, with the scripted server as its only peer."""
import os
import re
import subprocess
import time

from bench_tools import (BUILD, DOMAIN, SERVICE, Failed, Measured, Server, Watch, World, card,
                         forget_peak, iq, peak_mib, publish, say, scratch)

CONF = """\
jid = {service}
server = 127.0.0.1:{port}
secret = bench
store = sqlite:{store}
domains = {domain}
region = GB
{preset}
[limits]
push_per_holder = 1000
{rates}
"""
# As high as can be, but counted.
RATES = "".join(f"{name} = 1000000\n{name}_in_all = 100000000\n" for name in (
    "changes_per_day", "lookups_per_hour", "searches_per_hour", "shares_per_hour",
    "writes_per_hour"))
BOOK, LARGE_BOOK = 1000, 10000
READS_MEANWHILE = 500  # a second, while a fan-out goes on
READS_LEAST = 100      # of them, to say anything
SLOW_BYTES = 10000     # a second, that a slow server reads


class Kith:
    """kithd on a store of so many accounts, attached to a scripted server of its own."""

    def __init__(self, directory, accounts, stars=(), domain=DOMAIN):
        self.directory, self.accounts, self.domain = directory, accounts, domain
        self.directory.mkdir(parents=True, exist_ok=True)
        self.store = self.directory / "kith.db"
        self.conf = self.directory / "kith.conf"
        self.process = None
        self.filled = self._fill(stars)
        self.server = Server()

    def _fill(self, stars):
        done = subprocess.run(
            [str(word) for word in (
                BUILD / "tests/bench_fill", self.store, self.domain, self.accounts, 10,
                *(f"star={star}" for star in stars), f"book={BOOK}", f"book={LARGE_BOOK}")],
            stdout=subprocess.PIPE, text=True, check=True)
        figures = dict(word.split("=") for word in done.stdout.split())
        say(f"filled: {self.accounts} accounts, {10 * self.accounts} contacts in "
            f"{figures['seconds']} s ({figures['cpu_s']} s of CPU), "
            f"{os.stat(self.store).st_size / 1048576:.0f} MiB")
        return float(figures["seconds"])

    def start(self, preset=""):
        """Until the server has accepted it; in ms."""
        self.conf.write_text(CONF.format(service=SERVICE, port=self.server.port, store=self.store,
                                         domain=self.domain, preset=preset, rates=RATES))
        self.conf.chmod(0o600)
        began = time.monotonic()
        self.process = Measured([BUILD / "kithd", "-c", self.conf], self.directory)
        self.server.up()
        took = 1000 * (time.monotonic() - began)
        self.server.pids(self.process.pid)
        return took

    def stop(self):
        self.process.stop()

    def restart(self, preset=""):
        self.stop()
        return self.start(preset)

    def watch(self):
        return Watch(f"{self.store}-wal")

    def close(self):
        if self.process:
            self.process.kill()
        self.server.close()
        for file in self.directory.iterdir():
            file.unlink()


class Figure:
    """One line of the table of operations."""

    def __init__(self, name, run=None, count=None, per=None, **others):
        """count: operations, where answers aren't; per: what one is, where that differs."""
        self.name, self.others = name, others
        if run is not None:
            count = run["answers"] if count is None else count
            self.rate, self.cpu_us = run.rate(count), run.cpu_us(count)
            self.p50_us, self.p99_us = run["p50_ns"] / 1000, run["p99_ns"] / 1000
            self.own_us = run["own_us"] / max(1, count)
        self.per = per


class Work:
    """The operations at one size. counts: scale of the counts (1: in full)."""

    def __init__(self, kith, scale):
        self.kith, self.scale = kith, scale
        self.world = World(kith.accounts)
        self.figures = {}
        self.changes = {}  # of each star

    def _count(self, full):
        return max(64, int(full * self.scale))

    def _note(self, key, name, *words, **others):
        figure = Figure(name, *words, **others)
        figure.others["rss_mib"] = peak_mib(self.kith.process.pid)
        self.figures[key] = figure
        return figure

    def _run(self, key, name, stanzas, in_flight=64, warm=0.1, group=1):
        """Requests with answers; a part of them goes before, unmeasured."""
        server = self.kith.server
        cold = max(group, int(len(stanzas) * warm) // group * group)
        server.run(stanzas[:cold], in_flight=in_flight, group=group)
        forget_peak(self.kith.process.pid)
        with self.kith.watch() as wal:
            run = server.run(stanzas[cold:], in_flight=in_flight, group=group)
        return self._note(key, name, run, count=run["answers"] // group, wal_mib=wal.mib())

    def reads(self):
        count = self._count(200000)
        self._run("ping", "ping", self.world.pings(count))
        self._run("profile", "profile read", self.world.profile_reads(count))
        self._run("profile1", "profile read, 1 in flight",
                  self.world.profile_reads(count // 20), in_flight=1)
        self._run("item", "book item read", self.world.item_reads(count))
        books = max(2, int(200 * self.scale))
        self._run("book", "whole book of 1,000, paged", self.world.book_pages(BOOK, books),
                  in_flight=4, group=BOOK // 50)

    def sync(self):
        who = f"book{LARGE_BOOK}@{DOMAIN}"
        query = ("<query xmlns='urn:xmpp:mam:2' node='urn:xmpp:contacts'>"
                 "<set xmlns='http://jabber.org/protocol/rsm'><max>50</max>{}</set></query>")
        got = self.kith.server.ask(
            iq("set", who, query.format("<before/>")).replace("~" * 10, "ask"))
        last = re.search("<last>(.*?)</last>", got[-1])
        if not last:
            raise Failed(f"no archive id: {got[-1]}")
        for n in range(10):
            item = f"urn:uuid:{n * 700:08d}"
            self.kith.server.ask(iq("set", who, publish(
                "urn:xmpp:contacts", item, card(item, n * 700, 1))).replace("~" * 10, "ask"))
        stanza = iq("set", who, query.format(f"<after>{last[1]}</after>"))
        self._run("sync", "sync of 10 changes in a book of 10,000",
                  [stanza] * self._count(20000))

    def writes(self):
        count = self._count(50000)
        self._run("publish", "contact publish: changed", self.world.contact_changes(count))
        self._run("publish1", "contact publish: changed, 1 in flight",
                  self.world.contact_changes(count // 20, "b"), in_flight=1)
        self._run("added", "contact publish: new", self.world.contact_additions(count))

    def fanout(self, star, rate=0):
        """A change of a star; rate: of reads meanwhile."""
        kith, name = self.kith, f"fan-out to {star:,} links"
        self.changes[star] = self.changes.get(star, 0) + 1
        plan = [self.world.number_change(star, self.changes[star])]
        plan += self.world.profile_reads(20000 if rate else 64)
        forget_peak(kith.process.pid)
        with kith.watch() as wal:
            run = kith.server.run(plan, chats=star, trigger=1, rate=rate, seconds=600)
        kith.server.tell("wait", 0.3)  # the end of the run
        if run["chats"] < star:
            raise Failed(f"{run['chats']} pushes of {star}")
        if rate and run["answers"] >= READS_LEAST:
            figure = self._note(f"meanwhile{star}", f"profile reads during a {name}", run,
                                wal_mib=wal.mib())
            figure.cpu_us = None  # most of it is the fan-out's
        elif not rate:
            self._note(f"fanout{star}", f"{name}, a link", run, count=star, wal_mib=wal.mib())
        return run

    def slow_server(self, star, seconds):
        """Memory while the server reads next to nothing of a fan-out."""
        kith = self.kith
        self.changes[star] = self.changes.get(star, 0) + 1
        forget_peak(kith.process.pid)
        kith.server.tell("read_rate", SLOW_BYTES)
        with kith.watch() as wal:
            run = kith.server.run([self.world.number_change(star, self.changes[star])] * 2,
                                  chats=star, trigger=1, seconds=seconds)
            self._note("slow", f"fan-out to {star:,} links at {SLOW_BYTES // 1000} kB/s",
                       wal_mib=wal.mib(), bytes=run["bytes"])
        kith.server.tell("read_rate", 0)
        kith.process.kill()
        kith.server.tell("wait", 0.1)

    def searches(self):
        """Where everybody may be found."""
        self.kith.restart(preset="preset = company")
        count = self._count(4000)
        self._run("search", "search by a name's beginning, few found",
                  self.world.searches(count, 4))
        self._run("search2", "search by two letters", self.world.searches(max(64, count // 40), 2))

    def reconnects(self):
        server, took = self.kith.server, []
        for _ in range(3):
            server.tell("cut")
            took.append(server.up()["us"] / 1000)
        self._note("reconnect", "reconnect", ms=sorted(took)[1])

    def start(self):
        took = [self.kith.start()]
        for _ in range(2):
            took.append(self.kith.restart())
        self._note("start", "start", ms=max(took))

    def all(self, stars, slow_seconds):
        self.start()
        self.reads()
        self.sync()
        for star in stars:
            self.fanout(star)
            self.fanout(star, READS_MEANWHILE)
        self.writes()
        self.reconnects()
        self.searches()
        self.kith.restart()
        self.slow_server(stars[-1], slow_seconds)
        return self.figures


def measure(accounts, stars, scale, slow_seconds):
    """All work at one size: the figures by key, and how long the filling took."""
    say(f"Kith at {accounts:,} accounts")
    kith = Kith(scratch() / f"kith-{accounts}", accounts, stars)
    try:
        return Work(kith, scale).all(stars, slow_seconds), kith.filled
    except Failed as failure:
        raise Failed(f"Kith at {accounts:,} accounts: {failure}: "
                     f"{kith.process.tail() if kith.process else ''}") from failure
    finally:
        kith.close()
