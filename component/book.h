/* An account's address book: publishing, linking, retracting, taking back (design: 3 and 4). */
#ifndef KITH_BOOK_H
#define KITH_BOOK_H

#include <stdint.h>

#include "component/rules.h"

struct arena;
struct vcard;

enum book_result {
	BOOK_OK,
	BOOK_NONE,    /* no such item; nothing to take back */
	BOOK_INVALID, /* no FN, a bad item id, too large: *why */
	BOOK_FULL,    /* limits.contacts_per_book */
	BOOK_ERROR,   /* the store failed */
};

/* The contact of owner's that is about subject: linked to it, or under its JID, of one who had that
 * before (dormant.h). In the arena. */
enum store_result book_find(const struct rules *rules, struct arena *arena, int64_t owner,
	const struct store_account *subject, struct store_contact *contact);

/* Stores card under item (a bare JID in any spelling: it is prepared, and the contact is linked to
 * that account; else a UID, linked to nothing; NULL: "urn:uuid:" and a random UUID is made). An
 * item that is there is replaced, its link stays. The card of a linked contact is brought up to
 * date as it is stored, where `visible` and the holder's `updates` permit: one that gets its link
 * now by what was replaced or retired, one that is there already (a client's book may be old) by
 * what was added since, too: so is *card itself. A link that a run has still to come to is left to
 * the run, which also tells the holder. *contact: as stored (item, version, card), in the arena. */
enum book_result book_publish(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const char *item, struct vcard *card, int64_t now,
	struct store_contact *contact, const char **why);

/* Links owner's contact under item, which is linked to nobody, to an account, as owner confirmed,
 * and brings the card up to date as one that is stored for the first time. The item stays what it
 * is; the link has another id, and what is written of the one before is gone. BOOK_NONE: there is
 * no such contact, or it is linked. *contact: as stored. */
enum book_result book_link(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const char *item, const struct store_account *subject,
	int64_t now, struct store_contact *contact);

/* *event: what happened, for the headline. */
enum book_result book_retract(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const char *item, int64_t now,
	struct store_event *event);

/* Takes back the last update of an item that is still in force. BOOK_NONE also where the card has
 * nothing any more of what that did. */
enum book_result book_undo(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const char *item, int64_t now,
	struct store_contact *contact);

/* To be called when owner set `updates` to auto: brings the cards of the whole book up to date, as
 * book_publish() would. It goes through the book once, in the turn that is open: the limit on
 * contacts is the limit on its work. changed is called for each card that it changed. */
enum book_result book_catch_up(const struct rules *rules, const struct store_account *owner,
	int64_t now, void (*changed)(void *context, const struct store_event *event),
	void *context);

#endif
