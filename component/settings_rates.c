/* The rates as the conf names them, and what they are without (`[limits]`). */
#include "component/settings_read.h"

#include <string.h>

/* For a server with some ten thousand accounts, and so that nobody who does what people do comes
 * near: a device that reads a thousand profiles for the first time, and a second one; a mistake in
 * a number, and one in its correction. */
static const struct {
	const char *name;
	struct settings_rate limit;
} rows[RATE_COUNT] = {
	[RATE_CHANGE] = {"changes_per_day", {20, 20000}},
	[RATE_LOOKUP] = {"lookups_per_hour", {2000, 1000000}},
	[RATE_SEARCH] = {"searches_per_hour", {120, 20000}},
	[RATE_SHARE] = {"shares_per_hour", {100, 10000}},
	[RATE_WRITE] = {"writes_per_hour", {500, 1000000}},
};

const char *settings_rate_name(enum rate rate)
{
	return rows[rate].name;
}

struct settings_rate settings_rate_default(enum rate rate)
{
	return rows[rate].limit;
}

int settings_rate_by_name(const char *name)
{
	for (int i = 0; i < RATE_COUNT; i++) {
		size_t len = strlen(rows[i].name);

		if (strncmp(rows[i].name, name, len) != 0)
			continue;
		if (!name[len])
			return 2 * i;
		if (strcmp(name + len, RATE_IN_ALL) == 0)
			return 2 * i + 1;
	}
	return -1;
}
