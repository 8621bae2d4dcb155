"""A server for kithd that does what a test tells it to (XEP-0114), and kithd itself with a conf, a store
and a log of its own. Everything waits for conditions; nothing sleeps."""

import hashlib
import os
import queue
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import xml.etree.ElementTree as ET

PATIENCE = 30.0  # seconds until a condition counts as never met

STREAM = "{http://etherx.jabber.org/streams}"
COMPONENT = "{jabber:component:accept}"
PING = "{urn:xmpp:ping}"


def program(name):
    """The path of a program that was built."""
    top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    return os.path.join(os.environ.get("KITH_BUILD", os.path.join(top, "build")), name)


class Stream:
    """One connection of a component, from the server's side."""

    def __init__(self, connection, peer):
        self.socket = connection
        self.peer = peer
        self.socket.settimeout(PATIENCE)
        self.parser = ET.XMLPullParser(["start", "end"])
        self.depth = 0
        self.root = None
        self.ready = []  # stanzas that were read and not asked for yet
        self.closed = False  # the component ended its stream

    # ---- Sending
    def send(self, text):
        self.socket.sendall(text if isinstance(text, bytes) else text.encode())

    def send_torn(self, text):
        """Byte by byte, each in a packet of its own."""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in text.encode():
            self.socket.sendall(bytes([byte]))

    # ---- Receiving
    def _read(self, size=65536):
        try:
            data = self.socket.recv(size)
        except ConnectionResetError:
            data = b""
        if not data:
            return False
        self.parser.feed(data)
        for event, element in self.parser.read_events():
            if event == "start":
                self.depth += 1
                if self.depth == 1:
                    self.root = element
            else:
                self.depth -= 1
                if self.depth == 1:
                    self.ready.append(element)
                    self.root.remove(element)
                elif self.depth == 0:
                    self.closed = True
        return True

    def stanza(self):
        """The next one. Pings to the server are answered on the way, if the peer does so."""
        while True:
            while not self.ready:
                if not self._read():
                    raise EOFError("kithd closed the connection")
            stanza = self.ready.pop(0)
            is_ping = stanza.find(PING + "ping") is not None and stanza.get("type") == "get"
            if not (is_ping and self.peer.answers_pings):
                return stanza
            self.send("<iq type='result' id='%s' from='%s' to='%s'/>"
                      % (stanza.get("id"), stanza.get("to"), stanza.get("from")))

    def ask(self, iq):
        """Sends an iq and gives its answer; what comes before that is kept."""
        want = ET.fromstring(iq).get("id")
        self.send(iq)
        others = []
        while True:
            stanza = self.stanza()
            if stanza.get("id") == want and stanza.get("type") in ("result", "error"):
                self.ready = others + self.ready
                return stanza
            others.append(stanza)

    def wait_end(self):
        """Until the component's end of stream, or of the connection. True: it ended its stream."""
        while not self.closed and self._read():
            pass
        return self.closed

    # ---- XEP-0114, 3
    def open(self, stream_id="3BF96D32"):
        while self.root is None:
            if not self._read():
                raise EOFError("kithd closed the connection")
        self.id = stream_id
        self.send("<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
                  "xmlns:stream='http://etherx.jabber.org/streams' from='%s' id='%s'>"
                  % (self.peer.jid, stream_id))

    def handshake(self):
        """True if the component has the right secret; it isn't answered yet."""
        digest = hashlib.sha1((self.id + self.peer.secret).encode()).hexdigest()
        element = self.stanza()
        assert element.tag == COMPONENT + "handshake", element.tag
        return element.text == digest

    def accept(self):
        self.send("<handshake/>")

    def refuse(self, condition, text=None):
        self.send("<stream:error><%s xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>%s</stream:error>"
                  "</stream:stream>" % (condition, text and
                  "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>%s</text>" % text or ""))

    # ---- Ending
    def end(self):
        self.send("</stream:stream>")

    def close(self):
        self.socket.close()

    def reset(self):
        """As a server that crashed."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class Peer:
    """Where kithd connects to."""

    def __init__(self, jid="kith.example.org", domain="example.org", secret="secret"):
        self.jid, self.domain, self.secret = jid, domain, secret
        self.answers_pings = True
        self.port = 0
        self.listen()
        self.streams = []

    def listen(self):
        """At first, and again, at the same port, after listener.close()."""
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.listener.settimeout(PATIENCE)
        self.port = self.listener.getsockname()[1]

    def connection(self, receive_buffer=None):
        """The next one, nothing said yet."""
        if receive_buffer:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        stream = Stream(self.listener.accept()[0], self)
        self.streams.append(stream)
        return stream

    def up(self, receive_buffer=None):
        """The next connection, with the handshake done."""
        stream = self.connection(receive_buffer)
        stream.open()
        assert stream.handshake(), "kithd has another secret"
        stream.accept()
        return stream

    def close(self):
        for stream in self.streams:
            stream.close()
        self.listener.close()


class Kithd:
    """kithd on a conf and a store in a directory of its own; `command` begins it."""

    def __init__(self, peer, **keys):
        self.directory = tempfile.TemporaryDirectory(prefix="kith-")
        self.conf = os.path.join(self.directory.name, "kith.conf")
        self.store = os.path.join(self.directory.name, "kith.db")
        self.keys = {"jid": peer.jid, "server": "127.0.0.1:%d" % peer.port, "secret": peer.secret,
                     "store": "sqlite:" + self.store, "domains": peer.domain, "region": "GB"}
        self.sections = {}
        self.keys.update(keys)
        self.command = [program("kithd")]
        self.process = None
        self.log = []
        self.lines = None
        self.write_conf()

    def write_conf(self):
        with open(self.conf, "w") as file:
            for key, value in self.keys.items():
                file.write("%s = %s\n" % (key, value))
            for section, keys in self.sections.items():
                file.write("[%s]\n" % section)
                for key, value in keys.items():
                    file.write("%s = %s\n" % (key, value))
        os.chmod(self.conf, 0o600)

    def _follow(self, stream, lines):
        with stream:
            for line in stream:
                lines.put(line.rstrip("\n"))
        lines.put(None)

    def start(self, *options, **environment):
        self.lines = queue.Queue()
        self.process = subprocess.Popen([*self.command, "-c", self.conf, *options],
                                        stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, **environment})
        threading.Thread(target=self._follow, args=(self.process.stderr, self.lines),
                         daemon=True).start()
        return self

    def run(self, *options, **environment):
        """To its end; its exit status, standard output and log."""
        done = subprocess.run([program("kithd"), "-c", self.conf, *options], timeout=PATIENCE,
                              capture_output=True, text=True, env={**os.environ, **environment})
        return done.returncode, done.stdout, done.stderr

    def wait_log(self, text, patience=None):
        """Until a line with that text is logged, which is returned."""
        end = time.monotonic() + (patience or PATIENCE)
        while True:
            line = self.lines.get(timeout=max(0.01, end - time.monotonic()))
            if line is None:
                raise EOFError("kithd ended; its log: %s" % self.log)
            self.log.append(line)
            if text in line:
                return line

    def peak_kib(self):
        """The most memory that it had so far."""
        with open("/proc/%d/status" % self.process.pid) as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:"))

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        """Its exit status."""
        status = self.process.wait(timeout=PATIENCE)
        self.process = None
        return status

    def stop(self):
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self):
        """As a crash of the machine takes it, but for what the kernel still writes."""
        self.process.kill()
        self.process.wait()
        self.process = None

    def close(self):
        if self.process:
            self.kill()
        self.directory.cleanup()
