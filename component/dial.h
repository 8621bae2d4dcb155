/* Connecting to a host and port without waiting: its addresses, tried one after the other. */
#ifndef KITH_DIAL_H
#define KITH_DIAL_H

#include <stdint.h>

struct addrinfo;

struct dial {
	struct addrinfo *addresses;
	const struct addrinfo *next;
};

/* Looks the host up (a numeric address needs no resolver; a name may take the resolver's time, once
 * an attempt). 0, or -1 with a reason for a person in *why (static). dial_clear() frees what it
 * holds; it also takes one that is all zeros. */
int dial_resolve(struct dial *dial, const char *host, uint16_t port, const char **why);
void dial_clear(struct dial *dial);

/* A socket that is being connected to the next address: once it can be written to, dial_result()
 * says how it went. -1: none is left; errno is of the last one tried. The caller closes it. */
int dial_connect(struct dial *dial);

/* 0, or the errno of the connection that failed. */
int dial_result(int fd);

#endif
