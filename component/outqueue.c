/* Bytes that wait until a socket takes them: most never wait, so they aren't copied. */
#include "component/outqueue.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

void outqueue_init(struct outqueue *queue)
{
	memset(queue, 0, sizeof(*queue));
	buffer_init(&queue->text, 0);
}

void outqueue_clear(struct outqueue *queue)
{
	buffer_clear(&queue->text);
	queue->sent = 0;
}

size_t outqueue_len(const struct outqueue *queue)
{
	return queue->text.len - queue->sent;
}

/* One call for both. Bytes that went, or -1 with errno. */
static ssize_t send_both(struct outqueue *queue, int fd, const char *data, size_t len)
{
	struct iovec parts[2];
	struct msghdr message = {.msg_iov = parts};

	if (outqueue_len(queue))
		parts[message.msg_iovlen++] =
			(struct iovec){queue->text.data + queue->sent, outqueue_len(queue)};
	if (len)
		parts[message.msg_iovlen++] = (struct iovec){(char *)(size_t)data, len};
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}

/* Room behind is made when half of the buffer is gone, so that each byte is moved once at most. */
static void forget_sent(struct outqueue *queue)
{
	if (queue->sent == queue->text.len) {
		buffer_reset(&queue->text);
		queue->sent = 0;
	} else if (queue->sent > queue->text.len / 2) {
		buffer_consume(&queue->text, queue->sent);
		queue->sent = 0;
	}
}

long outqueue_send(struct outqueue *queue, int fd, const char *data, size_t len)
{
	long total = 0;

	while (outqueue_len(queue) + len > 0) {
		size_t waiting = outqueue_len(queue);
		ssize_t sent = send_both(queue, fd, data, len);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno == EAGAIN)
			break;
		if (sent < 0)
			return -1;
		total += sent;
		if ((size_t)sent <= waiting) {
			queue->sent += (size_t)sent;
		} else {
			queue->sent += waiting;
			data += (size_t)sent - waiting;
			len -= (size_t)sent - waiting;
		}
	}
	forget_sent(queue);
	if (len)
		buffer_append(&queue->text, data, len);
	if (queue->text.failed) {
		errno = ENOMEM;
		return -1;
	}
	return total;
}
