/* Connecting: addresses, socket options. */
#include "component/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "component/lookup.h"

/* What was sent and isn't acknowledged after that long shows a dead peer (tcp(7)). */
#define UNACKNOWLEDGED_MS 60000

static enum dial_found found(struct dial *dial, struct addrinfo *addresses)
{
	dial->addresses = addresses;
	dial->next = addresses;
	return addresses ? DIAL_FOUND : DIAL_NOT_FOUND;
}

enum dial_found dial_resolve(
	struct dial *dial, const char *host, uint16_t port, int *fd, const char **why)
{
	dial_clear(dial);
	if (found(dial, lookup_numeric(host, port)) == DIAL_FOUND)
		return DIAL_FOUND;
	dial->lookup = lookup_new(host, port, fd);
	if (dial->lookup)
		return DIAL_ASKS;
	*why = errno == EBUSY ? "the name service still has earlier questions" : strerror(errno);
	return DIAL_NOT_FOUND;
}

enum dial_found dial_answer(struct dial *dial, const char **why)
{
	struct addrinfo *addresses = lookup_take(dial->lookup, why);

	lookup_free(dial->lookup);
	dial->lookup = NULL;
	return found(dial, addresses);
}

void dial_clear(struct dial *dial)
{
	lookup_free(dial->lookup);
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
