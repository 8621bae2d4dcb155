/* Finds stanzas in a stream without parsing it, cheaper than whoever is measured: of each tag no
 * more is looked at than whether it opens or closes. Good for peers that write well-formed XML and
 * '>' as an entity, as all do that the bench knows. */
#ifndef KITH_BENCH_SCAN_H
#define KITH_BENCH_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed: at the begin of a stream. */
struct scan {
	unsigned depth;
	size_t at;    /* looked at so far, of what is kept */
	size_t start; /* of the stanza that is under way */
	bool is_over; /* the stream has ended */
};

/* Looks at data, which begins with what the last call left. Calls stanza for each whole one.
 * Returns how many bytes are done with; the others are to be there again, with more behind them. */
size_t scan_feed(struct scan *scan, const char *data, size_t len,
	void (*stanza)(void *context, const char *text, size_t len), void *context);

/* The value of an attribute of the first tag in text; NULL: it has none. name: as " id=". */
const char *scan_attribute(const char *text, size_t len, const char *name, size_t *value_len);
/* True if text holds part. */
bool scan_has(const char *text, size_t len, const char *part);

#endif
