/* Who may what: the one place that decides (design: section 4, "Rules"). Every way in asks it. */
#ifndef KITH_RULES_H
#define KITH_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "component/settings.h"
#include "component/store.h"

struct arena;
struct history;
struct rates;
struct vcard;

/* A circle holds accounts that are served and that the owner doesn't block, and oneself always.
 * `visible` is the ceiling: audience, findable and share admit only whom it admits too. All is
 * decided in the turn that is open. */
struct rules {
	struct store *store;
	const struct settings *settings;
	struct rates *rates; /* what was done is counted there; NULL: it isn't (kithctl) */
};

/* The setting in force for an account: its own, if the conf lets accounts have that, else the
 * conf's default. -1: the store failed. */
int rules_setting(const struct rules *rules, int64_t account, enum setting setting);

/* The region in which the numbers of an account's profile and book are read that have no country
 * code: its own, else the conf's; "" for none. Borrowed from one of them. */
const char *rules_region(const struct rules *rules, const struct store_account *account);

/* True if two bare JIDs may know of each other: they are of one group, or the same. Who may not is
 * outside all circles. */
bool rules_may_know(const struct rules *rules, const char *one, const char *other);

/* What a decision came to. */
enum verdict {
	VERDICT_NO, /* answer as if there were nothing */
	VERDICT_YES,
	VERDICT_ERROR, /* the store failed */
};

/* A card with more telephone numbers than a person has proves nothing about any of them: else a
 * stranger had a block of guessed ones in it, of which one fits. */
#define KNOWN_NUMBERS_MAX 20

/* `known`, as section 4 has it: the contact (a link to the subject) carries a number of the
 * subject's history, and that was so before the change to `version`: its holder wrote it before
 * (contact->written < version), or wrote one that was current at the time. card is contact's; with
 * more than KNOWN_NUMBERS_MAX numbers it proves nothing. region: of its holder. */
bool rules_is_known(const struct store_contact *contact, const struct vcard *card,
	const struct history *history, const char *region, int64_t version);

/* True if the holder of contacts linked to owner that are at version `applied` is to have numbers
 * of history that were added since, that is, if there are any and he is within `mutual`. */
enum verdict rules_adds(const struct rules *rules, int64_t owner,
	const struct store_account *holder, const struct history *history, int64_t applied);

/* Whether somebody may read, find, or pass on is looked up alike for all who may not, and of an
 * account that there is not (id 0, with the JID that was asked for): so that how long it takes says
 * nothing of why (design, 1: 7). */

/* May reader see the numbers of owner (reading the profile)? Nobody but owner sees a hidden
 * profile, or one that there is not. profile: owner's, or NULL: it is looked up. */
enum verdict rules_visible(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const struct store_profile *profile,
	const struct store_account *reader);

/* The same as is said at linking: by reader's contact, linked to owner, and its card as they are
 * about to be stored. profile and history: owner's; of the profile, its card isn't looked at. */
enum verdict rules_visible_linked(const struct rules *rules, const struct store_account *owner,
	const struct store_profile *profile, const struct history *history,
	const struct store_account *reader, const struct store_contact *contact,
	const struct vcard *card);

/* The same, and if so *profile is what reader sees; a hidden one is nothing to its owner, too. */
enum verdict rules_reads(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const struct store_account *reader,
	struct store_profile *profile);

/* Whose cards follow owner's changes: the circle that rules_audience() takes. -1: the store failed.
 */
int rules_audience_circle(const struct rules *rules, int64_t owner);

/* Does holder's card follow the change of owner's numbers to `version`? circle: owner's, contact,
 * card: the link; card NULL: contact is as it is stored, and what is noted there counts. The
 * profile is not hidden: who works on many links looks at both once. */
enum verdict rules_audience(const struct rules *rules, const struct store_account *owner,
	int circle, const struct history *history, int64_t version,
	const struct store_holder *holder, const struct store_contact *contact,
	const struct vcard *card);

/* Does owner come up when seeker searches? Within `visible` too, as everything. */
enum verdict rules_findable(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const struct store_account *seeker);

/* Does the service pass subject's card on, from sender to receiver? There is one, the sender must
 * be able to see it, and all three may know of each other. Whom the subject admits, and whom the
 * receiver blocks, is nothing to the sender: he is told the same whatever rules_share_arrives()
 * says. */
enum verdict rules_share(const struct rules *rules, struct arena *arena,
	const struct store_account *subject, const struct store_account *sender,
	const struct store_account *receiver);

/* Does it then come to the receiver? He must be able to see it, also where the sender is the
 * subject, unless the subject agreed to just that (is_agreed); and he doesn't block the sender. */
enum verdict rules_share_arrives(const struct rules *rules, struct arena *arena,
	const struct store_account *subject, const struct store_account *sender,
	const struct store_account *receiver, bool is_agreed);

/* May the service ask subject for it, where rules_share() says no? The sender must be able to see
 * the card; whether the receiver gets it is then for the subject to say, and for no circle. */
enum verdict rules_share_asks(const struct rules *rules, struct arena *arena,
	const struct store_account *subject, const struct store_account *sender,
	const struct store_account *receiver);

/* Does receiver (id 0: not used yet) take what the service brings it in the name of sender? Nobody
 * does whom it blocks. That they may know of each other is decided before. */
enum verdict rules_takes(const struct rules *rules, int64_t receiver, const char *sender);

/* May receiver keep the card of subject's that was passed to him when the rules said so? Not once
 * they were parted, or he was blocked. */
enum verdict rules_keeps(const struct rules *rules, const struct store_account *subject,
	const struct store_account *receiver);

/* Is subject's card, changed to `version`, offered to holder, who has him in the roster and not in
 * the book? The profile is not hidden, and circle is, as for rules_audience(). */
enum verdict rules_offers(const struct rules *rules, const struct store_account *subject,
	int circle, const struct history *history, int64_t version,
	const struct store_holder *holder);

/* Are the cards in holder's book that are linked to subject, a bare JID, to follow it? *proposed:
 * only if he says so each time. */
enum verdict rules_wants(
	const struct rules *rules, int64_t holder, const char *subject, bool *proposed);
/* The same, without being asked. */
enum verdict rules_updates(const struct rules *rules, int64_t holder, const char *subject);

/* Is a change of account's numbers by an ordinary client asked about before it goes to others?
 * is_asked: an older one is, and not answered yet. */
enum verdict rules_asks_first(
	const struct rules *rules, const struct store_account *account, bool is_asked);

/* Is the holder told in words what an update did? */
enum verdict rules_pushes(const struct rules *rules, int64_t holder);

/* rules_wants() and rules_pushes() of a holder that was read for the subject. */
bool rules_holder_wants(
	const struct rules *rules, const struct store_holder *holder, bool *proposed);
bool rules_holder_pushes(const struct rules *rules, const struct store_holder *holder);

#endif
