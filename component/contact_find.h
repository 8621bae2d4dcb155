/* Looking through an address book for what a person knows of a contact: a part of the name, of an
 * e-mail or of an address, or a number. */
#ifndef KITH_CONTACT_FIND_H
#define KITH_CONTACT_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "component/feature.h"

struct contact_found {
	size_t hits;
	bool is_full;	  /* there may be more */
	const char *last; /* behind which item: in the arena of the request */
};

/* Adds the contacts of owner that text fits ("": all) to a list field as options, a few at a time,
 * in order of item id, behind `after` (NULL: from the start); looks at so many as others can wait
 * for. */
enum store_result contact_find(struct request *request, const struct store_account *owner,
	const char *text, const char *after, struct xml *field, struct contact_found *found);

#endif
