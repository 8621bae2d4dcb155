#!/usr/bin/python3
"""Cards in and out again, compared property by property and parameter by parameter by a reader of
lines that shares nothing with the program (vcards.py).

What comes out otherwise than it went in must have one of the reasons below; each is counted and
printed. Whatever has none fails.

KITH_BUILD says where kithctl was built (default: build/ beside tests/). KITH_CORPUS: a directory
with real vCards under vcf/, which are compared too if it is set.
"""
import base64
import collections
import re
import unittest

import vcards

# The shape of values, RFC 6350, 6; what isn't here is one text, and X-... is as it is.
PARTS = {"ADR", "CLIENTPIDMAP", "GENDER", "N", "ORG"}
LISTS = {"CATEGORIES", "NICKNAME"}
URIS = {"CALADRURI", "CALURI", "CONTACT-URI", "FBURL", "GEO", "IMPP", "KEY", "LOGO", "MEMBER",
        "ORG-DIRECTORY", "PHOTO", "RELATED", "SOCIALPROFILE", "SOUND", "SOURCE", "UID", "URL"}
DATES = {"ANNIVERSARY", "BDAY", "CREATED", "DEATHDATE", "REV"}
OTHERS = {"LANG", "LANGUAGE", "TZ"}
TEXTS = {"AGENT", "BIRTHPLACE", "CLASS", "DEATHPLACE", "EMAIL", "EXPERTISE", "FN", "GRAMGENDER",
         "HOBBY", "INTEREST", "KIND", "LABEL", "MAILER", "NOTE", "PRODID", "PRONOUNS", "ROLE",
         "SORT-STRING", "TEL", "TITLE", "XML"}
KNOWN = PARTS | LISTS | URIS | DATES | OTHERS | TEXTS
DATA = {"KEY", "LOGO", "PHOTO", "SOUND"}
TYPES = set("bbs car cell dom fax gif home internet intl iphone isdn jpeg main mobile modem msg "
            "other pager parcel pcs pgp png postal pref text textphone video voice work x400 "
            "x509".split())
MAGIC = {b"\xff\xd8\xff": "jpeg", b"\x89PNG": "png", b"GIF8": "gif"}


def escape(text):
    return re.sub(r"[\\;,]", r"\\\g<0>", text).replace("\n", "\\n")


def unescape(text, version):
    """The text as meant. A backslash before anything else is one."""
    def one(pair):
        c = pair.group(1)
        if c in "nN" and version != "2.1":
            return "\n"
        return c if c in "\\;,:" or (c == '"' and version != "2.1") else pair.group()
    return re.sub(r"\\([^\n])", one, text)


def pieces(text, separators):
    """Cut at separators that no backslash stands before: [piece, separator, piece, ...]."""
    out = [""]
    for token in re.findall(r"\\.|.|\n", text, re.S):
        if len(token) == 1 and token in separators:
            out += [token, ""]
        else:
            out[-1] += token
    return out


def for_person(uri):
    number, extension = re.match(r"tel: *([^;]*)(?:.*;ext=(\w+))?", uri).groups()
    return number + (f" ext. {extension}" if extension else "")


def padded(data):
    """base64 that was cut off, so that it can be decoded."""
    data = re.sub(r"[^A-Za-z0-9+/]", "", data)
    data = data[:-1] if len(data) % 4 == 1 else data
    return data + "=" * (-len(data) % 4)


def basic_date(text):
    if not re.match(r"\d{4}-\d\d-\d\d(T[T:Z.+\d-]*)?$", text):
        return text
    return text[:10].replace("-", "") + text[10:].replace(":", "")


class Explained:
    """What a line becomes, with the reasons."""

    def __init__(self, line, version, to):
        self.line, self.version, self.to = line.copy(), version, to
        self.reasons = []
        self.is_text = self.is_raw = False
        self.kind()
        for step in (self.name, self.types, self.pref, self.data, self.value_types, self.value,
                     self.param_texts):
            before = self.line.copy()
            reason = step()
            if self.line.key() != before.key():
                self.reasons.append(reason or step.__doc__)

    def kind(self):
        said = (self.line.get("VALUE") or [""])[0].lower()
        name = self.line.name
        self.is_text = said == "text" or (not said and name in PARTS | LISTS | TEXTS) or \
            said == "phone-number"
        self.is_raw = name not in KNOWN and said != "text"

    def name(self):
        """a name has letters, digits and hyphens only"""
        name = re.sub(r"[^A-Z0-9_-]", "-", self.line.name)
        self.line.name = name if name[0].isalpha() else "X-" + name

    def types(self):
        """TYPE is one list, in any case and without doubles"""
        out = []
        self.first_type = (self.line.get("TYPE") or [""])[0].lower()
        for word in self.line.get("TYPE"):
            if word.lower() in TYPES or word == word.upper():
                word = word.lower()
            if word and word.lower() not in [w.lower() for w in out]:
                out.append(word)
        self.line.set("TYPE", out)

    def pref(self):
        """the preferred one is said in the way of the version"""
        types = [t for t in self.line.get("TYPE") if t != "pref"]
        pref = "1" if "pref" in self.line.get("TYPE") else (self.line.get("PREF") or [None])[0]
        if pref == "1" and self.to == "3.0":
            self.line.set("PREF", [])
            self.line.set("TYPE", types + ["pref"])
        elif pref == "1" and "PREF" in [name for name, _ in self.line.params]:
            self.line.set("TYPE", types)
            self.line.set("PREF", ["1"])
        elif pref == "1":
            at = [name for name, _ in self.line.params].index("TYPE")
            self.line.params.insert(at + (self.first_type != "pref"), ("PREF", ["1"]))
            self.line.set("TYPE", types)

    def data(self):
        """a photo is written in the way of the version, and named for what it is"""
        line = self.line
        coding = [e.upper() for e in line.get("ENCODING")]
        embedded = re.fullmatch(r"data:([^;,]*);base64,(.*)", line.value, re.S)
        if coding and coding[0] in ("B", "BASE64"):
            data = re.sub(r"\s", "", line.value)
            line.set("ENCODING", [])
            formats = [t for t in line.get("TYPE") if t not in ("home", "work")]
            media = formats[0] if formats else None
        elif embedded and line.name in DATA:
            media, data = embedded.groups()
        else:
            line.set("ENCODING", [])
            return
        if self.to == "3.0" or line.name not in DATA:
            data = padded(data)
        if line.name not in DATA:
            line.set("ENCODING", ["b"])
            line.value = data
            return
        if not media:
            start = base64.b64decode(data[:8])
            media = next((kind for magic, kind in MAGIC.items() if start.startswith(magic)), "")
        if self.to == "3.0":
            line.set("TYPE", [t for t in line.get("TYPE") if t in ("home", "work")])
            line.params.append(("ENCODING", ["b"]))
            if media:
                line.params.append(("TYPE", [media.rpartition("/")[2]]))
        else:
            line.set("TYPE", [t for t in line.get("TYPE") if t in ("home", "work")])
            media = {"x509": "application/pkix-cert", "pgp": "application/pgp-keys",
                     "": "application/octet-stream"}.get(media, media)
            data = f"data:{media if '/' in media else 'image/' + media};base64,{data}"
            line.set("VALUE", [])
        line.value = data

    def value_types(self):
        """VALUE says what the version's default doesn't"""
        line = self.line
        said = (line.get("VALUE") or [""])[0].lower().replace("url", "uri")
        if said in ("inline", "binary") and not (said == "binary" and line.get("ENCODING")):
            said = ""
        if line.name == "TEL" and line.value[:4].lower() == "tel:" and self.to == "3.0":
            said = ""
        if self.to == "3.0" and said in ("timestamp", "date-and-or-time"):
            said = ""
        if line.name == "TZ" and said == "" and not self.is_offset():
            said = "text" if self.to == "3.0" and self.version != "4.0" else said
        if line.name == "TZ" and said == "" and self.is_offset() and self.to == "4.0" and \
                self.version != "4.0":
            said = "utc-offset"
        if line.name == "TZ" and said == "utc-offset" and self.to == "3.0" and \
                not line.get("VALUE"):
            said = ""
        if not said and line.name in ("UID", "GEO", "SOUND", "KEY") and self.version != "4.0" and \
                not line.get("ENCODING") and ":" not in line.value and \
                not (line.name == "GEO" and self.place()) and \
                not (line.name == "UID" and self.to == "3.0"):
            said = "text"
            self.is_text = True
        line.set("VALUE", [said] if said else [])

    def is_offset(self):
        return re.fullmatch(r"[+-]\d\d:?\d\d", self.line.value)

    def place(self):
        return re.fullmatch(r"(?:geo:)?([-+.\d]+)[;,]([-+.\d]+)", self.line.value.strip())

    def value(self):
        line, value = self.line, self.line.value
        if self.is_raw or line.get("ENCODING") or line.value.startswith("data:"):
            line.value = value.strip() if self.is_raw else value
            return "white space around a value that is no text"
        if line.name == "GEO" and self.place():
            latitude, longitude = self.place().groups()
            line.value = f"{latitude};{longitude}" if self.to == "3.0" else \
                f"geo:{latitude},{longitude}"
            return "a place is written in the way of the version"
        if line.name == "TZ" and self.is_offset() and not self.is_text and \
                line.get("VALUE") != ["text"]:
            line.value = value[:3] + (":" if self.to == "3.0" else "") + value[-2:]
            return "an offset is written in the way of the version"
        if line.name in DATES and line.get("VALUE") != ["text"]:
            line.value = self.date(value.strip())
            return "a date is written in the way of the version"
        if line.name == "TEL" and self.to == "3.0" and value[:4].lower() == "tel:":
            line.value = for_person(value)
            return "a number is for a person in 3.0"
        if not self.is_text:
            line.value = re.sub(r"\\([;,:])", r"\1", value.strip())
            return "no escapes in what is no text"
        separators = ";," if line.name in PARTS - {"ORG"} and self.version != "2.1" else \
            ";" if line.name in PARTS else "," if line.name in LISTS else ""
        value = re.sub("[\u0085\u2028\u2029]", "\n", value)
        line.value = "".join(piece if i % 2 else escape(unescape(piece, self.version))
                             for i, piece in enumerate(pieces(value, separators)))
        return "text is escaped as the RFC says"

    def date(self, value):
        if self.to == "3.0":
            match = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d(?:\.\d+)?)?(.*))?", value)
            if not match:
                return value
            year, month, day, hour, minute, second, zone = match.groups()
            zone = re.sub(r"^([+-]\d\d)(\d\d)$", r"\1:\2", zone or "")
            return f"{year}-{month}-{day}" + (f"T{hour}:{minute}" if hour else "") + \
                (f":{second}" if second else "") + zone
        return basic_date(value) if self.version != "4.0" else value

    def param_texts(self):
        """a parameter's value is written in the way of the version"""
        for i, (name, values) in enumerate(self.line.params):
            def text(value):
                if self.version == "4.0":
                    value = re.sub(r"\^([n^'])", lambda m: {"n": "\n", "^": "^", "'": '"'}[m[1]],
                                   value)
                if name == "LABEL":
                    value = re.sub(r"\\[nN]", "\n", value)
                if self.to == "4.0":
                    return value.replace("^", "^^").replace("\n", "^n").replace('"', "^'")
                return value.replace("\n", "\\n" if name == "LABEL" else " ").replace('"', "'")
            self.line.params[i] = (name, [text(v) for v in values])


def is_blank(line):
    return line.name in ("FN", "N") and not re.sub(r"[;,\s]", "", line.value)


def is_made(line):
    return line.name == "FN" or (line.name == "N" and is_blank(line))


class RoundTrip(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.files = vcards.all_files()

    def setUp(self):
        self.reasons = collections.defaultdict(list)
        self.fields = collections.Counter()
        self.same = collections.Counter()
        self.wrong = []

    def because(self, reasons, where, name):
        for reason in reasons:
            self.reasons[reason].append(f"{name} in {where}")

    def compare_line(self, where, before, after, version, to):
        self.fields[before.name] += 1
        if before.key() == after.key() and not before.quoted_printable:
            self.same[before.name] += 1
            return
        explained = Explained(before, version, to)
        if before.quoted_printable:
            explained.reasons.append("quoted-printable is decoded")
        if explained.line.key() == after.key():
            self.because(explained.reasons, where, before.name)
        else:
            self.wrong.append(f"{where}: {before!r}\n  became {after!r}\n  and not {explained.line!r}")

    def compare_card(self, where, version, before, to, after):
        blank = [line for line in before if is_blank(line)]
        before = [line for line in before if not is_blank(line)]
        if blank:
            self.because(["an N or FN that says nothing has no place of its own"], where, "N")
        for name in ("N", "FN"): # what the version wants, in front
            if after and after[0].name == name and is_made(after[0]) and \
                    name not in [line.name for line in before]:
                if not any(line.name == name for line in blank):
                    self.because(["FN and N must be there"], where, name)
                after = after[1:]
        if len(before) != len(after):
            self.wrong.append(f"{where}: {len(before)} properties became {len(after)}")
            return
        for one, other in zip(before, after):
            self.compare_line(where, one, other, version, to)

    def report(self, title):
        print(f"\n{title}: {sum(self.same.values())} of {sum(self.fields.values())} properties as "
              "they were to the letter; " + ", ".join(
                  f"{name} {self.same[name]}/{count}" for name, count in self.fields.most_common()))
        for reason, where in sorted(self.reasons.items(), key=lambda pair: -len(pair[1])):
            few = list(dict.fromkeys(where))[:4]
            print(f"  {len(where):4} {reason}: {', '.join(few)}{' ...' if len(where) > 4 else ''}")
        self.assertEqual(self.wrong, [], "\n".join(self.wrong))
        self.assertGreater(sum(self.fields.values()), 0)

    def run_through(self, versions, to):
        for name, data in self.files.items():
            before = vcards.read_cards(data)
            after = vcards.read_cards(vcards.convert(data, to))
            self.assertEqual(len(before), len(after), name)
            for (version, one), (now, other) in zip(before, after):
                self.assertEqual(now, to, name)
                if version in versions:
                    self.compare_card(name, version, one, to, other)

    def test_3_and_out_again(self):
        self.run_through(["3.0"], "3.0")
        self.report("3.0 to 3.0")

    def test_4_and_out_again(self):
        self.run_through(["4.0"], "4.0")
        self.report("4.0 to 4.0")

    def test_2_comes_out_as_3(self):
        self.run_through(["2.1"], "3.0")
        self.report("2.1 to 3.0")

    def test_2_and_3_come_out_as_4(self):
        self.run_through(["2.1", "3.0"], "4.0")
        self.report("2.1 and 3.0 to 4.0")

    def there_and_back(self, versions, over, to):
        """By way of `over` it is as if it had come out as `to` at once."""
        for name, data in self.files.items():
            straight = vcards.read_cards(vcards.convert(data, to))
            back = vcards.read_cards(vcards.convert(vcards.convert(data, over), to))
            for (version, _), (_, one), (_, other) in zip(
                    vcards.read_cards(data), straight, back):
                if version not in versions:
                    continue
                other = [line for line in other if one and (
                    not is_blank(line) or any(is_blank(o) for o in one))]
                if len(one) != len(other):
                    self.wrong.append(f"{name}: {one}\n became {other}")
                    continue
                for before, after in zip(one, other):
                    self.fields[before.name] += 1
                    if before.key() == after.key():
                        self.same[before.name] += 1
                    elif (reasons := self.lost(before, after, over)) is not None:
                        self.because(reasons, name, before.name)
                    else:
                        self.wrong.append(f"{name}: {before!r}\n  became {after!r}")

    def lost(self, before, after, over):
        """Why the other version can't keep it; None: it should have."""
        one, other = before.copy(), after.copy()
        reasons = []
        for line in one, other:
            line.params = sorted(line.params)
        if before.params != after.params and one.params == other.params:
            reasons.append("the preferred one is said in the way of the version")
        if one.get("VALUE") != other.get("VALUE"):
            one.set("VALUE", [])
            other.set("VALUE", [])
            reasons.append("VALUE is as the other version has it")
        if over == "3.0" and one.name == "TEL" and one.value.lower().startswith("tel:"):
            one.value = for_person(one.value)
            reasons.append("3.0 has plain numbers, no tel: URIs")
        if over == "3.0" and any("^'" in v for _, values in one.params for v in values):
            one.params = [(n, [v.replace("^'", "'") for v in values]) for n, values in one.params]
            reasons.append("3.0 has no quotes in parameters")
        if over == "3.0" and one.name in DATES:
            one.value = basic_date(one.value)
            reasons.append("a date of the form of 3.0 in 4.0")
        if over == "3.0" and one.value.startswith("data:"):
            head, _, data = one.value.partition(",")
            one.value = f"{head},{padded(data)}"
            reasons.append("data that were cut off can be decoded in 3.0")
        return reasons if one.key() == other.key() else None

    def test_there_and_back_by_4(self):
        self.there_and_back(["2.1", "3.0"], "4.0", "3.0")
        self.report("2.1 and 3.0 to 4.0 and back to 3.0")

    def test_there_and_back_by_3(self):
        self.there_and_back(["4.0"], "3.0", "4.0")
        self.report("4.0 to 3.0 and back to 4.0")


if __name__ == "__main__":
    unittest.main()
