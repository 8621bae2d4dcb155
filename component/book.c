/* An account's address book (design: sections 3 and 4). */
#include "config.h"

#include "component/book.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/arena.h"
#include "common/jid.h"
#include "common/vcard.h"
#include "component/history.h"
#include "component/linking_sweep.h"
#include "component/stored_card.h"
#include "component/update.h"

#define ITEM_MAX JID_MAX /* bytes of an item id */
#define LIST_BATCH 64

/* The account that a contact is linked to, as far as it matters here. */
struct subject {
	struct store_account account;
	struct store_profile profile; /* without its card; version 0: there is none */
	struct history history;
	bool dormant; /* its incarnation ended: the link leads to nothing any more */
};

/* item: of the contact. Mostly it is the JID of its subject, and who has that is remembered. */
static enum store_result read_account(const struct rules *rules, struct arena *arena, int64_t id,
	const char *item, struct store_account *account)
{
	enum store_result result;

	if (strchr(item, '@')) {
		result = store_account_find(rules->store, arena, item, account);
		if (result == STORE_ERROR || (result == STORE_OK && account->id == id))
			return result;
	}
	return store_account_by_id(rules->store, arena, id, account);
}

static enum store_result read_subject(const struct rules *rules, struct arena *arena,
	int64_t account, const char *item, struct subject *subject)
{
	enum store_result result;

	*subject = (struct subject){0};
	result = read_account(rules, arena, account, item, &subject->account);
	if (result != STORE_OK || subject->account.closed_at != 0) {
		subject->dormant = true;
		return result == STORE_ERROR ? STORE_ERROR : STORE_OK;
	}
	result = store_profile_head(rules->store, account, &subject->profile);
	if (result == STORE_NONE)
		return STORE_OK;
	if (result == STORE_OK)
		result = store_history_get(rules->store, arena, account, &subject->history);
	return result;
}

/* ---- Item ids ---- */

static const char *make_uuid(struct arena *arena)
{
	unsigned char b[16];

	if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b)
		return NULL;
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* RFC 4122, 4.4 */
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	return arena_printf(arena,
		"urn:uuid:%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
		b[13], b[14], b[15]);
}

/* The item id in the form in which it is stored: a JID prepared, a UID as it is; NULL: *why says
 * why it is none. *is_account: it is the JID of an account. */
static const char *read_item(
	struct arena *arena, const char *item, bool *is_account, const char **why)
{
	const char *bare = NULL;
	struct jid jid;

	*is_account = false;
	if (!*item || strlen(item) > ITEM_MAX) {
		*why = *item ? "the item id is too long" : "the item id is empty";
		return NULL;
	}
	*is_account = jid_is_account(arena, item, &bare);
	if (*is_account)
		return bare;
	if (strchr(item, '@') && jid_parse(&jid, arena, item) == 0 && jid.local) {
		*why = "an item id is a bare JID, without resource, or a UID";
		return NULL;
	}
	return item;
}

/* ---- Publishing ---- */

/* *written: since when card, which takes the place of old, counts as carrying the subject's numbers
 * (rules.h, `known`): who was known stays so as long as any of them is left in the card. */
static enum store_result written_at(const struct rules *rules, struct arena *arena,
	const struct subject *subject, const struct store_contact *old, const struct vcard *card,
	const char *region, int64_t *written)
{
	int64_t version = *written = subject->profile.version;
	struct store_contact whole;
	const struct vcard *old_card;

	if (old->written == version || !update_carries(card, &subject->history, region, -1))
		return STORE_OK;
	if (!old->known) {
		if (store_contact_by_link(rules->store, arena, old->owner, old->id, &whole) !=
			STORE_OK)
			return STORE_ERROR;
		old_card = vcard_from_xml_text(arena, whole.card, whole.card_len, NULL);
		if (!old_card || !rules_is_known(old, old_card, &subject->history, region, version))
			return STORE_OK;
	}
	*written = old->written;
	return STORE_OK;
}

/* True (*yes) if a run of the subject has still to come to the link. */
static enum store_result is_due(
	const struct rules *rules, const struct store_contact *contact, bool *yes)
{
	struct store_run run;
	enum store_result result = store_run_get(rules->store, contact->subject, &run);

	*yes = result == STORE_OK && run.cards_done < contact->id && contact->id <= run.cards_last;
	return result == STORE_ERROR ? STORE_ERROR : STORE_OK;
}

/* Brings the card of a linked contact up to date, where the rules permit. *what: what was done,
 * NULL for nothing. -1: the store failed. */
static int bring_up_to_date(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const struct subject *subject,
	struct store_contact *contact, struct vcard *card, int64_t now, const char **what)
{
	const char *region = rules_region(rules, owner);
	struct update_state state = {contact->applied, contact->pins};
	enum verdict verdict, add;
	bool due = false;

	*what = NULL;
	update_pins(arena, card, &state, &subject->history, region);
	contact->pins = state.pins;
	if (contact->id != 0 && is_due(rules, contact, &due) == STORE_ERROR)
		return -1;
	if (due || subject->profile.version == 0)
		return 0;
	verdict = rules_updates(rules, owner->id, subject->account.jid);
	if (verdict == VERDICT_YES)
		verdict = rules_visible_linked(rules, &subject->account, &subject->profile,
			&subject->history, owner, contact, card);
	if (verdict != VERDICT_YES)
		return verdict == VERDICT_ERROR ? -1 : 0;
	add = rules_adds(rules, subject->account.id, owner, &subject->history, contact->applied);
	if (add == VERDICT_ERROR)
		return -1;
	*what = update_card(arena, card, &state, &subject->history, subject->profile.version,
		add == VERDICT_YES, region, now);
	contact->applied = state.applied;
	contact->pins = state.pins;
	return arena_failed(arena) ? -1 : 0;
}

/* Stores the contact with the card that is written, and the row of what was done to it. */
static enum book_result put_written(const struct rules *rules, struct arena *arena,
	struct store_contact *contact, const char *what, int64_t now)
{
	contact->changed_at = now;
	if (!contact->card || arena_failed(arena) ||
		store_contact_put(rules->store, contact) != STORE_OK)
		return BOOK_ERROR;
	if (!what)
		return BOOK_OK;
	struct store_update update = {.subject = contact->subject,
		.change = contact->applied,
		.link = contact->id,
		.owner = contact->owner,
		.item = contact->item,
		.version = contact->version,
		.at = now,
		.what = what,
		.push = false};
	return store_update_add(rules->store, &update) == STORE_OK ? BOOK_OK : BOOK_ERROR;
}

/* The same with card as contact's. */
static enum book_result put_contact(const struct rules *rules, struct arena *arena,
	struct store_contact *contact, const struct vcard *card, const char *what, int64_t now)
{
	contact->card = stored_card_write(arena, card, &contact->card_len);
	return put_written(rules, arena, contact, what, now);
}

/* Notes whether the holder is known by the card as it is now. */
static void note_known(const struct rules *rules, const struct store_account *owner,
	const struct subject *subject, struct store_contact *contact, const struct vcard *card)
{
	contact->known = rules_is_known(contact, card, &subject->history,
		rules_region(rules, owner), subject->profile.version);
}

/* Makes the contact what it will be, all but its card: link, applied, written, known, pins. Brings
 * card up to date. old: the head of what is there under the item, NULL if nothing is; jid: of the
 * account that a new contact is linked to, NULL none. -1: the store failed. */
static int link_contact(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const struct store_contact *old, const char *jid,
	struct store_contact *contact, struct vcard *card, int64_t now, const char **what)
{
	struct store_account account;
	struct subject subject;

	*what = NULL;
	if (old) {
		contact->id = old->id;
		contact->subject = old->subject;
		contact->applied = old->applied;
		contact->written = old->written;
		contact->known_stored = old->known_stored;
		contact->pins = old->pins;
	} else if (jid) {
		if (store_account_get(rules->store, arena, jid, &account) != STORE_OK)
			return -1;
		contact->subject = account.id;
	}
	if (contact->subject == 0)
		return 0;
	if (read_subject(rules, arena, contact->subject, contact->item, &subject) == STORE_ERROR)
		return -1;
	if (subject.dormant)
		return 0;
	if (old) {
		if (written_at(rules, arena, &subject, old, card, rules_region(rules, owner),
			    &contact->written) != STORE_OK)
			return -1;
	} else {
		/* What was added before is not for who comes later; what will be is. */
		contact->written = subject.profile.version;
		contact->applied = subject.profile.version;
	}
	if (bring_up_to_date(rules, arena, owner, &subject, contact, card, now, what) != 0)
		return -1;
	note_known(rules, owner, &subject, contact, card);
	return 0;
}

enum store_result book_find(const struct rules *rules, struct arena *arena, int64_t owner,
	const struct store_account *subject, struct store_contact *contact)
{
	enum store_result result =
		store_contact_of(rules->store, arena, owner, subject->id, contact);

	if (result != STORE_NONE)
		return result;
	return store_contact_get(rules->store, arena, owner, subject->jid, contact);
}

enum book_result book_publish(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const char *item, struct vcard *card, int64_t now,
	struct store_contact *contact, const char **why)
{
	struct store_contact old;
	const char *written, *what, *fault = stored_card_fault(card);
	bool is_account = false;
	enum book_result result;
	enum store_result found;
	int64_t count;
	size_t len;

	if (fault) {
		*why = fault;
		return BOOK_INVALID;
	}
	written = stored_card_write(arena, card, &len);
	if (!written)
		return BOOK_ERROR;
	if (len > rules->settings->limits.card_bytes) {
		*why = arena_printf(arena, "a vCard may have at most %u bytes",
			rules->settings->limits.card_bytes);
		return BOOK_INVALID;
	}
	if (!item) {
		item = make_uuid(arena);
		if (!item)
			return BOOK_ERROR;
	}
	item = read_item(arena, item, &is_account, why);
	if (!item)
		return arena_failed(arena) ? BOOK_ERROR : BOOK_INVALID;

	found = store_contact_head(rules->store, arena, owner->id, item, &old);
	if (found == STORE_ERROR)
		return BOOK_ERROR;
	if (found == STORE_NONE) {
		if (store_contact_count(rules->store, owner->id, &count) != STORE_OK)
			return BOOK_ERROR;
		if (count >= (int64_t)rules->settings->limits.contacts_per_book)
			return BOOK_FULL;
	}
	if (owner->opened_at == 0 && store_account_open(rules->store, owner->id, now) != STORE_OK)
		return BOOK_ERROR;
	*contact = (struct store_contact){.owner = owner->id,
		.item = item,
		.is_new = found == STORE_NONE,
		.card = written,
		.card_len = len};
	if (link_contact(rules, arena, owner, found == STORE_OK ? &old : NULL,
		    is_account ? item : NULL, contact, card, now, &what) != 0)
		return BOOK_ERROR;
	result = what ? put_contact(rules, arena, contact, card, what, now)
		      : put_written(rules, arena, contact, NULL, now);
	if (result == BOOK_OK && contact->subject == 0 &&
		linking_sweep_due(rules, owner->id, now) != STORE_OK)
		return BOOK_ERROR;
	return result;
}

enum book_result book_link(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const char *item, const struct store_account *subject,
	int64_t now, struct store_contact *contact)
{
	struct store_contact old;
	struct vcard *card;
	const char *what;

	switch (store_contact_get(rules->store, arena, owner->id, item, &old)) {
	case STORE_OK:
		break;
	case STORE_NONE:
		return BOOK_NONE;
	case STORE_ERROR:
		return BOOK_ERROR;
	}
	card = vcard_from_xml_text(arena, old.card, old.card_len, NULL);
	if (old.subject != 0 || !card)
		return arena_failed(arena) ? BOOK_ERROR : BOOK_NONE;
	*contact = (struct store_contact){.owner = owner->id, .item = old.item};
	if (link_contact(rules, arena, owner, NULL, subject->jid, contact, card, now, &what) != 0)
		return BOOK_ERROR;
	return put_contact(rules, arena, contact, card, what, now);
}

/* ---- Retracting and taking back ---- */

enum book_result book_retract(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const char *item, int64_t now, struct store_event *event)
{
	bool is_account;
	const char *why;

	item = read_item(arena, item, &is_account, &why);
	if (!item)
		return arena_failed(arena) ? BOOK_ERROR : BOOK_NONE;
	*event = (struct store_event){.at = now, .item = item, .retracted = true};
	switch (store_contact_remove(rules->store, owner->id, item, now, &event->version)) {
	case STORE_OK:
		return BOOK_OK;
	case STORE_NONE:
		return BOOK_NONE;
	case STORE_ERROR:
		break;
	}
	return BOOK_ERROR;
}

enum book_result book_undo(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const char *item, int64_t now,
	struct store_contact *contact)
{
	struct store_update update;
	struct subject subject;
	struct update_state state;
	struct vcard *card;
	enum store_result result;
	bool is_account;
	const char *why;

	item = read_item(arena, item, &is_account, &why);
	if (!item)
		return arena_failed(arena) ? BOOK_ERROR : BOOK_NONE;
	result = store_contact_get(rules->store, arena, owner->id, item, contact);
	if (result == STORE_OK)
		result = store_update_last(rules->store, arena, owner->id, item, &update);
	if (result == STORE_OK)
		result = read_subject(rules, arena, update.subject, item, &subject);
	if (result != STORE_OK)
		return result == STORE_NONE ? BOOK_NONE : BOOK_ERROR;
	if (update.link != contact->id) /* of one that was retracted since */
		return BOOK_NONE;
	card = vcard_from_xml_text(arena, contact->card, contact->card_len, NULL);
	if (!card)
		return arena_failed(arena) ? BOOK_ERROR : BOOK_NONE;
	state = (struct update_state){contact->applied, contact->pins};
	if (!update_undo(arena, card, &state, update.what, rules_region(rules, owner)))
		return arena_failed(arena) ? BOOK_ERROR : BOOK_NONE;
	/* Those that have run out stay until a run comes to it: nothing older is told before that.
	 */
	if (!subject.dormant && state.applied >= subject.profile.version)
		update_pins(arena, card, &state, &subject.history, rules_region(rules, owner));
	contact->pins = state.pins;
	contact->known = false;
	if (store_update_undone(rules->store, update.id, now) != STORE_OK)
		return BOOK_ERROR;
	return put_contact(rules, arena, contact, card, NULL, now);
}

/* ---- Catching up ---- */

/* Contacts of a batch, kept, since the store is written to while they are gone through. */
struct batch {
	struct store_contact list[LIST_BATCH];
	size_t count;
};

static int keep_contact(void *context, const struct store_contact *contact)
{
	struct batch *batch = context;
	batch->list[batch->count++] = *contact;
	return 0;
}

/* *changed: the card was brought up to date, and stored. */
static enum book_result catch_up(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, struct store_contact *contact, int64_t now,
	bool *changed)
{
	struct subject subject;
	struct vcard *card;
	const char *what = NULL;
	int64_t applied = contact->applied;

	*changed = false;
	if (contact->subject == 0)
		return BOOK_OK;
	if (read_subject(rules, arena, contact->subject, contact->item, &subject) == STORE_ERROR)
		return BOOK_ERROR;
	if (subject.dormant)
		return BOOK_OK;
	card = vcard_from_xml_text(arena, contact->card, contact->card_len, NULL);
	if (!card)
		return arena_failed(arena) ? BOOK_ERROR : BOOK_OK;
	if (bring_up_to_date(rules, arena, owner, &subject, contact, card, now, &what) != 0)
		return BOOK_ERROR;
	if (what) {
		*changed = true;
		note_known(rules, owner, &subject, contact, card);
		return put_contact(rules, arena, contact, card, what, now);
	}
	if (applied != contact->applied && store_contact_mark(rules->store, contact) != STORE_OK)
		return BOOK_ERROR;
	return BOOK_OK;
}

enum book_result book_catch_up(const struct rules *rules, const struct store_account *owner,
	int64_t now, void (*changed)(void *context, const struct store_event *event), void *context)
{
	struct arena *arenas[2] = {arena_new(0), arena_new(0)}; /* of a batch, of one contact */
	struct batch *batch = malloc(sizeof *batch);
	char *after = NULL;
	enum book_result result = BOOK_ERROR;

	if (!arenas[0] || !arenas[1] || !batch)
		goto out;
	do {
		arena_reset(arenas[0]);
		batch->count = 0;
		if (store_contact_list(rules->store, arenas[0], owner->id, after, LIST_BATCH,
			    keep_contact, batch) == STORE_ERROR)
			goto out;
		for (size_t i = 0; i < batch->count; i++) {
			struct store_contact *contact = &batch->list[i];
			bool did;
			arena_reset(arenas[1]);
			if (catch_up(rules, arenas[1], owner, contact, now, &did) != BOOK_OK)
				goto out;
			if (did)
				changed(context, &(struct store_event){.version = contact->version,
							 .at = now,
							 .item = contact->item,
							 .card = contact->card,
							 .card_len = contact->card_len});
		}
		free(after);
		after = batch->count > 0 ? strdup(batch->list[batch->count - 1].item) : NULL;
		if (batch->count > 0 && !after)
			goto out;
	} while (batch->count > 0);
	result = BOOK_OK;
out:
	free(after);
	free(batch);
	arena_free(arenas[0]);
	arena_free(arenas[1]);
	return result;
}
