/* Local address books: the backend that a place names. */
#include "config.h"

#include "plugin/book.h"

#include <string.h>

static const struct book_backend *const backends[] = {&book_vdir};

struct book *book_open(const char *where, char **why)
{
	const struct book_backend *backend = &book_vdir;

	*why = NULL;
	for (size_t i = 0; i < sizeof(backends) / sizeof(*backends); i++) {
		size_t len = strlen(backends[i]->scheme);

		if (len > 0 && strncmp(where, backends[i]->scheme, len) == 0) {
			backend = backends[i];
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
