"""Profanity in a terminal of its own, for tests and for the picture in the README.

tmux holds the terminal: a server with a socket of its own in the directory that the test gives, which
close() ends. Profanity's home is there too, so that it knows nothing of the machine's.
"""
import os
import pathlib
import re
import subprocess

import servers

COLUMNS, LINES = 180, 60  # so that a line of ours is one on the screen


class Terminal:
    """A command on a screen, in which one can type."""

    def __init__(self, directory, command, environment, size=(COLUMNS, LINES)):
        self.dir = pathlib.Path(directory)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.socket = str(self.dir / "tmux")
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC",
               "TERM": "xterm-256color", **environment}
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]),
                   command, ";", "set-option", "-g", "status", "off",
                   ";", "set-option", "-g", "remain-on-exit", "on", env=env)

    def _tmux(self, *words, env=None):
        return subprocess.run(["tmux", "-S", self.socket, *words], check=True, env=env,
                              stdin=subprocess.DEVNULL, capture_output=True).stdout.decode()

    def keys(self, *names):
        """Keys by tmux's names: Enter, Tab, C-u, M-1."""
        self._tmux("send-keys", *names)

    def type(self, text):
        self._tmux("send-keys", "-l", text)

    def enter(self, text):
        self.type(text)
        self.keys("Enter")

    def screen(self, colours=False):
        return self._tmux("capture-pane", "-p", *(["-e"] if colours else []))

    def lines(self):
        """The screen's lines without times and blanks at the end, blank ones left out."""
        lines = [re.sub(r"^\d\d:\d\d:\d\d - ", "", line).rstrip()
                 for line in self.screen().splitlines()]
        return [line for line in lines if line]

    def wait(self, pattern, gone=False):
        """Until the screen, joined to one line, matches. Returns the match."""
        found = None

        def look():
            nonlocal found
            text = re.sub(r"\s+", " ", self.screen())
            found = re.search(pattern, text)
            return found is None if gone else found is not None
        try:
            servers.wait_until(look, f"{'gone' if gone else 'on the screen'}: {pattern}")
        except AssertionError as error:
            raise AssertionError(f"{error}; the screen:\n{self.screen()}") from None
        return found

    def alive(self):
        return self._tmux("display-message", "-p", "#{pane_dead}").strip() == "0"

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], check=False,
                       stdin=subprocess.DEVNULL, capture_output=True)


ACCOUNTS = """\
[{user}]
enabled=true
jid={user}@{domain}
resource=prof
server={host}
port={port}
password={password}
tls.policy=disable
presence.last=online
presence.login=online
"""

# The screen is looked at often; nothing asks, and nobody is away.
CONF = """\
[ui]
inpblock=10
inpblock.dynamic=false
splash=false
roster=false
wrap=true
time.console=%H:%M:%S
time.chat=%H:%M:%S
[notifications]
message=true
message.text=true
[connection]
account=
"""


class Profanity(Terminal):
    """Profanity, online as an account of Prosody."""

    def __init__(self, directory, prosody, user, size=(COLUMNS, LINES), environment=None):
        home = pathlib.Path(directory)
        self.home = home
        self.user = user
        self.data = home / ".local/share/profanity"
        conf = home / ".config/profanity/profrc"
        accounts = self.data / "accounts"
        for file, text in (conf, CONF), (accounts, ACCOUNTS.format(
                user=user, domain=servers.DOMAIN, host=servers.HOST, port=prosody.c2s_port,
                password=servers.PASSWORD)):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        super().__init__(home / "tmux", f"exec profanity -l INFO -f {home}/profanity.log",
                         {**(environment or {}), "HOME": str(home)}, size)
        self.wait("Profanity")
        self.enter("/inpblock timeout 10")
        self.enter("/inpblock dynamic off")
        self.wait("dynamic.*off|Dynamic")

    def connect(self):
        before = self.logins()
        self.enter(f"/connect {self.user}")
        self.wait_for_login(before)

    def logins(self):
        """How often it has been online so far, as plugins know of it, which is somewhat late."""
        return self.log().count(f"connection_features_received {servers.DOMAIN}\n")

    def wait_for_login(self, before):
        servers.wait_until(lambda: self.logins() > before, f"{self.user} is online")

    def log(self):
        return "".join(file.read_text(errors="replace")
                       for file in sorted(self.home.glob("*.log")))
