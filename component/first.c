/* Asking before the first change goes to others: see first.h. */
#include "component/first.h"

#include "common/arena.h"
#include "component/report.h"
#include "component/run.h"
#include "component/say.h"

#define DAY_S 86400

/* True (*yes) if account's run waits for an answer at `now`. */
static enum store_result waits(
	struct store *store, int64_t account, int64_t now, struct store_run *run, bool *yes)
{
	enum store_result result = store_run_get(store, account, run);

	*yes = result == STORE_OK && run->asked && run->starts_at > now;
	return result == STORE_ERROR ? STORE_ERROR : STORE_OK;
}

enum verdict first_asks(
	const struct rules *rules, const struct store_account *account, enum profile_source source)
{
	struct store_run run;
	bool is_asked;

	if (source == PROFILE_FROM_KITH)
		return VERDICT_NO;
	if (waits(rules->store, account->id, 0, &run, &is_asked) == STORE_ERROR)
		return VERDICT_ERROR;
	return rules_asks_first(rules, account, is_asked);
}

enum store_result first_hold(const struct rules *rules, int64_t account, int64_t now)
{
	return run_hold(rules, account, now + MATTER_DAYS * DAY_S, true) == STORE_ERROR
		       ? STORE_ERROR
		       : STORE_OK;
}

/* ---- The question ---- */

static void keep_what(void *context, const struct store_change *change)
{
	const char **what = context;

	*what = change->what;
}

/* To whom it would go, as a question. */
static const char *whom(struct arena *arena, const struct store_run *run, int64_t links)
{
	return arena_printf(arena, "Your card is in %s here: are those to follow?%s",
		links < REPORT_FEW ? REPORT_FEW_AT_MOST
				   : report_count(arena, links, false, " address books"),
		run->offers ? " The others in your contact list are offered it then." : "");
}

static enum store_result send_question(struct service *service, struct arena *arena,
	const struct store_account *account, const struct store_matter *matter,
	const struct store_run *run)
{
	int64_t links;

	if (store_link_count(service->store, account->id, &links) != STORE_OK)
		return STORE_ERROR;
	service->send(service,
		say_question(arena, service->settings->jid, account->jid, service_random_id(arena),
			arena_printf(arena,
				"Your numbers changed: %s. %s Answer \"yes\" or \"no\"; without an "
				"answer all stays as it is.",
				matter->what, whom(arena, run, links)),
			matter->token, "Let it go to them", "Don't"));
	return STORE_OK;
}

static enum store_result add_question(struct service *service, struct arena *arena,
	const struct store_account *account, const struct store_run *run, int64_t now)
{
	struct store_matter matter = {.account = account->id,
		.kind = MATTER_FIRST,
		.token = service_random_id(arena),
		.subject = account->id,
		.target = account->jid,
		.version = run->version,
		.what = "",
		.made_at = now,
		.expires_at = run->starts_at};

	if (!matter.token ||
		store_change_list(service->store, arena, account->id, 1, keep_what, &matter.what) !=
			STORE_OK ||
		store_matter_add(service->store, &matter) != STORE_OK)
		return STORE_ERROR;
	return send_question(service, arena, account, &matter, run);
}

int first_ask(struct service *service, struct arena *arena, const struct store_account *account,
	int64_t now, bool *open)
{
	struct store *store = service->store;
	struct store_matter matter;
	struct store_run run;
	enum store_result found =
		store_matter_of_kind(store, arena, account->id, MATTER_FIRST, now, &matter);

	if (found == STORE_ERROR || waits(store, account->id, now, &run, open) == STORE_ERROR)
		return -1;
	if (*open && found == STORE_OK && matter.version == run.version)
		return 0;
	if (found == STORE_OK && store_matter_clear(store, account->id, MATTER_FIRST) != STORE_OK)
		return -1;
	if (*open && add_question(service, arena, account, &run, now) != STORE_OK)
		return -1;
	return 0;
}

/* ---- The answer ---- */

enum matter_result first_look(
	const struct rules *rules, const struct store_matter *matter, int64_t now)
{
	struct store_run run;
	bool yes;

	if (waits(rules->store, matter->account, now, &run, &yes) == STORE_ERROR)
		return MATTER_ERROR;
	return yes && run.version == matter->version ? MATTER_OK : MATTER_NONE;
}

enum matter_result first_answer(
	const struct rules *rules, const struct store_matter *matter, bool yes, int64_t now)
{
	enum matter_result result = first_look(rules, matter, now);

	if (result == MATTER_ERROR ||
		store_matter_remove(rules->store, matter->account, matter->id) != STORE_OK)
		return MATTER_ERROR;
	if (result != MATTER_OK)
		return result;
	if (yes)
		return run_release(rules, matter->account) == STORE_OK ? MATTER_OK : MATTER_ERROR;
	/* Whoever says so, by whatever way, is asked again next time. */
	if (run_abandon(rules, matter->account) != STORE_OK ||
		store_account_used(rules->store, matter->account, 0) != STORE_OK)
		return MATTER_ERROR;
	return MATTER_OK;
}
