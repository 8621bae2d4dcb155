/* A page of the archive of the service's book, as it comes in: results, then their end. XEP-0313
 * with XEP-0442 and XEP-0059. */
#ifndef KITH_PAGE_H
#define KITH_PAGE_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct page_event;
struct state;
struct xml;

struct page {
	struct arena *arena;
	const char *position;		/* that it is behind; NULL: the first */
	const char *first_id, *last_id; /* of the results that came; NULL: none */
	struct page_event *events, **end;
};

/* A new page, behind the state's position. Borrows arena. 0, or -1: the state can't be read. */
int page_begin(struct page *page, struct state *state, struct arena *arena);
/* One <result/>. */
void page_add(struct page *page, const struct xml *result);
/* True if what fin says was sent has come. */
bool page_is_whole(const struct page *page, const struct xml *fin);
/* True if fin says that there is more behind it. */
bool page_has_next(const struct page *page, const struct xml *fin);
/* Stores a whole page, and its last id as position, at once. 0, or -1. */
int page_store(const struct page *page, struct state *state, int64_t now);

#endif
