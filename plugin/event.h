/* Events in the making: kith_event with room for its fields. */
#ifndef KITH_EVENT_H
#define KITH_EVENT_H

#include "plugin/kith.h"

struct arena;
struct phone;
struct vcard;

#define EVENT_FIELDS_MAX 48
#define EVENT_CHOICES_MAX 20

struct event {
	struct kith_event told;
	struct kith_field fields[EVENT_FIELDS_MAX];
	struct kith_choice choices[EVENT_CHOICES_MAX];
};

void event_init(struct event *event, enum kith_event_kind kind);
/* A field; value is borrowed until the event was told, NULL adds nothing. Fields that don't fit are
 * left out. */
void event_add(struct event *event, const char *name, const char *value);
/* An email. */
void event_add_kind(struct event *event, const char *name, const char *value, const char *kind);
/* A tel: value as event_add(), with what phone says of it. */
void event_add_tel(
	struct event *event, const char *value, const char *kind, const struct phone *phone);
/* Name (unless it has one already), tel, email, org of a card; their texts live in the card. */
void event_add_card(struct event *event, const struct vcard *card, const char *region);
/* The name, for a text of ours that is told: see name.h. NULL without memory. */
const char *event_name(struct arena *arena, const char *name);
void event_add_choice(struct event *event, const char *text, const char *words);

/* "contact": the word for a kind, as in JSON. */
const char *event_kind_name(enum kith_event_kind kind);
/* "ok", "failed", "usage", "cancelled". */
const char *event_outcome_name(enum kith_outcome outcome);

#endif
