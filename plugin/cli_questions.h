/* Questions of the library to who sits at the terminal: one at a time, answered by a line. */
#ifndef KITH_CLI_QUESTIONS_H
#define KITH_CLI_QUESTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include <kith.h>

struct cli_questions;
struct cli_show;

/* NULL: no memory. kith and show are borrowed for its life; answered (may be NULL) is told of each
 * that the person answered. The caller frees it with cli_questions_free() (NULL is harmless). */
struct cli_questions *cli_questions_new(struct kith *kith, struct cli_show *show,
	void (*answered)(void *context, unsigned question), void *context);
void cli_questions_free(struct cli_questions *questions);

/* Takes the question of an event, to be put when those before are answered. False: there are too
 * many, or nobody answers any more. */
bool cli_questions_take(struct cli_questions *questions, const struct kith_event *event);
/* One was answered otherwise. */
void cli_questions_drop(struct cli_questions *questions, unsigned question);
/* Puts the next one, and reads what was typed, if anything was. */
void cli_questions_work(struct cli_questions *questions);
bool cli_questions_is_empty(const struct cli_questions *questions);

#endif
