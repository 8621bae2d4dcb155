"""vCard text for the tests of the codecs: a plain reader of lines that shares nothing with the
program, cards as programs of all kinds write them, and `kithctl convert`.

The reader takes a card to pieces and decodes nothing but what a transfer needs: unfolding,
quoted-printable, charsets. RFC 6350, RFC 2426, vCard 2.1.
"""
import os
import pathlib
import quopri
import re
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("KITH_BUILD", TOP / "build"))
KITHCTL = str(BUILD / "kithctl")
CORPUS = os.environ.get("KITH_CORPUS")


def convert(data, form):
    """The cards in another form. A card that can't be read is not among them."""
    done = subprocess.run([KITHCTL, "convert", "-f", form, "-"], input=data, capture_output=True,
                          timeout=60, check=False)
    return done.stdout


class Line:
    """One property: group ("" for none), name in capitals, params [(NAME, [value])] without what
    says how the value is transferred, and the value, still escaped. A parameter without a name,
    as 2.1 has it, is a TYPE, an ENCODING or a VALUE."""

    def __init__(self, group, name, params, value):
        self.group, self.name, self.params, self.value = group, name, params, value
        self.quoted_printable = False

    def key(self):
        return self.group, self.name, self.params, self.value

    def __repr__(self):
        params = "".join(f";{name}={'|'.join(values)}" for name, values in self.params)
        return f"{self.group}.{self.name}{params}:{self.value[:70]!r}"

    def get(self, name):
        return [v for n, values in self.params if n == name for v in values]

    def set(self, name, values):
        """The parameter once, where it first stood; without values: not at all."""
        at = [i for i, (n, _) in enumerate(self.params) if n == name]
        if values and at:
            self.params[at[0]] = (name, values)
        elif values:
            self.params.append((name, values))
        for i in reversed(at[1:] if values else at):
            del self.params[i]

    def copy(self):
        return Line(self.group, self.name, [(n, list(v)) for n, v in self.params], self.value)


WORDS = {"QUOTED-PRINTABLE": "ENCODING", "BASE64": "ENCODING", "B": "ENCODING", "8BIT": "ENCODING",
         "7BIT": "ENCODING", "URL": "VALUE", "INLINE": "VALUE", "CONTENT-ID": "VALUE",
         "CID": "VALUE"}


def split(text, separators):
    """The pieces between separators that are outside of quotes."""
    pieces, quoted = [""], False
    for c in text:
        quoted ^= c == '"'
        if c in separators and not quoted:
            pieces.append("")
        else:
            pieces[-1] += c
    return pieces


def decode(data, charset, fallback):
    for name in [charset, "utf-8", fallback, "cp1252"]:
        try:
            return data.decode(name)
        except (LookupError, TypeError, UnicodeDecodeError):
            continue
    return data.decode("cp1252", "ignore")


def read_line(raw, fallback):
    head = re.match(rb'(?:[^":]|"[^"]*")*', raw).group()
    if len(head) == len(raw):
        return None
    name, *params = split(head.decode("utf-8", "replace"), ";")
    group, _, name = name.strip().partition(".") if "." in name else ("", "", name.strip())
    line = Line(group, name.upper(), [], "")
    for param in params:
        name, equals, values = param.partition("=")
        if not equals:
            name, values = WORDS.get(param.upper(), "TYPE"), param
        name = name.strip().upper()
        values = values.replace('"', "") if name == "TYPE" else values
        line.params.append((name, [v.replace('"', "") for v in split(values, ",")]))
    value = raw[len(head) + 1:]
    charset = (line.get("CHARSET") or [None])[0]
    if "QUOTED-PRINTABLE" in [e.upper() for e in line.get("ENCODING")]:
        value = quopri.decodestring(value)
        line.set("ENCODING", [])
        line.quoted_printable = True
    line.set("CHARSET", [])
    line.value = decode(value, charset, fallback).replace("\r\n", "\n").replace("\r", "\n")
    line.value = re.sub(r"[\x00-\x08\x0b-\x1f]", "", line.value)
    return line


def is_base64(line):
    return re.match(rb"[^:]*;(ENCODING=)?(B|BASE64)[;:]", line, re.I)


def unfold(raw_lines, version):
    lines = []
    for raw in raw_lines:
        last = lines[-1] if lines else b""
        if last.endswith(b"=") and re.match(rb"[^:]*[;=]QUOTED-PRINTABLE", last, re.I) and \
                not raw.strip().upper() == b"END:VCARD":
            lines[-1] = last[:-1] + raw
        elif raw[:1] in (b" ", b"\t") and last:
            lines[-1] += raw if version == "2.1" and not is_base64(last) else raw[1:]
        elif is_base64(last) and re.fullmatch(rb"[A-Za-z0-9+/= \t]+", raw):
            lines[-1] += raw
        elif version == "2.1" and last.endswith(b"\\") and not last.endswith(b"\\\\") and \
                b":" not in raw:
            lines[-1] = last[:-1] + b"\n" + raw
        else:
            lines.append(raw)
    return [line for line in lines if line.strip()]


def read_cards(data):
    """[(version, [Line])] of all cards; a card inside of another (AGENT) stays its lines."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16").encode()
    elif data[1:2] == b"\0" or data[:1] == b"\0":
        data = data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be").encode()
    raw = re.split(rb"\r\n|\n|\r", data.removeprefix(b"\xef\xbb\xbf"))
    cards, lines, depth = [], [], 0
    for line in raw + [b"END:VCARD"]:
        word = line.strip().upper()
        if word == b"BEGIN:VCARD" and depth and not (
                lines and re.fullmatch(rb"AGENT[^:]*:\s*", lines[-1], re.I)):
            cards.append(lines)
            lines = []
            continue
        if word == b"BEGIN:VCARD":
            depth += 1
            if depth == 1:
                lines = []
                continue
        if word == b"END:VCARD" and depth:
            depth -= 1
            if depth == 0:
                cards.append(lines)
                continue
        if depth:
            lines.append(line)
    return [read_card(card) for card in cards]


def read_card(raw):
    text = b"\n".join(raw)
    version = re.search(rb"^VERSION:\s*(\S+)\s*$", text, re.M | re.I)
    version = version.group(1).decode() if version else "2.1"
    named = [c.decode() for c in re.findall(rb"^[^:\n]*;CHARSET=([^;:\n]+)", text, re.M | re.I)
             if c.upper() != b"UTF-8"]
    lines, inner = [], None
    for line in unfold(raw, version):
        word = line.strip().upper()
        if word == b"BEGIN:VCARD":
            inner = (inner or 0) + 1
        if inner:
            lines[-1].value += line.decode("utf-8", "replace").strip() + "\n"
            inner -= word == b"END:VCARD"
            continue
        line = read_line(line, named[0] if named else None)
        if line and line.name != "VERSION":
            lines.append(line)
    return version, lines


# ---- Cards of our own, in the manner of programs ----
def lines_of(version, text, charset="utf-8", end="\r\n"):
    rows = ["BEGIN:VCARD", f"VERSION:{version}", *text.strip("\n").split("\n"), "END:VCARD", ""]
    return end.join(rows).encode(charset)


PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg=="

OWN = {
    "an old Android": lines_of("2.1", """
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=84rger;J=C3=B6rg;;;
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=B6rg=20=C3=84rger, der =
J=C3=BCngere
TEL;CELL;PREF:+447700900123
TEL;X-Gartenlaube:020 7946 0018
TEL;WORK;FAX:0207-946-0019
EMAIL;HOME:joerg@example.org
ADR;HOME;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;;1 Weg=0D=0A2. Stock;Ort;;12345;
X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;J=C3=B6;1;;;;;;;;;;;;;
NOTE:C:\\new, and so on
PHOTO;ENCODING=BASE64;PNG:""" + PNG[:60] + "\n " + PNG[60:] + "\n"),
    "an iPhone": lines_of("3.0", """
PRODID:-//Apple Inc.//iPhone OS 16.1//EN
N:Example;Carol;;;
FN:Carol Example
ORG:Example\\, Ltd;Sales;
item1.EMAIL;type=INTERNET;type=pref:carol@example.org
item1.X-ABLabel:_$!<Other>!$_
TEL;type=CELL;type=VOICE;type=pref:+44 7700 900456
item2.TEL:020\u00a07946\u00a00018
item2.X-ABLabel:Boat
item3.ADR;type=HOME;type=pref:;;1 The Street\\n2nd floor;Town;;AB1 2CD;UK
item3.X-ABADR:gb
item4.URL;type=pref:http\\://www.example.org/
BDAY;value=date:1980-02-29
X-SOCIALPROFILE;type=Twitter;x-user=carol:https://twitter.example/carol
IMPP;X-SERVICE-TYPE=Jabber;type=HOME:xmpp:carol@example.org
NOTE:One\\nTwo\\; three\\, four
"""),
    "Outlook": lines_of("2.1", """
N;LANGUAGE=de;CHARSET=Windows-1252:M\u00fcller;Anna;;Dr.
FN;CHARSET=Windows-1252:Dr. Anna M\u00fcller
TEL;WORK;VOICE:+49 (30) 901820-12
TEL;CELL;VOICE:+49 (1512) 3456789
LABEL;WORK;PREF;ENCODING=QUOTED-PRINTABLE:Stra=DFe 1=0D=0A=
10115 Berlin
ORG:B\u00fcro
REV:20200918T160601Z
X-MS-OL-DESIGN;CHARSET=utf-8:<card ver="1.0" layout="left"/>
""", "cp1252"),
    "Evolution": lines_of("3.0", """
UID:pas-id-1
X-EVOLUTION-FILE-AS:Example\\, Dan
FN:Dan Example
N:Example;Dan;;;
TEL;X-EVOLUTION-UI-SLOT=1;TYPE="WORK,VOICE":+44 20 7946 0020
TEL;TYPE=CELL;X-EVOLUTION-UI-SLOT=2:+44 7700 900789
TEL;TYPE=X-EVOLUTION-ASSISTANT:x12
REV:2020-01-02T03:04:05Z
"""),
    "4.0 in full": lines_of("4.0", """
KIND:individual
UID:urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1
FN;PREF=1:Eve Example
N:Example,Smith;Eve;Ann,Bea;Dr.;jun.
TEL;VALUE=uri;PREF=1;TYPE="voice,home":tel:+44-20-7946-0021;ext=12
TEL;VALUE=uri;TYPE=cell:tel:+44 7700 900111
TEL;PREF=100;X-RETIRED=20240101;TYPE=cell:+44 7700 900222
EMAIL;TYPE=work:eve@example.org
ADR;LABEL="1 Lane^n2nd ^'floor^'":;;1 Lane;Town;;;
NOTE;LANGUAGE=de;ALTID=1:Ein\\nText
NOTE;LANGUAGE=en;ALTID=1:A\\ntext
BDAY:--0229
ANNIVERSARY;VALUE=text:in spring
GEO:geo:51.5,-0.1
TZ;VALUE=utc-offset:+0000
REV:20200102T030405Z
RELATED;TYPE=friend;VALUE=text:Carol
IMPP;PREF=1:xmpp:eve@example.org
PHOTO:data:image/png;base64,""" + PNG + """
X-THING;X-A="a;b:c,d":raw\\,value;x
XML:<a xmlns="urn:example:a">b</a>
"""),
    "no names": lines_of("3.0", "TEL;TYPE=CELL:+44 7700 900333\nORG:Example"),
    "an agent": lines_of("2.1", """
N:Boss;Big
FN:Big Boss
AGENT:
BEGIN:VCARD
VERSION:2.1
N:Friday;Fred
TEL;WORK:+44 20 7946 0022
END:VCARD
TEL;WORK:+44 20 7946 0023
"""),
    "UTF-16 with byte order mark": lines_of("3.0", "FN:Äpfel\nN:Äpfel;;;;\nTEL:112233", "utf-16"),
    "UTF-8 with byte order mark": lines_of("3.0", "FN:Äpfel\nN:Äpfel;;;;\nTEL:112233", "utf-8-sig"),
    "bare line feeds and no end": lines_of("3.0", "FN:a b\nN:b;a;;;\nTEL;TYPE=home:112233",
                                           end="\n").replace(b"END:VCARD\n", b""),
    "folded inside of characters": lines_of("3.0", "FN:a\nN:a;;;;\nNOTE:XXXX").replace(
        b"XXXX", "äöü漢".encode()[:1] + b"\r\n " + "äöü漢".encode()[1:8] + b"\r\n " +
        "äöü漢".encode()[8:]),
    "several cards": lines_of("3.0", "FN:a\nN:a;;;;\nTEL:112233") + b"\r\n" +
    lines_of("4.0", "FN:b\nTEL:112234") + lines_of("2.1", "N:c;d\nTEL;HOME:112235"),
    "long lines of long characters": lines_of("4.0", "FN:" + "漢字" * 60 + "\nNOTE:" + "😀ä" * 90),
    "nothing to go by": lines_of("3.0", "X-A:b"),
    "dark corners": lines_of("3.0", """
N:;;;;
FN:a\\, b\\; c\\\\ d
NICKNAME:x,y\\,z
CATEGORIES:Friends,Work\\, old
TEL;TYPE=cell;TYPE=pref:+44\u202a 7700 900444\u202c
item1.TEL;TYPE=home:+44 7700 900555
item1.NOTE:a line\u2028separator and a next\u0085line
X-QUOTE;X-P="a,b:c;d":e
AGENT:BEGIN:VCARD\\nVERSION:3.0\\nFN:Inner\\nN:Inner\\;\\;\\;\\;\\nEND:VCARD
"""),
}


def all_files():
    """{name: bytes}: our own, and the corpus if there is one."""
    files = dict(OWN)
    if CORPUS:
        directory = pathlib.Path(CORPUS) / "vcf"
        files.update((str(file.relative_to(directory)), file.read_bytes())
                     for file in sorted(directory.rglob("*.vcf")))
    return files
