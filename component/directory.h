/* Looking people up in the directory, as far as they let themselves be found (design: section 4,
 * `findable`): in every way to search. */
#ifndef KITH_DIRECTORY_H
#define KITH_DIRECTORY_H

#include "component/rules.h"

struct arena;

/* 0: go on; 1: that's enough; -1: the store failed. scratch is memory of this call alone. */
typedef int directory_row(void *context, struct arena *scratch, const struct store_account *owner);

/* Those who have one of the terms and whom seeker may find, in the order in which
 * store_profile_search() comes to them. Who may not be found doesn't stand before who may, except
 * that no more than 500 are looked at. 0, or -1: the store failed. */
int directory_search(const struct rules *rules, const struct store_account *seeker,
	const struct store_terms *terms, directory_row *row, void *context);

#endif
