/* Keeping local book and service in step, both ways (design: sections 1.4 and 3, "sync").
 *
 * A run: read what happened on the service behind our position (XEP-0313), merge each contact with
 * its local entry, publish what the service lacks, and read again until nothing is left to do.
 * Headlines and pushes are reasons to run, nothing more. */
#ifndef KITH_SYNC_H
#define KITH_SYNC_H

#include <stdbool.h>

struct job;
struct kith;
struct sync;
struct xml;

struct sync *sync_new(void);
void sync_free(struct sync *sync);

/* ok: book and service are in step as of now; else why says why not. */
typedef void sync_done(struct job *job, bool ok, const char *why);
/* Calls done when both are in step, at once if they are; force: after a run that begins now or
 * later. */
void sync_ensure(struct kith *kith, struct job *job, bool force, sync_done *done);
/* The job doesn't wait any more. */
void sync_forget(struct kith *kith, const struct job *job);
/* What the last run came to, in contacts. */
struct sync_counts {
	unsigned received, sent;
	unsigned left_out; /* new ones, for which the service has no room */
	bool is_limited;   /* it ended at a limit of the service, which passes */
};
void sync_counts(const struct kith *kith, struct sync_counts *counts);
/* KITH_EVENT_SYNCED, of the last run; job NULL: by itself. */
void sync_tell(struct kith *kith, struct job *job);

/* The book changed on the service; archive_id: of the change, NULL if not told. */
void sync_hint(struct kith *kith, const char *archive_id);
/* True if message was a result of the query under way. The sender was checked. */
bool sync_result(struct kith *kith, const struct xml *message);
/* Begins a run that is due, or goes on with one. */
void sync_tick(struct kith *kith);
/* True if it has work that waits for sync_tick() alone. */
bool sync_is_working(const struct kith *kith);
/* Runs that are due don't begin while the book is being filled. */
void sync_hold(struct kith *kith, bool hold);
/* The connection is new, or gone: nobody knows what changed meanwhile. */
void sync_reset(struct kith *kith);

#endif
