/* What the service says to a person: a message in words (design: section 3, "push"), and the
 * answers that it offers ("save button"). */
#ifndef KITH_SAY_H
#define KITH_SAY_H

struct arena;
struct xml;

/* A chat message with body, id as XEP-0359 origin-id, and XEP-0334 <store/>. to: a bare JID, or the
 * full one that is answered. */
struct xml *say_new(
	struct arena *arena, const char *from, const char *to, const char *id, const char *body);

/* A name that somebody chose, fit to stand among the service's own words (name.h), and with no
 * address in it that a client would make a link of. */
const char *say_name(struct arena *arena, const char *name);

/* A message that asks: text, which tells the words to answer with, the link to the matter behind it
 * on the same line (some clients show only the last one in their lists), and the actions "yes" and
 * "no".
 */
struct xml *say_question(struct arena *arena, const char *service, const char *to, const char *id,
	const char *text, const char *token, const char *yes_label, const char *no_label);

/* Adds the actions (XEP-0439) "yes" and "no" to a matter. Their ids are the word, a slash and the
 * token. The body has to tell the words, too. */
void say_offer(struct arena *arena, struct xml *message, const char *token, const char *yes_label,
	const char *no_label);

/* The same for the one action "back", which takes a change back. */
void say_offer_back(struct arena *arena, struct xml *message, const char *token);

/* The address (XEP-0147, with the querytype of XEP-0050, 10.4) of the command in which the matter
 * is decided; token NULL: all that waits. */
const char *say_link(struct arena *arena, const char *service, const char *token);

#endif
