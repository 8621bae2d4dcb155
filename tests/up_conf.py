"""kithd whose conf and secret change while it works. Part of tests/promise_up.py."""

import os
import signal
import sqlite3
import unittest
import xml.etree.ElementTree as ET

from peer import COMPONENT, Kithd, Peer
from shims import Clock
from up_link import publish

SERVICE = "to='kith.example.org'"
# What shows only in memory, or after as many contacts as fill two books.
NOT_SEEN = {"queue_bytes", "writes_per_hour"}


def settings_form(stream, _):
    return stream.ask("<iq type='set' from='bob@example.org/x' %s id='settings'>"
                      "<command xmlns='http://jabber.org/protocol/commands' node='settings' "
                      "action='execute'/></iq>" % SERVICE)


def iq(kind, payload, who="bob@example.org"):
    return lambda stream, _: stream.ask("<iq type='%s' from='%s/x' %s id='conf'>%s</iq>"
                                        % (kind, who, SERVICE, payload))


def pubsub(kind, payload, who):
    return iq(kind, "<pubsub xmlns='http://jabber.org/protocol/pubsub'>%s</pubsub>" % payload, who)


def profile(who, number):
    return pubsub("set", "<publish node='urn:xmpp:vcard4'><item><vcard xmlns='urn:ietf:params:xml:ns:"
                  "vcard-4.0'><fn><text>Alice</text></fn><tel><uri>tel:%s</uri></tel></vcard></item>"
                  "</publish>" % number, who)


def lookup(who, whom="alice@example.org"):
    return pubsub("get", "<items node='urn:xmpp:vcard4'><item id='%s'/></items>" % whom, who)


def contact(who, item, note="x"):
    return pubsub("set", "<publish node='urn:xmpp:contacts'><item id='%s'><vcard xmlns='urn:ietf:params:"
                  "xml:ns:vcard-4.0'><fn><text>Name</text></fn><note><text>%s</text></note></vcard>"
                  "</item></publish>" % (item, note), who)


def search(who):
    return iq("set", "<query xmlns='jabber:iq:search'><nick>07400123456</nick></query>", who)


def share(who):
    return iq("set", "<command xmlns='http://jabber.org/protocol/commands' node='share'>"
              "<x xmlns='jabber:x:data' type='submit'><field var='subject'><value>alice@example.org"
              "</value></field><field var='to'><value>dave@example.org</value></field></x></command>", who)


def limit(action):
    """Whether somebody new is stopped when it is done three times."""
    number = [0]

    def probe(stream, kithd):
        number[0] += 1
        for i in range(3):
            answer = action("new%d@example.org" % (number[0]), i)(stream, kithd)
        return answer.get("type") == "error" or b"wait" in ET.tostring(answer)
    return probe


def kept(table):
    """How many rows are kept there, days later."""
    def probe(stream, kithd):
        kithd.clock.pass_s(61)
        search("bob@example.org")(stream, kithd)
        search("bob@example.org")(stream, kithd)
        with sqlite3.connect("file:%s?mode=ro" % kithd.store, uri=True) as store:
            return store.execute("SELECT count(*) FROM %s" % table).fetchone()
    return probe


service_vcard = iq("get", "<vCard xmlns='vcard-temp'/>")
service_info = iq("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>")
commands = iq("get", "<query xmlns='http://jabber.org/protocol/disco#items' "
                     "node='http://jabber.org/protocol/commands'/>")
ping_other = iq("get", "<query xmlns='jabber:iq:register'/>", "zoe@other.example")

# (section, key, another value, what shows it)
CHANGES = [
    ("", "domains", "example.org, other.example", ping_other),
    ("", "admins", "bob@example.org", commands),
    ("", "region", "DE", settings_form),
    ("", "name", "Books", service_info),
    ("", "description", "Other words", service_vcard),
    ("", "url", "https://other.example/", service_vcard),
    ("", "preset", "public", settings_form),
    ("group sales", "members", "alice@example.org", lookup("bob@example.org")),
    ("limits", "contacts_per_book", "1",
     limit(lambda who, i: contact(who, "i%d" % i))),
    ("limits", "card_bytes", "1024", contact("mia@example.org", "a", "y" * 2000)),
]
CHANGES += [("", "%s_addresses" % what, "mailto:new@example.org", service_info) for what in
            ("abuse", "admin", "feedback", "sales", "security", "status", "support")]
CHANGES += [("defaults", key, value, settings_form) for key, value in {
    "visible": "mutual", "audience": "nobody", "findable": "known", "share": "no",
    "updates": "never", "pushes": "off", "hold": "60", "first_change": "go"}.items()]
CHANGES += [("choices", key, value, settings_form) for key, value in {
    "visible": "everyone, nobody", "audience": "known, nobody", "findable": "everyone, known",
    "share": "ask, no", "updates": "auto, ask", "pushes": "on", "hold": "0, 60",
    "first_change": "ask"}.items()]
for behind in ("", "_in_all"):
    CHANGES += [
        ("limits", "changes_per_day" + behind, "1",
         limit(lambda who, i: profile(who, "+44740012346%d" % i))),
        ("limits", "lookups_per_hour" + behind, "1", limit(lambda who, i: lookup(who))),
        ("limits", "searches_per_hour" + behind, "1", limit(lambda who, i: search(who))),
        ("limits", "shares_per_hour" + behind, "1", limit(lambda who, i: share(who))),
    ]
CHANGES.append(("limits", "writes_per_hour_in_all", "1",
                limit(lambda who, i: contact(who, "i%d" % i))))


class Conf(unittest.TestCase):
    figures = None

    def setUp(self):
        self.clock = Clock()
        self.addCleanup(self.clock.close)
        self.peer = Peer()
        self.addCleanup(self.peer.close)
        self.kithd = Kithd(self.peer)
        self.kithd.clock = self.clock
        self.addCleanup(self.kithd.close)

    def start(self):
        self.kithd.start(**self.clock.environment)
        return self.peer.up()

    def reload(self, log="the conf is taken over"):
        self.kithd.signal(signal.SIGHUP)
        return self.kithd.wait_log(log)

    def assert_works(self, stream):
        self.assertEqual(stream.ask(publish("works")).get("type"), "result")

    # ---- The conf
    def changed(self, section, key, value):
        keys = self.kithd.sections.setdefault(section, {}) if section else self.kithd.keys
        before = keys.get(key)
        keys[key] = value
        self.kithd.write_conf()
        line = self.reload()
        if before is None:
            del keys[key]
        else:
            keys[key] = before
        if section and not keys:
            del self.kithd.sections[section]
        return line

    def test_every_key_that_may_change_takes_effect_at_once(self):
        printed = self.kithd.run("-n")[1]
        known = {line.split(" = ")[0] for line in printed.splitlines() if " = " in line}
        shown = {key for _, key, _, _ in CHANGES}
        self.kithd.sections["defaults"] = {"visible": "everyone", "findable": "everyone"}
        self.kithd.write_conf()
        stream = self.start()
        self.assertEqual(profile("alice@example.org", "+447400123456")(stream, None).get("type"), "result")
        for section, key, value, probe in CHANGES:
            with self.subTest(key, section=section):
                def look():
                    seen = probe(stream, self.kithd)
                    if isinstance(seen, ET.Element):
                        for command in seen.iter("{http://jabber.org/protocol/commands}command"):
                            command.attrib.pop("sessionid", None)
                        seen = ET.tostring(seen)
                    return seen

                before = look()
                line = self.changed(section, key, value)
                if "begins anew" in line:
                    self.assertTrue(stream.wait_end())
                    stream.end()
                    stream = self.peer.up()
                self.assertNotEqual(before, look())
                self.kithd.write_conf()
                if "begins anew" in self.reload():
                    stream.wait_end()
                    stream.end()
                    stream = self.peer.up()
                self.figures.add("keys changed")
        # Which are shown elsewhere: jid, store, server and secret below and in tests/it_link.py.
        self.assertEqual(known - shown - NOT_SEEN - {"jid", "store", "server"}, {
            "keep_days", "push_per_holder", "sleep_days"})

    def test_days_and_pushes_change_too(self):
        stream = self.start()
        who = "mia@example.org"
        contact(who, "gone")(stream, None)
        pubsub("set", "<retract node='urn:xmpp:contacts'><item id='gone'/></retract>", who)(stream, None)
        look = kept("retraction")
        self.clock.sleep_s(10 * 86400)
        self.assertEqual(look(stream, self.kithd), (1,))
        self.changed("limits", "keep_days", "5")
        self.assertEqual(look(stream, self.kithd), (0,))

        profile("alice@example.org", "+447400123456")(stream, None)
        self.clock.sleep_s(40 * 86400)
        look = kept("profile")
        self.assertEqual(look(stream, self.kithd), (1,))
        self.changed("limits", "sleep_days", "30")
        look(stream, self.kithd)  # one account at a time
        look(stream, self.kithd)
        self.assertEqual(look(stream, self.kithd), (0,))
        self.figures.add("keys changed", 2)

    def test_pushes_to_a_holder_are_limited_from_the_change_on(self):
        stream = self.start()
        alice = "alice@example.org"
        number = [0]

        def change():
            """Whether the holder was pushed."""
            number[0] += 1
            profile(alice, "+4474001234%02d" % number[0])(stream, None)
            while True:
                stanza = stream.stanza()
                if stanza.get("to") == "bob@example.org" and stanza.get("type") == "headline":
                    break
            stream.ask("<iq type='get' from='bob@example.org/x' %s id='s'>"
                       "<ping xmlns='urn:xmpp:ping'/></iq>" % SERVICE)
            pushed = [each for each in stream.ready if each.get("type") == "chat"]
            stream.ready.clear()
            return len(pushed)

        profile(alice, "+447400123400")(stream, None)
        pubsub("set", "<publish node='urn:xmpp:contacts'><item id='%s'><vcard xmlns='urn:ietf:params:"
               "xml:ns:vcard-4.0'><fn><text>Alice</text></fn><tel><uri>tel:+447400123400</uri></tel>"
               "</vcard></item></publish>" % alice, "bob@example.org")(stream, None)
        stream.ready.clear()
        self.assertEqual(change(), 1)
        self.changed("limits", "push_per_holder", "1")
        self.assertEqual(change(), 0)
        self.figures.add("keys changed")

    def test_a_new_server_is_gone_to(self):
        stream = self.start()
        other = Peer()
        self.addCleanup(other.close)
        self.kithd.keys["server"] = "127.0.0.1:%d" % other.port
        self.kithd.write_conf()
        self.reload("begins anew")
        stream.wait_end()
        stream.end()
        self.assert_works(other.up())

    def test_a_domain_that_is_added_has_what_the_server_grants_it(self):
        """The server says it at the beginning of a stream only."""
        def granted(stream):
            for domain in ("example.org", "other.example"):
                stream.send("<message from='%s' to='kith.example.org'><privilege xmlns='urn:xmpp:"
                            "privilege:2'><perm access='roster' type='get'/></privilege></message>"
                            % domain)

        stream = self.start()
        granted(stream)
        self.assert_works(stream)
        self.clock.pass_s(2)
        self.kithd.wait_log("server: roster: yes")
        self.kithd.keys["domains"] = "example.org, other.example"
        self.kithd.write_conf()
        self.reload("begins anew")
        stream.wait_end()
        stream.end()
        stream = self.peer.up()
        granted(stream)
        self.assert_works(stream)
        self.clock.pass_s(2)
        self.assertIn("other.example", self.kithd.wait_log("other.example)"))

    def test_a_conf_that_is_bad_gone_or_unreadable_changes_nothing(self):
        stream = self.start()
        with open(self.kithd.conf) as file:
            good = file.read()

        def write(text):
            with open(self.kithd.conf, "w") as file:
                file.write(text)

        def faulty(name, log, make, undo=lambda: None):
            with self.subTest(name):
                make()
                self.kithd.signal(signal.SIGHUP)
                self.kithd.wait_log(log)
                self.kithd.wait_log("the conf is not taken over")
                undo()
                write(good)
                os.chmod(self.kithd.conf, 0o600)
                self.assert_works(stream)
                self.figures.add("faulty confs")

        faulty("a slip", ":1: ", lambda: write("jjid = x\n" + good))
        faulty("empty", "jid is missing", lambda: write(""))
        faulty("garbage", "kith.conf:1: ", lambda: write("\0\1\2\3" * 5000))
        faulty("others may read the secret", "chmod go=", lambda: os.chmod(self.kithd.conf, 0o644))
        faulty("gone", "kith.conf: No such file", lambda: os.unlink(self.kithd.conf))
        faulty("a directory", "not a regular file", lambda: (os.unlink(self.kithd.conf), os.mkdir(self.kithd.conf)),
               lambda: os.rmdir(self.kithd.conf))
        faulty("a device without end", "not a regular file",
               lambda: (os.unlink(self.kithd.conf), os.symlink("/dev/zero", self.kithd.conf)),
               lambda: os.unlink(self.kithd.conf))
        faulty("a pipe that nobody writes to", "not a regular file",
               lambda: (os.unlink(self.kithd.conf), os.mkfifo(self.kithd.conf)),
               lambda: os.unlink(self.kithd.conf))
        faulty("no secret file", "secret: No such file", lambda: write(
            good.replace("secret = secret", "secret_file = %s/secret" % self.kithd.directory.name)))
        self.reload()
        self.assert_works(stream)

    def test_a_conf_read_twice_in_a_row_or_while_it_stops_does_no_harm(self):
        stream = self.start()
        for _ in range(50):
            self.kithd.signal(signal.SIGHUP)
        self.assert_works(stream)
        self.kithd.signal(signal.SIGTERM)
        self.kithd.keys["secret"] = "another"
        self.kithd.write_conf()
        self.kithd.signal(signal.SIGHUP)
        self.assertTrue(stream.wait_end())
        stream.end()
        self.assertEqual(self.kithd.wait(), 0)

    # ---- The secret
    def use_file(self, directory=None):
        self.secret = os.path.join(directory or self.kithd.directory.name, "secret")
        del self.kithd.keys["secret"]
        self.kithd.keys["secret_file"] = os.path.join(self.kithd.directory.name, "secret")
        self.kithd.write_conf()
        self.rotate_here("secret")

    def rotate_here(self, secret):
        with open(self.secret + ".new", "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(secret + "\n")
        os.rename(self.secret + ".new", self.secret)

    def refused(self, prepare=lambda: None):
        """What kithd logs of it."""
        stream = self.peer.connection()
        prepare()
        stream.open()
        self.assertFalse(stream.handshake())
        self.kithd.log.clear()
        stream.refuse("not-authorized")
        self.kithd.wait_log("not-authorized; next try in")
        self.clock.pass_s(60)
        return "\n".join(self.kithd.log)

    def test_a_secret_that_is_rotated_at_the_server_first_is_found_by_itself(self):
        self.use_file()
        stream = self.start()
        self.peer.secret = "new"
        stream.reset()
        self.kithd.wait_log("next try")
        self.clock.pass_s(60)
        self.refused()
        self.refused()
        self.rotate_here("new")
        self.assertIn("another secret", self.refused())  # with what it had; then it looks
        self.assert_works(self.peer.up())
        self.figures.add("secrets rotated")

    def test_a_secret_that_is_rotated_here_first_is_found_by_itself(self):
        self.use_file()
        stream = self.start()
        self.rotate_here("new")
        self.assert_works(stream)
        self.peer.secret = "new"
        stream.reset()
        self.kithd.wait_log("next try")
        self.clock.pass_s(60)
        self.refused()
        self.assert_works(self.peer.up())
        self.figures.add("secrets rotated")

    def test_a_secret_that_is_rotated_and_told_by_a_signal_begins_the_link_anew(self):
        self.use_file()
        stream = self.start()
        self.peer.secret = "new"
        self.rotate_here("new")
        self.reload("begins anew")
        stream.wait_end()
        stream.end()
        self.assert_works(self.peer.up())
        self.figures.add("secrets rotated")

    def test_a_secret_file_that_is_gone_is_told_and_the_old_one_kept(self):
        self.use_file()
        self.kithd.start(**self.clock.environment)
        self.peer.secret, old = "new", self.peer.secret
        log = self.refused(lambda: os.unlink(self.secret))
        self.assertIn("secret: No such file or directory; the secret in use stays", log)
        self.peer.secret = old
        self.assert_works(self.peer.up())

    def test_a_conf_that_is_half_edited_isnt_read_for_a_secret(self):
        self.use_file()
        self.kithd.start(**self.clock.environment)
        def edit():
            with open(self.kithd.conf, "a") as file:
                file.write("nonsense\n")
            self.rotate_here("new")

        self.peer.secret = "new"
        self.refused(edit)
        self.assert_works(self.peer.up())

    def test_a_credential_of_systemd_stands_for_the_secret_file(self):
        credentials = os.path.join(self.kithd.directory.name, "credentials")
        os.mkdir(credentials)
        self.use_file(credentials)  # there is none where the conf says
        self.kithd.start(CREDENTIALS_DIRECTORY=credentials, **self.clock.environment)
        stream = self.peer.up()
        self.assert_works(stream)
        self.assertEqual(stream.ask(publish("x")).tag, COMPONENT + "iq")
