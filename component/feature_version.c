/* Which program this is: XEP-0092, version 1.1. The operating system is nobody's business. */
#include "component/features.h"

#include "config.h"

#include "common/ns.h"
#include "common/xml.h"

static enum answer get(struct request *request)
{
	request->result = xml_new(request->arena, NS_VERSION, "query");
	xml_add_text_element(request->arena, request->result, NULL, "name", "Kith");
	xml_add_text_element(request->arena, request->result, NULL, "version", PACKAGE_VERSION);
	return ANSWER_RESULT;
}

static const struct feature_row rows[] = {
	{NS_VERSION, "query", get, NULL},
	{NULL, NULL, NULL, NULL},
};

const struct feature feature_version = {.name = "XEP-0092", .rows = rows};
