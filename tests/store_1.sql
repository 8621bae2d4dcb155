-- A store of version 1, as it was released: never change this file.
CREATE TABLE store (
	id INTEGER PRIMARY KEY CHECK (id = 1), -- there is one row
	position INTEGER NOT NULL, -- drawn last: positions, ids of accounts and changes
	link INTEGER NOT NULL, -- drawn last: contact.id
	card_update INTEGER NOT NULL, -- drawn last: card_update.id
	secret BLOB NOT NULL CHECK (length(secret) = 32) -- key of archive ids
) STRICT;
INSERT INTO store (id, position, link, card_update, secret) VALUES (1, 9, 2, 1, x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
CREATE TABLE account (
	id INTEGER PRIMARY KEY, -- of this incarnation of the JID
	jid TEXT NOT NULL, -- bare, prepared
	opened_at INTEGER NOT NULL, -- first use by itself; 0: only others link to it
	closed_at INTEGER NOT NULL, -- 0: the incarnation in force
	dropped INTEGER NOT NULL -- position up to which its book's retractions were dropped
) STRICT;
CREATE UNIQUE INDEX account_jid ON account (jid) WHERE closed_at = 0;
CREATE TABLE setting (
	account INTEGER NOT NULL REFERENCES account, -- whose
	setting INTEGER NOT NULL, -- enum setting
	value INTEGER NOT NULL, -- of the enum that belongs to it
	PRIMARY KEY (account, setting)
) STRICT, WITHOUT ROWID;
CREATE TABLE profile (
	account INTEGER PRIMARY KEY REFERENCES account, -- whose
	version INTEGER NOT NULL, -- raised by each change of the numbers, from 1
	changed_at INTEGER NOT NULL, -- of the card
	hidden INTEGER NOT NULL CHECK (hidden IN (0, 1)), -- 1: retracted by its owner
	card TEXT NOT NULL -- vCard4 XML
) STRICT;
CREATE TABLE number (
	account INTEGER NOT NULL REFERENCES account, -- whose number it is or was
	place INTEGER NOT NULL, -- in order of first appearance, from 0
	identity TEXT NOT NULL, -- E.164 and extension, or digits
	kind TEXT NOT NULL, -- cell, voice, fax ...
	value TEXT NOT NULL, -- as it goes into a card
	display TEXT NOT NULL, -- as it is shown
	state INTEGER NOT NULL, -- enum number_state
	from_version INTEGER NOT NULL, -- of the profile, since which it is (or was) current
	to_version INTEGER NOT NULL, -- at which it ceased to be; 0: it is current
	added INTEGER NOT NULL, -- at which it came without replacing another; 0: never
	successor TEXT, -- identity of the number that replaced it
	PRIMARY KEY (account, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE term (
	kind INTEGER NOT NULL, -- 0 word of a name, 1 e-mail, 2 identity of a number
	term TEXT NOT NULL, -- folded by case and width
	account INTEGER NOT NULL REFERENCES account, -- whose profile has it, hidden ones none
	PRIMARY KEY (kind, term, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX term_account ON term (account);
CREATE TABLE contact (
	id INTEGER PRIMARY KEY, -- of the link: a new one when the subject changes
	owner INTEGER NOT NULL REFERENCES account, -- whose book it is in
	item TEXT NOT NULL, -- item id: bare JID or UID
	version INTEGER NOT NULL, -- position of its last change
	changed_at INTEGER NOT NULL, -- when that was
	subject INTEGER REFERENCES account, -- whom it is linked to; NULL: nobody
	applied INTEGER NOT NULL, -- version of the subject's profile it was brought to
	written INTEGER NOT NULL, -- the same when the holder wrote a number of the subject's
	pins TEXT, -- TELs that a take-back pinned; NULL: none
	card TEXT NOT NULL -- vCard4 XML
) STRICT;
CREATE UNIQUE INDEX contact_item ON contact (owner, item);
CREATE UNIQUE INDEX contact_version ON contact (owner, version);
CREATE INDEX contact_held ON contact (owner, subject) WHERE subject IS NOT NULL;
CREATE INDEX contact_subject ON contact (subject) WHERE subject IS NOT NULL;
CREATE TABLE retraction (
	version INTEGER PRIMARY KEY, -- position of it
	owner INTEGER NOT NULL REFERENCES account, -- from whose book
	item TEXT NOT NULL, -- item id, of which the book has no contact now
	at INTEGER NOT NULL -- when
) STRICT;
CREATE UNIQUE INDEX retraction_item ON retraction (owner, item);
CREATE INDEX retraction_owner ON retraction (owner);
CREATE TABLE run (
	account INTEGER PRIMARY KEY REFERENCES account, -- whose numbers changed
	version INTEGER NOT NULL, -- of the profile: the target
	started_at INTEGER NOT NULL, -- when
	cards_done INTEGER NOT NULL, -- first cursor: contact.id up to which cards are done
	cards_last INTEGER NOT NULL, -- contact.id to go to
	pushes_done INTEGER NOT NULL -- second cursor: card_update.id that the server took
) STRICT;
CREATE TABLE card_update (
	id INTEGER PRIMARY KEY, -- in order of time
	subject INTEGER NOT NULL, -- account whose number changed
	change INTEGER NOT NULL, -- version of its profile
	link INTEGER NOT NULL, -- contact.id; the row goes with the contact
	owner INTEGER NOT NULL, -- account of the holder
	item TEXT NOT NULL, -- of the contact
	version INTEGER NOT NULL, -- position in the book that this made
	at INTEGER NOT NULL, -- when
	undone_at INTEGER NOT NULL, -- when it was taken back; 0: in force
	push INTEGER NOT NULL CHECK (push IN (0, 1)), -- 1: the holder is to be told
	what TEXT NOT NULL -- TELs replaced, added, marked
) STRICT;
CREATE INDEX card_update_subject ON card_update (subject);
CREATE INDEX card_update_link ON card_update (link);
CREATE TABLE number_change (
	id INTEGER PRIMARY KEY, -- in order of time
	account INTEGER NOT NULL REFERENCES account, -- whose numbers changed
	version INTEGER NOT NULL, -- of the profile that the change made
	at INTEGER NOT NULL, -- when
	what TEXT NOT NULL -- for a person
) STRICT;
CREATE INDEX number_change_account ON number_change (account);
INSERT INTO account VALUES (1, 'alice@example.org', 100, 0, 0);
INSERT INTO account VALUES (2, 'bob@example.org', 100, 0, 0);
INSERT INTO account VALUES (3, 'carol@example.org', 100, 200, 0);
INSERT INTO setting VALUES (1, 0, 3);
INSERT INTO profile VALUES (2, 2, 300, 0, '<vcard xmlns="urn:ietf:params:xml:ns:vcard-4.0"><fn><text>Bob</text></fn><tel><uri>tel:+447700900456</uri></tel></vcard>');
INSERT INTO number VALUES (2, 0, '+447700900123', 'cell', 'tel:+447700900123', '+44 7700 900123', 1, 1, 2, 1, '+447700900456');
INSERT INTO number VALUES (2, 1, '+447700900456', 'cell', 'tel:+447700900456', '+44 7700 900456', 0, 2, 0, 0, NULL);
INSERT INTO term VALUES (0, 'bob', 2);
INSERT INTO term VALUES (2, '+447700900456', 2);
INSERT INTO contact VALUES (1, 1, 'bob@example.org', 7, 300, 2, 2, 1, NULL, '<vcard xmlns="urn:ietf:params:xml:ns:vcard-4.0"><fn><text>Bobby</text></fn></vcard>');
INSERT INTO contact VALUES (2, 2, 'carol@example.org', 5, 150, 3, 0, 0, '+447700900789 1', '<vcard xmlns="urn:ietf:params:xml:ns:vcard-4.0"><fn><text>Carol</text></fn></vcard>');
INSERT INTO retraction VALUES (8, 1, 'urn:uuid:1', 310);
INSERT INTO run VALUES (2, 2, 300, 1, 2, 0);
INSERT INTO card_update VALUES (1, 2, 2, 1, 1, 'bob@example.org', 7, 300, 0, 1, 'R	0	mobile	+447700900456	+44 7700 900123	+44 7700 900456		uri	:tel:+447700900123');
INSERT INTO number_change VALUES (6, 2, 2, 300, 'cell +44 7700 900123 -> +44 7700 900456');
PRAGMA application_id = 1265202280;
PRAGMA user_version = 1;
