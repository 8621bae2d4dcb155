/* A query of an address book's archive, read and checked (XEP-0313, 4; for feature_mam.c). */
#ifndef KITH_MAM_H
#define KITH_MAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "component/feature.h"
#include "component/rsm.h"

#define MAM_PAGE_MAX 50
#define MAM_PAGE_BYTES (512 * 1024) /* of cards in one page; a single one always goes */

struct mam_query {
	int64_t owner;
	int64_t dropped;	/* position up to which retractions were dropped */
	struct store_span span; /* of after-id, before-id and the page; of start and end */
	bool nothing;		/* `with` names somebody who sent nothing of it */
	bool has_ids;
	const int64_t *ids; /* positions, rising */
	size_t id_count;
	struct rsm rsm;
	bool is_flipped;
};

/* Reads the <query/> of request, whose form and page may be absent. */
enum answer mam_query_read(struct mam_query *query, struct request *request, int64_t owner);

/* The form of the fields that are known (4.1.5). */
struct xml *mam_form(struct arena *arena);

#endif
