/* Ad-hoc commands under way; see sessions.h. */
#include "component/sessions.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/siphash.h"

#define SESSIONS_MAX 256
#define OWN_MAX 8	     /* of one owner */
#define STAGES_MAX 8	     /* of one session that can be gone back through */
#define BYTES_MAX 8192	     /* of the forms of one session */
#define OVER_MAX 4096	     /* that are over, the newest */
#define OVER_A_TURN_MAX 1024 /* of them that one turn ended; it has fewer stanzas */

struct session {
	char id[SESSION_ID_SIZE]; /* "": none */
	uint64_t owner;		  /* hash of its JID */
	int64_t at;
	char *forms[STAGES_MAX]; /* NULL: the first stage */
	size_t count, bytes;
	bool is_touched; /* in this turn */
};

struct sessions {
	const unsigned char *key; /* of the hashes */
	struct session list[SESSIONS_MAX];
	uint64_t over[OVER_MAX]; /* hashes, a ring */
	size_t over_count;	 /* ever */
	size_t over_settled;	 /* of them by turns that were committed */
	bool is_touched;	 /* is any of the list, in this turn */
};

struct sessions *sessions_new(const unsigned char key[16])
{
	struct sessions *sessions = calloc(1, sizeof(*sessions));

	if (sessions)
		sessions->key = key;
	return sessions;
}

static void forget_stages(struct session *session)
{
	while (session->count > 0)
		free(session->forms[--session->count]);
	session->bytes = 0;
}

void sessions_free(struct sessions *sessions)
{
	if (!sessions)
		return;
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		forget_stages(&sessions->list[i]);
	free(sessions);
}

static uint64_t hash_of(const struct sessions *sessions, const char *text)
{
	return siphash(sessions->key, text, strlen(text));
}

static struct session *find(const struct sessions *sessions, const char *id)
{
	for (size_t i = 0; *id && i < SESSIONS_MAX; i++)
		if (strcmp(sessions->list[i].id, id) == 0)
			return (struct session *)&sessions->list[i];
	return NULL;
}

static void drop(struct session *session)
{
	forget_stages(session);
	*session = (struct session){.count = 0};
}

/* A free place, or that of the session that rested longest, of the owner's where it has many. */
static struct session *take_place(struct sessions *sessions, uint64_t owner)
{
	struct session *place = NULL, *oldest_own = NULL;
	size_t own = 0;

	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct session *each = &sessions->list[i];

		if (!each->id[0]) {
			if (!place || place->id[0])
				place = each;
			continue;
		}
		if (!place || (place->id[0] && each->at < place->at))
			place = each;
		if (each->owner != owner)
			continue;
		own++;
		if (!oldest_own || each->at < oldest_own->at)
			oldest_own = each;
	}
	if (own >= OWN_MAX)
		place = oldest_own;
	drop(place);
	return place;
}

void sessions_advance(
	struct sessions *sessions, const char *id, const char *owner, int64_t now, const char *form)
{
	struct session *session = find(sessions, id);
	size_t len = form ? strlen(form) + 1 : 0;
	char *copy = form ? strdup(form) : NULL;

	if (!session && strlen(id) < sizeof(session->id)) {
		session = take_place(sessions, hash_of(sessions, owner));
		strcpy(session->id, id);
		session->owner = hash_of(sessions, owner);
	}
	if (!session || (form && !copy)) {
		free(copy);
		return;
	}
	session->at = now;
	session->is_touched = sessions->is_touched = true;
	if (!form) /* it begins again */
		forget_stages(session);
	if (session->count == STAGES_MAX || session->bytes + len > BYTES_MAX)
		forget_stages(session); /* the way back ends here */
	if (len <= BYTES_MAX) {
		session->forms[session->count++] = copy;
		session->bytes += len;
	} else {
		free(copy);
	}
}

bool sessions_has_way_back(const struct sessions *sessions, const char *id)
{
	const struct session *session = find(sessions, id);

	return session && session->count > 1;
}

bool sessions_back(struct sessions *sessions, struct arena *arena, const char *id,
	const char **form, const char **filled)
{
	struct session *session = find(sessions, id);
	char *last;

	if (!session || session->count < 2)
		return false;
	last = session->forms[--session->count];
	*filled = arena_strdup(arena, last);
	session->bytes -= last ? strlen(last) + 1 : 0;
	free(last);
	session->is_touched = sessions->is_touched = true;
	*form = arena_strdup(arena, session->forms[session->count - 1]);
	return true;
}

void sessions_cut(struct sessions *sessions, const char *id)
{
	struct session *session = find(sessions, id);

	if (session)
		forget_stages(session);
}

void sessions_end(struct sessions *sessions, const char *id)
{
	struct session *session = find(sessions, id);

	if (session)
		drop(session);
	if (sessions->over_count - sessions->over_settled < OVER_A_TURN_MAX)
		sessions->over[sessions->over_count++ % OVER_MAX] = hash_of(sessions, id);
}

bool sessions_is_over(const struct sessions *sessions, const char *id)
{
	size_t count = sessions->over_count < OVER_MAX ? sessions->over_count : OVER_MAX;
	uint64_t hash = hash_of(sessions, id);

	for (size_t i = 0; i < count; i++)
		if (sessions->over[i] == hash)
			return true;
	return false;
}

void sessions_settle(struct sessions *sessions, bool is_committed)
{
	for (size_t i = 0; sessions->is_touched && i < SESSIONS_MAX; i++) {
		if (sessions->list[i].is_touched && !is_committed)
			drop(&sessions->list[i]);
		sessions->list[i].is_touched = false;
	}
	sessions->is_touched = false;
	while (!is_committed && sessions->over_count > sessions->over_settled)
		sessions->over[--sessions->over_count % OVER_MAX] = 0;
	sessions->over_settled = sessions->over_count;
}
