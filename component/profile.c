/* An account's own profile (design: sections 3 and 4). */
#include "component/profile.h"

#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/vcard.h"
#include "component/dormant_ask.h"
#include "component/first.h"
#include "component/held.h"
#include "component/history.h"
#include "component/missing.h"
#include "component/profile_merge.h"
#include "component/rates.h"
#include "component/report.h"
#include "component/roster_push.h"
#include "component/run.h"
#include "component/stored_card.h"

static void add_words(struct buffer *out, const char *text)
{
	if (out->len > 0 && *text)
		buffer_putc(out, ' ');
	buffer_puts(out, text);
}

/* What people search an account by: FN, N and NICKNAME. */
static const char *search_name(struct arena *arena, const struct vcard *card)
{
	static const char *const names[] = {"FN", "N", "NICKNAME"};
	struct buffer out;
	const char *name;

	buffer_init(&out, 0);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		for (struct vcard_property *p = vcard_first(card, names[i]); p;
			p = vcard_next(p, names[i]))
			for (struct vcard_component *c = p->components; c; c = c->next)
				for (struct vcard_text *text = c->values; text; text = text->next)
					add_words(&out, text->text);
	name = arena_strdup(arena, buffer_string(&out));
	buffer_clear(&out);
	return name;
}

static const char *const *search_emails(struct arena *arena, const struct vcard *card)
{
	size_t count = 0;
	const char **list;

	for (struct vcard_property *p = vcard_first(card, "EMAIL"); p; p = vcard_next(p, "EMAIL"))
		count++;
	list = arena_alloc(arena, (count + 1) * sizeof *list);
	count = 0;
	for (struct vcard_property *p = vcard_first(card, "EMAIL"); p && list;
		p = vcard_next(p, "EMAIL"))
		list[count++] = vcard_text(p);
	return list;
}

static const char *const *search_numbers(struct arena *arena, const struct history *history)
{
	const char **list = arena_alloc(arena, (history->count + 1) * sizeof *list);
	size_t count = 0;

	for (size_t i = 0; list && i < history->count; i++)
		if (history->numbers[i].state == NUMBER_CURRENT)
			list[count++] = history->numbers[i].identity;
	return list;
}

enum store_result profile_is_found_rightly(const struct rules *rules, struct arena *arena,
	const struct store_profile *profile, const struct vcard *card,
	const struct history *history, bool *right)
{
	if (profile->hidden)
		return store_term_check(rules->store, profile->account, NULL, NULL, NULL, right);
	return store_term_check(rules->store, profile->account, search_name(arena, card),
		search_emails(arena, card), search_numbers(arena, history), right);
}

const char *profile_fault(const struct rules *rules, struct arena *arena, const struct vcard *card,
	size_t len, const struct history *history)
{
	size_t current = 0;
	const char *fault = stored_card_fault(card);

	for (size_t i = 0; i < history->count; i++)
		current += history->numbers[i].state == NUMBER_CURRENT;
	if (!fault && len > rules->settings->limits.card_bytes)
		fault = arena_printf(arena, "a vCard may have at most %u bytes",
			rules->settings->limits.card_bytes);
	if (!fault && current > HISTORY_CURRENT_MAX)
		fault = arena_printf(arena, "a profile may have at most %d telephone numbers",
			HISTORY_CURRENT_MAX);
	return fault;
}

/* Writes what a change of the numbers, or of their kinds, comes to. */
static enum store_result put_history(const struct rules *rules, const struct store_account *account,
	const struct history_change *change, int64_t version, int64_t now)
{
	enum store_result result = STORE_OK;

	if (change->changed || change->refreshed)
		result = store_history_put(rules->store, account->id, &change->after);
	if (result == STORE_OK && change->changed)
		result = store_change_add(rules->store, account->id, version, now, change->what);
	return result;
}

/* Notes what an ordinary client lacks, or that the owner has said it all. */
static enum store_result note_missing(const struct rules *rules, struct arena *arena,
	int64_t account, enum profile_source source, const struct missing_numbers *missing,
	const struct history *history)
{
	return source == PROFILE_FROM_KITH ? missing_settle(rules, arena, account, history)
					   : missing_note(rules, arena, account, missing);
}

/* Starts the run of what was stored, and has it wait where it is to. Where a profile comes out of
 * hiding, some may not have got what was new before it hid. */
static enum store_result start_run(const struct rules *rules, struct arena *arena,
	const struct store_account *account, const struct history_change *change, int64_t version,
	int64_t now, bool was_hidden, int hold, bool asks)
{
	/* A first profile is no change, and is neither reported nor offered. */
	if (change->changed && version > 1 &&
		report_begin(rules->store, account->id, version, now) != STORE_OK)
		return STORE_ERROR;
	if ((change->changed || was_hidden) &&
		run_start(rules, arena, account->id, version, now) != STORE_OK)
		return STORE_ERROR;
	if (!change->changed)
		return STORE_OK;
	if (version > 1 && roster_push_start(rules, account->id, version) != STORE_OK)
		return STORE_ERROR;
	if (held_begin(rules, arena, account, change->what, now, hold) != STORE_OK)
		return STORE_ERROR;
	return asks ? first_hold(rules, account->id, now) : STORE_OK;
}

static enum profile_result publish(const struct rules *rules, struct arena *arena,
	const struct store_account *account, const struct vcard *card, enum profile_source source,
	int64_t now, bool takes_back, const char **why)
{
	int hold = takes_back ? 0 : rules_setting(rules, account->id, SETTING_HOLD);
	struct store_profile profile = {0};
	struct history before;
	struct history_change change;
	struct missing_numbers missing = {.count = 0};
	enum verdict asks = first_asks(rules, account, source);
	enum store_result result;
	const char *text, *fault;
	size_t len;
	bool was_hidden;

	if (hold < 0 || asks == VERDICT_ERROR ||
		store_profile_get(rules->store, arena, account->id, &profile) == STORE_ERROR ||
		store_history_get(rules->store, arena, account->id, &before) != STORE_OK)
		return PROFILE_ERROR;
	if (source != PROFILE_FROM_KITH) {
		const struct vcard *stored = NULL;

		if (profile.version > 0)
			stored = vcard_from_xml_text(arena, profile.card, profile.card_len, NULL);
		card = profile_merge(arena, stored, card, source, &before,
			rules_region(rules, account), account->jid, &missing);
		if (!card) {
			*why = "the vCard has too much in it";
			return arena_failed(arena) ? PROFILE_ERROR : PROFILE_INVALID;
		}
	}
	history_compare(
		&change, arena, &before, card, rules_region(rules, account), profile.version + 1);
	text = stored_card_write(arena, card, &len);
	if (!text || arena_failed(arena))
		return PROFILE_ERROR;
	fault = profile_fault(rules, arena, card, len, &change.after);
	if (fault) {
		*why = fault;
		return PROFILE_INVALID;
	}

	if (asks == VERDICT_YES || profile.version == 0)
		hold = 0;
	if (change.changed && !takes_back) {
		if (rates_take_change(rules, arena, account, now, why) != STORE_OK)
			return PROFILE_ERROR;
		if (*why)
			return PROFILE_LIMITED;
	}
	if (change.changed && held_keep(rules, account, now, hold) != STORE_OK)
		return PROFILE_ERROR;
	if (profile.version == 0 && dormant_ask_begin(rules, account) != STORE_OK)
		return PROFILE_ERROR;
	was_hidden = profile.hidden;
	profile.account = account->id;
	if (change.changed || profile.version == 0)
		profile.version++;
	profile.changed_at = now;
	profile.hidden = false;
	profile.card = text;
	profile.card_len = len;
	result = account->opened_at == 0 ? store_account_open(rules->store, account->id, now)
					 : STORE_OK;
	if (result == STORE_OK)
		result = store_profile_put(rules->store, &profile, search_name(arena, card),
			search_emails(arena, card), search_numbers(arena, &change.after));
	if (result == STORE_OK)
		result = put_history(rules, account, &change, profile.version, now);
	if (result == STORE_OK)
		result = start_run(rules, arena, account, &change, profile.version, now, was_hidden,
			hold, asks == VERDICT_YES);
	if (result == STORE_OK)
		result = note_missing(rules, arena, account->id, source, &missing, &change.after);
	return result == STORE_OK && !arena_failed(arena) ? PROFILE_OK : PROFILE_ERROR;
}

enum profile_result profile_publish(const struct rules *rules, struct arena *arena,
	const struct store_account *account, const struct vcard *card, enum profile_source source,
	int64_t now, const char **why)
{
	return publish(rules, arena, account, card, source, now, false, why);
}

enum profile_result profile_publish_at_once(const struct rules *rules, struct arena *arena,
	const struct store_account *account, const struct vcard *card, int64_t now,
	const char **why)
{
	return publish(rules, arena, account, card, PROFILE_FROM_KITH, now, true, why);
}

enum profile_result profile_restore(const struct rules *rules, struct arena *arena,
	const struct store_profile *profile, const struct history *history,
	const struct vcard *card)
{
	if (store_profile_put(rules->store, profile, search_name(arena, card),
		    search_emails(arena, card), search_numbers(arena, history)) != STORE_OK ||
		store_history_put(rules->store, profile->account, history) != STORE_OK)
		return PROFILE_ERROR;
	return PROFILE_OK;
}

enum profile_result profile_retract(const struct rules *rules, struct arena *arena,
	const struct store_account *account, int64_t now)
{
	struct store_profile profile;
	struct history history;
	struct vcard *card;

	switch (store_profile_get(rules->store, arena, account->id, &profile)) {
	case STORE_OK:
		break;
	case STORE_NONE:
		return PROFILE_NONE;
	case STORE_ERROR:
		return PROFILE_ERROR;
	}
	if (profile.hidden)
		return PROFILE_NONE;
	card = vcard_from_xml_text(arena, profile.card, profile.card_len, NULL);
	if (!card || store_history_get(rules->store, arena, account->id, &history) != STORE_OK)
		return PROFILE_ERROR;
	profile.hidden = true;
	profile.changed_at = now;
	if (store_profile_put(rules->store, &profile, search_name(arena, card),
		    search_emails(arena, card), search_numbers(arena, &history)) != STORE_OK)
		return PROFILE_ERROR;
	return arena_failed(arena) ? PROFILE_ERROR : PROFILE_OK;
}

enum profile_result profile_rules_changed(
	const struct rules *rules, struct arena *arena, int64_t account, int64_t now)
{
	struct store_profile profile;

	switch (store_profile_get(rules->store, arena, account, &profile)) {
	case STORE_OK:
		if (run_start(rules, arena, account, profile.version, now) != STORE_OK)
			return PROFILE_ERROR;
		return PROFILE_OK;
	case STORE_NONE:
		return PROFILE_NONE;
	case STORE_ERROR:
		break;
	}
	return PROFILE_ERROR;
}

enum profile_result profile_read(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const struct store_account *reader,
	struct store_profile *profile)
{
	switch (rules_reads(rules, arena, owner, reader, profile)) {
	case VERDICT_YES:
		return PROFILE_OK;
	case VERDICT_NO:
		return PROFILE_NONE;
	case VERDICT_ERROR:
		break;
	}
	return PROFILE_ERROR;
}
