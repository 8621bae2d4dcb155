/* An account's end, as its owner or an admin wants it (design: section 4, "Accounts end"). */
#ifndef KITH_ACCOUNT_H
#define KITH_ACCOUNT_H

#include <stdint.h>

#include "component/store.h"

struct arena;
struct service;

/* Erases all that is stored of account, and tells its devices that both of its nodes are empty. */
enum store_result account_erase(struct service *service, struct arena *arena,
	const struct store_account *account, int64_t now);

#endif
