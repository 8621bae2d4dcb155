/* Dates and times (XEP-0082, 3.2). */
#include "component/datetime.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/arena.h"

const char *datetime_format(struct arena *arena, int64_t seconds)
{
	char text[32];
	time_t at = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&at, &tm) || strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return NULL;
	return arena_strdup(arena, text);
}

/* "Z", "+hh:mm" or "-hh:mm": what is to be taken from the local time, in seconds. */
static int read_zone(const char *text, int64_t *offset)
{
	unsigned hours, minutes;
	int len = 0;

	*offset = 0;
	if (strcmp(text, "Z") == 0)
		return 0;
	if ((*text != '+' && *text != '-') ||
		sscanf(text + 1, "%2u:%2u%n", &hours, &minutes, &len) != 2 || len != 5 || text[6] ||
		hours > 14 || minutes > 59)
		return -1;
	*offset = (int64_t)hours * 3600 + (int64_t)minutes * 60;
	if (*text == '-')
		*offset = -*offset;
	return 0;
}

int datetime_read(const char *text, int64_t *seconds, bool *has_fraction)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int64_t offset;
	bool fraction = false;

	if (!rest)
		return -1;
	if (*rest == '.') {
		size_t digits = strspn(rest + 1, "0123456789");

		fraction = strspn(rest + 1, "0") < digits;
		rest += digits + 1;
	}
	if (read_zone(rest, &offset))
		return -1;
	*seconds = (int64_t)timegm(&tm) - offset;
	if (has_fraction)
		*has_fraction = fraction;
	return 0;
}
