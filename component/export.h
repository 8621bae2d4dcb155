/* All that is stored of an account, as its owner gets it (design: section 3, "forms"): as JSON
 * (RFC 8259), or what of it is a vCard (RFC 6350). In parts, where it is much.
 *
 * What belongs to others is not in it, though it may be about the account: contacts of others with
 * what updates did to them, lists of others that name it, questions to others that it led to (whose
 * answer would be told by that). Nor is what only repeats: words that a search finds, positions,
 * ids. tests/test_export.c has a list of all tables. */
#ifndef KITH_EXPORT_H
#define KITH_EXPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buffer.h"
#include "component/feature.h"

struct export_part {
	struct buffer out; /* the caller clears it, also on failure */
	int64_t next;	   /* where the next part begins, if has_more */
	bool has_more;
};

/* The part of account's that begins at `from` (0: the first), which is no more than a server takes
 * in one stanza. from: `next` of another part; anything else gives nothing that is not the
 * account's. */
enum store_result export_part(struct request *request, const struct store_account *account,
	bool is_json, int64_t from, struct export_part *part);

#endif
