/* kithd's settings: kith.conf (INI, read with inih), and the settings that each account has, of
 * which the conf gives the defaults (design: sections 4 and 6). */
#ifndef KITH_SETTINGS_H
#define KITH_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/jid.h"

/* Who is within: each contains those before it. The numbers are stored: append only. */
enum circle {
	CIRCLE_NOBODY = 0,
	CIRCLE_MUTUAL = 2, /* in my own book too, or subscribed to each other */
	CIRCLE_KNOWN =
		3, /* linked before the change, by a card that then carried a number of mine */
	CIRCLE_EVERYONE = 4, /* of my groups */
};

enum share {
	SHARE_NO = 0,
	SHARE_YES = 1,
};

enum updates {
	UPDATES_NEVER = 0, /* the card stays */
	UPDATES_AUTO = 1,  /* the card changes */
};

/* What an account may set. The names are setting_name(). */
enum setting {
	SETTING_VISIBLE,  /* enum circle: who may read my numbers; the ceiling of what follows */
	SETTING_AUDIENCE, /* enum circle: whose cards follow my changes */
	SETTING_FINDABLE, /* enum circle: who finds me by search */
	SETTING_SHARE,	  /* enum share: may the service pass my card on */
	SETTING_UPDATES,  /* enum updates: what another's change does to my card of them */
	SETTING_COUNT,
};

/* "visible", and back (-1: none of them). */
const char *setting_name(enum setting setting);
int setting_by_name(const char *name);
/* The word for a value ("known"), NULL if it isn't one; and back (-1: none of them). */
const char *setting_value_name(enum setting setting, int value);
int setting_value_by_name(enum setting setting, const char *word);
/* One sentence for a person. */
const char *setting_label(enum setting setting);

/* Whom to write to about what: XEP-0157, 7.1. */
enum addresses {
	ADDRESSES_ABUSE,
	ADDRESSES_ADMIN,
	ADDRESSES_FEEDBACK,
	ADDRESSES_SALES,
	ADDRESSES_SECURITY,
	ADDRESSES_STATUS,
	ADDRESSES_SUPPORT,
	ADDRESSES_COUNT,
};
/* "abuse_addresses", the key of the conf, and back (-1: none of them). */
const char *settings_addresses_name(enum addresses addresses);
int settings_addresses_by_name(const char *name);

struct settings {
	char jid[JID_PART_MAX + 1]; /* the service's, a domain, prepared */
	char *server_host;	    /* where the server listens for components */
	uint16_t server_port;
	char *secret;	   /* never logged */
	char *store_path;  /* of the SQLite file; ":memory:" in tests */
	char **domains;	   /* prepared, NULL-terminated: whose accounts are served */
	char **admins;	   /* prepared bare JIDs, NULL-terminated */
	char region[3];	   /* for numbers without country code; "" none */
	char *name;	   /* of the service, as clients list it */
	char *description; /* what it is, for its vCard; NULL none */
	char *url;	   /* where people read on; NULL none */
	char **addresses[ADDRESSES_COUNT]; /* URIs, each NULL-terminated */
	int defaults[SETTING_COUNT];
	struct {
		unsigned contacts_per_book; /* items of one address book */
		unsigned card_bytes;	    /* of one stored card */
		unsigned keep_days;	    /* retractions, and what updates did */
		unsigned queue_bytes; /* output waiting for the server before reading pauses */
	} limits;
};

/* Reads file. NULL on failure with every fault in *why, a line each as "FILE:LINE: reason" (the
 * caller frees it); unknown, doubled and out-of-range keys are faults. The caller frees the result
 * with settings_free(). */
struct settings *settings_read(const char *file, char **why);
void settings_free(struct settings *settings); /* wipes the secret; NULL is harmless */

/* A settings object for tests: jid kith.example.org, domain example.org, GB, shipped defaults. */
struct settings *settings_new_for_test(void);

/* The conf in force, with every key, without the secret: what `kithd -n` prints. */
void settings_print(const struct settings *settings, void (*line)(void *context, const char *text),
	void *context);

/* True if the prepared bare JID is of a served domain. */
bool settings_serves(const struct settings *settings, const char *bare_jid);
bool settings_is_admin(const struct settings *settings, const char *bare_jid);

#endif
