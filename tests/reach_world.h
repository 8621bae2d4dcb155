/* A plain model of whose card follows whose numbers, and of what their holders are told, held
 * against a fan-out stanza by stanza; and the server that is played for it. For test_reach.c. */
#ifndef KITH_TESTS_REACH_WORLD_H
#define KITH_TESTS_REACH_WORLD_H

#include "tests/fanout_fake.h"

#define SUBJECTS 2
#define HOLDERS 90 /* of each; more than a step of cards */
#define NUMBERS 60 /* of each, one after the other */

/* A card, and what its holder was told of it. */
struct reach_link {
	bool exists;
	int64_t owner;	   /* account of the holder */
	bool has[NUMBERS]; /* what the card had at any time */
	int held;	   /* what it has now, by the store */
	size_t left_at;	   /* he took a change back when there were so many; 0: he didn't */
	bool is_behind;	   /* let in by what brings nothing along before the next change */
	int owed;	   /* a run changed the card to that, and he is to be told; -1: nothing */
	size_t told_place; /* in the subject's changes, of what he was told last */
	int told, told_in_window; /* the server has it; it is on its way; -1: nothing */
};

struct reach_subject {
	int64_t account;
	int changes[NUMBERS * 4]; /* all numbers, in order */
	size_t count;
	int highest; /* number that was used */
	bool hidden;
	int audience;
	bool blocked[HOLDERS];
	struct reach_link links[HOLDERS];
};

struct reach_holder {
	int updates;
	bool pushes, paused;
};

/* A push that went out once. */
struct reach_push {
	char id[64];
	unsigned stream;
	bool is_taken;	/* the server said so, and the fan-out heard it */
	bool is_stored; /* and the store */
};

struct reach {
	struct fake *fake;
	uint64_t number; /* seed */
	int operation;
	int audience; /* of the conf */
	struct reach_subject subjects[SUBJECTS];
	struct reach_holder holders[SUBJECTS][HOLDERS];
	struct reach_push *pushes;
	size_t push_count, push_size;
	unsigned stream;
	size_t seen; /* of what was sent */
	bool is_up;
};

struct reach_figures {
	unsigned long changes, pushes, cuts, crashes, rollbacks, bounces, repeats;
};
extern struct reach_figures reach_figures;

extern const char *const reach_subjects[SUBJECTS];

/* Where a failure is. */
#define HERE "seed %d, operation %d: "
#define AT(world) (int)(world)->number, (world)->operation

const char *reach_holder(struct reach *world, int s, int h); /* the JID */
int reach_current(const struct reach_subject *subject);
/* May h follow s, by the rules of s? */
bool reach_admits(const struct reach *world, int s, int h);
/* Reads what the cards have now. by_run: nothing but a run can have changed them. */
void reach_look_at_cards(struct reach *world, bool by_run);

/* The stream ends, or begins; kithd is killed, and starts again. */
void reach_cut(struct reach *world);
void reach_up(struct reach *world);
void reach_crash(struct reach *world);
/* Half a turn each: a small batch of cards, committed or rolled back; what is due is sent, and
 * looked at. Then turns until nothing is left to do. */
void reach_cards(struct reach *world, bool is_kept);
void reach_pushes(struct reach *world, size_t room_bytes);
void reach_turns(struct reach *world);
/* The server answers the ping. is_lost: only the second time that it is asked. */
void reach_answer(struct reach *world, bool is_lost);
/* What was sent comes back, if it was a push. */
void reach_bounce(struct reach *world, size_t which, bool is_full);

/* All that is under way ends; then everybody has and was told what he must. */
void reach_end(struct reach *world);

#endif
