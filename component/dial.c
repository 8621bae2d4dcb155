/* Connecting: addresses, socket options. */
#include "component/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What was sent and isn't acknowledged after that long shows a dead peer (tcp(7)). */
#define UNACKNOWLEDGED_MS 60000

int dial_resolve(struct dial *dial, const char *host, uint16_t port, const char **why)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
	char service[8];
	int error;

	dial_clear(dial);
	snprintf(service, sizeof(service), "%u", (unsigned)port);
	error = getaddrinfo(host, service, &hints, &dial->addresses);
	if (error == EAI_NONAME) {
		hints.ai_flags = AI_ADDRCONFIG;
		error = getaddrinfo(host, service, &hints, &dial->addresses);
	}
	if (error) {
		dial->addresses = NULL;
		*why = error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error);
		return -1;
	}
	dial->next = dial->addresses;
	return 0;
}

void dial_clear(struct dial *dial)
{
	if (dial->addresses)
		freeaddrinfo(dial->addresses);
	memset(dial, 0, sizeof(*dial));
}

/* Answers are small and each is waited for; a connection that died without a word must show. */
static void set_options(int fd)
{
	int yes = 1;
	int limit = UNACKNOWLEDGED_MS;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof(limit));
}

int dial_connect(struct dial *dial)
{
	int error = ECONNREFUSED;

	while (dial->next) {
		const struct addrinfo *address = dial->next;
		int fd = socket(address->ai_family,
			address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address->ai_protocol);

		dial->next = address->ai_next;
		if (fd < 0) {
			error = errno;
			continue;
		}
		set_options(fd);
		if (connect(fd, address->ai_addr, address->ai_addrlen) == 0 || errno == EINPROGRESS)
			return fd;
		error = errno;
		close(fd);
	}
	errno = error;
	return -1;
}

int dial_result(int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len))
		return errno;
	return error;
}
