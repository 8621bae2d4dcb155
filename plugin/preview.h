/* How many a change of one's own numbers would reach, asked of the service (its command `preview`,
 * XEP-0050), and whether it is to be made. */
#ifndef KITH_PREVIEW_H
#define KITH_PREVIEW_H

#include <stdbool.h>

struct job;

/* A change: number NULL: the one that it replaces is given up; replaces NULL: it is one more, of
 * that kind. As they are, or will be, in the card. */
struct preview {
	const char *number, *replaces, *kind;
	bool is_confirmed;	     /* it is only shown, not asked about */
	void (*go)(struct job *job); /* makes the change */
};

/* Shows the preview, or why there is none, asks the person unless that is settled, and goes on with
 * `go`, or ends the job. preview is of the job's arena. One at a time for a job, in job->preview.
 */
void preview_show(struct job *job, struct preview *preview);

/* Answers the newest preview that waits for a yes. False: none does. */
bool preview_confirm(struct job *job);

#endif
