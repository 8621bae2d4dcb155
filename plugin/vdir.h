/* A book that is a directory of .vcf files, for the two files that do it: book_vdir.c finds and
 * reads its entries, vdir_write.c writes them. */
#ifndef KITH_VDIR_H
#define KITH_VDIR_H

#include <sys/stat.h>

#include "plugin/book.h"

#define VDIR_SUFFIX ".vcf"
#define VDIR_TMP ".kith-"  /* what names begin with that no reader of vdirs looks at */
#define VDIR_TMP_SIZE 48   /* bytes of such a name */
#define VDIR_NAME_SIZE 160 /* bytes of the name of an entry of ours */

/* A new entry that was written lazily: it gets its name when it is on the disk. */
struct vdir_waiting {
	char name[VDIR_NAME_SIZE], tmp[VDIR_TMP_SIZE];
};

struct vdir {
	struct book book;
	int fd;
	char *path;
	struct vdir_waiting *waiting;
	size_t waiting_count, waiting_size;
	bool must_sync; /* names changed that need not be on the disk yet */
};

/* Logs errno. */
void vdir_log(const struct vdir *vdir, const char *name);
/* The name of the file that has the entry. */
const char *vdir_file(const struct vdir *vdir, const char *name);
/* False: there is no regular file of that name. */
bool vdir_stat(const struct vdir *vdir, const char *name, struct stat *st);
const char *vdir_revision(struct arena *arena, const struct stat *st);

/* As in struct book_backend. */
enum book_done vdir_write(struct book *book, struct arena *arena, struct book_entry *entry,
	const char *uid, const char *text, size_t len, const char **reads);
enum book_done vdir_remove(struct book *book, struct arena *arena, const struct book_entry *entry);
int vdir_settle(struct book *book);

#endif
