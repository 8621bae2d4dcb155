#!/usr/bin/python3
"""The database of the peers, as somebody would lay it out who writes such a component in an evening: a
card a row, an index for each question. fill.py FILE ACCOUNTS CONTACTS STAR..."""
import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from bench_tools import DOMAIN, card, contact_of, jid  # noqa: E402

SCHEMA = """
CREATE TABLE profile (jid TEXT PRIMARY KEY, tel TEXT NOT NULL, card TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE contact (owner TEXT NOT NULL, item TEXT NOT NULL, card TEXT NOT NULL,
	PRIMARY KEY (owner, item));
CREATE INDEX contact_item ON contact (item);
"""


def profiles(accounts, stars):
    for about, i in [(jid(i), i) for i in range(accounts)] + [
            (f"star{star}@{DOMAIN}", accounts + star) for star in stars]:
        text = card(about, i)
        yield about, text[text.index("tel:"):text.index("</uri>")], text


def contacts(accounts, each, stars):
    for i in range(accounts):
        for which in range(1, each + 1):
            other = contact_of(i, which, accounts)
            yield jid(i), jid(other), card(jid(other), other)
        for star in stars:
            if i % (accounts // star) == 0 and i // (accounts // star) < star:
                about = f"star{star}@{DOMAIN}"
                yield jid(i), about, card(about, accounts + star)


def main():
    accounts, each, *stars = map(int, sys.argv[2:])
    db = sqlite3.connect(sys.argv[1])
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.executescript(SCHEMA)
    with db:
        db.executemany("INSERT INTO profile VALUES (?, ?, ?)", profiles(accounts, stars))
        db.executemany("INSERT INTO contact VALUES (?, ?, ?)", contacts(accounts, each, stars))
    db.close()


main()
