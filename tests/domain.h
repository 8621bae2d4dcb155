/* For tests of what happens on the store: a store in memory, accounts by a word, cards and profiles
 * as in numbers.h. Everything is one turn after the other. */
#ifndef KITH_TESTS_DOMAIN_H
#define KITH_TESTS_DOMAIN_H

#include <check.h>

#include "component/book.h"
#include "component/history.h"
#include "component/profile.h"
#include "component/rules.h"
#include "component/run.h"
#include "component/settings.h"
#include "component/store.h"
#include "component/update.h"
#include "tests/numbers.h"

struct domain {
	struct arena *arena;
	struct store *store;
	struct settings *settings;
	struct rules rules;
	int64_t now;
};

static inline void domain_open(struct domain *domain)
{
	char *why = NULL;
	domain->arena = arena_new(0);
	domain->settings = settings_new_for_test();
	domain->store = store_open(":memory:", STORE_OPEN_OWNER, &why);
	ck_assert_msg(domain->store, "%s", why ? why : "no reason");
	domain->rules = (struct rules){.store = domain->store, .settings = domain->settings};
	domain->now = 1700000000;
	ck_assert_int_eq(store_turn_begin(domain->store), STORE_OK);
}

static inline void domain_close(struct domain *domain)
{
	if (store_in_turn(domain->store))
		ck_assert_int_eq(store_turn_commit(domain->store), STORE_OK);
	store_close(domain->store);
	settings_free(domain->settings);
	arena_free(domain->arena);
}

/* "carol" is carol@example.org; what has an @ is a JID already. */
static inline const char *domain_jid(struct domain *domain, const char *name)
{
	if (strchr(name, '@'))
		return name;
	return arena_printf(domain->arena, "%s@example.org", name);
}

static inline struct store_account domain_account(struct domain *domain, const char *name)
{
	struct store_account account;
	ck_assert_int_eq(
		store_account_get(domain->store, domain->arena, domain_jid(domain, name), &account),
		STORE_OK);
	return account;
}

static inline void domain_profile(struct domain *domain, const char *name, const char *numbers)
{
	struct store_account account = domain_account(domain, name);
	const char *why = NULL;
	ck_assert_int_eq(
		profile_publish(&domain->rules, domain->arena, &account,
			numbers_card(domain->arena, numbers), PROFILE_FROM_KITH, domain->now, &why),
		PROFILE_OK);
}

/* Publishes owner's contact about `about`. Returns it as it was stored. */
static inline struct store_contact domain_contact(
	struct domain *domain, const char *owner, const char *about, const char *numbers)
{
	struct store_account account = domain_account(domain, owner);
	struct store_contact contact;
	const char *why = NULL;
	ck_assert_int_eq(
		book_publish(&domain->rules, domain->arena, &account, domain_jid(domain, about),
			numbers_card(domain->arena, numbers), domain->now, &contact, &why),
		BOOK_OK);
	return contact;
}

static inline bool domain_find(
	struct domain *domain, const char *owner, const char *about, struct store_contact *contact)
{
	struct store_account account = domain_account(domain, owner);
	return store_contact_get(domain->store, domain->arena, account.id,
		       domain_jid(domain, about), contact) == STORE_OK;
}

/* The numbers of owner's card of `about`; "none" if there is no such contact. */
static inline const char *domain_card(struct domain *domain, const char *owner, const char *about)
{
	struct store_contact contact;
	struct vcard *card;
	if (!domain_find(domain, owner, about, &contact))
		return "none";
	card = vcard_from_xml_text(domain->arena, contact.card, contact.card_len, NULL);
	ck_assert_ptr_nonnull(card);
	return numbers_of(domain->arena, card);
}

static inline void domain_set(
	struct domain *domain, const char *name, enum setting setting, int value)
{
	ck_assert_int_eq(
		store_setting_put(domain->store, domain_account(domain, name).id, setting, value),
		STORE_OK);
}

/* Makes name's list these names, blanks between. */
static inline void domain_list(
	struct domain *domain, const char *name, enum listed kind, const char *names)
{
	const char *jids[8];
	size_t count = 0;
	char *words = arena_strdup(domain->arena, names), *rest = NULL;
	for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		jids[count++] = domain_jid(domain, word);
	ck_assert_int_eq(
		store_listed_put(domain->store, domain_account(domain, name).id, kind, jids, count),
		STORE_OK);
}

/* Takes name's run as far as its cards go, in batches of `batch`; how many cards changed. */
static inline size_t domain_run(struct domain *domain, const char *name, size_t batch)
{
	struct store_account account = domain_account(domain, name);
	struct run_progress progress;
	size_t updated = 0;
	do {
		enum store_result result = run_step(&domain->rules, domain->arena, account.id,
			batch, domain->now, domain->now, &progress);
		if (result == STORE_NONE)
			break;
		ck_assert_int_eq(result, STORE_OK);
		updated += progress.updated;
	} while (!progress.cards_finished);
	return updated;
}

struct domain_pushes {
	struct domain *domain;
	const char *words; /* "holder: text" a line each, in brackets if quiet */
	int64_t last;
};

static inline int domain_push_row(void *context, const struct run_push *push)
{
	struct domain_pushes *pushes = context;
	struct arena *arena = pushes->domain->arena;
	ck_assert_int_gt(push->update, pushes->last);
	pushes->last = push->update;
	if (push->skip)
		return 0;
	pushes->words = arena_printf(arena, push->quiet ? "%s(%.*s: %s)\n" : "%s%.*s: %s\n",
		pushes->words, (int)strcspn(push->holder, "@"), push->holder, push->text);
	return 0;
}

/* The pushes due of name's run, in words, and the server has taken them. */
static inline const char *domain_push(struct domain *domain, const char *name)
{
	struct store_account account = domain_account(domain, name);
	struct domain_pushes pushes = {domain, "", 0};
	struct store_run run;
	if (store_run_get(domain->store, account.id, &run) != STORE_OK)
		return "";
	pushes.last = run.pushes_done;
	ck_assert_int_eq(run_pushes(&domain->rules, domain->arena, account.id, run.pushes_done,
				 1000, domain_push_row, &pushes),
		STORE_OK);
	ck_assert_int_eq(
		run_pushed(&domain->rules, domain->arena, account.id, pushes.last, domain->now),
		STORE_OK);
	return pushes.words;
}

#endif
