/* Whole stanzas against a store in memory: each iq that asks has one answer, and the store stays
 * whole. The input is a list of stanzas without `from` and `to`, by which they would go astray;
 * they come from two people in turns. */
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/log.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/settings.h"
#include "component/store.h"
#include "component/turn.h"
#include "tests/fuzz.h"

static bool on_answer(void *context, const struct xml *stanza)
{
	(void)context;
	(void)stanza;
	return false;
}

static void on_fault(void *context, const char *text)
{
	(void)context;
	fprintf(stderr, "%s\n", text);
}

static bool has_type(const struct xml *stanza, const char *one, const char *other)
{
	const char *type = xml_get(stanza, "type");

	return type && (strcmp(type, one) == 0 || strcmp(type, other) == 0);
}

/* RFC 6120, 8.2.3: also of a type that there isn't. */
static bool asks(const struct xml *stanza)
{
	return xml_is(stanza, NS_COMPONENT, "iq") && !has_type(stanza, "result", "error");
}

/* How many iqs to id are in what is sent, which must be XML. */
static unsigned answers(struct arena *arena, struct turn *turn, const char *id)
{
	const struct buffer *output = turn_output(turn);
	struct buffer wrapped;
	struct xml *all;
	unsigned count = 0;

	buffer_init(&wrapped, 0);
	buffer_puts(&wrapped, "<all>");
	buffer_append(&wrapped, output->data, output->len);
	buffer_puts(&wrapped, "</all>");
	all = xml_parse(arena, wrapped.data, wrapped.len, NS_COMPONENT,
		&(struct xml_limits){64u << 20, 64, 1u << 20, 64}, NULL);
	MUST(all);
	buffer_clear(&wrapped);
	for (const struct xml *sent = all->first; sent; sent = sent->next)
		if (xml_is(sent, NS_COMPONENT, "iq") && has_type(sent, "result", "error"))
			count += strcmp(xml_get(sent, "id"), id) == 0;
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const people[] = {"alice@example.org/r", "bob@example.org/r"};
	struct arena *arena = arena_new(0);
	struct settings *settings = settings_new_for_test();
	struct store *store = store_open(":memory:", STORE_OPEN_OWNER, NULL);
	struct turn *turn = turn_new(store, settings, on_answer, NULL);
	struct buffer text;
	struct xml *all;
	int64_t faults;
	unsigned count = 0;

	MUST(arena && settings && store && turn);
	log_set(NULL, NULL, LOG_LEVEL_ERROR);
	buffer_init(&text, 0);
	buffer_puts(&text, "<all>");
	buffer_append(&text, (const char *)data, len);
	buffer_puts(&text, "</all>");
	all = xml_parse(arena, text.data, text.len, NS_COMPONENT, &xml_limits_stanza, NULL);
	for (struct xml *stanza = all ? all->first : NULL; stanza; stanza = stanza->next) {
		if (!stanza->name)
			continue;
		xml_set(arena, stanza, "from", people[count++ % 2]);
		xml_set(arena, stanza, "to", settings->jid);
		xml_set(arena, stanza, "id", "the-id");
		turn_stanza(turn, stanza, 1600000000);
		MUST(turn_end(turn) == 0);
		MUST(answers(arena, turn, "the-id") == asks(stanza));
		turn_sent(turn);
	}
	MUST(store_verify(store, on_fault, NULL, &faults) == STORE_OK && faults == 0);
	buffer_clear(&text);
	turn_free(turn);
	store_close(store);
	settings_free(settings);
	arena_free(arena);
	return 0;
}
