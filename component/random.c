/* Ids that can't be guessed. */
#include "component/feature.h"

#include <sys/random.h>

#include "common/arena.h"

const char *service_random_id(struct arena *arena)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[16];
	char *id = arena_alloc(arena, 2 * sizeof(bytes) + 1);

	if (!id || getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return NULL;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		id[2 * i] = digits[bytes[i] >> 4];
		id[2 * i + 1] = digits[bytes[i] & 15];
	}
	return id;
}
