"""A systemd of a test's own: process 1 of namespaces of its own, with the units it is given, and with files
of its own over the machine's. It ends with the test, and leaves nothing."""

import os
import shutil
import subprocess
import tempfile
import time

from peer import PATIENCE

SYSTEMD = "/lib/systemd/systemd"
GROUP = "kith-test-%d" % os.getpid()  # of control groups
# What units want that isn't there for its own sake.
EMPTY_TARGETS = ("basic", "multi-user", "network", "nss-lookup", "shutdown", "sysinit", "test")

# The control groups are mounted anew, since they may not be there for writing; all that follows is in
# one of them, and in namespaces.
BEGIN = """set -e
mount -t cgroup2 cgroup2 "$HERE/cgroup"
mkdir -p "$HERE/cgroup/$GROUP"
echo $$ >"$HERE/cgroup/$GROUP/cgroup.procs"
exec setpriv --pdeathsig KILL unshare --cgroup --mount --pid --uts --ipc --fork --kill-child "$HERE/first"
"""
END = """set -e
mount -t cgroup2 cgroup2 "$HERE/cgroup"
[ ! -d "$HERE/cgroup/$GROUP" ] || find "$HERE/cgroup/$GROUP" -depth -type d -exec rmdir {} +
"""
# What is written is on a tmpfs: in a container / is an overlay itself, and an overlay can't write to one.
FIRST = """#!/bin/sh
set -e
mount --make-rprivate /
mount -t proc proc /proc
umount "$HERE/cgroup"
umount -R /sys/fs/cgroup || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib
mount -t tmpfs tmpfs /var/tmp
mkdir /run/here
mount --bind "$HERE" /run/here
mount -t tmpfs -o mode=1777 tmpfs /tmp
mkdir -p "$HERE"
mount --move /run/here "$HERE"
for folder in $OVER; do
	mkdir -p "/run/over$folder/written" "/run/over$folder/work"
	mount -t overlay overlay -o \\
		"lowerdir=$HERE/files$folder:$folder,upperdir=/run/over$folder/written,workdir=/run/over$folder/work" "$folder"
done
mount --make-rshared / # as on a machine of its own: credentials come that way
exec env -i container=test PATH="$PATH" SYSTEMD_UNIT_PATH="$HERE/units" "$SYSTEMD" --system --unit=test.target \\
	--log-target=console --show-status=no
"""


def why_not():
    """Why there can't be one here, or ""."""
    if not os.path.exists(SYSTEMD):
        return "systemd isn't installed"
    with tempfile.TemporaryDirectory(prefix="kith-systemd-") as directory:
        tried = subprocess.run(
            ["unshare", "--cgroup", "--mount", "--pid", "--uts", "--ipc", "--fork", "sh", "-ec",
             "mount -t cgroup2 cgroup2 '%s'; mkdir '%s/%s'; rmdir '%s/%s'"
             % (directory, directory, GROUP, directory, GROUP)], capture_output=True, text=True)
    return "" if tried.returncode == 0 else "no systemd can run here: " + tried.stderr.strip()


class Systemd:
    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="kith-systemd-")
        os.chmod(self.directory, 0o755)
        for name in ("units", "cgroup"):
            os.mkdir(self.path(name))
        for name in EMPTY_TARGETS:
            self.unit(name + ".target", "[Unit]\nDefaultDependencies=no\n")
        self.over = []
        self.process = None
        # Without one this would be the machine's first start, with much to be set up in /etc.
        self.file("/etc/machine-id", "0123456789abcdef0123456789abcdef\n")

    def path(self, name):
        return os.path.join(self.directory, name)

    def unit(self, name, text):
        path = os.path.join(self.path("units"), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def file(self, path, content, mode=0o644):
        """One that it has over the machine's. content: text, or a file to copy."""
        if not any(path.startswith(folder + "/") for folder in self.over):
            folder = os.path.dirname(path)
            while not os.path.isdir(folder):
                folder = os.path.dirname(folder)
            self.over.append(folder)
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
        with open(self.path("log"), "w") as log:
            self.process = subprocess.Popen(["unshare", "--mount", "sh", "-c", BEGIN],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=self.environment())
        end = time.monotonic() + PATIENCE
        while self.ctl("is-system-running")[1].strip() not in ("running", "degraded"):
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("systemd can't be started: " + self.log())
            time.sleep(0.05)
        return self

    def environment(self):
        return {"PATH": os.environ["PATH"], "HERE": self.directory, "SYSTEMD": SYSTEMD,
                "OVER": " ".join(self.over), "GROUP": GROUP}

    def log(self):
        with open(self.path("log"), errors="replace") as file:
            return file.read()

    def first(self):
        """The number of its process 1 out here; None: it isn't there yet."""
        with open("/proc/%d/task/%d/children" % (self.process.pid, self.process.pid)) as file:
            children = file.read().split()
        return int(children[0]) if children else None

    def main_pid(self, unit):
        """Of a service, out here."""
        with open("/proc/%d/root/sys/fs/cgroup/system.slice/%s.service/cgroup.procs" % (self.first(), unit)) as file:
            return int(file.read().split()[0])

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
        end = time.monotonic() + PATIENCE
        while subprocess.run(["unshare", "--mount", "sh", "-c", END], stderr=subprocess.DEVNULL,
                             env=self.environment()).returncode and time.monotonic() < end:
            time.sleep(0.02)  # what was in them is just ending
        shutil.rmtree(self.directory)
