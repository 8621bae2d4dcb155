/* Publish-subscribe: the requests that both nodes have in common (XEP-0060, version 1.26; design:
 * section 3, "nodes").
 *
 * There are two nodes, each virtual for the one who asks: everybody owns both of his own, and is
 * subscribed to them without asking. So nothing can be created, configured or deleted. */
#include <string.h>

#include "common/arena.h"
#include "common/jid.h"
#include "common/ns.h"
#include "common/vcard.h"
#include "common/buffer.h"
#include "common/xml.h"
#include "component/form.h"
#include "component/pubsub.h"

static const struct pubsub_node *const nodes[] = {&pubsub_profile, &pubsub_contacts, NULL};

const struct pubsub_node *pubsub_node_find(const char *node)
{
	for (const struct pubsub_node *const *n = nodes; *n; n++)
		if (strcmp((*n)->node, node) == 0)
			return *n;
	return NULL;
}

struct xml *pubsub_result(struct request *request, const char *name, const char *node)
{
	struct xml *child;

	request->result = xml_new(request->arena, NS_PUBSUB, "pubsub");
	child = xml_add(request->arena, request->result, NULL, name);
	xml_set(request->arena, child, "node", node);
	return child;
}

void pubsub_add_item(
	struct arena *arena, struct xml *items, const char *id, const char *card, size_t card_len)
{
	struct xml *item = xml_add(arena, items, NULL, "item");

	xml_set(arena, item, "id", id);
	xml_add_markup(arena, item, card, card_len);
}

enum answer pubsub_read_card(
	struct request *request, const struct xml *payload, struct vcard **card)
{
	const char *why = "a vCard4 with FN is wanted";

	if (xml_is(payload, NS_VCARD4, "vcard")) {
		*card = vcard_from_xml(request->arena, payload, &why);
		if (*card && *vcard_text(vcard_first(*card, "FN")))
			return ANSWER_RESULT;
		if (*card)
			why = "the card has no FN";
	}
	if (arena_failed(request->arena))
		return ANSWER_INTERNAL_SERVER_ERROR;
	request->error_text = why;
	return request_pubsub_error(request, ANSWER_NOT_ACCEPTABLE, "invalid-payload", NULL);
}

enum answer pubsub_refuse_card(struct request *request, const struct vcard *card, const char *why)
{
	struct buffer text;
	bool is_too_big;

	buffer_init(&text, 0);
	is_too_big = vcard_to_xml_text(&text, card) == 0 &&
		     text.len > request->service->settings->limits.card_bytes;
	buffer_clear(&text);
	request->error_text = why;
	if (!is_too_big)
		return ANSWER_NOT_ACCEPTABLE;
	return request_pubsub_error(request, ANSWER_NOT_ACCEPTABLE, "payload-too-big", NULL);
}

/* 7.1 */
static enum answer publish(
	struct request *request, const struct xml *element, const struct pubsub_node *node)
{
	const struct xml *item = xml_child(element, NULL, "item");
	const struct xml *payload = item ? item->first : NULL;
	const char *id = xml_get(item, "id");
	enum answer answer;

	if (!item)
		return request_pubsub_error(request, ANSWER_BAD_REQUEST, "item-required", NULL);
	if (xml_next(item, NULL, "item"))
		return ANSWER_BAD_REQUEST; /* one a request, since version 1.13 of the XEP */
	while (payload && !payload->name)
		payload = payload->next;
	if (!payload)
		return request_pubsub_error(request, ANSWER_BAD_REQUEST, "payload-required", NULL);
	if (xml_next(payload, NULL, NULL))
		return request_pubsub_error(request, ANSWER_BAD_REQUEST, "invalid-payload", NULL);
	answer = pubsub_check_options(
		request, node, xml_child(request->payload, NULL, "publish-options"));
	if (answer != ANSWER_RESULT)
		return answer;
	return node->publish(request, id && *id ? id : NULL, payload);
}

/* 7.2. Subscribers are told with and without `notify`: a book never changes unseen. */
static enum answer retract(
	struct request *request, const struct xml *element, const struct pubsub_node *node)
{
	const struct xml *item = xml_child(element, NULL, "item");
	const char *id = xml_get(item, "id");

	if (!id || !*id)
		return request_pubsub_error(request, ANSWER_BAD_REQUEST, "item-required", NULL);
	if (xml_next(item, NULL, "item"))
		return ANSWER_BAD_REQUEST;
	return node->retract(request, id);
}

/* 6.5 */
static enum answer get_items(
	struct request *request, const struct xml *element, const struct pubsub_node *node)
{
	return node->items(request, element);
}

static void add_subscription(
	struct request *request, struct xml *parent, const struct pubsub_node *node)
{
	struct xml *subscription = xml_add(request->arena, parent, NULL, "subscription");

	xml_set(request->arena, subscription, "node", node->node);
	xml_set(request->arena, subscription, "jid", request->from.bare);
	xml_set(request->arena, subscription, "subscription", "subscribed");
}

/* True if the jid of a subscribe or unsubscribe is the sender's own. */
static bool is_own_jid(struct request *request, const struct xml *element)
{
	const char *jid = xml_get(element, "jid");
	struct jid parsed;

	return jid && jid_parse(&parsed, request->arena, jid) == 0 &&
	       strcmp(parsed.bare, request->from.bare) == 0;
}

/* 6.1. Headlines go to the bare JID, whatever resource wants to subscribe (6.1.6). */
static enum answer subscribe(
	struct request *request, const struct xml *element, const struct pubsub_node *node)
{
	if (!request->is_served)
		return ANSWER_FORBIDDEN;
	if (!is_own_jid(request, element))
		return request_pubsub_error(request, ANSWER_BAD_REQUEST, "invalid-jid", NULL);
	request->result = xml_new(request->arena, NS_PUBSUB, "pubsub");
	add_subscription(request, request->result, node);
	return ANSWER_RESULT;
}

/* 6.2 */
static enum answer unsubscribe(
	struct request *request, const struct xml *element, const struct pubsub_node *node)
{
	(void)node;
	return request->is_served && is_own_jid(request, element) ? ANSWER_NOT_ALLOWED
								  : ANSWER_FORBIDDEN;
}

/* 5.6 */
static enum answer get_subscriptions(
	struct request *request, const struct xml *element, const struct pubsub_node *node)
{
	struct xml *list = pubsub_result(request, "subscriptions", xml_get(element, "node"));

	for (const struct pubsub_node *const *n = nodes; request->is_served && *n; n++)
		if (!node || node == *n)
			add_subscription(request, list, *n);
	return ANSWER_RESULT;
}

/* 5.7 */
static enum answer get_affiliations(
	struct request *request, const struct xml *element, const struct pubsub_node *node)
{
	struct xml *list = pubsub_result(request, "affiliations", xml_get(element, "node"));

	for (const struct pubsub_node *const *n = nodes; request->is_served && *n; n++) {
		struct xml *affiliation;

		if (node && node != *n)
			continue;
		affiliation = xml_add(request->arena, list, NULL, "affiliation");
		xml_set(request->arena, affiliation, "node", (*n)->node);
		xml_set(request->arena, affiliation, "affiliation", "owner");
	}
	return ANSWER_RESULT;
}

enum node_use {
	NODE_NEEDED, /* it must be given and be one of ours */
	NODE_FILTER, /* it may be given, and is then one of ours */
	NODE_IGNORED,
};

/* What can be asked, and what comes of it. */
static const struct operation {
	const char *ns, *name;
	bool is_set;
	enum node_use node;
	enum answer (*run)(struct request *request, const struct xml *element,
		const struct pubsub_node *node); /* NULL: refused */
	enum answer refusal;
	const char *unsupported; /* the feature that the refusal names; NULL none */
} operations[] = {
	{NS_PUBSUB, "publish", true, NODE_NEEDED, publish, ANSWER_RESULT, NULL},
	{NS_PUBSUB, "retract", true, NODE_NEEDED, retract, ANSWER_RESULT, NULL},
	{NS_PUBSUB, "items", false, NODE_NEEDED, get_items, ANSWER_RESULT, NULL},
	{NS_PUBSUB, "subscribe", true, NODE_NEEDED, subscribe, ANSWER_RESULT, NULL},
	{NS_PUBSUB, "unsubscribe", true, NODE_NEEDED, unsubscribe, ANSWER_RESULT, NULL},
	{NS_PUBSUB, "subscriptions", false, NODE_FILTER, get_subscriptions, ANSWER_RESULT, NULL},
	{NS_PUBSUB, "affiliations", false, NODE_FILTER, get_affiliations, ANSWER_RESULT, NULL},
	/* 6.3.4.6 and 6.4.3.2 */
	{NS_PUBSUB, "options", false, NODE_NEEDED, NULL, ANSWER_FEATURE_NOT_IMPLEMENTED,
		"subscription-options"},
	{NS_PUBSUB, "options", true, NODE_NEEDED, NULL, ANSWER_FEATURE_NOT_IMPLEMENTED,
		"subscription-options"},
	{NS_PUBSUB, "default", false, NODE_IGNORED, NULL, ANSWER_FEATURE_NOT_IMPLEMENTED,
		"retrieve-default-sub"},
	/* 8.1.1 */
	{NS_PUBSUB, "create", true, NODE_IGNORED, NULL, ANSWER_FEATURE_NOT_IMPLEMENTED,
		"create-nodes"},
	/* 8.2.3.4: what there is to configure is locked down. */
	{NS_PUBSUB_OWNER, "configure", false, NODE_NEEDED, NULL, ANSWER_NOT_ALLOWED, NULL},
	{NS_PUBSUB_OWNER, "configure", true, NODE_NEEDED, NULL, ANSWER_NOT_ALLOWED, NULL},
	/* 8.3.3.2, 8.4, 8.5.3.1 */
	{NS_PUBSUB_OWNER, "default", false, NODE_IGNORED, NULL, ANSWER_FEATURE_NOT_IMPLEMENTED,
		"retrieve-default"},
	{NS_PUBSUB_OWNER, "delete", true, NODE_NEEDED, NULL, ANSWER_NOT_ALLOWED, NULL},
	{NS_PUBSUB_OWNER, "purge", true, NODE_NEEDED, NULL, ANSWER_FEATURE_NOT_IMPLEMENTED,
		"purge-nodes"},
	/* 8.8.1.1 and 8.9.1.1 */
	{NS_PUBSUB_OWNER, "subscriptions", false, NODE_NEEDED, NULL, ANSWER_FEATURE_NOT_IMPLEMENTED,
		"manage-subscriptions"},
	{NS_PUBSUB_OWNER, "subscriptions", true, NODE_NEEDED, NULL, ANSWER_FEATURE_NOT_IMPLEMENTED,
		"manage-subscriptions"},
	{NS_PUBSUB_OWNER, "affiliations", false, NODE_NEEDED, NULL, ANSWER_FEATURE_NOT_IMPLEMENTED,
		"modify-affiliations"},
	{NS_PUBSUB_OWNER, "affiliations", true, NODE_NEEDED, NULL, ANSWER_FEATURE_NOT_IMPLEMENTED,
		"modify-affiliations"},
	{NULL, NULL, false, NODE_IGNORED, NULL, ANSWER_RESULT, NULL},
};

static const struct operation *operation_find(const struct request *request, const char *name)
{
	for (const struct operation *o = operations; o->ns; o++)
		if (o->is_set == request->is_set && strcmp(o->name, name) == 0 &&
			strcmp(o->ns, request->payload->ns) == 0)
			return o;
	return NULL;
}

static enum answer run(
	struct request *request, const struct operation *operation, const struct xml *element)
{
	const char *name = xml_get(element, "node");
	const struct pubsub_node *node = name ? pubsub_node_find(name) : NULL;

	if (operation->node == NODE_NEEDED && !name)
		return request_pubsub_error(request, ANSWER_BAD_REQUEST, "nodeid-required", NULL);
	if (operation->node != NODE_IGNORED && name && !node)
		return ANSWER_ITEM_NOT_FOUND;
	if (operation->run)
		return operation->run(request, element, node);
	if (!operation->unsupported)
		return operation->refusal;
	return request_pubsub_error(
		request, operation->refusal, "unsupported", operation->unsupported);
}

/* The first child that is a request; others, such as <publish-options/>, go with it. */
static enum answer handle(struct request *request)
{
	for (const struct xml *child = xml_child(request->payload, NULL, NULL); child;
		child = xml_next(child, request->payload->ns, NULL)) {
		const struct operation *operation = operation_find(request, child->name);

		if (operation)
			return run(request, operation, child);
	}
	return ANSWER_BAD_REQUEST;
}

/* 5.3 and 5.4: what the node is, and its configuration. */
static enum answer info(struct request *request, const char *name, struct xml *query)
{
	const struct pubsub_node *node = name ? pubsub_node_find(name) : NULL;
	struct arena *arena = request->arena;
	struct xml *element, *form;

	if (!name)
		return ANSWER_RESULT;
	if (!node)
		return ANSWER_ITEM_NOT_FOUND;
	element = xml_add(arena, query, NULL, "identity");
	xml_set(arena, element, "category", "pubsub");
	xml_set(arena, element, "type", "leaf");
	xml_set(arena, element, "name", node->title);
	element = xml_add(arena, query, NULL, "feature");
	xml_set(arena, element, "var", NS_PUBSUB);
	form = form_new(arena, "result", NS_PUBSUB_META_DATA);
	xml_append(query, form);
	form_add(arena, form, "pubsub#type", "text-single", NULL, NS_VCARD4);
	form_add(arena, form, "pubsub#title", "text-single", NULL, node->title);
	form_add(arena, form, "pubsub#owner", "jid-multi", NULL,
		request->is_served ? request->from.bare : NULL);
	for (const struct pubsub_option *option = node->options; option->var; option++)
		form_add(arena, form, option->var, NULL, NULL, option->value);
	return ANSWER_RESULT;
}

/* 5.2: the nodes; 5.5: of a node no items are listed, they are asked for with <items/>. */
static enum answer items(struct request *request, const char *name, struct xml *query)
{
	if (name)
		return pubsub_node_find(name) ? ANSWER_RESULT : ANSWER_ITEM_NOT_FOUND;
	for (const struct pubsub_node *const *n = nodes; *n; n++) {
		struct xml *item = xml_add(request->arena, query, NULL, "item");

		xml_set(request->arena, item, "jid", request->service->settings->jid);
		xml_set(request->arena, item, "node", (*n)->node);
		xml_set(request->arena, item, "name", (*n)->title);
	}
	return ANSWER_RESULT;
}

static const struct feature_row rows[] = {
	{NS_PUBSUB, "pubsub", handle, handle},
	{NS_PUBSUB_OWNER, "pubsub", handle, handle},
	{NULL, NULL, NULL, NULL},
};

/* Section 10, those that are served. Subscribing isn't among them: nobody can unsubscribe. */
static const char *const features[] = {
	NS_PUBSUB,
	NS_PUBSUB "#delete-items",
	NS_PUBSUB "#item-ids",
	NS_PUBSUB "#meta-data",
	NS_PUBSUB "#persistent-items",
	NS_PUBSUB "#publish",
	NS_PUBSUB "#publish-options",
	NS_PUBSUB "#retract-items",
	NS_PUBSUB "#retrieve-affiliations",
	NS_PUBSUB "#retrieve-items",
	NS_PUBSUB "#retrieve-subscriptions",
	NS_PUBSUB "#rsm", /* 6.5.4 */
	NS_RSM,
	NULL,
};

const struct feature feature_pubsub = {
	.name = "XEP-0060",
	.rows = rows,
	.features = features,
	.info = info,
	.items = items,
};
