/* Messages to the service manager, by libsystemd where there is one. */
#include "component/supervisor.h"

#include "config.h"

#ifdef HAVE_SYSTEMD

#include <inttypes.h>
#include <systemd/sd-daemon.h>

#include "common/monotonic.h"

void supervisor_ready(void)
{
	sd_notify(0, "READY=1");
}

void supervisor_reloading(void)
{
	/* The time has the manager tell this reload from an earlier one. */
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, monotonic_us());
}

void supervisor_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}

void supervisor_status(const char *text)
{
	sd_notifyf(0, "STATUS=%s", text);
}

int64_t supervisor_watchdog_ms(void)
{
	uint64_t limit_us = 0;

	if (sd_watchdog_enabled(0, &limit_us) <= 0)
		return 0;
	return (int64_t)(limit_us / 2000); /* twice as often as it must */
}

void supervisor_alive(void)
{
	sd_notify(0, "WATCHDOG=1");
}

#else

void supervisor_ready(void)
{
}

void supervisor_reloading(void)
{
}

void supervisor_stopping(void)
{
}

void supervisor_status(const char *text)
{
	(void)text;
}

int64_t supervisor_watchdog_ms(void)
{
	return 0;
}

void supervisor_alive(void)
{
}

#endif
