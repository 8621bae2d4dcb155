/* Asking whether it is still the same person: see dormant_ask.h. */
#include "component/dormant_ask.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/dormant.h"
#include "component/gather.h"
#include "component/history.h"
#include "component/matter.h"
#include "component/say.h"
#include "component/window.h"

#define DAY_S 86400
#define LINKS_A_BATCH 32 /* whose cards are in memory */
#define BATCHES_A_TURN 8 /* requests of others wait meanwhile */

struct dormant_ask {
	int64_t account; /* whose holders are asked; 0: nobody's */
	int64_t sent;	 /* link id up to which this stream has the questions */
	int64_t kept;	 /* as much of that as turns were committed with */
	int64_t taken;	 /* up to which the server took them */
};

/* A link that comes into question. */
struct question {
	struct store_account holder;
	struct store_contact contact;
	struct vcard *card;
};

enum store_result dormant_ask_begin(const struct rules *rules, const struct store_account *account)
{
	return store_dormant_begin(rules->store, account->id);
}

struct dormant_ask *dormant_ask_new(void)
{
	return calloc(1, sizeof(struct dormant_ask));
}

void dormant_ask_free(struct dormant_ask *ask)
{
	free(ask);
}

void dormant_ask_taken(struct dormant_ask *ask)
{
	ask->taken = ask->sent;
}

void dormant_ask_down(struct dormant_ask *ask)
{
	ask->sent = ask->kept = ask->taken;
}

void dormant_ask_committed(struct dormant_ask *ask)
{
	ask->kept = ask->sent;
}

void dormant_ask_rolled_back(struct dormant_ask *ask)
{
	ask->sent = ask->kept;
	if (ask->taken > ask->kept)
		ask->taken = ask->kept; /* what needed no answer was passed in that turn */
}

/* ---- Who is asked ---- */

/* Is the holder to be asked of next, who has the JID now, and had he better be? */
static enum verdict may_ask(const struct rules *rules, struct arena *arena,
	const struct store_account *next, const struct question *question)
{
	struct store_contact linked = question->contact;
	struct store_profile profile;
	struct history history;
	enum verdict verdict;
	bool proposed; /* or done at once: it follows */

	/* A contact can only be linked anew where its item id says to whom. */
	if (strcmp(question->contact.item, next->jid) != 0 || !question->card)
		return VERDICT_NO;
	verdict = rules_wants(rules, question->holder.id, next->jid, &proposed);
	if (verdict != VERDICT_YES)
		return verdict;
	switch (store_profile_get(rules->store, arena, next->id, &profile)) {
	case STORE_OK:
		break;
	case STORE_NONE:
		return VERDICT_NO;
	case STORE_ERROR:
		return VERDICT_ERROR;
	}
	/* As it would be, were it confirmed now. */
	linked.subject = next->id;
	linked.written = profile.version;
	if (store_history_get(rules->store, arena, next->id, &history) != STORE_OK)
		return VERDICT_ERROR;
	return rules_visible_linked(
		rules, next, &profile, &history, &question->holder, &linked, question->card);
}

static const char *text_of(
	struct arena *arena, const struct store_account *next, const struct question *question)
{
	const char *name = vcard_name(question->card);

	return arena_printf(arena,
		"%s has a new account on this service: is it still the same person as in your "
		"contact \"%s\"?",
		next->jid, say_name(arena, *name ? name : next->jid));
}

/* ---- Asking ---- */

static int send_question(struct service *service, struct window *window, struct arena *arena,
	const struct store_account *next, const struct question *question,
	const struct store_matter *matter)
{
	char id[KEYED_SIZE];
	struct xml *message;

	keyed_id(id, service->key, "question", matter->id, 0);
	message = say_question(arena, service->settings->jid, question->holder.jid, id,
		arena_printf(arena,
			"%s Answer \"yes\", and your card follows its changes again, or \"no\".",
			text_of(arena, next, question)),
		matter->token, "The same person", "Somebody else");
	if (arena_failed(arena))
		return -1;
	service->send(service, message);
	window_add(window, id, NULL);
	return 0;
}

/* In words, unless the holder wants none, has had too many, or takes none at present. */
static int tell(struct service *service, struct window *window, struct arena *arena,
	const struct store_account *next, struct question *question,
	const struct store_matter *matter, bool is_new, int64_t now)
{
	struct store_told told;
	bool is_gathered;

	switch (rules_pushes(&service->rules, question->holder.id)) {
	case VERDICT_YES:
		break;
	case VERDICT_NO:
		return 0;
	case VERDICT_ERROR:
		return -1;
	}
	if (is_new) {
		if (gather_count(&service->rules, question->holder.id, now, &is_gathered))
			return -1;
	} else {
		if (store_told_get(service->store, question->holder.id, &told) != STORE_OK)
			return -1;
		is_gathered = told.summary_at != 0;
	}
	if (is_gathered || window_is_paused(window, question->holder.jid))
		return 0;
	return send_question(service, window, arena, next, question, matter);
}

static enum store_result make_matter(struct service *service, struct arena *arena,
	const struct store_account *next, const struct question *question, int64_t now,
	struct store_matter *matter)
{
	*matter = (struct store_matter){.account = question->holder.id,
		.kind = MATTER_DORMANT,
		.token = service_random_id(arena),
		.subject = next->id,
		.target = question->contact.item,
		.link = question->contact.id,
		.what = "",
		.made_at = now,
		.expires_at = now + MATTER_DAYS * DAY_S};
	return matter->token ? store_matter_add(service->store, matter) : STORE_ERROR;
}

/* made: up to which link matters are made already: one that has none there is answered, or was not
 * to be asked. */
static int ask_holder(struct service *service, struct window *window, struct arena *arena,
	const struct store_account *next, struct question *question, int64_t made, int64_t now)
{
	bool is_new = question->contact.id > made;
	struct store_matter matter;
	enum store_result result;

	result = store_account_by_id(
		service->store, arena, question->contact.owner, &question->holder);
	if (result != STORE_OK)
		return result == STORE_NONE ? 0 : -1;
	question->card = vcard_from_xml_text(
		arena, question->contact.card, question->contact.card_len, NULL);
	switch (may_ask(&service->rules, arena, next, question)) {
	case VERDICT_YES:
		break;
	case VERDICT_NO:
		return arena_failed(arena) ? -1 : 0;
	case VERDICT_ERROR:
		return -1;
	}
	result = is_new ? make_matter(service, arena, next, question, now, &matter)
			: store_matter_of_link(
				  service->store, arena, question->contact.id, now, &matter);
	if (result != STORE_OK)
		return result == STORE_NONE ? 0 : -1;
	return tell(service, window, arena, next, question, &matter, is_new, now);
}

/* ---- Batches ---- */

/* The rows of a list, kept, since the store is written to while they are gone through. */
struct links {
	struct store_contact list[LINKS_A_BATCH];
	size_t count;
};

static int keep_link(void *context, const struct store_contact *contact)
{
	struct links *links = context;

	links->list[links->count++] = *contact;
	return 0;
}

/* Asks those behind ask->sent. *is_end: there are no more. */
static int ask_batch(struct dormant_ask *ask, struct service *service, struct window *window,
	struct arena *arena, const struct store_dormant *row, int64_t now, bool *is_end)
{
	struct links *links = arena_alloc(arena, sizeof(*links));
	struct store_account next;
	int64_t highest;

	if (!links || store_link_highest(service->store, &highest) != STORE_OK ||
		store_account_by_id(service->store, arena, row->next, &next) != STORE_OK ||
		store_link_list(service->store, arena, row->account, ask->sent, highest,
			LINKS_A_BATCH, keep_link, links) != STORE_OK)
		return -1;
	*is_end = links->count == 0;
	for (size_t i = 0; i < links->count && window_left(window) > 0; i++) {
		struct question question = {.contact = links->list[i]};

		if (ask_holder(service, window, arena, &next, &question, row->made, now))
			return -1;
		ask->sent = question.contact.id;
	}
	return 0;
}

/* Brings what this stream knows, and what is stored, together. */
static void settle(struct dormant_ask *ask, struct store_dormant *row)
{
	/* Another one; or there is less than was committed. */
	if (ask->account != row->account || ask->sent > row->made)
		*ask = (struct dormant_ask){row->account, row->done, row->done, row->done};
	if (ask->taken > row->done)
		row->done = ask->taken;
}

int dormant_ask_work(struct dormant_ask *ask, struct service *service, struct window *window,
	struct arena *arena, int64_t now, bool *more)
{
	struct store_dormant row;
	bool is_end = false;
	int result;

	*more = ask->sent > ask->taken; /* an answer to a ping is waited for */
	if (!window_is_open(window))
		return 0;
	*more = false;
	arena_reset(arena);
	switch (store_dormant_first(service->store, &row)) {
	case STORE_OK:
		break;
	case STORE_NONE:
		return 0;
	case STORE_ERROR:
		return -1;
	}
	*more = true;
	settle(ask, &row);
	for (int i = 0; i < BATCHES_A_TURN && !is_end && window_left(window) > 0; i++) {
		result = ask_batch(ask, service, window, arena, &row, now, &is_end);
		arena_reset(arena);
		if (result)
			return -1;
	}
	if (window_sent(window) == 0)
		ask->taken = ask->sent; /* nothing of it needs an answer */
	if (row.made < ask->sent)
		row.made = ask->sent;
	if (is_end && ask->taken == ask->sent)
		return store_dormant_remove(service->store, row.account) == STORE_OK ? 0 : -1;
	return store_dormant_put(service->store, &row) == STORE_OK ? 0 : -1;
}

/* ---- Answers ---- */

/* The matter's link, if that is still to be asked about. STORE_NONE: it isn't. */
static enum store_result look(struct request *request, const struct store_matter *matter,
	struct store_account *next, struct question *question)
{
	const struct rules *rules = &request->service->rules;
	struct arena *arena = request->arena;
	struct store_contact *contact = &question->contact;
	enum store_result result = store_account_by_id(rules->store, arena, matter->subject, next);

	if (result == STORE_OK)
		result = store_account_by_id(
			rules->store, arena, matter->account, &question->holder);
	if (result == STORE_OK)
		result = store_contact_get(
			rules->store, arena, matter->account, matter->target, contact);
	if (result != STORE_OK)
		return result;
	if (contact->id != matter->link)
		return STORE_NONE;
	question->card = vcard_from_xml_text(arena, contact->card, contact->card_len, NULL);
	switch (may_ask(rules, arena, next, question)) {
	case VERDICT_YES:
		return STORE_OK;
	case VERDICT_NO:
		return arena_failed(arena) ? STORE_ERROR : STORE_NONE;
	case VERDICT_ERROR:
		break;
	}
	return STORE_ERROR;
}

enum answer dormant_ask_describe(
	struct request *request, const struct store_matter *matter, const char **text)
{
	struct store_account next;
	struct question question;

	*text = NULL;
	switch (look(request, matter, &next, &question)) {
	case STORE_OK:
		*text = text_of(request->arena, &next, &question);
		return *text ? ANSWER_RESULT : ANSWER_INTERNAL_SERVER_ERROR;
	case STORE_NONE:
		return ANSWER_RESULT;
	case STORE_ERROR:
		break;
	}
	return ANSWER_INTERNAL_SERVER_ERROR;
}

static enum answer link_anew(struct request *request, const struct store_account *account,
	const struct store_matter *matter, const char **note)
{
	struct service *service = request->service;
	struct arena *arena = request->arena;
	struct store_contact contact;

	switch (dormant_confirm(
		&service->rules, arena, account, matter->target, request->now, &contact)) {
	case BOOK_OK:
		break;
	case BOOK_NONE:
	case BOOK_INVALID:
	case BOOK_FULL:
		return ANSWER_RESULT;
	case BOOK_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	*note = arena_printf(arena, "Your card of %s follows its changes again.", contact.item);
	service_book_changed(service, arena, account->jid, account->id,
		&(struct store_event){.version = contact.version,
			.at = contact.changed_at,
			.item = contact.item,
			.card = contact.card,
			.card_len = contact.card_len});
	return ANSWER_RESULT;
}

enum answer dormant_ask_decide(struct request *request, const struct store_account *account,
	const struct store_matter *matter, bool yes, const char **note)
{
	struct store_account next;
	struct question question;
	enum store_result result = look(request, matter, &next, &question);

	*note = "That is no longer open.";
	if (result == STORE_NONE)
		return ANSWER_RESULT;
	if (result == STORE_ERROR ||
		store_matter_remove(request->service->store, account->id, matter->id) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (yes)
		return link_anew(request, account, matter, note);
	*note = arena_printf(request->arena, "Your card of %s stays as it is.", matter->target);
	return ANSWER_RESULT;
}
