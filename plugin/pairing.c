/* Pairing contacts and entries: by name, then by keys, so that it takes a time in proportion to
 * their number. */
#include "config.h"

#include "plugin/pairing.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/jid.h"
#include "common/merge.h"
#include "common/vcard.h"
#include "plugin/client.h"
#include "plugin/match.h"

/* ---- By name ---- */
static int add_pair(void *context, const struct state_head *head)
{
	struct pairing *pairing = context;
	struct pair *pair;

	if (pairing->pair_count == pairing->pair_size) {
		size_t size = pairing->pair_size ? 2 * pairing->pair_size : 64;
		struct pair *pairs = reallocarray(pairing->pairs, size, sizeof(*pairs));

		if (!pairs)
			return 1;
		pairing->pairs = pairs;
		pairing->pair_size = size;
	}
	pair = &pairing->pairs[pairing->pair_count++];
	*pair = (struct pair){.head = *head};
	if (!head->file)
		return 0;
	pair->local = locals_find(&pairing->locals, head->file);
	if (pair->local && pair->local->taken)
		pair->local = NULL;
	if (pair->local)
		pair->local->taken = true;
	return 0;
}

int pairing_begin(struct pairing *pairing, struct kith *kith)
{
	size_t taken = 0;

	*pairing = (struct pairing){.kith = kith, .arena = arena_new(0)};
	if (!pairing->arena || locals_list(&pairing->locals, kith->book, pairing->arena) != 0 ||
		state_head_list(kith->state, pairing->arena, add_pair, pairing) != 0)
		return -1;
	for (size_t i = 0; i < pairing->pair_count; i++)
		taken += pairing->pairs[i].local != NULL;
	if (taken == pairing->pair_count || taken == pairing->locals.count)
		return 0;
	pairing->keys = match_new();
	return pairing->keys ? 0 : -1;
}

void pairing_clear(struct pairing *pairing)
{
	match_free(pairing->keys);
	locals_clear(&pairing->locals);
	free(pairing->pairs);
	arena_free(pairing->arena);
	*pairing = (struct pairing){0};
}

/* ---- By what is in it ---- */
struct adding {
	struct match *keys;
	uint32_t number;
	int result;
};

static void add_key(void *context, const char *key)
{
	struct adding *adding = context;

	if (match_add(adding->keys, key, adding->number) != 0)
		adding->result = -1;
}

static int index_entry(struct pairing *pairing, struct arena *scratch, struct local *local)
{
	struct adding adding = {
		.keys = pairing->keys, .number = (uint32_t)(local - pairing->locals.list)};

	if (local->taken || !local_read(pairing->kith->book, scratch, local))
		return 0;
	if (merge_keys(scratch, local->card, vcard_jid(local->card), pairing->kith->region, add_key,
		    &adding) != 0)
		return -1;
	return adding.result;
}

struct wanted {
	struct pairing *pairing;
	struct arena *scratch;
	const struct state_item *row;
	const struct vcard *card; /* on the service; NULL */
	const struct vcard *last; /* of the entry that it had; NULL: it had none */
	const char *link;
	struct local *found;
};

static bool has_uid(const struct vcard *card, const char *uid)
{
	return *uid && card && strcmp(vcard_text(vcard_first(card, "UID")), uid) == 0;
}

static bool is_wanted(const struct wanted *wanted, const struct local *local)
{
	const char *uid = vcard_text(vcard_first(local->card, "UID"));

	if (wanted->last)
		return has_uid(wanted->last, uid);
	if (*uid && (strcmp(uid, wanted->row->item) == 0 || has_uid(wanted->card, uid)))
		return true;
	return wanted->card && merge_is_same(wanted->card, wanted->link, local->card,
				       vcard_jid(local->card), wanted->pairing->kith->region);
}

static void look_at(void *context, const char *key)
{
	struct wanted *wanted = context;
	struct pairing *pairing = wanted->pairing;
	struct match_search search;
	uint32_t number;

	match_find(pairing->keys, key, &search);
	while (!wanted->found && match_next(pairing->keys, &search, &number)) {
		struct local *local = &pairing->locals.list[number];

		if (local->taken)
			continue;
		if (local_read(pairing->kith->book, wanted->scratch, local) &&
			is_wanted(wanted, local))
			wanted->found = local;
		local_drop(local);
	}
}

static void look_at_uid(struct wanted *wanted, const char *uid)
{
	const char *key = merge_uid_key(wanted->scratch, uid);

	if (key)
		look_at(wanted, key);
}

static int match_pair(struct pairing *pairing, struct arena *scratch, struct pair *pair)
{
	struct kith *kith = pairing->kith;
	struct wanted wanted = {.pairing = pairing, .scratch = scratch};
	struct state_item row;
	int result;

	if (pair->local ||
		(result = state_item_get(kith->state, scratch, pair->head.item, &row)) == 0)
		return 0;
	if (result < 0)
		return -1;
	wanted.row = &row;
	if (row.card)
		wanted.card = vcard_from_xml_text(scratch, row.card, strlen(row.card), NULL);
	if (row.file_text)
		wanted.last = local_parse(scratch, row.file_text, strlen(row.file_text), NULL);
	if (!jid_is_account(scratch, row.item, &wanted.link))
		wanted.link = NULL;
	look_at_uid(&wanted, wanted.last ? vcard_text(vcard_first(wanted.last, "UID")) : row.item);
	if (!wanted.found && !wanted.last && wanted.card)
		merge_keys(scratch, wanted.card, wanted.link, kith->region, look_at, &wanted);
	pair->local = wanted.found;
	if (pair->local)
		pair->local->taken = true;
	return arena_failed(scratch) ? -1 : 0;
}

int pairing_step(struct pairing *pairing, struct arena *scratch)
{
	struct locals *locals = &pairing->locals;
	int result;

	if (!pairing->keys)
		return 0;
	if (pairing->read < locals->count) {
		struct local *local = &locals->list[pairing->read++];

		result = index_entry(pairing, scratch, local);
		local_drop(local);
	} else if (pairing->matched < pairing->pair_count) {
		result = match_pair(pairing, scratch, &pairing->pairs[pairing->matched++]);
	} else {
		match_free(pairing->keys);
		pairing->keys = NULL;
		return 0;
	}
	return result < 0 ? -1 : 1;
}
