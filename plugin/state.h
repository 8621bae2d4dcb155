/* What the client keeps between runs: one SQLite file an account.
 *
 * The mirror of the address book on the service, with the card and the text that book and service
 * last agreed on (the base of the three-way merge); the cards that came; what was seen; what sync
 * decided against (the journal). Strings given back lie in the arena of the call. 0/-1: -1 is a
 * failure of the file, logged here. */
#ifndef KITH_STATE_H
#define KITH_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct state;

/* Opens or makes the file for account in directory dir (made if need be); dir NULL: in memory. NULL
 * on failure, *why says why (the caller frees it). The caller closes it. */
struct state *state_open(const char *dir, const char *account, char **why);
void state_close(struct state *state);

/* A transaction that other processes of the same account wait for (at most 5 s); not nested. */
int state_begin(struct state *state);
int state_end(struct state *state, bool commit);

/* ---- The service: JID and position (XEP-0313). A new JID empties the mirror. ---- */
int state_set_service(struct state *state, const char *jid);
/* The local book that the entries of the mirror are in; another one: no contact has an entry yet.
 */
int state_set_book(struct state *state, const char *where);
/* *jid: of the service last used; NULL: none yet. */
int state_get_service(struct state *state, struct arena *arena, const char **jid);
/* *position NULL: from the start. */
int state_get_position(struct state *state, struct arena *arena, const char **position);
int state_set_position(struct state *state, const char *position);

/* ---- The mirror ---- */
struct state_item {
	const char *item;	   /* item id */
	const char *card;	   /* vCard4 XML as it is on the service; NULL: it isn't there */
	int64_t card_at;	   /* when it changed there, seconds UTC */
	const char *base;	   /* the service's card at the last agreement; NULL: none yet */
	const char *file;	   /* entry of the local book; NULL: none */
	const char *file_text;	   /* its text at the last agreement */
	const char *file_revision; /* book.h; of that text */
};
typedef int state_item_row(void *context, const struct state_item *item); /* 0: go on */
/* What there is of a contact, without its texts. */
struct state_head {
	const char *item;
	const char *file;
	const char *file_revision;
	bool is_there;	 /* on the service */
	bool is_changed; /* there is no base, or the card isn't it */
	bool has_text;	 /* there is a file_text */
};
typedef int state_head_row(void *context, const struct state_head *head); /* 0: go on */

int state_item_list(struct state *state, struct arena *arena, state_item_row *row, void *context);
int state_head_list(struct state *state, struct arena *arena, state_head_row *row, void *context);
/* 1: there is one, 0: none, -1. */
int state_item_get(
	struct state *state, struct arena *arena, const char *item, struct state_item *out);
/* What the service said: card NULL is a retraction. Marks it as named in this sweep. */
int state_item_set_card(struct state *state, const char *item, const char *card, int64_t card_at);
/* Both sides agree: base = card and file as given. file NULL: no entry. */
int state_item_agree(struct state *state, const struct state_item *item);
int state_item_remove(struct state *state, const char *item);
/* A query anew: from sweep_begin to sweep_end what isn't named counts as retracted. */
int state_sweep_begin(struct state *state);
int state_sweep_end(struct state *state, int64_t now);

/* ---- Cards that came ---- */
struct state_card {
	int64_t n;	   /* number to save it by; grows */
	const char *from;  /* bare JID */
	const char *about; /* bare JID that it says it is about; NULL */
	const char *card;  /* vCard4 XML */
	int64_t at;
	bool saved;
};
typedef int state_card_row(void *context, const struct state_card *card); /* 0: go on */
#define STATE_CARDS_MAX 500						  /* older ones go, */
#define STATE_CARDS_OF_ONE_MAX 100 /* of one sender earlier: nobody drives out the others' */
int state_card_add(struct state *state, struct state_card *card); /* sets n */
/* n 0: the last one. 1, 0: none, -1. */
int state_card_get(struct state *state, struct arena *arena, int64_t n, struct state_card *card);
/* Those not saved yet, oldest first. */
int state_card_list(struct state *state, struct arena *arena, state_card_row *row, void *context);
int state_card_saved(struct state *state, int64_t n);

/* ---- Messages that were seen ---- */
#define STATE_SEEN_S (90 * 86400) /* how long an id is kept, */
#define STATE_SEEN_MAX 20000	  /* and how many: older ones go */
/* *fresh: id of `from` is new, and is from now on known. */
int state_seen(struct state *state, const char *from, const char *id, int64_t now, bool *fresh);
/* True if id of `from` is known. */
bool state_has_seen(struct state *state, const char *from, const char *id);

/* ---- The journal: edits that lost, contacts that went ---- */
struct state_journal {
	int64_t id;
	const char *item;
	const char *name; /* of the contact, for a person */
	const char *kept; /* vCard4 XML with the property as kept; NULL: it was removed */
	const char *lost; /* vCard4 XML with the property that lost, or the contact's whole card */
	bool whole;	  /* lost is a contact that was removed */
	int64_t at;
};
#define STATE_JOURNAL_MAX 2000 /* older ones go */
int state_journal_add(struct state *state, const struct state_journal *entry);
/* The newest edit of item that lost and wasn't taken back. 1, 0: none, -1. */
int state_journal_last(
	struct state *state, struct arena *arena, const char *item, struct state_journal *entry);
typedef int state_journal_row(void *context, const struct state_journal *entry); /* 0: go on */
/* Contacts that went and weren't taken back. */
int state_journal_removed(
	struct state *state, struct arena *arena, state_journal_row *row, void *context);
/* The edits of item that lost are no longer the last thing that was done to it. */
int state_journal_pass(struct state *state, const char *item);
int state_journal_done(struct state *state, int64_t id);

#endif
