#!/usr/bin/python3
"""What conf/ has for the admin works as it stands, names and ports aside: the snippets in a real
Prosody and a real ejabberd, conf/kith.conf with either preset, and the commands
of the guide."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from devices import PROFILE, Case, account, card, numbers_in  # noqa: E402
from servers import (BUILD, DOMAIN, HOST, SERVICE, TOP, Ejabberd, Kithd,  # noqa: E402
                     Prosody, wait_until)

STANZAS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
NUMBER = "+447400100123"


def own_names(text):
    """As the admin puts the own names in."""
    return text.replace("kith.example.org", SERVICE).replace("example.org", DOMAIN)


def snippet(name):
    text = (TOP / "conf" / name).read_text()
    assert "change me" in text
    return own_names(text).replace("change me", "a secret of one's own")


class BareProsody(Prosody):
    """Knows nothing of Kith until the snippet is put in."""

    def __init__(self, directory):
        super().__init__(directory)
        text = self.conf.read_text()
        self.conf.write_text(text[:text.index("Component ")])

    def start(self):
        self.spawn("prosody", "--config", str(self.conf), "-F")
        wait_until(lambda: "Activated service 'c2s'" in self.said(), "prosody is up", self.process)

    def said(self):
        log = self.dir / "prosody.log"
        return log.read_text() if log.exists() else ""

    def attach(self):
        with open(self.conf, "a", encoding="utf-8") as conf:
            conf.write(snippet("prosody.cfg.lua"))
        checked = subprocess.run(["prosodyctl", "--config", self.conf, "check", "config"],
                                 capture_output=True, text=True, check=False).stdout
        assert "All checks passed" in checked, checked
        self.stop()  # to reload is not enough: that leaves new components out
        super().start()


class BareProsodyDeeper(BareProsody):
    """The snippet that grants all; the admin's own lines of the domain are in it."""

    def attach(self):
        text = self.conf.read_text()
        self.conf.write_text(text[:text.index("VirtualHost ")] + snippet("prosody-privileged.cfg.lua"))
        self.stop()
        Prosody.start(self)


class BareEjabberd(Ejabberd):
    def __init__(self, directory):
        super().__init__(directory)
        text = self.conf.read_text()
        self.listener = text[text.index(f"  - port: {self.component_port}"):
                             text.index("auth_method:")]
        self.conf.write_text(text.replace(self.listener, ""))

    def start(self):
        port, self.component_port = self.component_port, self.c2s_port  # there is no other yet
        super().start()
        self.component_port = port

    def attach(self):
        head, entry = snippet("ejabberd.yml").split("listen:\n")
        entry = entry.replace("5347", str(self.component_port))
        self.conf.write_text(head + self.conf.read_text().replace(
            "auth_method:", entry + "auth_method:"))
        self.ctl("reload_config")


class BareEjabberdDeeper(BareEjabberd):
    def attach(self):
        self.conf.write_text(self.merge(
            self.conf.read_text(),
            snippet("ejabberd-privileged.yml").replace("5347", str(self.component_port))))
        self.stop()
        Ejabberd.start(self)


class OnProsody(Case):
    """The snippet is put into a server that runs: Prosody is restarted then, ejabberd told."""
    users = ("alice", "bob")
    server_class = BareProsody
    when_down = "remote-server-timeout"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.attach()
        cls.alice, cls.bob = cls.device("alice"), cls.device("bob")

    def is_attached(self):
        """All that the snippet gives is had."""
        wait_until(lambda: "server: roster: no, messages: no, vcard-temp: no, vCard4: no" in
                   self.kithd.output(), "the log says what is granted", self.kithd.process)

    def start_with(self, *lines):
        """kithd with conf/kith.conf, to which the admin adds lines."""
        directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(
            prefix="kith-store-")))
        secret = directory / "secret"
        secret.write_text("a secret of one's own\n")
        secret.chmod(0o600)
        kithd = type(self).kithd = Kithd(directory, self.server.component_port)
        text = own_names((TOP / "conf/kith.conf").read_text())
        text = text.replace("/etc/kith/secret", str(secret))
        for key, value in ("server", f"{HOST}:{self.server.component_port}"), \
                ("store", f"sqlite:{directory}/kith.db"):
            text, count = re.subn(rf"^#{key} = .*$", f"{key} = {value}", text, flags=re.M)
            self.assertEqual(count, 1, key)
        for line in lines:
            self.assertIn(f"#{line}\n", text.replace("#preset = company", "#preset = company\n"
                                                     "#preset = public"))
            text = re.sub(r"^#preset = company$", line, text, flags=re.M)
        kithd.conf.write_text(text)
        self.addCleanup(self.stop_kithd)
        kithd.start()
        self.is_attached()

    def seen_by_bob(self):
        self.assertEqual(self.alice.publish(PROFILE, "x", card(NUMBER)).get("type"), "result")
        return numbers_in(self.bob.items(PROFILE, account("alice")))

    def test_shipped(self):
        self.start_with()
        self.assertEqual(self.seen_by_bob(), [])

    def test_company(self):
        self.start_with("preset = company")
        self.assertEqual(self.seen_by_bob(), [NUMBER])

    def test_public(self):
        self.start_with("preset = public")
        self.assertEqual(self.seen_by_bob(), [])
        self.alice.publish("urn:xmpp:contacts", account("bob"), card(name="Bob"))
        self.assertEqual(numbers_in(self.bob.items(PROFILE, account("alice"))), [NUMBER])

    def test_while_kithd_is_down(self):
        self.start_with()
        self.stop_kithd()
        answer = self.alice.items(PROFILE, account("alice"))
        error, = answer.findall("{jabber:client}error")
        self.assertIsNotNone(error.find(STANZAS + self.when_down), [e.tag for e in error])


class OnEjabberd(OnProsody):
    server_class = BareEjabberd
    when_down = "remote-server-not-found"


class Deeper:
    def test_while_kithd_is_down(self):
        super().test_while_kithd_is_down()
        answer = self.alice.ask("<vCard xmlns='vcard-temp'/>", "get", account("alice"))
        error, = answer.findall("{jabber:client}error")
        self.assertIsNotNone(error.find(STANZAS + "service-unavailable"),
                             [e.tag for e in error])

    def is_attached(self):
        wait_until(lambda: "server: roster: yes, messages: yes, vcard-temp: delegated, vCard4: "
                           f"delegated, PEP: per account ({DOMAIN})" in self.kithd.output(), "all is granted",
                   self.kithd.process)


class OnProsodyDeeper(Deeper, OnProsody):
    server_class = BareProsodyDeeper


class OnEjabberdDeeper(Deeper, OnEjabberd):
    server_class = BareEjabberdDeeper


class Guide(Case):
    """Each command of conf/guide.md, in its order."""
    users = ("alice",)
    # Tried above and in it_import.py, or by those who build.
    elsewhere = ("prosodyctl", "prosody-migrator", "ejabberdctl", "make install",
                 "systemctl restart prosody", "systemctl restart ejabberd", "systemctl enable")

    def test_its_commands(self):
        self.start_kithd(self.dir / "kithd")
        self.addCleanup(self.stop_kithd)
        alice = self.device("alice")
        self.assertEqual(alice.publish(PROFILE, "x", card(NUMBER)).get("type"), "result")
        programs = self.dir / "bin"
        programs.mkdir()
        for name in "kithd", "kithctl":
            (programs / name).write_text(
                f'#!/bin/sh\nexec {BUILD / name} -c {self.kithd.conf} "$@"\n')
            (programs / name).chmod(0o755)
        (self.dir / "backups").mkdir()
        export = self.dir / "ejabberd/export"
        commands = re.findall(r"^(?: {4}| {7})([a-z].*)$", (TOP / "conf/guide.md").read_text(), re.M)
        self.assertGreater(len(commands), 20)
        for command in commands:
            with self.subTest(command):
                self.run_command(own_names(command), programs, export)
        self.assertEqual(self.query("SELECT count(*) FROM profile"), [(0,)])  # she was erased

    def run_command(self, command, programs, export):
        if command.startswith(self.elsewhere):
            if "export_piefxis" in command:
                (export / "20261122-051054.xml").write_text("<server-data xmlns='urn:xmpp:pie:0'/>")
            return
        if command.startswith("systemctl reload"):
            command = f"kill -HUP {self.kithd.process.pid}"
        if command.startswith(("systemctl stop", "systemctl restart")):
            self.assertEqual(self.kithd.stop(), 0)
        if command.startswith(("systemctl start", "systemctl restart")):
            self.kithd.start()
        if command.startswith("systemctl"):
            return
        for there, here in (("/var/lib/kith", self.kithd.dir), ("/var/backups", self.dir / "backups"),
                            ("/var/lib/prosody", self.server.dir / "data"),
                            ("/var/lib/ejabberd/export", export), ("-o ejabberd ", ""),
                            ("-o prosody ", ""), ("/etc/kith/example.net/kith.conf", self.kithd.conf)):
            command = command.replace(there, str(here))
        subprocess.run(["sh", "-euc", command], check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL,
                       env={"PATH": f"{programs}:{os.environ['PATH']}"})


if __name__ == "__main__":
    unittest.main()
