/* What a turn wants sent: one buffer of text, and where in it the answers are. */
#include "component/outbox.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/answer.h"
#include "component/feature.h"

#define IF_LOST_MAX (256u << 10) /* bytes; of 256 messages a turn, a refusal each */
#define KEEP_MAX (8u << 20)	 /* bytes of memory that are kept for the next turn */

void outbox_init(struct outbox *outbox)
{
	memset(outbox, 0, sizeof(*outbox));
	buffer_init(&outbox->text, 0);
	buffer_init(&outbox->if_lost, IF_LOST_MAX);
}

void outbox_clear(struct outbox *outbox)
{
	buffer_clear(&outbox->text);
	buffer_clear(&outbox->if_lost);
	free(outbox->answers);
	outbox_init(outbox);
}

void outbox_reset(struct outbox *outbox)
{
	if (outbox->text.size > KEEP_MAX)
		buffer_clear(&outbox->text);
	buffer_reset(&outbox->text);
	buffer_reset(&outbox->if_lost);
	outbox->count = 0;
}

int outbox_add(struct outbox *outbox, const struct xml *stanza)
{
	size_t start = outbox->text.len;

	if (stanza)
		xml_write(&outbox->text, stanza, NS_COMPONENT);
	else
		outbox->text.failed = true;
	if (outbox->text.len - start <= xml_limits_stanza.bytes)
		return 0;
	outbox->text.len = start;
	return -1;
}

int outbox_add_answer(struct outbox *outbox, const struct xml *stanza)
{
	size_t start = outbox->text.len;

	if (outbox->count == outbox->size) {
		size_t size = outbox->size ? 2 * outbox->size : 64;
		struct outbox_answer *answers =
			realloc(outbox->answers, size * sizeof(*outbox->answers));

		if (!answers) {
			outbox->text.failed = true;
			return 0;
		}
		outbox->answers = answers;
		outbox->size = size;
	}
	if (outbox_add(outbox, stanza))
		return -1;
	outbox->answers[outbox->count++] = (struct outbox_answer){start, outbox->text.len - start};
	return 0;
}

size_t outbox_mark(const struct outbox *outbox)
{
	return outbox->text.len;
}

void outbox_cut(struct outbox *outbox, size_t mark)
{
	outbox->text.len = mark;
}

void outbox_add_if_lost(struct outbox *outbox, const struct xml *stanza)
{
	size_t start = outbox->if_lost.len;

	if (stanza && !outbox->if_lost.failed)
		xml_write(&outbox->if_lost, stanza, NS_COMPONENT);
	if (outbox->if_lost.failed)
		outbox->if_lost.len = start;
}

void outbox_fail(struct outbox *outbox, struct arena *arena, const char *text)
{
	const struct request request = {.error_text = text};
	struct buffer old = outbox->text;

	buffer_init(&outbox->text, old.cap);
	for (size_t i = 0; i < outbox->count; i++) {
		struct xml *reply;

		arena_reset(arena);
		reply = xml_parse(arena, old.data + outbox->answers[i].start,
			outbox->answers[i].len, NS_COMPONENT, &xml_limits_own, NULL);
		answer_set_error(arena, reply, ANSWER_INTERNAL_SERVER_ERROR, &request);
		if (reply && !arena_failed(arena))
			outbox_add(outbox, reply);
	}
	arena_reset(arena);
	buffer_append(&outbox->text, outbox->if_lost.data, outbox->if_lost.len);
	buffer_reset(&outbox->if_lost);
	outbox->count = 0;
	buffer_clear(&old);
}
