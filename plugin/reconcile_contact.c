/* One contact: what became of it on the service and in the book since both agreed, and what follows
 * from that. */
#include "config.h"

#include "plugin/reconcile_contact.h"

#include <string.h>

#include "common/arena.h"
#include "common/vcard.h"
#include "plugin/client.h"
#include "plugin/local.h"
#include "plugin/match.h"
#include "plugin/merge3.h"
#include "plugin/reconcile.h"

/* ---- Telling ---- */
static void tell_changed(struct merging *r, const char *item, const struct vcard *card,
	const char *change, const char *where)
{
	struct event event;

	event_init(&event, KITH_EVENT_CHANGED);
	event_add(&event, "item", item);
	event_add(&event, "change", change);
	event_add(&event, "where", where);
	if (card)
		event_add_card(&event, card, r->kith->region);
	else
		event_add(&event, "name", item);
	client_tell(r->kith, NULL, &event);
}

static void tell_skipped(struct merging *r, const char *file, const char *why)
{
	struct event event;

	if (r->quiet)
		return;
	event_init(&event, KITH_EVENT_SKIPPED);
	event_add(&event, "file", file);
	event_add(&event, "text", why ? why : "it can't be read");
	client_tell(r->kith, NULL, &event);
}

/* ---- Stored forms ---- */
static struct vcard *card_of(struct arena *arena, const char *text)
{
	return text ? vcard_from_xml_text(arena, text, strlen(text), NULL) : NULL;
}

static void add_change(struct merging *r, const char *item, const struct vcard *card,
	const struct state_item *agreed)
{
	struct change *change = arena_alloc(r->arena, sizeof(*change));

	if (!change)
		return;
	change->item = item;
	change->card = card;
	change->agreed = *agreed;
	change->agreed.item = item;
	change->agreed.card = card ? vcard_to_xml_string(r->arena, card, NULL) : NULL;
	change->is_new = !agreed->card;
	*r->changes_end = change;
	r->changes_end = &change->next;
	r->changes++;
}

static int add_removed(struct merging *r, const struct contact *contact)
{
	const struct vcard *card = card_of(r->arena, contact->row.base);

	if (!card)
		return 0;
	return state_journal_add(r->kith->state, &(struct state_journal){
							 .item = contact->row.item,
							 .name = vcard_name(card),
							 .lost = contact->row.base,
							 .whole = true,
							 .at = client_now(r->kith),
						 });
}

/* ---- Writing the book ---- */
/* Writes card as the entry of a contact and notes it in row. BOOK_CHANGED and BOOK_FAILED: the
 * contact is left for the next run. */
static enum book_done write_entry(
	struct merging *r, struct state_item *row, struct local *local, const struct vcard *card)
{
	const char *uid = vcard_text(vcard_first(card, "UID"));
	const char *text = local_render(r->arena, card, local ? local->text : NULL);
	struct book_entry entry = {0};
	const char *reads;
	enum book_done done;

	if (!text) {
		r->has_failed = true;
		return BOOK_FAILED;
	}
	if (local) {
		entry = local->entry;
		done = r->kith->book->backend->write(
			r->kith->book, r->arena, &entry, uid, text, strlen(text), &reads);
	} else {
		done = book_add(r->kith->book, r->arena, &entry, uid, text, strlen(text), &reads);
		r->unsettled++;
	}
	r->has_failed = r->has_failed || done == BOOK_FAILED;
	if (done == BOOK_DONE) {
		row->file = entry.name;
		row->file_text = reads;
		row->file_revision = entry.revision;
	}
	return done;
}

static int write_new(struct merging *r, struct contact *contact, const struct vcard *card)
{
	const struct vcard *entry = local_card_for(r->arena, card, contact->row.item);

	if (!entry || write_entry(r, &contact->row, NULL, entry) != BOOK_DONE)
		return 0;
	tell_changed(r, contact->row.item, card, "added", "book");
	r->count++;
	return state_item_agree(r->kith->state, &contact->row);
}

/* ---- A contact that is gone from the service ---- */
static int reconcile_gone(struct merging *r, struct contact *contact, bool edited)
{
	struct local *local = contact->local;
	const struct vcard *base = card_of(r->arena, contact->row.base);

	if (local && edited) {
		/* What a person wrote since is not thrown away: it is a contact again. */
		if (!local_read(r->kith->book, r->arena, local)) {
			tell_skipped(r, local->entry.name, local->why);
			return 0;
		}
		contact->row.file = local->entry.name;
		contact->row.file_text = local->text;
		contact->row.file_revision = local->entry.revision;
		add_change(r, contact->row.item, local->card, &contact->row);
		tell_changed(r, contact->row.item, local->card, "added", "service");
		return 0;
	}
	if (local) {
		enum book_done done =
			r->kith->book->backend->remove(r->kith->book, r->arena, &local->entry);

		r->has_failed = r->has_failed || done == BOOK_FAILED;
		if (done != BOOK_DONE)
			return 0;
		r->unsettled++;
	}
	if (base) {
		tell_changed(r, contact->row.item, base, "removed", local ? "book" : "service");
		r->count++;
	}
	if (base && add_removed(r, contact) != 0)
		return -1;
	return state_item_remove(r->kith->state, contact->row.item);
}

/* ---- A contact without entry ---- */
static int reconcile_missing(struct merging *r, struct contact *contact, const struct vcard *card)
{
	if (contact->was_there && contact->row.base &&
		strcmp(contact->row.base, contact->row.card) == 0) {
		if (add_removed(r, contact) != 0)
			return -1;
		add_change(r, contact->row.item, NULL, &contact->row);
		tell_changed(r, contact->row.item, card, "removed", "service");
		return 0;
	}
	return write_new(r, contact, card);
}

/* ---- A contact on both sides ---- */
static const char *shown(struct arena *arena, const struct vcard_property *property)
{
	return property ? arena_printf(arena, "%s", vcard_text(property)) : "(removed)";
}

static const char *one_property(struct arena *arena, const struct vcard_property *property)
{
	struct vcard *card = property ? vcard_new(arena) : NULL;

	if (!card || !vcard_add_copy(card, property))
		return NULL;
	return vcard_to_xml_string(arena, card, NULL);
}

static int add_conflicts(struct merging *r, const struct contact *contact, const struct vcard *card,
	const struct merge3_out *out, enum merge3_side newer)
{
	for (const struct merge3_conflict *c = out->conflicts; c; c = c->next) {
		struct event event;
		struct state_journal entry = {
			.item = contact->row.item,
			.name = vcard_name(card),
			.kept = one_property(r->arena, c->kept),
			.lost = one_property(r->arena, c->lost),
			.at = client_now(r->kith),
		};

		event_init(&event, KITH_EVENT_CONFLICT);
		event_add(&event, "item", entry.item);
		event_add(&event, "name", entry.name);
		event_add(&event, "property", c->name);
		event_add(&event, "kept", shown(r->arena, c->kept));
		event_add(&event, "lost", shown(r->arena, c->lost));
		event_add(&event, "where", newer == MERGE3_BOOK ? "book" : "service");
		if (state_journal_add(r->kith->state, &entry) != 0)
			return -1;
		client_tell(r->kith, NULL, &event);
	}
	return 0;
}

/* The entry as it was when both agreed; NULL: they never did. */
static struct vcard *local_base(struct arena *arena, const struct state_item *row)
{
	return row->base && row->file_text
		       ? local_parse(arena, row->file_text, strlen(row->file_text), NULL)
		       : NULL;
}

static int reconcile_both(struct merging *r, struct contact *contact, const struct vcard *card)
{
	struct local *local = contact->local;
	struct merge3_out out;
	struct merge3_in in = {.region = r->kith->region};

	if (!local_read(r->kith->book, r->arena, local)) {
		tell_skipped(r, local->entry.name, local->why);
		return 0;
	}
	in.now[MERGE3_SERVICE] = card;
	in.now[MERGE3_BOOK] = local->card;
	in.base[MERGE3_BOOK] = local_base(r->arena, &contact->row);
	in.base[MERGE3_SERVICE] =
		in.base[MERGE3_BOOK] ? card_of(r->arena, contact->row.base) : NULL;
	if (!in.base[MERGE3_SERVICE])
		in.base[MERGE3_BOOK] = NULL;
	in.newer = local->entry.changed_at > contact->row.card_at ? MERGE3_BOOK : MERGE3_SERVICE;
	if (merge3_run(r->arena, &in, &out) != 0)
		return -1;
	contact->row.file = local->entry.name;
	if (out.changed[MERGE3_BOOK]) {
		if (write_entry(r, &contact->row, local, out.card[MERGE3_BOOK]) != BOOK_DONE)
			return 0;
		if (state_journal_pass(r->kith->state, contact->row.item) != 0)
			return -1;
		tell_changed(r, contact->row.item, out.card[MERGE3_BOOK], "changed", "book");
		r->count++;
	} else {
		contact->row.file_text = local->text;
		contact->row.file_revision = local->entry.revision;
	}
	if (add_conflicts(r, contact, card, &out, in.newer) != 0)
		return -1;
	if (out.changed[MERGE3_SERVICE]) {
		add_change(r, contact->row.item, out.card[MERGE3_SERVICE], &contact->row);
		tell_changed(r, contact->row.item, out.card[MERGE3_SERVICE], "changed", "service");
		return 0;
	}
	return state_item_agree(r->kith->state, &contact->row);
}

int reconcile_contact(struct merging *r, struct contact *contact)
{
	const struct state_item *row = &contact->row;
	bool edited = contact->local &&
		      (!row->file_revision ||
			      strcmp(row->file_revision, contact->local->entry.revision) != 0);
	bool changed = !row->card || !row->base || strcmp(row->card, row->base) != 0;
	const struct vcard *card;

	if (!row->card)
		return reconcile_gone(r, contact, edited);
	if (contact->local && !edited && !changed)
		return 0;
	card = card_of(r->arena, row->card);
	if (!card) {
		tell_skipped(r, row->item, NULL);
		return 0;
	}
	if (contact->local)
		return reconcile_both(r, contact, card);
	if (r->kith->book)
		return reconcile_missing(r, contact, card);
	if (!changed)
		return 0;
	tell_changed(r, row->item, card, row->base ? "changed" : "added", "service");
	r->count++;
	return state_item_agree(r->kith->state, row);
}

/* ---- An entry that the service doesn't have ---- */
/* True if another entry of this pass has given that id. */
static bool is_repeated(struct merging *r, const char *item)
{
	struct match_search search;
	uint32_t number;

	match_find(r->items, item, &search);
	return match_next(r->items, &search, &number);
}

int reconcile_entry(struct merging *r, struct local *local)
{
	struct state_item row = {0}, other;
	const struct vcard *card;
	int found;

	if (!local_read(r->kith->book, r->arena, local)) {
		tell_skipped(r, local->entry.name, local->why);
		return 0;
	}
	row.item = local_item_id(r->arena, local->card);
	card = row.item ? local_card_for(r->arena, local->card, row.item) : NULL;
	if (!card)
		return -1;
	found = state_item_get(r->kith->state, r->arena, row.item, &other);
	if (found < 0)
		return -1;
	if (found == 1 && other.file && strcmp(other.file, local->entry.name) == 0)
		return 0; /* another program of this account was quicker */
	if (found == 1 || is_repeated(r, row.item)) {
		tell_skipped(r, local->entry.name, "another entry has the same UID");
		return 0;
	}
	row.file = local->entry.name;
	row.file_text = local->text;
	row.file_revision = local->entry.revision;
	/* It needs a UID of its own, and a name (RFC 6350, 6.7.6 and 6.2.1). */
	if (!vcard_first(local->card, "UID") || !vcard_first(local->card, "FN")) {
		if (write_entry(r, &row, local, card) != BOOK_DONE)
			return 0;
	}
	add_change(r, row.item, card, &row);
	tell_changed(r, row.item, card, "added", "service");
	return match_add(r->items, row.item, 0);
}
