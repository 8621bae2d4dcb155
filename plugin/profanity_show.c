/* Shows events of libkith in Profanity's windows. */
#include "config.h"

#include "plugin/profanity_show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plugin/profanity_api.h"

#define CHOICES_MAX 64 /* of one question that are shown */
#define PLACES 64      /* commands whose results still find the window they were typed in */

enum window { WINDOW_CONSOLE, WINDOW_CHAT, WINDOW_ROOM };
struct place {
	enum window window;
	char *jid;
};

/* What a message that just came is to be shown as, instead of its body. */
struct told {
	char *jid; /* of its chat or room: bare */
	char *line;
};

static struct place places[PLACES];
static unsigned last_tag;
static struct told told;

unsigned show_take_place(const char **chat)
{
	const char *recipient = prof_get_current_recipient();
	const char *room = prof_get_current_muc();
	struct place *place;

	last_tag = last_tag % SHOW_TAG_MOST + 1;
	place = &places[last_tag % PLACES];
	free(place->jid);
	place->jid = recipient ? strdup(recipient) : room ? strdup(room) : NULL;
	place->window = !place->jid ? WINDOW_CONSOLE : recipient ? WINDOW_CHAT : WINDOW_ROOM;
	*chat = place->window == WINDOW_CHAT ? place->jid : NULL;
	return last_tag;
}

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
static void show(const struct place *place, char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")))
		show_line(place, line);
}

char *show_typed(const char *words)
{
	char *line = NULL;

	if (words && asprintf(&line, "%s %s", COMMAND, words) < 0)
		return NULL;
	return line;
}

/* The event as text, in which what to type begins with our command. */
static char *text_of(const struct kith_event *event)
{
	struct kith_choice choices[CHOICES_MAX];
	struct kith_event copy = *event;
	char *text;

	if (copy.choice_count > CHOICES_MAX)
		copy.choice_count = CHOICES_MAX;
	for (size_t i = 0; i < copy.choice_count; i++) {
		choices[i].text = event->choices[i].text;
		choices[i].words = show_typed(event->choices[i].words);
	}
	copy.choices = choices;
	text = kith_event_text(&copy);
	for (size_t i = 0; i < copy.choice_count; i++)
		free((char *)choices[i].words);
	return text;
}

/* The event as one line that ends with what to type. */
static char *line_of(const struct kith_event *event)
{
	struct kith_event plain = *event;
	const char *between = event->kind == KITH_EVENT_PUSH ? "  To answer: " : "  To save: ";
	char *line, *longer;

	plain.choice_count = 0;
	line = kith_event_text(&plain);
	for (size_t i = 0; line && i < event->choice_count; i++) {
		if (!event->choices[i].words)
			continue;
		if (asprintf(&longer, "%s%s%s %s", line, between, COMMAND,
			    event->choices[i].words) < 0)
			longer = NULL;
		free(line);
		line = longer;
		between = " or ";
	}
	return line;
}

void show_forget_line(void)
{
	free(told.jid);
	free(told.line);
	told = (struct told){NULL, NULL};
}

/* Profanity shows the message with our line as its text: so window, time, log and notification are
 * as for any other. (Its prof_incoming_message() ends it, where it is built with OTR: up to 0.15
 * the message that it makes has no body.) */
void show_instead(const struct kith_event *event)
{
	const char *from = kith_event_get(event, "room");

	if (!from)
		from = kith_event_get(event, "from");
	show_forget_line();
	if (!from)
		return;
	told.jid = strndup(from, strcspn(from, "/"));
	told.line = line_of(event);
	if (!told.jid || !told.line)
		show_forget_line();
}

char *show_take_line(const char *jid)
{
	char *line = NULL;

	if (told.jid && strcasecmp(told.jid, jid) == 0) {
		line = told.line;
		told.line = NULL;
		show_forget_line();
	}
	return line;
}

bool show_has_line(void)
{
	return told.line != NULL;
}

void show_line_now(void)
{
	const struct place chat = {WINDOW_CHAT, told.jid};

	show_line(&chat, told.line);
	show_forget_line();
}

void show_event(const struct kith_event *event)
{
	static const struct place console = {WINDOW_CONSOLE, NULL};
	char *text = text_of(event);

	if (text && *text)
		show(event->spontaneous ? &console : &places[event->tag % PLACES], text);
	free(text);
}

void show_clear(void)
{
	for (size_t i = 0; i < PLACES; i++) {
		free(places[i].jid);
		places[i] = (struct place){WINDOW_CONSOLE, NULL};
	}
	show_forget_line();
}
