/* Connecting to a host and port without waiting: its addresses, tried one after the other. */
#ifndef KITH_DIAL_H
#define KITH_DIAL_H

#include <stdint.h>

struct addrinfo;
struct lookup;

struct dial {
	struct lookup *lookup; /* under way */
	struct addrinfo *addresses;
	const struct addrinfo *next;
};

enum dial_found {
	DIAL_FOUND,
	DIAL_ASKS, /* the name service */
	DIAL_NOT_FOUND,
};

/* Looks the host up. A numeric address is found at once. With DIAL_ASKS *fd can be read (or hangs
 * up) when dial_answer() has the rest to say, and is the caller's to close. With DIAL_NOT_FOUND
 * *why is a reason for a person (static). dial_clear() ends it all, at any time; it also takes one
 * that is all zeros. */
enum dial_found dial_resolve(
	struct dial *dial, const char *host, uint16_t port, int *fd, const char **why);
enum dial_found dial_answer(struct dial *dial, const char **why);
void dial_clear(struct dial *dial);

/* A socket that is being connected to the next address: once it can be written to, dial_result()
 * says how it went. -1: none is left; errno is of the last one tried. The caller closes it. */
int dial_connect(struct dial *dial);

/* 0, or the errno of the connection that failed. */
int dial_result(int fd);

#endif
