/* kithd: what time it is; see kithd_state.h and clock.h. */
#include <inttypes.h>

#include "common/log.h"
#include "component/kithd_state.h"
#include "component/store.h"

#define KEEP_S 600 /* between notes of what time it is */

int kithd_begin_clock(struct kithd *kithd)
{
	enum store_result result = store_look_begin(kithd->store);

	if (result == STORE_OK)
		result = store_old_get(kithd->store, &kithd->old_s);
	store_turn_rollback(kithd->store);
	clock_begin(&kithd->clock, kithd->old_s, clock_wall_s(), clock_boot_ms());
	return result == STORE_OK ? 0 : -1;
}

void kithd_look_at_clock(struct kithd *kithd)
{
	struct clock *clock = &kithd->clock;

	switch (clock_tick(clock, clock_wall_s(), clock_boot_ms())) {
	case CLOCK_GOES:
		break;
	case CLOCK_JUMPED:
		log_rarely(&kithd->clock_lines, LOG_LEVEL_WARN,
			"clock: it is %" PRId64 " s %s what is known, and isn't followed for now; "
						"set it right if it is wrong",
			clock->off_s < 0 ? -clock->off_s : clock->off_s,
			clock->off_s < 0 ? "behind" : "ahead of");
		break;
	case CLOCK_BACK:
		log_rarely(&kithd->clock_lines, LOG_LEVEL_INFO, "clock: it is right again");
		break;
	case CLOCK_TAKEN:
		log_rarely(
			&kithd->clock_lines, LOG_LEVEL_WARN, "clock: it stays so, and is followed");
		break;
	}
}

int kithd_keep_time(struct kithd *kithd)
{
	const struct clock *clock = &kithd->clock;
	int64_t old = clock_old(clock);

	if (store_redate(kithd->store, clock_now(clock), clock_far(clock)) != STORE_OK)
		return -1;
	if (clock->is_doubted || (old < kithd->old_s + KEEP_S && old >= kithd->old_s))
		return 0;
	if (store_old_put(kithd->store, old) != STORE_OK)
		return -1;
	kithd->old_s = old;
	return 0;
}
