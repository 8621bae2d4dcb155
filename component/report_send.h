/* Tells owners what their changes came to (report.h), once each, in the windows of the fan-out: a
 * report counts as told when the server took its window. One whose window is lost comes again, with
 * the same id. */
#ifndef KITH_REPORT_SEND_H
#define KITH_REPORT_SEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct service;
struct window;

#define REPORTS_A_WINDOW 64

/* On their way. Empty and with is_stale set at first. */
struct report_queue {
	struct report_sent {
		int64_t account, version;
		bool is_taken;	/* by the server */
		bool is_stored; /* as told, in a turn that may yet be rolled back */
	} sent[REPORTS_A_WINDOW];
	size_t count;
	bool is_stale;	/* the store may have others */
	int64_t due_at; /* seconds UTC: none is due before */
};

/* A run ended, or the stream. */
void report_queue_wake(struct report_queue *queue);
void report_queue_cut(struct report_queue *queue);

/* True if there may be one to send at `now`. */
bool report_queue_is_due(const struct report_queue *queue, int64_t now);
/* Sends those that are due, as far as the window has room, in the open turn, which is only read.
 * -1: the store failed. */
int report_queue_send(struct report_queue *queue, struct service *service, struct window *window,
	struct arena *arena, int64_t now);

/* The server took the window. */
void report_queue_taken(struct report_queue *queue);
/* True if there is something to store: that what it took is told. In the open turn; then that was
 * committed, or rolled back. -1: the store failed. */
bool report_queue_has(const struct report_queue *queue);
int report_queue_store(struct report_queue *queue, struct service *service);
void report_queue_committed(struct report_queue *queue);
void report_queue_rolled_back(struct report_queue *queue);

#endif
