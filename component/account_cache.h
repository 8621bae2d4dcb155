/* Accounts that were read lately, as the store has them, in a bounded table: each request asks for
 * one or two by JID, and a search in two trees of the store costs as much as the rest of a small
 * request.
 *
 * What it has is as it was last committed: what a turn changes is forgotten, and isn't taken in
 * again before the turn is over, so that nothing has to be mended when the turn, or a part of it,
 * is undone. What another process changed makes it forget all. */
#ifndef KITH_ACCOUNT_CACHE_H
#define KITH_ACCOUNT_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "component/store.h"

struct account_cache;

/* 9 MiB where all of it is in use, which is memory that is taken as it is used. NULL: no memory.
 * The caller frees it with account_cache_free() (NULL is harmless). */
struct account_cache *account_cache_new(void);
void account_cache_free(struct account_cache *cache);

/* A turn begins. version: changes when another process changes the store (db.h); 0: it can't be
 * told, then the cache rests for this turn. */
void account_cache_begin(struct account_cache *cache, uint64_t version);
/* It is committed, which made the version this. */
void account_cache_committed(struct account_cache *cache, uint64_t version);

/* That there is none is remembered as well: else who asks twice would be told by the time it takes
 * (design, 1: 7). */
enum account_cached {
	ACCOUNT_UNKNOWN, /* the store is to be asked */
	ACCOUNT_ABSENT,	 /* there is no such account */
	ACCOUNT_CACHED,	 /* *account is what is stored; its JID is borrowed until the next call */
};
enum account_cached account_cache_find(
	struct account_cache *cache, const char *jid, struct store_account *account);
/* Takes in one that was read. One that is closed isn't, nor one of more than 45 bytes of JID, 48
 * bits of id, or with a time after 2106. */
void account_cache_add(struct account_cache *cache, const struct store_account *account);
/* There is none of that JID. */
void account_cache_add_absent(struct account_cache *cache, const char *jid);
/* It is changed by this turn. */
void account_cache_forget(struct account_cache *cache, int64_t id);
/* It is closed or removed by this turn. */
void account_cache_forget_removed(struct account_cache *cache, int64_t id);
/* The turn changes any of them. */
void account_cache_forget_all(struct account_cache *cache);
/* It is made by this turn. */
void account_cache_forget_absent(struct account_cache *cache, const char *jid, int64_t id);

#endif
