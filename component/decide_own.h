/* The matters that are about one's own numbers, for decide.c alone. */
#ifndef KITH_DECIDE_OWN_H
#define KITH_DECIDE_OWN_H

#include "component/decide.h"

extern const char decide_no_longer[]; /* decide.c: the note for what is no longer open */

/* *text: as in decide_list(); NULL where the change was overtaken. */
enum answer describe_first(
	struct request *request, const struct store_matter *matter, const char **text);

/* As decide(), for one kind each. */
enum answer decide_hold(struct request *request, const struct store_account *account,
	const struct store_matter *matter, bool yes, const char **note);
enum answer decide_first(struct request *request, const struct store_account *account,
	const struct store_matter *matter, bool yes, const char **note);
enum answer decide_missing(struct request *request, const struct store_account *account,
	const struct store_matter *matter, bool yes, const char **note);

#endif
