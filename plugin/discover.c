/* Finding the service: the first item of the server that is a directory of users and a pubsub
 * service at once. XEP-0030 v2.5, 3 and 4. */
#include "config.h"

#include "plugin/discover.h"

#include <string.h>

#include "common/ns.h"
#include "common/xml.h"
#include "plugin/client.h"
#include "plugin/request.h"
#include "plugin/stanza.h"

#define ITEMS_MAX 50 /* of a server that are asked */

static bool has_identity(const struct xml *query, const char *category, const char *type)
{
	for (const struct xml *identity = xml_child(query, NULL, "identity"); identity;
		identity = xml_next(identity, NS_DISCO_INFO, "identity")) {
		const char *c = xml_get(identity, "category"), *t = xml_get(identity, "type");

		if (c && t && strcmp(c, category) == 0 && strcmp(t, type) == 0)
			return true;
	}
	return false;
}

static void got_info(void *context, struct kith *kith, const struct reply *reply)
{
	const struct xml *query = xml_child(reply->iq, NS_DISCO_INFO, "query");

	(void)context;
	if (kith->phase != CLIENT_FINDING)
		return;
	kith->asked--;
	if (reply->kind == REPLY_RESULT && has_identity(query, "directory", "user") &&
		has_identity(query, "pubsub", "service"))
		client_found(kith, xml_get(reply->iq, "from"));
	else if (kith->asked == 0)
		client_found(kith, NULL);
}

static void got_items(void *context, struct kith *kith, const struct reply *reply)
{
	const struct xml *query = xml_child(reply->iq, NS_DISCO_ITEMS, "query");
	const struct xml *item = xml_child(query, NULL, "item");
	unsigned count = 0;

	(void)context;
	kith->asked = 1; /* this one, until all are asked */
	for (; item && count < ITEMS_MAX; item = xml_next(item, NS_DISCO_ITEMS, "item")) {
		const char *jid = xml_get(item, "jid");

		if (!jid || xml_get(item, "node"))
			continue;
		count++;
		kith->asked++;
		request_send(kith,
			stanza_disco(kith->scratch, NS_DISCO_INFO, jid, client_new_id(kith)),
			got_info, kith);
	}
	if (kith->phase == CLIENT_FINDING && --kith->asked == 0)
		client_found(kith, NULL);
}

void discover(struct kith *kith)
{
	request_send(kith,
		stanza_disco(kith->scratch, NS_DISCO_ITEMS, kith->domain, client_new_id(kith)),
		got_items, kith);
}
