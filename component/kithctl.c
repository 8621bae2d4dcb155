/* kithctl: for the admin of a server that runs kithd; works beside it on the same store. */
#include "component/ctl.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/jid.h"
#include "common/log.h"
#include "component/clock.h"

#define FILE_MAX (256U << 20)	      /* bytes of a file that is read */
#define FOREIGN_MAX (4 * JID_MAX + 1) /* bytes that are printed of a line: any JID, escaped */

/* In order of name; this is also the help. */
static const struct command_row {
	const char *name, *arguments, *help;
	int least, most; /* arguments, options among them */
	bool needs_store;
	ctl_command *run;
} commands[] = {
	{"accounts", "", "lists the accounts that use the service", 0, 0, true, ctl_accounts},
	{"backup", "FILE", "copies the store, in use or not, to a new file", 1, 1, true,
		ctl_backup},
	{"changes", "[JID]", "the log of number changes, the newest first", 0, 1, true,
		ctl_changes},
	{"convert", "[-f 4.0|3.0|xml|vcard-temp] FILE", "any vCard in, the given form out", 1, 3,
		false, ctl_convert},
	{"erase", "[-y] JID", "deletes all that is stored for an account", 1, 2, true, ctl_erase},
	{"export", "JID", "prints an address book as vCard 4.0", 1, 1, true, ctl_export},
	{"import", "JID FILE.vcf | --from prosody|ejabberd|xep-0227 [--replace] PATH",
		"cards into an address book | profiles from a server", 2, 4, true, ctl_import},
	{"number", "[-r REGION] [TEXT]", "how a telephone number is understood", 0, 3, false,
		ctl_number},
	{"show", "JID", "an account's profile, settings, numbers and counts", 1, 1, true, ctl_show},
	{"stats", "", "how much is in the store", 0, 0, true, ctl_stats},
	{"verify", "", "checks the store", 0, 0, true, ctl_verify},
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *out)
{
	fputs("usage: kithctl [-c FILE] COMMAND [ARGUMENT...]\n", out);
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		char use[80];

		snprintf(use, sizeof(use), "%s %s", commands[i].name, commands[i].arguments);
		fprintf(out, "  %-40s %s\n", use, commands[i].help);
	}
	fputs("FILE - is standard input; -c: conf, " KITH_CONFDIR "/kith.conf if not given\n", out);
}

static int by_name(const void *key, const void *row)
{
	return strcmp(key, ((const struct command_row *)row)->name);
}

bool ctl_find_account(struct ctl *ctl, const char *text, bool make, struct store_account *account)
{
	const char *bare = NULL;
	enum store_result result = STORE_NONE;

	if (!jid_is_account(ctl->arena, text, &bare)) {
		ctl_print_foreign(stderr, "kithctl: ", text, " is not the JID of an account\n");
	} else if (make && !settings_serves(ctl->settings, bare)) {
		ctl_print_foreign(stderr, "kithctl: ", text, " is of no domain in the conf\n");
	} else if (make) {
		result = store_account_get(ctl->store, ctl->arena, bare, account);
		if (result == STORE_OK && account->opened_at == 0)
			result = store_account_open(ctl->store, account->id, ctl->now);
	} else {
		result = store_account_find(ctl->store, ctl->arena, bare, account);
		if (result == STORE_NONE)
			ctl_print_foreign(stderr, "kithctl: nothing is stored for ", bare, "\n");
	}
	if (result == STORE_ERROR)
		ctl_store_failed(ctl);
	else if (result == STORE_NONE)
		store_turn_rollback(ctl->store);
	return result == STORE_OK;
}

int ctl_store_failed(struct ctl *ctl)
{
	if (store_in_turn(ctl->store))
		store_turn_rollback(ctl->store);
	fputs("kithctl: the store failed\n", stderr);
	return CTL_FAILED;
}

bool ctl_read_file(const char *file, struct buffer *buf)
{
	FILE *in = strcmp(file, "-") == 0 ? stdin : fopen(file, "rb");
	char *room;
	size_t len = 1;

	buffer_init(buf, FILE_MAX);
	while (in != NULL && len > 0 && (room = buffer_reserve(buf, 65536)) != NULL) {
		len = fread(room, 1, 65536, in);
		buf->len += len;
	}
	if (in == NULL || ferror(in)) {
		fprintf(stderr, "kithctl: %s: %s\n", file, strerror(errno));
		buf->failed = true;
	} else if (buf->failed) {
		fprintf(stderr, "kithctl: %s: too large\n", file);
	}
	if (in != NULL && in != stdin)
		fclose(in);
	return !buf->failed;
}

void ctl_print_foreign(FILE *out, const char *before, const char *text, const char *after)
{
	char clean[FOREIGN_MAX];

	fprintf(out, "%s%s%s", before, log_escape(clean, sizeof(clean), text), after);
}

const char *ctl_date(char out[20], int64_t at)
{
	time_t when = (time_t)at;
	struct tm utc;

	out[0] = '\0';
	if (gmtime_r(&when, &utc) != NULL)
		strftime(out, 20, "%Y-%m-%d %H:%M", &utc);
	return out;
}

/* What time it is, as kithd has it where the machine's clock is wrong. */
static bool read_time(struct ctl *ctl)
{
	enum store_result result = store_look_begin(ctl->store);
	struct clock clock;
	int64_t old_s = 0;

	if (result == STORE_OK)
		result = store_old_get(ctl->store, &old_s);
	store_turn_rollback(ctl->store);
	clock_begin(&clock, old_s, clock_wall_s(), clock_boot_ms());
	ctl->now = clock_now(&clock);
	return result == STORE_OK;
}

/* Reads the conf and opens the store; CTL_OK, or an exit status having said why. */
static int open_store(struct ctl *ctl, const char *conf)
{
	char *why = NULL;
	int status = CTL_OK;

	ctl->settings = settings_read(conf, &why);
	if (ctl->settings == NULL) {
		status = errno != 0 ? CTL_FAILED : CTL_USAGE;
		fprintf(stderr, "%s\n", why != NULL ? why : "kithctl: out of memory");
	} else {
		ctl->store = store_open(ctl->settings->store_path, STORE_OPEN_SHARED, &why);
		if (ctl->store == NULL) {
			fprintf(stderr, "kithctl: %s\n", why != NULL ? why : "out of memory");
			status = CTL_FAILED;
		}
	}
	ctl->rules = (struct rules){.store = ctl->store, .settings = ctl->settings};
	if (ctl->store != NULL && !read_time(ctl))
		status = ctl_store_failed(ctl);
	free(why);
	return status;
}

static int show_usage(const struct command_row *command)
{
	fprintf(stderr, "usage: kithctl [-c FILE] %s %s\n", command->name, command->arguments);
	return CTL_USAGE;
}

static int run(const struct command_row *command, const char *conf, int argc, char **argv)
{
	struct ctl ctl = {.argc = argc, .argv = argv};
	int status = CTL_OK;

	if (argc - 1 < command->least || argc - 1 > command->most)
		return show_usage(command);
	ctl.arena = arena_new(0);
	if (ctl.arena == NULL) {
		fputs("kithctl: out of memory\n", stderr);
		return CTL_FAILED;
	}
	if (command->needs_store)
		status = open_store(&ctl, conf);
	if (status == CTL_OK) {
		optind = 1;
		status = command->run(&ctl);
		if (status == CTL_USAGE)
			show_usage(command);
	}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "kithctl: standard output: %s\n", strerror(errno));
		status = CTL_FAILED;
	}
	if (ctl.store != NULL)
		store_close(ctl.store);
	settings_free(ctl.settings);
	arena_free(ctl.arena);
	return status;
}

int main(int argc, char **argv)
{
	const char *conf = KITH_CONFDIR "/kith.conf";
	const struct command_row *command;
	int option;

	log_set(NULL, NULL, LOG_LEVEL_WARN);
	(void)signal(SIGXFSZ, SIG_IGN); /* it is met as a full disk is */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* as kithd does */
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		print_help(stdout);
		return CTL_OK;
	}
	while ((option = getopt(argc, argv, "+c:h")) != -1) {
		switch (option) {
		case 'c':
			conf = optarg;
			break;
		case 'h':
			print_help(stdout);
			return CTL_OK;
		default:
			print_help(stderr);
			return CTL_USAGE;
		}
	}
	command = optind < argc ? bsearch(argv[optind], commands, COMMAND_COUNT,
					  sizeof(commands[0]), by_name)
				: NULL;
	if (command == NULL) {
		print_help(stderr);
		return CTL_USAGE;
	}
	return run(command, conf, argc - optind, argv + optind);
}
