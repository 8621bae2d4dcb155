/* Tells owners what their changes came to (report.h), once each, in the windows of the fan-out: a
 * report counts as told when the server took its window. One whose window is lost comes again, with
 * the same id. */
#ifndef KITH_REPORT_SEND_H
#define KITH_REPORT_SEND_H

#include <stdbool.h>
#include <stdint.h>

#include "component/told_queue.h"

struct arena;
struct service;
struct window;

/* Empty and with is_stale set at first. */
struct report_queue {
	struct told_queue told; /* those on their way */
	bool is_stale;		/* the store may have others */
	int64_t due_at;		/* seconds UTC: none is due before */
};

/* A run ended. */
void report_queue_wake(struct report_queue *queue);

/* True if there may be one to send at `now`. */
bool report_queue_is_due(const struct report_queue *queue, int64_t now);
/* Sends those that are due, as far as the window has room, in the open turn, which is only read.
 * -1: the store failed. */
int report_queue_send(struct report_queue *queue, struct service *service, struct window *window,
	struct arena *arena, int64_t now);

/* Stores that what the server took of them is told, in the open turn. -1: the store failed. */
int report_queue_store(struct report_queue *queue, struct service *service);

#endif
