#!/usr/bin/python3
"""`kith watch --notify` against a real Prosody and kithd, on a message bus of its own with a notification
server that this test is: what is shown, and what its buttons do."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from clients import Person, card, send_stanza  # noqa: E402
from servers import BUILD, PATIENCE_S, Kithd, Prosody, wait_until  # noqa: E402
from it_cli import Watch  # noqa: E402

try:
    from gi.repository import Gio, GLib
except ImportError:
    Gio = None

MOBILE, NEW_MOBILE = "+44 7400 123456", "+44 7400 654321"
NAME, PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
# Desktop Notifications Specification 1.2, what of it a client needs.
INTERFACE = """<node><interface name='org.freedesktop.Notifications'>
<method name='GetCapabilities'><arg type='as' direction='out'/></method>
<method name='GetServerInformation'><arg type='s' direction='out'/><arg type='s' direction='out'/>
<arg type='s' direction='out'/><arg type='s' direction='out'/></method>
<method name='Notify'><arg type='s' direction='in'/><arg type='u' direction='in'/>
<arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='s' direction='in'/>
<arg type='as' direction='in'/><arg type='a{sv}' direction='in'/><arg type='i' direction='in'/>
<arg type='u' direction='out'/></method>
<method name='CloseNotification'><arg type='u' direction='in'/></method>
<signal name='ActionInvoked'><arg type='u'/><arg type='s'/></signal>
<signal name='NotificationClosed'><arg type='u'/><arg type='u'/></signal>
</interface></node>"""


def is_built():
    """With libnotify, which the build may be without."""
    conf = BUILD / "config.h"
    return conf.exists() and "#define HAVE_LIBNOTIFY 1" in conf.read_text()


class Bus:
    """A message bus on which nothing is started by itself."""

    def __init__(self):
        self.process = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "XDG_DATA_DIRS": "/nonexistent", "XDG_DATA_HOME": "/nonexistent"})
        self.address = self.process.stdout.readline().strip()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(PATIENCE_S)
        self.process.stdout.close()


class Notifications:
    """A notification server. shown: of each notification, its summary, body and buttons."""

    def __init__(self, bus, capabilities=("actions", "body", "body-markup")):
        self.capabilities = capabilities
        self.shown = {}
        self.closed = []
        self.count = 0
        self.context = GLib.MainContext()
        self.loop = GLib.MainLoop(self.context)
        ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(bus.address, ready))
        self.thread.start()
        assert ready.wait(PATIENCE_S)

    def _run(self, address, ready):
        self.context.push_thread_default()
        flags = Gio.DBusConnectionFlags
        self.connection = Gio.DBusConnection.new_for_address_sync(
            address, flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION, None, None)
        self.connection.set_exit_on_close(False)
        node = Gio.DBusNodeInfo.new_for_xml(INTERFACE)
        self.connection.register_object(PATH, node.interfaces[0], self._call, None, None)
        self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus",
                                  "org.freedesktop.DBus", "RequestName",
                                  GLib.Variant("(su)", (NAME, 0)), None, 0, -1, None)
        ready.set()
        self.loop.run()
        self.connection.close_sync(None)
        self.context.pop_thread_default()

    def _call(self, _connection, _sender, _path, _interface, method, arguments, invocation):
        arguments = arguments.unpack()
        if method == "GetCapabilities":
            invocation.return_value(GLib.Variant("(as)", (self.capabilities,)))
        elif method == "GetServerInformation":
            invocation.return_value(GLib.Variant("(ssss)", ("test", "kith", "1", "1.2")))
        elif method == "CloseNotification":
            self.closed.append(arguments[0])
            self.shown.pop(arguments[0], None)
            invocation.return_value(None)
            self._emit("NotificationClosed", "(uu)", (arguments[0], 3))
        elif method == "Notify":
            self.count += 1
            _, _, _, summary, body, actions, _, _ = arguments
            self.shown[self.count] = (summary, body, dict(zip(actions[1::2], actions[::2])))
            invocation.return_value(GLib.Variant("(u)", (self.count,)))

    def _emit(self, signal_name, kind, values):
        self.connection.emit_signal(None, PATH, NAME, signal_name, GLib.Variant(kind, values))

    def wait(self, pattern):
        """The first notification with that in summary or body: its id."""
        def look():
            return next((n for n, (summary, body, _) in list(self.shown.items())
                         if re.search(pattern, f"{summary}\n{body}", re.S)), None)
        return wait_until(look, f"a notification {pattern}")

    def press(self, number, label):
        self._emit("ActionInvoked", "(us)", (number, self.shown[number][2][label]))

    def stop(self):
        self.loop.quit()
        self.thread.join(PATIENCE_S)


@unittest.skipUnless(is_built(), "built without libnotify")
@unittest.skipUnless(Gio and shutil.which("dbus-daemon"), "python3-gi or dbus-daemon is not installed")
class Notify(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="kith-notify-")
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)
        cls.prosody = Prosody(f"{cls.dir}/prosody")
        cls.prosody.start()
        cls.addClassCleanup(cls.prosody.stop)
        cls.kithd = Kithd(f"{cls.dir}/kithd", cls.prosody.component_port, "preset = company")
        cls.kithd.start()
        cls.addClassCleanup(cls.kithd.stop)
        cls.count = 0

    def setUp(self):
        type(self).count += 1
        self.bus = Bus()
        self.addCleanup(self.bus.stop)

    def people(self, *names):
        users = [f"{name}{self.count}" for name in names]
        self.prosody.register(*users)
        people = [Person(self.dir, self.prosody, user) for user in users]
        for person in people:
            person.environment["DBUS_SESSION_BUS_ADDRESS"] = self.bus.address
        return people

    def serve(self, *capabilities):
        server = Notifications(self.bus, *([capabilities] if capabilities else []))
        self.addCleanup(server.stop)
        return server

    def watch(self, person, terminal=False):
        watch = Watch(person, terminal=terminal, after=("--notify",))
        self.addCleanup(watch.stop)
        watch.wait("The address book is at")
        return watch

    def on_service(self, person, name):
        """On another device of the person."""
        other = Person(self.dir, self.prosody, person.jid.split("@", maxsplit=1)[0], "other")
        other.kith("sync")
        return name in other.cards()

    def test_a_card_is_saved_by_its_button(self):
        server = self.serve()
        alice, bob = self.people("alice", "bob")
        alice.add(card("Dave Example", ("", MOBILE)))
        watch = self.watch(bob)
        alice.kith("send", bob.jid, "Dave")
        number = server.wait(f"^Dave Example\n.*Card from {alice.jid}: Dave Example: .*{re.escape(MOBILE)}")
        self.assertEqual(list(server.shown[number][2]), ["Save to address book", "Not now"])
        self.assertEqual(bob.cards(), {})
        server.press(number, "Save to address book")
        watch.wait(r"Saved Dave Example \(new\)")
        self.assertIn("Dave Example", bob.cards())
        self.assertTrue(self.on_service(bob, "Dave Example"))
        wait_until(lambda: number in server.closed, "the notification goes")
        # It stays up, and the next one comes.
        alice.kith("send", bob.jid, "Dave")
        second = server.wait("Dave Example")
        self.assertNotEqual(second, number)
        self.assertEqual(watch.stop(), 0)

    def test_not_now_leaves_it_to_be_saved_later(self):
        server = self.serve()
        alice, bob = self.people("alice", "bob")
        alice.add(card("Dave Example", ("", MOBILE)))
        watch = self.watch(bob)
        alice.kith("send", bob.jid, "Dave")
        number = server.wait("Dave Example")
        server.press(number, "Not now")
        wait_until(lambda: number in server.closed, "the notification goes")
        server._emit("ActionInvoked", "(us)", (number, "0"))  # too late
        self.assertEqual(watch.stop(), 0)
        self.assertEqual(bob.cards(), {})
        self.assertIn("Dave Example", bob.kith("save", "list"))

    def test_an_answer_at_the_terminal_takes_the_notification_away_and_the_other_way_round(self):
        server = self.serve()
        alice, bob = self.people("alice", "bob")
        alice.add(card("Dave Example", ("", MOBILE)))
        alice.add(card("Erin Example", ("", NEW_MOBILE)))
        watch = self.watch(bob, terminal=True)
        alice.kith("send", bob.jid, "Dave")
        number = server.wait("Dave Example")
        watch.wait(r"Enter for none\] ")
        watch.type("1\n")
        watch.wait(r"Saved Dave Example \(new\)")
        wait_until(lambda: number in server.closed, "the notification goes")
        alice.kith("send", bob.jid, "Erin")
        number = server.wait("Erin Example")
        watch.wait(r"(?s)Erin.*Enter for none\] ")
        server.press(number, "Save to address book")
        watch.wait(r"Saved Erin Example \(new\)")
        self.assertEqual(watch.stop(), 0)

    def test_an_update_is_undone_by_its_button(self):
        server = self.serve()
        carol, bob = self.people("carol", "bob")
        carol.kith("number", "cell", MOBILE)
        bob.add(card("Caz", ("cell", MOBILE), jid=carol.jid), "link")
        watch = self.watch(bob)
        carol.kith("number", "cell", NEW_MOBILE)
        number = server.wait(f"^Address book\n.*{re.escape(MOBILE)} is now {re.escape(NEW_MOBILE)}")
        self.assertEqual(list(server.shown[number][2]), ["Undo"])

        def has(value):
            return value.replace(" ", "") in bob.cards()["Caz"].replace(" ", "")
        wait_until(lambda: has(NEW_MOBILE), "the book has it")
        server.press(number, "Undo")
        wait_until(lambda: has(MOBILE), "the book has the old one again")
        self.assertFalse(has(NEW_MOBILE))
        watch.wait("taken back")
        self.assertEqual(watch.stop(), 0)
        # On the service, too.
        self.assertIn(MOBILE.replace(" ", ""), bob.kith("show", "Caz").replace(" ", ""))

    def test_a_proposal_is_answered_by_its_buttons(self):
        server = self.serve()
        carol, bob = self.people("carol", "bob")
        bob.kith("settings", "updates", "ask")
        carol.kith("number", "cell", MOBILE)
        bob.add(card("Caz", ("cell", MOBILE), jid=carol.jid), "link")
        watch = self.watch(bob)
        carol.kith("number", "cell", NEW_MOBILE)
        number = server.wait("Your card is unchanged")
        self.assertEqual(list(server.shown[number][2]), ["Change my card", "Leave it"])
        server.press(number, "Change my card")
        wait_until(lambda: "7400654321" in bob.cards()["Caz"].replace(" ", ""), "the card is changed")
        self.assertEqual(watch.stop(), 0)

    def test_what_is_in_a_card_steers_nothing(self):
        server = self.serve()
        alice, bob = self.people("alice", "bob")
        watch = self.watch(bob)
        send_stanza(self.prosody, alice.jid.split("@", maxsplit=1)[0], (
            f"<message to='{bob.jid}' type='chat' id='x'><body>card</body><vcard "
            "xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>&lt;b&gt;Bold&lt;/b&gt; &amp;amp; "
            "&lt;a href='http://evil.example'&gt;x&lt;/a&gt;&#x202e;lanigiro</text></fn>"
            f"<org><text>{'long ' * 400}</text></org></vcard></message>"))
        number = server.wait("Bold")
        summary, body, _ = server.shown[number]
        self.assertTrue(summary.startswith("<b>Bold</b> &amp;"), summary)  # is plain text
        self.assertNotIn("\u202e", summary + body)
        self.assertIn("&lt;b&gt;Bold&lt;/b&gt; &amp;amp; &lt;a href=", body)
        self.assertNotIn("<", body)
        self.assertLess(len(body), 800)
        self.assertLessEqual(len(summary), 80)
        self.assertEqual(watch.stop(), 0)

    def test_a_server_without_markup_and_buttons_gets_plain_text_and_what_to_type(self):
        server = self.serve("body")
        alice, bob = self.people("alice", "bob")
        alice.add(card("Dave & Co", ("", MOBILE)))
        watch = self.watch(bob)
        alice.kith("send", bob.jid, "Dave")
        number = server.wait("Dave & Co")
        _, body, actions = server.shown[number]
        self.assertEqual(actions, {})
        self.assertIn("Dave & Co", body)
        self.assertIn("[save 1]", body)
        self.assertEqual(watch.stop(), 0)

    def test_a_button_works_after_a_reconnect(self):
        server = self.serve()
        alice, bob = self.people("alice", "bob")
        alice.add(card("Dave Example", ("", MOBILE)))
        watch = self.watch(bob)
        alice.kith("send", bob.jid, "Dave")
        number = server.wait("Dave Example")
        self.prosody.stop()
        watch.wait("kith: ")
        ups = self.kithd.output().count(" is up at ")
        self.prosody.start()
        wait_until(lambda: self.kithd.output().count(" is up at ") > ups, "kithd is back")
        watch.wait("(?s)The address book is at.*The address book is at")
        server.press(number, "Save to address book")
        watch.wait(r"Saved Dave Example \(new\)")
        self.assertEqual(watch.stop(), 0)

    def test_without_a_server_it_says_so_once_and_goes_on(self):
        alice, bob = self.people("alice", "bob")
        alice.add(card("Dave Example", ("", MOBILE)))
        watch = self.watch(bob)
        alice.kith("send", bob.jid, "Dave")
        watch.wait(r"\[1\] Card from")
        watch.wait("kith: no notifications: ")
        alice.kith("send", bob.jid, "Dave")
        watch.wait(r"\[2\] Card from")
        server = self.serve()
        alice.kith("send", bob.jid, "Dave")
        server.wait(r"\[3\] Card from")
        server.stop()
        # And without a bus, which ends no program.
        self.bus.stop()
        alice.kith("send", bob.jid, "Dave")
        watch.wait(r"\[4\] Card from")
        alice.kith("send", bob.jid, "Dave")
        watch.wait(r"\[5\] Card from")
        self.assertEqual(watch.text.count("no notifications"), 2)
        self.assertIsNone(watch.process.poll())
        self.assertEqual(watch.stop(signal.SIGINT), 0)

    def test_a_failure_is_shown_too(self):
        server = self.serve()
        carol, bob = self.people("carol", "bob")
        carol.kith("number", "cell", MOBILE)
        bob.add(card("Caz", ("cell", MOBILE), jid=carol.jid), "link")
        watch = self.watch(bob)
        carol.kith("number", "cell", NEW_MOBILE)
        number = server.wait("is now")
        wait_until(lambda: "7400654321" in bob.cards()["Caz"].replace(" ", ""), "the book has it")
        bob.kith("undo", "Caz")
        server.press(number, "Undo")  # once more
        server.wait("There is no update of")
        self.assertEqual(watch.stop(), 0)


class Without(unittest.TestCase):
    @unittest.skipIf(is_built(), "built with libnotify")
    def test_without_libnotify_the_option_says_so(self):
        done = subprocess.run([str(BUILD / "kith"), "watch", "--notify"], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("built without libnotify", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
