/* What time it is, though the machine's clock may be wrong for a while: nothing is expired, let go
 * or ended by an hour that wasn't.
 *
 * The machine's clock is followed as long as it goes as time passes. Where it jumps, kithd goes on
 * by its own count (of CLOCK_BOOTTIME, which also counts what the machine slept) for an hour, in
 * which a jump that is undone has no effect; then it takes over what the clock says. One that is a
 * month behind what was known before is taken over only after three days, and one before this
 * program was written never: machines without a battery begin in 1970. At the start, one that is
 * behind what was stored, or a year ahead of it, counts as one that jumped.
 *
 * What is old is told by another count, which is stored. It goes twice as fast as time passes at
 * most, and waits where there is nothing to catch up with. So a clock that is ahead, whatever by,
 * makes nothing older by more than the time for which it is so; and after a month in which kithd
 * was down, what is kept for 90 days goes a month late at most. */
#ifndef KITH_CLOCK_H
#define KITH_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock {
	int64_t anchor_s, anchor_ms; /* it was that time when CLOCK_BOOTTIME was this */
	int64_t last_ms;	     /* the last tick */
	int64_t old_ms;		     /* the other count */
	bool is_old_known;	     /* else it begins with the first clock that is followed */
	bool is_doubted;	     /* the machine's clock, since: */
	int64_t doubted_ms;
	int64_t off_s; /* so much ahead of the own count */
};

enum clock_event {
	CLOCK_GOES,
	CLOCK_JUMPED, /* off_s: by how much; it isn't followed for now */
	CLOCK_BACK,   /* it is right again */
	CLOCK_TAKEN,  /* it went on as it jumped, and is followed */
};

/* In place. old_s: clock_old() as it was stored last; 0: never. wall_s: seconds UTC by the machine;
 * boot_ms: CLOCK_BOOTTIME. */
void clock_begin(struct clock *clock, int64_t old_s, int64_t wall_s, int64_t boot_ms);
/* To be called often: each turn. */
enum clock_event clock_tick(struct clock *clock, int64_t wall_s, int64_t boot_ms);

/* As of the last tick, seconds UTC: what time it is, and by what is told what is old. */
int64_t clock_now(const struct clock *clock);
int64_t clock_old(const struct clock *clock);
/* Whatever was stored with a time behind this was so by a clock that was wrong. */
int64_t clock_far(const struct clock *clock);

/* The machine's clocks. */
int64_t clock_wall_s(void);
int64_t clock_boot_ms(void);

#endif
