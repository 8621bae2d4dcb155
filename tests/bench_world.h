/* The accounts, cards and address books that the bench works on: made of numbers alone, so that who
 * asks for them need not be told, and the same each time.
 *
 * Account I is u0000000@DOMAIN with I in the digits. Each has contacts of accounts all over the
 * store, linked to them, and is in as many address books itself. Beside them: starN, whom N of the
 * accounts, far apart, have as a contact, and bookN, with N contacts. */
#ifndef KITH_BENCH_WORLD_H
#define KITH_BENCH_WORLD_H

#include <stddef.h>
#include <stdint.h>

#include "component/rules.h"

struct arena;

#define WORLD_JID_SIZE 64
#define WORLD_CARD_SIZE 1024
#define WORLD_EXTRA_MAX 8 /* stars, and books */

struct world {
	struct store *store;
	struct settings *settings;
	struct rules rules;
	struct arena *arena;
	int64_t now;
	const char *domain;
	uint32_t accounts, contacts; /* of each */
	uint32_t stars[WORLD_EXTRA_MAX], books[WORLD_EXTRA_MAX];
	size_t star_count, book_count;
};

/* The JID of account i, of a star or a book of n. */
void world_jid(char out[WORLD_JID_SIZE], const struct world *world, uint32_t i);
void world_named(char out[WORLD_JID_SIZE], const struct world *world, const char *what, uint32_t n);

/* The card of an account, as the store keeps it; jid: whose. i decides name and number; change: 0
 * as it was made, else another number for each. Returns its length. */
size_t world_card(char out[WORLD_CARD_SIZE], const char *jid, uint32_t i, uint32_t change);

/* Fills an empty store, in turns of many rows. Progress goes to stderr where it takes long. 0, or
 * -1: the store failed (logged). */
int world_fill(struct world *world);

#endif
