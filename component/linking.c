/* Proposals of links: see linking.h. */
#include "component/linking.h"

#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/phone.h"
#include "common/vcard.h"
#include "component/book.h"
#include "component/directory.h"
#include "component/linking_sweep.h"
#include "component/matter.h"
#include "component/profile.h"
#include "component/rates.h"
#include "component/say.h"

#define DAY_S 86400

/* ---- What a card is found by ---- */

struct terms {
	struct store_terms list[LINKING_TERMS_MAX];
	const char *shown[LINKING_TERMS_MAX]; /* as it is in the card, for its holder */
	size_t count;
	bool is_over; /* the card has more */
};

static bool is_same(const struct store_terms *a, const struct store_terms *b)
{
	if (a->identity && b->identity)
		return strcmp(a->identity, b->identity) == 0;
	return a->email && b->email && strcasecmp(a->email, b->email) == 0;
}

static void add_term(struct terms *terms, const struct store_terms *term, const char *shown)
{
	for (size_t i = 0; i < terms->count; i++)
		if (is_same(&terms->list[i], term))
			return;
	terms->is_over |= terms->count == LINKING_TERMS_MAX;
	if (terms->is_over)
		return;
	terms->list[terms->count] = *term;
	terms->shown[terms->count++] = shown;
}

static void read_terms(
	struct terms *terms, struct arena *arena, const struct vcard *card, const char *region)
{
	terms->count = 0;
	terms->is_over = false;
	for (struct vcard_property *p = vcard_first(card, "TEL"); p && !terms->is_over;
		p = vcard_next(p, "TEL")) {
		struct store_terms term = {.name = NULL};
		struct phone phone;

		vcard_tel(p, region, &phone);
		if (*phone.identity != '+')
			continue;
		term.identity = arena_strdup(arena, phone.identity);
		add_term(terms, &term, say_name(arena, phone.display));
	}
	for (struct vcard_property *p = vcard_first(card, "EMAIL"); p && !terms->is_over;
		p = vcard_next(p, "EMAIL")) {
		struct store_terms term = {.email = vcard_text(p)};

		if (strchr(term.email, '@'))
			add_term(terms, &term, say_name(arena, term.email));
	}
}

/* ---- Whose it is ---- */

struct finder {
	const struct rules *rules;
	struct arena *arena;
	const struct store_account *holder;
	struct store_account found;
	size_t count; /* of different ones, up to two */
};

/* As directory_row: who is findable, and whose profile can be read. */
static int keep(void *context, struct arena *scratch, const struct store_account *owner)
{
	struct finder *finder = context;
	struct store_profile profile;

	if (finder->count > 0 && finder->found.id == owner->id)
		return 0;
	switch (profile_read(finder->rules, scratch, owner, finder->holder, &profile)) {
	case PROFILE_OK:
		break;
	case PROFILE_NONE:
		return 0;
	case PROFILE_INVALID:
	case PROFILE_LIMITED:
	case PROFILE_ERROR:
		return -1;
	}
	finder->found = *owner;
	finder->found.jid = arena_strdup(finder->arena, owner->jid);
	return ++finder->count > 1;
}

/* The one account that has any of the terms; the holder himself is none. STORE_NONE: there is none,
 * or there are several. */
static enum store_result find(const struct rules *rules, struct arena *arena,
	const struct store_account *holder, const struct terms *terms, struct store_account *found)
{
	struct finder finder = {.rules = rules, .arena = arena, .holder = holder};

	for (size_t i = 0; i < terms->count && finder.count < 2; i++)
		if (directory_search(rules, holder, &terms->list[i], keep, &finder))
			return STORE_ERROR;
	if (arena_failed(arena))
		return STORE_ERROR;
	*found = finder.found;
	return finder.count == 1 && found->id != holder->id ? STORE_OK : STORE_NONE;
}

/* ---- What the rules say ---- */

/* Would the card follow, and may the holder find and read the subject? *profile: his. */
static enum verdict is_admitted(const struct rules *rules, struct arena *arena,
	const struct store_account *holder, const struct store_account *subject,
	struct store_profile *profile)
{
	bool proposed; /* or done at once: it follows */
	enum verdict verdict = rules_wants(rules, holder->id, subject->jid, &proposed);

	if (verdict == VERDICT_YES)
		verdict = rules_findable(rules, arena, subject, holder);
	if (verdict != VERDICT_YES)
		return verdict;
	switch (profile_read(rules, arena, subject, holder, profile)) {
	case PROFILE_OK:
		return VERDICT_YES;
	case PROFILE_NONE:
		return VERDICT_NO;
	case PROFILE_INVALID:
	case PROFILE_LIMITED:
	case PROFILE_ERROR:
		break;
	}
	return VERDICT_ERROR;
}

/* ---- Making one ---- */

static int count_one(void *context, const struct store_matter *matter)
{
	size_t *count = context;

	(void)matter;
	++*count;
	return 0;
}

static enum linking_result propose(const struct rules *rules, struct arena *arena,
	const struct store_account *holder, const struct store_contact *contact,
	const struct store_account *subject, int64_t now)
{
	struct store *store = rules->store;
	struct store_matter other, matter = {.account = holder->id,
					   .kind = MATTER_LINK,
					   .token = service_random_id(arena),
					   .subject = subject->id,
					   .target = contact->item,
					   .link = contact->id,
					   .what = "",
					   .made_at = now,
					   .expires_at = now + MATTER_DAYS * DAY_S};
	enum store_result about =
		store_matter_about(store, arena, holder->id, MATTER_LINK, subject->id, now, &other);
	size_t open = 0;
	int64_t count;
	bool is_there;

	if (!matter.token || about == STORE_ERROR ||
		store_matter_count(store, &matter, now, &count, &is_there) != STORE_OK ||
		store_matter_list_kind(store, arena, holder->id, MATTER_LINK, now, LINKING_OPEN_MAX,
			count_one, &open) != STORE_OK)
		return LINKING_ERROR;
	if (about == STORE_OK || is_there)
		return LINKING_NOTHING;
	if (open == LINKING_OPEN_MAX)
		return LINKING_FULL;
	return store_matter_add(store, &matter) == STORE_OK ? LINKING_PROPOSED : LINKING_ERROR;
}

/* What the contact's open proposal is worth, now that it is (subject) or isn't (NULL) found to be
 * somebody: *is_open: just that is proposed. */
static enum store_result settle_open(const struct rules *rules, struct arena *arena,
	const struct store_contact *contact, const struct store_account *subject, int64_t now,
	bool *is_open)
{
	struct store_matter old;
	enum store_result result =
		store_matter_of_link(rules->store, arena, contact->id, now, &old);

	*is_open = result == STORE_OK && subject && old.subject == subject->id;
	if (result != STORE_OK || *is_open)
		return result == STORE_ERROR ? STORE_ERROR : STORE_OK;
	return store_matter_remove(rules->store, old.account, old.id);
}

enum linking_result linking_consider(const struct rules *rules, struct arena *arena,
	const struct store_account *holder, const struct store_contact *contact, int64_t now)
{
	struct vcard *card = vcard_from_xml_text(arena, contact->card, contact->card_len, NULL);
	enum store_result found = STORE_NONE;
	enum verdict verdict = VERDICT_NO;
	struct store_account subject;
	struct store_contact in_book;
	struct store_profile profile;
	struct terms terms = {.count = 0};
	bool is_open;

	if (card)
		read_terms(&terms, arena, card, rules_region(rules, holder));
	if (terms.count > 0 && !terms.is_over) {
		switch (rates_take_spare(
			rules, RATE_SEARCH, holder->jid, (unsigned)terms.count, now)) {
		case RATES_TAKEN:
			break;
		case RATES_LOW:
			return LINKING_LOW;
		case RATES_LOW_IN_ALL:
			return LINKING_LOW_IN_ALL;
		}
		found = find(rules, arena, holder, &terms, &subject);
	}
	if (found == STORE_OK)
		verdict = is_admitted(rules, arena, holder, &subject, &profile);
	if (found == STORE_ERROR || verdict == VERDICT_ERROR || arena_failed(arena) ||
		settle_open(rules, arena, contact, verdict == VERDICT_YES ? &subject : NULL, now,
			&is_open) != STORE_OK)
		return LINKING_ERROR;
	if (verdict == VERDICT_NO || is_open)
		return LINKING_NOTHING;
	switch (book_find(rules, arena, holder->id, &subject, &in_book)) {
	case STORE_NONE:
		return propose(rules, arena, holder, contact, &subject, now);
	case STORE_OK:
		return LINKING_NOTHING;
	case STORE_ERROR:
		break;
	}
	return LINKING_ERROR;
}

/* ---- What it comes to ---- */

struct proposal {
	struct store_account holder, subject;
	struct store_contact contact;
	const char *name;  /* of the contact, */
	const char *other; /* and of the account, as each card has it */
	const char *by;	   /* what they have in common; NULL: nothing */
};

/* The first that the subject has of what the card is found by. */
static enum store_result find_common(const struct rules *rules, struct arena *arena,
	const struct vcard *card, struct proposal *proposal)
{
	struct terms terms;

	read_terms(&terms, arena, card, rules_region(rules, &proposal->holder));
	for (size_t i = 0; i < terms.count && !proposal->by; i++) {
		bool yes;

		if (store_profile_has(rules->store, proposal->subject.id, &terms.list[i], &yes) !=
			STORE_OK)
			return STORE_ERROR;
		if (yes)
			proposal->by = terms.shown[i];
	}
	return proposal->by ? STORE_OK : STORE_NONE;
}

static enum store_result read_both(const struct rules *rules, struct arena *arena,
	const struct store_matter *matter, struct proposal *proposal)
{
	enum store_result result =
		store_account_by_id(rules->store, arena, matter->account, &proposal->holder);

	if (result == STORE_OK)
		result = store_account_by_id(
			rules->store, arena, matter->subject, &proposal->subject);
	if (result == STORE_OK)
		result = store_contact_get(
			rules->store, arena, matter->account, matter->target, &proposal->contact);
	if (result == STORE_OK &&
		(proposal->contact.id != matter->link || proposal->contact.subject != 0))
		return STORE_NONE;
	return result;
}

/* By the rules in force. STORE_NONE: nothing is left of it. */
static enum store_result look(const struct rules *rules, struct arena *arena,
	const struct store_matter *matter, struct proposal *proposal)
{
	struct store_profile profile;
	struct store_contact in_book;
	struct vcard *card, *theirs;
	enum verdict verdict;
	enum store_result result;

	*proposal = (struct proposal){.by = NULL};
	result = read_both(rules, arena, matter, proposal);
	if (result != STORE_OK)
		return result;
	result = book_find(rules, arena, proposal->holder.id, &proposal->subject, &in_book);
	if (result != STORE_NONE)
		return result == STORE_OK ? STORE_NONE : STORE_ERROR;
	verdict = is_admitted(rules, arena, &proposal->holder, &proposal->subject, &profile);
	if (verdict != VERDICT_YES)
		return verdict == VERDICT_NO ? STORE_NONE : STORE_ERROR;
	card = vcard_from_xml_text(arena, proposal->contact.card, proposal->contact.card_len, NULL);
	theirs = vcard_from_xml_text(arena, profile.card, profile.card_len, NULL);
	if (!card || !theirs)
		return arena_failed(arena) ? STORE_ERROR : STORE_NONE;
	result = find_common(rules, arena, card, proposal);
	proposal->name = say_name(arena, vcard_name(card));
	proposal->other = say_name(arena, vcard_name(theirs));
	return arena_failed(arena) ? STORE_ERROR : result;
}

int linking_text(const struct rules *rules, struct arena *arena, const struct store_matter *matter,
	const char **text)
{
	struct proposal proposal;

	*text = NULL;
	switch (look(rules, arena, matter, &proposal)) {
	case STORE_OK:
		break;
	case STORE_NONE:
		return 0;
	case STORE_ERROR:
		return -1;
	}
	*text = arena_printf(arena,
		"Your contact \"%s\" seems to be %s (%s) on this service, by %s: link?",
		proposal.name, proposal.subject.jid, proposal.other, proposal.by);
	return *text ? 0 : -1;
}

/* ---- Words ---- */

struct xml *linking_message(struct arena *arena, const char *service, const char *to,
	const char *id, const char *text, const char *token)
{
	return say_question(arena, service, to, id,
		arena_printf(arena,
			"%s Answer \"yes\", and your card follows the changes of that account, or "
			"\"no\".",
			text),
		token, "Link", "Somebody else");
}

struct xml *linking_summary(
	struct arena *arena, const char *service, const char *to, const char *id, size_t count)
{
	return say_new(arena, service, to, id,
		arena_printf(arena,
			"%zu of your contacts seem to have accounts on this service. Which, and "
			"whether they are to be linked: %s",
			count, say_link(arena, service, NULL)));
}

enum answer linking_describe(
	struct request *request, const struct store_matter *matter, const char **text)
{
	return linking_text(&request->service->rules, request->arena, matter, text) == 0
		       ? ANSWER_RESULT
		       : ANSWER_INTERNAL_SERVER_ERROR;
}

/* ---- The answer ---- */

static enum answer link_now(struct request *request, const struct store_account *account,
	const struct proposal *proposal, const char **note)
{
	struct service *service = request->service;
	struct store_contact contact;

	switch (book_link(&service->rules, request->arena, account, proposal->contact.item,
		&proposal->subject, request->now, &contact)) {
	case BOOK_OK:
		break;
	case BOOK_NONE:
	case BOOK_INVALID:
	case BOOK_FULL:
		return ANSWER_RESULT;
	case BOOK_ERROR:
		return ANSWER_INTERNAL_SERVER_ERROR;
	}
	service_book_changed(service, request->arena, account->jid, account->id,
		&(struct store_event){.version = contact.version,
			.at = contact.changed_at,
			.item = contact.item,
			.card = contact.card,
			.card_len = contact.card_len});
	*note = arena_printf(request->arena,
		"Your contact \"%s\" is linked to %s: your card follows its changes.",
		proposal->name, proposal->subject.jid);
	return ANSWER_RESULT;
}

enum answer linking_decide(struct request *request, const struct store_account *account,
	const struct store_matter *matter, bool yes, const char **note)
{
	const struct rules *rules = &request->service->rules;
	struct proposal proposal;
	enum store_result result = look(rules, request->arena, matter, &proposal);
	bool is_open = result == STORE_OK;

	*note = "That is no longer open.";
	if (result == STORE_ERROR)
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (is_open && !yes)
		result = store_matter_decline_long(rules->store, matter,
			request->now + (int64_t)LINKING_DECLINED_DAYS * DAY_S,
			LINKING_DECLINED_MAX);
	else
		result = store_matter_remove(rules->store, account->id, matter->id);
	/* There is room for another. */
	if (result == STORE_ERROR ||
		linking_sweep_due(rules, account->id, request->now) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (is_open && yes)
		return link_now(request, account, &proposal, note);
	if (is_open)
		*note = arena_printf(
			request->arena, "Your contact \"%s\" stays as it is.", proposal.name);
	return ANSWER_RESULT;
}
