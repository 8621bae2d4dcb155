/* Fuzzing, by libFuzzer: what each tests/fuzz_*.c has. Each hands any bytes to one reader, and
 * holds what must be true of whatever comes out. `tests/fuzz` builds and runs them. */
#ifndef KITH_TEST_FUZZ_H
#define KITH_TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Also where assert() is compiled out. */
#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s doesn't hold\n", __FILE__, __LINE__,            \
				#condition);                                                       \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
