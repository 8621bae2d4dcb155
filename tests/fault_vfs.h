/* A disk for SQLite that a test can let fail: a VFS on top of the system's own, on real files.
 *
 * What is written there is seen at once, as with the system's cache, but it counts as on the disk
 * only once it is synced, and a new name or a removed one only once the folder is (which SQLite
 * does with the first sync of a journal or log). When the power fails, each write, truncation and
 * name that wasn't synced is kept or lost by chance, in any order, a write also in part; nothing
 * after that reaches the disk. The system's syncs do nothing in a program with this, for its speed.
 *
 * An op is one write, sync, truncation or removal, or the making of a file; they are counted from
 * 1. */
#ifndef KITH_TESTS_FAULT_VFS_H
#define KITH_TESTS_FAULT_VFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault_kind {
	FAULT_IO,    /* I/O error; of a write, a part may have been done. What a failed sync was to
			bring to the disk may never get there, whatever is synced after it */
	FAULT_FULL,  /* no room: the same; a sync or removal doesn't meet it */
	FAULT_POWER, /* and all ops after it fail; or the process ends there */
};

struct fault {
	enum fault_kind kind;
	unsigned long at, many; /* the ops at to at + many - 1 */
};

struct fault_counts {
	unsigned long writes, syncs, truncates, removals, creations;
};

/* SQLite's default from now on, with no faults; and no longer. */
void fault_vfs_install(void);
void fault_vfs_remove(void);

/* Ops are counted anew, and those faults strike; seed: of what chance decides. What is on the disk
 * stays as it is. */
void fault_vfs_plan(const struct fault *faults, size_t count, uint64_t seed);

/* Whether the process ends as soon as the power fails, settled and with status FAULT_ENDED: for a
 * child in which what is done about the failure must not be done either. */
#define FAULT_ENDED 99
void fault_vfs_end(bool ends);

unsigned long fault_vfs_ops(void); /* since then */
void fault_vfs_counts(struct fault_counts *counts);
bool fault_vfs_struck(void); /* any fault of the plan has */
bool fault_vfs_is_dead(void);

/* All files are closed (whoever had them open is gone): the files become what the disk has, if the
 * power failed, and else what was written. Everything then counts as synced. */
void fault_vfs_settle(void);

#endif
