/* Bringing a card that came in into a contact, as a phone book does:
 * name to name, a mobile number to the mobile entry, a landline to the landline entry, by what the
 * number is. What is there is never overwritten, nothing is doubled, and doing it twice changes
 * nothing. No link is made here: that is a matter of the contact's id and its owner's word. */
#ifndef KITH_MERGE_H
#define KITH_MERGE_H

#include <stdbool.h>

struct arena;
struct vcard;

enum merge_result {
	MERGE_UNCHANGED, /* all of it was there */
	MERGE_CHANGED,	 /* something was added */
	MERGE_FULL,	 /* it has more than VCARD_PROPERTIES_MAX now: drop it with its arena */
	MERGE_NO_MEMORY, /* it is half merged: drop it with its arena */
};

/* Adds to contact what incoming has and it hasn't. For a new contact: an empty one. region: as
 * phone_read(), for numbers without country code.
 *  - FN, N: where the contact has none, or one that is only a number or an e-mail address. N not
 *    beside an FN of other words: many programs would show it instead.
 *  - TEL: each identity that isn't there, TYPE by vcard_tel_kind(): "cell" for a mobile number,
 *    else the card's home or work, else "voice"; a fax or pager stays one. Not those marked as
 *    retired. The writing of the incoming card stays.
 *  - PHOTO, LOGO, BDAY, ANNIVERSARY, GENDER, KIND, ORG, TITLE, ROLE, TZ, LANG: where there is none.
 *  - UID, REV, SOURCE, PRODID, CLIENTPIDMAP: never; but UID into an empty contact.
 *  - All else, with its group's label: where there is no equal value. IMPP is data here, no link.
 * PREF of incoming stays behind where the contact has a property of that name. */
enum merge_result merge_card(
	struct vcard *contact, const struct vcard *incoming, const char *region);

/* True if contact is the person that incoming is about: the same account, or UID, or a number in
 * common with the same name (case and white space aside). account: the bare JID that incoming is
 * about as far as is known, NULL if not; link: the account that contact is linked to, NULL if none.
 */
bool merge_is_same(const struct vcard *contact, const char *link, const struct vcard *incoming,
	const char *account, const char *region);

/* Gives the keys by which that is found among many: if merge_is_same() holds for two cards, they
 * have one in common (each card's account, or link, is given with it). The account's first, then
 * the UID's, then one a number, with the name. A key is borrowed for the call. 0, or -1: no memory.
 */
typedef void merge_key(void *context, const char *key);
int merge_keys(struct arena *arena, const struct vcard *card, const char *account,
	const char *region, merge_key *key, void *context);
/* The key of a UID, in the arena; NULL: no memory. */
const char *merge_uid_key(struct arena *arena, const char *uid);

#endif
