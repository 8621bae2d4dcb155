/* How many a change of one's own numbers would reach, before it is made (design: section 4,
 * "Rules"): its owner looks before the change is confirmed. Nothing is stored. */
#ifndef KITH_PREVIEW_H
#define KITH_PREVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "component/profile.h"

struct arena;
struct vcard;

/* What is looked at in one turn, those in the roster among the links: a link costs 20 to 40 us, a
 * large card (one with a photo) a millisecond for 100 KiB. */
#define PREVIEW_LINKS_MAX 250
#define PREVIEW_BYTES_MAX (1u << 20)

struct preview {
	const char *what;     /* the change in words, as history_compare() has it; NULL: no number
				 changes, and nothing was looked at */
	size_t reached;	      /* links whose card would be brought up to date */
	size_t asked;	      /* links whose holder would be asked */
	bool is_more;	      /* there are links beyond those that were looked at */
	size_t offered;	      /* those in the roster to whom the card would be offered */
	bool is_more_offered; /* and there are others in it */
	const char *refused;  /* why nobody was looked at: that was done too often; NULL */
};
/* What publishing card as account's profile would do, by the rules in force: each link is looked at
 * as a run would look at it (run_look()), and then the roster (roster_push_wants()). It counts as a
 * search (rates.h). PROFILE_INVALID: it would be refused, *why. */
enum profile_result preview_change(const struct rules *rules, struct arena *arena,
	const struct store_account *account, const struct vcard *card, int64_t now,
	struct preview *preview, const char **why);

/* "cell +44 1 -> +44 2: goes to about 34 address books; a few are asked first.", in the arena;
 * always the same where all of them together are few (report.h). */
const char *preview_text(struct arena *arena, const struct preview *preview);

#endif
