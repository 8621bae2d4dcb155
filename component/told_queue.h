/* Messages on their way, of which the store is to know once the server took them: a window of them
 * at a time. Where the window is lost they are forgotten here, and are due again. */
#ifndef KITH_TOLD_QUEUE_H
#define KITH_TOLD_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOLD_A_WINDOW 64

struct told {
	int64_t account, mark; /* whose, and what or up to what: as it is stored */
	bool is_sent;	       /* its turn was committed */
	bool is_taken;	       /* by the server, or nobody wants to hear it */
	bool is_stored;	       /* as told, in a turn that may yet be rolled back */
};

/* All 0 at first. */
struct told_queue {
	struct told list[TOLD_A_WINDOW];
	size_t count;
};

/* There must be room. */
void told_queue_add(struct told_queue *queue, struct told told);
/* The server took the window; the stream ended. */
void told_queue_taken(struct told_queue *queue);
void told_queue_cut(struct told_queue *queue);

/* True if there is something to store: that what was taken is told. In the open turn, by calling
 * store for each; then that was committed, or rolled back. -1: store did. */
bool told_queue_has(const struct told_queue *queue);
int told_queue_store(struct told_queue *queue, int (*store)(void *context, const struct told *told),
	void *context);
void told_queue_committed(struct told_queue *queue);
void told_queue_rolled_back(struct told_queue *queue);

#endif
