/* kithd at work: from the opening of the store to the end (design: section 5, "One process"). */
#ifndef KITH_KITHD_H
#define KITH_KITHD_H

#include "common/log.h"

struct settings;

/* From here on the log goes to stderr, but doesn't wait for who reads it. */
void kithd_log_begin(enum log_level most);

/* The conf of that file, to be freed with settings_free(). NULL: its faults are in the log,
 * and errno as settings_read() has it. */
struct settings *kithd_read_conf(const char *conf);

/* Runs until a signal asks it to stop (0), or until it can't begin (-1, logged). conf: the file
 * that is read again at SIGHUP; settings: what it says now. Takes ownership of settings. */
int kithd_run(const char *conf, struct settings *settings);

#endif
