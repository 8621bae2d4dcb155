/* Entity capabilities: XEP-0115, version 1.6.0, and by them what a PEP service is to notify us of:
 * XEP-0163, version 1.2.2, 4.3.1.
 *
 * The node's disco#info is the same for everybody, as the verification string over it has to be;
 * what admins alone are shown is in the one without a node. */
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/caps.h"
#include "component/features.h"

/* 4: a URI that names the software; what this one can do is also a matter of its conf. */
static const char *node_of(struct service *service, struct arena *arena)
{
	return arena_printf(arena, "xmpp:%s", service->settings->jid);
}

struct xml *caps_of_service(struct service *service, struct arena *arena)
{
	struct xml *c = xml_new(arena, NS_CAPS, "c");

	xml_set(arena, c, "hash", "sha-1");
	xml_set(arena, c, "node", node_of(service, arena));
	xml_set(arena, c, "ver", caps_ver(arena, disco_of_service(service, arena)));
	return arena_failed(arena) ? NULL : c;
}

/* 6.2 */
static enum answer info(struct request *request, const char *node, struct xml *query)
{
	struct arena *arena = request->arena;
	struct xml *own;
	const char *ver;

	if (!node)
		return ANSWER_RESULT;
	if (!strchr(node, '#') || strncmp(node, "xmpp:", 5) != 0)
		return ANSWER_ITEM_NOT_FOUND;
	own = disco_of_service(request->service, arena);
	ver = arena_printf(arena, "%s#%s", node_of(request->service, arena), caps_ver(arena, own));
	if (arena_failed(arena))
		return ANSWER_INTERNAL_SERVER_ERROR;
	if (strcmp(node, ver) != 0)
		return ANSWER_ITEM_NOT_FOUND;
	while (own->first)
		xml_append(query, own->first);
	return ANSWER_RESULT;
}

static const char *const features[] = {NS_CAPS, NODE_PROFILE "+notify", NULL};

const struct feature feature_caps = {.name = "XEP-0115", .features = features, .info = info};
