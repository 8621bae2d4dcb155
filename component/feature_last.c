/* Since when the service runs: XEP-0012, version 2.0, section 5. */
#include "component/features.h"

#include <inttypes.h>
#include <time.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"

static enum answer get(struct request *request)
{
	struct timespec now;
	int64_t uptime_ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	uptime_ms =
		(int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 - request->service->started_ms;
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
