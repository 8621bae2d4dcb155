/* Cards that are offered to be saved: see save_offer.h; XEP-0439 (0.1.0), XEP-0461 (0.2.1). */
#include "component/save_offer.h"

#include <string.h>

#include "common/arena.h"
#include "common/card.h"
#include "common/merge.h"
#include "common/ns.h"
#include "common/vcard.h"
#include "component/book.h"
#include "common/xml.h"
#include "component/feature.h"
#include "component/history.h"
#include "component/say.h"

#define DAY_S 86400

/* ---- Making one ---- */

enum matter_result save_offer_make(const struct rules *rules, struct arena *arena,
	const struct store_account *holder, const struct store_account *subject, int64_t version,
	int64_t update, int64_t now, struct store_matter *matter)
{
	struct store *store = rules->store;
	struct store_matter old;
	struct save_offer offer;
	enum matter_result result;
	int64_t count = 0;
	bool is_there;

	*matter = (struct store_matter){.account = holder->id,
		.kind = MATTER_CARD,
		.token = service_random_id(arena),
		.subject = subject->id,
		.target = subject->jid,
		.version = version,
		.update = update,
		.what = "",
		.made_at = now,
		.expires_at = now + MATTER_DAYS * DAY_S};
	if (!matter->token)
		return MATTER_ERROR;
	switch (store_matter_about(store, arena, holder->id, MATTER_CARD, subject->id, now, &old)) {
	case STORE_OK:
		matter->token = old.token;
		if (store_matter_remove(store, holder->id, old.id) != STORE_OK)
			return MATTER_ERROR;
		break;
	case STORE_NONE:
		break;
	case STORE_ERROR:
		return MATTER_ERROR;
	}
	if (store_matter_count(store, matter, now, &count, &is_there) != STORE_OK)
		return MATTER_ERROR;
	if (count >= SAVE_OFFERS_MAX)
		return MATTER_NONE;
	result = save_offer_look(rules, arena, matter, &offer);
	if (result != MATTER_OK)
		return result;
	return store_matter_add(store, matter) == STORE_OK ? MATTER_OK : MATTER_ERROR;
}

/* ---- What it comes to ---- */

/* Makes the numbers of card, the profile as it is, those that were current at version. */
static void turn_back(
	struct vcard *card, const struct history *history, int64_t version, const char *region)
{
	for (struct vcard_property *p = vcard_first(card, "TEL"), *next; p; p = next) {
		const struct number *number = history_find_tel(history, p, region);

		next = vcard_next(p, "TEL");
		if (number && !number_was_current(number, version))
			vcard_remove(card, p);
	}
	for (size_t i = 0; i < history->count; i++) {
		const struct number *number = &history->numbers[i];
		struct vcard_property *tel;

		if (number->state == NUMBER_CURRENT || !number_was_current(number, version))
			continue;
		tel = vcard_add(card, NULL, "TEL",
			strncmp(number->value, "tel:", strlen("tel:")) == 0 ? "uri" : "text",
			number->value);
		if (tel)
			vcard_add_type(card, tel, number->kind);
	}
}

/* Leaves the name, and the numbers that were current at version. */
static void leave_least(
	struct vcard *card, const struct history *history, int64_t version, const char *region)
{
	for (struct vcard_property *p = card->first, *next; p; p = next) {
		const struct number *number = NULL;

		next = p->next;
		if (strcmp(p->name, "FN") == 0 || strcmp(p->name, "N") == 0)
			continue;
		if (strcmp(p->name, "TEL") == 0)
			number = history_find_tel(history, p, region);
		if (!number || !number_was_current(number, version))
			vcard_remove(card, p);
	}
}

/* True (YES) if the card is of what its receiver may still have of it: he may see the profile, or
 * that is the one that was sent. */
static enum verdict is_as_sent(const struct rules *rules, struct arena *arena,
	const struct store_matter *matter, const struct save_offer *offer,
	const struct store_profile *profile)
{
	if (profile->changed_at < matter->made_at)
		return VERDICT_YES;
	return rules_visible(rules, arena, &offer->subject, profile, &offer->holder);
}

/* The card as it was sent; offer->name. NONE: it is not there to be saved any more. */
static enum store_result read_sent(const struct rules *rules, struct arena *arena,
	const struct store_matter *matter, struct save_offer *offer, const struct vcard **sent)
{
	struct store_profile profile;
	struct history history;
	struct vcard *card;
	enum verdict verdict;
	enum store_result result =
		store_profile_get(rules->store, arena, offer->subject.id, &profile);

	if (result != STORE_OK)
		return result;
	if (profile.hidden)
		return STORE_NONE;
	card = vcard_from_xml_text(arena, profile.card, profile.card_len, NULL);
	if (!card)
		return arena_failed(arena) ? STORE_ERROR : STORE_NONE;
	verdict = is_as_sent(rules, arena, matter, offer, &profile);
	if (verdict == VERDICT_ERROR ||
		store_history_get(rules->store, arena, offer->subject.id, &history) != STORE_OK)
		return STORE_ERROR;
	if (verdict == VERDICT_NO)
		leave_least(card, &history, matter->version, rules_region(rules, &offer->subject));
	if (profile.version != matter->version)
		turn_back(card, &history, matter->version, rules_region(rules, &offer->subject));
	*sent = card_with_provenance(arena, card, offer->subject.jid, NULL);
	offer->name = say_name(arena, vcard_name(card));
	return offer->name && !arena_failed(arena) ? STORE_OK : STORE_ERROR;
}

/* The contact that the card goes into: one that is linked to the subject, or is under his JID. */
static enum store_result find_contact(
	const struct rules *rules, struct arena *arena, struct save_offer *offer)
{
	enum store_result result =
		book_find(rules, arena, offer->holder.id, &offer->subject, &offer->contact);

	if (result == STORE_OK)
		offer->is_dormant = offer->contact.subject != offer->subject.id;
	else
		offer->contact = (struct store_contact){.item = offer->subject.jid};
	return result;
}

enum matter_result save_offer_look(const struct rules *rules, struct arena *arena,
	const struct store_matter *matter, struct save_offer *offer)
{
	const struct vcard *sent;
	enum store_result found;

	*offer = (struct save_offer){.is_dormant = false};
	if (store_account_by_id(rules->store, arena, matter->account, &offer->holder) != STORE_OK ||
		store_account_by_id(rules->store, arena, matter->subject, &offer->subject) !=
			STORE_OK)
		return MATTER_ERROR;
	switch (rules_keeps(rules, &offer->subject, &offer->holder)) {
	case VERDICT_YES:
		break;
	case VERDICT_NO:
		return MATTER_NONE;
	case VERDICT_ERROR:
		return MATTER_ERROR;
	}
	found = read_sent(rules, arena, matter, offer, &sent);
	if (found != STORE_OK)
		return found == STORE_NONE ? MATTER_NONE : MATTER_ERROR;
	found = find_contact(rules, arena, offer);
	if (found == STORE_ERROR)
		return MATTER_ERROR;
	if (found == STORE_OK)
		offer->card = vcard_from_xml_text(
			arena, offer->contact.card, offer->contact.card_len, NULL);
	else
		offer->card = vcard_new(arena);
	if (!offer->card)
		return arena_failed(arena) ? MATTER_ERROR : MATTER_NONE;
	switch (merge_card(offer->card, sent, rules_region(rules, &offer->holder))) {
	case MERGE_CHANGED:
		return MATTER_OK;
	case MERGE_UNCHANGED:
	case MERGE_FULL:
		return MATTER_NONE;
	case MERGE_NO_MEMORY:
		break;
	}
	return MATTER_ERROR;
}

/* ---- The answer ---- */

enum book_result save_offer_accept(const struct rules *rules, struct arena *arena,
	const struct store_matter *matter, int64_t now, struct save_offer *offer, bool *is_new,
	const char **why)
{
	enum book_result result;

	switch (save_offer_look(rules, arena, matter, offer)) {
	case MATTER_OK:
		break;
	case MATTER_NONE:
	case MATTER_OVERTAKEN:
		if (store_matter_remove(rules->store, matter->account, matter->id) != STORE_OK)
			return BOOK_ERROR;
		return BOOK_NONE;
	case MATTER_ERROR:
		return BOOK_ERROR;
	}
	if (offer->is_dormant) {
		*why = arena_printf(arena,
			"the account of your contact %s ended, and somebody may have its address "
			"anew. Say first whether it is the same person:\n"
			"xmpp:%s?command;node=confirm",
			offer->contact.item, rules->settings->jid);
		return arena_failed(arena) ? BOOK_ERROR : BOOK_INVALID;
	}
	*is_new = offer->contact.id == 0;
	result = book_publish(rules, arena, &offer->holder, offer->contact.item, offer->card, now,
		&offer->contact, why);
	if (result == BOOK_OK &&
		store_matter_remove(rules->store, matter->account, matter->id) != STORE_OK)
		return BOOK_ERROR;
	return result;
}

/* ---- Words ---- */

void save_offer_add(
	struct arena *arena, struct xml *message, const char *service, const char *token)
{
	card_message_add(arena, message,
		arena_printf(arena,
			"Answer \"save\" to have it in your address book, or \"no\". %s",
			say_link(arena, service, token)));
	say_offer(arena, message, token, "Save", "Not now");
}

struct xml *save_offer_message(struct arena *arena, const char *service, const char *to,
	const char *sender, const char *card, const char *name, const char *token)
{
	struct xml *message = say_question(arena, service, to, service_random_id(arena),
		arena_printf(arena,
			"%s sent you %s's contact details. Answer \"save\" to have them in your "
			"address book, or \"no\".",
			sender, name),
		token, "Save", "Not now");
	struct xml *reply = xml_add(arena, message, NS_REPLY, "reply");

	xml_set(arena, reply, "to", sender);
	xml_set(arena, reply, "id", card);
	return message;
}
