/* What follows the publication of a profile, whatever way it came. */
#ifndef KITH_PUBLISHED_H
#define KITH_PUBLISHED_H

#include "component/feature.h"

/* To be called after each profile_publish() that gave PROFILE_OK, in the same part of the turn, by
 * all who have a service (kithctl has none): sends the headline to the account's devices, and tells
 * its owner what there is to say: that a change is held (held.h), the question whether it goes to
 * others (first.h), the one about numbers that are missing (missing.h). What was said or asked
 * before isn't said again. Of a profile that is hidden the headline says that it is gone. -1: the
 * store failed. */
int published_tell(struct service *service, struct arena *arena,
	const struct store_account *account, int64_t now);

#endif
