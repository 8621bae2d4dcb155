/* What a feature (one XEP, feature_*.c) sees of kithd: the request, the answer it builds, and the
 * service around it. No SQL, no socket: a handler reads the request, appends to the result and
 * returns an enum answer; the router makes the one stanza that goes back. */
#ifndef KITH_FEATURE_H
#define KITH_FEATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/jid.h"
#include "component/presence.h"
#include "component/rules.h"
#include "component/settings.h"
#include "component/store.h"

struct arena;
struct server;
struct sessions;
struct vcard;
struct xml;
struct service;

/* What comes of a request: result, or the stanza error of that name (RFC 6120, 8.3.3) with the type
 * that the RFC gives it. */
enum answer {
	ANSWER_RESULT,
	ANSWER_BAD_REQUEST,
	ANSWER_CONFLICT,
	ANSWER_FEATURE_NOT_IMPLEMENTED,
	ANSWER_FORBIDDEN,
	ANSWER_GONE,
	ANSWER_INTERNAL_SERVER_ERROR, /* type wait: the store failed */
	ANSWER_ITEM_NOT_FOUND,
	ANSWER_JID_MALFORMED,
	ANSWER_NOT_ACCEPTABLE,
	ANSWER_NOT_ALLOWED,
	ANSWER_NOT_AUTHORIZED,
	ANSWER_POLICY_VIOLATION,
	ANSWER_REGISTRATION_REQUIRED,
	ANSWER_RESOURCE_CONSTRAINT,
	ANSWER_SERVICE_UNAVAILABLE,
	ANSWER_UNEXPECTED_REQUEST,
};

struct request {
	struct service *service;
	struct arena *arena;	   /* of the turn */
	struct jid from;	   /* prepared */
	const struct xml *iq;	   /* the whole stanza */
	const struct xml *payload; /* its one child */
	bool is_set;
	int64_t now; /* seconds UTC */
	/* The sender's account, if it is served; id 0 else. Set by the router, the row made on
	 * demand by request_account(). */
	bool is_served;
	/* What the handler fills. */
	struct xml *result;	     /* payload of the result; NULL: empty */
	const char *error_text;	     /* for a person, in the arena; NULL none */
	const char *error_condition; /* application-specific condition; NULL none */
	const char *error_ns;	     /* its namespace */
	const char
		*error_feature; /* its attribute `feature` (XEP-0060 <unsupported/>); NULL none */
};

/* Gives the error its XEP-0060 condition ("item-required"), and returns answer. */
enum answer request_pubsub_error(
	struct request *request, enum answer answer, const char *condition, const char *feature);

/* The row of the sender's account, made and opened on first use; it counts as a use of Kith
 * (store.h, used_at), so it is not for what a server hands over of an ordinary client.
 * ANSWER_RESULT, or FORBIDDEN for one that is not served, or INTERNAL_SERVER_ERROR. */
enum answer request_account(struct request *request, struct store_account *account);

/* Takes `count` of a rate for a bare JID (rates.h). ANSWER_RESULT, or RESOURCE_CONSTRAINT with the
 * text set. To be called before anything is looked up, so that it is the same for what there isn't.
 */
enum answer request_take(struct request *request, enum rate rate, const char *jid, unsigned count);

typedef enum answer feature_handler(struct request *request);

typedef enum answer disco_handler(struct request *request, const char *node, struct xml *query);

/* What a feature serves: a payload element for get and set. */
struct feature_row {
	const char *ns, *name;
	feature_handler *get, *set; /* NULL: not served that way */
};

struct feature {
	const char *name;		/* "XEP-0199", for log and tests */
	const struct feature_row *rows; /* ends with ns NULL; may be NULL */
	const char *const *features;	/* disco#info var, ends with NULL; may be NULL */
	/* What it adds to disco#info and disco#items (XEP-0030); both may be NULL. node NULL: the
	 * service itself; else a node, where ANSWER_ITEM_NOT_FOUND says that it is none of this
	 * feature's. They append to query, which goes out as it is with ANSWER_RESULT. */
	disco_handler *info, *items;
};

/* All features, ends with NULL: dispatch and disco#info are made from it. (feature_table.c) */
extern const struct feature *const features_all[];

/* An ad-hoc command (XEP-0050), rows of the table in feature_commands.c. */
struct command_call {
	struct request *request;
	struct store_account account; /* of the sender, opened */
	const char *session;	      /* given by the client, NULL at first */
	const struct xml *form;	      /* submitted <x/>; NULL: the first stage is to be shown */
	const struct xml *filled;     /* where it is shown again, going back: what was filled in */
	/* What the command fills. */
	struct xml *reply;     /* <x/> to show or fill in; NULL none */
	const char *note;      /* for a person; NULL none */
	const char *note_type; /* "info" (NULL), "warn", "error" */
	bool completed;	       /* false: the form in reply is to be submitted */
	bool has_next;	       /* ... and another form comes after it */
	bool is_cut;	       /* ... but there is no way back: something was done already */
};
struct command {
	const char *node, *label;
	bool admin_only;
	enum answer (*run)(struct command_call *call);
};

/* ---- What a feature can have sent. All goes out only after the turn's commit, in order. ---- */
struct service {
	struct store *store;
	const struct settings *settings;
	struct rules rules;
	struct server *server;	   /* what it grants: server.h */
	struct sessions *sessions; /* of ad-hoc commands: sessions.h */
	struct presence_walk walk;
	unsigned char key[32]; /* of archive ids: store_key() */
	int64_t started_ms;    /* since when it runs; CLOCK_MONOTONIC */
	/* Queues a stanza; the tree is rendered at once. */
	void (*send)(struct service *service, const struct xml *stanza);
};

/* The headline for a change of owner's book (design 3, "book changed"). */
void service_book_changed(struct service *service, struct arena *arena, const char *owner_jid,
	int64_t owner, const struct store_event *event);
/* The same for the owner's profile; card NULL: it was retracted. */
void service_profile_changed(struct service *service, struct arena *arena, const char *owner_jid,
	const char *card, size_t card_len);

/* The vCard of the service itself, from the conf, in the arena. */
struct vcard *service_card(struct request *request);

/* An id that can't be guessed, 128 bits, in the arena. */
const char *service_random_id(struct arena *arena);

/* The archive id of a position in owner's book: opaque, with a keyed check (archive_id.c).
 * dropped: the position up to which the book's retractions were dropped (store_event_range()). An
 * id of an older position is good only until the next are dropped: who comes with one from before
 * that has missed retractions, who reads the book from its start at this moment has not. */
const char *archive_id(struct arena *arena, const unsigned char key[32], int64_t owner,
	int64_t version, int64_t dropped);
/* And back: false if it is none of this book, or no good any more. */
bool archive_id_read(const unsigned char key[32], int64_t owner, const char *id, int64_t dropped,
	int64_t *version);

#endif
