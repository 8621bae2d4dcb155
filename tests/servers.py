"""Servers for the tests that need real ones: Prosody, and kithd attached to it.

Each has its own conf, data and ports on loopback, in a directory that the test gives; start() returns
when it is ready, stop() ends exactly the process that start() made. KITH_BUILD says where kithd was
built (default: build/ beside tests/).
"""
import os
import pathlib
import socket
import subprocess
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("KITH_BUILD", TOP / "build"))
HOST = "127.0.0.1"
DOMAIN = "localhost"
SERVICE = "kith.localhost"
SECRET = "s3cret"
PASSWORD = "pw"
PATIENCE_S = 60  # for a condition; reached only where something is wrong

PROSODY = """
run_as_root = true
pidfile = "{dir}/prosody.pid"
data_path = "{dir}/data"
certificates = "{dir}/certs"
interfaces = {{ "{host}" }}
c2s_ports = {{ {c2s} }}
c2s_direct_tls_ports = {{}}
s2s_ports = {{}}
component_ports = {{ {component} }}
component_interfaces = {{ "{host}" }}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
storage = "internal"
archive_expires_after = "never"
log = {{ info = "{dir}/prosody.log" }}
modules_enabled = {{ "disco"; "roster"; "saslauth"; "carbons"; "pep"; "blocklist"; "smacks"; "ping";
	"mam" }}
modules_disabled = {{ "s2s"; "tls" }}
VirtualHost "{domain}"
Component "{service}"
	component_secret = "{secret}"
	component_conflict_resolve = "kick_old"
"""

KITHD = """\
jid = {service}
server = {host}:{component}
secret = {secret}
store = sqlite:{dir}/kith.db
domains = {domain}
region = GB
{more}
"""


def free_ports(count):
    """Ports that nobody listens on now; all are held until all are known, so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind((HOST, 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def wait_until(condition, what, process=None):
    """Returns what condition() gives once it is true; fails if it never is, or process ends."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        if process and process.poll() is not None:
            raise AssertionError(f"{what}: it ended with {process.returncode}")
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {PATIENCE_S} s")


def listens(port):
    try:
        socket.create_connection((HOST, port), 1).close()
    except OSError:
        return False
    return True


class Process:
    """A program in the foreground, whose output goes to a file."""

    def __init__(self, directory, name):
        self.dir = pathlib.Path(directory)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.log = self.dir / f"{name}.out"
        self.process = None

    def spawn(self, *command):
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=subprocess.STDOUT)

    def output(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def stop(self):
        """Ends it as its admin would. Its exit status; None if it didn't run."""
        if self.process is None:
            return None
        process, self.process = self.process, None
        process.terminate()
        return process.wait(PATIENCE_S)

    def kill(self):
        """Ends it as a crash would."""
        process, self.process = self.process, None
        process.kill()
        process.wait(PATIENCE_S)


class Prosody(Process):
    """A Prosody with one domain and the component, without TLS."""

    def __init__(self, directory):
        super().__init__(directory, "prosody")
        self.c2s_port, self.component_port = free_ports(2)
        for name in ("data", "certs"):
            (self.dir / name).mkdir(exist_ok=True)
        self.conf = self.dir / "prosody.cfg.lua"
        self.conf.write_text(PROSODY.format(
            dir=self.dir, host=HOST, c2s=self.c2s_port, component=self.component_port,
            domain=DOMAIN, service=SERVICE, secret=SECRET))

    def register(self, *users):
        for user in users:
            subprocess.run(["prosodyctl", "--config", self.conf, "register", user, DOMAIN,
                            PASSWORD], check=True, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self):
        self.spawn("prosody", "--config", str(self.conf), "-F")
        wait_until(lambda: listens(self.c2s_port) and listens(self.component_port),
                   "prosody listens", self.process)


class Kithd(Process):
    """kithd, attached to the component port of a server. more: further lines of its conf."""

    def __init__(self, directory, component_port, more=""):
        super().__init__(directory, "kithd")
        self.conf = self.dir / "kith.conf"
        self.conf.write_text(KITHD.format(
            dir=self.dir, host=HOST, component=component_port, domain=DOMAIN, service=SERVICE,
            secret=SECRET, more=more))
        self.conf.chmod(0o600)

    def start(self):
        began = len(self.output())
        self.spawn(str(BUILD / "kithd"), "-c", str(self.conf))
        wait_until(lambda: " is up at " in self.output()[began:], "kithd is attached", self.process)
