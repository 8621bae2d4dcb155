/* An account's end, as its owner or an admin wants it (design: section 4, "Accounts end"). */
#ifndef KITH_ACCOUNT_H
#define KITH_ACCOUNT_H

#include <stdint.h>

#include "component/rules.h"

struct arena;
struct service;
struct xml;

/* Erases all that is stored of account, and tells its devices that both of its nodes are empty. */
enum store_result account_erase(struct service *service, struct arena *arena,
	const struct store_account *account, int64_t now);

/* Adds to a field of a form, a value a line: since when it is, what is followed, its settings, its
 * numbers and what became of each, how many contacts and holders. */
enum store_result account_describe(const struct rules *rules, struct arena *arena,
	const struct store_account *account, struct xml *field);

/* "visible = known (default)", in the arena; NULL: the store failed, or there is no memory. */
const char *account_setting_text(
	const struct rules *rules, struct arena *arena, int64_t account, enum setting setting);

/* "region = GB (default)", in the same way. */
const char *account_region_text(
	const struct rules *rules, struct arena *arena, const struct store_account *account);

#endif
