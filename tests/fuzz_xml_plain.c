/* Plain XML: what is read without expat, expat reads the same, at every place of the caps. */
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml_parse.h"
#include "common/xml_plain.h"
#include "tests/fuzz.h"
#include "tests/xml_same.h"

static const struct xml_limits limits = {4096, 4, 20, 4};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const contexts[] = {NULL, NS_CLIENT};
	struct arena *arena = arena_new(0);
	/* An own copy, so that reading past its end is seen. */
	char *text = malloc(len ? len : 1);

	memcpy(text, data, len);
	for (int i = 0; i < 2; i++) {
		struct xml *plain = xml_plain_read(arena, text, len, 0, contexts[i], &limits);

		if (plain)
			MUST(xml_same(plain,
				xml_parse_any(arena, text, len, contexts[i], &limits, NULL)));
	}
	free(text);
	arena_free(arena);
	return 0;
}
