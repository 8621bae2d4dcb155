/* kith.so, the plugin for Profanity: /contact, on libkith.
 *
 * Profanity keys what a plugin registers by the name of the source file as given to the compiler,
 * with .so for .c: the build maps the names of the files that register to kith.c. */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <kith.h>

#include "plugin/client_conf.h"
#include "plugin/profanity_api.h"
#include "plugin/profanity_chat.h"
#include "plugin/profanity_complete.h"
#include "plugin/profanity_show.h"

#define HOOK __attribute__((visibility("default")))

#define ARGS_MAX 12
#define WORDS_MAX 32
#define NAMES_TAG (SHOW_TAG_MOST + 1u) /* of our own `list`, for completion */

void HOOK prof_init(const char *const version, const char *const status,
	const char *const account_name, const char *const fulljid);
void HOOK prof_on_connect(const char *const account_name, const char *const fulljid);
void HOOK prof_on_disconnect(const char *const account_name, const char *const fulljid);
void HOOK prof_on_shutdown(void);
void HOOK prof_on_unload(void);
int HOOK prof_on_message_stanza_receive(const char *const stanza);
int HOOK prof_on_iq_stanza_receive(const char *const stanza);
HOOK char *prof_pre_chat_message_display(
	const char *const barejid, const char *const resource, const char *message);
HOOK char *prof_pre_priv_message_display(
	const char *const barejid, const char *const nick, const char *message);
HOOK char *prof_pre_room_message_display(
	const char *const barejid, const char *const nick, const char *message);

static struct kith *kith;
static char *kith_jid; /* whose it is: bare */
static bool connected; /* as far as we know */
static bool names_stale;

/* ---- What the library says and asks of us ---- */

static void on_event(void *context, const struct kith_event *event)
{
	(void)context;
	if (!event->spontaneous && event->tag == NAMES_TAG) {
		complete_names(event);
		return;
	}
	switch (event->kind) {
	case KITH_EVENT_CARD:
	case KITH_EVENT_PUSH:
		if (event->spontaneous)
			show_instead(event);
		else
			show_event(event);
		return;
	case KITH_EVENT_READY:
	case KITH_EVENT_CHANGED: /* the library's daily work */
		names_stale = true;
		return;
	case KITH_EVENT_SYNCED:
		if (!event->spontaneous)
			show_event(event);
		return;
	case KITH_EVENT_MATTER:
		complete_matter(event);
		show_event(event);
		return;
	case KITH_EVENT_SETTING:
		complete_setting(event);
		show_event(event);
		return;
	case KITH_EVENT_SAVED:
		names_stale = true;
		show_event(event);
		return;
	case KITH_EVENT_ERROR:
	case KITH_EVENT_NOTE:
	case KITH_EVENT_QUESTION:
	case KITH_EVENT_CONFLICT:
	case KITH_EVENT_SKIPPED:
	case KITH_EVENT_CONTACT:
	case KITH_EVENT_NUMBER:
	case KITH_EVENT_SENT:
	case KITH_EVENT_DONE:
		show_event(event);
		return;
	}
}

static int send_stanza(void *context, const char *stanza, size_t len)
{
	(void)context;
	(void)len;
	return prof_send_stanza((char *)stanza) ? 0 : -1;
}

static void log_line(void *context, enum kith_log_level level, const char *text)
{
	char *line;

	(void)context;
	if (asprintf(&line, "kith: %s", text) < 0)
		return;
	switch (level) {
	case KITH_LOG_ERROR:
		prof_log_error(line);
		break;
	case KITH_LOG_WARN:
		prof_log_warning(line);
		break;
	case KITH_LOG_INFO:
		prof_log_info(line);
		break;
	case KITH_LOG_DEBUG:
		prof_log_debug(line);
		break;
	}
	free(line);
}

/* ---- The account ---- */

static void end_account(void)
{
	kith_free(kith);
	kith = NULL;
	free(kith_jid);
	kith_jid = NULL;
}

static void complain(const char *reason)
{
	char *line;

	if (asprintf(&line, "kith: %s", reason) < 0)
		return;
	prof_cons_show(line);
	free(line);
}

/* The conf of the `kith` command, if there is one and it is of this account. */
static void read_conf(struct client_conf *conf, const char *jid)
{
	char *path = client_conf_path();
	char *why = NULL;
	struct stat status;

	if (path && stat(path, &status) == 0) {
		if (client_conf_read(conf, path, &why) < 0 && why)
			complain(why);
		if (why || !client_conf_is_of(conf, jid))
			client_conf_clear(conf);
	}
	free(why);
	free(path);
}

static void begin_account(const char *jid)
{
	const struct kith_host host = {.send = send_stanza, .event = on_event};
	struct client_conf conf = {0};
	struct kith_options options = {.jid = jid};
	char *why = NULL;

	read_conf(&conf, jid);
	if (client_conf_defaults(&conf, jid) < 0)
		complain("no home directory for the address book");
	options.service = conf.service;
	options.book = conf.book;
	options.state = conf.state;
	options.region = conf.region;
	options.name = conf.name;
	kith = kith_new(&host, &options, NULL, &why);
	if (kith)
		kith_jid = strdup(jid);
	else
		complain(why ? why : "no memory");
	free(why);
	client_conf_clear(&conf);
}

static void go_online(const char *full_jid)
{
	char *jid = strdup(full_jid);

	if (!jid)
		return;
	connected = true;
	jid[strcspn(jid, "/")] = '\0';
	if (kith && (!kith_jid || strcmp(jid, kith_jid) != 0))
		end_account();
	if (!kith)
		begin_account(jid);
	if (kith) {
		kith_offline(kith); /* a connection that was lost isn't told */
		kith_online(kith, full_jid);
	}
	free(jid);
}

/* ---- /contact ---- */

static void tell_encrypted(const char *jid, bool encrypted)
{
	kith_set_encrypted(kith, jid, encrypted);
}

static void contact(char **args)
{
	struct kith_place typed_in = {0};
	const char *words[ARGS_MAX];
	size_t count = 0;
	unsigned tag;

	if (!kith) {
		prof_cons_show("You are not online (yet): see /connect");
		return;
	}
	while (count < ARGS_MAX && args[count]) {
		words[count] = args[count];
		count++;
	}
	tag = show_take_place(&typed_in.chat);
	profanity_chat_each(tell_encrypted);
	kith_command(kith, tag, words, count, &typed_in);
}

static void tick(void)
{
	static const char *const list[] = {"list"};

	if (!kith)
		return;
	kith_tick(kith);
	if (names_stale) {
		names_stale = false;
		complete_clear();
		kith_command(kith, NAMES_TAG, list, 1, NULL);
	}
}

/* Profanity copies all of it. */
static void register_command(void)
{
	static const char *const examples[] = {COMMAND " send carol", COMMAND " save",
		COMMAND " save 2 apart", COMMAND " find 07400 123456",
		COMMAND " number +44 7400 123456", COMMAND " undo carol", COMMAND " yes", NULL};
	char *synopsis[WORDS_MAX + 1] = {NULL};
	const char *arguments[WORDS_MAX + 1][2] = {{NULL, NULL}};
	const struct kith_word *word = kith_words();

	for (size_t i = 0; i < WORDS_MAX && word[i].name; i++) {
		synopsis[i] = show_typed(word[i].usage);
		if (!synopsis[i])
			break;
		arguments[i][0] = word[i].usage;
		arguments[i][1] = word[i].help;
	}
	prof_register_command(COMMAND, 1, ARGS_MAX, synopsis,
		"Cards and the address book, kept current by the Kith service. WHO and TEXT are a "
		"name or a part of one, an e-mail, a number, or a JID. In a chat, send needs no "
		"TO.",
		(char *(*)[2])arguments, (char **)examples, contact);
	for (size_t i = 0; i < WORDS_MAX; i++)
		free(synopsis[i]);
}

/* ---- What Profanity calls ---- */

void prof_init(const char *const version, const char *const status, const char *const account_name,
	const char *const fulljid)
{
	(void)version;
	(void)status;
	(void)account_name;
	kith_set_log(log_line, NULL, KITH_LOG_INFO);
	register_command();
	complete_words();
	prof_register_timed(tick, 1);
	if (fulljid)
		go_online(fulljid);
}

void prof_on_connect(const char *const account_name, const char *const fulljid)
{
	(void)account_name;
	if (fulljid)
		go_online(fulljid);
}

void prof_on_disconnect(const char *const account_name, const char *const fulljid)
{
	(void)account_name;
	(void)fulljid;
	connected = false;
	if (kith)
		kith_offline(kith);
}

void prof_on_shutdown(void)
{
	end_account();
}

void prof_on_unload(void)
{
	end_account();
	kith_set_log(NULL, NULL, KITH_LOG_WARN);
	show_clear();
	complete_clear();
}

/* 0: Profanity needn't see it. */
int prof_on_message_stanza_receive(const char *const stanza)
{
	const char *own_jid;

	show_forget_line();
	if (!connected) {
		/* What waited for us comes before prof_on_connect() does. */
		own_jid = profanity_own_jid();
		if (own_jid)
			go_online(own_jid);
	}
	if (!kith)
		return 1;
	switch (kith_feed(kith, stanza, strlen(stanza))) {
	case KITH_FED_OTHER:
		return 1;
	case KITH_FED_OWN:
		return 0;
	case KITH_FED_TOLD:
		break;
	}
	if (!show_has_line())
		return 0; /* a push that came before */
	if (strstr(stanza, "<body"))
		return 1;
	show_line_now();
	return 0;
}

int prof_on_iq_stanza_receive(const char *const stanza)
{
	show_forget_line();
	return !kith || kith_feed(kith, stanza, strlen(stanza)) == KITH_FED_OTHER;
}

char *prof_pre_chat_message_display(
	const char *const barejid, const char *const resource, const char *message)
{
	(void)resource;
	(void)message;
	return show_take_line(barejid);
}

char *prof_pre_priv_message_display(
	const char *const barejid, const char *const nick, const char *message)
{
	(void)nick;
	(void)message;
	return show_take_line(barejid);
}

char *prof_pre_room_message_display(
	const char *const barejid, const char *const nick, const char *message)
{
	(void)nick;
	(void)message;
	return show_take_line(barejid);
}
