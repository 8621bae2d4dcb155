/* A person's answer to what waits: what is done and sent, in every way to answer (the command
 * `matters`, an action, words in the chat). */
#ifndef KITH_DECIDE_H
#define KITH_DECIDE_H

#include "component/feature.h"

#define DECIDE_MAX 20 /* matters that are shown at a time */

struct decide_list {
	struct store_matter matters[DECIDE_MAX];
	const char *texts[DECIDE_MAX]; /* what each is about, a line for a person */
	size_t count;
};

/* What waits for account, the newest first; token: that one only, or nothing; NULL: all. What
 * nothing is left of is not in it. */
enum answer decide_list(struct request *request, const struct store_account *account,
	const char *token, struct decide_list *list);

/* Does what the answer says. *note: what came of it, for a person. ANSWER_RESULT or
 * INTERNAL_SERVER_ERROR. */
enum answer decide(struct request *request, const struct store_account *account,
	const struct store_matter *matter, bool yes, const char **note);

#endif
