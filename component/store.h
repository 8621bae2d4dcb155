/* The store, in words of the domain: rows in, rows out, nothing decided here. The rules of what a
 * change does are in profile.h, book.h and run.h, on top of this and the same for every backend.
 *
 * Everything happens inside a turn (one transaction). Strings given back lie in the arena of the
 * call, unless said otherwise; strings given in are copied or used at once. Times are seconds UTC.
 * Rows are read before the first is given to its callback, which so may use the store as it likes.
 * An arena that is full is a failure of the store: the part of the turn in which that was can only
 * be undone, and where there is no part, the turn be rolled back. Versions and positions: there is
 * one counter for the whole store; every change of a book takes the next number, so that within one
 * book they only grow. Each account's profile has a counter of its own, from 1; 0 is "before there
 * was a profile". */
#ifndef KITH_STORE_H
#define KITH_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "component/settings.h"

struct arena;
struct history;

struct store;

enum store_result {
	STORE_OK,
	STORE_NONE,  /* there is no such thing */
	STORE_ERROR, /* the store failed (logged); the turn can only be rolled back */
};

/* ---- Opening ---- */
enum store_open {
	STORE_OPEN_OWNER,  /* kithd: takes the lock that only one process can have; migrates */
	STORE_OPEN_SHARED, /* kithctl: beside a running kithd; busy for at most 5 s a turn. It
			      neither makes nor migrates a store: that is a failure to open */
};
/* NULL on failure, with a reason for a person in *why (the caller frees it): damaged, of a newer
 * version, of another program, in use by another owner (its lock is on the file PATH.lock, which
 * stays), or gone, though that file says that it was made. errno says what may go by itself:
 * EWOULDBLOCK another owner, EBUSY another program, ENOSPC no room on the disk; else it is 0. What
 * is refused is not written to. The caller closes it. path as in settings. */
struct store *store_open(const char *path, enum store_open how, char **why);
/* From now on a thread copies the log to the database, so that no turn waits for that. */
void store_checkpoint_aside(struct store *store);
void store_close(struct store *store);

/* ---- Turns. Calls outside a turn fail; turns don't nest. ---- */
/* A turn, also one that only reads, keeps others from writing, and waits at most 5 s for one who
 * does. */
enum store_result store_turn_begin(struct store *store);
/* A turn that can only read, and so keeps nobody from writing and waits for nobody. It ends with
 * store_turn_rollback(). */
enum store_result store_look_begin(struct store *store);
enum store_result store_turn_commit(struct store *store); /* on STORE_ERROR it is rolled back */
void store_turn_rollback(struct store *store);
bool store_in_turn(const struct store *store);
/* The turn has something to commit; also where what it did was undone in parts. */
bool store_has_changes(const struct store *store);
/* The turn writes at its end, though nothing else may have changed: how long it takes then doesn't
 * tell whether anything has. */
enum store_result store_touch(struct store *store);
/* One stanza's part of a turn; not nested. undo: what was done since begin never was. */
enum store_result store_part_begin(struct store *store);
enum store_result store_part_end(struct store *store, bool undo);

/* ---- Trouble: the disk is full or fails, another program holds the lock, the file is damaged or
 * gone. Turns fail then, or some of them do; it is logged here, once, and when it is over. ---- */
/* What the matter is, as the last turns met it, for the admin: "the disk is full"; static. NULL:
 * nothing. */
const char *store_trouble(const struct store *store);
/* True: no turn can begin before store_mend(). So it is when the system didn't bring onto the disk
 * what was written: it may forget that, and then say that it did, so that nothing is believed that
 * is only in its cache. */
bool store_is_shut(const struct store *store);
enum store_mend {
	STORE_MENDED, /* what is to be read now is on the disk, all that was acknowledged with it */
	STORE_NOT_YET,	/* why is logged once; to be tried again */
	STORE_REPLACED, /* there is another store in its place: nothing in memory is of that one */
};
enum store_mend store_mend(struct store *store);

/* ---- Accounts ---- */
/* Any JID that somebody's contact is linked to has a row, used or not, served or not. */
struct store_account {
	int64_t id;
	const char *jid;   /* bare, prepared */
	int64_t opened_at; /* first use of the service by it; 0: never used */
	int64_t closed_at; /* 0: this is the incarnation in force */
	int64_t seen_at;   /* last sign of it, to a day */
	int64_t used_at;   /* when it first used Kith itself: a request of its own to the service
			      for which it needs to be served (publishing, the book, sync, a
			      command, signing up: request_account()), having it in the roster
			      (presence.h), or the answer to a question of ours, but for `no` to that
			      of first.h, which makes this 0 again. 0: never: what is known of it came
			      by an ordinary client's vCard, from a server or from an admin */
	char region[3];	   /* in which its numbers without country code are, as it says itself:
			      two letters; "": as the conf says. Who needs it asks rules_region() */
};
/* The incarnation in force of jid. */
enum store_result store_account_find(
	struct store *store, struct arena *arena, const char *jid, struct store_account *account);
/* The same, made if there is none. */
enum store_result store_account_get(
	struct store *store, struct arena *arena, const char *jid, struct store_account *account);
enum store_result store_account_by_id(
	struct store *store, struct arena *arena, int64_t id, struct store_account *account);
enum store_result store_account_open(struct store *store, int64_t id, int64_t now);
/* Makes used_at `at`. */
enum store_result store_account_used(struct store *store, int64_t id, int64_t at);
/* Makes its region this, of two letters or "". */
enum store_result store_account_region(struct store *store, int64_t id, const char *region);
/* A sign of an opened account: stored if the last one is a day old, and nothing is the matter with
 * the store. */
enum store_result store_account_seen(
	struct store *store, struct store_account *account, int64_t now);
/* The opened account without a sign since `before` for the longest time. */
enum store_result store_account_asleep(
	struct store *store, struct arena *arena, int64_t before, struct store_account *account);
/* Closes the incarnation: profile, history, book, settings, lists, log of changes, run, what
 * updates did for it and by it are deleted, and its place in the `chosen` of others; contacts of
 * others stay linked to the closed row, that is dormant, and says no more than that and when it
 * ended. The row itself goes, with the JID, once
 * nobody is linked to it: also that of a JID that never used the service, with the last contact
 * that was linked to it. */
enum store_result store_account_erase(struct store *store, int64_t id, int64_t now);
/* Opened accounts in order of JID, after jid `after` (NULL: from the start), at most max. */
enum store_result store_account_list(struct store *store, struct arena *arena, const char *after,
	size_t max, void (*row)(void *context, const struct store_account *account), void *context);

/* What the account has set itself: *value, or STORE_NONE where the conf's default is in force. */
enum store_result store_setting_get(
	struct store *store, int64_t account, enum setting setting, int *value);
enum store_result store_setting_put(
	struct store *store, int64_t account, enum setting setting, int value);
enum store_result store_setting_clear(struct store *store, int64_t account, enum setting setting);

/* The lists that an account keeps, of prepared bare JIDs, known to the service or not. */
enum store_result store_listed_has(
	struct store *store, int64_t account, enum listed kind, const char *jid, bool *yes);
/* In order of JID, at most max. */
enum store_result store_listed_get(struct store *store, struct arena *arena, int64_t account,
	enum listed kind, const char **jids, size_t max, size_t *count);
/* Makes the list these; one said twice counts once. */
enum store_result store_listed_put(struct store *store, int64_t account, enum listed kind,
	const char *const *jids, size_t count);

/* ---- Rosters: who of the accounts in use is subscribed to whom, both ways ---- */
/* *is_due: the account's roster was not asked for since `before`; that it is now is noted. */
enum store_result store_roster_asked(
	struct store *store, int64_t account, int64_t now, int64_t before, bool *is_due);
/* The account's roster as it is now; others (it is sorted) are accounts in use. */
enum store_result store_roster_put(
	struct store *store, struct arena *arena, int64_t account, int64_t *others, size_t count);
enum store_result store_roster_has(struct store *store, int64_t account, int64_t other, bool *yes);
/* Those who are subscribed to account and it to them, with id > after, in order, at most max. */
enum store_result store_roster_list(struct store *store, int64_t account, int64_t after,
	int64_t *others, size_t max, size_t *count);

/* When it was asked for last. */
enum store_result store_roster_when(struct store *store, int64_t account, int64_t *asked_at);

/* ---- Accounts that have the service in their rosters (presence.h, pep.h) ---- */
struct store_follow {
	int64_t account;
	bool shares;	  /* its presence, so that its vCard is followed */
	int64_t read_at;  /* when the server was last asked for its vCard; 0: never */
	const char *seen; /* digest of the last vCard seen, in hex; NULL: none was */
};
enum store_result store_follow_get(
	struct store *store, struct arena *arena, int64_t account, struct store_follow *follow);
/* Inserts or replaces. */
enum store_result store_follow_put(struct store *store, const struct store_follow *follow);
/* With the account's row, if nobody needs that. */
enum store_result store_follow_remove(struct store *store, int64_t account);
/* Those that share their presence, in order of account id, after that, at most max. */
enum store_result store_follow_list(struct store *store, struct arena *arena, int64_t after,
	size_t max, void (*row)(void *context, int64_t account, const char *jid), void *context);

/* ---- Profiles ---- */
struct store_profile {
	int64_t account;
	int64_t version;    /* raised by each change of the numbers; from 1 */
	int64_t changed_at; /* of the card */
	bool hidden;	    /* retracted: not to be read by others; the history lives on */
	const char *card;   /* vCard4 XML */
	size_t card_len;
};
enum store_result store_profile_get(
	struct store *store, struct arena *arena, int64_t account, struct store_profile *profile);
/* The same without its card, which may be large. */
enum store_result store_profile_head(
	struct store *store, int64_t account, struct store_profile *profile);
/* The whole, unless it is hidden; and only its version. NONE: it is, or there is none. */
enum store_result store_profile_shown(
	struct store *store, struct arena *arena, int64_t account, struct store_profile *profile);
enum store_result store_profile_version(struct store *store, int64_t account, int64_t *version);
/* Inserts or replaces. name: what people search by (the words of FN, N, NICKNAME); e-mails and
 * numbers (identities) that a search may know it by: NULL-terminated lists. */
enum store_result store_profile_put(struct store *store, const struct store_profile *profile,
	const char *name, const char *const *emails, const char *const *identities);
/* What is searched for; each may be NULL, and one that fits is enough. */
struct store_terms {
	const char *name;     /* a name has, for each word of it, a word that begins so (case and
				 width folded; in a name without spaces, as in Chinese, each
				 character begins one) */
	const char *email;    /* an e-mail address, whole */
	const char *identity; /* of a number */
};
/* Accounts that fit, not hidden ones, each once, of which there are *count, at most max: first who
 * has the number, then who the address, then who has the longest word of the name: as it is, before
 * who has a longer one; of those who have the same, the oldest accounts. It ends with 5,000 looks
 * into the index: at who has the longest word, and at whether he has another. */
enum store_result store_profile_search(struct store *store, const struct store_terms *terms,
	int64_t *accounts, size_t max, size_t *count);
/* True (*yes) if the account has that e-mail address, or that number; name is not looked at. */
enum store_result store_profile_has(
	struct store *store, int64_t account, const struct store_terms *terms, bool *yes);
/* True (*yes) if the account's name has the words of text, as in store_profile_search(). */
enum store_result store_profile_named(
	struct store *store, int64_t account, const char *text, bool *yes);
/* The history of an account's numbers, in the arena; empty, not NONE, where there is none. */
enum store_result store_history_get(
	struct store *store, struct arena *arena, int64_t account, struct history *history);
enum store_result store_history_put(
	struct store *store, int64_t account, const struct history *history);

/* ---- Address books ---- */
struct store_contact {
	int64_t id;	  /* the id of the link: increasing, never used again; 0: not stored yet */
	int64_t owner;	  /* account whose book it is in */
	const char *item; /* item id */
	int64_t version;  /* position of the last change in the book */
	int64_t changed_at; /* when */
	int64_t subject;    /* account that the contact is linked to; 0: not linked */
	int64_t applied;    /* version of the subject's profile that the card was brought to */
	int64_t written; /* version of the subject's profile when its holder wrote a number of the
			    subject's into it; see rules.h, `known` */
	bool known;	 /* rules_is_known() said so when the card was stored, and so would again: a
			    history only grows. False: it is to be asked */
	bool known_stored; /* the same, as it was read */
	bool is_new;	   /* its book was asked, and has none of that item: store_contact_put()
			      need not look */
	const char *pins;  /* what a take-back pinned; update.h; NULL none */
	const char *card;  /* vCard4 XML */
	size_t card_len;
};
typedef int store_contact_row(void *context, const struct store_contact *contact); /* 0: go on */

enum store_result store_contact_get(struct store *store, struct arena *arena, int64_t owner,
	const char *item, struct store_contact *contact);
/* The same of who has the item and needs nothing but what there is beside the card: without item,
 * version, changed_at and the card. */
enum store_result store_contact_head(struct store *store, struct arena *arena, int64_t owner,
	const char *item, struct store_contact *contact);
/* The whole by the id of its link, which is the cheapest. */
enum store_result store_contact_by_link(struct store *store, struct arena *arena, int64_t owner,
	int64_t id, struct store_contact *contact);
/* The contact of owner's that is linked to subject (of several one that is known, and then the one
 * with the lowest id). */
enum store_result store_contact_of(struct store *store, struct arena *arena, int64_t owner,
	int64_t subject, struct store_contact *contact);
/* True (*yes) if owner has a contact linked to subject; reads no card. */
enum store_result store_contact_has(struct store *store, int64_t owner, int64_t subject, bool *yes);
/* The same, of one that is stored as known. */
enum store_result store_contact_knows(
	struct store *store, int64_t owner, int64_t subject, bool *yes);
/* Inserts or replaces (owner, item); sets contact->version to the next position. It also sets
 * contact->id: a new one for a new contact and for one whose subject changed (what updates did to
 * it is forgotten then), else as it was. Cheapest where contact->id is given as read from the
 * store. */
enum store_result store_contact_put(struct store *store, struct store_contact *contact);
/* For a link, by contact->id, that changed in nothing that its holder sees (applied, written,
 * known, pins): the book's version stays. */
enum store_result store_contact_mark(struct store *store, const struct store_contact *contact);
/* Removes it, with what updates did to it, and keeps a retraction at the next position. */
enum store_result store_contact_remove(
	struct store *store, int64_t owner, const char *item, int64_t now, int64_t *version);
enum store_result store_contact_count(struct store *store, int64_t owner, int64_t *count);
/* Contacts in order of item id. after: exclusive, NULL from the start; backwards: before `before`
 * (exclusive, NULL or "" from the end), still given in rising order. At most max, and fewer where
 * their cards come to more than 1 MiB; none only where there are none. */
enum store_result store_contact_list(struct store *store, struct arena *arena, int64_t owner,
	const char *after, size_t max, store_contact_row *row, void *context);
enum store_result store_contact_list_back(struct store *store, struct arena *arena, int64_t owner,
	const char *before, size_t max, store_contact_row *row, void *context);
/* Those changed last, in order of their positions; as many as that. */
enum store_result store_contact_recent(struct store *store, struct arena *arena, int64_t owner,
	size_t max, store_contact_row *row, void *context);
/* The item id that has `index` others before it, in the arena. NONE: there are no more than that.
 */
enum store_result store_contact_at(
	struct store *store, struct arena *arena, int64_t owner, int64_t index, const char **item);
/* Items of owner's that are linked to an incarnation that was closed, at most max, in no order. */
enum store_result store_contact_dormant(struct store *store, struct arena *arena, int64_t owner,
	const char **items, size_t max, size_t *count);
/* How many of owner's items come before item. */
enum store_result store_contact_index(
	struct store *store, int64_t owner, const char *item, int64_t *index);

/* What happened in a book, in order of version, the present state of each item once. */
struct store_event {
	int64_t version;
	int64_t at;
	const char *item;
	bool retracted;	  /* card is NULL then */
	const char *card; /* vCard4 XML */
	size_t card_len;
};
typedef int store_event_row(void *context, const struct store_event *event); /* 0: go on */
/* Which of them. */
struct store_span {
	int64_t after, before; /* positions, both exclusive */
	int64_t start, end;    /* seconds UTC, both inclusive */
};
extern const struct store_span store_span_all;
/* The first of the span, or the last, both in rising order; as many as of contacts. */
enum store_result store_event_list(struct store *store, struct arena *arena, int64_t owner,
	const struct store_span *span, size_t max, store_event_row *row, void *context);
enum store_result store_event_list_back(struct store *store, struct arena *arena, int64_t owner,
	const struct store_span *span, size_t max, store_event_row *row, void *context);
enum store_result store_event_count(
	struct store *store, int64_t owner, int64_t after, int64_t *count);
/* The position of the newest event of the book (0: none), and the one up to which retractions were
 * dropped (0: none were). */
enum store_result store_event_range(
	struct store *store, int64_t owner, int64_t *newest, int64_t *dropped);

/* The links to subject with after < id <= last, in order of id, at most max. */
enum store_result store_link_list(struct store *store, struct arena *arena, int64_t subject,
	int64_t after, int64_t last, size_t max, store_contact_row *row, void *context);
enum store_result store_link_count(struct store *store, int64_t subject, int64_t *count);
/* The highest link id given out so far. */
enum store_result store_link_highest(struct store *store, int64_t *id);

/* ---- Runs: bringing a change to all links. At most one an account. ---- */
struct store_run {
	int64_t account; /* whose numbers changed */
	int64_t version; /* of the profile: the target */
	int64_t started_at;
	int64_t cards_done;  /* first cursor: link id up to which cards are done */
	int64_t cards_last;  /* link id to go to: the highest at its start */
	int64_t pushes_done; /* second cursor: update id up to which the server took the pushes */
	int64_t starts_at;   /* cards are not worked on before; 0: at once */
	bool asked;	     /* its owner was asked whether it may begin (first.h): at starts_at it
				ends with no card done, unless he said so before */
	int64_t offers;	     /* version of the profile whose card is still to be offered to those in
				the account's roster (roster_push.h); 0: to nobody */
	int64_t offers_done; /* account id up to which it was */
};
enum store_result store_run_get(struct store *store, int64_t account, struct store_run *run);
enum store_result store_run_put(struct store *store, const struct store_run *run);
enum store_result store_run_remove(struct store *store, int64_t account);
/* Those that there is something to do for at `now`, in no order: not one that is held and has
 * nothing to push, nor one that waits for its owner's answer, for which `old` says how late it is
 * (clock.h). */
enum store_result store_run_list(struct store *store, int64_t now, int64_t old,
	void (*row)(void *context, const struct store_run *run), void *context);

/* ---- What became of the last change of an account's numbers (report.h). One an account. ---- */
/* Links, and those without one to whom the card is offered, by what is known of them; each counts
 * in one of the first five. */
struct store_counts {
	int64_t reached; /* the card was brought up to date */
	int64_t asked;	 /* it was proposed to its holder */
	int64_t offered; /* the card was, to be saved (roster_push.h) */
	int64_t waiting; /* any of these, and the offline box is full */
	int64_t bounced; /* any of these, and the push came back */
	int64_t pushed;	 /* of all: whose push is done with (the second cursor) */
};
struct store_report {
	int64_t account;
	int64_t version; /* of the profile */
	int64_t began_at;
	int64_t ended_at; /* of the run; 0: it is under way */
	bool told;	  /* its owner was told, or is not to be */
	struct store_counts counts;
};
enum store_result store_report_get(
	struct store *store, int64_t account, struct store_report *report);
/* Replaces that of an earlier change. */
enum store_result store_report_put(struct store *store, const struct store_report *report);
/* Raises (or lowers) the counts, marks the end of the run or that it was told, if the report is
 * still of that version. */
enum store_result store_report_add(
	struct store *store, int64_t account, int64_t version, const struct store_counts *counts);
enum store_result store_report_end(
	struct store *store, int64_t account, int64_t version, int64_t now);
enum store_result store_report_told(struct store *store, int64_t account, int64_t version);
/* Those that are over and not told, at most max, the ones that ended first. */
enum store_result store_report_due(
	struct store *store, struct store_report *reports, size_t max, size_t *count);
/* Deletes it. */
enum store_result store_report_erase(struct store *store, int64_t account);

/* ---- What updates did: one row for each card that a change was brought to ---- */
struct store_update {
	int64_t id;	 /* increasing, never used again */
	int64_t subject; /* whose number changed */
	int64_t change;	 /* version of the subject's profile */
	int64_t link;	 /* contact.id at that time; 0: there is no contact, and the subject's card
			    is offered to be saved (roster_push.h) */
	int64_t owner;	 /* the holder */
	const char *item;
	int64_t version; /* position in the book that this update made */
	int64_t at;
	int64_t undone_at; /* 0: in force. One that is only proposed never was: then it is `at` */
	const char *what;  /* TELs replaced, added, marked; update.h */
	bool push;	   /* to be told; false for one made while the holder stored the card */
	bool gathered;	   /* by a summary that is still to come */
};
typedef int store_update_row(void *context, const struct store_update *update);	      /* 0: go on */
enum store_result store_update_add(struct store *store, struct store_update *update); /* sets id */
/* Updates with push set by changes of subject with id > after, in order, at most max. */
enum store_result store_update_list(struct store *store, struct arena *arena, int64_t subject,
	int64_t after, size_t max, store_update_row *row, void *context);
/* Those of a link, in force or not, the newest first, at most max. */
enum store_result store_update_of(struct store *store, struct arena *arena, int64_t link,
	size_t max, store_update_row *row, void *context);
/* The same of those without a link, that offered a card to owner. */
enum store_result store_update_offers(struct store *store, struct arena *arena, int64_t owner,
	size_t max, store_update_row *row, void *context);
/* The highest id given out so far (0: none). */
enum store_result store_update_highest(struct store *store, int64_t *id);
/* The newest of owner's item, by its present link, that is in force. */
enum store_result store_update_last(struct store *store, struct arena *arena, int64_t owner,
	const char *item, struct store_update *update);
enum store_result store_update_undone(struct store *store, int64_t id, int64_t now);

/* Pushes to a holder. */
struct store_told {
	int64_t since;	    /* when they are counted; 0: none ever was */
	int64_t count;	    /* how many */
	int64_t summary_at; /* when it is to be told of those gathered; 0: there are none */
};
enum store_result store_told_get(struct store *store, int64_t holder, struct store_told *told);
enum store_result store_told_put(
	struct store *store, int64_t holder, const struct store_told *told);
/* The same where summary_at is as it was: as with most pushes, and for less. */
enum store_result store_told_count(
	struct store *store, int64_t holder, const struct store_told *told);
/* What decides of a holder whether and how a card follows the subject that it is linked to, read at
 * once: a run asks it of each link twice. */
struct store_holder {
	struct store_account account;
	struct store_told told;
	int updates, pushes; /* as it has set them; -1: the conf's default is in force */
	bool blocks;	     /* the subject is on its list, */
	bool is_blocked;     /* or it on the subject's */
};
enum store_result store_holder_get(struct store *store, struct arena *arena, int64_t holder,
	const struct store_account *subject, struct store_holder *found);
struct store_link {
	struct store_contact contact;
	struct store_holder holder;
};
/* The links to subject with after < id <= last, in order of id, at most max. */
enum store_result store_link_read(struct store *store, struct arena *arena,
	const struct store_account *subject, int64_t after, int64_t last, struct store_link *links,
	size_t max, size_t *count);
struct store_push {
	struct store_update update;
	struct store_contact contact; /* all 0: it is gone, or there is none */
	struct store_holder holder;   /* account.id 0: it is gone */
};
/* What store_update_list() lists, with its contacts as they are now, and their holders. */
enum store_result store_push_read(struct store *store, struct arena *arena,
	const struct store_account *subject, int64_t after, struct store_push *pushes, size_t max,
	size_t *count);
/* The accounts whose summary is due, for the longest time first, at most max. */
enum store_result store_summary_list(struct store *store, struct arena *arena, int64_t now,
	struct store_account *accounts, size_t max, size_t *count);
/* What is gathered for a holder. */
struct store_gathered {
	int64_t contacts;  /* of its book, that changed; one that is taken back is told no more */
	int64_t proposals; /* of a change, that wait for an answer */
	int64_t offers;	   /* of cards, that wait to be saved */
	int64_t newest;	   /* id of the newest of these update rows; 0: there are none */
};
enum store_result store_gathered_get(
	struct store *store, int64_t owner, struct store_gathered *gathered);
/* Those up to that id are gathered no more. *more: younger ones are. */
enum store_result store_gathered_clear(
	struct store *store, int64_t owner, int64_t newest, bool *more);

/* ---- Matters that wait for a person's answer (matter.h) ---- */
/* The numbers are stored: append only. */
enum matter_kind {
	MATTER_UPDATE = 1,  /* a change of a card in the account's book */
	MATTER_SHARE = 2,   /* passing the account's card on */
	MATTER_HOLD = 3,    /* a change of the account's own numbers, that can be taken back */
	MATTER_FIRST = 4,   /* whether such a change goes to others (first.h) */
	MATTER_MISSING = 5, /* whether numbers of the account are given up (missing.h) */
	MATTER_CARD = 6,    /* saving a card that the account was sent */
	MATTER_DORMANT = 7, /* whether a contact whose account ended is who has the JID now */
	MATTER_LINK = 8,    /* whether a contact is to be linked to an account (linking.h) */
};
struct store_matter {
	int64_t id;	 /* in order of time, never used again */
	int64_t account; /* whose decision it is */
	enum matter_kind kind;
	const char *token;  /* 128 bits in hex: by which an answer names it */
	int64_t subject;    /* update: whose number changed; share: who asked for the card; card:
			       whom it is about; dormant: who has the JID now; link: the
			       account */
	const char *target; /* update, dormant, link: item id of the contact; share: JID of who is
			       to get it; hold, first: the account's own; missing: identities,
			       blanks between; card: the subject's JID */
	int64_t link;	    /* update, dormant, link: contact.id; else 0 */
	int64_t version;    /* update, card: of the subject's profile; first: of the own; hold: the
			       same, once its owner was told, 0 before; else 0 */
	int64_t update;	    /* update, card: id of the update row whose push tells it; else 0 */
	const char *what;   /* update: what would be done to the card (update.h); hold, first: the
			       change, missing: the numbers, for a person; else "" */
	int64_t made_at;
	int64_t expires_at; /* from then on it is not open any more */
};
typedef int store_matter_row(void *context, const struct store_matter *matter);	      /* 0: go on */
enum store_result store_matter_add(struct store *store, struct store_matter *matter); /* sets id */
/* The one that is open at `now`, of that account, by its token; of a link; of an update row. */
enum store_result store_matter_find(struct store *store, struct arena *arena, int64_t account,
	const char *token, int64_t now, struct store_matter *matter);
enum store_result store_matter_of_link(struct store *store, struct arena *arena, int64_t link,
	int64_t now, struct store_matter *matter);
enum store_result store_matter_of_update(struct store *store, struct arena *arena, int64_t update,
	int64_t now, struct store_matter *matter);
/* The same of a kind, about a subject. */
enum store_result store_matter_about(struct store *store, struct arena *arena, int64_t account,
	enum matter_kind kind, int64_t subject, int64_t now, struct store_matter *matter);
/* The newest that is open at `now` of a kind. */
enum store_result store_matter_of_kind(struct store *store, struct arena *arena, int64_t account,
	enum matter_kind kind, int64_t now, struct store_matter *matter);
/* Those that are open at `now`, the newest first, at most max; and those of a kind. */
enum store_result store_matter_list(struct store *store, struct arena *arena, int64_t account,
	int64_t now, size_t max, store_matter_row *row, void *context);
enum store_result store_matter_list_kind(struct store *store, struct arena *arena, int64_t account,
	enum matter_kind kind, int64_t now, size_t max, store_matter_row *row, void *context);
/* All that there are, open or not, in order of id behind `after`, at most max. */
enum store_result store_matter_all(struct store *store, struct arena *arena, int64_t account,
	int64_t after, size_t max,
	int (*row)(void *context, const struct store_matter *matter, bool declined), void *context);
/* How many of its kind were asked of its account and are not expired at `now`, the declined too;
 * *is_there: so was one by the same subject with the same target. */
enum store_result store_matter_count(struct store *store, const struct store_matter *matter,
	int64_t now, int64_t *count, bool *is_there);
/* It is not open any more; it is kept until it expires. NONE, here and below: there is no such. */
enum store_result store_matter_decline(struct store *store, int64_t account, int64_t id);
/* The same, and it is kept until then; of account's declined ones of its kind the newest `max` are.
 */
enum store_result store_matter_decline_long(
	struct store *store, const struct store_matter *matter, int64_t until, size_t max);
enum store_result store_matter_remove(struct store *store, int64_t account, int64_t id);
/* All of a kind that wait for account; those about a link (they also go with the contact). */
enum store_result store_matter_clear(struct store *store, int64_t account, enum matter_kind kind);
enum store_result store_matter_forget(struct store *store, int64_t link);
/* Deletes what is not open, and what is not held any more at `now`, at most max rows of each a
 * call; *more: there are others. The row of an account that only they needed goes with them. */
enum store_result store_matter_expire(struct store *store, int64_t now, size_t max, bool *more);

/* ---- Books that are looked through for accounts (linking_sweep.h) ---- */
struct store_sweep {
	int64_t account;  /* whose book */
	int64_t next_at;  /* when it is looked at next */
	int64_t again_at; /* when that begins from its start */
	int64_t done;	  /* contact.version up to which it was looked at */
	int64_t found_at; /* since when something is found that its owner isn't told yet; 0: nothing
			     is */
};
/* The book is due at `at`, if it isn't before; anew: from its start, at `at`. */
enum store_result store_sweep_due(struct store *store, int64_t account, int64_t at);
enum store_result store_sweep_anew(struct store *store, int64_t account, int64_t at);
/* The one that is due for the longest time at `now`. */
enum store_result store_sweep_first(struct store *store, int64_t now, struct store_sweep *sweep);
/* Stores all but account, which says whose it is. */
enum store_result store_sweep_put(struct store *store, const struct store_sweep *sweep);
/* The contacts behind a version, in order of it; of those that are linked the card is "". */
enum store_result store_sweep_contacts(struct store *store, struct arena *arena, int64_t owner,
	int64_t after, struct store_contact *contacts, size_t max, size_t *count);

/* ---- Holders of dormant links that are being asked (dormant_ask.h) ---- */
struct store_dormant {
	int64_t account; /* that ended, and is linked to */
	int64_t next;	 /* that has its JID now */
	int64_t made;	 /* first cursor: contact.id up to which matters are made */
	int64_t done;	 /* second cursor: up to which the server took the messages */
};
/* Begins for each account that ended, is linked to, and had the JID of next; nothing is done where
 * there is none. */
enum store_result store_dormant_begin(struct store *store, int64_t next);
/* Any one of them. */
enum store_result store_dormant_first(struct store *store, struct store_dormant *dormant);
/* Stores the cursors. */
enum store_result store_dormant_put(struct store *store, const struct store_dormant *dormant);
enum store_result store_dormant_remove(struct store *store, int64_t account);

/* ---- Current numbers that the vCard of an account's ordinary client lacks (missing.h) ---- */
/* The numbers are stored: append only. */
enum missing_state {
	MISSING_NEW = 0,   /* the owner is yet to be asked about it */
	MISSING_ASKED = 1, /* he was */
	MISSING_STAYS = 2, /* and said that it isn't given up */
};
struct store_missing {
	const char *identity; /* phone.h */
	enum missing_state state;
};
/* In order of identity, at most max. */
enum store_result store_missing_get(struct store *store, struct arena *arena, int64_t account,
	struct store_missing *list, size_t max, size_t *count);
/* Makes them these. */
enum store_result store_missing_put(
	struct store *store, int64_t account, const struct store_missing *list, size_t count);

/* ---- Profile and history as they were before a change that is held (held.h) ---- */
/* Keeps what there is. Where something is kept already, and not over at `now`, that stays, and only
 * its end becomes ends_at. */
enum store_result store_held_keep(
	struct store *store, int64_t account, int64_t now, int64_t ends_at);
enum store_result store_held_get(struct store *store, struct arena *arena, int64_t account,
	struct store_profile *profile, struct history *history);
enum store_result store_held_drop(struct store *store, int64_t account);
/* True (*yes) if any card was brought to that version of the subject's profile, or linked at it. */
enum store_result store_link_reached(
	struct store *store, int64_t subject, int64_t version, bool *yes);

/* The log of number changes (kithctl changes): the newest first, at most max; owner 0: of all. */
struct store_change {
	int64_t account;
	const char *jid;
	int64_t version;
	int64_t at;
	const char *what; /* for a person: "cell +447700900123 -> +447700900456" */
};
enum store_result store_change_add(
	struct store *store, int64_t account, int64_t version, int64_t at, const char *what);
/* When the nth-newest change of account's was (from 1; its log may be shorter: NONE). */
enum store_result store_change_nth(struct store *store, int64_t account, unsigned nth, int64_t *at);
enum store_result store_change_list(struct store *store, struct arena *arena, int64_t account,
	size_t max, void (*row)(void *context, const struct store_change *change), void *context);

/* ---- Keeping ---- */
/* A secret of 32 bytes made at the store's first opening: the key of archive ids. */
enum store_result store_key(struct store *store, unsigned char key[32]);
/* Drops retractions, updates and changes from before `before`, at most max rows a call; *more:
 * there are others. Updates that a run still has to push are kept, and then also younger ones,
 * until the run got there. */
enum store_result store_expire(struct store *store, int64_t before, size_t max, bool *more);
/* By what is told what is old (clock.h), as of a while ago; 0: never stored. */
enum store_result store_old_get(struct store *store, int64_t *old_s);
enum store_result store_old_put(struct store *store, int64_t old_s);
/* Puts right, as far as it would wait for it, what was stored with a time behind `far` by a clock
 * that was wrong: what was is from `now`, but for changes, which would count as today's; what is to
 * come comes as late as it can. far: at least 30 days behind now, so that no question and no look
 * at a book is put off as far; runs and summaries that wait for more than a day, the longest there
 * is, are met as well. */
enum store_result store_redate(struct store *store, int64_t now, int64_t far);
/* runs: without those that wait for an answer. */
struct store_stats {
	int64_t accounts, profiles, contacts, links, runs, updates, bytes;
};
enum store_result store_stats(struct store *store, struct store_stats *stats);
/* The same, where no figure but bytes is counted further than to most. */
enum store_result store_stats_upto(struct store *store, int64_t most, struct store_stats *stats);
/* Integrity and index checks, by table where there are faults, and what rows say of each other
 * (each link's subject exists, each successor too ...). A line for each fault; *faults: how many.
 * No turn of this store may be open. verify.h looks at what is in the rows as well. */
enum store_result store_verify(struct store *store, void (*fault)(void *context, const char *text),
	void *context, int64_t *faults);
/* All texts of a kind that there are. */
enum store_kind {
	STORE_KIND_PROFILE, /* text: the card */
	STORE_KIND_HELD,    /* the same, of what is held */
	STORE_KIND_CONTACT, /* the same, with pins */
	STORE_KIND_UPDATE,  /* what was done to a card (update.h) */
	STORE_KIND_MATTER,  /* what is proposed to be done to one */
};
struct store_piece {
	int64_t account;  /* whose */
	const char *item; /* NULL: of no contact */
	const char *text;
	size_t len;
	const char *pins; /* NULL: none */
};
/* At most max of them behind *after, which moves on; 0 to begin with. NONE: these were the last. */
enum store_result store_each(struct store *store, struct arena *arena, enum store_kind kind,
	int64_t *after, size_t max, void (*row)(void *context, const struct store_piece *piece),
	void *context);
/* *same: what the account is found by is that, as in store_profile_put(); hidden: nothing. */
enum store_result store_term_check(struct store *store, int64_t account, const char *name,
	const char *const *emails, const char *const *identities, bool *same);
/* A consistent copy while the store is in use, on the disk when this returns; file must not exist.
 * It is written beside it as FILE.part: under its name it is whole, or not there. Its key is
 * another, so that who works on with it is told that archive ids of before are void. No turn of
 * this store may be open. */
enum store_result store_backup(struct store *store, const char *file, char **why);

#endif
