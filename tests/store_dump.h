/* All that a store has in it, as text, to be compared. */
#ifndef KITH_TESTS_STORE_DUMP_H
#define KITH_TESTS_STORE_DUMP_H

/* A line a row, "table|value|value"; of a long value its length and a hash. Left out is what is
 * drawn by lot: tokens, and the store's secret. path: of the file, which others may have open;
 * nothing is written to it. Fails the test when it can't. The caller frees it. */
char *store_dump(const char *path);

/* The first lines in which two differ, for a failure; static. */
const char *store_dump_differ(const char *one, const char *other);

#endif
