/* Runs: bringing a change to the cards of all holders, in batches (design: section 4, "A run").
 * This is the part on the store; fanout.h sends what it made. */
#ifndef KITH_RUN_H
#define KITH_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "component/history.h"
#include "component/rules.h"
#include "component/update.h"

struct arena;
struct vcard;

/* Whose numbers changed, and to what. */
struct run_subject {
	struct store_account account;
	struct history history;
	int64_t version;
	bool shown; /* false: the profile is hidden, and nobody's card follows */
	int circle; /* rules_audience_circle() */
};
enum store_result run_read_subject(const struct rules *rules, struct arena *arena, int64_t account,
	struct run_subject *subject);

/* May the link's card be brought along, as far as the subject decides, and is it (*add) to have
 * what was added? contact, card: the link, of holder's, as rules_audience() takes them. */
enum verdict run_follows(const struct rules *rules, const struct run_subject *subject,
	const struct store_holder *holder, const struct store_contact *contact,
	const struct vcard *card, bool *add);

/* What a run to the subject's version does to a link: nothing is stored, so a look at it is what a
 * preview has, too. */
struct run_look {
	struct vcard *card;	   /* as it would be */
	struct update_state state; /* the same */
	const char *what;	   /* done to the card (update.h); NULL: nothing */
	bool proposed;		   /* it is only proposed to the holder */
};
/* NO: the rules don't admit it, or the card can't be read: it stays as it is. */
enum verdict run_look(const struct rules *rules, struct arena *arena,
	const struct run_subject *subject, const struct store_contact *contact,
	const struct store_holder *holder, int64_t now, struct run_look *look);

/* Starts account's run to `version`, or turns the one under way to it (from the first link on, to
 * the highest link id now; what that one has still to push is pushed). It is started also where
 * nobody is linked to the account, so that its owner can't tell that by what comes of a change; but
 * for a first profile, of which nothing is told, there is then nothing to start. One that is held
 * (run_hold()) stays so. The report of that version, if there is one, goes on with it (report.h).
 * Called by profile_publish() within its part of the turn. */
enum store_result run_start(const struct rules *rules, struct arena *arena, int64_t account,
	int64_t version, int64_t now);

/* Has account's run wait until then (0: it goes on); asked: for its owner's answer, without which
 * it ends at that time instead of beginning. Pushes of what it did before wait with one that is
 * asked about. STORE_NONE: there is no run. */
enum store_result run_hold(
	const struct rules *rules, int64_t account, int64_t starts_at, bool asked);

/* What held account's run, if anything, does so no more. */
enum store_result run_release(const struct rules *rules, int64_t account);

/* The cards that account's run, if there is one, was still to come to stay as they are, and nothing
 * more is offered, or reported. What it did before is pushed. */
enum store_result run_abandon(const struct rules *rules, int64_t account);

struct run_progress {
	size_t looked_at;    /* links */
	size_t updated;	     /* cards changed, or that was proposed, or the card was offered */
	bool cards_finished; /* and all offers are made, or none is to be worked on yet, since the
				run is held */
};
/* True if all cards of the run are done, and all offers made. */
bool run_is_finished(const struct store_run *run);
/* The next at most `max` links of account's run, inside the turn that is open: where the rules
 * admit, the card is brought up to date, the book's version raised, an update row (push set)
 * written, or all that proposed to the holder (matter.h); once these are done, the next of those to
 * whom the card is offered (roster_push.h). old: by which a question is too old (clock.h). The
 * cursor is stored. STORE_NONE: there is no run. */
enum store_result run_step(const struct rules *rules, struct arena *arena, int64_t account,
	size_t max, int64_t now, int64_t old, struct run_progress *progress);

/* A push that is due. */
struct run_push {
	int64_t update; /* id of the update row: for the cursor */
	bool skip;	/* by now the link, the rules or a take-back say so, or nothing of what was
			   done still holds in the card, because of a newer change or its holder */
	bool quiet;	/* the headline alone: the holder wants no words, or a summary tells it */
	int64_t owner;	/* account of the holder */
	const char *holder; /* its bare JID */
	const char *item;
	int64_t version;     /* of the book: of the contact as it stands */
	int64_t at;	     /* of the update */
	int64_t change;	     /* version of the subject's profile that it was for */
	const char *subject; /* bare JID of whose number changed */
	const char *token;   /* of the matter, where it is only proposed or offered (then the book
				didn't change, and there is no card but that which is offered);
				NULL: it was done */
	bool is_offer;	     /* the subject's card is offered to one who has no contact */
	const char *what;    /* update.h: the part that still holds in the card; NULL if skip, or
				is_offer */
	const char *text;    /* update_text() of that */
	const char *name;    /* vcard_name() of the card; NULL if skip */
	const char *card;    /* the stored contact, or what is offered; NULL if skip */
	size_t card_len;
};
/* The due pushes of account behind update id `after`, at most max, in order; rendered from the
 * update row and the stored card. What push points at is borrowed for the call; row returns 0 to go
 * on. */
enum store_result run_pushes(const struct rules *rules, struct arena *arena, int64_t account,
	int64_t after, size_t max, int (*row)(void *context, const struct run_push *push),
	void *context);

/* The server took all pushes up to update id: moves the second cursor. When the cards are finished
 * too and nothing is left to push, the run is removed, and its report is due. */
enum store_result run_pushed(const struct rules *rules, struct arena *arena, int64_t account,
	int64_t update, int64_t now);

#endif
