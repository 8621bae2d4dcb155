/* What the tests of crashes do to a store: people of all kinds at everything that stores something,
 * and the service's own work. The same each time. */
#ifndef KITH_TESTS_CRASH_LOAD_H
#define KITH_TESTS_CRASH_LOAD_H

#include <stddef.h>
#include <stdint.h>

struct arena;

struct load_step {
	const char *what; /* for a failure */
	int64_t now;	  /* seconds UTC */
	const char *said; /* stanzas that come in one turn; NULL: own work until there is none */
};

/* In the arena. */
const struct load_step *load_new(struct arena *arena, size_t *count);

#endif
