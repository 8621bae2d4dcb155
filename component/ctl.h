/* What the commands of kithctl share: each is a row of the table in kithctl.c (design: section 6).
 */
#ifndef KITH_CTL_H
#define KITH_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "component/rules.h"
#include "component/store.h"

struct arena;
struct buffer;
struct xml;

enum {
	CTL_OK = 0,
	CTL_FAILED = 1,
	CTL_USAGE = 2, /* kithctl then shows how the command is used */
};

struct ctl {
	struct arena *arena;	   /* of one step: a command resets it as it goes on */
	struct settings *settings; /* NULL for a command that needs no conf */
	struct store *store;	   /* NULL as well; no turn is open */
	struct rules rules;	   /* on both */
	int64_t now;		   /* seconds UTC (clock.h) */
	int argc;		   /* as many as the table allows; argv[0] is the command's name */
	char **argv;
};

/* A command: returns an exit status, having said why on stderr unless that is CTL_USAGE. */
typedef int ctl_command(struct ctl *ctl);
ctl_command ctl_accounts, ctl_backup, ctl_changes, ctl_convert, ctl_erase, ctl_export, ctl_import,
	ctl_number, ctl_show, ctl_stats, ctl_verify;

/* `import` into an address book (ctl_book.c). */
int ctl_import_book(struct ctl *ctl, const char *jid, const char *file);

/* `import --from`: what a server stored becomes profiles (ctl_import.c); the sources are files of
 * their own, which give each card that they find to ctl_import_profile(). */
struct ctl_import {
	struct ctl *ctl;
	bool replace; /* also a profile that is there */
	size_t added, replaced, unchanged, kept, refused;
	bool has_failed; /* the store did: nothing more is imported */
};
/* card: vCard4 or vcard-temp, in an arena that is not ctl->arena; NULL: it couldn't be read. why:
 * the reason then. Says on stderr what it doesn't take, and why. */
void ctl_import_profile(
	struct ctl_import *import, const char *jid, const struct xml *card, const char *why);
/* The data directory of a Prosody; an ejabberd's export, or the directory that it is in (the newest
 * of several); a XEP-0227 file. False: it couldn't be read, said on stderr. */
bool ctl_import_prosody(struct ctl_import *import, const char *data);
bool ctl_import_ejabberd(struct ctl_import *import, const char *path);
bool ctl_import_xep0227(struct ctl_import *import, const char *file);

/* The account that a person named, in the turn that is open. make: one is made for a JID of a
 * served domain that has none. False: said why on stderr, and the turn is rolled back. */
bool ctl_find_account(struct ctl *ctl, const char *text, bool make, struct store_account *account);

/* A whole file, or standard input for "-", in buf. False with a word on stderr. */
bool ctl_read_file(const char *file, struct buffer *buf);

/* A line that says the store failed (why is in the log); returns CTL_FAILED. */
int ctl_store_failed(struct ctl *ctl);

/* Prints what people wrote or are called, fit for a terminal; an address whole. */
void ctl_print_foreign(FILE *out, const char *before, const char *text, const char *after);
/* "2026-11-22 03:41", UTC, in a buffer of its own for each call in an expression up to two. */
const char *ctl_date(char out[20], int64_t at);

#endif
