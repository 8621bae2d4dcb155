/* Accounts that were read lately: see account_cache.h. */
#include "component/account_cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/siphash.h"

#define SETS 32768 /* a power of two */
#define WAYS 4	   /* slots of a set, any of which can have an account */
#define SLOTS (SETS * WAYS)
#define JID_SIZE 46
#define CHANGED_MAX                                                                                \
	64 /* accounts of a turn that are kept apart; beyond, it takes in nothing more */

/* Packed to 80 bytes, since there are many. */
struct slot {
	int64_t id; /* 0: free */
#define ABSENT (-1)
	int64_t opened_at, seen_at, used_at;
	char region[2];
	char jid[JID_SIZE];
};

struct account_cache {
	unsigned char key[16];
	uint64_t version;
	bool rests;
	unsigned next; /* way of a set that is given away next */
	size_t changed;
	bool has_removed; /* this turn */
	int64_t changes[CHANGED_MAX];
	struct slot *slots;
	/* Where an id was put last, by its low bits. A slot that isn't found by its id is as good
	 * as free, so that one can be forgotten by its id alone. */
	uint32_t *places;
};

struct account_cache *account_cache_new(void)
{
	struct account_cache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL)
		return NULL;
	cache->rests = true;
	cache->slots = calloc(SLOTS, sizeof(*cache->slots));
	cache->places = calloc(SLOTS, sizeof(*cache->places));
	if (cache->slots == NULL || cache->places == NULL ||
		getrandom(cache->key, sizeof(cache->key), 0) != (ssize_t)sizeof(cache->key)) {
		account_cache_free(cache);
		return NULL;
	}
	return cache;
}

void account_cache_free(struct account_cache *cache)
{
	if (cache == NULL)
		return;
	free(cache->slots);
	free(cache->places);
	free(cache);
}

static uint32_t *place_of(struct account_cache *cache, int64_t id)
{
	return &cache->places[(uint64_t)id % SLOTS];
}

static struct slot *set_of(struct account_cache *cache, const char *jid)
{
	uint64_t hash = siphash(cache->key, jid, strlen(jid));

	return &cache->slots[hash % SETS * WAYS];
}

static bool is_in_use(struct account_cache *cache, const struct slot *slot)
{
	return slot->id == ABSENT ||
	       (slot->id != 0 && *place_of(cache, slot->id) == (uint32_t)(slot - cache->slots));
}

/* NULL: the JID isn't there. */
static struct slot *find(struct account_cache *cache, const char *jid)
{
	struct slot *set = set_of(cache, jid);

	for (size_t i = 0; i < WAYS; i++)
		if (strcmp(set[i].jid, jid) == 0 && is_in_use(cache, &set[i]))
			return &set[i];
	return NULL;
}

static void clear(struct account_cache *cache)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (cache->slots[i].id != 0) /* a page that isn't in use stays so */
			cache->slots[i].id = 0;
}

void account_cache_begin(struct account_cache *cache, uint64_t version)
{
	cache->rests = version == 0;
	cache->changed = 0;
	cache->has_removed = false;
	if (cache->rests || version == cache->version)
		return;
	if (cache->version != 0)
		clear(cache);
	cache->version = version;
}

void account_cache_committed(struct account_cache *cache, uint64_t version)
{
	if (!cache->rests)
		cache->version = version;
}

static void give(const struct slot *slot, struct store_account *account)
{
	*account = (struct store_account){.id = slot->id,
		.jid = slot->jid,
		.opened_at = slot->opened_at,
		.seen_at = slot->seen_at,
		.used_at = slot->used_at};
	memcpy(account->region, slot->region, sizeof(slot->region));
}

enum account_cached account_cache_find(
	struct account_cache *cache, const char *jid, struct store_account *account)
{
	const struct slot *slot = cache->rests ? NULL : find(cache, jid);

	if (slot == NULL)
		return ACCOUNT_UNKNOWN;
	if (slot->id == ABSENT)
		return ACCOUNT_ABSENT;
	give(slot, account);
	return ACCOUNT_CACHED;
}

static bool is_changed(const struct account_cache *cache, int64_t id)
{
	for (size_t i = 0; i < cache->changed; i++)
		if (cache->changes[i] == id)
			return true;
	return cache->changed == CHANGED_MAX;
}

/* One that is free, or else the next in turn; with the JID in it. NULL: it doesn't fit. */
static struct slot *take(struct account_cache *cache, const char *jid)
{
	size_t len = strlen(jid);
	struct slot *set, *slot;

	if (len >= JID_SIZE)
		return NULL;
	set = set_of(cache, jid);
	slot = &set[cache->next++ % WAYS];
	for (size_t i = 0; i < WAYS; i++)
		if (!is_in_use(cache, &set[i]))
			slot = &set[i];
	*slot = (struct slot){.id = 0};
	memcpy(slot->jid, jid, len + 1);
	return slot;
}

void account_cache_add(struct account_cache *cache, const struct store_account *account)
{
	struct slot *slot;

	if (cache->rests || account->closed_at != 0 || is_changed(cache, account->id) ||
		(slot = take(cache, account->jid)) == NULL)
		return;
	slot->id = account->id;
	slot->opened_at = account->opened_at;
	slot->seen_at = account->seen_at;
	slot->used_at = account->used_at;
	memcpy(slot->region, account->region, sizeof(slot->region));
	*place_of(cache, account->id) = (uint32_t)(slot - cache->slots);
}

/* One may be absent because this turn removed it, which may be undone. */
void account_cache_add_absent(struct account_cache *cache, const char *jid)
{
	struct slot *slot;

	if (!cache->rests && !cache->has_removed && cache->changed < CHANGED_MAX &&
		(slot = take(cache, jid)) != NULL)
		slot->id = ABSENT;
}

void account_cache_forget(struct account_cache *cache, int64_t id)
{
	struct slot *slot = &cache->slots[*place_of(cache, id)];

	if (slot->id == id)
		slot->id = 0;
	if (cache->changed < CHANGED_MAX)
		cache->changes[cache->changed++] = id;
}

void account_cache_forget_all(struct account_cache *cache)
{
	clear(cache);
	cache->changed = CHANGED_MAX;
}

void account_cache_forget_removed(struct account_cache *cache, int64_t id)
{
	cache->has_removed = true;
	account_cache_forget(cache, id);
}

void account_cache_forget_absent(struct account_cache *cache, const char *jid, int64_t id)
{
	struct slot *slot = find(cache, jid);

	if (slot != NULL)
		slot->id = 0;
	account_cache_forget(cache, id);
}
