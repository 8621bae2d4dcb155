/* JIDs, prepared as RFC 6122 says (Nodeprep, Nameprep, Resourceprep of libidn), which is what
 * Prosody 0.12 and ejabberd 23.01 do as well. */
#ifndef KITH_JID_H
#define KITH_JID_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

#define JID_PART_MAX 1023 /* bytes; RFC 7622, 3.1 */
#define JID_MAX (3 * JID_PART_MAX + 2)

/* A prepared JID. The strings lie in the arena that jid_parse() was given; borrowed until it is
 * reset. */
struct jid {
	const char *local;    /* NULL: none */
	const char *domain;   /* never NULL */
	const char *resource; /* NULL: none */
	const char *bare;     /* local@domain, or domain */
	const char *full;     /* with the resource, or the same as bare */
};

/* Splits and prepares text. 0, or -1: not a JID, or no memory (then arena_failed()). A trailing dot
 * of the domain is removed (RFC 7622, 3.2). */
int jid_parse(struct jid *jid, struct arena *arena, const char *text);

/* True if text, of which jid was parsed, is prepared but for its resource: letter by letter what
 * jid->bare is. Servers prepare by libraries of their own (ICU, their own tables), which see two
 * accounts where we would see one: U+1100 U+0331 U+1161 is composed across the mark by libidn
 * (PR-29), U+33C6 is folded once more. So who an address is the word of is told from it only if
 * it needs no preparation. */
bool jid_is_prepared(const struct jid *jid, const char *text);

/* True if text is a JID of a person's account: it prepares, has a local part and no resource; *bare
 * (may be NULL) is then its prepared form, in the arena. */
bool jid_is_account(struct arena *arena, const char *text, const char **bare);

/* XEP-0147: the JID of an xmpp: URI ("xmpp:carol@example.org?message", percent-decoded, RFC 5122),
 * or of a plain JID, as bare prepared JID in the arena; NULL if it is none. */
const char *jid_from_uri(struct arena *arena, const char *uri);

#endif
