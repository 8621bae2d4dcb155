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
	CIRCLE_CHOSEN = 1, /* on my list */
	CIRCLE_MUTUAL = 2, /* in my own book too, or subscribed to each other */
	CIRCLE_KNOWN =
		3, /* linked before the change, by a card that then carried a number of mine */
	CIRCLE_EVERYONE = 4, /* of my groups */
};

/* The lists of JIDs that an account keeps; the numbers are stored: append only. The names are
 * listed_name(). */
enum listed {
	LISTED_CHOSEN = 0,  /* who is within CIRCLE_CHOSEN */
	LISTED_BLOCKED = 1, /* who is outside all circles, and whose changes don't come either */
	LISTED_COUNT,
};
#define LISTED_MAX 500 /* JIDs of one list */

enum share {
	SHARE_NO = 0,
	SHARE_YES = 1,
	SHARE_ASK = 2, /* the owner is asked each time */
};

enum updates {
	UPDATES_NEVER = 0, /* the card stays */
	UPDATES_AUTO = 1,  /* the card changes */
	UPDATES_ASK = 2,   /* the change is proposed */
};

enum pushes {
	PUSHES_OFF = 0,
	PUSHES_ON = 1,
};

enum first_change {
	FIRST_CHANGE_GO = 0,  /* it goes to others as any change does */
	FIRST_CHANGE_ASK = 1, /* the owner is asked first: by the conf, one who never used Kith
				 itself (store.h, used_at); by an own setting, each time */
};

/* What an account may set. The names are setting_name(). */
enum setting {
	SETTING_VISIBLE,  /* enum circle: who may read my numbers; the ceiling of what follows */
	SETTING_AUDIENCE, /* enum circle: whose cards follow my changes */
	SETTING_FINDABLE, /* enum circle: who finds me by search */
	SETTING_SHARE,	  /* enum share: may the service pass my card on */
	SETTING_UPDATES,  /* enum updates: what another's change does to my card of them */
	SETTING_PUSHES,	  /* enum pushes: whether another's change is told in words */
	SETTING_HOLD,	  /* seconds between a change of mine and its run */
	SETTING_FIRST_CHANGE, /* enum first_change: of my numbers, made by an ordinary client */
	SETTING_COUNT,
};

/* "visible", and back (-1: none of them). */
const char *setting_name(enum setting setting);
int setting_by_name(const char *name);
/* The word for a value ("known"), NULL if it isn't one; and back (-1: none of them). */
const char *setting_value_name(enum setting setting, int value);
int setting_value_by_name(enum setting setting, const char *word);
/* The words for all its values, by index from 0; NULL: there are no more. */
const char *setting_word(enum setting setting, size_t index);
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
/* "chosen"; one sentence for a person. */
const char *listed_name(enum listed kind);
const char *listed_label(enum listed kind);

/* What an account, and all together, may do only so often: rates.h. The keys of the conf are
 * settings_rate_name(). */
enum rate {
	RATE_CHANGE, /* changes of the own numbers */
	RATE_LOOKUP, /* readings of others' profiles */
	RATE_SEARCH, /* searches of the directory */
	RATE_SHARE,  /* cards that the service is to send, asking their owners included */
	RATE_WRITE,  /* contacts stored and removed */
	RATE_COUNT,
};
struct settings_rate {
	unsigned account, all; /* 0: no limit */
};
/* "lookups_per_hour"; that for all together has "_in_all" behind it. And what an account may do by
 * default. */
const char *settings_rate_name(enum rate rate);
struct settings_rate settings_rate_default(enum rate rate);

/* [group NAME]: accounts that may know of each other. */
struct settings_group {
	char *name;
	char **members; /* prepared domains and bare JIDs, NULL-terminated */
};
struct settings_member {
	const char *who; /* one of a group's members */
	size_t group;	 /* index in groups */
};

struct settings {
	char jid[JID_PART_MAX + 1]; /* the service's, a domain, prepared */
	char *server_host;	    /* where the server listens for components */
	uint16_t server_port;
	char *secret;		       /* never logged */
	char *secret_file;	       /* where it is from; NULL: the conf itself */
	bool is_secret_copy;	       /* from a credential of systemd, not from the file itself */
	char *store_path;	       /* of the SQLite file; ":memory:" in tests */
	char **domains;		       /* prepared, NULL-terminated: whose accounts are served */
	char **admins;		       /* prepared bare JIDs, NULL-terminated */
	struct settings_group *groups; /* in order of the conf */
	size_t group_count;
	struct settings_member *members; /* of all groups, in order of who and group */
	size_t member_count;
	char region[3];			   /* for numbers without country code; "" none */
	char *name;			   /* of the service, as clients list it */
	char *description;		   /* what it is, for its vCard; NULL none */
	char *url;			   /* where people read on; NULL none */
	char **addresses[ADDRESSES_COUNT]; /* URIs, each NULL-terminated */
	int defaults[SETTING_COUNT];
	unsigned choices[SETTING_COUNT]; /* bit i: an account may pick setting_word(i) */
	struct {
		unsigned contacts_per_book; /* items of one address book */
		unsigned card_bytes;	    /* of one stored card */
		unsigned keep_days;	    /* retractions, and what updates did */
		unsigned push_per_holder;   /* pushes to one holder in 24 hours */
		unsigned sleep_days;	    /* unseen, after which an account ends; 0: never */
		unsigned queue_bytes; /* output waiting for the server before reading pauses */
		struct settings_rate rates[RATE_COUNT];
	} limits;
};

/* Reads file. NULL on failure with every fault in *why, a line each as "FILE:LINE: reason" (the
 * caller frees it); unknown, doubled and out-of-range keys are faults. errno is then 0, or what the
 * system lacked for a moment, so that the conf may be all right. The caller frees the result with
 * settings_free(). */
struct settings *settings_read(const char *file, char **why);
void settings_free(struct settings *settings); /* wipes the secret; NULL is harmless */

/* Reads secret_file again. 1: it has another secret, which is taken; 0: it has not, or there is no
 * secret_file; -1: it can't be read, for a reason in *why (static), and the secret stays. */
int settings_read_secret_again(struct settings *settings, const char **why);

/* A settings object for tests: jid kith.example.org, domain example.org, GB, shipped defaults. */
struct settings *settings_new_for_test(void);

/* The conf in force, with every key, without the secret: what `kithd -n` prints. */
void settings_print(const struct settings *settings, void (*line)(void *context, const char *text),
	void *context);

/* True if the prepared bare JID is of a served domain, or a member of a group by itself or by its
 * domain. */
bool settings_serves(const struct settings *settings, const char *bare_jid);
/* True if two prepared bare JIDs may know of each other: both are of one group, or, where there is
 * no group at all, both are of served domains. */
bool settings_share_group(const struct settings *settings, const char *one, const char *other);
/* True if the conf lets accounts pick that value of a setting ([choices]). */
bool settings_has_choice(const struct settings *settings, enum setting setting, int value);
/* The words that they may pick, by index from 0; NULL: there are no more. */
const char *settings_choice(const struct settings *settings, enum setting setting, size_t index);
bool settings_is_admin(const struct settings *settings, const char *bare_jid);

#endif
