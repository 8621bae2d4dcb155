/* Whom a command means: contacts of the book by name, part of a name, e-mail, number or JID; and
 * the choice where there are several. */
#ifndef KITH_WHO_H
#define KITH_WHO_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct event;
struct job;
struct kith;
struct offer;
struct vcard;

struct hit {
	const char *item; /* item id; NULL: an entry that the service doesn't have yet */
	const char *name;
	const char *link; /* account that it is linked to; NULL */
	const char *file; /* entry of the local book; NULL */
	bool in_service;
	const struct vcard *card; /* as on the service, else as in the book */
	int rank;		  /* how well it matches; more is better */
};

/* The contacts that match text (NULL: all), those that match best alone, in order of name; in the
 * arena. 0, or -1: state, book or memory failed. */
int who_find(
	struct kith *kith, struct arena *arena, const char *text, struct hit **hits, size_t *count);
/* The bare JID to reach a contact by: whom it is linked to, else what its card says; NULL: none. */
const char *who_jid(const struct hit *hit);
/* item, name, jid, where, file, tel, email ... of a contact. The texts are borrowed. */
void who_describe(struct kith *kith, const struct hit *hit, struct event *event);

/* hit NULL: there is none. */
typedef void who_picked(struct job *job, const struct hit *hit);
/* Finds whom text means; of several asks which, if n doesn't say (0). words: what is to be typed to
 * choose, with the number behind. Only those of want() count (NULL: all). A choice of nobody ends
 * the job. */
void who_pick(struct job *job, const char *text, unsigned n, const char *words,
	bool (*want)(const struct hit *hit), who_picked *picked);

/* Takes "2" off the end of the job's words, of which `least` must stay: 0 if there is none. */
unsigned who_take_number(struct job *job, size_t least);

/* What was last offered for choice, so that a number typed later means what was shown. */
void offer_free(struct offer *offer);
/* Remembers the ids that were offered for key. */
void offer_set(struct kith *kith, const char *key, const char *const *ids, size_t count);
/* The n-th of them, from 1; NULL: nothing was offered for key. Borrowed until the next offer. */
const char *offer_get(const struct kith *kith, const char *key, unsigned n);

#endif
