-- A store of version 5: never change this file.
CREATE TABLE store (
	id INTEGER PRIMARY KEY CHECK (id = 1), -- there is one row
	position INTEGER NOT NULL, -- drawn last: positions, ids of accounts and changes
	link INTEGER NOT NULL, -- drawn last: contact.id
	card_update INTEGER NOT NULL, -- drawn last: card_update.id
	secret BLOB NOT NULL CHECK (length(secret) = 32) -- key of archive ids
, old_at INTEGER -- what time it was, as of a while ago; 0: not known
	NOT NULL DEFAULT 0) STRICT;
CREATE TABLE account (
	id INTEGER PRIMARY KEY, -- of this incarnation of the JID
	jid TEXT NOT NULL, -- bare, prepared
	opened_at INTEGER NOT NULL, -- first use by itself; 0: only others link to it
	closed_at INTEGER NOT NULL, -- 0: the incarnation in force
	dropped INTEGER NOT NULL -- position up to which its book's retractions were dropped
, told_since INTEGER -- since when pushes to it are counted
	NOT NULL DEFAULT 0, told INTEGER -- how many pushes to it since then
	NOT NULL DEFAULT 0, summary_at INTEGER -- when it is told of those gathered; 0: none
	NOT NULL DEFAULT 0, seen_at INTEGER -- last sign of it, to a day
	NOT NULL DEFAULT 0) STRICT;
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
, gathered INTEGER -- 1: told by a summary yet to come
	NOT NULL DEFAULT 0 CHECK (gathered IN (0, 1))) STRICT;
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
CREATE TABLE listed (
	account INTEGER NOT NULL REFERENCES account, -- whose list
	kind INTEGER NOT NULL, -- enum listed
	jid TEXT NOT NULL, -- bare, prepared; of an account that is known or not
	PRIMARY KEY (account, kind, jid)
) STRICT, WITHOUT ROWID;
CREATE INDEX listed_jid ON listed (jid);
CREATE INDEX account_seen ON account (seen_at) WHERE closed_at = 0 AND opened_at > 0;
CREATE INDEX account_summary ON account (summary_at) WHERE summary_at > 0;
CREATE INDEX card_update_gathered ON card_update (owner, item) WHERE gathered = 1;
INSERT INTO store (id, position, link, card_update, secret) VALUES (1, 9, 2, 1, x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
CREATE TABLE matter (
	id INTEGER PRIMARY KEY, -- in order of time
	account INTEGER NOT NULL REFERENCES account, -- whose decision it is
	kind INTEGER NOT NULL, -- enum matter_kind
	token TEXT NOT NULL, -- by which an answer names it: 128 bits in hex
	subject INTEGER NOT NULL REFERENCES account, -- whose number changed, or who asked
	target TEXT NOT NULL, -- item id of the contact, or JID of who is to get the card
	link INTEGER, -- contact.id of the card that is to change; NULL: none
	version INTEGER NOT NULL, -- of the subject's profile that is proposed; 0: none
	card_update INTEGER, -- the row whose push tells it; NULL: none
	what TEXT NOT NULL, -- what is proposed, as in card_update
	made_at INTEGER NOT NULL, -- when
	expires_at INTEGER NOT NULL, -- when it is too late for an answer
	declined INTEGER NOT NULL CHECK (declined IN (0, 1)) -- 1: it is kept only so that nobody is asked again
) STRICT;
CREATE INDEX matter_account ON matter (account);
CREATE UNIQUE INDEX matter_token ON matter (token);
CREATE INDEX matter_subject ON matter (subject);
CREATE INDEX matter_expires ON matter (expires_at);
CREATE INDEX matter_link ON matter (link) WHERE link IS NOT NULL;
CREATE INDEX matter_update ON matter (card_update) WHERE card_update IS NOT NULL;
CREATE TABLE held (
	account INTEGER PRIMARY KEY REFERENCES account, -- whose change is held
	ends_at INTEGER NOT NULL, -- when its run begins
	version INTEGER NOT NULL, -- of the profile before, as are those that follow
	changed_at INTEGER NOT NULL, -- as in profile
	hidden INTEGER NOT NULL CHECK (hidden IN (0, 1)), -- as in profile
	card TEXT NOT NULL -- as in profile
) STRICT;
CREATE INDEX held_ends ON held (ends_at);
CREATE TABLE held_number (
	account INTEGER NOT NULL REFERENCES held ON DELETE CASCADE, -- and all as in number
	place INTEGER NOT NULL, -- as in number, as are those that follow
	identity TEXT NOT NULL, -- E.164 and extension, or digits
	kind TEXT NOT NULL, -- cell, voice, fax ...
	value TEXT NOT NULL, -- as it goes into a card
	display TEXT NOT NULL, -- as it is shown
	state INTEGER NOT NULL, -- enum number_state
	from_version INTEGER NOT NULL, -- since which it is or was current
	to_version INTEGER NOT NULL, -- at which it ceased to be
	added INTEGER NOT NULL, -- at which it came without replacing another
	successor TEXT, -- identity of what replaced it
	PRIMARY KEY (account, place)
) STRICT, WITHOUT ROWID;
ALTER TABLE run ADD COLUMN starts_at INTEGER -- held until then
	NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN offers INTEGER -- version of the profile that is offered to rosters; 0: none
	NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN offers_done INTEGER -- roster_pair.other up to which it was
	NOT NULL DEFAULT 0;
CREATE INDEX card_update_offer ON card_update (owner) WHERE link = 0;
INSERT INTO account VALUES (1, 'alice@example.org', 100, 0, 0, 300, 10, 86700, 100);
INSERT INTO account VALUES (2, 'bob@example.org', 100, 0, 0, 0, 0, 0, 100);
INSERT INTO account VALUES (3, 'carol@example.org', 100, 200, 0, 0, 0, 0, 100);
INSERT INTO account VALUES (4, 'carol@example.org', 250, 0, 0, 0, 0, 0, 250);
INSERT INTO setting VALUES (1, 0, 3);
INSERT INTO listed VALUES (1, 0, 'bob@example.org');
INSERT INTO listed VALUES (1, 1, 'mallory@example.org');
INSERT INTO profile VALUES (2, 2, 300, 0, '<vcard xmlns="urn:ietf:params:xml:ns:vcard-4.0"><fn><text>Bob</text></fn><tel><uri>tel:+447700900456</uri></tel></vcard>');
INSERT INTO number VALUES (2, 0, '+447700900123', 'cell', 'tel:+447700900123', '+44 7700 900123', 1, 1, 2, 1, '+447700900456');
INSERT INTO number VALUES (2, 1, '+447700900456', 'cell', 'tel:+447700900456', '+44 7700 900456', 0, 2, 0, 0, NULL);
INSERT INTO term VALUES (0, 'bob', 2);
INSERT INTO term VALUES (2, '+447700900456', 2);
INSERT INTO contact VALUES (1, 1, 'bob@example.org', 7, 300, 2, 2, 1, NULL, '<vcard xmlns="urn:ietf:params:xml:ns:vcard-4.0"><fn><text>Bobby</text></fn></vcard>');
INSERT INTO contact VALUES (2, 2, 'carol@example.org', 5, 150, 3, 0, 0, '+447700900789 1', '<vcard xmlns="urn:ietf:params:xml:ns:vcard-4.0"><fn><text>Carol</text></fn></vcard>');
INSERT INTO retraction VALUES (8, 1, 'urn:uuid:1', 310);
INSERT INTO run VALUES (2, 2, 300, 1, 2, 0, 0, 2, 0);
INSERT INTO held VALUES (2, 900, 1, 250, 0, '<vcard xmlns="urn:ietf:params:xml:ns:vcard-4.0"><fn><text>Bob</text></fn><tel><uri>tel:+447700900123</uri></tel></vcard>');
INSERT INTO held_number VALUES (2, 0, '+447700900123', 'cell', 'tel:+447700900123', '+44 7700 900123', 0, 1, 0, 1, NULL);
INSERT INTO card_update VALUES (1, 2, 2, 1, 1, 'bob@example.org', 7, 300, 0, 1, 'R	0	mobile	+447700900456	+44 7700 900123	+44 7700 900456		uri	:tel:+447700900123', 1);
INSERT INTO number_change VALUES (6, 2, 2, 300, 'cell +44 7700 900123 -> +44 7700 900456');
INSERT INTO matter VALUES (9, 1, 1, '000102030405060708090a0b0c0d0e0f', 2, 'bob@example.org', 1, 2, 1, 'R	0	mobile	+447700900456	+44 7700 900123	+44 7700 900456		uri	:tel:+447700900123', 300, 2592300, 0);
CREATE TABLE roster (
	account INTEGER PRIMARY KEY REFERENCES account, -- whose
	asked_at INTEGER NOT NULL -- when the server was last asked for it
) STRICT;
CREATE TABLE roster_pair (
	account INTEGER NOT NULL REFERENCES account, -- each pair has two rows
	other INTEGER NOT NULL REFERENCES account, -- whom it is subscribed to, and who to it
	PRIMARY KEY (account, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX roster_pair_other ON roster_pair (other);
INSERT INTO roster VALUES (1, 250);
INSERT INTO roster_pair VALUES (1, 2);
INSERT INTO roster_pair VALUES (2, 1);
CREATE TABLE follow (
	account INTEGER PRIMARY KEY REFERENCES account, -- who
	shares INTEGER NOT NULL CHECK (shares IN (0, 1)), -- 1: its presence, too
	read_at INTEGER NOT NULL, -- when the server was last asked for its vCard
	seen TEXT -- digest of the last vCard seen, in hex; NULL: none was
) STRICT;
INSERT INTO follow VALUES (1, 1, 260, '0123456789abcdef0123456789abcdef');
CREATE TABLE report (
	account INTEGER PRIMARY KEY REFERENCES account, -- whose numbers changed
	version INTEGER NOT NULL, -- of the profile that the change made
	began_at INTEGER NOT NULL, -- when its run did
	ended_at INTEGER NOT NULL, -- when it did; 0: it is under way
	told INTEGER NOT NULL CHECK (told IN (0, 1)), -- 1: its owner was told, or is not to be
	reached INTEGER NOT NULL, -- cards brought up to date
	asked INTEGER NOT NULL, -- cards whose holder is asked
	offered INTEGER NOT NULL, -- cards offered to those in the roster
	waiting INTEGER NOT NULL, -- of any: not told, since an offline box is full
	bounced INTEGER NOT NULL, -- of any: whose push came back
	pushed INTEGER NOT NULL -- of all: whose push is done with
) STRICT;
CREATE INDEX report_due ON report (ended_at, account) WHERE told = 0 AND ended_at > 0;
INSERT INTO report VALUES (2, 2, 300, 0, 0, 1, 0, 0, 0, 0, 0);
CREATE TABLE dormant (
	account INTEGER PRIMARY KEY REFERENCES account ON DELETE CASCADE, -- that ended
	next INTEGER NOT NULL REFERENCES account, -- that has its JID now
	made INTEGER NOT NULL, -- first cursor: contact.id up to which matters are made
	done INTEGER NOT NULL -- second cursor: up to which the server took the messages
) STRICT;
CREATE INDEX dormant_next ON dormant (next);
CREATE INDEX account_closed ON account (jid) WHERE closed_at > 0;
INSERT INTO dormant VALUES (3, 4, 2, 0);
CREATE TABLE sweep (
	account INTEGER PRIMARY KEY REFERENCES account ON DELETE CASCADE, -- whose book
	next_at INTEGER NOT NULL, -- when it is looked at next
	again_at INTEGER NOT NULL, -- when that begins from its start
	done INTEGER NOT NULL, -- contact.version up to which it was looked at
	found_at INTEGER NOT NULL -- since when something is found that is not told; 0: nothing is
) STRICT;
CREATE INDEX sweep_next ON sweep (next_at);
INSERT INTO sweep VALUES (1, 100, 200, 5, 0);
PRAGMA application_id = 1265202280;
ALTER TABLE account ADD COLUMN used_at INTEGER -- first use by more than an ordinary client's vCard; 0: none
	NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN asked INTEGER -- 1: its owner was asked whether it may begin; it ends at starts_at
	NOT NULL DEFAULT 0 CHECK (asked IN (0, 1));
CREATE INDEX run_asked ON run (asked, starts_at);
CREATE INDEX matter_kind ON matter (account, kind);
CREATE TABLE missing (
	account INTEGER NOT NULL REFERENCES account, -- whose ordinary client's vCard lacks it
	identity TEXT NOT NULL, -- of the number, which is current
	state INTEGER NOT NULL, -- enum missing_state
	PRIMARY KEY (account, identity)
) STRICT, WITHOUT ROWID;
ALTER TABLE account ADD COLUMN region TEXT -- two letters; empty: the one of the conf
	NOT NULL DEFAULT '';
UPDATE account SET used_at = 100, region = 'GB' WHERE id = 1;
ALTER TABLE contact ADD COLUMN known INTEGER -- 1: the holder is known to the subject by this card; 0: it is not looked at yet
	NOT NULL DEFAULT 0 CHECK (known IN (0, 1));
DROP INDEX account_jid;
CREATE INDEX account_jid ON account (jid, closed_at, opened_at, seen_at, used_at, region) WHERE closed_at = 0;
DROP INDEX contact_held;
CREATE INDEX contact_held ON contact (owner, subject, known DESC) WHERE subject IS NOT NULL;
INSERT INTO missing VALUES (2, '+447700900456', 1);
PRAGMA user_version = 5;
