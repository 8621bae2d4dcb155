"""A systemd of a test's own: process 1 of namespaces of its own, with the units it is given, and with files
of its own over the machine's. It ends with the test, and leaves nothing."""

import os
import shutil
import subprocess
import tempfile
import time

from peer import PATIENCE

SYSTEMD = "/lib/systemd/systemd"
# What units want that isn't there for its own sake.
EMPTY_TARGETS = ("basic", "multi-user", "network", "nss-lookup", "shutdown", "sysinit", "test")

BEGIN = """set -e
echo $$ >"$CGROUP/cgroup.procs"
exec setpriv --pdeathsig KILL unshare --cgroup --mount --pid --uts --ipc --fork --kill-child "$HERE/first"
"""
FIRST = """#!/bin/sh
set -e
mount --make-rprivate /
mount -t proc proc /proc
umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib
for folder in $OVER; do
	mkdir -p "/run/over$folder/work"
	mount -t overlay overlay -o "lowerdir=$HERE/files$folder:$folder,upperdir=$HERE/written$folder,workdir=$HERE/work$folder" \\
		"$folder"
done
mount --make-rshared / # as on a machine of its own: credentials come that way
exec env -i container=test PATH="$PATH" SYSTEMD_UNIT_PATH="$HERE/units" "$SYSTEMD" --system --unit=test.target \\
	--log-target=console --show-status=no
"""


def cgroup2():
    """Where the machine has its control groups of version 2; None: nowhere."""
    with open("/proc/self/mounts") as mounts:
        for line in mounts:
            _, where, kind = line.split()[:3]
            if kind == "cgroup2":
                return where
    return None


def is_possible():
    """Why not, or ""."""
    if os.geteuid():
        return "a systemd of the test's own needs root"
    if not os.path.exists(SYSTEMD) or not shutil.which("unshare"):
        return "systemd isn't installed"
    return "" if cgroup2() else "there are no control groups of version 2"


class Systemd:
    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="kith-systemd-")
        os.chmod(self.directory, 0o755)
        os.mkdir(self.path("units"))
        for name in EMPTY_TARGETS:
            self.unit(name + ".target", "[Unit]\nDefaultDependencies=no\n")
        self.over = []
        self.process = None
        self.cgroup = os.path.join(cgroup2(), "kith-test-%d" % os.getpid())

    def path(self, name):
        return os.path.join(self.directory, name)

    def unit(self, name, text):
        path = os.path.join(self.path("units"), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def file(self, path, content, mode=0o644):
        """One that it has over the machine's. content: text, or a file to copy."""
        folder = os.path.dirname(path)
        while not os.path.isdir(folder):
            folder = os.path.dirname(folder)
        if folder not in self.over:
            self.over.append(folder)
            for part in ("files", "written", "work"):
                os.makedirs(self.path(part) + folder, exist_ok=True)
        here = self.path("files") + path
        os.makedirs(os.path.dirname(here), exist_ok=True)
        if content.startswith("/"):
            shutil.copy(content, here)
        else:
            with open(here, "w") as file:
                file.write(content)
        os.chmod(here, mode)

    def start(self):
        with open(self.path("first"), "w") as file:
            file.write(FIRST)
        os.chmod(self.path("first"), 0o755)
        os.mkdir(self.cgroup)
        with open(self.path("log"), "w") as log:
            self.process = subprocess.Popen(
                ["sh", "-c", BEGIN], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={"PATH": os.environ["PATH"], "HERE": self.directory, "SYSTEMD": SYSTEMD,
                     "OVER": " ".join(self.over), "CGROUP": self.cgroup})
        end = time.monotonic() + PATIENCE
        while self.ctl("is-system-running")[1].strip() not in ("running", "degraded"):
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("systemd can't be started: " + self.log())
            time.sleep(0.05)
        return self

    def log(self):
        with open(self.path("log"), errors="replace") as file:
            return file.read()

    def first(self):
        """The number of its process 1 out here; None: it isn't there yet."""
        with open("/proc/%d/task/%d/children" % (self.process.pid, self.process.pid)) as file:
            children = file.read().split()
        return int(children[0]) if children else None

    def within(self, *command):
        """In its namespaces: exit status and output."""
        first = self.first()
        if not first:
            return 1, ""
        done = subprocess.run(["nsenter", "-t", str(first), "--mount", "--pid", "--ipc", "--uts", "--cgroup",
                               *command], capture_output=True, text=True, timeout=PATIENCE)
        return done.returncode, done.stdout + done.stderr

    def ctl(self, *words):
        return self.within("systemctl", "--no-pager", *words)

    def show(self, unit, *names):
        """Properties of a unit: a value, or a list of them."""
        text = self.ctl("show", unit, *("-p" + name for name in names))[1]
        values = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        found = [values.get(name, "") for name in names]
        return found[0] if len(found) == 1 else found

    def wait(self, unit, name, value):
        end = time.monotonic() + PATIENCE
        while self.show(unit, name) != value:
            if time.monotonic() > end:
                raise AssertionError("%s is %s, not %s: %s"
                                     % (name, self.show(unit, name), value, self.ctl("status", unit)[1]))
            time.sleep(0.02)

    def close(self):
        if self.process and self.process.poll() is None:
            first = self.first()
            if first:
                os.kill(first, 9)  # and all in its namespace
            self.process.wait()
        for folder, _, _ in os.walk(self.cgroup, topdown=False):
            for _ in range(100):
                try:
                    os.rmdir(folder)
                    break
                except OSError:
                    time.sleep(0.02)
        shutil.rmtree(self.directory, ignore_errors=True)
