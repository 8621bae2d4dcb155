/* Turns: group commit, so that the store's durability is paid once for many stanzas. */
#include "component/turn.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/log.h"
#include "common/monotonic.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/answer.h"
#include "component/outbox.h"
#include "component/rates.h"
#include "component/router.h"
#include "component/server.h"
#include "component/sessions.h"

#define REQUEST_MEMORY_MAX (64u << 20) /* bytes; a page of 50 cards of 128 KiB, as a tree */
#define TROUBLE_TEXT "The service can't get at what it stores just now: please try again later."

struct turn {
	struct service service; /* first: send_stanza() finds the turn by it */
	struct router router;
	struct outbox outbox;
	struct arena *arena; /* of the request that is handled */
	bool is_broken;	     /* the store failed in this turn */
	struct log_budget too_large, no_memory;
};

static void send_stanza(struct service *service, const struct xml *stanza)
{
	struct turn *turn = (struct turn *)service;

	if (outbox_add(&turn->outbox, stanza))
		log_rarely(&turn->too_large, LOG_LEVEL_WARN,
			"turn: a stanza is larger than a server takes, and isn't sent");
}

static int read_key(struct service *service)
{
	enum store_result result;

	if (store_look_begin(service->store) != STORE_OK)
		return -1;
	result = store_key(service->store, service->key);
	store_turn_rollback(service->store);
	return result == STORE_OK ? 0 : -1;
}

struct turn *turn_new(struct store *store, const struct settings *settings,
	bool (*answered)(void *context, const struct xml *stanza), void *context)
{
	struct turn *turn = calloc(1, sizeof(*turn));

	if (!turn)
		return NULL;
	outbox_init(&turn->outbox);
	turn->service.store = store;
	turn->service.rules.store = store;
	turn->service.send = send_stanza;
	turn->service.started_ms = monotonic_ms();
	turn->router = (struct router){&turn->service, answered, context};
	turn->arena = arena_new(REQUEST_MEMORY_MAX);
	turn_set_settings(turn, settings);
	turn->service.server = server_new();
	turn->service.sessions = sessions_new(turn->service.key);
	turn->service.rules.rates = rates_new();
	if (!turn->arena || !turn->service.server || !turn->service.sessions ||
		!turn->service.rules.rates || read_key(&turn->service)) {
		turn_free(turn);
		return NULL;
	}
	return turn;
}

void turn_free(struct turn *turn)
{
	if (!turn)
		return;
	if (store_in_turn(turn->service.store))
		store_turn_rollback(turn->service.store);
	outbox_clear(&turn->outbox);
	server_free(turn->service.server);
	sessions_free(turn->service.sessions);
	rates_free(turn->service.rules.rates);
	arena_free(turn->arena);
	explicit_bzero(turn->service.key, sizeof(turn->service.key));
	free(turn);
}

struct service *turn_service(struct turn *turn)
{
	return &turn->service;
}

void turn_set_settings(struct turn *turn, const struct settings *settings)
{
	turn->service.settings = settings;
	turn->service.rules.settings = settings;
}

int turn_begin(struct turn *turn)
{
	if (turn->is_broken)
		return -1;
	if (!store_in_turn(turn->service.store) &&
		store_turn_begin(turn->service.store) != STORE_OK) {
		turn->is_broken = true;
		return -1;
	}
	return 0;
}

void turn_break(struct turn *turn)
{
	turn->is_broken = true;
}

/* What answers ours (type result or error) asks nothing of the store, and is not lost with it: the
 * server gives it once. */
static bool is_answer(const struct xml *stanza)
{
	const char *type = xml_get(stanza, "type");

	return type && (strcmp(type, "result") == 0 || strcmp(type, "error") == 0);
}

/* A request that can't be worked on any more in this turn. */
static void refuse(struct turn *turn, const struct xml *stanza, enum answer answer, const char *why)
{
	struct xml *reply = router_refusal(turn->arena, stanza, answer, why);

	if (reply)
		outbox_add_answer(&turn->outbox, reply);
}

/* What nobody is answered by a stanza of its own says in words what came of it; where that is lost
 * with the turn, its sender learns this. */
static void refuse_if_lost(struct turn *turn, const struct xml *stanza)
{
	arena_reset(turn->arena);
	outbox_add_if_lost(&turn->outbox,
		router_refusal(turn->arena, stanza, ANSWER_INTERNAL_SERVER_ERROR, TROUBLE_TEXT));
}

/* For a stanza that couldn't be worked on to its end. What it takes to say so is most likely there:
 * the arena keeps its first block, and the outbox what it has. */
static struct routed without_memory(struct turn *turn, const struct xml *stanza)
{
	log_rarely(&turn->no_memory, LOG_LEVEL_ERROR, "turn: no memory for an answer");
	arena_reset(turn->arena);
	turn->outbox.text.failed = false;
	return (struct routed){
		router_refusal(turn->arena, stanza, ANSWER_INTERNAL_SERVER_ERROR, NULL), true};
}

void turn_stanza(struct turn *turn, const struct xml *stanza, int64_t now)
{
	size_t mark = outbox_mark(&turn->outbox);
	struct store *store = turn->service.store;
	struct routed routed;

	arena_reset(turn->arena);
	if (turn_begin(turn) || store_part_begin(store) != STORE_OK) {
		turn->is_broken = true;
		if (is_answer(stanza))
			turn->router.answered(turn->router.context, stanza);
		else
			refuse(turn, stanza, ANSWER_INTERNAL_SERVER_ERROR, TROUBLE_TEXT);
		return;
	}
	routed = router_stanza(&turn->router, turn->arena, stanza, now);
	if (!routed.is_failed && routed.reply && outbox_add_answer(&turn->outbox, routed.reply))
		routed = (struct routed){
			router_refusal(turn->arena, stanza, ANSWER_RESOURCE_CONSTRAINT,
				"The answer is too large: ask for it in pages."),
			true};
	if (turn->outbox.text.failed || arena_failed(turn->arena))
		routed = without_memory(turn, stanza);
	if (routed.is_failed) {
		outbox_cut(&turn->outbox, mark);
		if (routed.reply)
			outbox_add_answer(&turn->outbox, routed.reply);
	}
	if (store_part_end(store, routed.is_failed) != STORE_OK)
		turn->is_broken = true; /* it remembers a failure within the part */
	if (!routed.reply && xml_is(stanza, NS_COMPONENT, "message"))
		refuse_if_lost(turn, stanza);
}

void turn_refuse(struct turn *turn, const struct xml *stanza)
{
	arena_reset(turn->arena);
	refuse(turn, stanza, ANSWER_RESOURCE_CONSTRAINT, "Too much at once: try again later.");
}

void turn_oversized(struct turn *turn, const struct xml *stanza, const char *reason)
{
	arena_reset(turn->arena);
	refuse(turn, stanza, ANSWER_POLICY_VIOLATION, reason);
}

int turn_end(struct turn *turn)
{
	struct store *store = turn->service.store;
	bool is_broken = turn->is_broken;

	if (turn->outbox.text.failed) {
		log_rarely(&turn->no_memory, LOG_LEVEL_ERROR, "turn: no memory for the answers");
		is_broken = true;
	}
	if (store_in_turn(store)) {
		if (is_broken)
			store_turn_rollback(store);
		else
			is_broken = store_turn_commit(store) != STORE_OK;
	}
	turn->is_broken = false;
	sessions_settle(turn->service.sessions, !is_broken);
	rates_settle(turn->service.rules.rates, !is_broken);
	if (is_broken)
		outbox_fail(&turn->outbox, turn->arena, TROUBLE_TEXT);
	return is_broken ? -1 : 0;
}

const struct buffer *turn_output(const struct turn *turn)
{
	return &turn->outbox.text;
}

void turn_sent(struct turn *turn)
{
	outbox_reset(&turn->outbox);
}
