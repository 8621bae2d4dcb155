/* The system's calls on files in one folder, which a test can let fail, or be the program's last:
 * defined in the test program itself, so that they are the ones that it calls.
 *
 * When the power fails, what wasn't synced is lost as file systems lose it: a file that was written
 * to and not synced is cut off; names that were made, replaced or removed since their folder was
 * synced are as they were before, from some moment on, or all. */
#ifndef KITH_TESTS_FAULT_CALLS_H
#define KITH_TESTS_FAULT_CALLS_H

#include <stdbool.h>
#include <stdint.h>

enum calls_fault {
	CALLS_FAIL,  /* that call, with EIO; of a write, a part is done */
	CALLS_KILL,  /* the process ends before it, and the system goes on */
	CALLS_POWER, /* the process ends before it, as the power fails */
};
#define CALLS_ENDED 98 /* how it ends then */

/* Calls that change something under that folder, in any depth, are counted from 1, and the one at
 * `at` meets that fault; seed: of what chance decides. aside: a folder on the same file system, for
 * what is to come back. */
void fault_calls_plan(const char *under, const char *aside, enum calls_fault fault,
	unsigned long at, uint64_t seed);
bool fault_calls_struck(void);

#endif
