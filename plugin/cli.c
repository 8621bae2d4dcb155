/* kith, the command: one word of libkith at a time on a connection of its own, or `watch`. */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#include <kith.h>
#include <kith_strophe.h>

#include "plugin/cli_connection.h"
#include "plugin/client_conf.h"

enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
};

#define COMMAND_TAG 1	 /* of the one command that is given; 0 is that of what comes by itself */
#define WORDS_MAX 16	 /* more make no sense to `number` */
#define QUESTIONS_MAX 64 /* that wait for the person in `watch`; more are only printed */

/* A question that the person has yet to answer. */
struct open_question {
	unsigned question;
	size_t choice_count;
	bool is_yes_no; /* its one choice is "yes" */
	char *text;
};

struct cli {
	struct kith *kith;
	struct cli_connection *connection;
	bool json;
	bool watch;
	bool tells_changes; /* of single contacts: `sync` and `watch`; otherwise they are the way */
	bool asks;	    /* there is a person at a terminal */
	bool is_number;	    /* the command is `number` */
	bool yes;	    /* it isn't asked whether the number is to change */
	bool done;
	int status;
	struct open_question questions[QUESTIONS_MAX];
	size_t question_count;
	bool prompted; /* the first of them is on the screen */
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void print(struct cli *cli, const struct kith_event *event)
{
	bool fault = event->kind == KITH_EVENT_ERROR || event->kind == KITH_EVENT_SKIPPED;
	char *text = cli->json ? kith_event_json(event) : kith_event_text(event);

	if (text && *text) {
		fprintf(fault && !cli->json ? stderr : stdout, "%s\n", text);
		fflush(stdout);
	}
	free(text);
}

/* ---- Questions ---- */

static void keep_question(struct cli *cli, const struct kith_event *event)
{
	struct open_question *open = &cli->questions[cli->question_count++];
	struct kith_event shown = *event;

	open->question = event->question;
	open->choice_count = event->choice_count;
	open->is_yes_no = event->choice_count == 1 && strcmp(event->choices[0].text, "yes") == 0;
	if (open->is_yes_no)
		shown.choice_count = 0;
	open->text = kith_event_text(&shown);
}

static void drop_question(struct cli *cli)
{
	free(cli->questions[0].text);
	cli->question_count--;
	memmove(cli->questions, cli->questions + 1,
		cli->question_count * sizeof(cli->questions[0]));
	cli->prompted = false;
}

static void prompt(struct cli *cli)
{
	if (cli->prompted || cli->question_count == 0)
		return;
	tcflush(STDIN_FILENO, TCIFLUSH); /* what was typed before is no answer */
	printf("%s", cli->questions[0].text ? cli->questions[0].text : "?");
	if (cli->questions[0].is_yes_no)
		printf(" [y/N] ");
	else
		printf("\n[1-%zu, or Enter for none] ", cli->questions[0].choice_count);
	fflush(stdout);
	cli->prompted = true;
}

/* The choice that a line means; -1: it means none. Only a clear yes is one. */
static long read_choice(const struct open_question *open, const char *line)
{
	size_t len = strcspn(line, " \t\r\n");
	unsigned long choice;
	char *end;

	if (open->is_yes_no)
		return (len == 1 || len == 3) && strncasecmp(line, "yes", len) == 0;
	errno = 0;
	choice = strtoul(line, &end, 10);
	end += strspn(end, " \t\r\n");
	if (errno || *end || choice > open->choice_count || strchr(line, '-'))
		return -1;
	return (long)choice;
}

/* A line of the person's: the answer to the question on the screen. */
static void take_line(struct cli *cli, const char *line)
{
	struct open_question *open = &cli->questions[0];
	long choice;

	if (cli->question_count == 0)
		return;
	choice = read_choice(open, line);
	if (choice < 0) {
		printf("A number from 1 to %zu, or Enter for none: ", open->choice_count);
		fflush(stdout);
		return;
	}
	if (kith_answer(cli->kith, open->question, (unsigned)choice) < 0)
		fprintf(stderr, "kith: that is no longer asked\n");
	drop_question(cli);
}

/* ---- What the library says ---- */

static void on_event(void *context, const struct kith_event *event)
{
	struct cli *cli = context;

	if (event->kind == KITH_EVENT_DONE) {
		if (cli->json)
			print(cli, event);
		cli->done = true;
		cli->status = event->outcome == KITH_OUTCOME_OK	     ? EXIT_OK
			      : event->outcome == KITH_OUTCOME_USAGE ? EXIT_USAGE
								     : EXIT_FAILED;
		return;
	}
	if (!cli->watch && (event->kind == KITH_EVENT_READY ||
				   (event->spontaneous && event->kind == KITH_EVENT_SYNCED)))
		return;
	if (event->kind == KITH_EVENT_CHANGED && !cli->tells_changes && !cli->json)
		return;
	if (event->question && cli->asks && cli->question_count < QUESTIONS_MAX) {
		keep_question(cli, event);
		return;
	}
	print(cli, event);
	if (event->question && !cli->watch)
		kith_answer(cli->kith, event->question, 0);
}

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
	fprintf(stderr, "kith: %s\n", reason);
	if (final) {
		cli->done = true;
		cli->status = EXIT_FAILED;
	}
}

static void read_terminal(struct cli *cli)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	char line[4097]; /* the longest that a terminal gives, and the end */
	ssize_t len;

	prompt(cli);
	if (cli->question_count == 0 || poll(&input, 1, 0) <= 0)
		return;
	len = read(STDIN_FILENO, line, sizeof(line) - 1);
	if (len < 0 && errno == EINTR)
		return;
	if (len > 0) {
		line[len] = '\0';
		take_line(cli, line);
		return;
	}
	/* End of input: nobody answers any more. */
	while (cli->question_count > 0) {
		kith_answer(cli->kith, cli->questions[0].question, 0);
		drop_question(cli);
	}
	cli->asks = false;
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
	fprintf(stream, "  %-28s %s\n", "watch",
		"stays online: shows cards and pushes as they come, keeps the book in step");
	fprintf(stream, "WHO and TEXT: a name, a part of one, an e-mail, a number, or a JID.\n");
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
		cli_connection_work(cli->connection, cli->question_count > 0 ? 50 : 200);
		if (cli->asks)
			read_terminal(cli);
	}
	if (cli->watch && !cli->done)
		cli->status = EXIT_OK; /* asked to stop */
	kith_detach(cli->kith);
	cli_connection_close(cli->connection);
	while (cli->question_count > 0)
		drop_question(cli);
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

static int run(struct cli *cli, const struct client_conf *conf, const char *password, char **words,
	size_t count)
{
	const struct kith_host host = {.event = on_event};
	const struct kith_options options = {
		.jid = conf->jid,
		.service = conf->service,
		.book = conf->book,
		.state = conf->state,
		.region = conf->region,
		.name = conf->name,
		.on_demand = !cli->watch,
	};
	const struct cli_connection_events events = {.up = on_up, .down = on_down};
	char *why = NULL;

	cli->kith = kith_new(&host, &options, cli, &why);
	if (cli->kith)
		cli->connection = cli_connection_new(conf, password, cli->watch, &events, cli);
	if (!cli->connection) {
		fprintf(stderr, "kith: %s\n", why ? why : "no memory");
	} else {
		if (!cli->watch)
			give_command(cli, (const char *const *)words, count);
		if (!cli->done) /* that it is, where a word was wrong */
			work(cli);
	}
	cli_connection_free(cli->connection);
	kith_free(cli->kith);
	free(why);
	return (int)cli->status;
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
			status = run(cli, &conf, password, words, count);
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
			cli.json = true;
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
	if (cli.watch && optind + 1 < argc) {
		fprintf(stderr, "kith: watch takes no words\n");
		return EXIT_USAGE;
	}
	cli.is_number = strcmp(argv[optind], "number") == 0;
	if (cli.yes && !cli.is_number) {
		fprintf(stderr, "kith: --yes is for number\n");
		return EXIT_USAGE;
	}
	cli.tells_changes = cli.watch || strcmp(argv[optind], "sync") == 0;
	cli.asks = !cli.json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	kith_set_log(log_line, NULL, most);
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
	return run_with_conf(&cli, file, argv + optind, (size_t)(argc - optind));
}
