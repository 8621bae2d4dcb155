/* Changes that are held: see held.h. */
#include "component/held.h"

#include "common/arena.h"
#include "common/vcard.h"
#include "common/xml.h"
#include "component/datetime.h"
#include "component/history.h"
#include "component/profile.h"
#include "component/run.h"
#include "component/say.h"

enum store_result held_keep(
	const struct rules *rules, const struct store_account *account, int64_t now, int hold)
{
	return hold > 0 ? store_held_keep(rules->store, account->id, now, now + hold) : STORE_OK;
}

enum store_result held_begin(const struct rules *rules, struct arena *arena,
	const struct store_account *account, const char *what, int64_t now, int hold)
{
	struct store_matter matter = {.account = account->id,
		.kind = MATTER_HOLD,
		.token = service_random_id(arena),
		.subject = account->id,
		.target = account->jid,
		.what = what,
		.made_at = now,
		.expires_at = now + hold};
	enum store_result result;

	if (!matter.token || store_matter_clear(rules->store, account->id, MATTER_HOLD) != STORE_OK)
		return STORE_ERROR;
	result = run_hold(rules, account->id, hold > 0 ? now + hold : 0, false);
	if (result == STORE_ERROR)
		return STORE_ERROR;
	if (hold > 0)
		return store_matter_add(rules->store, &matter);
	return store_held_drop(rules->store, account->id);
}

enum matter_result held_take_back(const struct rules *rules, struct arena *arena,
	const struct store_matter *matter, int64_t now)
{
	struct store_account account;
	struct store_profile profile, changed;
	struct history history;
	struct vcard *card;
	const char *why;
	bool seen = true;

	if (store_account_by_id(rules->store, arena, matter->account, &account) != STORE_OK ||
		store_matter_remove(rules->store, account.id, matter->id) != STORE_OK ||
		store_profile_get(rules->store, arena, account.id, &changed) != STORE_OK)
		return MATTER_ERROR;
	switch (store_held_get(rules->store, arena, account.id, &profile, &history)) {
	case STORE_OK:
		break;
	case STORE_NONE:
		return MATTER_NONE;
	case STORE_ERROR:
		return MATTER_ERROR;
	}
	card = vcard_from_xml_text(arena, profile.card, profile.card_len, NULL);
	if (!card || store_held_drop(rules->store, account.id) != STORE_OK ||
		store_link_reached(rules->store, account.id, profile.version + 1, &seen) !=
			STORE_OK)
		return MATTER_ERROR;
	if (seen) {
		if (profile_publish_at_once(rules, arena, &account, card, now, &why) != PROFILE_OK)
			return MATTER_ERROR;
		if (changed.hidden && profile_retract(rules, arena, &account, now) == PROFILE_ERROR)
			return MATTER_ERROR;
		return store_report_erase(rules->store, account.id) == STORE_OK ? MATTER_OK
										: MATTER_ERROR;
	}
	profile.hidden = changed.hidden;
	if (profile_restore(rules, arena, &profile, &history, card) != PROFILE_OK ||
		store_change_add(rules->store, account.id, changed.version, now,
			arena_printf(arena, "taken back: %s", matter->what)) != STORE_OK ||
		store_report_erase(rules->store, account.id) != STORE_OK ||
		run_start(rules, arena, account.id, profile.version, now) != STORE_OK ||
		run_release(rules, account.id) != STORE_OK)
		return MATTER_ERROR;
	return arena_failed(arena) ? MATTER_ERROR : MATTER_OK;
}

int held_announce(struct service *service, struct arena *arena, const struct store_account *account,
	int64_t version, int64_t now)
{
	const char *jid = service->settings->jid;
	struct store_matter matter;
	struct xml *message;

	switch (store_matter_of_kind(
		service->store, arena, account->id, MATTER_HOLD, now, &matter)) {
	case STORE_OK:
		break;
	case STORE_NONE:
		return 0;
	case STORE_ERROR:
		return -1;
	}
	if (matter.version != 0)
		return 0;
	/* Told it is, from here on. */
	if (store_matter_remove(service->store, account->id, matter.id) != STORE_OK)
		return -1;
	matter.version = version;
	if (store_matter_add(service->store, &matter) != STORE_OK)
		return -1;
	message = say_new(arena, jid, account->jid, service_random_id(arena),
		arena_printf(arena,
			"Your numbers changed: %s. The address books of others follow at %s. If "
			"that isn't right, answer \"take back\" before. %s",
			matter.what, datetime_format(arena, matter.expires_at),
			say_link(arena, jid, matter.token)));
	say_offer_back(arena, message, matter.token);
	service->send(service, message);
	return 0;
}
