"""Instructions of one of each operation, counted by callgrind, and the check against what is kept in
tests/bench_instructions.txt.

They are the same on every run (to 0.1 %), whatever the machine does meanwhile, and on every machine of a
kind with the same packages and compiler: of processors, callgrind shows only one to the program. What
the linker puts where moves them by 1 or 2 %. Of a kind are all x86_64 with AVX2, without which the C
library's routines for strings are others, whose cost hangs on how texts lie to the bounds of pages."""

import pathlib
import platform
import re
import shutil
import subprocess

from bench_tools import BUILD, TOP, Failed, say, scratch

KEPT = TOP / "tests/bench_instructions.txt"
SLIP = 0.10  # above what is kept, from which on it is a fault
HEAD = """\
# Instructions of one of each operation, as tests/bench counts them on {machine} (tests/bench_count.py).
# tests/bench fails where one takes 10 % more. Made by tests/bench --renew.
"""


def fill(store):
    subprocess.run([str(word) for word in (
        BUILD / "tests/bench_fill", store, "example.org", 1000, 10, "star=500", "book=1000",
        "book=10000", "now=1700000000")], check=True, stdout=subprocess.DEVNULL)


def count(profiles=None):
    """By operation. profiles: a directory for what callgrind_annotate(1) reads."""
    if not shutil.which("valgrind"):
        raise Failed("valgrind isn't installed")
    say("instructions")
    directory = pathlib.Path(profiles or scratch() / "callgrind")
    directory.mkdir(parents=True, exist_ok=True)
    store = scratch() / "counted.db"
    fill(store)
    out = directory / "callgrind"
    done = subprocess.run(
        ["valgrind", "-q", "--tool=callgrind", "--instr-atstart=no", "--collect-atstart=no",
         f"--callgrind-out-file={out}", str(BUILD / "tests/bench_instructions"), str(store)],
        text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        check=False)
    if done.returncode:
        raise Failed(f"bench_instructions: {done.stderr[-2000:]}")
    counts = {name: int(times) for name, times, _ in (
        line.split("\t") for line in done.stdout.splitlines())}
    found = {}
    for dump in directory.glob("callgrind.*"):
        text = dump.read_text()
        name = re.search("^desc: Trigger: Client Request: (.*)$", text, re.M)
        total = re.search(r"^totals: (\d+)", text, re.M)
        if name and total and name[1] in counts:
            found[name[1]] = int(total[1]) // counts[name[1]]
    if set(found) != set(counts):
        raise Failed("callgrind counted nothing: was it built without valgrind's headers?")
    return {name: found[name] for name in counts}


def kind():
    """Of this machine."""
    flags = re.search(r"^flags\s*:.*", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    has_avx2 = flags and " avx2 " in flags[0] + " "
    return platform.machine() + (" with AVX2" if has_avx2 else "")


def kept():
    """What is kept, by operation; of no other kind of machine."""
    text = KEPT.read_text() if KEPT.exists() else ""
    if f" {kind()} (" not in text.split("\n", 1)[0]:
        return {}
    return {name: int(value) for name, value in (
        line.rsplit("\t", 1) for line in text.splitlines() if line and line[0] != "#")}


def renew(counts):
    KEPT.write_text(HEAD.format(machine=kind()) +
                    "".join(f"{name}\t{value}\n" for name, value in counts.items()))


def check(counts, before):
    """What is wrong, a line each."""
    faults = []
    for name in sorted({*counts, *before}):
        if name not in counts or name not in before:
            faults.append(f"{name}: {'not counted' if name not in counts else 'not kept'}")
        elif counts[name] > before[name] * (1 + SLIP):
            faults.append(f"{name}: {counts[name]:,} instructions, {counts[name] / before[name]:.2f} "
                          f"times the {before[name]:,} that are kept")
    return faults


def is_less(counts, before):
    """Of each, whether it takes so much less that a slip as large as counts here would be missed."""
    return (counts[name] < before[name] * (1 - SLIP) for name in counts if name in before)
