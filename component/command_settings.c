/* The command `settings`: an account's own rules (design: section 4, "Rules"). */
#include <ctype.h>
#include <string.h>

#include "common/arena.h"
#include "common/jid.h"
#include "common/ns.h"
#include "common/phone.h"
#include "common/xml.h"
#include "component/book.h"
#include "component/commands.h"
#include "component/form.h"
#include "component/profile.h"

#define DEFAULT_WORD "default"
#define REGION "region"		     /* the one that is a word of its own, with no choices */
#define HEADLINES_BYTES (256 * 1024) /* of cards that one setting has told of */

/* own: what the account has set itself, -1: nothing. What the admin doesn't let accounts choose
 * (any more) isn't offered; where nothing is left to choose, it is only shown. */
static void add_setting(struct command_call *call, struct xml *form, enum setting setting, int own)
{
	struct request *request = call->request;
	struct arena *arena = request->arena;
	const struct settings *settings = request->service->settings;
	int by_default = settings->defaults[setting];
	const char *set = DEFAULT_WORD;
	struct xml *field;

	if (!settings_choice(settings, setting, 1)) {
		form_add(arena, form, setting_name(setting), "fixed", setting_label(setting),
			setting_value_name(setting, by_default));
		return;
	}
	if (settings_has_choice(settings, setting, own))
		set = setting_value_name(setting, own);
	field = form_add(
		arena, form, setting_name(setting), "list-single", setting_label(setting), set);
	form_add_option(arena, field,
		arena_printf(arena, "default (%s)", setting_value_name(setting, by_default)),
		DEFAULT_WORD);
	for (size_t i = 0; settings_choice(settings, setting, i); i++)
		form_add_option(arena, field, settings_choice(settings, setting, i),
			settings_choice(settings, setting, i));
}

static void add_region(struct command_call *call, struct xml *form)
{
	const char *by_default = call->request->service->settings->region;
	struct arena *arena = call->request->arena;

	form_add(arena, form, REGION, "text-single",
		arena_printf(arena,
			"In which country my numbers without country code are: two letters, as DE, "
			"or "
			"default (%s)",
			*by_default ? by_default : "none"),
		*call->account.region ? call->account.region : DEFAULT_WORD);
}

static enum store_result add_list(struct command_call *call, struct xml *form, enum listed kind)
{
	struct request *request = call->request;
	struct xml *field = form_add(
		request->arena, form, listed_name(kind), "jid-multi", listed_label(kind), NULL);
	const char *jids[LISTED_MAX];
	size_t count;

	if (store_listed_get(request->service->store, request->arena, call->account.id, kind, jids,
		    LISTED_MAX, &count) == STORE_ERROR)
		return STORE_ERROR;
	for (size_t i = 0; i < count; i++)
		form_add_value(request->arena, field, jids[i]);
	return STORE_OK;
}

static enum answer ask(struct command_call *call)
{
	struct request *request = call->request;
	struct xml *form = form_new(request->arena, "form", NULL);

	form_describe(request->arena, form, "Settings", NULL);
	for (int setting = 0; setting < SETTING_COUNT; setting++) {
		int own = -1;

		if (store_setting_get(request->service->store, call->account.id,
			    (enum setting)setting, &own) == STORE_ERROR)
			return ANSWER_INTERNAL_SERVER_ERROR;
		add_setting(call, form, (enum setting)setting, own);
	}
	add_region(call, form);
	for (int kind = 0; kind < LISTED_COUNT; kind++)
		if (add_list(call, form, (enum listed)kind) == STORE_ERROR)
			return ANSWER_INTERNAL_SERVER_ERROR;
	call->reply = form;
	return ANSWER_RESULT;
}

/* What a form may say of a setting beside its values. */
#define BY_DEFAULT (-1)
#define UNSAID (-2)

static enum answer refuse_value(struct command_call *call, enum setting setting)
{
	const struct settings *settings = call->request->service->settings;
	struct arena *arena = call->request->arena;
	const char *words = settings_choice(settings, setting, 0), *word;

	for (size_t i = 1; (word = settings_choice(settings, setting, i)); i++)
		words = arena_printf(arena, "%s, %s", words, word);
	return command_bad_payload(
		call, arena_printf(arena, "%s can only be: %s", setting_name(setting), words));
}

/* Reads what the form sets: values[] in the order of the settings. */
static enum answer read_form(struct command_call *call, int values[SETTING_COUNT])
{
	struct arena *arena = call->request->arena;

	for (int setting = 0; setting < SETTING_COUNT; setting++)
		values[setting] = UNSAID;
	for (int setting = 0; setting < SETTING_COUNT; setting++) {
		const char *name = setting_name((enum setting)setting);
		const char *word = form_value(arena, call->form, name);

		if (!word)
			continue;
		if (strcmp(word, DEFAULT_WORD) == 0) {
			values[setting] = BY_DEFAULT;
			continue;
		}
		values[setting] = setting_value_by_name((enum setting)setting, word);
		if (!settings_has_choice(call->request->service->settings, (enum setting)setting,
			    values[setting]))
			return refuse_value(call, (enum setting)setting);
	}
	return ANSWER_RESULT;
}

/* Stores what the form says of the region, if it does. What was read in another one stays until the
 * card is written again. */
static enum answer put_region(struct command_call *call)
{
	struct arena *arena = call->request->arena;
	const char *word = form_value(arena, call->form, REGION);
	char region[3] = "";

	if (!word)
		return ANSWER_RESULT;
	if (*word && strcmp(word, DEFAULT_WORD) != 0) {
		if (!phone_is_region(word))
			return command_bad_payload(
				call, "region can only be two letters of a country, or default");
		region[0] = (char)toupper((unsigned char)word[0]);
		region[1] = (char)toupper((unsigned char)word[1]);
	}
	if (store_account_region(call->request->service->store, call->account.id, region) !=
		STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	strcpy(call->account.region, region);
	return ANSWER_RESULT;
}

/* The JIDs that the form has for a list. count: how many, or LIST_UNSAID. */
struct jids {
	const char *list[LISTED_MAX];
	size_t count;
};
#define LIST_UNSAID SIZE_MAX

static enum answer read_list(struct command_call *call, enum listed kind, struct jids *jids)
{
	struct arena *arena = call->request->arena;
	const struct xml *field = form_field(call->form, listed_name(kind));

	jids->count = field ? 0 : LIST_UNSAID;
	for (const struct xml *value = xml_child(field, NULL, "value"); value;
		value = xml_next(value, NS_DATA, "value")) {
		const char *text = xml_text(arena, value), *jid;

		if (!text)
			return ANSWER_INTERNAL_SERVER_ERROR;
		if (!*text)
			continue;
		if (!jid_is_account(arena, text, &jid))
			return command_bad_payload(
				call, arena_printf(arena, "%s: %s is not the address of an account",
					      listed_name(kind), text));
		if (jids->count == LISTED_MAX)
			return command_bad_payload(call, arena_printf(arena, "%s has room for %d",
								 listed_name(kind), LISTED_MAX));
		jids->list[jids->count++] = jid;
	}
	return ANSWER_RESULT;
}

static bool has(const struct jids *jids, const char *jid)
{
	for (size_t i = 0; i < jids->count; i++)
		if (strcmp(jids->list[i], jid) == 0)
			return true;
	return false;
}

/* True if there is one in jids that others lack. */
static bool has_more(const struct jids *jids, const struct jids *others)
{
	for (size_t i = 0; i < jids->count; i++)
		if (!has(others, jids->list[i]))
			return true;
	return false;
}

/* Makes a list what the form says. *more, *less: somebody came to it, or went. */
static enum answer put_list(struct command_call *call, enum listed kind, bool *more, bool *less)
{
	struct store *store = call->request->service->store;
	struct jids *before = arena_alloc(call->request->arena, sizeof *before),
		    *after = arena_alloc(call->request->arena, sizeof *after);
	enum answer answer;

	*more = *less = false;
	if (!before || !after)
		return ANSWER_INTERNAL_SERVER_ERROR;
	answer = read_list(call, kind, after);
	if (answer != ANSWER_RESULT || after->count == LIST_UNSAID)
		return answer;
	if (store_listed_get(store, call->request->arena, call->account.id, kind, before->list,
		    LISTED_MAX, &before->count) == STORE_ERROR ||
		store_listed_put(store, call->account.id, kind, after->list, after->count) ==
			STORE_ERROR)
		return ANSWER_INTERNAL_SERVER_ERROR;
	*more = has_more(after, before);
	*less = has_more(before, after);
	return ANSWER_RESULT;
}

static enum store_result put(struct command_call *call, enum setting setting, int value)
{
	struct store *store = call->request->service->store;

	if (value == UNSAID)
		return STORE_OK;
	if (value == BY_DEFAULT)
		return store_setting_clear(store, call->account.id, setting);
	return store_setting_put(store, call->account.id, setting, value);
}

/* What every card of the book that was caught up is told to. */
struct caught_up {
	struct command_call *call;
	size_t bytes; /* of cards in headlines */
};

/* A headline is a hint: when the book has many, sync brings the rest. */
static void book_changed(void *context, const struct store_event *event)
{
	struct caught_up *caught_up = context;
	struct command_call *call = caught_up->call;

	if (caught_up->bytes > HEADLINES_BYTES)
		return;
	caught_up->bytes += event->card_len;
	service_book_changed(call->request->service, call->request->arena, call->account.jid,
		call->account.id, event);
}

/* Who is admitted only now gets what he was refused before; so do the own cards. */
static enum answer catch_up(struct command_call *call, bool rules_wider, bool updates_on)
{
	struct request *request = call->request;
	const struct rules *rules = &request->service->rules;
	struct caught_up caught_up = {.call = call};

	if (rules_wider && profile_rules_changed(rules, request->arena, call->account.id,
				   request->now) == PROFILE_ERROR)
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (updates_on && book_catch_up(rules, &call->account, request->now, book_changed,
				  &caught_up) != BOOK_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	return ANSWER_RESULT;
}

static enum answer settings(struct command_call *call)
{
	const struct rules *rules = &call->request->service->rules;
	int values[SETTING_COUNT], before[SETTING_COUNT], after[SETTING_COUNT];
	bool chosen_more, chosen_less, blocked_more, blocked_less;
	enum answer answer;

	if (!call->form)
		return ask(call);
	answer = read_form(call, values);
	if (answer == ANSWER_RESULT)
		answer = put_region(call);
	if (answer == ANSWER_RESULT)
		answer = put_list(call, LISTED_CHOSEN, &chosen_more, &chosen_less);
	if (answer == ANSWER_RESULT)
		answer = put_list(call, LISTED_BLOCKED, &blocked_more, &blocked_less);
	if (answer != ANSWER_RESULT)
		return answer;
	for (int setting = 0; setting < SETTING_COUNT; setting++) {
		before[setting] = rules_setting(rules, call->account.id, (enum setting)setting);
		if (before[setting] < 0 ||
			put(call, (enum setting)setting, values[setting]) == STORE_ERROR)
			return ANSWER_INTERNAL_SERVER_ERROR;
		after[setting] = rules_setting(rules, call->account.id, (enum setting)setting);
	}
	/* What was proposed is left where the card never is to follow, and done where it always is.
	 */
	if (after[SETTING_UPDATES] != UPDATES_ASK &&
		store_matter_clear(rules->store, call->account.id, MATTER_UPDATE) != STORE_OK)
		return ANSWER_INTERNAL_SERVER_ERROR;
	answer = catch_up(call,
		after[SETTING_VISIBLE] > before[SETTING_VISIBLE] ||
			after[SETTING_AUDIENCE] > before[SETTING_AUDIENCE] || chosen_more ||
			blocked_less,
		after[SETTING_UPDATES] == UPDATES_AUTO &&
			(before[SETTING_UPDATES] != UPDATES_AUTO || blocked_less));
	if (answer != ANSWER_RESULT)
		return answer;
	return command_done(call, "The settings are stored.", false);
}

const struct command command_settings = {"settings", "Settings", false, settings};
