/* What reading kith.conf (settings_read.c) and the settings themselves (settings.c) share. */
#ifndef KITH_SETTINGS_READ_H
#define KITH_SETTINGS_READ_H

#include "component/settings.h"

/* The columns of the table of defaults (design: section 4, "Rules"). */
enum settings_preset {
	PRESET_SHIPPED, /* no `preset` in the conf */
	PRESET_COMPANY,
	PRESET_PUBLIC,
	PRESET_COUNT,
};
int settings_preset_value(enum settings_preset preset, enum setting setting);

/* The defaults of a conf that says nothing: no jid, no secret, no domains. NULL: no memory. The
 * caller frees with settings_free(). */
struct settings *settings_new(void);

/* Adds a copy of text to a NULL-terminated list. 0, or -1: no memory. */
int settings_list_add(char ***list, const char *text);

#endif
