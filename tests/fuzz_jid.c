/* JIDs: what is prepared stays as it is when it is prepared again. */
#include <string.h>

#include "common/arena.h"
#include "common/jid.h"
#include "tests/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *arena = arena_new(0);
	const char *text = arena_strndup(arena, (const char *)data, len);
	struct jid jid, again;

	MUST(text);
	if (jid_parse(&jid, arena, text) == 0) {
		MUST(jid_parse(&again, arena, jid.full) == 0);
		MUST(strcmp(jid.full, again.full) == 0 && strcmp(jid.bare, again.bare) == 0);
	}
	(void)jid_from_uri(arena, text);
	arena_free(arena);
	return 0;
}
