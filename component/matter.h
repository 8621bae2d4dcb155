/* Matters that wait for a person's answer: what is made of them, and what an answer does (design:
 * section 4, `updates` and `share`). Each is made, and ends, in the turn that is open.
 *
 * A proposal: a change of somebody's numbers that a run would have brought to a card, had its
 * holder not `updates = ask`. There is one for a link at most: a newer one takes its place. */
#ifndef KITH_MATTER_H
#define KITH_MATTER_H

#include <stdbool.h>
#include <stdint.h>

#include "component/rules.h"

struct arena;

#define MATTER_DAYS 30	     /* that a proposal waits */
#define MATTER_SHARE_DAYS 7  /* that a question about a card waits */
#define MATTER_SHARES_MAX 50 /* such questions that one account gets in that time */

enum matter_result {
	MATTER_OK,
	MATTER_NONE,	  /* answered before, too late, or by now there is nothing to decide */
	MATTER_OVERTAKEN, /* by a newer change, that is about to be proposed instead */
	MATTER_ERROR,	  /* the store failed */
};

/* Makes what (update.h), which would be done to the contact's card by the change to `version`, a
 * proposal to its holder, with the row by which the run pushes it, which is counted (gather.h:
 * holder is changed with its row). Nothing is done if just that is proposed already. */
enum matter_result matter_propose(const struct rules *rules, struct arena *arena,
	struct store_account *holder, const struct store_contact *contact, int64_t version,
	const char *what, int64_t now);

/* What a proposal comes to by now: what would be done to the card as it is (name: of whom it says
 * it is about), by the rules in force. OVERTAKEN and NONE as above; nothing is changed. */
struct matter_proposal {
	struct store_account holder;
	struct store_contact contact;
	struct vcard *card; /* as it would be */
	const char *what;
	const char *name;
};
enum matter_result matter_look(const struct rules *rules, struct arena *arena,
	const struct store_matter *matter, int64_t now, struct matter_proposal *proposal);

/* The answer to a proposal, which is gone then (unless OVERTAKEN). Accepted: the card is brought up
 * to date, and can be taken back; proposal->contact: as stored. Declined: it stays, and what was
 * proposed comes again only with a newer change of these numbers. */
enum matter_result matter_accept(const struct rules *rules, struct arena *arena,
	const struct store_matter *matter, int64_t now, struct matter_proposal *proposal);
enum matter_result matter_decline(const struct rules *rules, struct arena *arena,
	const struct store_matter *matter, int64_t now, struct matter_proposal *proposal);

/* A question to subject: sender asks to have the subject's card sent to receiver, a bare JID. NONE:
 * he was asked just that in these days, or too much: he isn't asked again, and nobody is told.
 * *matter: as made. */
enum matter_result matter_ask_share(const struct rules *rules, struct arena *arena,
	const struct store_account *subject, const struct store_account *sender,
	const char *receiver, int64_t now, struct store_matter *matter);

#endif
