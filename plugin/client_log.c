/* The library's log, handed to the host. */
#include "config.h"

#include <stddef.h>

#include "common/log.h"
#include "plugin/kith.h"

/* log.h has one sink for the process, and so has this. */
static struct {
	void (*log)(void *context, enum kith_log_level level, const char *text);
	void *context;
} host;

static enum kith_log_level to_host(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return KITH_LOG_ERROR;
	case LOG_LEVEL_WARN:
		return KITH_LOG_WARN;
	case LOG_LEVEL_INFO:
		return KITH_LOG_INFO;
	case LOG_LEVEL_DEBUG:
		return KITH_LOG_DEBUG;
	}
	return KITH_LOG_DEBUG;
}

static enum log_level from_host(enum kith_log_level level)
{
	switch (level) {
	case KITH_LOG_ERROR:
		return LOG_LEVEL_ERROR;
	case KITH_LOG_WARN:
		return LOG_LEVEL_WARN;
	case KITH_LOG_INFO:
		return LOG_LEVEL_INFO;
	case KITH_LOG_DEBUG:
		return LOG_LEVEL_DEBUG;
	}
	return LOG_LEVEL_DEBUG;
}

static void sink(void *context, enum log_level level, const char *text)
{
	(void)context;
	host.log(host.context, to_host(level), text);
}

void kith_set_log(void (*log)(void *context, enum kith_log_level level, const char *text),
	void *context, enum kith_log_level most)
{
	host.log = log;
	host.context = context;
	log_set(log ? sink : NULL, NULL, from_host(most));
}
