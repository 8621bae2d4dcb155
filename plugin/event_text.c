/* An event for a person: lines of text. */
#include "config.h"

#include "plugin/event.h"

#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/log.h"
#include "common/name.h"

#define VALUE_MAX 2048 /* bytes of one value that are shown */

/* Foreign text as one piece of a line: nothing in it steers the terminal. */
static void put(struct buffer *out, const char *text)
{
	char shown[VALUE_MAX];

	if (text)
		buffer_puts(out, log_escape(shown, sizeof(shown), text));
}

/* Several lines of foreign text: line ends stay, with indent behind them. */
static void put_lines(struct buffer *out, const char *text, const char *indent)
{
	while (text) {
		const char *end = strchr(text, '\n');
		char line[VALUE_MAX], shown[VALUE_MAX];
		size_t len = end ? (size_t)(end - text) : strlen(text);

		if (len >= sizeof(line))
			len = sizeof(line) - 1;
		if (len > 0 && text[len - 1] == '\r')
			len--;
		memcpy(line, text, len);
		line[len] = '\0';
		buffer_puts(out, log_escape(shown, sizeof(shown), line));
		if (end)
			buffer_printf(out, "\n%s", indent);
		text = end ? end + 1 : NULL;
	}
}

static void put_field(struct buffer *out, const struct kith_event *event, const char *before,
	const char *name, const char *after)
{
	const char *value = kith_event_get(event, name);

	if (!value)
		return;
	buffer_puts(out, before);
	put(out, value);
	buffer_puts(out, after);
}

/* As put_field(), of a name. */
static void put_name(struct buffer *out, const struct kith_event *event, const char *before,
	const char *name, const char *after)
{
	const char *value = kith_event_get(event, name);
	char shown[NAME_SHOWN_SIZE];

	if (value)
		buffer_printf(out, "%s%s%s", before, name_shown(shown, value), after);
}

/* The fields with a kind behind what was put: "; cell +44 ..., work ...". */
static void put_kinds(struct buffer *out, const struct kith_event *event)
{
	const char *between = ": ";

	for (size_t i = 0; i < event->field_count; i++) {
		const struct kith_field *field = &event->fields[i];

		if (!field->kind)
			continue;
		buffer_puts(out, between);
		if (*field->kind) {
			put(out, field->kind);
			buffer_putc(out, ' ');
		}
		put(out, field->value);
		if (field->charge)
			buffer_printf(out, " (%s number)", field->charge);
		between = ", ";
	}
}

/* "Dave Example (dave@example.org): cell +44 ..." */
static void put_contact(struct buffer *out, const struct kith_event *event)
{
	const char *note = kith_event_get(event, "note");

	put_name(out, event, "", "name", "");
	put_field(out, event, " (", "jid", ")");
	put_kinds(out, event);
	put_field(out, event, "; ", "org", "");
	if (note) {
		buffer_puts(out, "\n  ");
		put_lines(out, note, "  ");
	}
}

static void put_card(struct buffer *out, const struct kith_event *event)
{
	const char *room = kith_event_get(event, "room");
	const char *about = kith_event_get(event, "about");

	put_field(out, event, "[", "n", "] ");
	/* Who is in a room chose what name there. */
	if (room)
		put_name(out, event, "Card from ", "from", "");
	else
		put_field(out, event, "Card from ", "from", "");
	put_field(out, event, " in ", "room", "");
	buffer_puts(out, ": ");
	put_name(out, event, "", "name", "");
	put_kinds(out, event);
	if (kith_event_get(event, "passed_on")) {
		buffer_puts(out, "; passed on");
		if (about)
			buffer_puts(out, ", it says it is about ");
		put(out, about);
	}
}

static void put_changed(struct buffer *out, const struct kith_event *event)
{
	put_name(out, event, "", "name", "");
	put_field(out, event, " ", "change", "");
	put_field(out, event, " in the ", "where", "");
	put_kinds(out, event);
}

static void put_imported(struct buffer *out, const struct kith_event *event)
{
	const char *jids = kith_event_get(event, "jids");

	put_field(out, event, "", "file", ": ");
	put_field(out, event, "", "cards", " cards: ");
	put_field(out, event, "", "new", " new, ");
	put_field(out, event, "", "merged", " merged, ");
	put_field(out, event, "", "same", " the same, ");
	put_field(out, event, "", "skipped", " passed over.");
	if (jids && strcmp(jids, "0") != 0)
		put_field(out, event, "\n", "jids",
			" of them name an XMPP address. No contact was linked to one by that.");
}

static void put_body(struct buffer *out, const struct kith_event *event)
{
	switch (event->kind) {
	case KITH_EVENT_ERROR:
	case KITH_EVENT_NOTE:
	case KITH_EVENT_QUESTION:
	case KITH_EVENT_PUSH:
		put_lines(out, kith_event_get(event, "text"), "");
		break;
	case KITH_EVENT_READY:
		put_field(out, event, "The address book is at ", "service", ".");
		break;
	case KITH_EVENT_CARD:
		put_card(out, event);
		break;
	case KITH_EVENT_CHANGED:
		put_changed(out, event);
		break;
	case KITH_EVENT_CONFLICT:
		put_name(out, event, "", "name", ": ");
		put_field(out, event, "", "property", " was changed on both sides; ");
		put_field(out, event, "kept ", "kept", "");
		put_field(out, event, " (", "where", ")");
		put_field(out, event, ", not ", "lost", "; undo takes it back");
		break;
	case KITH_EVENT_SKIPPED:
		put_field(out, event, "", "file", ": ");
		put_field(out, event, "", "text", "");
		break;
	case KITH_EVENT_SYNCED:
		put_field(out, event, "In step: ", "received", " received, ");
		put_field(out, event, "", "sent", " sent.");
		break;
	case KITH_EVENT_PROGRESS:
		put_field(out, event, "", "what", ": ");
		put_field(out, event, "", "done", " contacts, ");
		put_field(out, event, "", "percent", " %");
		break;
	case KITH_EVENT_CONTACT:
		put_contact(out, event);
		break;
	case KITH_EVENT_MATTER:
		put_field(out, event, "", "n", "");
		put_field(out, event, " [", "code", "] ");
		put_field(out, event, "", "text", "");
		break;
	case KITH_EVENT_NUMBER:
		buffer_puts(out, "Your number");
		put_kinds(out, event);
		put_field(out, event, " (given up ", "retired", ")");
		break;
	case KITH_EVENT_SETTING:
		put_field(out, event, "", "key", "");
		put_field(out, event, " = ", "value", "");
		put_field(out, event, "  (", "values", ")");
		put_field(out, event, "  ", "label", "");
		break;
	case KITH_EVENT_SENT:
		put_name(out, event, "Sent ", "name", "'s card");
		put_field(out, event, " to ", "to", "");
		break;
	case KITH_EVENT_SAVED:
		put_name(out, event, "Saved ", "name", "");
		put_field(out, event, " (", "how", ")");
		put_field(out, event, ", linked to ", "jid", "");
		put_field(out, event, ", ", "file", "");
		break;
	case KITH_EVENT_IMPORTED:
		put_imported(out, event);
		break;
	case KITH_EVENT_EXPORTED:
		put_field(out, event, "", "file", ": ");
		put_field(out, event, "", "cards", " contacts");
		put_field(out, event, ", ", "skipped", " not");
		break;
	case KITH_EVENT_DONE:
		break;
	}
}

static void put_choices(struct buffer *out, const struct kith_event *event)
{
	for (size_t i = 0; i < event->choice_count; i++) {
		buffer_printf(out, "\n  %zu: ", i + 1);
		put(out, event->choices[i].text);
		if (event->choices[i].words) {
			buffer_puts(out, "  [");
			put(out, event->choices[i].words);
			buffer_putc(out, ']');
		}
	}
}

char *kith_event_text(const struct kith_event *event)
{
	struct buffer out;
	const char *text;
	char *copy = NULL;

	buffer_init(&out, 0);
	put_body(&out, event);
	put_choices(&out, event);
	text = buffer_string(&out);
	if (text)
		copy = strdup(text);
	buffer_clear(&out);
	return copy;
}
