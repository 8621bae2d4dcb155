/* Counts of pushes on their way; see tally.h. */
#include "component/tally.h"

#include <stdlib.h>

struct entry {
	int64_t account, version;
	struct store_counts sent;   /* in the window under way */
	struct store_counts taken;  /* by the server; not known to be stored */
	struct store_counts stored; /* of these: in a turn that may yet be rolled back */
};

struct tally {
	struct entry *entries;
	size_t count, size;
	size_t last; /* the one that was added to */
};

struct tally *tally_new(void)
{
	return calloc(1, sizeof(struct tally));
}

void tally_free(struct tally *tally)
{
	if (tally == NULL)
		return;
	free(tally->entries);
	free(tally);
}

static void add(struct store_counts *to, const struct store_counts *counts, int64_t times)
{
	to->reached += times * counts->reached;
	to->asked += times * counts->asked;
	to->offered += times * counts->offered;
	to->waiting += times * counts->waiting;
	to->bounced += times * counts->bounced;
	to->pushed += times * counts->pushed;
}

static bool is_zero(const struct store_counts *counts)
{
	return counts->reached == 0 && counts->asked == 0 && counts->offered == 0 &&
	       counts->waiting == 0 && counts->bounced == 0 && counts->pushed == 0;
}

static struct entry *find(struct tally *tally, int64_t account, int64_t version)
{
	for (size_t i = 0; i < tally->count; i++) {
		size_t at = (tally->last + i) % tally->count;

		if (tally->entries[at].account == account &&
			tally->entries[at].version == version) {
			tally->last = at;
			return &tally->entries[at];
		}
	}
	if (tally->count == TALLY_MAX)
		return NULL;
	if (tally->count == tally->size) {
		size_t size = tally->size == 0 ? 16 : tally->size * 2;
		struct entry *more = realloc(tally->entries, size * sizeof(*more));

		if (more == NULL)
			return NULL;
		tally->entries = more;
		tally->size = size;
	}
	tally->last = tally->count++;
	tally->entries[tally->last] = (struct entry){.account = account, .version = version};
	return &tally->entries[tally->last];
}

void tally_add(struct tally *tally, int64_t account, int64_t version,
	const struct store_counts *counts, bool is_taken)
{
	struct entry *entry = find(tally, account, version);

	if (entry != NULL)
		add(is_taken ? &entry->taken : &entry->sent, counts, 1);
}

void tally_taken(struct tally *tally)
{
	for (size_t i = 0; i < tally->count; i++) {
		struct entry *entry = &tally->entries[i];

		add(&entry->taken, &entry->sent, 1);
		entry->sent = (struct store_counts){0};
	}
}

void tally_cut(struct tally *tally)
{
	for (size_t i = 0; i < tally->count; i++)
		tally->entries[i].sent = (struct store_counts){0};
}

bool tally_has(const struct tally *tally)
{
	for (size_t i = 0; i < tally->count; i++) {
		if (!is_zero(&tally->entries[i].taken))
			return true;
	}
	return false;
}

int tally_store(struct tally *tally, struct store *store)
{
	for (size_t i = 0; i < tally->count; i++) {
		struct entry *entry = &tally->entries[i];

		entry->stored = entry->taken;
		if (!is_zero(&entry->taken) && store_report_add(store, entry->account,
						       entry->version, &entry->taken) != STORE_OK)
			return -1;
	}
	return 0;
}

void tally_rolled_back(struct tally *tally)
{
	for (size_t i = 0; i < tally->count; i++)
		tally->entries[i].stored = (struct store_counts){0};
}

void tally_committed(struct tally *tally)
{
	for (size_t i = tally->count; i-- > 0;) {
		struct entry *entry = &tally->entries[i];

		add(&entry->taken, &entry->stored, -1);
		entry->stored = (struct store_counts){0};
		if (is_zero(&entry->taken) && is_zero(&entry->sent))
			*entry = tally->entries[--tally->count];
	}
}
