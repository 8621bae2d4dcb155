/* Whose turn it is: no account keeps the others waiting (design: section 1, "Bounded").
 *
 * All stanzas come through one link, and are handled as they come; a server without limits of its
 * own hands on whatever a client sends. So who sends requests that take milliseconds, thousands of
 * them, would have everybody else stand behind them. Rates (rates.h) are no help there: they count
 * what a person does in hours, and reading the own book isn't counted at all.
 *
 * So the time that an account's stanzas took, their reading included, is summed up: a tenth of a
 * second may be used at once, and an eighth of all time later on. What comes from an account that
 * is over it, and all that comes from it behind that, so that its order stays, is put aside: to be
 * handled when nothing else waits, one account after the other, or once the account is below it
 * again. Nobody notices that on a service that isn't busy. What an account has put aside is
 * bounded, and what is put aside in all. What is beyond it has to wait in the link if the account
 * is the only one that there is work for, as who fills a book with all requests at once at night;
 * while there are others, it is refused, which costs next to nothing, as a request that is to come
 * again (resource-constraint, type wait).
 *
 * Answers to what the service asked, and what a server says itself, are never put aside; what it
 * delegates (XEP-0355) is of the account that sent it. */
#ifndef KITH_FAIR_H
#define KITH_FAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fair;
struct xml;

/* All times are of a monotonic clock, in microseconds. The caller frees it with fair_free(). NULL:
 * no memory, or no random key. */
struct fair *fair_new(void);
void fair_free(struct fair *fair);

enum fair_verdict {
	FAIR_NOW,   /* to be handled */
	FAIR_LATER, /* it is put aside: a copy is kept */
	FAIR_ALONE, /* there is no room, and no other account: the next that was put aside is to be
		       handled (fair_next(), idle), and this one asked about again */
	FAIR_FULL,  /* to be refused */
};
enum fair_verdict fair_admit(struct fair *fair, const struct xml *stanza, int64_t now);

/* A stanza took so long, also if it was not admitted. What takes next to nothing, such as a ping,
 * isn't counted. */
void fair_charge(struct fair *fair, const struct xml *stanza, int64_t took, int64_t now);

/* The next that was put aside and may be handled; is_idle: nothing else waits, neither to be
 * handled nor to be sent, so any may. Borrowed until the next call. NULL: none. */
const struct xml *fair_next(struct fair *fair, bool is_idle, int64_t now);
bool fair_has_any(const struct fair *fair);

/* The connection is gone on which they came: what was put aside is forgotten. */
void fair_clear(struct fair *fair);

#endif
