/* The service's commands. XEP-0050 with XEP-0004. */
#ifndef KITH_ADHOC_H
#define KITH_ADHOC_H

#include <stdbool.h>

struct job;
struct xml;

struct adhoc_reply {
	bool failed; /* adhoc_try(): the request did, note says why; the rest is not set */
	bool completed;
	const char *session;	/* while not completed */
	const struct xml *form; /* to be filled in, or the result; NULL none */
	const char *note;	/* for a person; NULL */
	bool note_is_error;
};

/* Not called if the request fails: then the job has failed with the reason. The reply is borrowed
 * for the call. */
typedef void adhoc_done(struct job *job, const struct adhoc_reply *reply);

/* Executes node, or goes on with session: form (of the job's scratch arena; NULL none) is submitted
 * with action ("complete", "cancel"; NULL: the default). One at a time for a job. */
void adhoc_run(struct job *job, const char *node, const char *session, const char *action,
	struct xml *form, adhoc_done *done);

/* The same, but done is called also if the request fails, and the job goes on. */
void adhoc_try(struct job *job, const char *node, const char *session, const char *action,
	struct xml *form, adhoc_done *done);

#endif
