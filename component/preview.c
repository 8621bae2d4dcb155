/* Previews of changes; see preview.h. */
#include "component/preview.h"

#include <string.h>

#include "common/arena.h"
#include "common/vcard.h"
#include "component/history.h"
#include "component/rates.h"
#include "component/report.h"
#include "component/roster_push.h"
#include "component/run.h"
#include "component/stored_card.h"

#define STEP 16 /* links read at a time */

struct look {
	const struct rules *rules;
	const struct run_subject *subject;
	struct preview *preview;
	struct arena *scratch;
	int64_t now, last; /* link looked at last */
	size_t links, bytes;
	bool failed;
};

/* False: no more are looked at. */
static bool look_at(struct look *look, const struct store_link *of)
{
	const struct store_contact *contact = &of->contact;
	struct run_look link;

	if (look->links == PREVIEW_LINKS_MAX || look->bytes > PREVIEW_BYTES_MAX) {
		look->preview->is_more = true;
		return false;
	}
	look->links++;
	look->bytes += contact->card_len;
	look->last = contact->id;
	switch (run_look(look->rules, look->scratch, look->subject, contact, &of->holder, look->now,
		&link)) {
	case VERDICT_YES:
		if (link.what && link.proposed)
			look->preview->asked++;
		else if (link.what)
			look->preview->reached++;
		return true;
	case VERDICT_NO:
		return true;
	case VERDICT_ERROR:
		break;
	}
	look->failed = true;
	return false;
}

static enum store_result look_at_links(struct look *look)
{
	struct store_link links[STEP];
	size_t count;
	int64_t highest;

	if (store_link_highest(look->rules->store, &highest) != STORE_OK)
		return STORE_ERROR;
	do {
		arena_reset(look->scratch);
		if (store_link_read(look->rules->store, look->scratch, &look->subject->account,
			    look->last, highest, links, STEP, &count) == STORE_ERROR)
			return STORE_ERROR;
		for (size_t i = 0; i < count && look_at(look, &links[i]); i++)
			;
		if (look->failed)
			return STORE_ERROR;
	} while (count == STEP && !look->preview->is_more);
	return STORE_OK;
}

/* A first profile is offered to nobody. */
static enum store_result look_at_roster(struct look *look)
{
	int64_t others[PREVIEW_LINKS_MAX + 1];
	size_t left = PREVIEW_LINKS_MAX - look->links, count;
	struct store_holder holder;

	if (look->subject->version <= 1)
		return STORE_OK;
	if (store_roster_list(look->rules->store, look->subject->account.id, 0, others, left + 1,
		    &count) != STORE_OK)
		return STORE_ERROR;
	look->preview->is_more_offered = count > left;
	for (size_t i = 0; i < count && i < left; i++) {
		arena_reset(look->scratch);
		switch (roster_push_wants(
			look->rules, look->scratch, look->subject, others[i], look->now, &holder)) {
		case VERDICT_YES:
			look->preview->offered++;
			break;
		case VERDICT_NO:
			break;
		case VERDICT_ERROR:
			return STORE_ERROR;
		}
	}
	return STORE_OK;
}

enum profile_result preview_change(const struct rules *rules, struct arena *arena,
	const struct store_account *account, const struct vcard *card, int64_t now,
	struct preview *preview, const char **why)
{
	struct store_profile profile = {0};
	struct history before;
	struct history_change change;
	struct run_subject subject = {.account = *account, .shown = true};
	struct look look = {.rules = rules, .subject = &subject, .preview = preview, .now = now};
	enum store_result result;
	const char *text;
	size_t len;

	*preview = (struct preview){0};
	subject.circle = rules_audience_circle(rules, account->id);
	if (subject.circle < 0 ||
		store_profile_get(rules->store, arena, account->id, &profile) == STORE_ERROR ||
		store_history_get(rules->store, arena, account->id, &before) != STORE_OK)
		return PROFILE_ERROR;
	subject.version = profile.version + 1;
	history_compare(
		&change, arena, &before, card, rules_region(rules, account), subject.version);
	text = stored_card_write(arena, card, &len);
	if (!text || arena_failed(arena))
		return PROFILE_ERROR;
	*why = profile_fault(rules, arena, card, len, &change.after);
	if (*why)
		return PROFILE_INVALID;
	if (!change.changed)
		return PROFILE_OK;
	preview->what = change.what;
	preview->refused = rates_take(rules, arena, RATE_SEARCH, account->jid, 1, now);
	if (preview->refused)
		return PROFILE_OK;
	subject.history = change.after;
	look.scratch = arena_new(0);
	if (!look.scratch)
		return PROFILE_ERROR;
	result = look_at_links(&look);
	if (result == STORE_OK)
		result = look_at_roster(&look);
	arena_free(look.scratch);
	return result == STORE_OK ? PROFILE_OK : PROFILE_ERROR;
}

static const char *reach(struct arena *arena, const struct preview *preview)
{
	const char *others[] = {
		report_count(arena, (int64_t)preview->asked, preview->is_more, " are asked first"),
		report_count(arena, (int64_t)preview->offered, preview->is_more_offered,
			" are offered your card")};
	const char *text = "", *between = "";

	if (preview->reached + preview->asked + preview->offered < REPORT_FEW)
		return preview->is_more || preview->is_more_offered
			       ? "goes to " REPORT_FEW_AT_MOST
				 " of those who were looked at; there are others"
			       : "goes to " REPORT_FEW_AT_MOST;
	if (preview->reached > 0) {
		text = arena_printf(arena, "goes to %s%s",
			preview->reached >= REPORT_FEW && !preview->is_more ? "about " : "",
			report_count(arena, (int64_t)preview->reached, preview->is_more,
				" address books"));
		between = "; ";
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		if (!*others[i])
			continue;
		text = arena_printf(arena, "%s%s%s", text, between, others[i]);
		between = ", ";
	}
	return text;
}

const char *preview_text(struct arena *arena, const struct preview *preview)
{
	if (!preview->what)
		return "No number changes.";
	if (preview->refused)
		return arena_printf(arena, "%s: whom that reaches was not looked at. %s",
			preview->what, preview->refused);
	return arena_printf(arena, "%s: %s.", preview->what, reach(arena, preview));
}
