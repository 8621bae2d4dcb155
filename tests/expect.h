/* What the tests of features have in common: what an answer must have, and running a suite. */
#ifndef KITH_TEST_EXPECT_H
#define KITH_TEST_EXPECT_H

#include <check.h>
#include <stdbool.h>
#include <stdbool.h>

/* Whether part is in text. Numbers in part are as libphonenumber shows them ("+44 7700 900123");
 * without it they count in one piece. */
bool expect_find(const char *text, const char *part);
/* Fail the test, showing the whole text, where part isn't in it, or is. */
void expect_has(const char *text, const char *part);
void expect_lacks(const char *text, const char *part);

/* The text between before and the next after, to be freed; the test fails where there is none. */
char *expect_between(const char *text, const char *before, const char *after);

/* The hidden fields of a form, as a client submits them, to be freed; lacks: but the empty ones, as
 * some clients do. */
char *expect_hidden(const char *form, bool lacks);

/* Runs suite: what main() returns. */
int expect_all(Suite *suite);

#endif
