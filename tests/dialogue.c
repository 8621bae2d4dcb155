/* Stanza text in, stanza text out. */
#include "tests/dialogue.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/dormant.h"
#include "component/fanout.h"
#include "component/turn.h"

#define ROOM (1u << 20) /* bytes for pushes, as the link would have */

struct dialogue {
	struct settings *settings;
	struct store *store;
	struct turn *turn;
	struct fanout *fanout;
	struct arena *arena;
	struct buffer sent; /* since the call began */
	int64_t now, now_ms;
};

static bool on_answer(void *context, const struct xml *stanza)
{
	struct dialogue *dialogue = context;

	return fanout_answer(dialogue->fanout, stanza, dialogue->now_ms);
}

struct dialogue *dialogue_new(void)
{
	return dialogue_new_at(":memory:");
}

struct dialogue *dialogue_new_at(const char *path)
{
	struct dialogue *dialogue = calloc(1, sizeof(*dialogue));
	char *why = NULL;

	ck_assert_ptr_nonnull(dialogue);
	dialogue->now = 1600000000;
	dialogue->now_ms = 1000;
	buffer_init(&dialogue->sent, 0);
	dialogue->arena = arena_new(0);
	dialogue->settings = settings_new_for_test();
	ck_assert_ptr_nonnull(dialogue->settings);
	free(dialogue->settings->store_path);
	dialogue->settings->store_path = strdup(path);
	dialogue->store = store_open(path, STORE_OPEN_OWNER, &why);
	ck_assert_msg(dialogue->store != NULL, "%s", why);
	dialogue->turn = turn_new(dialogue->store, dialogue->settings, on_answer, dialogue);
	ck_assert_ptr_nonnull(dialogue->turn);
	dialogue->fanout = fanout_new(turn_service(dialogue->turn));
	ck_assert_ptr_nonnull(dialogue->fanout);
	fanout_up(dialogue->fanout);
	return dialogue;
}

void dialogue_free(struct dialogue *dialogue)
{
	fanout_free(dialogue->fanout);
	turn_free(dialogue->turn);
	store_close(dialogue->store);
	settings_free(dialogue->settings);
	arena_free(dialogue->arena);
	buffer_clear(&dialogue->sent);
	free(dialogue);
}

struct settings *dialogue_settings(struct dialogue *dialogue)
{
	return dialogue->settings;
}

struct store *dialogue_store(struct dialogue *dialogue)
{
	return dialogue->store;
}

struct service *dialogue_service(struct dialogue *dialogue)
{
	return turn_service(dialogue->turn);
}

struct arena *dialogue_arena(struct dialogue *dialogue)
{
	return dialogue->arena;
}

void dialogue_set_time(struct dialogue *dialogue, int64_t now)
{
	dialogue->now = now;
}

/* What the turn sent; pings of the fan-out are taken out and answered. True: there was one. */
static bool take(struct dialogue *dialogue, bool answers_pings)
{
	const struct buffer *output = turn_output(dialogue->turn);
	struct buffer wrapped;
	struct xml *all, *next;
	bool was_pinged = false;

	buffer_init(&wrapped, 0);
	buffer_puts(&wrapped, "<all>");
	buffer_append(&wrapped, output->data, output->len);
	buffer_puts(&wrapped, "</all>");
	all = xml_parse(dialogue->arena, wrapped.data, wrapped.len, NS_COMPONENT,
		&(struct xml_limits){64u << 20, 64, 1u << 20, 64}, NULL);
	ck_assert_msg(all != NULL, "what is sent isn't XML: %.*s", (int)output->len, output->data);
	buffer_clear(&wrapped);
	turn_sent(dialogue->turn);
	for (struct xml *stanza = all->first; stanza; stanza = next) {
		next = stanza->next;
		if (answers_pings && xml_child(stanza, NS_PING, "ping")) {
			char answer[512];
			struct xml *iq;

			snprintf(answer, sizeof(answer),
				"<iq type='result' from='%s' to='%s' id='%s'/>",
				xml_get(stanza, "to"), xml_get(stanza, "from"),
				xml_get(stanza, "id"));
			iq = xml_parse(dialogue->arena, answer, strlen(answer), NS_COMPONENT,
				&xml_limits_stanza, NULL);
			was_pinged = true;
			turn_stanza(dialogue->turn, iq, dialogue->now);
			continue;
		}
		xml_write(&dialogue->sent, stanza, NS_COMPONENT);
	}
	return was_pinged;
}

static const char *all_sent(struct dialogue *dialogue)
{
	const char *text = buffer_string(&dialogue->sent);

	ck_assert_ptr_nonnull(text);
	arena_reset(dialogue->arena);
	return text;
}

const char *dialogue_say_all(struct dialogue *dialogue, const char *text)
{
	char *wrapped = arena_printf(dialogue->arena, "<all>%s</all>", text);
	const char *why = NULL;
	struct xml *all = xml_parse(dialogue->arena, wrapped, strlen(wrapped), NS_COMPONENT,
		&(struct xml_limits){64u << 20, 64, 1u << 20, 64}, &why);

	ck_assert_msg(all != NULL, "%s: %s", why, text);
	buffer_reset(&dialogue->sent);
	for (struct xml *stanza = all->first; stanza; stanza = stanza->next)
		if (stanza->name)
			turn_stanza(dialogue->turn, stanza, dialogue->now);
	if (turn_end(dialogue->turn))
		fanout_wake(dialogue->fanout);
	take(dialogue, false);
	return all_sent(dialogue);
}

const char *dialogue_say(struct dialogue *dialogue, const char *format, ...)
{
	char *text;
	va_list args;
	const char *sent;

	va_start(args, format);
	ck_assert_int_ge(vasprintf(&text, format, args), 0);
	va_end(args);
	sent = dialogue_say_all(dialogue, text);
	free(text);
	return sent;
}

/* The end of a turn of own work, of which that was the result, and the pushes behind it. -1: the
 * store failed. */
static int end_work(struct dialogue *dialogue, int result)
{
	if (result)
		turn_break(dialogue->turn);
	result = turn_end(dialogue->turn);
	if (result)
		fanout_wake(dialogue->fanout);
	else
		result = fanout_pushes(dialogue->fanout, dialogue->now_ms, ROOM);
	return result;
}

const char *dialogue_run(struct dialogue *dialogue)
{
	bool goes_on = true;

	buffer_reset(&dialogue->sent);
	fanout_wake(dialogue->fanout);
	for (int turns = 0; goes_on; turns++) {
		bool more;

		ck_assert_int_lt(turns, 100000);
		dialogue->now_ms++;
		ck_assert_int_eq(turn_begin(dialogue->turn), 0);
		ck_assert_int_eq(
			fanout_cards(dialogue->fanout, dialogue->now, dialogue->now, 1000), 0);
		ck_assert_int_eq(fanout_questions(dialogue->fanout, dialogue->now, &more), 0);
		ck_assert_int_eq(end_work(dialogue, 0), 0);
		goes_on = take(dialogue, true);
		goes_on |= more || fanout_has_work(dialogue->fanout);
	}
	ck_assert_int_eq(turn_end(dialogue->turn), 0);
	return all_sent(dialogue);
}

/* As in kithd.c, where everything is due. */
static int own_work(struct dialogue *dialogue, bool *goes_on)
{
	struct service *service = turn_service(dialogue->turn);
	struct fanout *fanout = dialogue->fanout;
	int64_t now = dialogue->now;
	bool more[6] = {false};

	if (turn_begin(dialogue->turn) || fanout_cards(fanout, now, now, 0) ||
		store_expire(service->store,
			now - (int64_t)dialogue->settings->limits.keep_days * 86400, 10,
			&more[0]) != STORE_OK ||
		store_matter_expire(service->store, now, 10, &more[1]) != STORE_OK ||
		fanout_summaries(fanout, now, &more[2]) ||
		fanout_questions(fanout, now, &more[3]) ||
		fanout_proposals(fanout, now, &more[4]) ||
		dormant_sweep(&service->rules, now, now, &more[5]))
		return -1;
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		*goes_on |= more[i];
	return 0;
}

const char *dialogue_work(struct dialogue *dialogue, bool *goes_on)
{
	int result;

	buffer_reset(&dialogue->sent);
	fanout_wake(dialogue->fanout);
	dialogue->now_ms++;
	*goes_on = false;
	result = end_work(dialogue, own_work(dialogue, goes_on));
	*goes_on |= take(dialogue, true) || fanout_has_work(dialogue->fanout);
	return result ? NULL : all_sent(dialogue);
}

const char *dialogue_ask(struct dialogue *dialogue)
{
	bool more;

	buffer_reset(&dialogue->sent);
	ck_assert_int_eq(turn_begin(dialogue->turn), 0);
	ck_assert_int_eq(fanout_questions(dialogue->fanout, dialogue->now, &more), 0);
	ck_assert_int_eq(turn_end(dialogue->turn), 0);
	take(dialogue, false);
	return all_sent(dialogue);
}

const char *dialogue_sweep(struct dialogue *dialogue)
{
	bool goes_on = true;

	buffer_reset(&dialogue->sent);
	while (goes_on) {
		bool more;

		dialogue->now_ms++;
		ck_assert_int_eq(turn_begin(dialogue->turn), 0);
		ck_assert_int_eq(fanout_summaries(dialogue->fanout, dialogue->now, &more), 0);
		ck_assert_int_eq(fanout_proposals(dialogue->fanout, dialogue->now, &more), 0);
		ck_assert_int_eq(turn_end(dialogue->turn), 0);
		ck_assert_int_eq(fanout_pushes(dialogue->fanout, dialogue->now_ms, ROOM), 0);
		goes_on = take(dialogue, true) || more;
	}
	return all_sent(dialogue);
}

unsigned dialogue_count(const char *text, const char *part)
{
	unsigned count = 0;

	for (text = strstr(text, part); text; text = strstr(text + 1, part))
		count++;
	return count;
}
