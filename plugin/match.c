/* A table of keys: open addressing, with a slot after the other. */
#include "config.h"

#include "plugin/match.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/siphash.h"

#define SIZE_FIRST 256 /* slots; a power of two, as each size after it */

struct slot {
	uint64_t hash;
	uint32_t number; /* that was added, + 1; 0: free */
};

struct match {
	unsigned char key[16]; /* of the hashes: what is in cards is chosen by others */
	struct slot *slots;
	size_t size, count, given;
};

struct match *match_new(void)
{
	struct match *match = calloc(1, sizeof(*match));

	if (!match || !(match->slots = calloc(SIZE_FIRST, sizeof(*match->slots)))) {
		free(match);
		return NULL;
	}
	match->size = SIZE_FIRST;
	if (getrandom(match->key, sizeof(match->key), 0) != (ssize_t)sizeof(match->key))
		memset(match->key, 0, sizeof(match->key));
	return match;
}

void match_free(struct match *match)
{
	if (!match)
		return;
	free(match->slots);
	free(match);
}

static uint64_t hash_of(const struct match *match, const char *key)
{
	return siphash(match->key, key, strlen(key));
}

static void put(struct slot *slots, size_t size, struct slot slot)
{
	size_t at = slot.hash & (size - 1);

	while (slots[at].number != 0)
		at = (at + 1) & (size - 1);
	slots[at] = slot;
}

/* From a free slot on, so that those of one hash stay in their order. */
static int grow(struct match *match)
{
	size_t size = 2 * match->size, from = 0;
	struct slot *slots = calloc(size, sizeof(*slots));

	if (!slots)
		return -1;
	while (match->slots[from].number != 0)
		from++;
	for (size_t i = 0; i < match->size; i++) {
		const struct slot *slot = &match->slots[(from + i) & (match->size - 1)];

		if (slot->number != 0)
			put(slots, size, *slot);
	}
	free(match->slots);
	match->slots = slots;
	match->size = size;
	return 0;
}

int match_add(struct match *match, const char *key, uint32_t number)
{
	if (match->count >= match->size / 2 && grow(match) != 0)
		return -1;
	put(match->slots, match->size, (struct slot){hash_of(match, key), number + 1});
	match->count++;
	return 0;
}

void match_find(const struct match *match, const char *key, struct match_search *search)
{
	search->hash = hash_of(match, key);
	search->slot = search->hash & (match->size - 1);
}

bool match_next(struct match *match, struct match_search *search, uint32_t *number)
{
	while (match->slots[search->slot].number != 0) {
		const struct slot *slot = &match->slots[search->slot];

		search->slot = (search->slot + 1) & (match->size - 1);
		if (slot->hash == search->hash) {
			*number = slot->number - 1;
			match->given++;
			return true;
		}
	}
	return false;
}

size_t match_given(const struct match *match)
{
	return match->given;
}
