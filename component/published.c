/* What follows the publication of a profile: see published.h. */
#include "component/published.h"

#include "component/first.h"
#include "component/held.h"
#include "component/missing.h"

int published_tell(struct service *service, struct arena *arena,
	const struct store_account *account, int64_t now)
{
	struct store_profile profile;
	bool open = false;

	/* As it was stored. */
	if (store_profile_get(service->store, arena, account->id, &profile) != STORE_OK)
		return -1;
	service_profile_changed(service, arena, account->jid, profile.hidden ? NULL : profile.card,
		profile.card_len);
	if (held_announce(service, arena, account, profile.version, now) != 0 ||
		first_ask(service, arena, account, now, &open) != 0)
		return -1;
	return missing_ask(service, arena, account, now);
}
