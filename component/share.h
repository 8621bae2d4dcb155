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

/* Has the card of subject sent to the bare JID receiver, and offered to be saved (save_offer.h);
 * from: the bare JID that wanted it so.
 * Whether it may be is decided before. *name: of the subject, to be shown. ANSWER_RESULT;
 * ITEM_NOT_FOUND: there is no card, or it is hidden; INTERNAL_SERVER_ERROR. */
enum answer share_send(struct request *request, const struct store_account *subject,
	const char *receiver, const char *from, const char **name);

/* The card's owner is asked first: the question is sent to him. *name: as above. */
enum answer share_ask(struct request *request, const struct store_account *subject,
	const struct store_account *sender, const char *receiver, const char **name);

#endif
