/* kith, the command: one word of libkith at a time on a connection of its own, or `watch`. */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <kith.h>
#include <kith_strophe.h>

#include "plugin/cli_connection.h"
#include "plugin/cli_files.h"
#include "plugin/cli_notify.h"
#include "plugin/cli_questions.h"
#include "plugin/cli_show.h"
#include "plugin/client_conf.h"

enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
};

#define COMMAND_TAG 1 /* of the one command that is given; 0 is that of what comes by itself */
#define BUTTON_TAG 2  /* of what a button of a notification gave */
#define WORDS_MAX 16  /* more make no sense to `number` */

struct cli {
	struct kith *kith;
	struct cli_connection *connection;
	struct cli_show show;
	bool watch;
	bool tells_changes; /* of single contacts: `sync` and `watch`; otherwise they are the way */
	bool asks;	    /* there is a person at a terminal */
	bool notifies;	    /* on the desktop */
	bool is_number;	    /* the command is `number` */
	bool yes;	    /* it isn't asked whether the number is to change */
	bool done;
	int status;
	struct cli_questions *questions;
#ifdef HAVE_LIBNOTIFY
	struct cli_notify *notify; /* NULL: not wanted */
#endif
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

/* ---- What the library says ---- */

static void on_done(struct cli *cli, const struct kith_event *event)
{
	if (cli->show.json)
		cli_show(&cli->show, event);
	/* What was answered in `watch`, or a button gave, is no reason to end. */
	if (event->spontaneous || event->tag != COMMAND_TAG)
		return;
	cli->done = true;
	cli->status = event->outcome == KITH_OUTCOME_OK	     ? EXIT_OK
		      : event->outcome == KITH_OUTCOME_USAGE ? EXIT_USAGE
							     : EXIT_FAILED;
}

static void on_event(void *context, const struct kith_event *event)
{
	struct cli *cli = context;

	if (event->kind == KITH_EVENT_DONE) {
		on_done(cli, event);
		return;
	}
	if (!cli->watch && (event->kind == KITH_EVENT_READY ||
				   (event->spontaneous && event->kind == KITH_EVENT_SYNCED)))
		return;
	if (event->kind == KITH_EVENT_CHANGED && !cli->tells_changes && !cli->show.json)
		return;
#ifdef HAVE_LIBNOTIFY
	if (cli->notify)
		cli_notify_show(cli->notify, event);
#endif
	if (event->question && cli->asks && cli_questions_take(cli->questions, event))
		return;
	cli_show(&cli->show, event);
	if (event->question && !cli->watch)
		kith_answer(cli->kith, event->question, 0);
}

/* ---- Notifications ---- */

#ifdef HAVE_LIBNOTIFY
/* The same as if it were typed: the answer, or where the question has lapsed, the command. */
static void on_pressed(
	void *context, unsigned question, unsigned choice, const char *const *words, size_t count)
{
	struct cli *cli = context;

	if (question)
		cli_questions_drop(cli->questions, question);
	if ((!question || kith_answer(cli->kith, question, choice) < 0) && count > 0)
		kith_command(cli->kith, BUTTON_TAG, words, count, NULL);
}

static void on_notify_failed(void *context, const char *why)
{
	struct cli *cli = context;

	cli_show_end_line(&cli->show);
	fprintf(stderr, "kith: no notifications: %s\n", why);
}

/* False: no memory. */
static bool begin_notify(struct cli *cli)
{
	static const struct cli_notify_events events = {
		.pressed = on_pressed, .failed = on_notify_failed};

	if (cli->notifies)
		cli->notify = cli_notify_new(&events, cli);
	return cli->notify || !cli->notifies;
}
#endif

/* At the terminal. */
static void on_answered(void *context, unsigned question)
{
	const struct cli *cli = context;

#ifdef HAVE_LIBNOTIFY
	if (cli->notify)
		cli_notify_answered(cli->notify, question);
#else
	(void)cli;
	(void)question;
#endif
}

/* ---- The connection ---- */

static void on_up(void *context, xmpp_conn_t *conn)
{
	struct cli *cli = context;

	if (kith_attach(cli->kith, conn) < 0) {
		fprintf(stderr, "kith: the server gave a JID of another account\n");
		cli->done = true;
		cli->status = EXIT_FAILED;
	}
}

static void on_down(void *context, const char *reason, bool final)
{
	struct cli *cli = context;

	kith_detach(cli->kith);
	if (!reason)
		return;
	cli_show_end_line(&cli->show);
	fprintf(stderr, "kith: %s\n", reason);
	if (final) {
		cli->done = true;
		cli->status = EXIT_FAILED;
	}
}

/* ---- Start ---- */

static void print_help(FILE *stream)
{
	fprintf(stream, "usage: kith [-c FILE] [-j] [-v] [-y] COMMAND ...\n"
			"  -c, --conf FILE  the conf, instead of ~/.config/kith/kith.conf\n"
			"  -j, --json       a JSON object a line\n"
			"  -v, --verbose    what happens on the connection, on standard error\n"
			"  -y, --yes        `number` changes a number without asking first\n"
			"  -h, --help       this\n"
			"  -V, --version    the version\n"
			"commands:\n");
	for (const struct kith_word *word = kith_words(); word->name; word++)
		fprintf(stream, "  %-28s %s\n", word->usage, word->help);
	fprintf(stream, "  %-28s %s\n", "watch [--notify]",
		"stays online: shows cards and pushes as they come, keeps the book in step");
	fprintf(stream,
		"WHO and TEXT: a name, a part of one, an e-mail, a number, or a JID. FILE.vcf of\n"
		"import and export: - is standard input and output.\n");
}

static bool is_command(const char *word)
{
	if (strcmp(word, "watch") == 0)
		return true;
	for (const struct kith_word *known = kith_words(); known->name; known++) {
		if (strcmp(known->name, word) == 0)
			return true;
	}
	return false;
}

static void log_line(void *context, enum kith_log_level level, const char *text)
{
	(void)context;
	(void)level;
	fprintf(stderr, "kith: %s\n", text);
}

/* Works until the command is over, or `watch` is told to stop. */
static void work(struct cli *cli)
{
	if (cli_connection_open(cli->connection) < 0)
		return;
	while (!cli->done && !stopped) {
		cli_connection_work(
			cli->connection, cli_questions_is_empty(cli->questions) ? 200 : 50);
		if (cli->asks)
			cli_questions_work(cli->questions);
#ifdef HAVE_LIBNOTIFY
		if (cli->notify)
			cli_notify_work(cli->notify);
#endif
	}
	if (cli->watch && !cli->done)
		cli->status = EXIT_OK; /* asked to stop */
	kith_detach(cli->kith);
	cli_connection_close(cli->connection);
}

/* Where nobody is there to be asked, who gave the command meant it: a change of a number is then
 * only shown. Other questions are answered by none of their choices. */
static void give_command(struct cli *cli, const char *const *words, size_t count)
{
	const char *confirmed[WORDS_MAX + 1];

	if (cli->is_number && count > 1 && count <= WORDS_MAX && (cli->yes || !cli->asks) &&
		strcmp(words[count - 1], "yes") != 0) {
		memcpy(confirmed, words, count * sizeof(*words));
		confirmed[count++] = "yes";
		words = confirmed;
	}
	kith_command(cli->kith, COMMAND_TAG, words, count, NULL);
}

/* False: no memory, or the library has a reason. */
static bool begin(struct cli *cli, const struct client_conf *conf, const char *password, char **why)
{
	static const struct kith_host host = {.event = on_event};
	static const struct cli_connection_events connection_events = {
		.up = on_up, .down = on_down};
	const struct kith_options options = {
		.jid = conf->jid,
		.service = conf->service,
		.book = conf->book,
		.state = conf->state,
		.region = conf->region,
		.name = conf->name,
		.on_demand = !cli->watch,
	};

	cli->kith = kith_new(&host, &options, cli, why);
	if (!cli->kith)
		return false;
	cli->questions = cli_questions_new(cli->kith, &cli->show, on_answered, cli);
#ifdef HAVE_LIBNOTIFY
	if (!begin_notify(cli))
		return false;
#endif
	cli->connection = cli_connection_new(conf, password, cli->watch, &connection_events, cli);
	return cli->questions && cli->connection;
}

static int run(struct cli *cli, const struct client_conf *conf, const char *password,
	const struct cli_files *files)
{
	char *why = NULL;

	if (!begin(cli, conf, password, &why)) {
		fprintf(stderr, "kith: %s\n", why ? why : "no memory");
	} else {
		if (!cli->watch)
			give_command(cli, (const char *const *)files->words, files->count);
		if (!cli->done) /* that it is, where a word was wrong */
			work(cli);
	}
#ifdef HAVE_LIBNOTIFY
	cli_notify_free(cli->notify);
#endif
	cli_connection_free(cli->connection);
	cli_questions_free(cli->questions);
	kith_free(cli->kith);
	free(why);
	return (int)cli->status;
}

static int run_with_files(struct cli *cli, const struct client_conf *conf, const char *password,
	char **words, size_t count)
{
	struct cli_files files;
	int status = EXIT_FAILED;

	if (cli_files_begin(&files, words, count) != 0) {
		fprintf(stderr, "kith: %s\n", strerror(errno));
	} else {
		cli->show.out = files.to_output ? stderr : stdout;
		status = run(cli, conf, password, &files);
	}
	if (status == EXIT_OK && cli->show.error) {
		fprintf(stderr, "kith: standard output: %s\n", strerror(cli->show.error));
		status = EXIT_FAILED;
	}
	if (status == EXIT_OK && cli_files_print(&files) != 0) {
		fprintf(stderr, "kith: %s\n", strerror(errno));
		status = EXIT_FAILED;
	}
	cli_files_end(&files);
	return status;
}

static int run_with_conf(struct cli *cli, const char *file, char **words, size_t count)
{
	struct client_conf conf = {0};
	char *path = file ? strdup(file) : client_conf_path();
	char *password = NULL;
	char *why = NULL;
	int status = EXIT_USAGE;

	if (!path) {
		fprintf(stderr, "kith: no conf: there is no home directory\n");
	} else if (client_conf_read(&conf, path, &why) < 0) {
		fprintf(stderr, "%s\n", why ? why : "kith: no memory");
	} else if (!conf.password_file) {
		fprintf(stderr, "%s: password_file is missing\n", path);
	} else if (client_conf_defaults(&conf, conf.jid) < 0) {
		fprintf(stderr, "kith: no home directory for the book\n");
	} else {
		password = client_conf_password(&conf, &why);
		if (password)
			status = run_with_files(cli, &conf, password, words, count);
		else
			fprintf(stderr, "%s\n", why ? why : "kith: no memory");
	}
	if (password)
		explicit_bzero(password, strlen(password));
	free(password);
	client_conf_clear(&conf);
	free(path);
	free(why);
	return status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"conf", required_argument, NULL, 'c'},
		{"json", no_argument, NULL, 'j'},
		{"verbose", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{"yes", no_argument, NULL, 'y'},
		{NULL, 0, NULL, 0},
	};
	struct sigaction action = {.sa_handler = stop};
	struct cli cli = {.status = EXIT_FAILED};
	enum kith_log_level most = KITH_LOG_WARN;
	const char *file = NULL;
	int option;

	/* "+": what follows the command is the command's. */
	while ((option = getopt_long(argc, argv, "+c:jvhVy", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			file = optarg;
			break;
		case 'j':
			cli.show.json = true;
			break;
		case 'v':
			most = KITH_LOG_DEBUG;
			break;
		case 'h':
			print_help(stdout);
			return EXIT_OK;
		case 'V':
			printf("kith %s\n", kith_version());
			return EXIT_OK;
		case 'y':
			cli.yes = true;
			break;
		default:
			print_help(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (!is_command(argv[optind])) {
		fprintf(stderr, "kith: no command '%s'; see kith --help\n", argv[optind]);
		return EXIT_USAGE;
	}
	cli.watch = strcmp(argv[optind], "watch") == 0;
	cli.notifies = cli.watch && optind + 1 < argc && strcmp(argv[optind + 1], "--notify") == 0;
	if (cli.watch && optind + 1 + cli.notifies < argc) {
		fprintf(stderr, "kith: watch takes no words but --notify\n");
		return EXIT_USAGE;
	}
#ifndef HAVE_LIBNOTIFY
	if (cli.notifies) {
		fprintf(stderr, "kith: it was built without libnotify: there is no --notify\n");
		return EXIT_USAGE;
	}
#endif
	cli.is_number = strcmp(argv[optind], "number") == 0;
	if (cli.yes && !cli.is_number) {
		fprintf(stderr, "kith: --yes is for number\n");
		return EXIT_USAGE;
	}
	cli.tells_changes = cli.watch || strcmp(argv[optind], "sync") == 0;
	cli.asks = !cli.show.json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	cli.show.is_terminal = isatty(STDERR_FILENO) == 1;
	kith_set_log(log_line, NULL, most);
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
	sigaction(SIGXFSZ, &action, NULL); /* it is met as a full disk is */
	return run_with_conf(&cli, file, argv + optind, (size_t)(argc - optind));
}
