/* What an ordinary client publishes, brought into the profile that is there (design: section 4,
 * "History"): such clients drop what they don't know. For profile.c alone. */
#ifndef KITH_PROFILE_MERGE_H
#define KITH_PROFILE_MERGE_H

#include <stdint.h>

#include "component/missing.h"
#include "component/profile.h"

struct history;

/* The card to be stored, in the arena; NULL: no memory, or more properties than a card may have.
 *  - What of `stored` (NULL: there is none) the source has no words for stays: for vcard-temp all
 *    that doesn't come out of it again, for vCard4 unknown properties.
 *  - What has the same value in both stays with its parameters, but for a TYPE or PREF that the
 *    client changed.
 *  - A number of history that is missing stays too, unless a new one of its kind takes its place;
 * so it is one of *missing.
 *  - Without FN it gets the stored one, else what else the card calls the person, else `jid`'s
 *    local part.
 *  - All else is as in incoming. */
struct vcard *profile_merge(struct arena *arena, const struct vcard *stored,
	const struct vcard *incoming, enum profile_source source, const struct history *history,
	const char *region, const char *jid, struct missing_numbers *missing);

#endif
