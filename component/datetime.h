/* Dates and times as stanzas have them (XEP-0082, DateTime profile). */
#ifndef KITH_DATETIME_H
#define KITH_DATETIME_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

/* "2010-06-07T00:00:00Z", in the arena. seconds UTC. */
const char *datetime_format(struct arena *arena, int64_t seconds);

/* Reads text with any zone; *has_fraction (may be NULL): there are parts of a second, which are cut
 * off. 0, or -1: not a DateTime. */
int datetime_read(const char *text, int64_t *seconds, bool *has_fraction);

#endif
