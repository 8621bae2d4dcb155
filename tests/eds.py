"""Evolution Data Server without a desktop: on a session bus that knows it alone, with a home of its
own; and a reader and writer of its books that shares nothing with Kith."""
import atexit
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from servers import BUILD, wait_until

try:
    import gi
    gi.require_version("EBook", "1.2")
    gi.require_version("EBookContacts", "1.2")
    gi.require_version("EDataServer", "1.2")
    from gi.repository import EBook, EBookContacts, EDataServer, Gio, GLib
except (ImportError, ValueError):
    gi = None

MODULES = BUILD / "plugin" / ".libs"
SERVICES = "/usr/share/dbus-1/services"
BOOKS, SOURCES = ("org.gnome.evolution.dataserver.AddressBook10",
                  "org.gnome.evolution.dataserver.Sources5")
INSIDE = "KITH_TEST_EDS"  # set in the session: its directory
WITHOUT_WAITING = 0xffffffff
BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
 <type>session</type>
 <listen>unix:dir={dir}</listen>
 <auth>EXTERNAL</auth>
 <servicedir>{dir}/services</servicedir>
 <policy context="default">
  <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
 </policy>
</busconfig>
"""


def missing():
    """Why it can't be run here; None: it can."""
    if gi is None:
        return "python3-gi or the typelibs of EBook aren't installed"
    if not shutil.which("dbus-run-session"):
        return "dbus-run-session isn't installed"
    if not pathlib.Path(SERVICES, f"{BOOKS}.service").exists():
        return "evolution-data-server isn't installed"
    if not (MODULES / "kith_book_eds.so").exists():
        return "Kith was built without it"
    return None


def run_in_session():
    """Goes on as the same program in a session of its own, which ends with it."""
    if INSIDE in os.environ or missing():
        return
    directory = pathlib.Path(tempfile.mkdtemp(prefix="kith-eds-"))
    (directory / "services").mkdir()
    (directory / "home").mkdir()
    for name in BOOKS, SOURCES:
        # systemd isn't asked to start them.
        text = pathlib.Path(SERVICES, f"{name}.service").read_text()
        (directory / "services" / f"{name}.service").write_text(
            "".join(line for line in text.splitlines(True) if "Systemd" not in line))
    # GDBus forgets some eight bytes a name; what a sanitizer can see of that is GLib's allocator.
    (directory / "suppressions").write_text("leak:g_malloc0\n")
    (directory / "bus.conf").write_text(BUS.format(dir=directory))
    home = directory / "home"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    os.execvpe("dbus-run-session", [
        "dbus-run-session", f"--config-file={directory}/bus.conf", "--", sys.executable, *sys.argv],
        {**kept, "HOME": str(home), "XDG_RUNTIME_DIR": str(home), INSIDE: str(directory),
         "GSETTINGS_BACKEND": "memory", "GIO_USE_VFS": "local", "LC_ALL": "C.UTF-8"})


def end_session():
    """To be called when all is done: ends the servers, and removes what they wrote."""
    for name in BOOKS, SOURCES:
        kill(name, signal.SIGTERM)
    shutil.rmtree(os.environ[INSIDE], ignore_errors=True)


if INSIDE in os.environ and gi:
    atexit.register(end_session)


def environment():
    """What a program needs in the session besides its own."""
    return {**{name: os.environ[name] for name in
               ("HOME", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "GSETTINGS_BACKEND",
                "GIO_USE_VFS")},
            "LD_LIBRARY_PATH": str(MODULES),
            "LSAN_OPTIONS": f"print_suppressions=0:suppressions={os.environ[INSIDE]}/suppressions"}


def ask_bus(method, name):
    bus = Gio.bus_get_sync(Gio.BusType.SESSION)
    return bus.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", method,
                         GLib.Variant("(s)", (name,)), None, 0, -1)[0]


def kill(name=BOOKS, how=signal.SIGKILL):
    """Ends the server of that name, if it runs; it is started again when it is asked."""
    if not ask_bus("NameHasOwner", name):
        return
    os.kill(ask_bus("GetConnectionUnixProcessID", name), how)
    wait_until(lambda: not ask_bus("NameHasOwner", name), f"{name} ends")


class Book:
    """An address book, as another program sees it: connected anew for each call. uid: of one that
    there is; else a new one is made."""

    def __init__(self, name, uid=None):
        self.name = name
        self.uid = uid or self.make()
        self.source = wait_until(lambda: EDataServer.SourceRegistry.new_sync().ref_source(self.uid),
                                 "the address book is there")
        self.photos = pathlib.Path(os.environ["HOME"], ".local/share/evolution/addressbook",
                                   self.uid, "photos")

    def make(self):
        source = EDataServer.Source.new()
        source.set_display_name(self.name)
        source.set_parent("local-stub")
        source.get_extension("Address Book").set_backend_name("local")
        EDataServer.SourceRegistry.new_sync().commit_source_sync(source)
        return source.get_uid()

    def client(self):
        return EBook.BookClient.connect_sync(self.source, WITHOUT_WAITING)

    def cards(self):
        """The texts by the FN in them."""
        _, found = self.client().get_contacts_sync('(contains "x-evolution-any-field" "")')
        cards = {}
        for contact in found:
            assert contact.props.full_name not in cards, "it is there twice"
            cards[contact.props.full_name] = unfolded(contact)
        return cards

    def add(self, text):
        """The UID it got."""
        return self.client().add_contact_sync(
            EBookContacts.Contact.new_from_vcard(text), EBookContacts.BookOperationFlags.NONE)[1]

    def contact(self, name):
        _, found = self.client().get_contacts_sync(f'(is "full_name" "{name}")')
        return found[0]

    def edit(self, name, old, new):
        """Puts new in the place of old, in the card of that name."""
        text = unfolded(self.contact(name))
        assert old in text, text
        self.client().modify_contact_sync(
            EBookContacts.Contact.new_from_vcard(text.replace(old, new)),
            EBookContacts.BookOperationFlags.NONE)

    def remove(self, name):
        self.client().remove_contact_by_uid_sync(self.contact(name).props.id,
                                                 EBookContacts.BookOperationFlags.NONE)

    def photo(self, name):
        """The data of somebody's photo."""
        uri = self.contact(name).get_attribute("PHOTO").get_value()
        return pathlib.Path(GLib.filename_from_uri(uri)[0]).read_bytes()


def unfolded(contact):
    text = contact.to_string(EBookContacts.VCardFormat(1))
    return text.replace("\r\n ", "")


if __name__ == "__main__":
    # COMMAND ...: runs it in a session. 77, automake's sign of a test that was skipped: not here.
    if missing():
        print(missing())
        sys.exit(77)
    run_in_session()
    sys.exit(subprocess.run(sys.argv[1:], env={**os.environ, **environment()}, check=False).returncode)
