/* Sending somebody's card to somebody, by the service (design: section 3, "card"). */
#ifndef KITH_SHARE_H
#define KITH_SHARE_H

#include "component/feature.h"

struct arena;
struct vcard;
struct xml;

/* The message by which the service itself sends the card of the account `about`; as card_message().
 */
struct xml *share_message(struct arena *arena, const char *service, const char *to, const char *id,
	const char *intro, const struct vcard *card, const char *about);

/* Has the card of subject sent to receiver (a row of the store, or of id 0 with its bare JID), and
 * offered to be saved (save_offer.h), as sender wanted it and rules_share(), or, is_agreed, the
 * subject, allows; if it doesn't arrive (rules_share_arrives()), nobody sees that. *name: of the
 * subject, to be shown. ANSWER_RESULT;
 * ITEM_NOT_FOUND: there is no card, or it is hidden; INTERNAL_SERVER_ERROR. */
enum answer share_send(struct request *request, const struct store_account *subject,
	const struct store_account *receiver, const struct store_account *sender, bool is_agreed,
	const char **name);

/* Sends what the request's sender has in the own book of somebody who has no account here, as it is
 * to be passed on; about: the JID of that person, NULL: none is known. ANSWER_RESULT or
 * INTERNAL_SERVER_ERROR. */
enum answer share_send_own(
	struct request *request, const struct vcard *card, const char *about, const char *receiver);

/* The card's owner is asked first: the question is sent to him. *name: as above. */
enum answer share_ask(struct request *request, const struct store_account *subject,
	const struct store_account *sender, const char *receiver, const char **name);

#endif
