/* libkith: the client side of Kith, for any program that is on XMPP.
 *
 * It sends a card (somebody's contact details) to a friend, offers to save one that came, and keeps
 * a local book (a directory of .vcf files, or one of Evolution Data Server) in step with the
 * address book that the account has on its Kith service. On the wire: XEP-0292 on XEP-0060 nodes,
 * XEP-0313 and XEP-0059 for sync, XEP-0050 and XEP-0004 for the service's commands, XEP-0030 to
 * find it.
 *
 * The library has no socket, no loop and no thread, but those of GLib where the local book is in
 * Evolution Data Server: they call nothing of the host's. The program (the host) feeds it the
 * stanzas that come in, gives it a function that sends one, calls kith_tick() about once a second,
 * and shows the events. Both XMPP's side and people's side are asynchronous: a command returns at
 * once, and what comes of it are events, the last of them KITH_EVENT_DONE. kith_strophe.h does the
 * feeding and sending for a host on libstrophe.
 *
 * One object is for one account and is used by one thread at a time. All texts are UTF-8. Whatever
 * a function or a callback is given is borrowed for the call, unless said otherwise. The callbacks
 * are called from within kith_feed(), kith_tick(), kith_online(), kith_offline(), kith_command()
 * and kith_answer(); in them the host may call kith_command(), kith_answer() and the kith_event_*()
 * functions, and no others. */
#ifndef KITH_H
#define KITH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kith;
struct kith_event;

/* ---- The host, and its options ---- */

/* What the host does for the library. */
struct kith_host {
	/* Sends one stanza: len bytes of text, terminated, in the namespace jabber:client without
	 * saying so. 0, or -1 if it can't be sent now: what waited for an answer then fails. NULL:
	 * the host attaches an xmpp_conn_t (kith_strophe.h). */
	int (*send)(void *context, const char *stanza, size_t len);
	/* The time in seconds since 1970, UTC. NULL: the system's clock. */
	int64_t (*now)(void *context);
	/* Something to show or to decide. Borrowed for the call. */
	void (*event)(void *context, const struct kith_event *event);
};

struct kith_options {
	const char *jid;     /* the account; a resource is dropped. Needed */
	const char *service; /* JID of the Kith service; NULL: found among the server's items */
	const char *book; /* directory of .vcf files, made if it isn't there; "eds:" and the name of
			     an address book of Evolution Data Server, "eds:" its default; NULL: no
			     local book */
	const char *state; /* directory for the library's own state, made (mode 0700) if it isn't
			      there; a file an account (mode 0600). NULL: in memory only */
	const char
		*region; /* ISO 3166 ("GB"), for numbers written without country code; NULL: none */
	const char *name;   /* the name for a profile that `number` has to begin; NULL: the JID's
			       first   part */
	unsigned timeout_s; /* how long an answer may take; 0: 30 */
	bool on_demand; /* don't sync by itself (at kith_online(), headlines, pushes), only when a
			   command needs it: for a program that does one thing and ends */
};

/* A new object, with copies of host and options; context goes to the host's functions. NULL on
 * failure, with a reason for a person in *why (may be NULL; the caller frees it with free()): a bad
 * JID or region, a directory that can't be used, a state file of a newer version. The caller frees
 * the object with kith_free() (NULL is harmless), which sends and tells nothing. */
struct kith *kith_new(const struct kith_host *host, const struct kith_options *options,
	void *context, char **why);
void kith_free(struct kith *kith);

/* ---- The connection ---- */

/* The account is online (RFC 6120, 7.6: resource bound) as full_jid, also after each reconnect.
 * Finds the service (XEP-0030) where options name none, then syncs; KITH_EVENT_READY follows.
 * Commands given before are begun now. 0, or -1: full_jid isn't a JID of the account. */
int kith_online(struct kith *kith, const char *full_jid);

/* The connection is gone: what waited for an answer fails. Does nothing when offline. */
void kith_offline(struct kith *kith);

/* What a stanza was to the library. */
enum kith_fed {
	KITH_FED_OTHER, /* none of its business; the host goes on as ever */
	KITH_FED_OWN,	/* an answer to a request of the library, or a headline for it: the host
			   needn't   see it */
	KITH_FED_TOLD,	/* a message with a card or a push: an event told it. A host that shows the
			   event doesn't show the message's body */
};

/* Gives the library a stanza that came in: message, iq or presence, len bytes of text. Never fails:
 * one that can't be read is of no interest. Ignored with a line of log: a headline or push that
 * isn't from the service's JID, a carbon (XEP-0280) or a forwarded archive result that isn't from
 * the account's own bare JID. */
enum kith_fed kith_feed(struct kith *kith, const char *stanza, size_t len);

/* Lets time pass: requests without an answer time out, a waiting sync begins. About once a second.
 * What takes long (an import, a sync of a large book) is done here piece by piece, each of at most
 * a twentieth of a second. */
void kith_tick(struct kith *kith);

/* True while a piece of such work is left that waits for nothing but kith_tick(): it is done the
 * sooner, the more often that is called. A host on libstrophe needn't: kith_attach() sees to it. */
bool kith_busy(const struct kith *kith);

/* Whether the host knows the chat with that bare JID to be encrypted (OMEMO, OTR, OpenPGP ...): a
 * card must not go out in clear there, `send` is refused. Where it doesn't, the last message from
 * that JID decides (XEP-0380). */
void kith_set_encrypted(struct kith *kith, const char *bare_jid, bool encrypted);

/* ---- Commands ---- */

/* A command word, for help and completion. */
struct kith_word {
	const char *name;  /* "send" */
	const char *usage; /* "send TO WHO [N]" */
	const char *help;  /* one sentence */
};

/* clang-format off */
/* All words in order of the alphabet, the last has name NULL. Static. WHO and TEXT are a name or parts
 * of one, an e-mail, a number, or a JID; N: of several that were offered, or that are found.
 *
 *   add FILE.vcf [link|apart]   takes the cards of a file into the book; link, apart: as with save
 *   export [-f 3.0|4.0] FILE.vcf
 *                               writes all contacts into one file, whole or not at all
 *   find TEXT                   contacts that match
 *   import FILE.vcf             takes a file of any number of cards into the local book, and by that to
 *                               the service: contacts that are there are completed, none is doubled,
 *                               none is linked. It can be repeated, also where it was cut off
 *   introduce A B               has the service send A and B, each a WHO, each other's card: A in one
 *                               word
 *   list                        all contacts
 *   matters                     what waits for an answer, the oldest first, with code and number
 *   no [CODE|N]                 answers it: no. CODE: at least four digits of its code; N: its number
 *                               in the list; without: the one that waits, and of several it asks
 *   number                      the numbers of one's own profile
 *   number [KIND] NUMBER [for OLD|more] [yes]
 *                               sets one: the number of that kind is replaced, or it is added. KIND:
 *                               cell, home, work, voice, fax, pager, landline (home, work or voice);
 *                               without: what the number is, and where that can't be told, the only
 *                               one there is. Of several it asks; for OLD: that one is replaced;
 *                               more: none is. The service is asked how many that reaches; then it
 *                               is asked whether to do it; yes: it is only told
 *   number remove KIND|NUMBER [yes]
 *                               gives one up: holders see it marked
 *   number yes                  yes to what was asked last
 *   save [N] [link|apart]       saves the card that came as number N (default: the last one). link:
 *                               the contact is tied to the JID that the card names; apart: it is not
 *   save list                   the cards that came and aren't saved
 *   send TO WHO [N]             sends WHO's card to TO, a JID or a contact that has one
 *   settings [KEY VALUE]        shows or changes what the service does for the account
 *   show WHO [N]                one contact in full
 *   sync                        brings book and service in step
 *   undo WHO [N]                takes back what was last done to a contact: by an update of the
 *                               service, or by sync where both sides had changed one thing
 *   yes [CODE|N]                answers what waits: yes. A change of one's own numbers that is held
 *                               is only taken back where CODE or N names it
 */
/* clang-format on */
const struct kith_word *kith_words(void);

/* Where a command is given. All may be left out (NULL, false). */
struct kith_place {
	const char *chat; /* bare JID of the chat it was typed in: `send` then takes no TO */
	bool encrypted;	  /* that chat is encrypted */
};

/* Begins the command argv[0] with count - 1 further words; what was typed as several words for WHO
 * or TEXT may come as several or as one. place may be NULL. tag: the host's own number, given back
 * in each event of this command. The last one is KITH_EVENT_DONE; it and others may come before
 * this returns. Commands that need the service wait for kith_online(), at most timeout_s. */
void kith_command(struct kith *kith, unsigned tag, const char *const *argv, size_t count,
	const struct kith_place *place);

/* Answers the question of an event by the number of a choice, from 1; 0: none of them. 0, or -1: no
 * such question or choice (any more: a question lapses after ten minutes, and when the connection
 * goes). */
int kith_answer(struct kith *kith, unsigned question, unsigned choice);

/* ---- Events ---- */

/* What happened. Behind each: its fields; those in brackets are not always there, those with * may
 * be there several times and have a kind. */
enum kith_event_kind {
	/* Of a command, or by themselves. */
	KITH_EVENT_ERROR,    /* something failed: text, [condition: of the stanza error, RFC
				6120, 8.3.3] */
	KITH_EVENT_NOTE,     /* a word to the person: text */
	KITH_EVENT_QUESTION, /* a choice to make: text; see question and choices */
	KITH_EVENT_READY,    /* online, and the service was found: service */
	KITH_EVENT_CARD, /* a card came (also row of `save list`): n, from, name, [about: JID that
			    it says it is about], [passed_on: "true", the sender isn't its subject],
			    [room: JID; in a group chat: nothing to save, no n], tel*, email*. With
			    a question: save it? */
	KITH_EVENT_PUSH, /* the service told of an update, or asks: from, text, [item: the contact
			    that was updated, `undo` ITEM takes it back]. With choices, where it
			    offers something: what to type */
	KITH_EVENT_CHANGED,  /* sync changed a contact: item, name, change ("added", "changed",
				"removed"), where ("book" or "service": what was changed), tel*,
				email* */
	KITH_EVENT_CONFLICT, /* sync found two edits of one property: item, name, property, kept,
				lost, where (whose edit was kept) */
	KITH_EVENT_SKIPPED,  /* a file of the book or a card that can't be read: file, text */
	KITH_EVENT_SYNCED,   /* a sync is complete: received, sent (counts) */
	KITH_EVENT_PROGRESS, /* of what takes long, once a second at most: what ("import", "export",
				"sync"), done (contacts), percent */
	/* Results of commands. */
	KITH_EVENT_CONTACT, /* list, find, show: item, name, [jid: whom it is linked to], where
			       ("book", "service", "both"), [file], tel*, email*, [note], [org] */
	KITH_EVENT_MATTER,  /* matters: n, code, text */
	KITH_EVENT_NUMBER,  /* number: tel* (one), [retired: date] */
	KITH_EVENT_SETTING, /* settings: key, value, [label], values (those possible, with blanks)
			     */
	KITH_EVENT_SENT,    /* send: to, name, by ("client", "service") */
	KITH_EVENT_SAVED, /* save, add: item, name, how ("new", "merged", "same"), [jid], [file] */
	KITH_EVENT_IMPORTED, /* import: file, cards, new, merged, same, skipped (counts), jids
				(cards that name a JID) */
	KITH_EVENT_EXPORTED, /* export: file, cards, skipped */
	KITH_EVENT_DONE,     /* the command is over: outcome */
};

/* How a command ended. */
enum kith_outcome {
	KITH_OUTCOME_OK,
	KITH_OUTCOME_FAILED,	/* an event KITH_EVENT_ERROR came before */
	KITH_OUTCOME_USAGE,	/* unknown or missing words; so did one here */
	KITH_OUTCOME_CANCELLED, /* its question was answered with 0, or by nobody */
};

struct kith_field {
	const char *name;
	const char *value;  /* never NULL; may have line ends where the person wrote them */
	const char *kind;   /* of tel ("cell", "work" ...) and email: "" if unknown; NULL: no such
			       field */
	const char *charge; /* of tel: "toll-free", "shared-cost", "premium-rate"; NULL: the usual,
			       or not known */
};

struct kith_choice {
	const char *text;  /* for a person: "Dave Example, dave@example.org" */
	const char *words; /* the command to type instead of answering: "send bob@example.org dave
			      2" (in a chat without TO); NULL: none */
};

struct kith_event {
	enum kith_event_kind kind;
	unsigned tag;			 /* of the command that it belongs to */
	bool spontaneous;		 /* belongs to no command; tag is 0 */
	enum kith_outcome outcome;	 /* KITH_EVENT_DONE only */
	const struct kith_field *fields; /* field_count of them */
	size_t field_count;
	unsigned question;		   /* for kith_answer(); 0: nothing is asked */
	const struct kith_choice *choices; /* choice_count of them, numbered from 1 */
	size_t choice_count;
};

/* The value of the first field of that name, or NULL. */
const char *kith_event_get(const struct kith_event *event, const char *name);

/* The event for a person: a line, or several (no newline at the end), with the choices numbered and
 * with the words to type for each; control and direction characters of foreign texts made visible.
 * "" where there is nothing to say (KITH_EVENT_DONE). The caller frees it with free(). NULL: no
 * memory. */
char *kith_event_text(const struct kith_event *event);

/* The event for a program: one JSON object (RFC 8259) on one line:
 * {"event":"contact","item":"...","name":"...","tel":[{"kind":"cell","value":"+44..."}]}, with
 * "tag" unless spontaneous, "question" where something is asked, "choices" where there are any,
 * "outcome" when done. The caller frees it with free(). NULL: no memory. */
char *kith_event_json(const struct kith_event *event);

/* ---- The log ---- */

enum kith_log_level {
	KITH_LOG_ERROR,
	KITH_LOG_WARN,
	KITH_LOG_INFO,
	KITH_LOG_DEBUG,
};

/* Where the library's log goes, for the whole process, and the most verbose level that does. log
 * NULL: to standard error. text is terminated, without newline; it never has contents of cards. */
void kith_set_log(void (*log)(void *context, enum kith_log_level level, const char *text),
	void *context, enum kith_log_level most);

/* "0.1.0": of the library that runs. */
const char *kith_version(void);

#ifdef __cplusplus
}
#endif

#endif
