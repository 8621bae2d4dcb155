/* Desktop notifications with libnotify. Its signals come while cli_notify_work() lets GLib's main
 * loop turn; nothing else of it waits, but the few milliseconds of a call of the notification
 * server. */
#include "plugin/cli_notify.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gio/gio.h>
#include <libnotify/notify.h>

#define SHOWN_MAX 64   /* older ones are closed */
#define BUTTONS_MAX 4  /* of one notification; a server shows hardly more */
#define SUMMARY_MAX 80 /* characters */
#define BODY_MAX 500   /* characters */
#define WORDS_MAX 16   /* of a command */
#define TURNS_MAX 100  /* of GLib's loop at once */
#define ICON "x-office-address-book"

struct button {
	unsigned choice; /* of the question */
	char *words;	 /* the command instead, blanks between; NULL */
};

/* A notification on the screen. */
struct shown {
	struct shown *next;
	struct cli_notify *notify;
	NotifyNotification *notification;
	unsigned question; /* 0: none */
	char *item;	   /* of an update; NULL */
	struct button buttons[BUTTONS_MAX];
	size_t button_count;
	bool is_gone; /* closed; freed when nothing of libnotify is on the stack */
};

struct cli_notify {
	const struct cli_notify_events *events;
	void *context;
	struct shown *first; /* the newest */
	bool has_failed;
	bool has_buttons, has_markup; /* the server's */
};

struct cli_notify *cli_notify_new(const struct cli_notify_events *events, void *context)
{
	struct cli_notify *notify = calloc(1, sizeof(*notify));

	if (!notify)
		return NULL;
	notify->events = events;
	notify->context = context;
	notify_init("Kith");
	return notify;
}

static void shown_free(struct shown *shown)
{
	g_signal_handlers_disconnect_by_data(shown->notification, shown);
	notify_notification_clear_actions(shown->notification);
	g_object_unref(shown->notification);
	for (size_t i = 0; i < shown->button_count; i++)
		free(shown->buttons[i].words);
	free(shown->item);
	free(shown);
}

void cli_notify_free(struct cli_notify *notify)
{
	if (!notify)
		return;
	while (notify->first) {
		struct shown *shown = notify->first;

		notify->first = shown->next;
		shown_free(shown);
	}
	notify_uninit();
	free(notify);
}

/* Frees those that are gone, and closes what is too much. */
static void sweep(struct cli_notify *notify)
{
	struct shown **at = &notify->first;
	size_t count = 0;

	while (*at) {
		struct shown *shown = *at;

		if (!shown->is_gone && ++count > SHOWN_MAX) {
			notify_notification_close(shown->notification, NULL);
			shown->is_gone = true;
		}
		if (!shown->is_gone) {
			at = &shown->next;
			continue;
		}
		*at = shown->next;
		shown_free(shown);
	}
}

/* ---- What the person does ---- */
static void take_away(struct shown *shown)
{
	shown->is_gone = true;
	notify_notification_close(shown->notification, NULL);
}

static void on_action(NotifyNotification *notification, char *action, void *context)
{
	struct shown *shown = context;
	struct cli_notify *notify = shown->notify;
	const struct button *button = &shown->buttons[strtoul(action, NULL, 10) % BUTTONS_MAX];
	char *copy, *rest, *word;
	const char *words[WORDS_MAX];
	size_t count = 0;

	(void)notification;
	if (shown->is_gone)
		return;
	take_away(shown);
	copy = rest = button->words ? strdup(button->words) : NULL;
	while (count < WORDS_MAX && (word = strsep(&rest, " ")))
		words[count++] = word;
	notify->events->pressed(notify->context, shown->question, button->choice, words, count);
	free(copy);
}

static void on_closed(NotifyNotification *notification, void *context)
{
	struct shown *shown = context;

	(void)notification;
	shown->is_gone = true;
}

void cli_notify_work(struct cli_notify *notify)
{
	for (int turns = 0; turns < TURNS_MAX && g_main_context_iteration(NULL, FALSE); turns++)
		continue;
	sweep(notify);
}

void cli_notify_answered(struct cli_notify *notify, unsigned question)
{
	for (struct shown *shown = notify->first; shown; shown = shown->next)
		if (!shown->is_gone && shown->question == question)
			take_away(shown);
}

/* An undo is of the last update: what offers one for an older goes. */
static void take_away_older(struct cli_notify *notify, const char *item)
{
	for (struct shown *shown = notify->first; shown; shown = shown->next)
		if (!shown->is_gone && shown->item && strcmp(shown->item, item) == 0)
			take_away(shown);
}

/* ---- What is shown ---- */
/* Cut to so many characters; what is no UTF-8 made such. The caller frees it with g_free(). */
static char *fit(const char *text, long most)
{
	char *valid = g_utf8_make_valid(text, -1), *cut, *marked;

	if (g_utf8_strlen(valid, -1) <= most)
		return valid;
	cut = g_utf8_substring(valid, 0, most - 1);
	marked = g_strconcat(cut, "\xe2\x80\xa6", NULL);
	g_free(cut);
	g_free(valid);
	return marked;
}

/* Foreign text with nothing in it that steers; freed with free(). */
static char *plain(const char *text)
{
	const struct kith_field field = {.name = "text", .value = text};
	const struct kith_event note = {
		.kind = KITH_EVENT_NOTE, .fields = &field, .field_count = 1};

	return kith_event_text(&note);
}

static char *summary_of(const struct kith_event *event)
{
	const char *name = kith_event_get(event, "name");
	char *text = NULL, *summary;

	if (event->kind == KITH_EVENT_CARD && name)
		text = plain(name);
	summary = fit(text				   ? text
		      : event->kind == KITH_EVENT_PUSH	   ? "Address book"
		      : event->kind == KITH_EVENT_QUESTION ? "Kith asks"
							   : "Kith",
		SUMMARY_MAX);
	free(text);
	return summary;
}

static char *body_of(const struct cli_notify *notify, const struct kith_event *event)
{
	struct kith_event shown = *event;
	const char *item = kith_event_get(event, "item");
	char *text, *body, *escaped;

	if (notify->has_buttons)
		shown.choice_count = 0;
	text = kith_event_text(&shown);
	body = fit(text ? text : "", BODY_MAX);
	free(text);
	if (!notify->has_buttons && event->kind == KITH_EVENT_PUSH && item) {
		char *name = plain(item), *longer;

		longer = g_strconcat(body, "\n  kith undo ", name ? name : "", NULL);
		free(name);
		g_free(body);
		body = fit(longer, BODY_MAX);
		g_free(longer);
	}
	if (!notify->has_markup)
		return body;
	escaped = g_markup_escape_text(body, -1);
	g_free(body);
	return escaped;
}

static void add_button(struct shown *shown, const char *label, unsigned choice, const char *words)
{
	char action[8];
	char *text = NULL, *fitted;

	if (shown->button_count == BUTTONS_MAX)
		return;
	text = plain(label);
	fitted = fit(text ? text : "", SUMMARY_MAX);
	snprintf(action, sizeof(action), "%zu", shown->button_count);
	shown->buttons[shown->button_count++] =
		(struct button){choice, words ? strdup(words) : NULL};
	notify_notification_add_action(shown->notification, action, fitted, on_action, shown, NULL);
	g_free(fitted);
	free(text);
}

static void add_buttons(struct shown *shown, const struct kith_event *event)
{
	const char *item = kith_event_get(event, "item");
	char *words;

	for (size_t i = 0; i < event->choice_count && i < BUTTONS_MAX - 1; i++) {
		const struct kith_choice *choice = &event->choices[i];
		const char *label = event->kind == KITH_EVENT_CARD ? "Save to address book"
				    : *choice->text		   ? choice->text
				    : i == 0			   ? "Yes"
								   : "No";

		add_button(shown, label, (unsigned)i + 1, choice->words);
	}
	if (event->question)
		add_button(shown, "Not now", 0, NULL);
	if (event->kind == KITH_EVENT_PUSH && item) {
		words = g_strconcat("undo ", item, NULL);
		add_button(shown, "Undo", 0, words);
		g_free(words);
	}
}

/* ---- Showing ---- */
static void fail(struct cli_notify *notify, const char *why)
{
	if (!notify->has_failed)
		notify->events->failed(notify->context, why);
	notify->has_failed = true;
}

/* What the server can; it may be another than at the last time. */
static bool look_at_server(struct cli_notify *notify)
{
	GError *error = NULL;
	GDBusConnection *bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, &error);
	GList *caps;

	if (!bus) {
		fail(notify, error->message);
		g_error_free(error);
		return false;
	}
	/* A session that ends isn't the end of this program. */
	g_dbus_connection_set_exit_on_close(bus, FALSE);
	g_object_unref(bus);
	caps = notify_get_server_caps();
	notify->has_buttons = notify->has_markup = false;
	for (GList *cap = caps; cap; cap = cap->next) {
		notify->has_buttons = notify->has_buttons || strcmp(cap->data, "actions") == 0;
		notify->has_markup = notify->has_markup || strcmp(cap->data, "body-markup") == 0;
	}
	if (!caps)
		fail(notify, "there is no notification server");
	g_list_free_full(caps, g_free);
	return caps != NULL;
}

static struct shown *shown_new(struct cli_notify *notify, const struct kith_event *event)
{
	struct shown *shown = calloc(1, sizeof(*shown));
	const char *item = event->kind == KITH_EVENT_PUSH ? kith_event_get(event, "item") : NULL;
	char *summary, *body;

	if (!shown)
		return NULL;
	summary = summary_of(event);
	body = body_of(notify, event);
	shown->notify = notify;
	shown->notification = notify_notification_new(summary, body, ICON);
	shown->question = event->question;
	shown->item = item ? strdup(item) : NULL;
	g_free(summary);
	g_free(body);
	notify_notification_set_category(shown->notification, "im.received");
	if (notify->has_buttons)
		add_buttons(shown, event);
	g_signal_connect(shown->notification, "closed", G_CALLBACK(on_closed), shown);
	return shown;
}

static bool is_worth(const struct kith_event *event)
{
	return event->question || event->kind == KITH_EVENT_CARD ||
	       event->kind == KITH_EVENT_PUSH || event->kind == KITH_EVENT_ERROR;
}

void cli_notify_show(struct cli_notify *notify, const struct kith_event *event)
{
	struct shown *shown;
	GError *error = NULL;

	if (!is_worth(event) || !look_at_server(notify) || !(shown = shown_new(notify, event)))
		return;
	if (shown->item)
		take_away_older(notify, shown->item);
	shown->next = notify->first;
	notify->first = shown;
	if (notify_notification_show(shown->notification, &error)) {
		notify->has_failed = false;
	} else {
		fail(notify, error ? error->message : "it failed");
		g_clear_error(&error);
		shown->is_gone = true;
	}
}
