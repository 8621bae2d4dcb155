/* kithctl's commands on accounts: accounts, erase, show. */
#include "component/ctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/card.h"
#include "common/vcard.h"
#include "component/account.h"
#include "component/history.h"

#define PAGE 500 /* accounts read in one turn */

/* ---- accounts ---- */

struct page {
	size_t count;
	char last[JID_MAX + 1];
};

static void print_account(void *context, const struct store_account *account)
{
	struct page *page = context;
	char date[20];

	ctl_print_foreign(stdout, "", account->jid, "\t");
	puts(ctl_date(date, account->opened_at));
	snprintf(page->last, sizeof(page->last), "%s", account->jid);
	page->count++;
}

int ctl_accounts(struct ctl *ctl)
{
	struct page page = {.count = PAGE};

	while (page.count == PAGE) {
		char after[JID_MAX + 1];

		memcpy(after, page.last, sizeof(after));
		page.count = 0;
		if (store_look_begin(ctl->store) != STORE_OK ||
			store_account_list(ctl->store, ctl->arena, after[0] != '\0' ? after : NULL,
				PAGE, print_account, &page) == STORE_ERROR)
			return ctl_store_failed(ctl);
		store_turn_rollback(ctl->store);
		arena_reset(ctl->arena);
	}
	return CTL_OK;
}

/* ---- erase ---- */

/* Asks on a terminal; false without one, having said what to do. */
static bool is_confirmed(const char *jid)
{
	char answer[8] = "";

	if (!isatty(STDIN_FILENO)) {
		fputs("kithctl: not on a terminal: give -y to erase without being asked\n", stderr);
		return false;
	}
	ctl_print_foreign(stderr, "Profile, number history, address book and settings of ", jid,
		" are deleted for good.\nErase them? [y/N] ");
	if (fgets(answer, sizeof(answer), stdin) == NULL)
		return false;
	answer[strcspn(answer, "\n")] = '\0';
	return strcmp(answer, "y") == 0 || strcmp(answer, "yes") == 0;
}

int ctl_erase(struct ctl *ctl)
{
	struct store_account account;
	bool is_sure = false;
	int option;

	while ((option = getopt(ctl->argc, ctl->argv, "+y")) != -1) {
		if (option != 'y')
			return CTL_USAGE;
		is_sure = true;
	}
	if (ctl->argc - optind != 1)
		return CTL_USAGE;
	/* Looked up first, so that nobody is asked about nothing; no turn is open while a person
	 * thinks. */
	if (store_look_begin(ctl->store) != STORE_OK)
		return ctl_store_failed(ctl);
	if (!ctl_find_account(ctl, ctl->argv[optind], false, &account))
		return CTL_FAILED;
	store_turn_rollback(ctl->store);
	if (!is_sure && !is_confirmed(account.jid))
		return CTL_FAILED;
	if (store_turn_begin(ctl->store) != STORE_OK ||
		store_account_erase(ctl->store, account.id, ctl->now) != STORE_OK ||
		store_turn_commit(ctl->store) != STORE_OK)
		return ctl_store_failed(ctl);
	ctl_print_foreign(stdout, "erased ", account.jid, "\n");
	return CTL_OK;
}

/* ---- show ---- */

static enum store_result show_profile(struct ctl *ctl, int64_t account)
{
	struct store_profile profile;
	const struct vcard *card;
	enum store_result result;
	char date[20];

	result = store_profile_get(ctl->store, ctl->arena, account, &profile);
	if (result == STORE_NONE)
		puts("profile: none");
	if (result != STORE_OK)
		return result;
	printf("profile: version %" PRId64 ", changed %s%s\n", profile.version,
		ctl_date(date, profile.changed_at), profile.hidden ? ", hidden" : "");
	card = vcard_from_xml_text(ctl->arena, profile.card, profile.card_len, NULL);
	if (card != NULL) {
		char *line = arena_strdup(ctl->arena, card_text(ctl->arena, card)), *next = NULL;

		for (line = line != NULL ? strtok_r(line, "\n", &next) : NULL; line != NULL;
			line = strtok_r(NULL, "\n", &next))
			ctl_print_foreign(stdout, "  ", line, "\n");
	}
	return STORE_OK;
}

/* A line a number, with what became of it. */
static enum store_result show_history(struct ctl *ctl, int64_t account)
{
	struct history history;

	if (store_history_get(ctl->store, ctl->arena, account, &history) != STORE_OK)
		return STORE_ERROR;
	puts("numbers:");
	for (size_t i = 0; i < history.count; i++) {
		const struct number *number = &history.numbers[i];

		printf("  %s ", number->kind);
		ctl_print_foreign(stdout, "", number->display, "");
		switch (number->state) {
		case NUMBER_CURRENT:
			printf(", since version %" PRId64 "\n", number->from);
			break;
		case NUMBER_REPLACED:
			printf(", versions %" PRId64 " to %" PRId64, number->from, number->to);
			ctl_print_foreign(stdout, ", now ", number->successor, "\n");
			break;
		case NUMBER_RETIRED:
			printf(", versions %" PRId64 " to %" PRId64 ", given up\n", number->from,
				number->to);
			break;
		}
	}
	return STORE_OK;
}

static enum store_result show_settings(struct ctl *ctl, const struct store_account *account)
{
	const char *region = account_region_text(&ctl->rules, ctl->arena, account);

	puts("settings:");
	for (int i = 0; i < SETTING_COUNT; i++) {
		const char *text =
			account_setting_text(&ctl->rules, ctl->arena, account->id, (enum setting)i);

		if (!text)
			return STORE_ERROR;
		printf("  %s\n", text);
	}
	if (region)
		printf("  %s\n", region);
	return region ? STORE_OK : STORE_ERROR;
}

static enum store_result show_lists(struct ctl *ctl, int64_t account)
{
	for (int kind = 0; kind < LISTED_COUNT; kind++) {
		const char *jids[LISTED_MAX];
		size_t count;

		if (store_listed_get(ctl->store, ctl->arena, account, (enum listed)kind, jids,
			    LISTED_MAX, &count) == STORE_ERROR)
			return STORE_ERROR;
		for (size_t i = 0; i < count; i++) {
			printf("  %s: ", listed_name((enum listed)kind));
			ctl_print_foreign(stdout, "", jids[i], "\n");
		}
	}
	return STORE_OK;
}

static enum store_result show_counts(struct ctl *ctl, int64_t account)
{
	int64_t contacts, holders;
	struct store_run run;
	enum store_result result;

	if (store_contact_count(ctl->store, account, &contacts) != STORE_OK ||
		store_link_count(ctl->store, account, &holders) != STORE_OK)
		return STORE_ERROR;
	printf("contacts: %" PRId64 "\nholders: %" PRId64 "\n", contacts, holders);
	result = store_run_get(ctl->store, account, &run);
	if (result == STORE_OK)
		printf("run: to version %" PRId64 ", cards up to %" PRId64 " of %" PRId64 "%s\n",
			run.version, run.cards_done, run.cards_last,
			run.asked ? ", waits for its owner's answer" : "");
	return result;
}

/* What the last change came to: the admin sees the counts as they are. */
static enum store_result show_report(struct ctl *ctl, int64_t account)
{
	struct store_report report;
	enum store_result result = store_report_get(ctl->store, account, &report);

	if (result != STORE_OK)
		return result;
	printf("report: version %" PRId64 ", reached %" PRId64 ", asked %" PRId64
	       ", offered %" PRId64 ", waiting %" PRId64 ", bounced %" PRId64 "%s\n",
		report.version, report.counts.reached, report.counts.asked, report.counts.offered,
		report.counts.waiting, report.counts.bounced,
		report.ended_at == 0 ? ", under way" : "");
	return STORE_OK;
}

int ctl_show(struct ctl *ctl)
{
	struct store_account account;
	char date[20];

	if (store_look_begin(ctl->store) != STORE_OK)
		return ctl_store_failed(ctl);
	if (!ctl_find_account(ctl, ctl->argv[1], false, &account))
		return CTL_FAILED;
	ctl_print_foreign(stdout, "account: ", account.jid, ", ");
	printf("%s %s%s\n", account.opened_at != 0 ? "since" : "known from address books only",
		account.opened_at != 0 ? ctl_date(date, account.opened_at) : "",
		account.opened_at != 0 && account.used_at == 0 ? ", has not used Kith itself" : "");
	if (show_profile(ctl, account.id) == STORE_ERROR ||
		show_history(ctl, account.id) == STORE_ERROR ||
		show_settings(ctl, &account) == STORE_ERROR ||
		show_lists(ctl, account.id) == STORE_ERROR ||
		show_counts(ctl, account.id) == STORE_ERROR ||
		show_report(ctl, account.id) == STORE_ERROR)
		return ctl_store_failed(ctl);
	store_turn_rollback(ctl->store);
	return CTL_OK;
}
