/* The secret in a file of its own, or in a credential of systemd; read at the start, and again when
 * the server doesn't know the one in use. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "component/settings_read.h"

#define SECRET_MAX 1024 /* bytes */

FILE *settings_open(const char *path, const char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat about;
	FILE *file = NULL;
	int error = 0;

	if (fd < 0 || fstat(fd, &about) || (S_ISREG(about.st_mode) && !(file = fdopen(fd, "r")))) {
		error = errno;
		*why = strerror(error);
	} else if (!file) {
		*why = "not a regular file";
	}
	if (!file && fd >= 0)
		close(fd);
	errno = error;
	return file;
}

/* The credential with the file's name stands for it (LoadCredential=). */
static FILE *open_secret(const char *path, bool *is_copy, const char **why)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	const char *slash = strrchr(path, '/');
	char *credential = NULL;
	FILE *file = NULL;

	if (directory && asprintf(&credential, "%s/%s", directory, slash ? slash + 1 : path) >= 0) {
		file = settings_open(credential, why);
		free(credential);
	}
	*is_copy = file != NULL;
	return file ? file : settings_open(path, why);
}

char *settings_secret_read(const char *path, bool *is_copy, const char **why)
{
	static const char size_fault[] = "not a line of at most 1024 bytes";
	char text[SECRET_MAX + 2];
	char *secret = NULL;
	struct stat about;
	FILE *file = open_secret(path, is_copy, why);
	size_t len;

	if (!file)
		return NULL;
	if (fstat(fileno(file), &about) == 0 && about.st_mode & S_IRWXO) {
		*why = "others may read it: chmod o= it";
		goto out;
	}
	setvbuf(file, NULL, _IONBF, 0); /* it has a buffer that isn't wiped */
	len = fread(text, 1, sizeof(text) - 1, file);
	while (len && strchr(" \t\r\n", text[len - 1]))
		len--;
	text[len] = '\0';
	if (!len || len > SECRET_MAX || strlen(text) != len)
		*why = size_fault;
	else if (!(secret = strdup(text)))
		*why = "no memory";
	explicit_bzero(text, sizeof(text));
out:
	fclose(file);
	return secret;
}

void settings_secret_free(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

int settings_read_secret_again(struct settings *settings, const char **why)
{
	char *secret;

	if (!settings->secret_file)
		return 0;
	secret = settings_secret_read(settings->secret_file, &settings->is_secret_copy, why);
	if (!secret)
		return -1;
	if (strcmp(secret, settings->secret) == 0) {
		settings_secret_free(secret);
		return 0;
	}
	settings_secret_free(settings->secret);
	settings->secret = secret;
	return 1;
}
