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

/* What is looked at first, since a slot is mostly a line of memory that the processor has to wait
 * for. */
struct head {
	uint16_t tags[WAYS];	/* of the JIDs in the slots, from their hashes; 0: free slot */
	uint16_t id_high[WAYS]; /* upper bits of the ids */
};

/* Packed to one line, since there are many: with an id of 48 bits, and times up to 2106. */
struct slot {
	uint32_t id; /* lower bits; 0, with those above: there is no such account */
	uint32_t opened_at, seen_at, used_at;
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
	struct head *heads;
	struct slot *slots;
	uint32_t *places; /* where the account is whose id has these low bits */
};

struct account_cache *account_cache_new(void)
{
	struct account_cache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL)
		return NULL;
	cache->rests = true;
	cache->heads = calloc(SETS, sizeof(*cache->heads));
	cache->slots = aligned_alloc(sizeof(*cache->slots), SLOTS * sizeof(*cache->slots));
	cache->places = calloc(SLOTS, sizeof(*cache->places));
	if (cache->heads == NULL || cache->slots == NULL || cache->places == NULL ||
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
	free(cache->heads);
	free(cache->slots);
	free(cache->places);
	free(cache);
}

static uint32_t *place_of(struct account_cache *cache, int64_t id)
{
	return &cache->places[(uint64_t)id % SLOTS];
}

static uint16_t *tag_of(struct account_cache *cache, uint32_t slot)
{
	return &cache->heads[slot / WAYS].tags[slot % WAYS];
}

/* 0: the slot is free, or says that there is none. */
static int64_t id_of(struct account_cache *cache, uint32_t slot)
{
	uint64_t high = cache->heads[slot / WAYS].id_high[slot % WAYS];

	return *tag_of(cache, slot) != 0 ? (int64_t)(high << 32 | cache->slots[slot].id) : 0;
}

/* Where a JID is looked for: the first slot of its set, and its tag. */
static uint32_t set_of(const struct account_cache *cache, const char *jid, uint16_t *tag)
{
	uint64_t hash = siphash(cache->key, jid, strlen(jid));

	*tag = (uint16_t)(hash >> 48 | 1);
	return (uint32_t)(hash % SETS * WAYS);
}

/* SLOTS: the JID isn't there. */
static uint32_t find(struct account_cache *cache, const char *jid)
{
	uint16_t tag;
	uint32_t set = set_of(cache, jid, &tag);

	for (uint32_t slot = set; slot < set + WAYS; slot++)
		if (*tag_of(cache, slot) == tag && strcmp(cache->slots[slot].jid, jid) == 0)
			return slot;
	return SLOTS;
}

static void clear(struct account_cache *cache)
{
	memset(cache->heads, 0, SETS * sizeof(*cache->heads));
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

enum account_cached account_cache_find(
	struct account_cache *cache, const char *jid, struct store_account *account)
{
	uint32_t place = cache->rests ? SLOTS : find(cache, jid);
	const struct slot *slot;

	if (place == SLOTS)
		return ACCOUNT_UNKNOWN;
	slot = &cache->slots[place];
	*account = (struct store_account){.id = id_of(cache, place),
		.jid = slot->jid,
		.opened_at = slot->opened_at,
		.seen_at = slot->seen_at,
		.used_at = slot->used_at};
	memcpy(account->region, slot->region, sizeof(slot->region));
	return account->id == 0 ? ACCOUNT_ABSENT : ACCOUNT_CACHED;
}

static bool is_changed(const struct account_cache *cache, int64_t id)
{
	for (size_t i = 0; i < cache->changed; i++)
		if (cache->changes[i] == id)
			return true;
	return cache->changed == CHANGED_MAX;
}

/* Puts the JID into a slot that is free, or else the next in turn. SLOTS: it doesn't fit. */
static uint32_t take(struct account_cache *cache, const char *jid)
{
	size_t len = strlen(jid);
	uint32_t set, slot;
	uint16_t tag;

	if (len >= JID_SIZE)
		return SLOTS;
	set = set_of(cache, jid, &tag);
	slot = set + cache->next++ % WAYS;
	for (uint32_t i = set; i < set + WAYS; i++)
		if (*tag_of(cache, i) == 0)
			slot = i;
	*tag_of(cache, slot) = tag;
	cache->heads[slot / WAYS].id_high[slot % WAYS] = 0;
	cache->slots[slot] = (struct slot){.id = 0};
	memcpy(cache->slots[slot].jid, jid, len + 1);
	return slot;
}

/* Whoever has the place of id gives way: it couldn't be found by its own any more. */
static void take_place(struct account_cache *cache, int64_t id, uint32_t slot)
{
	uint32_t *place = place_of(cache, id);
	int64_t other = id_of(cache, *place);

	if (other != 0 && place_of(cache, other) == place)
		*tag_of(cache, *place) = 0;
	*place = slot;
}

static bool is_small(const struct store_account *account)
{
	return account->closed_at == 0 && account->id >> 48 == 0 && account->opened_at >= 0 &&
	       account->opened_at <= UINT32_MAX && account->seen_at >= 0 &&
	       account->seen_at <= UINT32_MAX && account->used_at >= 0 &&
	       account->used_at <= UINT32_MAX;
}

void account_cache_add(struct account_cache *cache, const struct store_account *account)
{
	uint32_t place;
	struct slot *slot;

	if (cache->rests || !is_small(account) || is_changed(cache, account->id) ||
		(place = take(cache, account->jid)) == SLOTS)
		return;
	take_place(cache, account->id, place);
	cache->heads[place / WAYS].id_high[place % WAYS] = (uint16_t)(account->id >> 32);
	slot = &cache->slots[place];
	slot->id = (uint32_t)account->id;
	slot->opened_at = (uint32_t)account->opened_at;
	slot->seen_at = (uint32_t)account->seen_at;
	slot->used_at = (uint32_t)account->used_at;
	memcpy(slot->region, account->region, sizeof(slot->region));
}

/* One may be absent because this turn removed it, which may be undone. */
void account_cache_add_absent(struct account_cache *cache, const char *jid)
{
	if (!cache->rests && !cache->has_removed && cache->changed < CHANGED_MAX)
		(void)take(cache, jid);
}

void account_cache_forget(struct account_cache *cache, int64_t id)
{
	uint32_t place = *place_of(cache, id);

	if (id_of(cache, place) == id)
		*tag_of(cache, place) = 0;
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
	uint32_t place = find(cache, jid);

	if (place != SLOTS)
		*tag_of(cache, place) = 0;
	account_cache_forget(cache, id);
}
