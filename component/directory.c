/* Looking people up in the directory: see directory.h. */
#include "component/directory.h"

#include "common/arena.h"

#define CANDIDATES_MAX 500 /* that are looked at: a refusal takes 30,000 instructions */

/* One candidate, as directory_row. */
static int consider(const struct rules *rules, struct arena *scratch, int64_t account,
	const struct store_account *seeker, directory_row *row, void *context)
{
	struct store_account owner;
	int result = -1;

	arena_reset(scratch);
	if (store_account_by_id(rules->store, scratch, account, &owner) != STORE_OK)
		return -1;
	switch (rules_findable(rules, scratch, &owner, seeker)) {
	case VERDICT_YES:
		result = row(context, scratch, &owner);
		break;
	case VERDICT_NO:
		return 0;
	case VERDICT_ERROR:
		break;
	}
	return arena_failed(scratch) ? -1 : result;
}

/* Where nothing is found, nobody is considered (whose id is 0): else it would be told by the time
 * that somebody is there who may not be found. */
static int consider_nobody(
	const struct rules *rules, struct arena *scratch, const struct store_account *seeker)
{
	struct store_account owner;

	arena_reset(scratch);
	if (store_account_by_id(rules->store, scratch, 0, &owner) == STORE_ERROR)
		return -1;
	owner = (struct store_account){.jid = seeker->jid};
	return rules_findable(rules, scratch, &owner, seeker) == VERDICT_ERROR ? -1 : 0;
}

int directory_search(const struct rules *rules, const struct store_account *seeker,
	const struct store_terms *terms, directory_row *row, void *context)
{
	struct arena *scratch = arena_new(0);
	int64_t candidates[CANDIDATES_MAX];
	size_t count = 0;
	int result = scratch && store_profile_search(rules->store, terms, candidates,
					CANDIDATES_MAX, &count) == STORE_OK
			     ? 0
			     : -1;

	for (size_t i = 0; result == 0 && i < count; i++)
		result = consider(rules, scratch, candidates[i], seeker, row, context);
	if (result == 0 && count == 0)
		result = consider_nobody(rules, scratch, seeker);
	arena_free(scratch);
	return result < 0 ? -1 : 0;
}
