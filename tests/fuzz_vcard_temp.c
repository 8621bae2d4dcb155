/* vcard-temp: what was read is written, and read again with all that is in it. */
#include "common/arena.h"
#include "common/ns.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "tests/fuzz.h"

static unsigned count(const struct vcard *card)
{
	unsigned properties = 0;

	for (const struct vcard_property *p = card->first; p; p = p->next)
		properties++;
	return properties;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *arena = arena_new(0);
	struct xml *element =
		xml_parse(arena, (const char *)data, len, NS_VCARD_TEMP, &xml_limits_stanza, NULL);
	struct vcard *card = element ? vcard_from_temp(arena, element, NULL) : NULL;

	if (card) {
		struct vcard *again = vcard_from_temp(arena, vcard_to_temp(arena, card), NULL);

		MUST(again && count(again) == count(vcard_from_temp(
						      arena, vcard_to_temp(arena, again), NULL)));
	}
	arena_free(arena);
	return 0;
}
