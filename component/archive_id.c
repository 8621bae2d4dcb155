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

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "component/keyed.h"

#define POSITION_LEN 16 /* hex digits */

static void checked_text(
	char text[KEYED_TEXT_SIZE], int64_t owner, int64_t version, int64_t dropped)
{
	const int64_t numbers[] = {owner, version, version < dropped ? dropped : 0};

	keyed_text(text, "archive", numbers, 3);
}

/* What a position of owner's book with this check is masked by. */
static uint64_t mask(const unsigned char key[32], int64_t owner, const char *check)
{
	char text[KEYED_TEXT_SIZE + KEYED_SIZE], digits[KEYED_SIZE];
	size_t len;

	keyed_text(text, "archive mask", &owner, 1);
	len = strlen(text);
	text[len++] = ' ';
	memcpy(text + len, check, strlen(check) + 1);
	keyed_check(digits, key, text);
	digits[POSITION_LEN] = '\0';
	return strtoull(digits, NULL, 16);
}

const char *archive_id(struct arena *arena, const unsigned char key[32], int64_t owner,
	int64_t version, int64_t dropped)
{
	char text[KEYED_TEXT_SIZE], check[KEYED_SIZE];
	char *id = arena_alloc(arena, POSITION_LEN + KEYED_SIZE);

	if (!id)
		return NULL;
	checked_text(text, owner, version, dropped);
	keyed_check(check, key, text);
	keyed_hex(id, (uint64_t)version ^ mask(key, owner, check));
	memcpy(id + POSITION_LEN, check, KEYED_SIZE);
	return id;
}

bool archive_id_read(const unsigned char key[32], int64_t owner, const char *id, int64_t dropped,
	int64_t *version)
{
	char text[KEYED_TEXT_SIZE], digits[POSITION_LEN + 1];
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
