/* An account's end (design: section 4; the headlines: XEP-0060, 8.5.2), and what there is to say
 * of one. */
#include "component/account.h"

#include <inttypes.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/datetime.h"
#include "component/feature.h"
#include "component/form.h"
#include "component/history.h"
#include "component/presence.h"
#include "component/report.h"

static void tell_purged(
	struct service *service, struct arena *arena, const char *jid, const char *node)
{
	struct xml *message = xml_new(arena, NS_COMPONENT, "message");
	struct xml *event;

	xml_set(arena, message, "from", service->settings->jid);
	xml_set(arena, message, "to", jid);
	xml_set(arena, message, "type", "headline");
	xml_set(arena, message, "id", service_random_id(arena));
	event = xml_add(arena, message, NS_PUBSUB_EVENT, "event");
	xml_set(arena, xml_add(arena, event, NULL, "purge"), "node", node);
	if (!arena_failed(arena))
		service->send(service, message);
}

enum store_result account_erase(struct service *service, struct arena *arena,
	const struct store_account *account, int64_t now)
{
	enum store_result result;

	presence_end(service, arena, account);
	result = store_account_erase(service->store, account->id, now);
	if (result != STORE_OK)
		return result;
	tell_purged(service, arena, account->jid, NODE_PROFILE);
	tell_purged(service, arena, account->jid, NODE_CONTACTS);
	return STORE_OK;
}

static void describe_number(struct arena *arena, struct xml *field, const struct number *number)
{
	const char *end = "";

	switch (number->state) {
	case NUMBER_CURRENT:
		break;
	case NUMBER_REPLACED:
		end = arena_printf(arena, ", now %s", number->successor);
		break;
	case NUMBER_RETIRED:
		end = ", given up";
		break;
	}
	form_add_value(arena, field,
		arena_printf(arena, "number: %s %s%s", number->kind, number->display, end));
}

const char *account_setting_text(
	const struct rules *rules, struct arena *arena, int64_t account, enum setting setting)
{
	int own = 0, value = rules_setting(rules, account, setting);
	enum store_result result = store_setting_get(rules->store, account, setting, &own);
	const char *whence = "", *own_word = setting_value_name(setting, own);

	if (value < 0 || result == STORE_ERROR)
		return NULL;
	if (result == STORE_NONE)
		whence = " (default)";
	else if (!settings_has_choice(rules->settings, setting, own))
		whence = arena_printf(arena, " (default; its own, %s, is not among the choices)",
			own_word ? own_word : "?");
	return arena_printf(arena, "%s = %s%s", setting_name(setting),
		setting_value_name(setting, value), whence);
}

const char *account_region_text(
	const struct rules *rules, struct arena *arena, const struct store_account *account)
{
	const char *region = rules_region(rules, account);

	return arena_printf(arena, "region = %s%s", *region ? region : "none",
		*account->region ? "" : " (default)");
}

static enum store_result describe_settings(const struct rules *rules, struct arena *arena,
	const struct store_account *account, struct xml *field)
{
	for (int i = 0; i < SETTING_COUNT; i++) {
		const char *text = account_setting_text(rules, arena, account->id, (enum setting)i);

		if (!text)
			return STORE_ERROR;
		form_add_value(arena, field, arena_printf(arena, "setting: %s", text));
	}
	form_add_value(arena, field,
		arena_printf(arena, "setting: %s", account_region_text(rules, arena, account)));
	return STORE_OK;
}

enum store_result account_describe(const struct rules *rules, struct arena *arena,
	const struct store_account *account, struct xml *field)
{
	struct history history;
	struct store_follow follow = {.account = 0};
	int64_t contacts, holders;

	if (store_follow_get(rules->store, arena, account->id, &follow) == STORE_ERROR ||
		store_history_get(rules->store, arena, account->id, &history) != STORE_OK ||
		store_contact_count(rules->store, account->id, &contacts) != STORE_OK ||
		store_link_count(rules->store, account->id, &holders) != STORE_OK)
		return STORE_ERROR;
	form_add_value(arena, field, arena_printf(arena, "account: %s", account->jid));
	form_add_value(arena, field,
		account->opened_at ? arena_printf(arena, "since: %s",
					     datetime_format(arena, account->opened_at))
				   : "known from address books only");
	if (follow.shares)
		form_add_value(arena, field, "vCard on the server: followed");
	for (size_t i = 0; i < history.count; i++)
		describe_number(arena, field, &history.numbers[i]);
	form_add_value(arena, field, arena_printf(arena, "contacts: %" PRId64, contacts));
	/* How many have one's card is one's own business only as far as it names nobody. */
	form_add_value(arena, field,
		holders < REPORT_FEW ? "held by: a few at most"
				     : arena_printf(arena, "held by: %" PRId64, holders));
	return describe_settings(rules, arena, account, field);
}
