/* kithd: its options; what they ask for is done by kithd.c. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "config.h"

#include "common/log.h"
#include "component/kithd.h"
#include "component/settings.h"
#include "component/store.h"

#define EXIT_USAGE 2 /* usage or conf */

static void print_line(void *context, const char *text)
{
	fprintf(context, "%s\n", text);
}

/* kithd -n: a store that isn't there yet is none that is wrong. */
static int check(const struct settings *settings)
{
	struct store *store;
	char *why = NULL;

	settings_print(settings, print_line, stdout);
	if (access(settings->store_path, F_OK) && errno == ENOENT) {
		printf("# the store is not there yet\n");
		return EXIT_SUCCESS;
	}
	store = store_open(settings->store_path, STORE_OPEN_SHARED, &why);
	if (!store) {
		log_error("kithd: %s", why ? why : "no memory");
		free(why);
		return EXIT_FAILURE;
	}
	store_close(store);
	return EXIT_SUCCESS;
}

static const char usage[] =
	"usage: kithd [-c FILE] [-n] [-d]\n"
	"  -c, --conf FILE  settings (" KITH_CONFDIR "/kith.conf)\n"
	"  -n, --check      check settings and store, print the settings, and exit\n"
	"  -d, --debug      log a line a stanza\n"
	"  -V, --version\n"
	"  -h, --help\n";

int main(int argc, char **argv)
{
	static const struct option options[] = {{"conf", required_argument, NULL, 'c'},
		{"check", no_argument, NULL, 'n'}, {"debug", no_argument, NULL, 'd'},
		{"version", no_argument, NULL, 'V'}, {"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}};
	const char *conf = KITH_CONFDIR "/kith.conf";
	enum log_level level = LOG_LEVEL_INFO;
	struct settings *settings;
	int status;
	bool checks = false;

	for (int option; (option = getopt_long(argc, argv, "c:ndVh", options, NULL)) != -1;) {
		switch (option) {
		case 'c':
			conf = optarg;
			break;
		case 'n':
			checks = true;
			break;
		case 'd':
			level = LOG_LEVEL_DEBUG;
			break;
		case 'V':
			printf("kithd %s\n", PACKAGE_VERSION);
			return EXIT_SUCCESS;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		default:
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	kithd_log_begin(level);
	/* A limit on the size of files is met as a full disk is, and a log that nobody reads ends
	 * nothing. */
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	/* What is in memory, the secret and what people stored, goes neither into a core nor to
	 * another process of the same user. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		log_warn("kithd: others may read its memory: %s", strerror(errno));
	settings = kithd_read_conf(conf);
	if (!settings)
		return errno ? EXIT_FAILURE : EXIT_USAGE; /* for a fault it isn't started again */
	if (!checks)
		return kithd_run(conf, settings) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	status = check(settings);
	settings_free(settings);
	return status;
}
