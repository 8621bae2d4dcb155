/* An account's own profile: publishing, hiding, reading (design: sections 3 and 4). */
#ifndef KITH_PROFILE_H
#define KITH_PROFILE_H

#include <stdint.h>

#include "component/rules.h"

struct arena;
struct history;
struct vcard;

enum profile_result {
	PROFILE_OK,
	PROFILE_NONE,	 /* nothing there, or nothing for this reader */
	PROFILE_INVALID, /* no FN, too large, more than HISTORY_CURRENT_MAX numbers: *why */
	PROFILE_LIMITED, /* too many changes of the numbers: *why */
	PROFILE_ERROR,	 /* the store failed */
};

/* Whose way a profile comes. */
enum profile_source {
	PROFILE_FROM_KITH,   /* who publishes so knows all of it: what is missing is gone */
	PROFILE_FROM_TEMP,   /* an ordinary client's vcard-temp */
	PROFILE_FROM_VCARD4, /* and its vCard4: the iq of XEP-0292, 6, or its PEP node */
};

/* Stores card as the profile of account, and unhides it: compares its numbers with the history,
 * raises the version if they changed, writes history and change log, and starts the account's run
 * or turns it to the new target; by the account's `hold` that waits (held.h). Opens the account on
 * first use. Of an ordinary client's way it is brought into what is there, and no number is retired
 * by its absence (profile_merge.h); by `first_change` its run waits for an answer (first.h). One
 * part of a turn. Who has a service calls published_tell() behind it, whatever the source. */
enum profile_result profile_publish(const struct rules *rules, struct arena *arena,
	const struct store_account *account, const struct vcard *card, enum profile_source source,
	int64_t now, const char **why);

/* The same, and neither `hold` nor the limit on changes is heeded. */
enum profile_result profile_publish_at_once(const struct rules *rules, struct arena *arena,
	const struct store_account *account, const struct vcard *card, int64_t now,
	const char **why);

/* What keeps card, of len bytes as it would be stored, with that history, from being a profile, for
 * a person; or NULL. */
const char *profile_fault(const struct rules *rules, struct arena *arena, const struct vcard *card,
	size_t len, const struct history *history);

/* *right: a search finds the profile, with that card and history, by what it is to be found by and
 * nothing else. */
enum store_result profile_is_found_rightly(const struct rules *rules, struct arena *arena,
	const struct store_profile *profile, const struct vcard *card,
	const struct history *history, bool *right);

/* Makes profile (card: its card) and history what they were once. No link may have been brought to
 * a later version. */
enum profile_result profile_restore(const struct rules *rules, struct arena *arena,
	const struct store_profile *profile, const struct history *history,
	const struct vcard *card);

/* Hides the profile; no number is retired. Nobody's card follows while it is hidden. */
enum profile_result profile_retract(const struct rules *rules, struct arena *arena,
	const struct store_account *account, int64_t now);

/* To be called when account set `visible` or `audience` wider: those who were refused before are
 * brought up to date by a run to the present version. Harmless when repeated. */
enum profile_result profile_rules_changed(
	const struct rules *rules, struct arena *arena, int64_t account, int64_t now);

/* What reader may see of owner's profile; of a hidden one nobody sees anything. owner: also an
 * account that there is not (rules.h). */
enum profile_result profile_read(const struct rules *rules, struct arena *arena,
	const struct store_account *owner, const struct store_account *reader,
	struct store_profile *profile);

#endif
