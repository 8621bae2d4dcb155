/* Files of Prosody's internal storage: an element that is read can be written and parsed. */
#include <string.h>

#include "common/arena.h"
#include "common/xml.h"
#include "component/lua_data.h"
#include "tests/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *arena = arena_new(0);
	const char *why = NULL;
	struct xml *element = lua_data_element(arena, (const char *)data, len, &why);

	if (element) {
		const char *text = xml_to_string(arena, element, NULL);

		MUST(xml_parse(arena, text, strlen(text), NULL,
			&(struct xml_limits){64u << 20, 1000, 1000000, 1000}, NULL));
	} else {
		MUST(why);
	}
	arena_free(arena);
	return 0;
}
