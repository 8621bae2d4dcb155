/* "-" in place of a file's name: `import` from standard input, `export` to standard output. The
 * library takes and makes files; here they are temporary ones. */
#ifndef KITH_CLI_FILES_H
#define KITH_CLI_FILES_H

#include <stdbool.h>
#include <stddef.h>

struct cli_files {
	char **words; /* the command as the library is to get it; size as given, one more free */
	size_t count;
	bool to_output; /* an export goes to standard output */
	char path[64];	/* of the temporary file */
	char directory[32];
};

/* Replaces "-". words is changed, and has room for one more. 0, or -1: errno says why. The caller
 * ends it with cli_files_end(), also on failure. */
int cli_files_begin(struct cli_files *files, char **words, size_t count);
/* Prints what was exported, if that went well. 0, or -1: errno says why. */
int cli_files_print(const struct cli_files *files);
/* Removes what is temporary. */
void cli_files_end(struct cli_files *files);

#endif
