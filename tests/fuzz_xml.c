/* A stream: whatever the pieces in which it comes, the same is told (but that the end of one that
 * is no good may be told with a later piece); what was read is written, and read the same. The
 * first byte is the length of the pieces. */
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/ns.h"
#include "common/xml.h"
#include "tests/fuzz.h"

#define FAILED "failed"
#define OVERSIZED "oversized"

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
	buffer_puts(&told->all, OVERSIZED);
	buffer_puts(&told->all, stanza->name);
}

static void on_closed(void *context)
{
	buffer_puts(&((struct told *)context)->all, "closed");
}

static void on_failed(void *context, enum xml_stream_error error, const char *reason)
{
	MUST(error != XML_STREAM_NO_MEMORY && reason);
	buffer_puts(&((struct told *)context)->all, FAILED);
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

static bool begins_with(const char *longer, const char *shorter)
{
	return strncmp(longer, shorter, strlen(shorter)) == 0;
}

/* Cuts the failure off; true if there was one. */
static bool cut_failure(char *told)
{
	size_t len = strlen(told), failed = strlen(FAILED);

	if (len < failed || strcmp(told + len - failed, FAILED) != 0)
		return false;
	told[len - failed] = '\0';
	return true;
}

/* The same from what is passed over as too much. */
static void cut_oversized(char *told)
{
	char *at = strstr(told, OVERSIZED);

	if (at)
		*at = '\0';
}

/* Whether what is told of the same is the same. Of what is no good that may be told sooner in the
 * one than in the other; or, where it is too much as well, it is passed over, told or not. */
static bool is_same(char *one, char *other)
{
	bool one_failed = cut_failure(one), other_failed = cut_failure(other);

	if (!one_failed && !other_failed)
		return strcmp(one, other) == 0;
	cut_oversized(one);
	cut_oversized(other);
	return begins_with(one, other) || begins_with(other, one);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buffer whole, pieces;
	char *told[2];

	if (len < 2)
		return 0;
	whole = feed(data + 1, len - 1, len);
	pieces = feed(data + 1, len - 1, (size_t)data[0] + 1);
	told[0] = strdup(buffer_string(&whole));
	told[1] = strdup(buffer_string(&pieces));
	MUST(told[0] && told[1] && is_same(told[0], told[1]));
	free(told[0]);
	free(told[1]);
	buffer_clear(&whole);
	buffer_clear(&pieces);
	return 0;
}
