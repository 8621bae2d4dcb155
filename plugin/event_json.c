/* An event for a program: JSON, RFC 8259. */
#include "config.h"

#include "plugin/event.h"

#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/utf8.h"

/* A string, 7, that may be looked at on a terminal. What isn't UTF-8 becomes U+FFFD (8.1). */
static void write_string(struct buffer *out, const char *text)
{
	size_t len = strlen(text);

	buffer_putc(out, '"');
	while (len > 0) {
		uint32_t character;
		size_t step = utf8_decode(text, len, &character);

		if (step == 0) {
			buffer_puts(out, "\xef\xbf\xbd");
			step = 1;
		} else if (character == '"' || character == '\\') {
			buffer_printf(out, "\\%c", (int)character);
		} else if (character == '\n') {
			buffer_puts(out, "\\n");
		} else if (utf8_steers(character) && character > 0xffff) {
			buffer_printf(out, "\\u%04x\\u%04x",
				(unsigned)(0xd800 + ((character - 0x10000) >> 10)),
				(unsigned)(0xdc00 + (character & 0x3ff)));
		} else if (utf8_steers(character)) {
			buffer_printf(out, "\\u%04x", (unsigned)character);
		} else {
			buffer_append(out, text, step);
		}
		text += step;
		len -= step;
	}
	buffer_putc(out, '"');
}

static void write_member(struct buffer *out, const char *name, const char *value)
{
	buffer_printf(out, ",\"%s\":", name);
	write_string(out, value);
}

/* The fields of one name that have a kind, as an array: written at the first of them. */
static void write_array(struct buffer *out, const struct kith_event *event, size_t first)
{
	const char *name = event->fields[first].name;
	const char *comma = "";

	for (size_t i = 0; i < first; i++)
		if (strcmp(event->fields[i].name, name) == 0)
			return;
	buffer_printf(out, ",\"%s\":[", name);
	for (size_t i = first; i < event->field_count; i++) {
		if (strcmp(event->fields[i].name, name) != 0)
			continue;
		buffer_printf(out, "%s{\"kind\":", comma);
		write_string(out, event->fields[i].kind ? event->fields[i].kind : "");
		write_member(out, "value", event->fields[i].value);
		if (event->fields[i].charge)
			write_member(out, "charge", event->fields[i].charge);
		buffer_putc(out, '}');
		comma = ",";
	}
	buffer_putc(out, ']');
}

static void write_choices(struct buffer *out, const struct kith_event *event)
{
	buffer_puts(out, ",\"choices\":[");
	for (size_t i = 0; i < event->choice_count; i++) {
		buffer_printf(out, "%s{\"text\":", i > 0 ? "," : "");
		write_string(out, event->choices[i].text);
		if (event->choices[i].words)
			write_member(out, "words", event->choices[i].words);
		buffer_putc(out, '}');
	}
	buffer_putc(out, ']');
}

char *kith_event_json(const struct kith_event *event)
{
	struct buffer out;
	const char *text;
	char *json = NULL;

	buffer_init(&out, 0);
	buffer_printf(&out, "{\"event\":\"%s\"", event_kind_name(event->kind));
	if (!event->spontaneous)
		buffer_printf(&out, ",\"tag\":%u", event->tag);
	for (size_t i = 0; i < event->field_count; i++) {
		if (event->fields[i].kind)
			write_array(&out, event, i);
		else
			write_member(&out, event->fields[i].name, event->fields[i].value);
	}
	if (event->question != 0)
		buffer_printf(&out, ",\"question\":%u", event->question);
	if (event->choice_count > 0)
		write_choices(&out, event);
	if (event->kind == KITH_EVENT_DONE)
		write_member(&out, "outcome", event_outcome_name(event->outcome));
	buffer_putc(&out, '}');
	text = buffer_string(&out);
	if (text)
		json = strdup(text);
	buffer_clear(&out);
	return json;
}
