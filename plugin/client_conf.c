/* Reading the conf of Kith's clients, with inih. */
#include "config.h"

#include "plugin/client_conf.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "plugin/book.h"

#ifdef HAVE_EDS
#define CAN_EDS true
#else
#define CAN_EDS false
#endif

/* What is read, and what is wrong with it so far. inih as Debian builds it doesn't say where it is:
 * the lines are counted as it asks for them. */
struct reading {
	struct client_conf *conf;
	const char *file;
	FILE *stream;
	int line;      /* that inih is at, from 1; 0: the file as a whole */
	unsigned seen; /* a bit for each key */
	char *faults;
	bool no_memory;
};

enum key { JID, PASSWORD_FILE, SERVER, TLS, SERVICE, BOOK, REGION, NAME, KEY_COUNT };

static const char *const key_names[KEY_COUNT] = {
	"jid", "password_file", "server", "tls", "service", "book", "region", "name"};

static void add_fault(struct reading *reading, const char *reason, const char *about)
{
	char *faults;
	const char *old = reading->faults ? reading->faults : "";
	const char *newline = reading->faults ? "\n" : "";
	int len;

	if (reading->line > 0)
		len = asprintf(&faults, "%s%s%s:%d: %s%s%s", old, newline, reading->file,
			reading->line, reason, *about ? ": " : "", about);
	else
		len = asprintf(&faults, "%s%s%s: %s%s%s", old, newline, reading->file, reason,
			*about ? ": " : "", about);
	if (len < 0) {
		reading->no_memory = true;
		return;
	}
	free(reading->faults);
	reading->faults = faults;
}

/* local@domain, with a resource perhaps. Local part and domain regard no case (RFC 7622, 3.2 and
 * 3.3); the server's spelling is the small one, and names the book's directory. */
static bool set_jid(struct reading *reading, const char *value)
{
	const char *at = strchr(value, '@');
	const char *slash = strchr(value, '/');
	char *jid;

	if (!at || at == value || at[1] == '\0' || at[1] == '/' || (slash && slash < at))
		return false;
	jid = strdup(value);
	if (!jid)
		reading->no_memory = true;
	for (char *c = jid; c && *c && *c != '/'; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
	reading->conf->jid = jid;
	return true;
}

/* host, host:port, or [address]:port. */
static bool set_server(struct client_conf *conf, const char *value)
{
	const char *end = strchr(value, '\0');
	const char *colon = strrchr(value, ':');
	char *rest;
	long port = 0;

	if (*value == '[') {
		end = strchr(++value, ']');
		if (!end || (end[1] != '\0' && end[1] != ':'))
			return false;
		colon = end[1] == ':' ? end + 1 : NULL;
	} else if (colon) {
		end = colon;
	}
	if (colon) {
		errno = 0;
		port = strtol(colon + 1, &rest, 10);
		if (errno || rest == colon + 1 || *rest || port < 1 || port > 65535)
			return false;
	}
	if (end == value)
		return false;
	conf->port = (uint16_t)port;
	conf->server = strndup(value, (size_t)(end - value));
	return true;
}

static char **text_of(struct client_conf *conf, enum key key)
{
	switch (key) {
	case PASSWORD_FILE:
		return &conf->password_file;
	case SERVICE:
		return &conf->service;
	case BOOK:
		return &conf->book;
	case REGION:
		return &conf->region;
	case NAME:
		return &conf->name;
	case JID:
	case SERVER:
	case TLS:
	case KEY_COUNT:
		break;
	}
	return NULL;
}

/* A book in Evolution Data Server. */
static bool is_eds(const char *book)
{
	return strncmp(book, BOOK_EDS, strlen(BOOK_EDS)) == 0;
}

static void set_value(struct reading *reading, enum key key, const char *value)
{
	struct client_conf *conf = reading->conf;
	char **text = text_of(conf, key);

	if (*value == '\0') {
		add_fault(reading, "no value for", key_names[key]);
	} else if (key == JID) {
		if (!set_jid(reading, value))
			add_fault(reading, "not a JID like alice@example.org", value);
	} else if (key == TLS) {
		if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
			add_fault(reading, "tls is on or off, not", value);
		conf->tls = strcmp(value, "off") != 0;
	} else if (key == SERVER) {
		if (!set_server(conf, value))
			add_fault(reading, "not HOST or HOST:PORT", value);
		else if (!conf->server)
			reading->no_memory = true;
	} else if (key == REGION && strlen(value) != 2) {
		add_fault(reading, "not a region of two letters, like GB", value);
	} else if (key == BOOK && is_eds(value) && !CAN_EDS) {
		add_fault(reading, "this kith was built without Evolution Data Server", value);
	} else {
		*text = strdup(value);
		if (!*text)
			reading->no_memory = true;
	}
}

/* inih knows "; comment" behind a value; people write "# comment" there. */
static void take_value(struct reading *reading, enum key key, const char *value)
{
	const char *end = strstr(value, " #");
	char *text;

	if (*value == '#')
		end = value;
	text = end ? strndup(value, (size_t)(end - value)) : strdup(value);
	if (!text) {
		reading->no_memory = true;
		return;
	}
	for (size_t len = strlen(text); len > 0 && strchr(" \t", text[len - 1]); len--)
		text[len - 1] = '\0';
	set_value(reading, key, text);
	free(text);
}

/* Called by inih for each key; a non-zero answer goes on. */
static int take_key(void *context, const char *section, const char *name, const char *value)
{
	struct reading *reading = context;

	if (*section) {
		add_fault(reading, "there are no sections in this conf", section);
		return 1;
	}
	for (enum key key = 0; key < KEY_COUNT; key++) {
		if (strcmp(name, key_names[key]) != 0)
			continue;
		if (reading->seen & 1u << key)
			add_fault(reading, "said twice", name);
		else
			take_value(reading, key, value);
		reading->seen |= 1u << key;
		return 1;
	}
	add_fault(reading, "unknown key", name);
	return 1;
}

static char *next_line(char *line, int size, void *context)
{
	struct reading *reading = context;

	if (!fgets(line, size, reading->stream))
		return NULL;
	reading->line++;
	if (!strchr(line, '\n') && !feof(reading->stream)) {
		add_fault(reading, "this line is too long", "");
		for (int c = 0; c != '\n' && c != EOF;)
			c = fgetc(reading->stream);
		*line = '\0';
	}
	return line;
}

int client_conf_read(struct client_conf *conf, const char *file, char **why)
{
	struct reading reading = {.conf = conf, .file = file, .stream = fopen(file, "re")};
	int bad_line;

	memset(conf, 0, sizeof(*conf));
	conf->tls = true;
	*why = NULL;
	if (!reading.stream) {
		add_fault(&reading, strerror(errno), "");
	} else {
		bad_line = ini_parse_stream(next_line, &reading, take_key, &reading);
		fclose(reading.stream);
		reading.line = bad_line;
		if (bad_line > 0)
			add_fault(&reading, "not KEY = VALUE", "");
		reading.line = 0;
		if (!(reading.seen & 1u << JID))
			add_fault(&reading, "jid is missing", "");
	}
	*why = reading.faults;
	return reading.faults || reading.no_memory ? -1 : 0;
}

/* directory below the home, or below what the variable says instead. */
static char *below_home(const char *variable, const char *usual, const char *directory)
{
	const char *base = getenv(variable);
	const char *home = getenv("HOME");
	char *path;
	int len;

	if (base && *base == '/')
		len = asprintf(&path, "%s/%s", base, directory);
	else if (home && *home)
		len = asprintf(&path, "%s/%s/%s", home, usual, directory);
	else
		return NULL;
	return len < 0 ? NULL : path;
}

char *client_conf_path(void)
{
	return below_home("XDG_CONFIG_HOME", ".config", "kith/kith.conf");
}

/* Makes "~/x" a path; 0, or -1. */
static int expand_home(char **path)
{
	const char *home = getenv("HOME");
	char *expanded;

	if (!*path || strncmp(*path, "~/", 2) != 0)
		return 0;
	if (!home || asprintf(&expanded, "%s/%s", home, *path + 2) < 0)
		return -1;
	free(*path);
	*path = expanded;
	return 0;
}

bool client_conf_is_of(const struct client_conf *conf, const char *jid)
{
	size_t len = strcspn(jid, "/");

	return conf->jid && len == strcspn(conf->jid, "/") && strncmp(conf->jid, jid, len) == 0;
}

/* Makes the directories that path is to lie in. 0, or -1. */
static int make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		int rc = mkdir(path, S_IRWXU);
		*slash = '/';
		if (rc < 0 && errno != EEXIST)
			return -1;
	}
	return 0;
}

int client_conf_defaults(struct client_conf *conf, const char *jid)
{
	char *directory;

	if (expand_home(&conf->book) < 0 || expand_home(&conf->password_file) < 0)
		return -1;
	if (!conf->book) {
		if (asprintf(&directory, "kith/%.*s/book", (int)strcspn(jid, "/"), jid) < 0)
			return -1;
		conf->book = below_home("XDG_DATA_HOME", ".local/share", directory);
		free(directory);
	}
	if (!conf->state)
		conf->state = below_home("XDG_STATE_HOME", ".local/state", "kith");
	if (!conf->book || !conf->state)
		return -1;
	if (!is_eds(conf->book) && make_parents(conf->book) < 0)
		return -1;
	return make_parents(conf->state) < 0 ? -1 : 0;
}

void client_conf_clear(struct client_conf *conf)
{
	free(conf->jid);
	free(conf->password_file);
	free(conf->server);
	free(conf->service);
	free(conf->book);
	free(conf->state);
	free(conf->region);
	free(conf->name);
	memset(conf, 0, sizeof(*conf));
}

char *client_conf_password(const struct client_conf *conf, char **why)
{
	const char *file = conf->password_file;
	const char *reason = NULL;
	char *password = NULL;
	size_t size = 0;
	struct stat status;
	FILE *stream;

	*why = NULL;
	stream = fopen(file, "re");
	if (!stream || fstat(fileno(stream), &status) < 0) {
		reason = strerror(errno);
	} else if (status.st_mode & (S_IRWXG | S_IRWXO)) {
		reason = "others can read or write it: chmod 600";
	} else if (getline(&password, &size, stream) < 0) {
		reason = "it is empty";
	} else {
		password[strcspn(password, "\r\n")] = '\0';
		if (*password == '\0')
			reason = "its first line is empty";
	}
	if (stream)
		fclose(stream);
	if (!reason)
		return password;
	free(password);
	if (asprintf(why, "%s: %s", file, reason) < 0)
		*why = NULL;
	return NULL;
}
