/* Is what the store holds sound: the file and its rows (store_verify()), and what is in them:
 * cards, what was done to them, what profiles are found by. For the admin: it reads all there is.
 */
#ifndef KITH_VERIFY_H
#define KITH_VERIFY_H

#include <stdint.h>

#include "component/rules.h"

/* A line for each fault, which names the account where it is of one; *faults: how many. Where
 * something can't be read, that is one, and what can is looked at. It keeps nobody from writing
 * meanwhile. No turn of this store may be open. */
enum store_result verify_all(const struct rules *rules,
	void (*fault)(void *context, const char *text), void *context, int64_t *faults);

#endif
