/* Standard input and output in place of files. */
#include "plugin/cli_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int copy(FILE *from, FILE *to)
{
	char block[65536];
	size_t len;

	while ((len = fread(block, 1, sizeof(block), from)) > 0)
		if (fwrite(block, 1, len, to) != len)
			return -1;
	return ferror(from) || fflush(to) != 0 ? -1 : 0;
}

/* All of standard input, in a file without a name that is open until the program ends. */
static int take_input(struct cli_files *files)
{
	FILE *file = tmpfile();

	if (!file || copy(stdin, file) != 0)
		return -1;
	snprintf(files->path, sizeof(files->path), "/dev/fd/%d", fileno(file));
	return 0;
}

static int make_output(struct cli_files *files)
{
	strcpy(files->directory, "/tmp/kith-XXXXXX");
	if (!mkdtemp(files->directory)) {
		files->directory[0] = '\0';
		return -1;
	}
	snprintf(files->path, sizeof(files->path), "%s/contacts.vcf", files->directory);
	files->to_output = true;
	return 0;
}

int cli_files_begin(struct cli_files *files, char **words, size_t count)
{
	bool is_export = strcmp(words[0], "export") == 0;
	bool has_version = is_export && count > 1 && strcmp(words[1], "-f") == 0;

	*files = (struct cli_files){.words = words, .count = count};
	if (is_export && count == (has_version ? 3 : 1))
		words[files->count++] = files->path;
	else if ((is_export || strcmp(words[0], "import") == 0) && count > 1 &&
		 strcmp(words[count - 1], "-") == 0)
		words[count - 1] = files->path;
	else
		return 0;
	return is_export ? make_output(files) : take_input(files);
}

int cli_files_print(const struct cli_files *files)
{
	FILE *file;
	int result;

	if (!files->to_output)
		return 0;
	file = fopen(files->path, "re");
	if (!file)
		return -1;
	result = copy(file, stdout);
	fclose(file);
	return result;
}

void cli_files_end(struct cli_files *files)
{
	if (!files->directory[0])
		return;
	unlink(files->path);
	rmdir(files->directory);
}
