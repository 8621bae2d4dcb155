#!/usr/bin/python3
"""Measures all, and prints one table; run by tests/bench, which sets up what it needs."""
import argparse
import resource
import sys
import time

import bench_count
import bench_kith
import bench_others
from bench_tools import Failed, Machine, forget_scratch, say

PEERS = ("slixmpp", "@xmpp/component", "prosody", "ejabberd", "radicale")
OPERATION = "{:48} {:>9} {:>9} {:>10} {:>10} {:>7} {:>7}  {}"
LINE = "{:52} {:>9} {:>9} {:>6}" + " {:>15}" * len(PEERS)


def number(value):
    if value is None:
        return "-"
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def own_cpu_s():
    """Of the bench and what it started, as far as that has ended."""
    return sum(usage.ru_utime + usage.ru_stime for usage in map(
        resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


class Table:
    """The figures of a run, and how they are shown."""

    def __init__(self, sizes, stars):
        self.sizes, self.stars = sizes, stars
        self.kith = {}  # by size and key
        self.filled = {}
        self.others = {name: {} for name in PEERS}
        self.through = {}
        self.missing = {}
        self.instructions, self.kept = {}, {}
        self.lines = []

    # ---- Each operation
    def show_operations(self, title, figures):
        print(f"\n{title}")
        print(OPERATION.format("operation", "a second", "CPU us", "p50 us", "p99 us", "RSS MiB",
                               "WAL MiB", ""))
        for figure in figures.values():
            others = dict(figure.others)
            rss, wal = others.pop("rss_mib", None), others.pop("wal_mib", None)
            print(OPERATION.format(
                figure.name, *(number(getattr(figure, name, None) or None) for name in (
                    "rate", "cpu_us", "p50_us", "p99_us")), number(rss), number(wal or None),
                ", ".join(f"{name} {number(value)}" for name, value in others.items())))

    def show_instructions(self):
        print("\ninstructions of one operation (the same on every run)")
        for name, value in self.instructions.items():
            before = self.kept.get(name)
            print(f"  {name:30} {value:>12,}" + (f"   {value / before:6.3f} of what is kept"
                                                if before else ""))

    def show_through(self):
        print("\nthrough a real server, from a client of it, 64 in flight: CPU us of each request")
        for server, runs in self.through.items():
            for name, run in runs.items():
                its, ours = run.cpu_us(pid=0), run.cpu_us(pid=1)
                print(f"  {server:10} {name:18} {server} {its:7.1f}, kithd {ours:6.1f}: "
                      f"{100 * ours / (its + ours):4.1f} % are ours; {run.rate():,.0f} a second")

    # ---- The one table
    def value(self, size, key, name):
        figure = self.kith.get(size, {}).get(key)
        if figure is None:
            return None
        return getattr(figure, name, None) or figure.others.get(name)

    def line(self, work, reach, kith, peers=None, is_rate=False):
        """peers: their values by name, of the same measure. is_rate: more is better."""
        cells = []
        for name in PEERS:
            value = (peers or {}).get(name)
            times = None
            if value and kith:
                times = kith / value if is_rate else value / kith
            cells.append("-" if not value else f"{number(value)} (x{times:.1f})" if times
                         else number(value))
        ratio = "-"
        if reach and kith:
            ratio = f"{reach / kith if is_rate else kith / reach:.2f}"
        self.lines.append(LINE.format(work, number(reach), number(kith), ratio, *cells))

    def of_peers(self, key, name, renamed=None):
        return {peer: getattr(figures[found], name) for peer, figures in self.others.items()
                if (found := (renamed or {}).get(peer, key)) in figures}

    def make(self):
        sizes = [size for size in self.sizes if size in self.kith]
        if not sizes:
            return
        least, most = sizes[0], sizes[-1]
        main = sizes[-2] if len(sizes) > 1 else least
        writes = {"prosody": "write", "ejabberd": "write"}
        self.line("profile read, 64 in flight: CPU us", 6, self.value(main, "profile", "cpu_us"),
                  self.of_peers("profile", "cpu_us"))
        self.line("book item read: CPU us", None, self.value(main, "item", "cpu_us"),
                  self.of_peers("item", "cpu_us"))
        self.line("whole book of 1,000, paged: CPU us", None, self.value(main, "book", "cpu_us"),
                  self.of_peers("book", "cpu_us"))
        self.line("sync of 10 changes in a book of 10,000: CPU us", None,
                  self.value(main, "sync", "cpu_us"))
        self.line("contact publish, durable, 64 in flight: CPU us", 40,
                  self.value(main, "publish", "cpu_us"),
                  self.of_peers("publish", "cpu_us", writes))
        one, many = (self.value(main, key, "rate") for key in ("publish1", "publish"))
        self.line("  its rate: times that of one commit each", 8,
                  many / one if one and many else None, is_rate=True)
        self.line("  its rate: a second", None, many, self.of_peers("publish", "rate", writes),
                  is_rate=True)
        for size in sizes:
            for star in self.stars[size]:
                reach = {100000: 50000, 1000000: 25000}.get(size) if star == 100000 else None
                peers = star == self.peer_star and size == main  # where they were measured
                key = f"fanout{star}"
                self.line(f"fan-out to {star:,} of {size:,} accounts: a second", reach,
                          self.value(size, key, "rate"),
                          self.of_peers("fanout", "rate") if peers else None, is_rate=True)
                self.line("  a link: CPU us", None, self.value(size, key, "cpu_us"),
                          self.of_peers("fanout", "cpu_us") if peers else None)
                p99 = self.value(size, f"meanwhile{star}", "p99_us")
                self.line("  p99 of profile reads meanwhile: ms", 20, p99 and p99 / 1000)
        if least != most:
            for key, name in (("profile", "profile read"), ("item", "book item read"),
                              ("publish", "contact publish"), ("added", "contact publish, new")):
                many, few = (self.value(size, key, "cpu_us") for size in (most, least))
                self.line(f"{name}: times as much CPU at {most:,} as at {least:,}", 1.5,
                          many / few if many and few else None)
        for key, name in (("search", "few found"), ("search2", "two letters")):
            self.line(f"search by a name's beginning, {name}: CPU us", None,
                      self.value(most, key, "cpu_us"))
        peak = max((f.others["rss_mib"] for k, f in self.kith[most].items() if k != "slow"),
                   default=None)
        self.line(f"memory at {most:,} accounts: MiB", 64, peak, self.of_peers_memory())
        self.line("  while a server reads a fan-out at 10 kB/s", 64,
                  self.value(most, "slow", "rss_mib"))
        self.line(f"start at {most:,} accounts: ms", 1000, self.value(most, "start", "ms"))
        self.line("reconnect, with the wait before it: ms", None,
                  self.value(most, "reconnect", "ms"))
        wal = max((f.others.get("wal_mib", 0) for f in self.kith[most].values()), default=None)
        self.line("log of the store (WAL) under all this, at most: MiB", None, wal)

    def of_peers_memory(self):
        return {name: max(memory) for name, figures in self.others.items()
                if (memory := [f.others["rss_mib"] for f in figures.values()
                               if "rss_mib" in f.others])}

    def show(self):
        if not self.lines:
            return
        print("\n" + LINE.format("work", "to reach", "Kith", "ratio", *PEERS))
        print("\n".join(self.lines))
        print("ratio: of the figure to reach, 1 or less is reached. In brackets: how many times better "
              "Kith is.")
        for name, why in self.missing.items():
            print(f"{name}: not measured: {why}")


def parse():
    parser = argparse.ArgumentParser(prog="tests/bench", description="Measures Kith.")
    parser.add_argument("--short", action="store_true", help="small sizes, within a minute")
    parser.add_argument("--renew", action="store_true",
                        help="keep the instructions of now, and do no more")
    parser.add_argument("--accounts", type=lambda text: [int(word) for word in text.split(",")],
                        metavar="N,N", help="other sizes than 1000,100000,1000000")
    parser.add_argument("--only", action="append", choices=("instructions", "kith", "peers",
                                                            "servers", "radicale"))
    parser.add_argument("--profiles", metavar="DIR",
                        help="keep what callgrind_annotate reads, of each operation")
    return parser.parse_args()


def stars_of(size, is_short):
    wanted = (100, 1000) if is_short else (100, 10000, 100000)
    return [star for star in wanted if star <= size]


def measure(options, table, parts):
    """What is wrong with the instructions, a line each."""
    faults, scale = [], 0.03 if options.short else 1
    if "instructions" in parts:
        table.kept = bench_count.kept()
        table.instructions = bench_count.count(options.profiles)
        if not table.kept:
            say("no instructions are kept for this kind of machine")
        else:
            faults = bench_count.check(table.instructions, table.kept)
        table.show_instructions()
        if not faults and any(bench_count.is_less(table.instructions, table.kept)):
            print("less than is kept: tests/bench --renew, so that a slip shows from now on")
    for size in table.sizes if "kith" in parts else ():
        table.kith[size], table.filled[size] = bench_kith.measure(
            size, table.stars[size], scale, slow_seconds=3 if options.short else 30)
        table.show_operations(f"Kith at {size:,} accounts", table.kith[size])
    main = table.sizes[-2] if len(table.sizes) > 1 else table.sizes[0]
    if "peers" in parts:
        found, missing = bench_others.peers(main, table.peer_star, scale, not options.short)
        table.others.update(found)
        table.missing.update(missing)
        for name, figures in found.items():
            table.show_operations(f"{name} at {main:,} accounts", figures)
    if "servers" in parts:
        own, table.through, missing = bench_others.real_servers(1000, scale)
        table.others.update(own)
        table.missing.update(missing)
        for name, figures in own.items():
            table.show_operations(f"{name}'s own vCards, of one account", figures)
        table.show_through()
    if "radicale" in parts:
        table.others["radicale"], why = bench_others.radicale(1000, scale)
        if why:
            table.missing["radicale"] = why
        table.show_operations("Radicale, a book of 1,000", table.others["radicale"])
    return faults


def main():
    options = parse()
    if options.renew:
        counts = bench_count.count()
        bench_count.renew(counts)
        print(f"kept: {bench_count.KEPT}")
        return 0
    sizes = sorted(options.accounts or ([1000] if options.short else [1000, 100000, 1000000]))
    table = Table(sizes, {size: stars_of(size, options.short) for size in sizes})
    main_size = sizes[-2] if len(sizes) > 1 else sizes[0]
    table.peer_star = [star for star in table.stars[main_size] if star <= 10000][-1]
    parts = options.only or ("instructions", "kith", "peers", "servers", "radicale")
    began, machine = time.monotonic(), Machine()
    machine.look()
    faults = measure(options, table, parts)
    machine.look()
    table.make()
    table.show()
    print(f"\n{machine.words(own_cpu_s())}; {time.monotonic() - began:.0f} s in all")
    for fault in faults:
        print(f"slipped: {fault}")
    if faults:
        print("if it has to be so: tests/bench --renew, and say why in the commit")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    try:
        status = main()
    except Failed as failure:
        print(f"tests/bench: {failure}", file=sys.stderr)
        status = 1
    finally:
        forget_scratch()
    sys.exit(status)
