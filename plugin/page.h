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

#define PAGE_MAX 50	      /* events that are asked for: more are too many */
#define PAGE_BYTES (4u << 20) /* of memory; the service gives half a megabyte, or one card */

struct page {
	struct arena *arena;
	unsigned count;			/* of results that came */
	bool is_over;			/* they were too many, or too much */
	const char *position;		/* that it is behind; NULL: the first */
	const char *first_id, *last_id; /* of the results that came; NULL: none */
	struct page_event *events, **end;
};

/* A new page, behind the state's position. Borrows arena. 0, or -1: the state can't be read. */
int page_begin(struct page *page, struct state *state, struct arena *arena);
/* One <result/>. */
void page_add(struct page *page, const struct xml *result);
/* Why it can't be taken, which fin ends; NULL: it can. Else what fin says was sent hasn't come; or
 * it is more than was asked for; or it says that there is more, and gave nothing new. */
const char *page_fault(const struct page *page, const struct xml *fin);
/* True if fin says that there is more behind it. */
bool page_has_next(const struct page *page, const struct xml *fin);
/* Stores a whole page, and its last id as position, at once. 0, or -1. */
int page_store(const struct page *page, struct state *state, int64_t now);

#endif
