/* Events in the making, and their names. */
#include "config.h"

#include "plugin/event.h"

#include <string.h>

#include "common/arena.h"
#include "common/name.h"
#include "common/phone.h"
#include "common/vcard.h"

void event_init(struct event *event, enum kith_event_kind kind)
{
	memset(event, 0, sizeof(*event));
	event->told.kind = kind;
	event->told.fields = event->fields;
	event->told.choices = event->choices;
}

void event_add_kind(struct event *event, const char *name, const char *value, const char *kind)
{
	if (!value || event->told.field_count == EVENT_FIELDS_MAX)
		return;
	event->fields[event->told.field_count++] =
		(struct kith_field){.name = name, .value = value, .kind = kind};
}

void event_add_tel(
	struct event *event, const char *value, const char *kind, const struct phone *phone)
{
	size_t count = event->told.field_count;

	event_add_kind(event, "tel", value, kind);
	if (event->told.field_count > count)
		event->fields[count].charge = phone_charge_name(phone->charge);
}

void event_add(struct event *event, const char *name, const char *value)
{
	event_add_kind(event, name, value, NULL);
}

const char *event_name(struct arena *arena, const char *name)
{
	char shown[NAME_SHOWN_SIZE];

	return arena_strdup(arena, name_shown(shown, name));
}

void event_add_choice(struct event *event, const char *text, const char *words)
{
	if (event->told.choice_count == EVENT_CHOICES_MAX)
		return;
	event->choices[event->told.choice_count++] =
		(struct kith_choice){.text = text, .words = words};
}

void event_add_card(struct event *event, const struct vcard *card, const char *region)
{
	const struct vcard_property *property;

	if (!kith_event_get(&event->told, "name"))
		event_add(event, "name", vcard_name(card));
	for (property = vcard_first(card, "TEL"); property;
		property = vcard_next(property, "TEL")) {
		struct phone phone;
		const char *display;

		vcard_tel(property, region, &phone);
		display = arena_strdup(card->arena, phone.display);
		if (display && *display)
			event_add_tel(event, display, vcard_tel_kind(property, &phone), &phone);
	}
	for (property = vcard_first(card, "EMAIL"); property;
		property = vcard_next(property, "EMAIL"))
		event_add_kind(event, "email", vcard_text(property),
			vcard_has_type(property, "work")   ? "work"
			: vcard_has_type(property, "home") ? "home"
							   : "");
	property = vcard_first(card, "ORG");
	if (property && *vcard_text(property))
		event_add(event, "org", vcard_text(property));
}

const char *event_kind_name(enum kith_event_kind kind)
{
	switch (kind) {
	case KITH_EVENT_ERROR:
		return "error";
	case KITH_EVENT_NOTE:
		return "note";
	case KITH_EVENT_QUESTION:
		return "question";
	case KITH_EVENT_READY:
		return "ready";
	case KITH_EVENT_CARD:
		return "card";
	case KITH_EVENT_PUSH:
		return "push";
	case KITH_EVENT_CHANGED:
		return "changed";
	case KITH_EVENT_CONFLICT:
		return "conflict";
	case KITH_EVENT_SKIPPED:
		return "skipped";
	case KITH_EVENT_SYNCED:
		return "synced";
	case KITH_EVENT_PROGRESS:
		return "progress";
	case KITH_EVENT_CONTACT:
		return "contact";
	case KITH_EVENT_MATTER:
		return "matter";
	case KITH_EVENT_NUMBER:
		return "number";
	case KITH_EVENT_SETTING:
		return "setting";
	case KITH_EVENT_SENT:
		return "sent";
	case KITH_EVENT_SAVED:
		return "saved";
	case KITH_EVENT_IMPORTED:
		return "imported";
	case KITH_EVENT_EXPORTED:
		return "exported";
	case KITH_EVENT_DONE:
		return "done";
	}
	return "";
}

const char *event_outcome_name(enum kith_outcome outcome)
{
	switch (outcome) {
	case KITH_OUTCOME_OK:
		return "ok";
	case KITH_OUTCOME_FAILED:
		return "failed";
	case KITH_OUTCOME_USAGE:
		return "usage";
	case KITH_OUTCOME_CANCELLED:
		return "cancelled";
	}
	return "";
}

const char *kith_event_get(const struct kith_event *event, const char *name)
{
	for (size_t i = 0; i < event->field_count; i++)
		if (strcmp(event->fields[i].name, name) == 0)
			return event->fields[i].value;
	return NULL;
}
