/* Stanzas that a client gets, one a line: nothing is written to the person's book unasked, and
 * every event is one line of JSON and a text without control characters. */
#include <string.h>

#include "plugin/kith.h"
#include "tests/fuzz.h"

static int on_send(void *context, const char *stanza, size_t len)
{
	(void)context;
	MUST(strlen(stanza) == len);
	return 0;
}

static int64_t on_now(void *context)
{
	(void)context;
	return 1600000000;
}

static void on_event(void *context, const struct kith_event *event)
{
	char *json = kith_event_json(event), *text = kith_event_text(event);

	(void)context;
	MUST(json && text && !strchr(json, '\n'));
	MUST(event->kind != KITH_EVENT_SAVED && event->kind != KITH_EVENT_SENT);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		MUST((*c >= ' ' || *c == '\n') && *c != 127);
	free(json);
	free(text);
}

static void on_log(void *context, enum kith_log_level level, const char *text)
{
	(void)context;
	(void)level;
	MUST(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct kith_host host = {on_send, on_now, on_event};
	static const struct kith_options options = {
		.jid = "bob@example.org", .service = "kith.example.org", .region = "GB"};
	struct kith *kith;

	kith_set_log(on_log, NULL, KITH_LOG_ERROR);
	kith = kith_new(&host, &options, NULL, NULL);
	MUST(kith && kith_online(kith, "bob@example.org/r") == 0);
	while (len > 0) {
		const uint8_t *end = memchr(data, '\n', len);
		size_t line = end ? (size_t)(end - data) : len;
		char *stanza = strndup((const char *)data, line);

		(void)kith_feed(kith, stanza, strlen(stanza));
		free(stanza);
		data += line + (end != NULL);
		len -= line + (end != NULL);
	}
	kith_tick(kith);
	kith_offline(kith);
	kith_free(kith);
	return 0;
}
