/* What time the service has: XEP-0202, version 2.0. */
#include "component/features.h"

#include <time.h>

#include "common/ns.h"
#include "common/xml.h"

static enum answer get(struct request *request)
{
	time_t now = (time_t)request->now;
	char text[sizeof("2006-12-19T17:58:35Z")];
	struct tm utc;

	if (!gmtime_r(&now, &utc) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc))
		return ANSWER_INTERNAL_SERVER_ERROR;
	request->result = xml_new(request->arena, NS_TIME, "time");
	/* A service is in no time zone; XEP-0202, 4: what it tells of a place is nobody's business.
	 */
	xml_add_text_element(request->arena, request->result, NULL, "tzo", "+00:00");
	xml_add_text_element(request->arena, request->result, NULL, "utc", text);
	return ANSWER_RESULT;
}

static const struct feature_row rows[] = {
	{NS_TIME, "time", get, NULL},
	{NULL, NULL, NULL, NULL},
};

const struct feature feature_time = {.name = "XEP-0202", .rows = rows};
