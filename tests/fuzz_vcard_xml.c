/* vCard 4 as XML: what was read is written, and read the same. */
#include "common/arena.h"
#include "common/buffer.h"
#include "common/vcard.h"
#include "tests/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *arena = arena_new(0);
	struct vcard *card = vcard_from_xml_text(arena, (const char *)data, len, NULL), *again;
	struct buffer out;

	if (card) {
		buffer_init(&out, 0);
		MUST(vcard_to_xml_text(&out, card) == 0);
		again = vcard_from_xml_text(arena, out.data, out.len, NULL);
		MUST(again && vcard_equal(card, again));
		buffer_clear(&out);
	}
	arena_free(arena);
	return 0;
}
