/* The sections of an export that are about the account itself; see export_section.h. */
#include "component/export_section.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "component/history.h"
#include "component/json.h"
#include "component/report.h"

#define CHANGES_MAX 1000
#define STEP 100 /* of a roster read at a time */

static void put_number(struct buffer *out, const struct number *number)
{
	static const char *const states[] = {
		[NUMBER_CURRENT] = "current",
		[NUMBER_REPLACED] = "replaced",
		[NUMBER_RETIRED] = "retired",
	};

	json_element(out);
	json_member(out, "number", number->display);
	json_member(out, "value", number->value);
	json_member(out, "identity", number->identity);
	json_member(out, "kind", number->kind);
	json_member_int(out, "from", number->from);
	if (number->to)
		json_member_int(out, "to", number->to);
	if (number->added)
		json_member_int(out, "added", number->added);
	json_member(out, "state", states[number->state]);
	if (number->successor)
		json_member(out, "successor", number->successor);
	buffer_putc(out, '}');
}

static void put_history(struct export *export, const struct history *history)
{
	json_name(export->out, "numbers");
	buffer_putc(export->out, '[');
	for (size_t i = 0; i < history->count; i++)
		put_number(export->out, &history->numbers[i]);
	buffer_putc(export->out, ']');
}

static void put_profile_members(struct export *export, const struct store_profile *profile)
{
	if (export->is_json) {
		json_member(export->out, "changed", export_time(export, profile->changed_at));
		json_member_int(export->out, "version", profile->version);
		json_member_bool(export->out, "hidden", profile->hidden);
	}
	export_put_card(export, profile->card, profile->card_len);
}

enum store_result export_account(struct export *export)
{
	const struct store_account *account = export->account;
	struct buffer *out = export->out;
	struct store_told told;

	if (store_told_get(export_store(export), account->id, &told) != STORE_OK)
		return STORE_ERROR;
	json_member(out, "account", account->jid);
	json_member(out, "since", export_time(export, account->opened_at));
	if (account->used_at)
		json_member(out, "used", export_time(export, account->used_at));
	json_member(out, "seen", export_time(export, account->seen_at));
	if (told.since == 0)
		return STORE_OK;
	json_name(out, "pushes_counted");
	buffer_putc(out, '{');
	json_member(out, "since", export_time(export, told.since));
	json_member_int(out, "count", told.count);
	if (told.summary_at)
		json_member(out, "summary", export_time(export, told.summary_at));
	buffer_putc(out, '}');
	return STORE_OK;
}

enum store_result export_settings(struct export *export)
{
	json_name(export->out, "settings");
	buffer_putc(export->out, '{');
	for (int i = 0; i < SETTING_COUNT; i++) {
		enum setting setting = (enum setting)i;
		const char *word;
		int value;

		switch (store_setting_get(
			export_store(export), export->account->id, setting, &value)) {
		case STORE_OK:
			word = setting_value_name(setting, value);
			if (word)
				json_member(export->out, setting_name(setting), word);
			else
				json_member_int(export->out, setting_name(setting), value);
			break;
		case STORE_NONE:
			break;
		case STORE_ERROR:
			return STORE_ERROR;
		}
	}
	if (*export->account->region)
		json_member(export->out, "region", export->account->region);
	buffer_putc(export->out, '}');
	return STORE_OK;
}

static enum store_result put_list(struct export *export, enum listed kind)
{
	const char *jids[LISTED_MAX];
	size_t count;

	if (store_listed_get(export_store(export), export->request->arena, export->account->id,
		    kind, jids, LISTED_MAX, &count) != STORE_OK)
		return STORE_ERROR;
	json_name(export->out, listed_name(kind));
	buffer_putc(export->out, '[');
	for (size_t i = 0; i < count; i++) {
		buffer_puts(export->out, i > 0 ? ", " : "");
		json_string(export->out, jids[i]);
	}
	buffer_putc(export->out, ']');
	return STORE_OK;
}

enum store_result export_lists(struct export *export)
{
	for (int kind = 0; kind < LISTED_COUNT; kind++)
		if (put_list(export, (enum listed)kind) != STORE_OK)
			return STORE_ERROR;
	return STORE_OK;
}

enum store_result export_numbers(struct export *export)
{
	struct history history;

	if (store_history_get(export_store(export), export->request->arena, export->account->id,
		    &history) != STORE_OK)
		return STORE_ERROR;
	put_history(export, &history);
	return STORE_OK;
}

static void put_change(void *context, const struct store_change *change)
{
	struct export *export = context;

	json_element(export->out);
	json_member(export->out, "at", export_time(export, change->at));
	json_member_int(export->out, "version", change->version);
	json_member(export->out, "what", change->what);
	buffer_putc(export->out, '}');
}

enum store_result export_changes(struct export *export)
{
	enum store_result result;

	json_name(export->out, "changes");
	buffer_putc(export->out, '[');
	result = store_change_list(export_store(export), export->request->arena,
		export->account->id, CHANGES_MAX, put_change, export);
	buffer_putc(export->out, ']');
	return result;
}

enum store_result export_run(struct export *export)
{
	struct store_run run;
	enum store_result result = store_run_get(export_store(export), export->account->id, &run);

	if (result != STORE_OK)
		return result;
	json_name(export->out, "run");
	buffer_putc(export->out, '{');
	json_member_int(export->out, "version", run.version);
	json_member(export->out, "since", export_time(export, run.started_at));
	if (run.starts_at)
		json_member(export->out, run.asked ? "asked_until" : "held_until",
			export_time(export, run.starts_at));
	buffer_putc(export->out, '}');
	return STORE_OK;
}

/* Numbers that an ordinary client's vCard lacks. */
enum store_result export_missing(struct export *export)
{
	static const char *const states[] = {
		[MISSING_NEW] = "new", [MISSING_ASKED] = "asked", [MISSING_STAYS] = "stays"};
	struct store_missing list[HISTORY_CURRENT_MAX];
	size_t count;

	if (store_missing_get(export_store(export), export->request->arena, export->account->id,
		    list, HISTORY_CURRENT_MAX, &count) != STORE_OK)
		return STORE_ERROR;
	json_name(export->out, "missing");
	buffer_putc(export->out, '[');
	for (size_t i = 0; i < count; i++) {
		json_element(export->out);
		json_member(export->out, "number", list[i].identity);
		json_member(export->out, "state", states[list[i].state]);
		buffer_putc(export->out, '}');
	}
	buffer_putc(export->out, ']');
	return STORE_OK;
}

/* The counts as their owner is told them: small ones say no more than "a few". */
enum store_result export_report(struct export *export)
{
	struct request *request = export->request;
	struct buffer *out = export->out;
	struct store_report report;
	const char *said;
	enum store_result result =
		store_report_get(export_store(export), export->account->id, &report);

	if (result == STORE_OK)
		result = report_state(export_store(export), request->arena, export->account->id,
			request->now, &said);
	if (result != STORE_OK)
		return result;
	json_name(out, "report");
	buffer_putc(out, '{');
	json_member_int(out, "version", report.version);
	json_member(out, "began", export_time(export, report.began_at));
	/* As far as report_state() tells it. */
	if (report_is_ready(&report, request->now))
		json_member(out, "ended", export_time(export, report.ended_at));
	json_member_bool(out, "told", report.told);
	json_member(out, "said", said);
	buffer_putc(out, '}');
	return STORE_OK;
}

static enum store_result put_mutual(struct export *export)
{
	int64_t others[STEP], after = 0;
	struct store_account other;
	size_t count;

	do {
		if (store_roster_list(export_store(export), export->account->id, after, others,
			    STEP, &count) != STORE_OK)
			return STORE_ERROR;
		for (size_t i = 0; i < count; i++) {
			after = others[i];
			if (store_account_by_id(export_store(export), export->request->arena, after,
				    &other) != STORE_OK)
				return STORE_ERROR;
			buffer_puts(export->out, export->count++ > 0 ? ", " : "");
			json_string(export->out, other.jid);
		}
	} while (count == STEP);
	return STORE_OK;
}

/* No larger than a roster that a server sends in one stanza. */
enum store_result export_roster(struct export *export)
{
	int64_t asked_at;
	enum store_result result =
		store_roster_when(export_store(export), export->account->id, &asked_at);

	if (result == STORE_ERROR)
		return STORE_ERROR;
	json_name(export->out, "roster");
	buffer_putc(export->out, '{');
	if (result == STORE_OK)
		json_member(export->out, "read", export_time(export, asked_at));
	json_name(export->out, "mutual");
	buffer_putc(export->out, '[');
	result = put_mutual(export);
	buffer_puts(export->out, "]}");
	return result;
}

/* What is known of the account's roster and vCard on the server. */
enum store_result export_follow(struct export *export)
{
	struct buffer *out = export->out;
	struct store_follow follow;
	enum store_result result = store_follow_get(
		export_store(export), export->request->arena, export->account->id, &follow);

	if (result != STORE_OK)
		return result;
	json_name(out, "follow");
	buffer_putc(out, '{');
	json_member_bool(out, "shares_presence", follow.shares);
	if (follow.read_at)
		json_member(out, "read", export_time(export, follow.read_at));
	if (follow.seen)
		json_member(out, "seen", follow.seen);
	buffer_putc(out, '}');
	return STORE_OK;
}

enum store_result export_profile(struct export *export)
{
	struct store_profile profile;
	enum store_result result = store_profile_get(
		export_store(export), export->request->arena, export->account->id, &profile);

	if (result != STORE_OK)
		return result;
	if (!export->is_json) {
		put_profile_members(export, &profile);
		return STORE_OK;
	}
	json_name(export->out, "profile");
	buffer_putc(export->out, '{');
	put_profile_members(export, &profile);
	buffer_putc(export->out, '}');
	return STORE_OK;
}

/* As profile and numbers were before a change that can be taken back. */
enum store_result export_held(struct export *export)
{
	struct store_profile profile;
	struct history history;
	enum store_result result = store_held_get(export_store(export), export->request->arena,
		export->account->id, &profile, &history);

	if (result != STORE_OK)
		return result;
	json_name(export->out, "before");
	buffer_putc(export->out, '{');
	put_profile_members(export, &profile);
	put_history(export, &history);
	buffer_putc(export->out, '}');
	return STORE_OK;
}
