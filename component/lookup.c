/* Names to addresses, without waiting: a thread that asks, and a pipe whose end it closes. */
#include "component/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define AT_ONCE_MAX 4 /* that ask, of which all but one are those that nobody waits for */

struct lookup {
	char *host;
	uint16_t port;
	int end_fd;	   /* closed by the thread when it is through */
	atomic_uint users; /* the thread and the one who asked: the last frees */
	int error;	   /* of getaddrinfo(), and errno with EAI_SYSTEM */
	int error_number;
	struct addrinfo *addresses;
};

static atomic_uint asking;

static struct addrinfo *ask(const char *host, uint16_t port, int flags, int *error)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV};
	struct addrinfo *addresses = NULL;
	char service[8];

	snprintf(service, sizeof(service), "%u", (unsigned)port);
	*error = getaddrinfo(host, service, &hints, &addresses);
	return *error ? NULL : addresses;
}

static void leave(struct lookup *lookup)
{
	if (atomic_fetch_sub(&lookup->users, 1) > 1)
		return;
	if (lookup->addresses)
		freeaddrinfo(lookup->addresses);
	free(lookup->host);
	free(lookup);
}

static void *run(void *context)
{
	struct lookup *lookup = context;

	lookup->addresses = ask(lookup->host, lookup->port, 0, &lookup->error);
	lookup->error_number = errno;
	atomic_fetch_sub(&asking, 1);
	close(lookup->end_fd);
	leave(lookup);
	return NULL;
}

struct lookup *lookup_new(const char *host, uint16_t port, int *fd)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));
	int ends[2], error = ENOMEM;
	pthread_attr_t attributes;
	pthread_t thread;

	if (!lookup || !(lookup->host = strdup(host)))
		goto failed;
	lookup->port = port;
	if (atomic_fetch_add(&asking, 1) >= AT_ONCE_MAX) {
		error = EBUSY;
		goto not_asking;
	}
	if (pipe2(ends, O_CLOEXEC)) {
		error = errno;
		goto not_asking;
	}
	lookup->end_fd = ends[1];
	atomic_init(&lookup->users, 2);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &attributes, run, lookup);
	pthread_attr_destroy(&attributes);
	if (!error) {
		*fd = ends[0];
		return lookup;
	}
	close(ends[0]);
	close(ends[1]);
not_asking:
	atomic_fetch_sub(&asking, 1);
failed:
	if (lookup)
		free(lookup->host);
	free(lookup);
	errno = error;
	return NULL;
}

void lookup_free(struct lookup *lookup)
{
	if (lookup)
		leave(lookup);
}

struct addrinfo *lookup_take(struct lookup *lookup, const char **why)
{
	struct addrinfo *addresses = lookup->addresses;

	lookup->addresses = NULL;
	if (!addresses)
		*why = lookup->error == EAI_SYSTEM ? strerror(lookup->error_number)
						   : gai_strerror(lookup->error);
	return addresses;
}

struct addrinfo *lookup_numeric(const char *host, uint16_t port)
{
	int error;

	return ask(host, port, AI_NUMERICHOST, &error);
}
