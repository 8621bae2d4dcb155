/* Numbers that an ordinary client's vCard has no more: see missing.h. */
#include "component/missing.h"

#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/phone.h"
#include "common/vcard.h"
#include "component/history.h"
#include "component/profile.h"
#include "component/say.h"
#include "component/update.h"

#define DAY_S 86400
#define MISSING_MAX HISTORY_CURRENT_MAX

struct noted {
	struct store_missing list[MISSING_MAX];
	size_t count;
};

static enum store_result read_noted(
	struct store *store, struct arena *arena, int64_t account, struct noted *noted)
{
	return store_missing_get(store, arena, account, noted->list, MISSING_MAX, &noted->count);
}

static const struct store_missing *find(const struct noted *noted, const char *identity)
{
	for (size_t i = 0; i < noted->count; i++)
		if (strcmp(noted->list[i].identity, identity) == 0)
			return &noted->list[i];
	return NULL;
}

/* ---- What is missing ---- */

enum store_result missing_note(const struct rules *rules, struct arena *arena, int64_t account,
	const struct missing_numbers *missing)
{
	struct noted before, after = {.count = 0};
	bool is_same;

	if (read_noted(rules->store, arena, account, &before) != STORE_OK)
		return STORE_ERROR;
	is_same = missing->count == before.count;
	for (size_t i = 0; i < missing->count && i < MISSING_MAX; i++) {
		const char *identity = missing->identities[i];
		const struct store_missing *known = find(&before, identity);

		is_same &= known != NULL;
		after.list[after.count++] =
			(struct store_missing){identity, known ? known->state : MISSING_NEW};
	}
	return is_same ? STORE_OK
		       : store_missing_put(rules->store, account, after.list, after.count);
}

enum store_result missing_settle(const struct rules *rules, struct arena *arena, int64_t account,
	const struct history *history)
{
	struct noted noted;
	size_t kept = 0;

	if (read_noted(rules->store, arena, account, &noted) != STORE_OK)
		return STORE_ERROR;
	if (noted.count == 0)
		return STORE_OK;
	for (size_t i = 0; i < noted.count; i++) {
		const struct number *number = history_find(history, noted.list[i].identity);

		if (number && number->state == NUMBER_CURRENT)
			noted.list[kept++] =
				(struct store_missing){number->identity, MISSING_STAYS};
	}
	return store_missing_put(rules->store, account, noted.list, kept);
}

/* ---- The question ---- */

/* What is to be asked: identities with blanks between, and words. */
struct question {
	const char *identities, *words;
	bool is_plural;
	bool has_new; /* of which he wasn't asked before */
};

static enum store_result make_question(const struct rules *rules, struct arena *arena,
	const struct store_account *account, const struct noted *noted, struct question *question)
{
	struct history history;
	struct buffer identities, words;
	size_t count = 0;

	if (store_history_get(rules->store, arena, account->id, &history) != STORE_OK)
		return STORE_ERROR;
	buffer_init(&identities, 0);
	buffer_init(&words, 0);
	question->has_new = false;
	for (size_t i = 0; i < noted->count; i++) {
		const struct store_missing *missing = &noted->list[i];
		const struct number *number = history_find(&history, missing->identity);

		if (missing->state == MISSING_STAYS || !number || number->state != NUMBER_CURRENT)
			continue;
		question->has_new |= missing->state == MISSING_NEW;
		buffer_printf(&identities, "%s%s", count > 0 ? " " : "", number->identity);
		buffer_printf(&words, "%s%s %s", count > 0 ? ", " : "",
			update_kind(number, rules_region(rules, account)), number->display);
		count++;
	}
	question->is_plural = count > 1;
	question->identities = arena_strdup(arena, buffer_string(&identities));
	question->words = arena_strdup(arena, buffer_string(&words));
	buffer_clear(&identities);
	buffer_clear(&words);
	return question->identities && question->words ? STORE_OK : STORE_ERROR;
}

static enum store_result mark(
	struct store *store, int64_t account, struct noted *noted, enum missing_state state)
{
	bool differs = false;

	for (size_t i = 0; i < noted->count; i++) {
		if (noted->list[i].state == MISSING_STAYS || noted->list[i].state == state)
			continue;
		noted->list[i].state = state;
		differs = true;
	}
	return differs ? store_missing_put(store, account, noted->list, noted->count) : STORE_OK;
}

static enum store_result send_question(struct service *service, struct arena *arena,
	const struct store_account *account, const struct question *question, int64_t now)
{
	struct store_matter matter = {.account = account->id,
		.kind = MATTER_MISSING,
		.token = service_random_id(arena),
		.subject = account->id,
		.target = question->identities,
		.what = question->words,
		.made_at = now,
		.expires_at = now + MATTER_DAYS * DAY_S};

	if (!matter.token || store_matter_add(service->store, &matter) != STORE_OK)
		return STORE_ERROR;
	service->send(service,
		say_question(arena, service->settings->jid, account->jid, service_random_id(arena),
			arena_printf(arena,
				question->is_plural
					? "Your vCard no longer has %s. Are these numbers given "
					  "up? "
					  "Answer \"yes\", and the address books of others mark "
					  "them "
					  "as no longer in use, or \"no\", and they stay in your "
					  "profile."
					: "Your vCard no longer has %s. Is that number given up? "
					  "Answer \"yes\", and the address books of others mark it "
					  "as no longer in use, or \"no\", and it stays in your "
					  "profile.",
				matter.what),
			matter.token, "Given up", "Keep"));
	return STORE_OK;
}

int missing_ask(struct service *service, struct arena *arena, const struct store_account *account,
	int64_t now)
{
	struct store *store = service->store;
	struct store_matter matter;
	struct question question;
	struct noted noted;
	enum store_result first, open;

	first = store_matter_of_kind(store, arena, account->id, MATTER_FIRST, now, &matter);
	open = store_matter_of_kind(store, arena, account->id, MATTER_MISSING, now, &matter);
	if (first == STORE_ERROR || open == STORE_ERROR ||
		read_noted(store, arena, account->id, &noted) != STORE_OK)
		return -1;
	if (open == STORE_NONE && (noted.count == 0 || first == STORE_OK))
		return 0;
	if (make_question(&service->rules, arena, account, &noted, &question) != STORE_OK)
		return -1;
	if (first == STORE_NONE) {
		/* The same again; or it was asked before, and not answered. */
		if (open == STORE_OK && strcmp(matter.target, question.identities) == 0)
			return 0;
		if (open == STORE_NONE && !question.has_new)
			return 0;
	}
	if (open == STORE_OK && store_matter_clear(store, account->id, MATTER_MISSING) != STORE_OK)
		return -1;
	if (mark(store, account->id, &noted, first == STORE_OK ? MISSING_NEW : MISSING_ASKED) !=
		STORE_OK)
		return -1;
	if (first == STORE_OK || !*question.identities)
		return 0;
	return send_question(service, arena, account, &question, now) == STORE_OK ? 0 : -1;
}

/* ---- The answers ---- */

/* Is identity one of those that the matter is about? */
static bool is_about(const struct store_matter *matter, const char *identity)
{
	size_t len = strlen(identity);

	for (const char *at = matter->target; at && *at; at += strspn(at, " ")) {
		size_t word = strcspn(at, " ");

		if (word == len && memcmp(at, identity, len) == 0)
			return true;
		at += word;
	}
	return false;
}

/* Takes the numbers out of card; how many TELs that were. */
static size_t take_out(struct vcard *card, const struct store_matter *matter, const char *region)
{
	size_t count = 0;

	for (struct vcard_property *tel = vcard_first(card, "TEL"), *next; tel; tel = next) {
		struct phone phone;

		next = vcard_next(tel, "TEL");
		vcard_tel(tel, region, &phone);
		if (!*phone.identity || !is_about(matter, phone.identity))
			continue;
		vcard_remove(card, tel);
		count++;
	}
	return count;
}

enum matter_result missing_retire(const struct rules *rules, struct arena *arena,
	const struct store_account *account, const struct store_matter *matter, int64_t now,
	const char **why)
{
	struct store_profile profile;
	struct vcard *card;
	bool has_any;

	*why = NULL;
	if (store_profile_get(rules->store, arena, account->id, &profile) != STORE_OK)
		return MATTER_ERROR;
	card = vcard_from_xml_text(arena, profile.card, profile.card_len, NULL);
	if (!card)
		return MATTER_ERROR;
	has_any = take_out(card, matter, rules_region(rules, account)) > 0;
	if (has_any) {
		switch (profile_publish(rules, arena, account, card, PROFILE_FROM_KITH, now, why)) {
		case PROFILE_OK:
			break;
		case PROFILE_LIMITED:
			return MATTER_NONE;
		case PROFILE_NONE:
		case PROFILE_INVALID:
		case PROFILE_ERROR:
			return MATTER_ERROR;
		}
		/* What its owner hid stays hidden. */
		if (profile.hidden && profile_retract(rules, arena, account, now) != PROFILE_OK)
			return MATTER_ERROR;
	}
	if (store_matter_remove(rules->store, account->id, matter->id) != STORE_OK)
		return MATTER_ERROR;
	return has_any ? MATTER_OK : MATTER_NONE;
}

enum matter_result missing_keep(const struct rules *rules, struct arena *arena,
	const struct store_account *account, const struct store_matter *matter)
{
	struct noted noted;

	if (store_matter_remove(rules->store, account->id, matter->id) != STORE_OK ||
		read_noted(rules->store, arena, account->id, &noted) != STORE_OK)
		return MATTER_ERROR;
	for (size_t i = 0; i < noted.count; i++)
		if (is_about(matter, noted.list[i].identity))
			noted.list[i].state = MISSING_STAYS;
	return store_missing_put(rules->store, account->id, noted.list, noted.count) == STORE_OK
		       ? MATTER_OK
		       : MATTER_ERROR;
}
