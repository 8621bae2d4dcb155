/* What the tests of crashes do to a store: people of all kinds at everything that stores something,
 * and the service's own work. The same each time. */
#ifndef KITH_TESTS_CRASH_LOAD_H
#define KITH_TESTS_CRASH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct load_step {
	const char *what; /* for a failure */
	int64_t now;	  /* seconds UTC */
	const char *said; /* stanzas that come in one turn; NULL: own work until there is none */
};

/* In the arena. has_one_run: at a time; of two, a fault decides which comes first. */
const struct load_step *load_new(struct arena *arena, bool has_one_run, size_t *count);

#endif
