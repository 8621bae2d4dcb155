/* Previews of changes; see preview.h. */
#include "component/preview.h"

#include <string.h>

#include "common/arena.h"
#include "common/vcard.h"
#include "component/history.h"
#include "component/report.h"
#include "component/run.h"
#include "component/stored_card.h"

#define STEP 16 /* links read at a time */

struct look {
	const struct rules *rules;
	const struct run_subject *subject;
	struct preview *preview;
	struct arena *scratch;
	int64_t now, last; /* link looked at last */
	size_t links, bytes, step;
	bool failed;
};

static int look_at(void *context, const struct store_contact *contact)
{
	struct look *look = context;
	struct run_look link;

	if (look->links == PREVIEW_LINKS_MAX || look->bytes > PREVIEW_BYTES_MAX) {
		look->preview->is_more = true;
		return 1;
	}
	look->links++;
	look->step++;
	look->bytes += contact->card_len;
	look->last = contact->id;
	switch (run_look(look->rules, look->scratch, look->subject, contact, look->now, &link)) {
	case VERDICT_YES:
		if (link.what && link.proposed)
			look->preview->asked++;
		else if (link.what)
			look->preview->reached++;
		return 0;
	case VERDICT_NO:
		return 0;
	case VERDICT_ERROR:
		break;
	}
	look->failed = true;
	return 1;
}

static enum store_result look_at_links(struct look *look)
{
	int64_t highest;

	if (store_link_highest(look->rules->store, &highest) != STORE_OK)
		return STORE_ERROR;
	do {
		arena_reset(look->scratch);
		look->step = 0;
		if (store_link_list(look->rules->store, look->scratch, look->subject->account.id,
			    look->last, highest, STEP, look_at, look) == STORE_ERROR ||
			look->failed)
			return STORE_ERROR;
	} while (look->step == STEP && !look->preview->is_more);
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
	if (store_profile_get(rules->store, arena, account->id, &profile) == STORE_ERROR ||
		store_history_get(rules->store, arena, account->id, &before) != STORE_OK)
		return PROFILE_ERROR;
	subject.version = profile.version + 1;
	history_compare(&change, arena, &before, card, rules->settings->region, subject.version);
	text = stored_card_write(arena, card, &len);
	if (!text || arena_failed(arena))
		return PROFILE_ERROR;
	*why = profile_fault(rules, arena, card, len, &change.after);
	if (*why)
		return PROFILE_INVALID;
	if (!change.changed)
		return PROFILE_OK;
	preview->what = change.what;
	subject.history = change.after;
	look.scratch = arena_new(0);
	if (!look.scratch)
		return PROFILE_ERROR;
	result = look_at_links(&look);
	arena_free(look.scratch);
	return result == STORE_OK ? PROFILE_OK : PROFILE_ERROR;
}

static const char *reach(struct arena *arena, const struct preview *preview)
{
	bool is_more = preview->is_more;
	size_t reached = preview->reached, asked = preview->asked;
	const char *others = report_count(arena, (int64_t)asked, is_more, " are asked first");

	if (reached + asked == 0)
		return is_more ? "goes to nobody of those who were looked at; there are others"
			       : "goes to nobody";
	if (reached == 0)
		return others;
	return arena_printf(arena, "goes to %s%s%s%s",
		reached >= REPORT_FEW && !is_more ? "about " : "",
		report_count(arena, (int64_t)reached, is_more, " address books"),
		asked > 0 ? "; " : "", others);
}

const char *preview_text(struct arena *arena, const struct preview *preview)
{
	if (!preview->what)
		return "No number changes.";
	return arena_printf(arena, "%s: %s.", preview->what, reach(arena, preview));
}
