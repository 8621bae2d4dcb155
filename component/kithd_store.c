/* kithd: the store, from its opening on; see kithd_state.h. */
#include "component/kithd_state.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "component/fanout.h"
#include "component/settings.h"
#include "component/store.h"
#include "component/supervisor.h"

#define STANDBY_MS 1000 /* between looks at a store that another works on */
#define MEND_MS 1000	/* between looks at what is the matter with the store */

/* Until the next look at whether the store is free; a signal ends it. */
static void stand_by(struct kithd *kithd)
{
	struct pollfd signals = {.fd = kithd->signal_fd, .events = POLLIN};

	if (poll(&signals, 1, STANDBY_MS) > 0)
		kithd_read_signals(kithd);
	if (kithd->watchdog_ms)
		supervisor_alive();
}

/* What an open that failed waits for; NULL: it can't be waited for. */
static const char *standby_for(int error)
{
	switch (error) {
	case EWOULDBLOCK:
		return "another kithd works on the store";
	case EBUSY:
		return "another program has locked the store";
	case ENOSPC:
		return "the disk is full";
	default:
		return NULL;
	}
}

int kithd_open_store(struct kithd *kithd)
{
	const char *cause, *before = NULL;
	char *why = NULL, status[128];

	while (!kithd->is_stopping) {
		kithd->store = store_open(kithd->settings->store_path, STORE_OPEN_OWNER, &why);
		if (kithd->store) {
			store_checkpoint_aside(kithd->store);
			return 0;
		}
		cause = standby_for(errno);
		if (!cause) {
			log_error("kithd: %s", why ? why : "no memory");
			free(why);
			return -1;
		}
		if (cause != before) {
			log_info("kithd: %s: standing by", why ? why : kithd->settings->store_path);
			snprintf(status, sizeof(status), "standing by: %s", cause);
			supervisor_status(status);
			supervisor_ready();
		}
		before = cause;
		free(why);
		stand_by(kithd);
	}
	return 0;
}

void kithd_mend_store(struct kithd *kithd, int64_t now_ms)
{
	const char *trouble = store_trouble(kithd->store);

	if (trouble != kithd->trouble) {
		kithd->trouble = trouble;
		kithd_show_status(kithd);
	}
	if (!trouble || now_ms < kithd->mend_ms)
		return;
	kithd->mend_ms = now_ms + MEND_MS;
	switch (store_mend(kithd->store)) {
	case STORE_MENDED:
		fanout_wake(kithd->fanout);
		break;
	case STORE_NOT_YET:
		break;
	case STORE_REPLACED:
		log_error("kithd: another store is in the place of %s: ends, to be started on that",
			kithd->settings->store_path);
		kithd->has_failed = kithd->is_stopping = true;
		break;
	}
}
