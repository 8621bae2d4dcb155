"""A display of its own for programs of a desktop, which are looked at and worked through AT-SPI.

An X server in memory without a window manager, a message bus on which nothing is started by itself,
and the registry of accessibility; stop() ends each by its id.
"""
import os
import pathlib
import re
import shutil
import subprocess
import time

from servers import PATIENCE_S, wait_until

# Asked anew each time: what is kept is brought up to date by events only, for which nobody waits here.
os.environ["ATSPI_NO_CACHE"] = "1"
try:
    import gi
    gi.require_version("Atspi", "2.0")
    from gi.repository import Atspi, GLib
    from PIL import ImageGrab
except (ImportError, ValueError):
    Atspi = None

REGISTRY = "/usr/libexec/at-spi2-registryd"
# Dialogs come up in the middle: there they don't cover the main windows, which are at the edges.
SIZE = (2200, 1500)
USER, GROUP = "nobody", "nogroup"  # whom programs run as that refuse root
COLOURS = 64
STILL_S = 0.5

BUS = """\
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/> <allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/> <allow eavesdrop="true"/>
  </policy>
</busconfig>
"""


def is_installed():
    return Atspi is not None and os.path.exists(REGISTRY) and all(
        map(shutil.which, ("Xvfb", "dbus-daemon")))


class Desktop:
    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.dir.mkdir()
        self.running = []
        self.environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def spawn(self, name, *command, **options):
        """Its output goes to a file of that name."""
        with open(self.dir / f"{name}.out", "ab") as out:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                       **{"env": self.environment, **options})
        self.running.append(process)
        return process

    def spawn_as_user(self, name, *command, home, **environment):
        """As a person's, who is never root: what is in home becomes theirs."""
        identity = {}
        if os.geteuid() == 0:
            identity = {"user": USER, "group": GROUP, "extra_groups": []}
            for path in (home, *home.rglob("*")):
                shutil.chown(path, USER, GROUP)
        return self.spawn(name, *command, cwd=home, **identity, env={
            **self.environment, "HOME": str(home), "GTK_THEME": "Adwaita",
            "GSETTINGS_BACKEND": "memory", "GIO_USE_VFS": "local", **environment})

    def start(self):
        """After a failure, too, stop() ends what was started."""
        read, write = os.pipe()
        with open(read, encoding="ascii") as number:
            self.spawn("xvfb", "Xvfb", "-displayfd", str(write), "-screen", "0",
                       "x".join(map(str, (*SIZE, 24))), "-nolisten", "tcp", "-ac",
                       pass_fds=(write,))
            os.close(write)
            display = number.readline().strip()
        assert display, "Xvfb has no display"
        socket = self.dir / "bus"
        conf = self.dir / "bus.conf"
        conf.write_text(BUS.format(socket=socket))
        bus = self.spawn("bus", "dbus-daemon", "--nofork", "--config-file", str(conf))
        wait_until(socket.exists, "the bus is up", bus)
        where = {"DISPLAY": f":{display}", "DBUS_SESSION_BUS_ADDRESS": f"unix:path={socket}",
                 "AT_SPI_BUS_ADDRESS": f"unix:path={socket}"}
        # XDG_RUNTIME_DIR: none that others than us may write to. So their AT-SPI goes by the bus, and
        # not by a socket of their own, on which they would refuse root.
        self.environment.update(where, XDG_RUNTIME_DIR=str(self.dir))
        os.environ.update(where)
        self.spawn("registry", REGISTRY)
        Atspi.set_timeout(PATIENCE_S * 1000, PATIENCE_S * 1000)

    def stop(self):
        """Ends each as its user would; where that doesn't help, for good."""
        Atspi.exit()
        while self.running:
            process = self.running.pop()
            process.terminate()
            try:
                process.wait(PATIENCE_S / 4)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(PATIENCE_S)

    @staticmethod
    def application(process):
        """Its root; None: it isn't there yet."""
        try:
            desktop = Atspi.get_desktop(0)
            for i in range(desktop.get_child_count()):
                application = desktop.get_child_at_index(i)
                if application and application.get_process_id() == process.pid:
                    return application
        except GLib.Error:
            pass  # one goes or comes just now
        return None

    def click(self, node):
        """With the mouse, in its middle."""
        area = node.get_extents(Atspi.CoordType.SCREEN)
        Atspi.generate_mouse_event(area.x + area.width // 2, area.y + area.height // 2, "b1c")

    def picture(self, window, file):
        """What is seen of a window once it is painted and changes no more, as a small PNG."""
        area = window.get_extents(Atspi.CoordType.SCREEN)
        box = (area.x, area.y, area.x + area.width, area.y + area.height)
        seen, since = None, 0

        def is_still():
            nonlocal seen, since
            now = ImageGrab.grab(box, xdisplay=os.environ["DISPLAY"])
            if seen is None or now.tobytes() != seen.tobytes():
                seen, since = now, time.monotonic()
            return time.monotonic() - since > STILL_S
        wait_until(is_still, "the window is still")
        seen.quantize(COLOURS).save(file, optimize=True)


def has(node, *states):
    """Whether all of these are its states (ATK's names)."""
    found = node.get_state_set()
    return all(found.contains(getattr(Atspi.StateType, state)) for state in states)


def nodes(root):
    """The node and all that is below it."""
    waiting = [root] if root else []
    while waiting:
        node = waiting.pop()
        yield node
        children = [node.get_child_at_index(i) for i in range(node.get_child_count())]
        waiting += [child for child in reversed(children) if child]


def find(root, role, name=None, hidden=False):
    """The first of that role and name that is to be seen; or None. name: whole, or a line of it, or a
    pattern for it; for what has a picture instead, its tooltip."""
    def is_named(text):
        return name is None or (name.fullmatch(text) is not None if isinstance(name, re.Pattern)
                                else name in (text, *text.split("\n")))
    try:
        for node in nodes(root):
            if node.get_role_name() == role and (hidden or has(node, "SHOWING")) and (
                    is_named(node.get_name()) or is_named(node.get_description())):
                return node
    except GLib.Error:
        pass  # it went while it was looked at
    return None


def words(node):
    """What can be read of a node: the content of a text, else its name."""
    if node.get_role_name() == "text":
        return Atspi.Text.get_text(node, 0, Atspi.Text.get_character_count(node))
    return node.get_name()


def outline(root):
    """What is seen, to be read by a person."""
    return "\n".join(f"{node.get_role_name()}: {words(node)}" for node in nodes(root)
                     if has(node, "SHOWING") and words(node))
