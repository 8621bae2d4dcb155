/* Result Set Management (XEP-0059): which page is asked for, and which one is given. */
#ifndef KITH_RSM_H
#define KITH_RSM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct xml;

/* Where the page lies in the whole set. */
enum rsm_place {
	RSM_FIRST,  /* at its start (2.1) */
	RSM_AFTER,  /* right behind uid (2.2) */
	RSM_BEFORE, /* right before uid (2.3) */
	RSM_LAST,   /* at its end (2.5) */
	RSM_INDEX,  /* from the item at index on (2.6) */
};

struct rsm {
	bool is_asked; /* there was a <set/> */
	enum rsm_place place;
	const char *uid; /* in the arena; RSM_AFTER and RSM_BEFORE only */
	int64_t index;	 /* from 0; RSM_INDEX only */
	size_t max;	 /* items of the page; 0: only the count is wanted (2.7) */
};

/* Reads the <set/> child of parent; without one it is the first page. max becomes at most page_max,
 * which is also what it is if none is given. -1: not a number, or more than one place. */
int rsm_read(struct rsm *rsm, struct arena *arena, const struct xml *parent, size_t page_max);

/* True if pages are asked for from the end backwards. */
bool rsm_is_backwards(const struct rsm *rsm);

/* Adds the <set/> of an answer to parent. first and last: UIDs, both NULL for an empty page. index
 * of the first and count of the whole set: -1 where they are not told. */
void rsm_write(struct arena *arena, struct xml *parent, const char *first, const char *last,
	int64_t index, int64_t count);

#endif
