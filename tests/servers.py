"""Servers for the tests that need real ones: Prosody, ejabberd, and kithd attached to one of them.

Each has its own conf, data and ports on loopback, in a directory that the test gives; start() returns
when it is ready, stop() ends exactly the process that start() made. KITH_BUILD says where kithd was
built (default: build/ beside tests/).
"""
import os
import pathlib
import re
import shutil
import signal
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
	"mam"; {modules} }}
modules_disabled = {{ "s2s"; "tls" }}
"""
PROSODY_PLAIN = """
VirtualHost "{domain}"
Component "{service}"
	component_secret = "{secret}"
	component_conflict_resolve = "kick_old"
"""

EJABBERD = """\
loglevel: info
log_rotate_count: 0
hosts: [{domain}]
listen:
  - {{port: {c2s}, ip: "{host}", module: ejabberd_c2s, starttls: false,
     max_stanza_size: 262144, shaper: none, access: c2s}}
{component}auth_method: internal
auth_password_format: plain
s2s_use_starttls: false
acl:
  local: {{user_regexp: ""}}
access_rules:
  local: {{allow: local}}
  c2s: {{allow: all}}
shaper: {{}}
shaper_rules: {{max_user_sessions: 100, max_user_offline_messages: 10000}}
modules:
  mod_disco: {{}}
  mod_caps: {{}}
  mod_carboncopy: {{}}
  mod_last: {{}}
  mod_offline: {{access_max_user_messages: max_user_offline_messages}}
  mod_mam: {{default: always}}
  mod_ping: {{}}
  mod_pubsub: {{plugins: [flat, pep]}}
  mod_roster: {{versioning: true}}
  mod_stream_mgmt: {{}}
  mod_version: {{}}
"""

EJABBERD_COMPONENT = """\
  - port: {component}
    ip: "{host}"
    module: ejabberd_service
    access: all
    check_from: true
    global_routes: false
    hosts: {{{service}: {{password: {secret}}}}}
"""

# A port of its own for the distribution: no epmd, and nothing that listens beyond loopback.
EJABBERDCTL = """\
ERL_DIST_PORT={dist}
INET_DIST_INTERFACE={host}
ERL_OPTIONS="-env ERL_CRASH_DUMP_BYTES 0"
EJABBERD_PID_PATH={dir}/ejabberd.pid
"""
EJABBERD_USER = "ejabberd"  # ejabberdctl runs as this one only

# XEP-0227
ACCOUNTS = """\
<?xml version='1.0'?>
<server-data xmlns='urn:xmpp:pie:0'><host jid='{domain}'>{users}</host></server-data>
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


def snippet(name, **replaced):
    """One of conf/ as an admin would take it over: with names of the own."""
    text = (TOP / "conf" / name).read_text()
    for old, new in {"kith.example.org": SERVICE, "example.org": DOMAIN, "change me": SECRET,
                     **replaced}.items():
        text = text.replace(old, new)
    return text


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
    """A Prosody with one domain and the component, without TLS. modules: those it loads besides.
    privileged: with what conf/prosody-privileged.cfg.lua gives."""
    name = "prosody"

    def __init__(self, directory, modules=(), privileged=False):
        super().__init__(directory, self.name)
        self.c2s_port, self.component_port = free_ports(2)
        for name in ("data", "certs"):
            (self.dir / name).mkdir(exist_ok=True)
        self.conf = self.dir / "prosody.cfg.lua"
        self.conf.write_text(PROSODY.format(
            dir=self.dir, host=HOST, c2s=self.c2s_port, component=self.component_port,
            modules="; ".join(f'"{module}"' for module in modules)) + (
                snippet("prosody-privileged.cfg.lua") if privileged else
                PROSODY_PLAIN.format(domain=DOMAIN, service=SERVICE, secret=SECRET)))

    @staticmethod
    def is_installed():
        return shutil.which("prosody") is not None

    def register(self, *users):
        """Makes accounts, running or not, as prosodyctl does: a file each."""
        accounts = self.dir / "data" / DOMAIN / "accounts"
        accounts.mkdir(parents=True, exist_ok=True)
        for user in users:
            (accounts / f"{user}.dat").write_text(f'return {{ ["password"] = "{PASSWORD}"; }};\n')

    def start(self):
        self.spawn("prosody", "--config", str(self.conf), "-F")
        wait_until(lambda: listens(self.c2s_port) and listens(self.component_port),
                   "prosody listens", self.process)


class Ejabberd(Process):
    """An ejabberd with one domain and the component, without TLS. modules: further lines of its
    `modules:`, indented by two. privileged: with what
    conf/ejabberd-privileged.yml gives."""
    name = "ejabberd"

    def __init__(self, directory, modules="", privileged=False):
        super().__init__(directory, self.name)
        self.c2s_port, self.component_port, dist = free_ports(3)
        self.waiting = []  # accounts to be made at the start
        self.conf = self.dir / "ejabberd.yml"
        component = "" if privileged else EJABBERD_COMPONENT.format(
            host=HOST, component=self.component_port, service=SERVICE, secret=SECRET)
        conf = EJABBERD.format(
            host=HOST, c2s=self.c2s_port, domain=DOMAIN, component=component) + modules
        if privileged:
            conf = self.merge(conf, snippet("ejabberd-privileged.yml",
                                            **{"5347": str(self.component_port)}))
        self.conf.write_text(conf)
        (self.dir / "ejabberdctl.cfg").write_text(
            EJABBERDCTL.format(dir=self.dir, dist=dist, host=HOST))
        (self.dir / "inetrc").write_text(pathlib.Path("/etc/ejabberd/inetrc").read_text())
        for name in ("spool", "logs"):
            (self.dir / name).mkdir(exist_ok=True)
        for path in (self.dir, *self.dir.iterdir()):
            shutil.chown(path, EJABBERD_USER, EJABBERD_USER)
        # It must get there, through directories that tempfile made for us alone.
        for path in self.dir.parents:
            if not path.stat().st_mode & 0o001:
                path.chmod(path.stat().st_mode | 0o011)

    @staticmethod
    def is_installed():
        """And can be started: only root can as its user."""
        return shutil.which("ejabberdctl") is not None and os.geteuid() == 0

    @staticmethod
    def merge(conf, added):
        """Puts the entries of each section of added into that of conf."""
        for section in re.split(r"^(?=\w)", added, flags=re.M):
            name, _, entries = section.partition(":\n")
            if entries:
                conf = re.sub(f"^{name}:\n", lambda found, e=entries: found.group() + e, conf,
                              flags=re.M)
        return conf

    def as_its_user(self, *words):
        return {"args": ["ejabberdctl", "--config-dir", str(self.dir), "--spool",
                         str(self.dir / "spool"), "--logs", str(self.dir / "logs"), *words],
                "user": EJABBERD_USER, "group": EJABBERD_USER, "extra_groups": [],
                "env": {"HOME": str(self.dir), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
                "cwd": self.dir, "stdin": subprocess.DEVNULL}

    def ctl(self, *words):
        """Runs ejabberdctl on the running server; what it prints."""
        done = subprocess.run(**self.as_its_user(*words), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=PATIENCE_S, check=False)
        out = done.stdout.decode(errors="replace")
        assert done.returncode == 0, (words, done.returncode, out)
        return out

    def register(self, *users):
        """Makes accounts; before start(), they are made then."""
        if self.process is None:
            self.waiting += users
            return
        file = self.dir / "accounts.xml"
        file.write_text(ACCOUNTS.format(domain=DOMAIN, users="".join(
            f"<user name='{user}' password='{PASSWORD}'/>" for user in users)))
        self.ctl("import_piefxis", str(file))

    def start(self):
        with open(self.log, "ab") as out:
            # A session of its own: kill() then reaches the node, not only the script around it.
            self.process = subprocess.Popen(**self.as_its_user("foreground"), stdout=out,
                                            stderr=subprocess.STDOUT, start_new_session=True)
        wait_until(lambda: listens(self.c2s_port) and listens(self.component_port),
                   "ejabberd listens", self.process)
        if self.waiting:
            users, self.waiting = self.waiting, []
            self.register(*users)

    def stop(self):
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.ctl("stop")
        process, self.process = self.process, None
        return process.wait(PATIENCE_S)

    def kill(self):
        process, self.process = self.process, None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE_S)


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
