/* Messages to people: XEP-0359 0.7.0 (origin-id), XEP-0334 1.0.0 (store), XEP-0439 0.1.0 (actions),
 * XEP-0147 1.2 (links). */
#include "component/say.h"

#include "common/arena.h"
#include "common/log.h"
#include "common/ns.h"
#include "common/xml.h"

#define NAME_MAX_BYTES 128 /* of a name among the service's own words */

struct xml *say_new(
	struct arena *arena, const char *from, const char *to, const char *id, const char *body)
{
	struct xml *message = xml_new(arena, NS_COMPONENT, "message");

	xml_set(arena, message, "type", "chat");
	xml_set(arena, message, "from", from);
	xml_set(arena, message, "to", to);
	xml_set(arena, message, "id", id);
	xml_add_text_element(arena, message, NULL, "body", body);
	xml_set(arena, xml_add(arena, message, NS_SID, "origin-id"), "id", id);
	xml_add(arena, message, NS_HINTS, "store");
	return message;
}

const char *say_name(struct arena *arena, const char *name)
{
	char escaped[NAME_MAX_BYTES];

	return arena_strdup(arena, log_escape(escaped, sizeof(escaped), name));
}

static void add_action(struct arena *arena, struct xml *message, const char *word,
	const char *token, const char *label)
{
	struct xml *action = xml_add(arena, message, NS_QUICK_RESPONSE, "action");

	xml_set(arena, action, "id", arena_printf(arena, "%s/%s", word, token));
	xml_set(arena, action, "label", label);
}

void say_offer(struct arena *arena, struct xml *message, const char *token, const char *yes_label,
	const char *no_label)
{
	add_action(arena, message, "yes", token, yes_label);
	add_action(arena, message, "no", token, no_label);
}

struct xml *say_question(struct arena *arena, const char *service, const char *to, const char *id,
	const char *text, const char *token, const char *yes_label, const char *no_label)
{
	struct xml *message = say_new(arena, service, to, id,
		arena_printf(arena, "%s %s", text, say_link(arena, service, token)));

	say_offer(arena, message, token, yes_label, no_label);
	return message;
}

void say_offer_back(struct arena *arena, struct xml *message, const char *token)
{
	add_action(arena, message, "back", token, "Take it back");
}

/* RFC 5122, 2.2: a slash is no character of a value. */
const char *say_link(struct arena *arena, const char *service, const char *token)
{
	if (!token)
		return arena_printf(arena, "xmpp:%s?command;node=matters", service);
	return arena_printf(arena, "xmpp:%s?command;node=matters%%2F%s", service, token);
}
