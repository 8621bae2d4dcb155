/* Pacing by XEP-0199 2.0.1 pings; see window.h. */
#include "component/window.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/log.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/feature.h"

#define PING_ID_SIZE 64 /* of service_random_id(), with room to spare */

struct window {
	bool is_up, was_up;
	size_t size, sent;
	char ping[PING_ID_SIZE];       /* id of the ping under way; "" none */
	char pinged[JID_PART_MAX + 1]; /* the domain that it went to */
	int64_t pinged_ms, asked_ms;   /* the first time, and the last */
	/* The pushes sent last, by whose id a bounce is known; "" for one that came back. An old
	 * one goes when a new one comes. */
	struct {
		char id[PUSH_ID_SIZE];
		struct window_push push;
	} recent[WINDOW_MOST];
	size_t recent_next;
	char *paused[WINDOW_PAUSED_MAX]; /* by hash; a later one takes the place of an earlier */
	uint64_t bounces;
};

struct window *window_new(void)
{
	struct window *window = calloc(1, sizeof(*window));

	if (window != NULL)
		window->size = WINDOW_FIRST;
	return window;
}

/* The one that was sent `ago` before the next. */
static size_t recent_at(const struct window *window, size_t ago)
{
	return (window->recent_next + WINDOW_MOST - ago) % WINDOW_MOST;
}

/* What of the window the server took isn't known, and it will be sent again: what comes back of it
 * until then doesn't count. */
static void forget(struct window *window)
{
	for (size_t ago = 1; ago <= window->sent; ago++)
		window->recent[recent_at(window, ago)].id[0] = '\0';
	window->sent = 0;
	window->ping[0] = '\0';
}

void window_free(struct window *window)
{
	if (window == NULL)
		return;
	for (size_t i = 0; i < WINDOW_PAUSED_MAX; i++)
		free(window->paused[i]);
	free(window);
}

static size_t within(size_t size)
{
	if (size < WINDOW_LEAST)
		return WINDOW_LEAST;
	return size > WINDOW_MOST ? WINDOW_MOST : size;
}

void window_up(struct window *window)
{
	forget(window);
	if (window->was_up)
		window->size = within(window->size / 2);
	window->is_up = true;
	window->was_up = true;
}

void window_down(struct window *window)
{
	forget(window);
	window->is_up = false;
}

bool window_is_open(const struct window *window)
{
	return window->is_up && window->ping[0] == '\0';
}

size_t window_sent(const struct window *window)
{
	return window->sent;
}

size_t window_left(const struct window *window)
{
	return window->size - window->sent;
}

void window_add(struct window *window, const char id[PUSH_ID_SIZE], const struct window_push *push)
{
	memcpy(window->recent[window->recent_next].id, id, PUSH_ID_SIZE);
	window->recent[window->recent_next].push = push ? *push : (struct window_push){0};
	window->recent_next = (window->recent_next + 1) % WINDOW_MOST;
	window->sent++;
}

static struct xml *make_ping(struct arena *arena, const char *from, const char *to, const char *id)
{
	struct xml *iq = xml_new(arena, NS_COMPONENT, "iq");

	xml_set(arena, iq, "type", "get");
	xml_set(arena, iq, "from", from);
	xml_set(arena, iq, "to", to);
	xml_set(arena, iq, "id", id);
	xml_add(arena, iq, NS_PING, "ping");
	return arena_failed(arena) ? NULL : iq;
}

struct xml *window_close(struct window *window, struct arena *arena, const char *from,
	const char *to, int64_t now_ms)
{
	const char *id = service_random_id(arena);
	struct xml *iq = make_ping(arena, from, to, id);

	if (id == NULL || iq == NULL)
		return NULL;
	assert(strlen(id) < sizeof(window->ping) && strlen(to) < sizeof(window->pinged));
	snprintf(window->ping, sizeof(window->ping), "%s", id);
	snprintf(window->pinged, sizeof(window->pinged), "%s", to);
	window->pinged_ms = window->asked_ms = now_ms;
	return iq;
}

struct xml *window_ping_again(
	struct window *window, struct arena *arena, const char *from, int64_t now_ms)
{
	struct xml *iq;

	if (window->ping[0] == '\0' || now_ms - window->asked_ms < WINDOW_AGAIN_MS)
		return NULL;
	iq = make_ping(arena, from, window->pinged, window->ping);
	if (iq != NULL)
		window->asked_ms = now_ms;
	return iq;
}

/* A window that was full says how much the server takes in the time that an answer should need; one
 * that wasn't can only show that even that is too much. */
static void resize(struct window *window, int64_t took_ms)
{
	size_t least = window->size / 2, most = window->size * 2, next = most;

	if (took_ms > 0)
		next = window->sent * WINDOW_TARGET_MS / (size_t)took_ms;
	if (window->sent < window->size)
		most = window->size;
	if (next < least)
		next = least;
	if (next > most)
		next = most;
	window->size = within(next);
}

/* holder: the resource of a full JID doesn't count. */
static size_t slot_of(const char *holder)
{
	uint32_t hash = 2166136261; /* FNV-1a */

	for (const char *c = holder; *c != '\0' && *c != '/'; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619;
	return hash % WINDOW_PAUSED_MAX;
}

static void pause_holder(struct window *window, const char *from)
{
	size_t len = strcspn(from, "/");
	char *bare = len <= JID_MAX ? strndup(from, len) : NULL;
	size_t slot;

	if (bare == NULL)
		return;
	slot = slot_of(bare);
	free(window->paused[slot]);
	window->paused[slot] = bare;
}

/* How long ago the push of that id was sent, from 1; 0: it isn't remembered. */
static size_t find_recent(const struct window *window, const char *id)
{
	for (size_t ago = 1; ago <= WINDOW_MOST; ago++) {
		if (strcmp(window->recent[recent_at(window, ago)].id, id) == 0)
			return ago;
	}
	return 0;
}

static void bounced(struct window *window, const struct xml *message, const char *from, size_t ago,
	struct window_bounce *bounce)
{
	const struct xml *error = xml_child(message, NULL, "error");
	size_t at = recent_at(window, ago);
	char who[256];

	bounce->push = window->recent[at].push;
	bounce->is_full = xml_child(error, NS_STANZA_ERROR, "resource-constraint") != NULL;
	bounce->is_taken = ago > window->sent;
	window->recent[at].id[0] = '\0';
	window->bounces++;
	if (bounce->is_full)
		pause_holder(window, from);
	log_debug("fanout: push to %s came back%s", log_escape(who, sizeof(who), from),
		bounce->is_full ? ": offline box is full" : "");
}

enum window_answer window_answer(struct window *window, const struct xml *stanza, int64_t now_ms,
	struct window_bounce *bounce)
{
	const char *type = xml_get(stanza, "type"), *from = xml_get(stanza, "from"),
		   *id = xml_get(stanza, "id");
	bool is_error;
	size_t ago;

	if (type == NULL || from == NULL || id == NULL || id[0] == '\0')
		return WINDOW_OTHER;
	is_error = strcmp(type, "error") == 0;
	if (strcmp(stanza->name, "message") == 0 && is_error &&
		(ago = find_recent(window, id)) > 0) {
		bounced(window, stanza, from, ago, bounce);
		return WINDOW_BOUNCED;
	}
	if (strcmp(stanza->name, "iq") != 0 || (!is_error && strcmp(type, "result") != 0) ||
		strcmp(from, window->pinged) != 0 || strcmp(id, window->ping) != 0)
		return WINDOW_OTHER;
	resize(window, now_ms - window->pinged_ms);
	window->ping[0] = '\0';
	window->sent = 0;
	return WINDOW_TAKEN;
}

bool window_is_paused(const struct window *window, const char *holder)
{
	const char *paused = window->paused[slot_of(holder)];

	return paused != NULL && strcmp(paused, holder) == 0;
}

void window_seen(struct window *window, const struct xml *stanza)
{
	const char *type = xml_get(stanza, "type"), *from = xml_get(stanza, "from");
	size_t len;
	char **paused;

	if (from == NULL || (type != NULL && strcmp(type, "error") == 0))
		return;
	len = strcspn(from, "/");
	paused = &window->paused[slot_of(from)];
	if (*paused == NULL || strncmp(*paused, from, len) != 0 || (*paused)[len] != '\0')
		return;
	free(*paused);
	*paused = NULL;
}

uint64_t window_bounces(const struct window *window)
{
	return window->bounces;
}
