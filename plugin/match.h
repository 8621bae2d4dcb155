/* A table of keys, each of which leads to a number, or to several: finds one of many by any of its
 * keys. Keys aren't kept, but their hashes: what is found may be another's, and is looked at. */
#ifndef KITH_MATCH_H
#define KITH_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct match;

/* NULL: no memory. The caller frees it with match_free() (NULL is harmless). */
struct match *match_new(void);
void match_free(struct match *match);

/* Adds a key of `number`. 0, or -1: no memory. */
int match_add(struct match *match, const char *key, uint32_t number);

struct match_search {
	uint64_t hash;
	size_t slot;
};
/* Begins to look for key; match_next() gives the numbers one after the other, those that were added
 * first before others. False: none left. Nothing is to be added meanwhile. */
void match_find(const struct match *match, const char *key, struct match_search *search);
bool match_next(struct match *match, struct match_search *search, uint32_t *number);

/* How many numbers were given so far: how much work the looking at them was. */
size_t match_given(const struct match *match);

#endif
