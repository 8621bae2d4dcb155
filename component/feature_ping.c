/* Pings to the service: XEP-0199, version 2.0.1, section 4. */
#include "component/features.h"

#include "common/ns.h"

static enum answer get(struct request *request)
{
	(void)request; /* the answer is an empty result */
	return ANSWER_RESULT;
}

static const struct feature_row rows[] = {
	{NS_PING, "ping", get, NULL},
	{NULL, NULL, NULL, NULL},
};

const struct feature feature_ping = {.name = "XEP-0199", .rows = rows};
