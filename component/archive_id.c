/* Archive ids (XEP-0313, 5.2; design: section 3, "sync"): a position, sealed in the manner of SIV
 * (RFC 5297): masked by what a keyed check of it gives. Positions are of one counter for the whole
 * store, and nobody is to see from his own ids how much others do.
 *
 * 16 hex digits of the masked position, 24 of the check. The check covers the owner, so that an id
 * is of one book only, and for a position before the newest dropped retraction that retraction's
 * position as well: such ids end with the next drop. Without that, either nobody could page through
 * an old book from its start, or somebody who was away for long would never learn of what was
 * retracted. */
#include "component/feature.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "component/keyed.h"

#define POSITION_LEN 16 /* hex digits */

static void checked_text(char text[96], int64_t owner, int64_t version, int64_t dropped)
{
	snprintf(text, 96, "archive %" PRId64 " %" PRId64 " %" PRId64, owner, version,
		version < dropped ? dropped : 0);
}

/* What a position of owner's book with this check is masked by. */
static uint64_t mask(const unsigned char key[32], int64_t owner, const char *check)
{
	char text[96], digits[KEYED_SIZE];

	snprintf(text, sizeof(text), "archive mask %" PRId64 " %s", owner, check);
	keyed_check(digits, key, text);
	digits[POSITION_LEN] = '\0';
	return strtoull(digits, NULL, 16);
}

const char *archive_id(struct arena *arena, const unsigned char key[32], int64_t owner,
	int64_t version, int64_t dropped)
{
	char text[96], check[KEYED_SIZE];

	checked_text(text, owner, version, dropped);
	keyed_check(check, key, text);
	return arena_printf(
		arena, "%016" PRIx64 "%s", (uint64_t)version ^ mask(key, owner, check), check);
}

bool archive_id_read(const unsigned char key[32], int64_t owner, const char *id, int64_t dropped,
	int64_t *version)
{
	char text[96], digits[POSITION_LEN + 1];
	uint64_t position;

	if (strlen(id) != POSITION_LEN + KEYED_SIZE - 1 ||
		strspn(id, "0123456789abcdef") != POSITION_LEN + KEYED_SIZE - 1)
		return false;
	memcpy(digits, id, POSITION_LEN);
	digits[POSITION_LEN] = '\0';
	position = strtoull(digits, NULL, 16) ^ mask(key, owner, id + POSITION_LEN);
	if (position > INT64_MAX)
		return false;
	checked_text(text, owner, (int64_t)position, dropped);
	if (!keyed_is(id + POSITION_LEN, key, text))
		return false;
	*version = (int64_t)position;
	return true;
}
