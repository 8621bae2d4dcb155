"""What tests of a store in trouble share: kithd with people who store contacts and read them, what of
that was acknowledged, and small disks of one's own."""

import os
import re
import signal
import subprocess
import tempfile
import time

from peer import COMPONENT, PATIENCE, PING, Kithd, Peer, program

PUBSUB = "http://jabber.org/protocol/pubsub"
STANZAS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
CONTACTS = "urn:xmpp:contacts"
PROFILE = "urn:xmpp:vcard4"


def number(n):
    return "+4474001%05d" % n


def card(name, n, note=""):
    return ("<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>%s</text></fn>"
            "<tel><parameters><type><text>cell</text></type></parameters><uri>tel:%s</uri></tel>"
            "%s</vcard>" % (name, number(n), note and "<note><text>%s</text></note>" % note))


class Disk:
    """A file system of its own, in memory."""

    def __init__(self, kib, inodes=1000):
        self.directory = tempfile.mkdtemp(prefix="kith-disk-")
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%dk,nr_inodes=%d" % (kib, inodes),
                               "kith-test", self.directory], capture_output=True, text=True)
        if done.returncode:
            os.rmdir(self.directory)
            raise RuntimeError("this test mounts a tmpfs, for which it has to be root: "
                               + done.stderr.strip())

    def remount(self, options):
        subprocess.run(["mount", "-o", "remount," + options, self.directory], check=True)

    def fill(self):
        """To the last byte."""
        with open(os.path.join(self.directory, "filler"), "ab", buffering=0) as file:
            for size in (65536, 4096, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    pass

    def fill_inodes(self):
        try:
            for i in range(100000):
                with open(os.path.join(self.directory, "filler%d" % i), "xb"):
                    pass
        except OSError:
            pass

    def free(self):
        for name in os.listdir(self.directory):
            if name.startswith("filler"):
                os.unlink(os.path.join(self.directory, name))

    def close(self):
        subprocess.run(["umount", self.directory], check=True)
        os.rmdir(self.directory)


class Lost(AssertionError):
    """Something that was acknowledged isn't there."""


class World:
    """kithd, its server, and what its people were told is stored."""

    def __init__(self, figures, directory=None, environment=None, **keys):
        self.figures = figures
        self.environment = environment or {}
        self.peer = Peer()
        if directory:
            keys["store"] = "sqlite:" + os.path.join(directory, "kith.db")
        self.kithd = Kithd(self.peer, **keys)
        if directory:
            self.kithd.store = os.path.join(directory, "kith.db")
        self.store = self.kithd.store
        self.stream = None
        self.asked = 0
        self.stored = {}  # (who, item): number that was acknowledged last
        self.maybe = {}  # (who, item): numbers that were refused since

    # ---- kithd
    def start(self, *options, **environment):
        self.kithd.start(*options, **{**self.environment, **environment})
        while True:
            try:
                self.stream = self.peer.up()
                return self
            except EOFError:  # of one that was killed before
                if self.kithd.process.poll() is not None:
                    raise

    def stop(self):
        """As its service manager does; its exit status."""
        self.kithd.signal(signal.SIGTERM)
        self.stream.wait_end()
        self.stream.end()
        status = self.kithd.wait()
        self.stream.close()
        return status

    def kill(self):
        self.kithd.kill()
        self.stream.close()

    def close(self):
        self.kithd.close()
        self.peer.close()

    def ctl(self, *arguments, text=None, **options):
        """kithctl: its exit status, standard output and error."""
        done = subprocess.run([program("kithctl"), "-c", self.kithd.conf, *arguments], input=text,
                              capture_output=True, text=True, timeout=4 * PATIENCE, **options)
        return done.returncode, done.stdout, done.stderr

    def told(self, until=None):
        """The lines about the store that were logged since the last call, up to one with that text, or
        as many as there are by now."""
        lines = []
        while until or not self.kithd.lines.empty():
            line = self.kithd.lines.get(timeout=PATIENCE)
            if line is None:
                raise EOFError("kithd ended; its log: %s" % self.kithd.log)
            self.kithd.log.append(line)
            if "store:" in line:
                lines.append(line)
            if until and until in line:
                break
        return lines

    # ---- People
    def iq(self, who, kind, payload):
        self.asked += 1
        name = "q%d" % self.asked
        return name, ("<iq type='%s' from='%s/x' to='%s' id='%s'>%s</iq>"
                      % (kind, who, self.peer.jid, name, payload))

    def ask_all(self, requests):
        """Sends [(id, text)] at once; {id: its answer}. What isn't answered is an error."""
        wanted = {name for name, _ in requests}
        answers = {}
        self.stream.send("".join(text for _, text in requests))
        while wanted:
            stanza = self.stream.stanza()
            if stanza.get("id") in wanted and stanza.tag == COMPONENT + "iq":
                wanted.remove(stanza.get("id"))
                answers[stanza.get("id")] = stanza
        return answers

    def ask(self, who, kind, payload):
        name, text = self.iq(who, kind, payload)
        return self.ask_all([(name, text)])[name]

    def ping(self):
        return self.ask("ping@example.org", "get", "<ping xmlns='urn:xmpp:ping'/>")

    @staticmethod
    def error(stanza):
        """None for a result, else (condition, type, text)."""
        if stanza.get("type") == "result":
            return None
        error = stanza.find(COMPONENT + "error")
        text = error.findtext(STANZAS + "text")
        return next(each.tag for each in error)[len(STANZAS):], error.get("type"), text

    def publish_all(self, wants):
        """Stores [(who, item, n)], all at once; how many were acknowledged."""
        requests, about = [], {}
        for who, item, n, *note in wants:
            name, text = self.iq(who, "set", "<pubsub xmlns='%s'><publish node='%s'><item id='%s'>%s"
                                 "</item></publish></pubsub>"
                                 % (PUBSUB, CONTACTS if item != who else PROFILE, item,
                                    card("Carol Example", n, *note)))
            requests.append((name, text))
            about[name] = (who, item), n
        done = 0
        for name, answer in self.ask_all(requests).items():
            key, n = about[name]
            error = self.error(answer)
            if error is None:
                self.stored[key] = n
                self.maybe.pop(key, None)
                done += 1
                continue
            assert error[0] in ("internal-server-error", "resource-constraint"), error
            assert error[1] == "wait" and error[2], error
            self.figures.add("answers wait")
            self.maybe.setdefault(key, []).append(n)
        return done

    def publish(self, who, item, n, *note):
        return self.publish_all([(who, item, n, *note)]) == 1

    def read(self, who, item):
        """The number of a contact that is stored; None: there is none. Or the error."""
        node = CONTACTS if item != who else PROFILE
        answer = self.ask(who, "get", "<pubsub xmlns='%s'><items node='%s'><item id='%s'/></items>"
                          "</pubsub>" % (PUBSUB, node, item))
        error = self.error(answer)
        if error:
            return None if error[0] == "item-not-found" else error
        for uri in answer.iter("{urn:ietf:params:xml:ns:vcard-4.0}uri"):
            return int(re.fullmatch(r"tel:\+4474001(\d+)", uri.text)[1])
        return None

    def check(self):
        """All that was acknowledged is there, and nothing else in its place; the store is sound."""
        for (who, item), n in list(self.stored.items()):
            found = self.read(who, item)
            if found != n and found not in self.maybe.get((who, item), []):
                self.figures.add("lost")
                raise Lost("%s of %s is %s, not %s" % (item, who, found, n))
            self.stored[who, item] = found
        self.maybe.clear()
        self.verify()

    def verify(self):
        status, out, why = self.ctl("verify")
        assert status == 0 and not out, (out, why)

    def wait_until(self, what):
        """Until what() is true."""
        end = time.monotonic() + PATIENCE
        while not what():
            if time.monotonic() > end:
                raise AssertionError("not within %s s; log: %s"
                                     % (PATIENCE, self.kithd.log + self.told()))
            time.sleep(0.05)  # between looks
