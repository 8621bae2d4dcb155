/* Proposals that a contact be linked to an account (design: 1, "Linked by JID, never by number",
 * and section 4, "Link"): a contact that is linked to nobody has a number or an e-mail address
 * which belongs to exactly one account that its holder may find by it. Nothing is linked unless he
 * says so.
 *
 * What is looked up is what a search would find (directory.h: `findable` within `visible`, groups,
 * blocks), so who may not be found is as if he weren't there: neither does he come up, nor does he
 * make two of one. Only numbers that have a country code count; digits alone are another number in
 * another book. A number that is claimed is not proved: so both are shown with name, address, and
 * what they have in common, and of two who claim one none comes up.
 *
 * Each number and each address that is looked up counts as a search (rates.h): whoever goes through
 * numbers by writing them into the own book comes no further than by searching. A card with more
 * than LINKING_TERMS_MAX of them is passed over. Looking at an open proposal looks nothing up but
 * whether just that account still has it: else a card could be turned into a search for free, by
 * what a second number makes of it. */
#ifndef KITH_LINKING_H
#define KITH_LINKING_H

#include "component/feature.h"

struct arena;
struct xml;

#define LINKING_TERMS_MAX 16	   /* numbers and addresses of a card that are looked up */
#define LINKING_OPEN_MAX 50	   /* proposals that wait for one account at a time */
#define LINKING_DECLINED_MAX 500   /* that it declined, and that are remembered, */
#define LINKING_DECLINED_DAYS 3650 /* so long, or as long as the contact is there */

enum linking_result {
	LINKING_NOTHING,    /* to be proposed, or it is already, or was declined */
	LINKING_PROPOSED,   /* a matter is made (MATTER_LINK) */
	LINKING_FULL,	    /* too many wait for an answer: to be looked at again later */
	LINKING_LOW,	    /* so it is, since its holder had as many searches as he has */
	LINKING_LOW_IN_ALL, /* or all had */
	LINKING_ERROR,	    /* the store failed */
};

/* Looks at a contact of holder's that is linked to nobody. A proposal of what it was before goes.
 */
enum linking_result linking_consider(const struct rules *rules, struct arena *arena,
	const struct store_account *holder, const struct store_contact *contact, int64_t now);

/* What a proposal comes to by now: for a person, both identities; NULL where nothing is left of
 * it. -1: the store failed. */
int linking_text(const struct rules *rules, struct arena *arena, const struct store_matter *matter,
	const char **text);

/* The message of one proposal, which is text; and that of many, with the link to all that waits. */
struct xml *linking_message(struct arena *arena, const char *service, const char *to,
	const char *id, const char *text, const char *token);
struct xml *linking_summary(
	struct arena *arena, const char *service, const char *to, const char *id, size_t count);

/* As linking_text(), for the list of what waits. ANSWER_RESULT or INTERNAL_SERVER_ERROR. */
enum answer linking_describe(
	struct request *request, const struct store_matter *matter, const char **text);
/* The answer: the contact is linked, keeps its item id, and is brought up to date (book_link()); or
 * the two are not proposed again. *note: what came of it. */
enum answer linking_decide(struct request *request, const struct store_account *account,
	const struct store_matter *matter, bool yes, const char **note);

#endif
