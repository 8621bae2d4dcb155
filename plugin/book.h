/* A local address book: entries, each a vCard as text, behind one interface of several backends.
 *
 * Other programs change it at any time: a revision says whether an entry is still as it was read.
 */
#ifndef KITH_BOOK_H
#define KITH_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct book;

struct book_entry {
	const char *name;     /* identifies it in the book: a file's name, a UID */
	const char *revision; /* opaque; differs when the entry changed */
	int64_t changed_at;   /* seconds UTC */
};

enum book_done {
	BOOK_DONE,
	BOOK_CHANGED, /* the entry isn't of that revision any more: nothing was done */
	BOOK_FAILED,  /* logged */
};

struct book_backend {
	/* where: the path, or what is behind "eds:". NULL on failure, *why says why (the caller
	 * frees it). */
	struct book *(*open)(const char *where, char **why);
	void (*close)(struct book *book);
	/* All entries, in no order: what read() gives belongs to this listing. 0, or -1 (logged).
	 */
	int (*list)(struct book *book, struct arena *arena,
		void (*row)(void *context, const struct book_entry *entry), void *context);
	/* The text of an entry, in the arena, terminated. NULL: *why says why (static or in the
	 * arena): it is gone, too large, can't be read. */
	const char *(*read)(struct book *book, struct arena *arena, const char *name, size_t *len,
		const char **why);
	/* Writes an entry whole or not at all. text: terminated. entry->name NULL: a new one, named
	 * after uid (that of the text), and set; else the one of that name if it has still
	 * entry->revision. Sets revision, changed_at, and *reads to what it reads as now: the text,
	 * or, in the arena, what the book made of it. */
	enum book_done (*write)(struct book *book, struct arena *arena, struct book_entry *entry,
		const char *uid, const char *text, size_t len, const char **reads);
	/* Removes it, if it has still that revision; gone already is BOOK_DONE. It may be there
	 * again where the machine fails before settle(). */
	enum book_done (*remove)(
		struct book *book, struct arena *arena, const struct book_entry *entry);
	/* Puts on the disk what was written while is_lazy, and removed. 0, or -1 (logged): not all
	 * that was written so is there. NULL: it is there. */
	int (*settle)(struct book *book);
};

/* What every backend's object begins with. */
struct book {
	const struct book_backend *backend;
	/* Which one it is, whatever it was named by: a directory's real path, "eds:" and the UID of
	 * an address book. */
	const char *id;
	bool is_lazy; /* a new entry need not be on the disk before settle() */
};

#define BOOK_EDS "eds:"		     /* what a place in Evolution Data Server begins with */
#define BOOK_ENTRY_MAX (1024 * 1024) /* bytes; a larger entry is left alone */

/* The backend by the scheme of where: a directory, or "eds:" and the UID or the name of an address
 * book of Evolution Data Server, nothing for its default. NULL on failure, *why says why (the
 * caller frees it; NULL: no memory). */
struct book *book_open(const char *where, char **why);
void book_close(struct book *book);

/* Writes a new entry as `write` does, but that only who has the book open may see it before
 * book_settle(), and it is gone where the program ends before: for many at once. Until then nobody
 * is to be told that it is there. */
enum book_done book_add(struct book *book, struct arena *arena, struct book_entry *entry,
	const char *uid, const char *text, size_t len, const char **reads);
/* 0, or -1 (logged). */
int book_settle(struct book *book);

extern const struct book_backend book_vdir;

#endif
