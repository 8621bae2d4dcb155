/* Local address books: the backend that a place names. */
#include "config.h"

#include "plugin/book.h"

#include <string.h>

static const struct book_backend *const backends[] = {&book_vdir, NULL};

struct book *book_open(const char *where, char **why)
{
	const struct book_backend *backend = &book_vdir;

	*why = NULL;
	for (const struct book_backend *const *one = backends; *one; one++) {
		size_t len = strlen((*one)->scheme);

		if (len > 0 && strncmp(where, (*one)->scheme, len) == 0) {
			backend = *one;
			where += len;
			break;
		}
	}
	return backend->open(where, why);
}

void book_close(struct book *book)
{
	if (book)
		book->backend->close(book);
}

enum book_done book_add(struct book *book, struct arena *arena, struct book_entry *entry,
	const char *uid, const char *text, size_t len)
{
	enum book_done done;

	book->is_lazy = true;
	done = book->backend->write(book, arena, entry, uid, text, len);
	book->is_lazy = false;
	return done;
}

int book_settle(struct book *book)
{
	return book->backend->settle ? book->backend->settle(book) : 0;
}
