/* A card that somebody was sent by the service is offered to be saved into the own address book, by
 * one word, for those whose client can't do it (design: section 3, "card" and "save button").
 *
 * What is saved is what was sent: the numbers that were the subject's at that time. The rules let
 * the sender have it passed on then, and so its receiver may keep it; but where the subject parted
 * from him since (blocked him, hid the profile, ended the account), there is nothing to be saved.
 * Names and the rest are as they are now; where the subject's profile changed since, and `visible`
 * doesn't admit the receiver, there is no more than the name and these numbers. Then the contact is
 * linked, and brought up to date as any other is (book.h): to newer numbers only where `visible`
 * admits the receiver.
 *
 * There is one offer about a subject at a time; a card of his that comes again keeps its token, so
 * that all buttons of the messages before do the same. Saving twice doubles nothing. */
#ifndef KITH_SAVE_OFFER_H
#define KITH_SAVE_OFFER_H

#include <stdbool.h>
#include <stdint.h>

#include "component/book.h"
#include "component/matter.h"
#include "component/rules.h"

struct arena;
struct vcard;
struct xml;

#define SAVE_OFFERS_MAX                                                                            \
	50 /* that one account has at a time; of more cards the sender alone tells */

/* What saving comes to by now. */
struct save_offer {
	struct store_account holder;
	struct store_account subject;
	const char *name;	      /* of the subject, by the card */
	struct store_contact contact; /* id 0: it will be new; else what the card is merged into */
	struct vcard *card;	      /* as it will be published; brought up to date with that */
	bool is_dormant; /* the account of that contact ended, and another has its JID now */
};

/* Makes the matter: subject's card, with the numbers of `version`, goes to holder; update: id of
 * the row whose push tells it, or 0. NONE: there are too many, or all of it is saved already.
 * *matter: as made. */
enum matter_result save_offer_make(const struct rules *rules, struct arena *arena,
	const struct store_account *holder, const struct store_account *subject, int64_t version,
	int64_t update, int64_t now, struct store_matter *matter);

/* NONE: nothing is left to be saved. */
enum matter_result save_offer_look(const struct rules *rules, struct arena *arena,
	const struct store_matter *matter, struct save_offer *offer);

/* Saves it; offer->contact: as stored; *is_new: it wasn't there before. The matter is gone, unless
 * it is FULL or INVALID, as book_publish() has them. */
enum book_result save_offer_accept(const struct rules *rules, struct arena *arena,
	const struct store_matter *matter, int64_t now, struct save_offer *offer, bool *is_new,
	const char **why);

/* The words, the link and the actions of the offer go into a message of the service's: as a
 * paragraph of one that has the card (card_message()), which is a deviation from the design's "and
 * nothing else": XEP-0439, 4, wants in the body what an action does, and a second message for it
 * would be told, archived and counted as one. It stands outside of what XEP-0428 marks as a
 * stand-in for the card. */
void save_offer_add(
	struct arena *arena, struct xml *message, const char *service, const char *token);
/* The message of the service's own, where the card came in another's name (XEP-0356), and an answer
 * would go to that one: with the words, the link and the actions, as a reply (XEP-0461) to the
 * message of id `card` from the bare JID `sender`. Who has a client that saves cards itself need
 * not be shown it. */
struct xml *save_offer_message(struct arena *arena, const char *service, const char *to,
	const char *sender, const char *card, const char *name, const char *token);

#endif
