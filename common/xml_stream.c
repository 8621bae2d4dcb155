/* A stream of stanzas: RFC 6120, 4 and 11.
 *
 * A scanner (xml_scan.h) runs ahead over the same bytes and tells where the stanzas begin and end.
 * One that is plain and here as a whole is read without expat (xml_plain.h). Expat never sees more
 * of a stanza than the cap allows, and the rest of one that is too large can be passed over without
 * it, whatever its size and depth. Expat is then begun anew, with the root's start tag, which is
 * kept. */
#include "common/xml.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xml_parse.h"
#include "common/xml_plain.h"
#include "common/xml_scan.h"

/* Expat keeps every name that it ever saw, of elements, attributes and prefixes, until it begins
 * anew: so it does after so many bytes, or a peer could fill the memory by ever new names. */
#define RESTART_AFTER (4 * 1024 * 1024)

#define HEADER_MAX 16384 /* bytes up to the end of the root's start tag */

/* Values in one tag, declarations of namespaces included, above which expat doesn't see it: it
 * would look at all of them together, and spell out a namespace for each of those with its prefix.
 */
#define VALUES_MAX(limits) (2 * (limits).attributes)

enum stream_state {
	STREAM_HEADER,	/* before the end of the root's start tag */
	STREAM_BETWEEN, /* stanzas */
	STREAM_STANZA,	/* within one, or another piece of markup of its level */
	STREAM_SKIPPING,
	STREAM_OVER, /* closed or failed */
};

struct xml_stream {
	struct xml_parser parser;
	struct xml_scanner scanner;
	enum stream_state state;
	size_t bytes;	      /* of the stanza so far */
	size_t read;	      /* bytes of stanzas that expat has read since it began anew */
	struct buffer header; /* for the next start of expat */
	unsigned generation;  /* of xml_stream_reset(), so that an event may call it */
	size_t fed;	      /* bytes taken by the last xml_stream_feed() */
	bool is_paused;	      /* in it */
	struct log_budget passed_over;
	const struct xml_stream_events *events;
	void *context;
};

struct xml_stream *xml_stream_new(struct arena *arena, const struct xml_limits *limits,
	const struct xml_stream_events *events, void *context)
{
	struct xml_stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->events = events;
	stream->context = context;
	buffer_init(&stream->header, HEADER_MAX);
	if (xml_parser_init(&stream->parser, arena, limits, "UTF-8") != 0) {
		xml_stream_free(stream);
		return NULL;
	}
	stream->parser.base = 1;
	return stream;
}

void xml_stream_free(struct xml_stream *stream)
{
	if (!stream)
		return;
	xml_parser_clear(&stream->parser);
	buffer_clear(&stream->header);
	free(stream);
}

void xml_stream_reset(struct xml_stream *stream)
{
	xml_parser_reset(&stream->parser, "UTF-8");
	stream->scanner = (struct xml_scanner){.depth = 0};
	stream->state = STREAM_HEADER;
	stream->bytes = 0;
	stream->generation++;
	buffer_reset(&stream->header);
}

bool xml_stream_is_between(const struct xml_stream *stream)
{
	return stream->state != STREAM_STANZA;
}

static int fail(struct xml_stream *stream, enum xml_stream_error error, const char *reason)
{
	stream->state = STREAM_OVER;
	if (stream->events->failed)
		stream->events->failed(stream->context, error, reason);
	return -1;
}

/* Only the stanza's start tag and its first child's are left. */
static void cut_stanza(struct xml *stanza)
{
	struct xml *child = stanza->first;

	while (child && !child->name)
		child = child->next;
	stanza->first = stanza->last = child;
	if (child) {
		child->next = NULL;
		child->first = child->last = NULL;
	}
}

/* Begins expat anew, at the level of stanzas. */
static int restart(struct xml_stream *stream)
{
	struct xml_parser *parser = &stream->parser;

	xml_parser_reset(parser, "UTF-8");
	stream->read = 0;
	if (xml_parser_read(parser, stream->header.data, stream->header.len, false) != 0)
		return fail(stream, parser->error, parser->reason);
	parser->root = NULL;
	return 0;
}

/* The stanza is over a cap: tells it, and begins expat anew. */
static int give_up_stanza(struct xml_stream *stream, const char *reason, bool ended)
{
	struct xml_parser *parser = &stream->parser;
	unsigned generation = stream->generation;
	struct xml *stanza = parser->top;

	if (restart(stream) != 0)
		return -1;
	stream->state = ended ? STREAM_BETWEEN : STREAM_SKIPPING;
	if (!stanza) {
		log_rarely(&stream->passed_over, LOG_LEVEL_WARN,
			"xml: passed over a tag or comment that is longer than a stanza may be");
		return 0;
	}
	cut_stanza(stanza);
	if (stream->events->oversized)
		stream->events->oversized(stream->context, stanza, reason);
	return generation == stream->generation && stream->state != STREAM_OVER ? 0 : -1;
}

/* Header, stanza, or the stream's end tag: what is whole is told. */
static int tell(struct xml_stream *stream)
{
	struct xml_parser *parser = &stream->parser;
	const struct xml_stream_events *events = stream->events;
	unsigned generation = stream->generation;

	stream->bytes = 0;
	if (parser->root) {
		struct xml *root = parser->root;

		parser->root = NULL;
		stream->state = STREAM_BETWEEN;
		if (events->opened)
			events->opened(stream->context, root);
	} else if (parser->top) {
		struct xml *stanza = parser->top;

		xml_parser_next(parser);
		stream->state = STREAM_BETWEEN;
		if (events->stanza)
			events->stanza(stream->context, stanza);
	}
	if (generation != stream->generation)
		return -1;
	if (stream->state == STREAM_STANZA)
		stream->state = STREAM_BETWEEN; /* a comment */
	if (stream->state == STREAM_BETWEEN && stream->scanner.depth == 0) {
		stream->state = STREAM_OVER;
		if (events->closed)
			events->closed(stream->context);
		return -1;
	}
	return 0;
}

/* The XML declaration and comments may come before the root. */
static int feed_header(struct xml_stream *stream, const char *data, size_t len, size_t *used)
{
	struct xml_parser *parser = &stream->parser;

	*used = xml_scan(&stream->scanner, data, len, UINT64_MAX, UINT_MAX).len;
	buffer_append(&stream->header, data, *used);
	if (stream->header.failed)
		return fail(stream, XML_STREAM_RESTRICTED_XML, "a stream header that is too long");
	if (xml_parser_read(parser, data, *used, false) != 0) {
		if (parser->over)
			return fail(stream, XML_STREAM_RESTRICTED_XML, parser->over);
		return fail(stream, parser->error, parser->reason);
	}
	return parser->root ? tell(stream) : 0;
}

static int feed_stanza(struct xml_stream *stream, const char *data, size_t len, size_t *used)
{
	const struct xml_limits *limits = &stream->parser.limits;
	size_t room = limits->bytes - stream->bytes;
	struct xml_scanned scanned =
		xml_scan(&stream->scanner, data, len < room ? len : room, 1, VALUES_MAX(*limits));

	*used = scanned.len;
	if (scanned.is_over)
		scanned.len = scanned.tag;
	stream->bytes += *used;
	stream->read += scanned.len;
	if (scanned.len && xml_parser_read(&stream->parser, data, scanned.len, false) != 0) {
		if (stream->parser.over)
			return give_up_stanza(stream, stream->parser.over, scanned.ended);
		return fail(stream, stream->parser.error, stream->parser.reason);
	}
	if (scanned.is_over)
		return give_up_stanza(stream, "too many attributes", false);
	/* Expat waits for the rest of a character in what is no tag. */
	if (scanned.ended && stream->parser.level != stream->scanner.depth)
		return fail(stream, XML_STREAM_NOT_WELL_FORMED, "a tag that is none");
	if (scanned.ended)
		return tell(stream);
	if (stream->bytes == stream->parser.limits.bytes)
		return give_up_stanza(stream, "too long", false);
	return 0;
}

/* A stanza that is plain and here as a whole is read without expat, which then knows nothing of it.
 * True if it was: *used bytes, and it is told. */
static bool take_plain(
	struct xml_stream *stream, const char *data, size_t len, size_t *used, int *result)
{
	struct xml_parser *parser = &stream->parser;
	struct xml_scanner scanner = stream->scanner;
	struct xml_scanned scanned;

	if (!*parser->root_ns)
		return false;
	scanned = xml_scan(&scanner, data, len, 1, VALUES_MAX(parser->limits));
	if (!scanned.ended || scanner.depth == 0)
		return false;
	*used = scanned.len;
	parser->top =
		xml_plain_read(parser->arena, data, *used, 1, parser->root_ns, &parser->limits);
	if (!parser->top)
		return false;
	stream->scanner = scanner;
	stream->state = STREAM_STANZA;
	*result = tell(stream);
	return true;
}

/* What is between stanzas is given to expat alone: it goes on to hold nothing of it. */
static int feed_between(struct xml_stream *stream, const char *data, size_t len, size_t *used)
{
	const char *markup = memchr(data, '<', len);

	int result = 0;

	if (markup == data && take_plain(stream, data, len, used, &result))
		return result;
	*used = markup ? (size_t)(markup - data) : len;
	if (*used > 0 && xml_parser_read(&stream->parser, data, *used, false) != 0)
		return fail(stream, stream->parser.error, stream->parser.reason);
	if (markup) {
		if (stream->read > RESTART_AFTER && restart(stream) != 0)
			return -1;
		stream->state = STREAM_STANZA;
		stream->bytes = 0;
	}
	return 0;
}

static int feed_skipped(struct xml_stream *stream, const char *data, size_t len, size_t *used)
{
	struct xml_scanned scanned = xml_scan(&stream->scanner, data, len, 1, UINT_MAX);

	*used = scanned.len;
	if (!scanned.ended)
		return 0;
	stream->state = STREAM_BETWEEN;
	return tell(stream);
}

void xml_stream_pause(struct xml_stream *stream)
{
	stream->is_paused = true;
}

size_t xml_stream_fed(const struct xml_stream *stream)
{
	return stream->fed;
}

int xml_stream_feed(struct xml_stream *stream, const char *data, size_t len)
{
	stream->fed = 0;
	stream->is_paused = false;
	while (len > 0 && !stream->is_paused) {
		size_t used = 0;
		int result = 0;

		switch (stream->state) {
		case STREAM_HEADER:
			result = feed_header(stream, data, len, &used);
			break;
		case STREAM_BETWEEN:
			result = feed_between(stream, data, len, &used);
			break;
		case STREAM_STANZA:
			result = feed_stanza(stream, data, len, &used);
			break;
		case STREAM_SKIPPING:
			result = feed_skipped(stream, data, len, &used);
			break;
		case STREAM_OVER:
			break;
		}
		if (result != 0 || stream->state == STREAM_OVER)
			return -1;
		stream->fed += used;
		data += used;
		len -= used;
	}
	return stream->state == STREAM_OVER ? -1 : 0;
}
