/* The stanzas that the client sends, and reading what comes back: RFC 6120, XEP-0004 v2.13, 0030,
 * 0050, 0059, 0060 v1.26, 0203, 0313 v1.1, 0442. */
#include "config.h"

#include "plugin/stanza.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/vcard.h"
#include "common/xml.h"

struct xml *stanza_iq(struct arena *arena, const char *type, const char *to, const char *id)
{
	struct xml *iq = xml_new(arena, NS_CLIENT, "iq");

	xml_set(arena, iq, "type", type);
	xml_set(arena, iq, "to", to);
	xml_set(arena, iq, "id", id);
	return iq;
}

struct xml *stanza_disco(struct arena *arena, const char *ns, const char *to, const char *id)
{
	struct xml *iq = stanza_iq(arena, "get", to, id);

	xml_add(arena, iq, ns, "query");
	return iq;
}

/* <pubsub><VERB node='...'/></pubsub>; returns the verb's element. */
static struct xml *add_pubsub(
	struct arena *arena, struct xml *iq, const char *verb, const char *node)
{
	struct xml *element = xml_add(arena, xml_add(arena, iq, NS_PUBSUB, "pubsub"), NULL, verb);

	xml_set(arena, element, "node", node);
	return element;
}

struct xml *stanza_items(
	struct arena *arena, const char *to, const char *id, const char *node, const char *item)
{
	struct xml *iq = stanza_iq(arena, "get", to, id);
	struct xml *items = add_pubsub(arena, iq, "items", node);

	if (item)
		xml_set(arena, xml_add(arena, items, NULL, "item"), "id", item);
	return iq;
}

struct vcard *stanza_items_card(struct arena *arena, const struct xml *iq, const char **item)
{
	const struct xml *pubsub = xml_child(iq, NS_PUBSUB, "pubsub");
	const struct xml *found = xml_child(xml_child(pubsub, NULL, "items"), NULL, "item");
	const struct xml *payload = found ? xml_child(found, NS_VCARD4, NULL) : NULL;

	if (item)
		*item = xml_get(found, "id");
	return payload ? vcard_from_xml(arena, payload, NULL) : NULL;
}

struct xml *stanza_publish(struct arena *arena, const char *to, const char *id, const char *node,
	const char *item, const struct vcard *card)
{
	struct xml *iq = stanza_iq(arena, "set", to, id);
	struct xml *element = xml_add(arena, add_pubsub(arena, iq, "publish", node), NULL, "item");
	struct xml *payload = vcard_to_xml(arena, card);

	xml_set(arena, element, "id", item);
	if (element && payload)
		xml_append(element, payload);
	return iq;
}

struct xml *stanza_retract(
	struct arena *arena, const char *to, const char *id, const char *node, const char *item)
{
	struct xml *iq = stanza_iq(arena, "set", to, id);
	struct xml *retract = add_pubsub(arena, iq, "retract", node);

	xml_set(arena, retract, "notify", "true");
	xml_set(arena, xml_add(arena, retract, NULL, "item"), "id", item);
	return iq;
}

struct xml *stanza_query(struct arena *arena, const char *to, const char *id, const char *node,
	const char *queryid, const char *after, unsigned max)
{
	struct xml *iq = stanza_iq(arena, "set", to, id);
	struct xml *query = xml_add(arena, iq, NS_MAM, "query");
	struct xml *set = xml_add(arena, query, NS_RSM, "set");

	xml_set(arena, query, "queryid", queryid);
	xml_set(arena, query, "node", node);
	xml_add_text_element(arena, set, NULL, "max", arena_printf(arena, "%u", max));
	xml_add_text_element(arena, set, NULL, "after", after);
	return iq;
}

bool stanza_event_read(const struct xml *event, struct stanza_event *out)
{
	const struct xml *items, *child;

	if (!xml_is(event, NS_PUBSUB_EVENT, "event"))
		return false;
	items = xml_child(event, NULL, "items");
	out->node = xml_get(items, "node");
	child = xml_child(items, NULL, NULL);
	out->item = xml_get(child, "id");
	if (!out->node || !out->item)
		return false;
	out->payload = NULL;
	if (strcmp(child->name, "retract") == 0)
		return true;
	out->payload = xml_child(child, NS_VCARD4, NULL);
	return strcmp(child->name, "item") == 0;
}

struct xml *stanza_command(struct arena *arena, const char *to, const char *id, const char *node,
	const char *session, const char *action, struct xml *form)
{
	struct xml *iq = stanza_iq(arena, "set", to, id);
	struct xml *command = xml_add(arena, iq, NS_COMMANDS, "command");

	xml_set(arena, command, "node", node);
	xml_set(arena, command, "sessionid", session);
	xml_set(arena, command, "action", action);
	if (command && form)
		xml_append(command, form);
	return iq;
}

struct xml *stanza_form(struct arena *arena)
{
	struct xml *form = xml_new(arena, NS_DATA, "x");

	xml_set(arena, form, "type", "submit");
	return form;
}

void stanza_form_add(struct arena *arena, struct xml *form, const char *var, const char *value)
{
	struct xml *field = xml_add(arena, form, NULL, "field");

	xml_set(arena, field, "var", var);
	xml_add_text_element(arena, field, NULL, "value", value);
}

void stanza_form_add_list(struct arena *arena, struct xml *form, const char *var, const char *words)
{
	struct xml *field = xml_add(arena, form, NULL, "field");
	char *text = arena_strdup(arena, words), *rest = NULL;

	xml_set(arena, field, "var", var);
	xml_set(arena, field, "type", "jid-multi");
	for (char *word = text ? strtok_r(text, ", ", &rest) : NULL; word;
		word = strtok_r(NULL, ", ", &rest))
		xml_add_text_element(arena, field, NULL, "value", word);
}

const struct xml *stanza_form_field(const struct xml *form, const char *var)
{
	const struct xml *field = xml_child(form, NULL, "field");

	while (field && (!xml_get(field, "var") || strcmp(xml_get(field, "var"), var) != 0))
		field = xml_next(field, NS_DATA, "field");
	return field;
}

const char *stanza_field_value(struct arena *arena, const struct xml *field)
{
	return xml_child_text(arena, field, "value");
}

int64_t stanza_stamp(const struct xml *delay)
{
	const char *stamp = xml_get(delay, "stamp");
	struct tm tm = {0};

	/* XEP-0082, 3.2, in UTC as XEP-0203, 4 demands; fractions don't matter here. */
	if (!stamp || sscanf(stamp, "%4d-%2d-%2dT%2d:%2d:%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
			      &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6)
		return -1;
	if (tm.tm_year < 1970 || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 ||
		tm.tm_mday > 31 || tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 ||
		tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60)
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return (int64_t)timegm(&tm);
}
