/* Looking people up in the directory: see directory.h. */
#include "component/directory.h"

#include "common/arena.h"

#define CANDIDATES_MIN 200  /* that are looked at first, */
#define CANDIDATES_MAX 2000 /* and at most: each costs a look at its owner's rules */

struct candidates {
	int64_t accounts[CANDIDATES_MAX];
	size_t count;
};

static void add_candidate(void *context, int64_t account, const char *jid)
{
	struct candidates *candidates = context;

	(void)jid;
	if (candidates->count < CANDIDATES_MAX)
		candidates->accounts[candidates->count++] = account;
}

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

/* The store cuts off before the rules do, so it is asked again for more: who may not be found must
 * not stand before who may. */
int directory_search(const struct rules *rules, struct arena *arena,
	const struct store_account *seeker, const struct store_terms *terms, directory_row *row,
	void *context)
{
	struct candidates *candidates = arena_alloc(arena, sizeof(*candidates));
	struct arena *scratch = arena_new(0);
	size_t done = 0, max = CANDIDATES_MIN;
	int result = candidates && scratch ? 0 : -1;

	while (result == 0) {
		candidates->count = 0;
		if (store_profile_search(
			    rules->store, arena, terms, max, add_candidate, candidates) != STORE_OK)
			result = -1;
		for (; result == 0 && done < candidates->count; done++)
			result = consider(
				rules, scratch, candidates->accounts[done], seeker, row, context);
		if (candidates->count < max || max == CANDIDATES_MAX)
			break;
		max = CANDIDATES_MAX;
	}
	if (result == 0 && done == 0)
		result = consider_nobody(rules, scratch, seeker);
	arena_free(scratch);
	return result < 0 ? -1 : 0;
}
