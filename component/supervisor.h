/* What the service manager is told (sd_notify(3)); all of it does nothing without one, or in a
 * build without libsystemd. */
#ifndef KITH_SUPERVISOR_H
#define KITH_SUPERVISOR_H

#include <stdint.h>

void supervisor_ready(void);
void supervisor_reloading(void); /* supervisor_ready() ends it */
void supervisor_stopping(void);
void supervisor_status(const char *text); /* for `systemctl status` */

/* How often supervisor_alive() is to be called, in ms; 0: nobody watches. */
int64_t supervisor_watchdog_ms(void);
void supervisor_alive(void);

#endif
