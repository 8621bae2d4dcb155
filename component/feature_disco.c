/* Service discovery, made from the table of features: XEP-0030, version 2.5.0. */
#include "component/features.h"

#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"

static void add_identity(
	struct request *request, struct xml *query, const char *category, const char *type)
{
	struct xml *identity = xml_add(request->arena, query, NULL, "identity");

	xml_set(request->arena, identity, "category", category);
	xml_set(request->arena, identity, "type", type);
	xml_set(request->arena, identity, "name", request->service->settings->name);
}

/* Once each: XEP-0030, 3.1. */
static void add_feature(struct request *request, struct xml *query, const char *var)
{
	struct xml *feature;

	for (feature = xml_child(query, NULL, "feature"); feature;
		feature = xml_next(feature, NULL, "feature"))
		if (strcmp(xml_get(feature, "var"), var) == 0)
			return;
	feature = xml_add(request->arena, query, NULL, "feature");
	xml_set(request->arena, feature, "var", var);
}

/* The service's own: XEP-0030, 3.1. */
static void add_info(struct request *request, struct xml *query)
{
	add_identity(request, query, "directory", "user");
	add_identity(request, query, "pubsub", "service");
	for (const struct feature *const *feature = features_all; *feature; feature++) {
		for (const struct feature_row *row = (*feature)->rows; row && row->ns; row++)
			add_feature(request, query, row->ns);
		for (const char *const *var = (*feature)->features; var && *var; var++)
			add_feature(request, query, *var);
	}
}

struct xml *disco_of_service(struct service *service, struct arena *arena)
{
	struct request nobody = {.service = service, .arena = arena};
	struct xml *query = xml_new(arena, NS_DISCO_INFO, "query");

	if (jid_parse(&nobody.from, arena, service->settings->jid))
		return NULL;
	add_info(&nobody, query);
	for (const struct feature *const *feature = features_all; *feature; feature++)
		if ((*feature)->info)
			(*feature)->info(&nobody, NULL, query);
	return arena_failed(arena) ? NULL : query;
}

static enum answer discover(struct request *request, bool is_info)
{
	const char *node = xml_get(request->payload, "node");
	struct xml *query = xml_new(request->arena, request->payload->ns, "query");
	enum answer answer = node ? ANSWER_ITEM_NOT_FOUND : ANSWER_RESULT;

	xml_set(request->arena, query, "node", node);
	if (is_info && !node)
		add_info(request, query);
	for (const struct feature *const *feature = features_all; *feature; feature++) {
		disco_handler *disco = is_info ? (*feature)->info : (*feature)->items;
		enum answer own = disco ? disco(request, node, query) : ANSWER_ITEM_NOT_FOUND;

		if (own == ANSWER_ITEM_NOT_FOUND)
			continue;
		answer = own;
		if (node || own != ANSWER_RESULT)
			break;
	}
	request->result = query;
	return answer;
}

static enum answer get_info(struct request *request)
{
	return discover(request, true);
}

static enum answer get_items(struct request *request)
{
	return discover(request, false);
}

static const struct feature_row rows[] = {
	{NS_DISCO_INFO, "query", get_info, NULL},
	{NS_DISCO_ITEMS, "query", get_items, NULL},
	{NULL, NULL, NULL, NULL},
};

const struct feature feature_disco = {.name = "XEP-0030", .rows = rows};
