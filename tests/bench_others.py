"""What tests/bench measures besides Kith, in the same run: components in other languages that do the
same in little (tests/bench_peers), what servers do themselves, Kith behind them, and a CardDAV server."""
import base64
import http.client
import shutil
import subprocess
import time

import servers
from bench_kith import RATES, Figure
from bench_tools import (BUILD, TOP, Failed, Measured, Run, Server, World, jid, peak_mib, say, scratch)

PEERS = TOP / "tests/bench_peers"
NODE = BUILD / "peers"  # where npm has put what @xmpp/component needs
OWN_VCARD = ("<vCard xmlns='vcard-temp'><FN>{0}</FN><N><FAMILY>Bell</FAMILY><GIVEN>Ann</GIVEN></N>"
             "<EMAIL><USERID>{0}</USERID></EMAIL><TEL><CELL/><NUMBER>{1}</NUMBER></TEL></vCard>")


# ---- Components
def slixmpp_words():
    try:
        subprocess.run(["/usr/bin/python3", "-c", "import slixmpp"], check=True, capture_output=True)
    except subprocess.CalledProcessError:
        raise Failed("slixmpp isn't installed") from None
    return ["/usr/bin/python3", PEERS / "slixmpp_component.py"]


def node_words(may_install):
    """It isn't a Debian package: npm fetches it, and builds SQLite for it, which takes a minute."""
    if not shutil.which("node"):
        raise Failed("there is no node")
    if not (NODE / "node_modules/better-sqlite3/build/Release/better_sqlite3.node").exists():
        if not may_install:
            raise Failed("npm hasn't fetched it; the full form does")
        if not shutil.which("npm"):
            raise Failed("there is no npm to fetch it with")
        NODE.mkdir(parents=True, exist_ok=True)
        shutil.copy(PEERS / "package.json", NODE)
        done = subprocess.run(["npm", "install", "--no-audit", "--no-fund"], cwd=NODE, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            raise Failed(f"npm can't fetch it: {done.stdout.strip().splitlines()[-1:]}")
    shutil.copy(PEERS / "xmpp_component.mjs", NODE)
    return ["node", NODE / "xmpp_component.mjs"]


class Peer:
    """A component of bench_peers on a database of so many accounts."""

    def __init__(self, words, name, accounts, star, scale):
        self.directory = scratch() / name
        self.directory.mkdir()
        self.world = World(accounts)
        self.star, self.scale = star, scale
        self.file = self.directory / "peer.db"
        subprocess.run(["/usr/bin/python3", PEERS / "fill.py", self.file, *map(str, (
            accounts, 10, star))], check=True)
        self.server = Server()
        self.process = Measured([*words, self.server.port, self.file], self.directory)
        self.figures = {}

    def _run(self, key, stanzas, in_flight=64):
        cold = len(stanzas) // 10
        self.server.run(stanzas[:cold], in_flight=in_flight)
        self.figures[key] = Figure(key, self.server.run(stanzas[cold:], in_flight=in_flight))
        self.figures[key].others["rss_mib"] = peak_mib(self.process.pid)

    def all(self):
        count = max(640, int(20000 * self.scale))
        self.server.up()
        self.server.pids(self.process.pid)
        self._run("profile", self.world.profile_reads(count))
        self._run("item", self.world.item_reads(count))
        self._run("publish", self.world.contact_changes(count))
        run = self.server.run([self.world.number_change(self.star, 1)] * 2, chats=self.star,
                              trigger=1, seconds=600)
        self.figures["fanout"] = Figure("fanout", run, count=self.star)
        return self.figures

    def close(self):
        self.process.kill()
        self.server.close()


def peers(accounts, star, scale, may_install):
    """Figures by peer and key; or why there are none."""
    found, missing = {}, {}
    for name, words in (("slixmpp", slixmpp_words), ("@xmpp/component",
                                                     lambda: node_words(may_install))):
        say(f"{name} at {accounts:,} accounts")
        peer = None
        try:
            peer = Peer(words(), name.strip("@").replace("/", "-"), accounts, star, scale)
            found[name] = peer.all()
        except Failed as failure:
            missing[name] = f"{failure}{': ' + peer.process.tail() if peer else ''}"
        finally:
            if peer:
                peer.close()
    return found, missing


# ---- Servers
def process_of(server):
    """The pid of what works: of ejabberd, not the script around it."""
    if server.name == "ejabberd":
        return int((server.dir / "ejabberd.pid").read_text())
    return server.process.pid


def make(kind, directory):
    if not kind.is_installed():
        raise Failed(f"{kind.name} isn't installed, or can't be started")
    if kind is servers.Prosody:
        return servers.Prosody(directory, modules=("vcard_legacy",))
    return servers.Ejabberd(directory, modules="  mod_vcard: {search: false}\n")


class Attached:
    """A real server with kithd attached and filled, and one of its clients."""

    def __init__(self, kind, accounts, scale):
        self.server = make(kind, scratch() / kind.name)
        self.scale, self.accounts = scale, accounts
        self.server.register("u0000000", "u0000001")
        self.server.start()
        self.kithd = servers.Kithd(scratch() / f"kithd-{kind.name}", self.server.component_port,
                                   more="[limits]\n" + RATES)
        subprocess.run([str(BUILD / "tests/bench_fill"), str(self.kithd.dir / "kith.db"),
                        servers.DOMAIN, str(accounts), "10"], check=True, capture_output=True)
        self.kithd.start()
        self.client = Server(user="u0000000", domain=servers.DOMAIN, password=servers.PASSWORD,
                             port=self.server.c2s_port)
        self.client.up()
        self.client.pids(process_of(self.server), self.kithd.process.pid)

    def _run(self, stanzas):
        cold = len(stanzas) // 10
        self.client.run(stanzas[:cold], in_flight=64)
        return self.client.run(stanzas[cold:], in_flight=64)

    def own(self):
        """What the server does by itself."""
        def say_iq(kind, to, content):
            return f"<iq type='{kind}' id='{'~' * 10}'{to}>{content}</iq>"
        count = max(320, int(10000 * self.scale))
        other = Server(user="u0000001", domain=servers.DOMAIN, password=servers.PASSWORD,
                       port=self.server.c2s_port)
        other.up()
        vcards = [OWN_VCARD.format(jid(1, servers.DOMAIN), f"+44 7300 {n:06d}")
                  for n in range(count // 4)]
        other.pids(process_of(self.server))
        writes = other.run([say_iq("set", "", vcard) for vcard in vcards], in_flight=64)
        other.close()
        reads = self._run([say_iq("get", f" to='{jid(1, servers.DOMAIN)}'",
                                  "<vCard xmlns='vcard-temp'/>")] * count)
        return {"profile": Figure("profile", reads), "write": Figure("write", writes)}

    def through(self):
        """CPU of the server and of kithd for each request that goes through both."""
        world = World(self.accounts, servers.DOMAIN, servers.SERVICE, is_client=True)
        count = max(320, int(10000 * self.scale))
        return {key: self._run(stanzas) for key, stanzas in (
            ("profile read", world.profile_reads(count)),
            ("book item read", world.item_reads(count)),
            ("contact publish", world.contact_changes(count)))}

    def close(self):
        self.client.close()
        self.kithd.kill()
        self.server.stop()


def real_servers(accounts, scale):
    """Of each: figures of its own, and the runs through it and kithd; or why there are none."""
    own, through, missing = {}, {}, {}
    for kind in (servers.Prosody, servers.Ejabberd):
        say(f"{kind.name}, by itself and with Kith behind it")
        attached = None
        try:
            attached = Attached(kind, accounts, scale)
            through[kind.name] = attached.through()
            own[kind.name] = attached.own()
        except (Failed, AssertionError) as failure:
            missing[kind.name] = str(failure)
        finally:
            if attached:
                attached.close()
    return own, through, missing


# ---- CardDAV
RADICALE = """\
[server]
hosts = 127.0.0.1:{port}
[auth]
type = none
[storage]
filesystem_folder = {directory}/collections
[web]
type = none
[logging]
level = warning
"""
MKCOL = """<?xml version="1.0"?>
<mkcol xmlns="DAV:" xmlns:card="urn:ietf:params:xml:ns:carddav"><set><prop>
<resourcetype><collection/><card:addressbook/></resourcetype></prop></set></mkcol>"""
REPORT = """<?xml version="1.0"?>
<card:addressbook-query xmlns="DAV:" xmlns:card="urn:ietf:params:xml:ns:carddav">
<prop><getetag/><card:address-data/></prop></card:addressbook-query>"""
VCARD3 = ("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{0}\r\nFN:Ann Bell {0}\r\nN:Bell;Ann;;;\r\n"
          "EMAIL:{0}@example.org\r\nTEL;TYPE=CELL:{1}\r\nEND:VCARD\r\n")


class Radicale:
    """Radicale with one address book, and a client of it."""

    def __init__(self, contacts):
        if not shutil.which("radicale"):
            raise Failed("radicale isn't installed")
        directory = scratch() / "radicale"
        directory.mkdir()
        (port,) = servers.free_ports(1)
        conf = directory / "conf"
        conf.write_text(RADICALE.format(port=port, directory=directory))
        self.process = Measured(["radicale", "--config", conf], directory)
        servers.wait_until(lambda: servers.listens(port), "radicale listens", self.process.process)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self.contacts = contacts
        self._ask("MKCOL", "", MKCOL)
        self._ask("PUT", "", "".join(VCARD3.format(f"c{i:05d}", f"+44 7300 {i:06d}")
                                     for i in range(contacts)), "text/vcard")

    def _ask(self, method, name, body, kind="application/xml"):
        self.connection.request(method, f"/ann/book/{name}", body, {
            "Content-Type": kind, "Depth": "1",
            "Authorization": "Basic " + base64.b64encode(b"ann:any").decode()})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise Failed(f"radicale: {method}: {answer.status} {text[:200]!r}")
        return text

    def _measure(self, key, count, what):
        process_clock = ~self.process.pid << 3 | 2  # what clock_getcpuclockid(3) gives
        times, cpu, began = [], time.clock_gettime(process_clock), time.monotonic()
        for n in range(count):
            at = time.monotonic()
            what(n)
            times.append(time.monotonic() - at)
        times.sort()
        return Figure(key, Run(
            answers=count, us=1e6 * (time.monotonic() - began), own_us=0,
            cpu0_ns=1e9 * (time.clock_gettime(process_clock) - cpu),
            p50_ns=1e9 * times[count // 2], p99_ns=1e9 * times[-1 - count // 100]))

    def all(self, scale):
        listing = self._ask("REPORT", "", REPORT)
        if listing.count(b"address-data>") < self.contacts:
            raise Failed(f"radicale: a listing of {listing.count(b'address-data>')} cards")
        return {
            "book": self._measure("book", max(2, int(20 * scale)),
                                  lambda n: self._ask("REPORT", "", REPORT)),
            "publish": self._measure("publish", max(20, int(400 * scale)), lambda n: self._ask(
                "PUT", f"c{n % self.contacts:05d}.vcf",
                VCARD3.format(f"c{n % self.contacts:05d}", f"+44 7100 {n:06d}"), "text/vcard")),
        }


def radicale(contacts, scale):
    say("Radicale")
    server = None
    try:
        server = Radicale(contacts)
        return server.all(scale), None
    except (Failed, OSError) as failure:
        return {}, str(failure)
    finally:
        if server:
            server.process.kill()
