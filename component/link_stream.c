/* What is said on the link: XEP-0114, version 1.6, section 3, and the stream errors of RFC
 * 6120, 4.9. */
#include "component/link_state.h"

#include <nettle/base16.h>
#include <nettle/sha1.h>
#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/log.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/feature.h"

#define ARENA_MAX (32u << 20) /* bytes: a stanza at its cap as a tree, several times over */
/* Above that, what is fed ends with each tag, so that soon it ends between two stanzas and the
 * memory can be used anew. */
#define ARENA_AMPLE (512u << 10)

/* XEP-0114, 3: the start of the server's stream gives the id that the handshake is made of. */
static void on_opened(void *context, const struct xml *root)
{
	struct link *link = context;
	const char *id = xml_get(root, "id");
	const char *secret = link->settings->secret;
	uint8_t digest[SHA1_DIGEST_SIZE];
	char text[128], hex[2 * SHA1_DIGEST_SIZE + 1];
	struct sha1_ctx sha1;

	if (link->state != LINK_OPENING || !xml_is(root, NS_STREAM, "stream")) {
		link_end(link, "not a stream of XMPP");
		return;
	}
	/* Prosody gives no id where it is going to refuse: its error follows. */
	sha1_init(&sha1);
	sha1_update(&sha1, id ? strlen(id) : 0, (const uint8_t *)(id ? id : ""));
	sha1_update(&sha1, strlen(secret), (const uint8_t *)secret);
	sha1_digest(&sha1, sizeof(digest), digest);
	explicit_bzero(&sha1, sizeof(sha1));
	base16_encode_update(hex, sizeof(digest), digest);
	hex[2 * sizeof(digest)] = '\0';
	snprintf(text, sizeof(text), "<handshake>%s</handshake>", hex);
	link->state = LINK_SHAKING;
	link_write(link, text, strlen(text));
}

/* RFC 6120, 4.9.2: a condition, perhaps with words. The stream is over then. */
static void on_error(struct link *link, const struct xml *error)
{
	const char *text = xml_text(link->arena, xml_child(error, NS_STREAM_ERROR, "text"));
	const struct xml *condition = xml_child(error, NS_STREAM_ERROR, NULL);
	char name[64], words[128];

	while (condition && strcmp(condition->name, "text") == 0)
		condition = xml_next(condition, NS_STREAM_ERROR, NULL);
	log_escape(name, sizeof(name), condition ? condition->name : "an error without a name");
	log_escape(words, sizeof(words), text ? text : "");
	snprintf(link->ending, sizeof(link->ending), "%s by %s: %s%s%s%s",
		link->state == LINK_UP ? "ended" : "refused", link->where, name, *words ? " (" : "",
		words, *words ? ")" : "");
	if (link->state == LINK_SHAKING && strcmp(name, "not-authorized") == 0)
		link->events->unauthorized(link->context);
}

/* What was told may be as much as a turn has. */
static void pause_if_full(struct link *link)
{
	if (link->events->is_full(link->context))
		xml_stream_pause(link->stream);
}

static void on_stanza(void *context, struct xml *stanza)
{
	struct link *link = context;

	if (link->ending[0])
		return;
	if (xml_is(stanza, NS_STREAM, "error")) {
		on_error(link, stanza);
	} else if (link->state == LINK_SHAKING && xml_is(stanza, NS_COMPONENT, "handshake")) {
		link_accepted(link); /* at once: stanzas may follow in the same read */
	} else if (link->state == LINK_UP) {
		link->events->stanza(link->context, stanza);
		pause_if_full(link);
	}
}

static void on_oversized(void *context, struct xml *stanza, const char *reason)
{
	struct link *link = context;

	if (link->state != LINK_UP || link->ending[0])
		return;
	log_rarely(
		&link->passed_over, LOG_LEVEL_WARN, "link: a stanza was passed over: %s", reason);
	link->events->oversized(link->context, stanza, reason);
	pause_if_full(link);
}

static void on_closed(void *context)
{
	struct link *link = context;

	if (link->state != LINK_CLOSING)
		link_stream_close(link);
	link_end(link, "the server ended the stream");
}

static void on_failed(void *context, enum xml_stream_error error, const char *reason)
{
	struct link *link = context;
	const char *condition = "internal-server-error";
	char text[256], words[128];

	switch (error) {
	case XML_STREAM_NOT_WELL_FORMED:
		condition = "not-well-formed";
		break;
	case XML_STREAM_RESTRICTED_XML:
		condition = "restricted-xml";
		break;
	case XML_STREAM_NO_MEMORY:
		break;
	}
	/* RFC 6120, 4.4: behind our end of stream nothing is said. */
	if (link->state != LINK_CLOSING) {
		snprintf(text, sizeof(text),
			"<stream:error><%s xmlns='" NS_STREAM_ERROR "'/></stream:error>",
			condition);
		link_write(link, text, strlen(text));
		link_stream_close(link);
	}
	log_escape(words, sizeof(words), reason);
	link_end(link, words);
}

static const struct xml_stream_events events = {
	on_opened, on_stanza, on_oversized, on_closed, on_failed};

int link_stream_new(struct link *link)
{
	link->arena = arena_new(ARENA_MAX);
	if (!link->arena)
		return -1;
	link->stream = xml_stream_new(link->arena, &xml_limits_stanza, &events, link);
	return link->stream ? 0 : -1;
}

void link_stream_free(struct link *link)
{
	xml_stream_free(link->stream);
	arena_free(link->arena);
}

void link_stream_reset(struct link *link)
{
	xml_stream_reset(link->stream);
	arena_reset(link->arena);
	link->ping[0] = '\0';
	link->is_pinged = false;
}

void link_stream_open(struct link *link)
{
	struct buffer text;

	buffer_init(&text, 0);
	buffer_puts(&text, "<?xml version='1.0'?><stream:stream xmlns='" NS_COMPONENT
			   "' xmlns:stream='" NS_STREAM "' to='");
	xml_write_text(&text, link->settings->jid, strlen(link->settings->jid));
	buffer_puts(&text, "'>");
	link_write(link, text.data, text.len);
	buffer_clear(&text);
}

void link_stream_close(struct link *link)
{
	static const char text[] = "</stream:stream>";

	link_write(link, text, strlen(text));
}

/* XEP-0199, 4.2: towards the server. */
void link_stream_ping(struct link *link)
{
	struct arena *arena = arena_new(0);
	struct xml *iq = xml_new(arena, NS_COMPONENT, "iq");
	const char *id = service_random_id(arena);
	struct buffer text;

	buffer_init(&text, 0);
	if (id) {
		xml_set(arena, iq, "type", "get");
		xml_set(arena, iq, "from", link->settings->jid);
		xml_set(arena, iq, "to", link->settings->domains[0]);
		xml_set(arena, iq, "id", id);
		xml_add(arena, iq, NS_PING, "ping");
		snprintf(link->ping, sizeof(link->ping), "%s", id);
		xml_write(&text, iq, NS_COMPONENT);
		link_write(link, text.data, text.len);
	}
	buffer_clear(&text);
	arena_free(arena);
}

bool link_answer(struct link *link, const struct xml *stanza)
{
	const char *id = xml_get(stanza, "id");
	const char *from = xml_get(stanza, "from");

	if (!link->ping[0] || !id || !from || strcmp(id, link->ping) != 0 ||
		strcmp(from, link->settings->domains[0]) != 0)
		return false;
	link->ping[0] = '\0';
	return true;
}

/* Up to len bytes that are fed at once. */
static size_t piece(const struct link *link, const char *data, size_t len)
{
	const char *end_of_tag;

	if (arena_used(link->arena) < ARENA_AMPLE)
		return len;
	end_of_tag = memchr(data, '>', len);
	return end_of_tag ? (size_t)(end_of_tag - data) + 1 : len;
}

size_t link_stream_feed(struct link *link, const char *data, size_t len)
{
	size_t fed = 0;

	while (fed < len && !link->ending[0]) {
		size_t now = piece(link, data + fed, len - fed);

		if (now > 16384)
			now = 16384;
		if (xml_stream_feed(link->stream, data + fed, now))
			link_end(link, "the stream is over");
		if (xml_stream_is_between(link->stream))
			arena_reset(link->arena);
		fed += xml_stream_fed(link->stream);
		if (xml_stream_fed(link->stream) < now)
			break;
	}
	return fed;
}
