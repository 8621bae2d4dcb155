/* The local half of a sync: for each contact, what became of it on the service and in the book
 * since both agreed, and what follows from that. */
#include "config.h"

#include "plugin/reconcile.h"

#include <assert.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/log.h"
#include "common/vcard.h"
#include "plugin/client.h"
#include "plugin/local.h"
#include "plugin/merge3.h"

#define EMPTIED_MIN 5 /* as many entries at once aren't deleted by hand */

struct reconcile {
	struct kith *kith;
	struct arena *arena;
	bool quiet;
	struct local *locals;
	struct pair *pairs, **pairs_end;
	struct change **changes_end;
	unsigned count;
};

/* ---- Telling ---- */
static void tell_changed(struct reconcile *r, const char *item, const struct vcard *card,
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

static void tell_skipped(struct reconcile *r, const char *file, const char *why)
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

static const char *text_of(struct arena *arena, const struct vcard *card)
{
	struct buffer out;
	const char *text = NULL;

	buffer_init(&out, 0);
	if (vcard_to_xml_text(&out, card) == 0 && buffer_string(&out))
		text = arena_strdup(arena, buffer_string(&out));
	buffer_clear(&out);
	return text;
}

static void add_change(struct reconcile *r, const char *item, const struct vcard *card,
	const struct state_item *agreed)
{
	struct change *change = arena_alloc(r->arena, sizeof(*change));

	if (!change)
		return;
	change->item = item;
	change->card = card;
	change->agreed = *agreed;
	change->agreed.item = item;
	change->agreed.card = card ? text_of(r->arena, card) : NULL;
	*r->changes_end = change;
	r->changes_end = &change->next;
}

static int add_removed(struct reconcile *r, const struct pair *pair)
{
	const struct vcard *card = card_of(r->arena, pair->row.base);

	if (!card)
		return 0;
	return state_journal_add(r->kith->state, &(struct state_journal){
							 .item = pair->row.item,
							 .name = vcard_name(card),
							 .lost = pair->row.base,
							 .whole = true,
							 .at = client_now(r->kith),
						 });
}

/* ---- Writing the book ---- */
/* Writes card as the entry of a contact and notes it in row. BOOK_CHANGED and BOOK_FAILED: the
 * contact is left for the next run. */
static enum book_done write_entry(
	struct reconcile *r, struct state_item *row, struct local *local, const struct vcard *card)
{
	const char *uid = vcard_text(vcard_first(card, "UID"));
	const char *text = local_render(r->arena, card, local ? local->text : NULL);
	struct book_entry entry = {0};
	const char *reads;
	enum book_done done;

	if (!text)
		return BOOK_FAILED;
	if (local)
		entry = local->entry;
	done = r->kith->book->backend->write(
		r->kith->book, r->arena, &entry, uid, text, strlen(text), &reads);
	if (done == BOOK_DONE) {
		row->file = entry.name;
		row->file_text = reads;
		row->file_revision = entry.revision;
	}
	return done;
}

static int write_new(struct reconcile *r, struct pair *pair, const struct vcard *card)
{
	const struct vcard *entry = local_card_for(r->arena, card, pair->row.item);

	if (!entry || write_entry(r, &pair->row, NULL, entry) != BOOK_DONE)
		return 0;
	tell_changed(r, pair->row.item, card, "added", "book");
	r->count++;
	return state_item_agree(r->kith->state, &pair->row);
}

/* ---- A contact that is gone from the service ---- */
static int reconcile_gone(struct reconcile *r, struct pair *pair, bool edited)
{
	struct local *local = pair->local;
	const struct vcard *base = card_of(r->arena, pair->row.base);

	if (local && edited) {
		/* What a person wrote since is not thrown away: it is a contact again. */
		if (!local_read(r->kith->book, r->arena, local)) {
			tell_skipped(r, local->entry.name, local->why);
			return 0;
		}
		pair->row.file = local->entry.name;
		pair->row.file_text = local->text;
		pair->row.file_revision = local->entry.revision;
		add_change(r, pair->row.item, local->card, &pair->row);
		tell_changed(r, pair->row.item, local->card, "added", "service");
		return 0;
	}
	if (local &&
		r->kith->book->backend->remove(r->kith->book, r->arena, &local->entry) != BOOK_DONE)
		return 0;
	if (base) {
		tell_changed(r, pair->row.item, base, "removed", local ? "book" : "service");
		r->count++;
	}
	if (base && add_removed(r, pair) != 0)
		return -1;
	return state_item_remove(r->kith->state, pair->row.item);
}

/* ---- A contact without entry ---- */
static int reconcile_missing(struct reconcile *r, struct pair *pair, const struct vcard *card)
{
	bool was_there = pair->row.file_text != NULL;

	if (was_there && pair->row.base && strcmp(pair->row.base, pair->row.card) == 0) {
		if (add_removed(r, pair) != 0)
			return -1;
		add_change(r, pair->row.item, NULL, &pair->row);
		tell_changed(r, pair->row.item, card, "removed", "service");
		return 0;
	}
	return write_new(r, pair, card);
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
	return text_of(arena, card);
}

static int add_conflicts(struct reconcile *r, const struct pair *pair, const struct vcard *card,
	const struct merge3_out *out, enum merge3_side newer)
{
	for (const struct merge3_conflict *c = out->conflicts; c; c = c->next) {
		struct event event;
		struct state_journal entry = {
			.item = pair->row.item,
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

static int reconcile_both(struct reconcile *r, struct pair *pair, const struct vcard *card)
{
	struct local *local = pair->local;
	struct merge3_out out;
	struct merge3_in in = {.region = r->kith->region};

	if (!local_read(r->kith->book, r->arena, local)) {
		tell_skipped(r, local->entry.name, local->why);
		return 0;
	}
	in.now[MERGE3_SERVICE] = card;
	in.now[MERGE3_BOOK] = local->card;
	in.base[MERGE3_BOOK] = local_base(r->arena, &pair->row);
	in.base[MERGE3_SERVICE] = in.base[MERGE3_BOOK] ? card_of(r->arena, pair->row.base) : NULL;
	if (!in.base[MERGE3_SERVICE])
		in.base[MERGE3_BOOK] = NULL;
	in.newer = local->entry.changed_at > pair->row.card_at ? MERGE3_BOOK : MERGE3_SERVICE;
	if (merge3_run(r->arena, &in, &out) != 0)
		return -1;
	pair->row.file = local->entry.name;
	if (out.changed[MERGE3_BOOK]) {
		if (write_entry(r, &pair->row, local, out.card[MERGE3_BOOK]) != BOOK_DONE)
			return 0;
		if (state_journal_pass(r->kith->state, pair->row.item) != 0)
			return -1;
		tell_changed(r, pair->row.item, out.card[MERGE3_BOOK], "changed", "book");
		r->count++;
	} else {
		pair->row.file_text = local->text;
		pair->row.file_revision = local->entry.revision;
	}
	if (add_conflicts(r, pair, card, &out, in.newer) != 0)
		return -1;
	if (out.changed[MERGE3_SERVICE]) {
		add_change(r, pair->row.item, out.card[MERGE3_SERVICE], &pair->row);
		tell_changed(r, pair->row.item, out.card[MERGE3_SERVICE], "changed", "service");
		return 0;
	}
	return state_item_agree(r->kith->state, &pair->row);
}

static int reconcile_pair(struct reconcile *r, struct pair *pair)
{
	const struct state_item *row = &pair->row;
	bool edited = pair->local &&
		      (!row->file_revision ||
			      strcmp(row->file_revision, pair->local->entry.revision) != 0);
	bool changed = !row->card || !row->base || strcmp(row->card, row->base) != 0;
	const struct vcard *card;

	assert(r->kith->book || !pair->local);
	/* Its entry is in a book that this program doesn't have: a matter for one that does. */
	if (!r->kith->book && row->file)
		return 0;
	if (!row->card)
		return reconcile_gone(r, pair, edited);
	if (pair->local && !edited && !changed)
		return 0;
	card = card_of(r->arena, row->card);
	if (!card) {
		tell_skipped(r, row->item, NULL);
		return 0;
	}
	if (pair->local)
		return reconcile_both(r, pair, card);
	if (r->kith->book)
		return reconcile_missing(r, pair, card);
	if (!changed)
		return 0;
	tell_changed(r, row->item, card, row->base ? "changed" : "added", "service");
	r->count++;
	return state_item_agree(r->kith->state, row);
}

/* ---- An entry that the service doesn't have ---- */
static int reconcile_new(struct reconcile *r, struct local *local)
{
	struct state_item row = {0};
	const struct vcard *card;

	if (!local_read(r->kith->book, r->arena, local)) {
		tell_skipped(r, local->entry.name, local->why);
		return 0;
	}
	row.item = local_item_id(r->arena, local->card);
	card = row.item ? local_card_for(r->arena, local->card, row.item) : NULL;
	if (!card)
		return -1;
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
	return 0;
}

/* ---- All of them ---- */
static int add_pair(void *context, const struct state_item *row)
{
	struct reconcile *r = context;
	struct pair *pair = arena_alloc(r->arena, sizeof(*pair));

	if (!pair)
		return 1;
	pair->row = *row;
	*r->pairs_end = pair;
	r->pairs_end = &pair->next;
	return 0;
}

/* All entries of the book at once are gone: its disk isn't there, or it was emptied by mistake. The
 * entries are made again; nobody's book on the service is emptied by that. */
static void guard_emptied(struct reconcile *r)
{
	unsigned missing = 0;
	struct event event;

	for (const struct pair *pair = r->pairs; pair; pair = pair->next) {
		if (pair->local)
			return;
		missing += pair->row.file_text != NULL;
	}
	if (missing < EMPTIED_MIN)
		return;
	for (struct pair *pair = r->pairs; pair; pair = pair->next)
		pair->row.file_text = NULL;
	event_init(&event, KITH_EVENT_NOTE);
	event_add(&event, "text",
		"The local book was emptied; its contacts are fetched from the service again.");
	client_tell(r->kith, NULL, &event);
}

int reconcile(struct kith *kith, struct arena *arena, bool quiet, struct change **changes,
	unsigned *count)
{
	struct reconcile r = {
		.kith = kith,
		.arena = arena,
		.quiet = quiet,
		.changes_end = changes,
	};

	*changes = NULL;
	r.pairs_end = &r.pairs;
	if (state_item_list(kith->state, arena, add_pair, &r) != 0)
		return -1;
	if (kith->book && local_list(kith->book, arena, &r.locals) != 0)
		return -1;
	local_match(kith->book, arena, kith->region, r.locals, r.pairs);
	if (kith->book)
		guard_emptied(&r);
	for (struct pair *pair = r.pairs; pair; pair = pair->next)
		if (reconcile_pair(&r, pair) != 0)
			return -1;
	for (struct local *local = r.locals; local; local = local->next)
		if (!local->taken && reconcile_new(&r, local) != 0)
			return -1;
	*count = r.count;
	return arena_failed(arena) ? -1 : 0;
}
