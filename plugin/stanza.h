/* The stanzas that the client sends, and reading what comes back: pure, in an arena. */
#ifndef KITH_STANZA_H
#define KITH_STANZA_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct vcard;
struct xml;

/* RFC 6120, 8.2.3; type "get" or "set". */
struct xml *stanza_iq(struct arena *arena, const char *type, const char *to, const char *id);

/* XEP-0030. */
struct xml *stanza_disco(struct arena *arena, const char *ns, const char *to, const char *id);

/* XEP-0060, 6.5: the item of a node; item NULL: without id. */
struct xml *stanza_items(
	struct arena *arena, const char *to, const char *id, const char *node, const char *item);
/* The card of a result with items; *item (may be NULL): its id. NULL: none, or it can't be read. */
struct vcard *stanza_items_card(struct arena *arena, const struct xml *iq, const char **item);
/* XEP-0060, 7.1. */
struct xml *stanza_publish(struct arena *arena, const char *to, const char *id, const char *node,
	const char *item, const struct vcard *card);
/* XEP-0060, 7.2, with notify. */
struct xml *stanza_retract(
	struct arena *arena, const char *to, const char *id, const char *node, const char *item);

/* XEP-0313 with XEP-0442 and XEP-0059: the page behind position `after` (NULL: the first). */
struct xml *stanza_query(struct arena *arena, const char *to, const char *id, const char *node,
	const char *queryid, const char *after, unsigned max);

/* One event of a node's archive, or a notification (XEP-0060, 7.1.2.1 and 7.2.2.1). */
struct stanza_event {
	const char *node;
	const char *item;
	const struct xml *payload; /* NULL: retracted */
};
/* Reads the one item of <event/>; false if it has none or it isn't an event. */
bool stanza_event_read(const struct xml *event, struct stanza_event *out);

/* XEP-0050: executes node; session and form NULL at first. action NULL: the default one. */
struct xml *stanza_command(struct arena *arena, const char *to, const char *id, const char *node,
	const char *session, const char *action, struct xml *form);
/* XEP-0004: an empty form of type submit, and a field of it. */
struct xml *stanza_form(struct arena *arena);
void stanza_form_add(struct arena *arena, struct xml *form, const char *var, const char *value);
/* A field with a value for each of words, blanks or commas between; none for "". */
void stanza_form_add_list(
	struct arena *arena, struct xml *form, const char *var, const char *words);
/* The field of a form, or NULL; its first value, or NULL. */
const struct xml *stanza_form_field(const struct xml *form, const char *var);
const char *stanza_field_value(struct arena *arena, const struct xml *field);

/* XEP-0203: seconds since 1970 of a delay's stamp (XEP-0082); -1: none or unreadable. */
int64_t stanza_stamp(const struct xml *delay);

#endif
