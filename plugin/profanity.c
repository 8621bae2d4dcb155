/* kith.so, the plugin for Profanity: /contact, on libkith.
 *
 * Profanity keys what a plugin registers by the name of the source file as given to the compiler,
 * with .so for .c: the build maps this file's name to kith.c. */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The pointers in the header are filled by Profanity: they must be visible to it, and only they. */
#pragma GCC visibility push(default)
#include <profapi.h>
#pragma GCC visibility pop

#include <kith.h>

#include "plugin/client_conf.h"
#include "plugin/profanity_chat.h"

#define HOOK __attribute__((visibility("default")))

#define COMMAND "/contact"
#define ARGS_MAX 12
#define NOTIFY_MS 10000
#define PLACES 64 /* commands whose results still find the window they were typed in */

void HOOK prof_init(const char *const version, const char *const status,
	const char *const account_name, const char *const fulljid);
void HOOK prof_on_connect(const char *const account_name, const char *const fulljid);
void HOOK prof_on_disconnect(const char *const account_name, const char *const fulljid);
void HOOK prof_on_shutdown(void);
void HOOK prof_on_unload(void);
int HOOK prof_on_message_stanza_receive(const char *const stanza);
int HOOK prof_on_iq_stanza_receive(const char *const stanza);

/* The window in which a command was typed. */
enum window { WINDOW_CONSOLE, WINDOW_CHAT, WINDOW_ROOM };
struct place {
	enum window window;
	char *jid;
};

static struct kith *kith;
static char *kith_jid; /* whose it is: bare */
static struct place places[PLACES];
static unsigned last_tag;

/* ---- Showing ---- */

static void show_line(const struct place *place, const char *line)
{
	switch (place->window) {
	case WINDOW_CHAT:
		if (prof_chat_show(place->jid, line))
			return;
		break;
	case WINDOW_ROOM:
		if (prof_room_show(place->jid, line))
			return;
		break;
	case WINDOW_CONSOLE:
		break;
	}
	prof_cons_show(line);
}

/* Each line of text on its own, as Profanity's windows want it. */
static void show(const struct place *place, const char *text)
{
	char *copy = strdup(text);
	char *rest = copy;
	char *line;

	while (rest && (line = strsep(&rest, "\n")))
		show_line(place, line);
	free(copy);
}

/* The choices of a question as one line of what to type. */
static char *words_to_type(const struct kith_event *event)
{
	char *line = strdup("");
	char *longer;

	for (size_t i = 0; line && i < event->choice_count; i++) {
		if (!event->choices[i].words)
			continue;
		if (asprintf(&longer, "%s%s%s %s", line, *line ? " or " : "", COMMAND,
			    event->choices[i].words) < 0)
			longer = NULL;
		free(line);
		line = longer;
	}
	return line;
}

/* A card in the chat that it came in: one line, and what to type to save it. */
static void show_card(const struct kith_event *event)
{
	const char *from = kith_event_get(event, "from");
	const char *room = kith_event_get(event, "room");
	char *text = kith_event_text(event);
	char *words = words_to_type(event);
	char *bare = from ? strdup(from) : NULL;
	char *line = NULL;

	if (!text || !words || !bare)
		goto out;
	text[strcspn(text, "\n")] = '\0';
	bare[strcspn(bare, "/")] = '\0';
	if (room) {
		if (!prof_room_show(room, text))
			prof_cons_show(text);
		goto out;
	}
	if (asprintf(&line, "%s%s%s", text, *words ? " To save: " : "", words) < 0) {
		line = NULL;
		goto out;
	}
	prof_incoming_message(bare, strchr(from, '/') ? strchr(from, '/') + 1 : "", line);
	prof_notify(text, NOTIFY_MS, "Kith");
out:
	free(line);
	free(bare);
	free(words);
	free(text);
}

static void show_push(const struct kith_event *event)
{
	const char *from = kith_event_get(event, "from");
	char *text = kith_event_text(event);

	if (from && text) {
		prof_incoming_message((char *)from, "", text);
		prof_notify(text, NOTIFY_MS, "Kith");
	}
	free(text);
}

static void show_other(const struct kith_event *event)
{
	static const struct place console = {WINDOW_CONSOLE, NULL};
	char *text = kith_event_text(event);

	if (text && *text)
		show(event->spontaneous ? &console : &places[event->tag % PLACES], text);
	free(text);
}

static void on_event(void *context, const struct kith_event *event)
{
	(void)context;
	switch (event->kind) {
	case KITH_EVENT_CARD:
		if (event->spontaneous)
			show_card(event);
		else
			show_other(event);
		return;
	case KITH_EVENT_PUSH:
		show_push(event);
		return;
	case KITH_EVENT_READY:
	case KITH_EVENT_SYNCED:
	case KITH_EVENT_CHANGED:
		/* Of interest where it was asked for; else it is the library's daily work. */
		if (!event->spontaneous)
			show_other(event);
		return;
	case KITH_EVENT_ERROR:
	case KITH_EVENT_NOTE:
	case KITH_EVENT_QUESTION:
	case KITH_EVENT_CONFLICT:
	case KITH_EVENT_SKIPPED:
	case KITH_EVENT_CONTACT:
	case KITH_EVENT_NUMBER:
	case KITH_EVENT_SETTING:
	case KITH_EVENT_SENT:
	case KITH_EVENT_SAVED:
	case KITH_EVENT_DONE:
		show_other(event);
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
	char *slash;

	if (path && stat(path, &status) == 0) {
		if (client_conf_read(conf, path, &why) < 0 && why)
			complain(why);
		slash = conf->jid ? strchr(conf->jid, '/') : NULL;
		if (slash)
			*slash = '\0';
		if (why || !conf->jid || strcmp(conf->jid, jid) != 0)
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
	jid[strcspn(jid, "/")] = '\0';
	if (kith && (!kith_jid || strcmp(jid, kith_jid) != 0))
		end_account();
	if (!kith)
		begin_account(jid);
	if (kith)
		kith_online(kith, full_jid);
	free(jid);
}

/* ---- /contact ---- */

/* Remembers the window that is open now; the results of the command go there. */
static unsigned take_place(void)
{
	unsigned tag = ++last_tag ? last_tag : ++last_tag;
	struct place *place = &places[tag % PLACES];
	const char *chat = prof_get_current_recipient();
	const char *room = prof_get_current_muc();

	free(place->jid);
	place->jid = NULL;
	place->window = WINDOW_CONSOLE;
	if (chat) {
		place->window = WINDOW_CHAT;
		place->jid = strdup(chat);
	} else if (room) {
		place->window = WINDOW_ROOM;
		place->jid = strdup(room);
	}
	if (!place->jid)
		place->window = WINDOW_CONSOLE;
	return tag;
}

static void contact(char **args)
{
	struct kith_place typed_in = {0};
	const char *words[ARGS_MAX];
	const struct place *place;
	size_t count = 0;
	unsigned tag;

	if (!kith) {
		prof_cons_show("You are not connected: see /connect");
		return;
	}
	while (args[count] && count < ARGS_MAX) {
		words[count] = args[count];
		count++;
	}
	tag = take_place();
	place = &places[tag % PLACES];
	if (place->window == WINDOW_CHAT) {
		typed_in.chat = place->jid;
		typed_in.encrypted = profanity_chat_is_encrypted(place->jid);
	}
	kith_command(kith, tag, words, count, &typed_in);
}

static void tick(void)
{
	if (kith)
		kith_tick(kith);
}

/* The words of the library as synopsis, arguments and completion. */
static void register_command(void)
{
	static char *completions[32];
	static char *synopsis[32];
	static char *arguments[32][2];
	static char *examples[] = {COMMAND " send carol", COMMAND " save", COMMAND " save 2 apart",
		COMMAND " find 7700", COMMAND " number +44 7700 900456", COMMAND " undo carol",
		NULL};
	static char *kinds[] = {"cell", "home", "work", "voice", "fax", "pager", "remove", NULL};
	static char *settings[] = {"visible", "audience", "findable", "share", "updates", NULL};
	size_t count = 0;

	for (const struct kith_word *word = kith_words(); word->name && count < 31; word++) {
		completions[count] = (char *)word->name;
		if (!synopsis[count] &&
			asprintf(&synopsis[count], "%s %s", COMMAND, word->usage) < 0)
			synopsis[count] = NULL;
		arguments[count][0] = (char *)word->usage;
		arguments[count][1] = (char *)word->help;
		if (!synopsis[count])
			break;
		count++;
	}
	prof_register_command(COMMAND, 1, ARGS_MAX, synopsis,
		"Cards and the address book, kept current by the Kith service. WHO and TEXT are a "
		"name "
		"or a part of one, an e-mail, a number, or a JID. In a chat, send needs no TO.",
		arguments, examples, contact);
	prof_completer_add(COMMAND, completions);
	prof_completer_add(COMMAND " number", kinds);
	prof_completer_add(COMMAND " settings", settings);
	prof_filepath_completer_add(COMMAND " add");
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
	for (size_t i = 0; i < PLACES; i++) {
		free(places[i].jid);
		places[i].jid = NULL;
	}
}

/* 0: Profanity needn't see it. */
int prof_on_message_stanza_receive(const char *const stanza)
{
	return !kith || kith_feed(kith, stanza, strlen(stanza)) == KITH_FED_OTHER;
}

int prof_on_iq_stanza_receive(const char *const stanza)
{
	return !kith || kith_feed(kith, stanza, strlen(stanza)) == KITH_FED_OTHER;
}
