/* Since when the service runs: XEP-0012, version 2.0, section 5. */
#include "component/features.h"

#include <inttypes.h>

#include "common/arena.h"
#include "common/monotonic.h"
#include "common/ns.h"
#include "common/xml.h"

static enum answer get(struct request *request)
{
	int64_t uptime_ms = monotonic_ms() - request->service->started_ms;

	request->result = xml_new(request->arena, NS_LAST, "query");
	xml_set(request->arena, request->result, "seconds",
		arena_printf(request->arena, "%" PRId64, uptime_ms / 1000));
	return ANSWER_RESULT;
}

static const struct feature_row rows[] = {
	{NS_LAST, "query", get, NULL},
	{NULL, NULL, NULL, NULL},
};

const struct feature feature_last = {.name = "XEP-0012", .rows = rows};
