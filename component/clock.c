/* What time it is: see clock.h. */
#include "component/clock.h"

#include <stdlib.h>
#include <time.h>

#define JUMP_S 60	    /* more than that from one tick to the next is no correction */
#define EPOCH_S 1735689600  /* 2025-01-01: before this program was there */
#define DOUBT_MS 3600000    /* for which a jump isn't followed */
#define BEHIND_S 2592000    /* behind what was known, a clock is most likely wrong: */
#define BEHIND_MS 259200000 /* for which it isn't */
#define AHEAD_S 31536000    /* of what was stored last, at the start */

int64_t clock_wall_s(void)
{
	return (int64_t)time(NULL);
}

int64_t clock_boot_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t own_count_s(const struct clock *clock, int64_t boot_ms)
{
	return clock->anchor_s + (boot_ms - clock->anchor_ms) / 1000;
}

static bool is_far_behind(const struct clock *clock, int64_t wall_s)
{
	return wall_s < clock_old(clock) - BEHIND_S;
}

static void follow(struct clock *clock, int64_t wall_s, int64_t boot_ms)
{
	clock->anchor_s = wall_s;
	clock->anchor_ms = boot_ms;
	clock->is_doubted = false;
	if (!clock->is_old_known ||
		(clock->old_ms > wall_s * 1000 && !is_far_behind(clock, wall_s)))
		clock->old_ms = wall_s * 1000;
	clock->is_old_known = true;
}

void clock_begin(struct clock *clock, int64_t old_s, int64_t wall_s, int64_t boot_ms)
{
	int64_t known_s = old_s > EPOCH_S ? old_s : EPOCH_S;
	bool is_ahead = old_s > EPOCH_S && wall_s > known_s + AHEAD_S;

	/* One that is wrong by what is known is met by the first tick. */
	*clock =
		(struct clock){.anchor_s = is_ahead || wall_s < known_s - JUMP_S ? known_s : wall_s,
			.anchor_ms = boot_ms,
			.last_ms = boot_ms,
			.is_old_known = old_s > EPOCH_S};
	clock->old_ms = (clock->is_old_known ? old_s : clock->anchor_s) * 1000;
}

/* Lets the other count go on, towards now. */
static void age(struct clock *clock, int64_t passed_ms)
{
	int64_t behind_ms = clock_now(clock) * 1000 - clock->old_ms;

	if (behind_ms > 2 * passed_ms)
		behind_ms = 2 * passed_ms;
	if (behind_ms > 0)
		clock->old_ms += behind_ms;
}

static bool is_to_be_taken(const struct clock *clock, int64_t wall_s, int64_t boot_ms)
{
	return wall_s >= EPOCH_S &&
	       boot_ms - clock->doubted_ms >= (is_far_behind(clock, wall_s) ? BEHIND_MS : DOUBT_MS);
}

static enum clock_event look(struct clock *clock, int64_t wall_s, int64_t boot_ms)
{
	int64_t off_s = wall_s - own_count_s(clock, boot_ms);
	bool was_doubted = clock->is_doubted;

	if (llabs(off_s) <= JUMP_S) {
		follow(clock, wall_s, boot_ms);
		return was_doubted ? CLOCK_BACK : CLOCK_GOES;
	}
	if (!was_doubted || llabs(off_s - clock->off_s) > JUMP_S) {
		clock->is_doubted = true;
		clock->doubted_ms = boot_ms;
		clock->off_s = off_s;
		return CLOCK_JUMPED;
	}
	if (!is_to_be_taken(clock, wall_s, boot_ms))
		return CLOCK_GOES;
	follow(clock, wall_s, boot_ms);
	return CLOCK_TAKEN;
}

enum clock_event clock_tick(struct clock *clock, int64_t wall_s, int64_t boot_ms)
{
	enum clock_event event = look(clock, wall_s, boot_ms);
	int64_t passed_ms = boot_ms - clock->last_ms;

	clock->last_ms = boot_ms;
	age(clock, passed_ms);
	return event;
}

int64_t clock_now(const struct clock *clock)
{
	return own_count_s(clock, clock->last_ms);
}

int64_t clock_old(const struct clock *clock)
{
	return clock->old_ms / 1000;
}

int64_t clock_far(const struct clock *clock)
{
	int64_t now = clock_now(clock), old = clock_old(clock);

	return (now > old ? now : old) + BEHIND_S;
}
