"""Gajim 1.7, as a person works it: menus, dialogs, forms and the chat."""
import json
import pathlib
import shutil
import sqlite3
import time

import desktop
import servers
from desktop import find, has, nodes, outline

# Nothing goes to the net, nothing asks, and nobody is away.
SETTINGS = {
    "app": {"use_keyring": False, "check_for_update": False, "autoaway": False, "autoxa": False,
            "sounds_on": False, "show_notifications": False, "show_trayicon": False,
            "show_send_message_button": True, "dark_theme": 0, "mainwin_width": 780,
            "mainwin_height": 340},
    "plugins": {}, "proxies": {}, "soundevents": {}, "status_presets": {},
    "workspaces": {"chats": {"name": "Chats", "chats": []}},
}
TABLES = """\
CREATE TABLE settings (name TEXT UNIQUE, settings TEXT);
CREATE TABLE account_settings (account TEXT UNIQUE, settings TEXT);
PRAGMA user_version = 5;
"""
PROFILE_ENTRIES = {"name": "Full Name", "number": "Phone No."}
# Gajim checks a field 200 ms after its last change, and fails if its form has gone by then.
CHECK_S = 0.25


def is_installed():
    return desktop.is_installed() and shutil.which("gajim") is not None


class Gajim:
    """One that is online as a user of the server. place: of its main window on the desktop."""

    def __init__(self, directory, screen, server, user, place=(0, 0)):
        self.desktop = screen
        self.user = user
        self.checked_at = 0
        self.home = pathlib.Path(directory)
        conf = self.home / ".config/gajim"
        conf.mkdir(parents=True)
        app = {**SETTINGS["app"], "mainwin_x_position": place[0], "mainwin_y_position": place[1]}
        account = {
            "active": True, "account_label": user.capitalize(), "name": user,
            "hostname": servers.DOMAIN, "password": servers.PASSWORD, "resource": "gajim",
            "use_custom_host": True, "custom_host": servers.HOST, "custom_port": server.c2s_port,
            "custom_type": "PLAIN", "use_plain_connection": True,
            "confirm_unencrypted_connection": False}
        settings = sqlite3.connect(conf / f"settings.sqlite.{user}")
        with settings:
            settings.executescript(TABLES)
            settings.executemany("INSERT INTO settings VALUES (?, ?)", [
                (name, json.dumps(value)) for name, value in {**SETTINGS, "app": app}.items()])
            settings.execute("INSERT INTO account_settings VALUES (?, ?)", (
                user, json.dumps({"account": account, "contact": {}, "group_chat": {}})))
        settings.close()
        gtk = self.home / ".config/gtk-3.0/settings.ini"
        gtk.parent.mkdir()
        gtk.write_text("[Settings]\ngtk-enable-animations=0\ngtk-cursor-blink=0\n")

    def start(self):
        # A profile of its own: two on one bus would else be one.
        self.process = self.desktop.spawn_as_user(f"gajim-{self.user}", "gajim", "-p", self.user,
                                                  home=self.home)
        self.wait_until(lambda: self.look("menu item", "Profile", hidden=True, sensitive=True),
                        "is online")

    def wait_until(self, condition, what):
        """As servers.wait_until; a failure says what is on the screen."""
        try:
            return servers.wait_until(condition, f"{self.user}'s Gajim: {what}", self.process)
        except AssertionError as error:
            raise AssertionError(f"{error}; to be seen:\n"
                                 f"{outline(self.desktop.application(self.process))}") from None

    def look(self, role, name=None, window=None, hidden=False, sensitive=False):
        node = find(window or self.desktop.application(self.process), role, name, hidden)
        return node if node and (not sensitive or has(node, "SENSITIVE")) else None

    def wait(self, role, name=None, window=None, **how):
        """Until there is such a node; the node. window: that it is in."""
        return self.wait_until(lambda: self.look(role, name, window, **how), f"{role} {name}")

    def press(self, name, window=None, role="push button", **how):
        """As soon as it can be pressed."""
        self.wait_until(lambda: time.monotonic() >= self.checked_at, "the fields are checked")
        self.wait(role, name, window, sensitive=True, **how).do_action(0)

    def menu(self, name, window=None):
        """An entry of the menus, which need not be open."""
        self.press(name, window, "menu item", hidden=True)

    def press_for(self, row, name, window):
        """Selects a row of a table, and presses a button for it. Rows may be put in again while the
        answers come, and are selected no more then."""
        def look():
            cell = self.look("table cell", row, window)
            if not cell:
                return None
            if not has(cell, "SELECTED"):
                cell.grab_focus()
            return self.look("push button", name, window, sensitive=True)
        self.wait_until(look, f"{name} for {row}").do_action(0)

    def said(self, text, window=None):
        """Waits for a text on the screen."""
        return self.wait("label", text, window)

    # ---- Forms (XEP-0004) ----

    def field(self, label, role, window):
        """The widget of a field: put into the grid after its label, and so before it here."""
        def look():
            node = self.look("label", label, window)
            for i in reversed(range(node.get_index_in_parent() if node else 0)):
                widget = find(node.get_parent().get_child_at_index(i), role)
                if widget:
                    return widget
            return None
        return self.wait_until(look, f"field {label}")

    def fill(self, label, text, window):
        self.field(label, "text", window).set_text_contents(text)
        self.checked_at = time.monotonic() + CHECK_S

    def choose(self, label, option, window):
        box = self.field(label, "combo box", window)
        self.menu(option, box)
        self.wait_until(lambda: box.get_name() == option, f"{option} is chosen")
        self.checked_at = time.monotonic() + CHECK_S

    def tick(self, label, window):
        self.field(label, "check box", window).do_action(0)
        self.checked_at = time.monotonic() + CHECK_S

    # ---- Its windows ----

    def service(self, action):
        """Presses a button for the service, where services are discovered."""
        self.menu("Discover Services…")
        window = self.wait("frame", f"Browsing {servers.DOMAIN} using account {self.user}")
        self.press_for(servers.SERVICE, action, window)

    def command(self, name):
        """Begins a command of the service: its window, which is that of the one before, if any."""
        again = self.look("push button", "Commands")
        if again:
            again.do_action(0)
        else:
            self.service("Command")
        window = self.wait("frame", "Command List")
        self.press_for(name, "Execute", window)
        return window

    def add_contact(self, address):
        """To the roster, each seeing the other's presence."""
        self.menu("Add Contact…")
        window = self.wait("frame", "Add Contact")
        self.wait("text", "", window).set_text_contents(address)
        self.press("Next", window)
        self.press("Add Contact", window)

    def edit_profile(self, **entries):
        """Opens the own vCard and writes entries into it: its window, in which nothing is saved yet."""
        self.menu("Profile")
        window = self.wait("frame", "Profile")
        self.press("Edit", window)
        for entry, value in entries.items():
            entry = PROFILE_ENTRIES[entry]
            if not self.look("label", entry, window):
                self.menu(entry, window)
            self.fill(entry, value, window)
        return window

    def save_profile(self, window):
        self.press("Save", window)
        self.wait("push button", "Edit", window)

    def chat(self, name):
        """Opens a chat of the list at the left."""
        self.desktop.click(self.wait("label", name))

    def write(self, text):
        """A message in the chat that is open."""
        entry = self.wait_until(lambda: next(
            (node for node in nodes(self.wait("frame", "Gajim"))
             if node.get_role_name() == "text" and has(node, "SHOWING", "EDITABLE", "MULTI_LINE")),
            None), "a chat is open")
        entry.set_text_contents(text)
        self.press("Send Message")
