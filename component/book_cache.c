/* How large books are, and how far one has read: see book_cache.h. */
#include "component/book_cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/siphash.h"

#define SLOTS 1024
#define ITEM_SIZE 48 /* a urn:uuid: of 45 fits */

struct slot {
	int64_t owner; /* 0: free */
	int64_t count;
	int64_t index;	      /* of item */
	char item[ITEM_SIZE]; /* "": none was asked for since the book changed */
};

struct book_cache {
	unsigned char key[16];
	uint64_t version;
	bool rests;
	bool is_changed, is_part_changed; /* by this turn, and its last part */
	struct slot slots[SLOTS];
};

struct book_cache *book_cache_new(void)
{
	struct book_cache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL)
		return NULL;
	if (getrandom(cache->key, sizeof(cache->key), 0) != (ssize_t)sizeof(cache->key)) {
		book_cache_free(cache);
		return NULL;
	}
	return cache;
}

void book_cache_free(struct book_cache *cache)
{
	free(cache);
}

static void clear(struct book_cache *cache)
{
	memset(cache->slots, 0, sizeof(cache->slots));
}

void book_cache_begin(struct book_cache *cache, uint64_t version)
{
	cache->rests = version == 0;
	cache->is_changed = false;
	if (cache->rests || version == cache->version)
		return;
	clear(cache);
	cache->version = version;
}

void book_cache_committed(struct book_cache *cache, uint64_t version)
{
	cache->is_changed = false;
	if (!cache->rests)
		cache->version = version;
}

void book_cache_undone(struct book_cache *cache)
{
	if (cache->is_changed)
		clear(cache);
}

void book_cache_part_begin(struct book_cache *cache)
{
	cache->is_part_changed = false;
}

void book_cache_part_undone(struct book_cache *cache)
{
	if (cache->is_part_changed)
		clear(cache);
}

/* The one place of an owner. By a key, so that nobody can tell whose book took the place of his,
 * which he could see by the time that his own then takes (design, 1: 7). */
static struct slot *slot_of(struct book_cache *cache, int64_t owner)
{
	return &cache->slots[siphash(cache->key, &owner, sizeof(owner)) % SLOTS];
}

/* NULL: the book isn't there. */
static struct slot *find(struct book_cache *cache, int64_t owner)
{
	struct slot *slot = slot_of(cache, owner);

	return !cache->rests && slot->owner == owner ? slot : NULL;
}

bool book_cache_count(struct book_cache *cache, int64_t owner, int64_t *count)
{
	const struct slot *slot = find(cache, owner);

	if (slot != NULL)
		*count = slot->count;
	return slot != NULL;
}

void book_cache_add(struct book_cache *cache, int64_t owner, int64_t count)
{
	if (!cache->rests)
		*slot_of(cache, owner) = (struct slot){.owner = owner, .count = count};
}

void book_cache_change(struct book_cache *cache, int64_t owner, int64_t by)
{
	struct slot *slot = find(cache, owner);

	cache->is_changed = cache->is_part_changed = true;
	if (slot != NULL) {
		slot->count += by;
		slot->index = 0;
		slot->item[0] = '\0';
	}
}

const char *book_cache_find_place(
	struct book_cache *cache, int64_t owner, const char *item, int64_t *index)
{
	const struct slot *slot = find(cache, owner);
	bool is_before = slot != NULL && strcmp(slot->item, item) <= 0;

	*index = is_before ? slot->index : 0;
	return is_before ? slot->item : "";
}

void book_cache_keep_place(struct book_cache *cache, int64_t owner, const char *item, int64_t index)
{
	struct slot *slot = find(cache, owner);
	size_t len = strlen(item);

	if (slot == NULL || len >= ITEM_SIZE)
		return;
	memcpy(slot->item, item, len + 1);
	slot->index = index;
}
