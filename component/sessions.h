/* What is remembered of ad-hoc commands under way (XEP-0050, 2.4.2, 2.4.3 and 4.4): by which forms
 * each stage was come to, so that there is a way back to the one before it, and which sessions are
 * over.
 *
 * In memory only, and bounded. A command goes on without it, since its forms say themselves what
 * they are about: what is forgotten costs the way back, no more. */
#ifndef KITH_SESSIONS_H
#define KITH_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct sessions;

#define SESSION_ID_SIZE 128 /* bytes of an id, with its end */

/* key: of the hashes by which owners and ids are told apart, borrowed. The caller frees it with
 * sessions_free(). NULL: no memory. */
struct sessions *sessions_new(const unsigned char key[16]);
void sessions_free(struct sessions *sessions);

/* A stage is shown that was come to by submitting form, as text (NULL: the first one); owner: bare
 * JID of whose session it is. Of one owner, and in all, the sessions that rested longest are
 * forgotten. */
void sessions_advance(struct sessions *sessions, const char *id, const char *owner, int64_t now,
	const char *form);
/* True if there is a stage before the one that is shown. */
bool sessions_has_way_back(const struct sessions *sessions, const char *id);
/* Goes back a stage. *form: by which that was come to, in the arena; NULL: it is the first one.
 * *filled: what was filled in there before. False: there is no way back. */
bool sessions_back(struct sessions *sessions, struct arena *arena, const char *id,
	const char **form, const char **filled);
/* What was done can't be gone back behind. */
void sessions_cut(struct sessions *sessions, const char *id);

/* The session is over: completed or canceled. */
void sessions_end(struct sessions *sessions, const char *id);
bool sessions_is_over(const struct sessions *sessions, const char *id);

/* The turn ended. Not committed: none of the sessions that it had to do with has a way back, and
 * none of them is over. */
void sessions_settle(struct sessions *sessions, bool is_committed);

#endif
