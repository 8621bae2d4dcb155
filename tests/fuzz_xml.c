/* A stream: whatever the pieces in which it comes, the same is told (but that the end of one that
 * is no good may be told with a later piece); what was read is written, and read the same. The
 * first byte is the length of the pieces. */
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/ns.h"
#include "common/xml.h"
#include "tests/fuzz.h"

static const struct xml_limits limits = {4096, 8, 50, 8};

struct told {
	struct arena *arena;
	struct buffer all;
};

static void on_opened(void *context, const struct xml *root)
{
	struct told *told = context;

	buffer_puts(&told->all, "opened");
	xml_write(&told->all, root, NULL);
}

static void on_stanza(void *context, struct xml *stanza)
{
	struct told *told = context;
	const char *text = xml_to_string(told->arena, stanza, NULL);
	struct xml *again = xml_parse(told->arena, text, strlen(text), NULL,
		&(struct xml_limits){1u << 20, 100, 1000, 100}, NULL);

	MUST(again && strcmp(xml_to_string(told->arena, again, NULL), text) == 0);
	buffer_puts(&told->all, text);
}

/* How much was read of what is too much depends on the pieces. */
static void on_oversized(void *context, struct xml *stanza, const char *reason)
{
	struct told *told = context;

	MUST(stanza->name && reason);
	buffer_puts(&told->all, "oversized");
	buffer_puts(&told->all, stanza->name);
}

static void on_closed(void *context)
{
	buffer_puts(&((struct told *)context)->all, "closed");
}

static void on_failed(void *context, enum xml_stream_error error, const char *reason)
{
	MUST(error != XML_STREAM_NO_MEMORY && reason);
	buffer_puts(&((struct told *)context)->all, "failed");
}

/* All that is told; to be cleared. */
static struct buffer feed(const uint8_t *data, size_t len, size_t piece)
{
	static const struct xml_stream_events events = {
		on_opened, on_stanza, on_oversized, on_closed, on_failed};
	struct told told = {.arena = arena_new(0)};
	struct xml_stream *stream;

	buffer_init(&told.all, 0);
	stream = xml_stream_new(told.arena, &limits, &events, &told);
	MUST(stream);
	for (size_t at = 0; at < len; at += piece) {
		size_t left = len - at;
		/* An own copy, so that reading past its end is seen. */
		char *bytes = malloc(piece < left ? piece : left);
		int result;

		memcpy(bytes, data + at, piece < left ? piece : left);
		result = xml_stream_feed(stream, bytes, piece < left ? piece : left);
		free(bytes);
		if (result)
			break;
	}
	xml_stream_free(stream);
	arena_free(told.arena);
	return told.all;
}

/* longer may go on with the failure. */
static bool begins_with(const char *longer, const char *shorter)
{
	size_t len = strlen(shorter);

	return strncmp(longer, shorter, len) == 0 &&
	       (!longer[len] || strcmp(longer + len, "failed") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buffer whole, pieces;

	if (len < 2)
		return 0;
	whole = feed(data + 1, len - 1, len);
	pieces = feed(data + 1, len - 1, (size_t)data[0] + 1);
	MUST(begins_with(buffer_string(&whole), buffer_string(&pieces)) ||
		begins_with(buffer_string(&pieces), buffer_string(&whole)));
	buffer_clear(&whole);
	buffer_clear(&pieces);
	return 0;
}
