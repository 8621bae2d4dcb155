/* Incarnations that end, and links that are taken up again; see dormant.h. */
#include "component/dormant.h"

#include "common/arena.h"
#include "common/jid.h"
#include "common/log.h"
#include "common/vcard.h"

#define DAY_S 86400

int dormant_sweep(const struct rules *rules, int64_t old, int64_t now, bool *ended)
{
	int64_t before = old - (int64_t)rules->settings->limits.sleep_days * DAY_S;
	struct arena *arena;
	struct store_account account;
	int result = -1;

	*ended = false;
	if (rules->settings->limits.sleep_days == 0)
		return 0;
	arena = arena_new(0);
	if (!arena)
		return -1;
	switch (store_account_asleep(rules->store, arena, before, &account)) {
	case STORE_OK:
		if (store_account_erase(rules->store, account.id, now) != STORE_OK)
			break;
		log_info("account: %s ends, unseen for %u days", account.jid,
			rules->settings->limits.sleep_days);
		*ended = true;
		result = 0;
		break;
	case STORE_NONE:
		result = 0;
		break;
	case STORE_ERROR:
		break;
	}
	arena_free(arena);
	return result;
}

/* The contact under item, a bare JID, if its link is dormant. */
static enum store_result find_dormant(const struct rules *rules, struct arena *arena, int64_t owner,
	const char *item, struct store_contact *contact)
{
	struct store_account subject;
	enum store_result result = store_contact_get(rules->store, arena, owner, item, contact);

	if (result != STORE_OK)
		return result;
	if (contact->subject == 0)
		return STORE_NONE;
	result = store_account_by_id(rules->store, arena, contact->subject, &subject);
	return result == STORE_OK && subject.closed_at == 0 ? STORE_NONE : result;
}

enum book_result dormant_confirm(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const char *item, int64_t now,
	struct store_contact *contact)
{
	struct store_contact old;
	struct vcard *card;
	const char *why;
	int64_t version;

	if (!jid_is_account(arena, item, &item))
		return arena_failed(arena) ? BOOK_ERROR : BOOK_NONE;
	switch (find_dormant(rules, arena, owner->id, item, &old)) {
	case STORE_OK:
		break;
	case STORE_NONE:
		return BOOK_NONE;
	case STORE_ERROR:
		return BOOK_ERROR;
	}
	card = vcard_from_xml_text(arena, old.card, old.card_len, NULL);
	if (!card)
		return arena_failed(arena) ? BOOK_ERROR : BOOK_NONE;
	/* A contact that is new is linked to the account in force. */
	if (store_contact_remove(rules->store, owner->id, item, now, &version) != STORE_OK)
		return BOOK_ERROR;
	return book_publish(rules, arena, owner, item, card, now, contact, &why);
}
