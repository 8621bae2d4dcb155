/* Messages to people: XEP-0359 0.7.0 (origin-id), XEP-0334 1.0.0 (store), XEP-0439 0.1.0 (actions),
 * XEP-0147 1.2 (links). */
#include "component/say.h"

#include <string.h>

#include "common/arena.h"
#include "common/name.h"
#include "common/ns.h"
#include "common/xml.h"

#define SCHEME_MIN 3 /* letters of a scheme; less is in names ("S:t") */

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

/* RFC 3986, 3.1: how long a scheme could be that ends before text[at]. */
static size_t scheme_len(const char *text, size_t at)
{
	static const char others[] = "0123456789+-.";
	size_t len = 0;

	while (len < at) {
		char c = text[at - 1 - len];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !strchr(others, c))
			break;
		len++;
	}
	return len;
}

/* A blank behind what could be a scheme leaves a name readable that isn't one ("NATO: n"). */
const char *say_name(struct arena *arena, const char *name)
{
	char shown[NAME_SHOWN_SIZE], *said, *to;

	name_shown(shown, name);
	said = to = arena_alloc(arena, 2 * strlen(shown) + 1);
	for (size_t i = 0; said && shown[i]; i++) {
		*to++ = shown[i];
		if (shown[i] == ':' && shown[i + 1] && shown[i + 1] != ' ' &&
			scheme_len(shown, i) >= SCHEME_MIN)
			*to++ = ' ';
	}
	if (said)
		*to = '\0';
	return said;
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
