/* Memory that is freed all at once: a list of blocks and a pointer that moves through the newest.
 */
#include "config.h"

#include "common/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MIN 4096
#define BLOCK_MAX 65536
#define PRINTF_FIRST 256 /* bytes; what is longer is written twice */

struct block {
	struct block *next;
	size_t size; /* of data */
	max_align_t data[];
};

struct arena {
	struct block *head; /* the block that is being filled; larger single pieces lie behind it */
	size_t position;    /* in head */
	size_t used;
	size_t cap;
	bool failed;
};

struct arena *arena_new(size_t cap)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (arena)
		arena->cap = cap;
	return arena;
}

static void free_blocks(struct block *block)
{
	while (block) {
		struct block *next = block->next;

		free(block);
		block = next;
	}
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	free_blocks(arena->head);
	free(arena);
}

void arena_reset(struct arena *arena)
{
	if (arena->head) {
		free_blocks(arena->head->next);
		arena->head->next = NULL;
	}
	arena->position = 0;
	arena->used = 0;
	arena->failed = false;
}

static struct block *new_block(size_t size)
{
	struct block *block;

	if (size > SIZE_MAX - sizeof(*block))
		return NULL;
	block = malloc(sizeof(*block) + size);
	if (block)
		block->size = size;
	return block;
}

/* A piece that head has no room for. */
static char *take_from_new_block(struct arena *arena, size_t size)
{
	size_t head_size = arena->head ? arena->head->size : 0;
	size_t want = head_size ? head_size * 2 : BLOCK_MIN;
	struct block *block;

	if (want > BLOCK_MAX)
		want = BLOCK_MAX;
	/* A large piece gets a block of its own, so that the rest of head isn't lost. */
	if (arena->head && size > want / 4) {
		block = new_block(size);
		if (!block)
			return NULL;
		block->next = arena->head->next;
		arena->head->next = block;
		return (char *)block->data;
	}
	/* The first block is kept by arena_reset(): it is never of an odd, large size. */
	if (!arena->head && size > want) {
		arena->head = new_block(want);
		if (!arena->head)
			return NULL;
		arena->head->next = NULL;
		arena->position = 0;
		return take_from_new_block(arena, size);
	}
	block = new_block(want);
	if (!block)
		return NULL;
	block->next = arena->head;
	arena->head = block;
	arena->position = size;
	return (char *)block->data;
}

static inline bool may_take(const struct arena *arena, size_t size)
{
	return !arena->failed &&
	       (!arena->cap || (arena->used <= arena->cap && size <= arena->cap - arena->used));
}

/* take() where there is no room in head, or it may not. */
static char *take_elsewhere(struct arena *arena, size_t size)
{
	char *memory = may_take(arena, size) ? take_from_new_block(arena, size) : NULL;

	if (memory)
		arena->used += size;
	else
		arena->failed = true;
	return memory;
}

/* Memory that isn't zeroed; align is a power of two. */
static inline char *take(struct arena *arena, size_t size, size_t align)
{
	size_t start = (arena->position + align - 1) & ~(align - 1);
	struct block *head = arena->head;

	if (size == 0)
		size = 1;
	if (!head || start > head->size || size > head->size - start || !may_take(arena, size))
		return take_elsewhere(arena, size);
	arena->position = start + size;
	arena->used += size;
	return (char *)head->data + start;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	char *memory = take(arena, size, _Alignof(max_align_t));

	return memory ? memset(memory, 0, size) : NULL;
}

static char *copy(struct arena *arena, const char *text, size_t len)
{
	char *copied = take(arena, len + 1, 1);

	if (copied) {
		memcpy(copied, text, len);
		copied[len] = '\0';
	}
	return copied;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return text ? copy(arena, text, strlen(text)) : NULL;
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
	return text ? copy(arena, text, strnlen(text, len)) : NULL;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	char first[PRINTF_FIRST];
	va_list args;
	char *text = NULL;
	int len;

	va_start(args, format);
	len = vsnprintf(first, sizeof(first), format, args);
	va_end(args);
	if (len < 0) {
		arena->failed = true;
		return NULL;
	}
	text = take(arena, (size_t)len + 1, 1);
	if (text && (size_t)len < sizeof(first)) {
		memcpy(text, first, (size_t)len + 1);
	} else if (text) {
		va_start(args, format);
		vsnprintf(text, (size_t)len + 1, format, args);
		va_end(args);
	}
	return text;
}

bool arena_failed(const struct arena *arena)
{
	return arena->failed;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}
