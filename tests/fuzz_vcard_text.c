/* vCards as text, 2.1 to 4.0, any number of them: what was read and written as 4.0 is read the
 * same, and all that is written is read again. */
#include "common/arena.h"
#include "common/buffer.h"
#include "common/vcard.h"
#include "tests/fuzz.h"

static struct vcard *written_and_read(
	struct arena *arena, const struct vcard *card, enum vcard_version version)
{
	struct vcard_reader reader;
	struct buffer out;
	struct vcard *again;
	const char *why = NULL, *text;

	buffer_init(&out, 0);
	MUST(vcard_write(&out, card, version) == 0);
	text = arena_strndup(arena, out.data, out.len);
	vcard_reader_init(&reader, text, out.len);
	again = vcard_read(&reader, arena, &why);
	if (!again)
		fprintf(stderr, "%s\n%s\n", why ? why : "no card", text);
	MUST(again);
	buffer_clear(&out);
	return again;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *arena = arena_new(0);
	struct vcard_reader reader;
	struct vcard *card, *again;
	const char *why;

	vcard_reader_init(&reader, (const char *)data, len);
	while ((card = vcard_read(&reader, arena, &why)) || why) {
		if (!card)
			continue;
		(void)vcard_name(card);
		again = written_and_read(arena, card, VCARD_4_0);
		MUST(vcard_equal(again, written_and_read(arena, again, VCARD_4_0)));
		(void)written_and_read(arena, card, VCARD_3_0);
	}
	arena_free(arena);
	return 0;
}
