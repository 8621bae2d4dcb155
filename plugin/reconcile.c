/* A pass over all contacts: see reconcile.h. */
#include "config.h"

#include "plugin/reconcile.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "plugin/client.h"
#include "plugin/match.h"
#include "plugin/pairing.h"
#include "plugin/reconcile_contact.h"

#define EMPTIED_MIN 5 /* as many entries at once aren't deleted by hand */

#define CHANGES_MAX 64 /* that are to be sent, of one step */
#define STEP_BYTES (4 * 1024 * 1024)

enum phase { PAIRING, PAIRS, ENTRIES };

struct reconcile {
	struct merging merging;
	struct pairing pairing;
	enum phase phase;
	size_t at; /* in the pairs, or in the entries */
};

static bool is_same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static int reconcile_pair(struct reconcile *r, const struct pair *pair)
{
	const struct state_head *head = &pair->head;
	struct contact contact = {.local = pair->local, .was_there = head->has_text};
	int found;

	assert(r->merging.kith->book || !pair->local);
	/* Its entry is in a book that this program doesn't have: a matter for one that does. */
	if (!r->merging.kith->book && head->file)
		return 0;
	if (pair->local && head->is_there && !head->is_changed &&
		is_same_text(head->file_revision, pair->local->entry.revision))
		return 0;
	if (!r->merging.kith->book && head->is_there && !head->is_changed)
		return 0;
	found = state_item_get(r->merging.kith->state, r->merging.arena, head->item, &contact.row);
	/* Another program of this account was quicker: it is for the next run. */
	if (found < 0 || found == 0 || !is_same_text(contact.row.file, head->file))
		return found < 0 ? -1 : 0;
	return reconcile_contact(&r->merging, &contact);
}

/* ---- All of them ---- */
/* All entries of the book at once are gone: its disk isn't there, or it was emptied by mistake. The
 * entries are made again; nobody's book on the service is emptied by that. */
static void guard_emptied(struct reconcile *r)
{
	struct pairing *pairing = &r->pairing;
	unsigned missing = 0;
	struct event event;

	for (size_t i = 0; i < pairing->pair_count; i++) {
		if (pairing->pairs[i].local)
			return;
		missing += pairing->pairs[i].head.has_text;
	}
	if (missing < EMPTIED_MIN)
		return;
	for (size_t i = 0; i < pairing->pair_count; i++)
		pairing->pairs[i].head.has_text = false;
	event_init(&event, KITH_EVENT_NOTE);
	event_add(&event, "text",
		"The local book was emptied; its contacts are fetched from the service again.");
	client_tell(r->merging.kith, NULL, &event);
}

struct reconcile *reconcile_new(struct kith *kith, bool quiet)
{
	struct reconcile *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->merging.kith = kith;
	r->merging.quiet = quiet;
	r->merging.items = match_new();
	if (r->merging.items && pairing_begin(&r->pairing, kith) == 0)
		return r;
	reconcile_free(r);
	return NULL;
}

void reconcile_free(struct reconcile *reconcile)
{
	if (!reconcile)
		return;
	match_free(reconcile->merging.items);
	pairing_clear(&reconcile->pairing);
	free(reconcile);
}

/* The next one. 1: there is more, 0: that were all, -1. */
static int advance(struct reconcile *r)
{
	struct pairing *pairing = &r->pairing;
	struct local *local = NULL;
	int result = 0;

	switch (r->phase) {
	case PAIRING:
		result = pairing_step(pairing, r->merging.arena);
		if (result == 0) {
			r->phase = PAIRS;
			if (r->merging.kith->book)
				guard_emptied(r);
		}
		return result < 0 ? -1 : 1;
	case PAIRS:
		if (r->at == pairing->pair_count) {
			r->phase = ENTRIES;
			r->at = 0;
			return 1;
		}
		local = pairing->pairs[r->at].local;
		result = reconcile_pair(r, &pairing->pairs[r->at++]);
		break;
	case ENTRIES:
		if (r->at == pairing->locals.count)
			return 0;
		local = &pairing->locals.list[r->at++];
		if (!local->taken)
			result = reconcile_entry(&r->merging, local);
		break;
	}
	if (local)
		local_drop(local);
	return result < 0 || arena_failed(r->merging.arena) ? -1 : 1;
}

int reconcile_step(
	struct reconcile *reconcile, struct arena *arena, struct change **changes, unsigned *count)
{
	struct merging *merging = &reconcile->merging;
	struct kith *kith = merging->kith;
	int result;

	*changes = NULL;
	merging->arena = arena;
	merging->changes_end = changes;
	merging->changes = merging->count = merging->unsettled = 0;
	if (state_begin(kith->state) != 0)
		return -1;
	do
		result = advance(reconcile);
	while (result > 0 && merging->changes < CHANGES_MAX && arena_used(arena) < STEP_BYTES &&
		!client_is_late(kith));
	if (merging->unsettled > 0 && book_settle(kith->book) != 0)
		result = -1;
	if (state_end(kith->state, result >= 0) != 0)
		return -1;
	*count += merging->count;
	return result;
}

bool reconcile_has_failed(const struct reconcile *reconcile)
{
	return reconcile->merging.has_failed;
}

void reconcile_progress(const struct reconcile *reconcile, size_t *done, size_t *total)
{
	const struct pairing *pairing = &reconcile->pairing;

	*total = pairing->pair_count + pairing->locals.count;
	*done = reconcile->phase == PAIRING ? 0 : reconcile->at;
	if (reconcile->phase == ENTRIES)
		*done += pairing->pair_count;
}
