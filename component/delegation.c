/* The wrapper of delegated stanzas: XEP-0355, version 0.5, section 4.3. */
#include "component/delegation.h"

#include <string.h>

#include "common/jid.h"
#include "common/ns.h"
#include "common/xml.h"

static bool is_delegation(const struct xml *element)
{
	return xml_is(element, NS_DELEGATION_1, "delegation") ||
	       xml_is(element, NS_DELEGATION_2, "delegation");
}

struct xml *delegation_inner(const struct xml *iq)
{
	const struct xml *child = xml_is(iq, NS_COMPONENT, "iq") ? iq->first : NULL;

	while (child && !is_delegation(child))
		child = child->next;
	return xml_child(xml_child(child, NS_FORWARD, "forwarded"), NS_CLIENT, "iq");
}

/* COMPAT Prosody 0.12, ejabberd 23.01: the wrapper has no white space, the stanza in it its own
 * namespace, the id of the request, and as `from` what that had as `to`; Prosody leaves that out
 * where the account itself is meant. Prosody's client would wait for ever otherwise. */
bool delegation_wrap(
	struct arena *arena, struct xml *reply, const struct xml *request, const char *type)
{
	const struct xml *asked = delegation_inner(request);
	const char *from = xml_get(request, "from");
	const char *to = xml_get(asked, "to");
	struct xml *answer;
	struct jid jid;

	if (!asked || !from || strpbrk(from, "@/") || !xml_get(asked, "from"))
		return false;
	if (!to && jid_parse(&jid, arena, xml_get(asked, "from")) == 0)
		to = jid.bare;
	answer = xml_add(arena, reply, asked->parent->parent->ns, "delegation");
	answer = xml_add(arena, answer, NS_FORWARD, "forwarded");
	answer = xml_add(arena, answer, NS_CLIENT, "iq");
	xml_set(arena, answer, "type", type);
	xml_set(arena, answer, "from", to);
	xml_set(arena, answer, "to", xml_get(asked, "from"));
	xml_set(arena, answer, "id", xml_get(asked, "id"));
	return true;
}

/* COMPAT ejabberd 23.01: on an error without wrapper its client waits for ever, on an empty result
 * it gets an error. (Prosody 0.12: the other way round.) */
bool delegation_wants_no_error(const struct xml *request)
{
	const char *from = xml_get(request, "from");

	return xml_child(request, NS_DELEGATION_1, "delegation") && from && !strpbrk(from, "@/") &&
	       !delegation_inner(request);
}

const char *delegation_node(const char *node)
{
	static const char *const prefixes[] = {NS_DELEGATION_1 "::", NS_DELEGATION_1 ":bare:",
		NS_DELEGATION_2 "::", NS_DELEGATION_2 ":bare:"};

	for (size_t i = 0; node && i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (strncmp(node, prefixes[i], strlen(prefixes[i])) == 0)
			return node + strlen(prefixes[i]);
	return NULL;
}
