/* Messages on their way; see told_queue.h. */
#include "component/told_queue.h"

#include <assert.h>

void told_queue_add(struct told_queue *queue, struct told told)
{
	assert(queue->count < TOLD_A_WINDOW);
	queue->list[queue->count++] = told;
}

void told_queue_taken(struct told_queue *queue)
{
	for (size_t i = 0; i < queue->count; i++)
		queue->list[i].is_taken |= queue->list[i].is_sent;
}

static void drop(struct told_queue *queue, bool (*is_over)(const struct told *told))
{
	size_t kept = 0;

	for (size_t i = 0; i < queue->count; i++) {
		if (!is_over(&queue->list[i]))
			queue->list[kept++] = queue->list[i];
	}
	queue->count = kept;
}

static bool is_lost(const struct told *told)
{
	return !told->is_taken;
}

void told_queue_cut(struct told_queue *queue)
{
	drop(queue, is_lost);
}

bool told_queue_has(const struct told_queue *queue)
{
	for (size_t i = 0; i < queue->count; i++) {
		if (queue->list[i].is_taken)
			return true;
	}
	return false;
}

int told_queue_store(struct told_queue *queue, int (*store)(void *context, const struct told *told),
	void *context)
{
	for (size_t i = 0; i < queue->count; i++) {
		struct told *told = &queue->list[i];

		if (told->is_taken && store(context, told) != 0)
			return -1;
		told->is_stored = told->is_taken;
	}
	return 0;
}

static bool is_stored(const struct told *told)
{
	return told->is_stored;
}

void told_queue_committed(struct told_queue *queue)
{
	drop(queue, is_stored);
	for (size_t i = 0; i < queue->count; i++)
		queue->list[i].is_sent = true;
}

static bool is_unsent(const struct told *told)
{
	return !told->is_sent;
}

void told_queue_rolled_back(struct told_queue *queue)
{
	drop(queue, is_unsent);
	for (size_t i = 0; i < queue->count; i++)
		queue->list[i].is_stored = false;
}
