"""The `kith` command of a person, with a home of its own."""
import base64
import json
import os
import pathlib
import socket
import subprocess

import servers

CONF = """\
jid = {user}@{domain}
password_file = {home}/password
server = {host}:{port}
tls = off
region = GB
name = {name}
"""


def card(name, *numbers, jid=None, more=()):
    """A vCard 3.0, as another program wrote it. numbers: (TYPE or "", number)."""
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"FN:{name}", f"N:{name.split()[-1]};{name.split()[0]};;;"]
    if jid:
        lines.append(f"IMPP:xmpp:{jid}")
    lines += [f"TEL;TYPE={kind}:{number}" if kind else f"TEL:{number}" for kind, number in numbers]
    return "\r\n".join([*lines, *more, "END:VCARD", ""])


class Person:
    """One of the accounts at Prosody, on a device."""

    def __init__(self, directory, prosody, user, device="device"):
        self.home = pathlib.Path(directory) / user / device
        self.home.mkdir(parents=True, exist_ok=True)
        self.jid = f"{user}@{servers.DOMAIN}"
        self.book = self.home / f".local/share/kith/{self.jid}/book"
        password = self.home / "password"
        password.write_text(servers.PASSWORD + "\n")
        password.chmod(0o600)
        self.conf = self.home / ".config/kith/kith.conf"
        self.conf.parent.mkdir(parents=True, exist_ok=True)
        self.conf.write_text(CONF.format(
            user=user, domain=servers.DOMAIN, home=self.home, host=servers.HOST,
            port=prosody.c2s_port, name=f"{user.capitalize()} Example"))
        self.environment = {"HOME": str(self.home), "PATH": os.environ["PATH"],
                            "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def command(self, *words):
        return [str(servers.BUILD / "kith"), *words]

    def run(self, *words, stdin=None):
        return subprocess.run(self.command(*words), env=self.environment, input=stdin,
                              stdin=subprocess.DEVNULL if stdin is None else None,
                              capture_output=True, text=True, timeout=servers.PATIENCE_S,
                              check=False)

    def kith(self, *words):
        """What a command that must succeed prints."""
        done = self.run(*words)
        if done.returncode != 0:
            raise AssertionError(f"kith {' '.join(words)}: {done.returncode}\n"
                                 f"{done.stdout}{done.stderr}")
        return done.stdout

    def events(self, *words):
        """The events of a command that must succeed, but its end."""
        events = [json.loads(line) for line in self.kith("--json", *words).splitlines()]
        assert events and events[-1]["event"] == "done", events
        return events[:-1]

    def file(self, name, text):
        path = self.home / name
        path.write_bytes(text.encode())
        return str(path)

    def add(self, text, *words):
        return self.kith("add", self.file("card.vcf", text), *words)

    def cards(self):
        """The files of the book, by the FN in them."""
        cards = {}
        for file in self.book.glob("*.vcf"):
            text = file.read_bytes().decode()
            names = [line[3:] for line in text.splitlines() if line.startswith("FN:")]
            cards[names[0]] = text
        return cards


def send_stanza(prosody, user, stanza):
    """Sends one stanza as that user, whatever it is: RFC 6120 by hand. Returns when the server has
    read it."""
    stream = ("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
              f" version='1.0' to='{servers.DOMAIN}'>")
    secret = base64.b64encode(f"\0{user}\0{servers.PASSWORD}".encode()).decode()
    with socket.create_connection((servers.HOST, prosody.c2s_port), servers.PATIENCE_S) as link:
        for text, answer in (
                (stream, "</stream:features>"),
                ("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
                 f"{secret}</auth>", "<success"),
                (stream, "</stream:features>"),
                ("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                 "<resource>raw</resource></bind></iq>", "</iq>"),
                (stanza, ""),
                ("</stream:stream>", "</stream:stream>")):
            link.sendall(text.encode())
            got = ""
            while answer not in got:
                data = link.recv(65536).decode()
                if not data:
                    raise AssertionError(f"the server closed after {got}")
                got += data
