/* The vCard of the service itself, from kith.conf: XEP-0054, version 1.2, and XEP-0292, version
 * 0.12, section 6. */
#include "component/features.h"

#include "common/ns.h"
#include "common/vcard.h"
#include "common/xml.h"

struct vcard *service_card(struct request *request)
{
	const struct settings *settings = request->service->settings;
	struct vcard *card = vcard_new(request->arena);

	vcard_add(card, NULL, "FN", "text", settings->name);
	vcard_add(card, NULL, "KIND", "text", "application"); /* RFC 6473 */
	if (settings->url)
		vcard_add(card, NULL, "URL", "uri", settings->url);
	if (settings->description)
		vcard_add(card, NULL, "NOTE", "text", settings->description);
	return card;
}

static enum answer get_temp(struct request *request)
{
	request->result = vcard_to_temp(request->arena, service_card(request));
	return ANSWER_RESULT;
}

static enum answer get_vcard4(struct request *request)
{
	request->result = vcard_to_xml(request->arena, service_card(request));
	return ANSWER_RESULT;
}

/* XEP-0054, 3.3: another's vCard. */
static enum answer set(struct request *request)
{
	(void)request;
	return ANSWER_FORBIDDEN;
}

static const struct feature_row rows[] = {
	{NS_VCARD_TEMP, "vCard", get_temp, set},
	{NS_VCARD4, "vcard", get_vcard4, set},
	{NULL, NULL, NULL, NULL},
};

const struct feature feature_vcard = {.name = "XEP-0054", .rows = rows};
