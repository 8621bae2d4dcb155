/* kithctl's commands on the store as a whole: backup, changes, stats, verify. */
#include "component/ctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/arena.h"
#include "component/verify.h"

#define CHANGES_MAX 1000 /* lines of the log that are printed */

int ctl_stats(struct ctl *ctl)
{
	struct store_stats stats;

	if (store_look_begin(ctl->store) != STORE_OK || store_stats(ctl->store, &stats) != STORE_OK)
		return ctl_store_failed(ctl);
	store_turn_rollback(ctl->store);
	printf("accounts %" PRId64 "\n", stats.accounts);
	printf("profiles %" PRId64 "\n", stats.profiles);
	printf("contacts %" PRId64 "\n", stats.contacts);
	printf("links    %" PRId64 "\n", stats.links);
	printf("runs     %" PRId64 "\n", stats.runs);
	printf("updates  %" PRId64 "\n", stats.updates);
	printf("bytes    %" PRId64 "\n", stats.bytes);
	return CTL_OK;
}

static void print_fault(void *context, const char *text)
{
	(void)context;
	ctl_print_foreign(stdout, "", text, "\n");
}

int ctl_verify(struct ctl *ctl)
{
	int64_t faults = 0;

	if (verify_all(&ctl->rules, print_fault, NULL, &faults) != STORE_OK)
		return ctl_store_failed(ctl);
	if (faults > 0)
		fprintf(stderr, "kithctl: faults: %" PRId64 "\n", faults);
	return faults > 0 ? CTL_FAILED : CTL_OK;
}

int ctl_backup(struct ctl *ctl)
{
	char *why = NULL;
	enum store_result result;

	result = store_backup(ctl->store, ctl->argv[1], &why);
	if (result != STORE_OK)
		fprintf(stderr, "kithctl: %s: %s\n", ctl->argv[1],
			why != NULL ? why : "the store failed");
	free(why);
	return result == STORE_OK ? CTL_OK : CTL_FAILED;
}

/* A line: date, account, what; tabs between. */
static void print_change(void *context, const struct store_change *change)
{
	char date[20];

	(void)context;
	printf("%s\t", ctl_date(date, change->at));
	ctl_print_foreign(stdout, "", change->jid, "");
	ctl_print_foreign(stdout, "\t", change->what, "\n");
}

int ctl_changes(struct ctl *ctl)
{
	struct store_account account = {0};

	if (store_look_begin(ctl->store) != STORE_OK)
		return ctl_store_failed(ctl);
	if (ctl->argc == 2 && !ctl_find_account(ctl, ctl->argv[1], false, &account))
		return CTL_FAILED;
	if (store_change_list(ctl->store, ctl->arena, account.id, CHANGES_MAX, print_change,
		    NULL) == STORE_ERROR)
		return ctl_store_failed(ctl);
	store_turn_rollback(ctl->store);
	return CTL_OK;
}
