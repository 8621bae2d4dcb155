/* Of books that were asked for lately, as the store has them, in a bounded table: how many contacts
 * there are, and how far a walk through the pages is. SQLite counts by looking at each, so that a
 * book that is filled, or read page by page, would take a time that grows with its square.
 *
 * What a turn changes is counted along, since it mostly fills one book; so all is forgotten when
 * the turn is undone, or a part of it that changed a book (what is refused mostly didn't). What
 * another process changed makes it forget all as well.
 */
#ifndef KITH_BOOK_CACHE_H
#define KITH_BOOK_CACHE_H

#include <stdbool.h>
#include <stdint.h>

struct book_cache;

/* 72 KiB. NULL: no memory. The caller frees it with book_cache_free() (NULL is harmless). */
struct book_cache *book_cache_new(void);
void book_cache_free(struct book_cache *cache);

/* As in account_cache.h. */
void book_cache_begin(struct book_cache *cache, uint64_t version);
void book_cache_committed(struct book_cache *cache, uint64_t version);
void book_cache_undone(struct book_cache *cache);
/* The same of a part of it. */
void book_cache_part_begin(struct book_cache *cache);
void book_cache_part_undone(struct book_cache *cache);

/* True: *count is how many contacts owner has. */
bool book_cache_count(struct book_cache *cache, int64_t owner, int64_t *count);
/* They were counted. */
void book_cache_add(struct book_cache *cache, int64_t owner, int64_t count);
/* There are so many more, in the table as in the store. */
void book_cache_change(struct book_cache *cache, int64_t owner, int64_t by);

/* An item id, borrowed until the next call, which is item's or before it in order, and how many
 * contacts of owner's are before it: "" and 0 where none is known. */
const char *book_cache_find_place(
	struct book_cache *cache, int64_t owner, const char *item, int64_t *index);
/* So many are before item. Taken in where the count is, of an item id of at most 47 bytes. */
void book_cache_keep_place(
	struct book_cache *cache, int64_t owner, const char *item, int64_t index);

#endif
