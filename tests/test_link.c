/* The link against a server played by the test, on a socket: XEP-0114, RFC 6120, 4. Time is what
 * the test says it is. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/log.h"
#include "common/xml.h"
#include "component/link.h"
#include "component/link_state.h"

#define PATIENCE_MS 5000 /* for the kernel to move bytes between two sockets */

static struct settings *settings;
static struct link *link_;
static int epoll_fd, listen_fd, peer_fd;
static int64_t now_ms;
static unsigned ups, downs, stanzas, oversized, refusals;
static unsigned enough;		/* so many are; 0: all */
static struct buffer heard;	/* what the peer read and wasn't asked for yet */
static struct buffer log_lines; /* what was logged */

static void on_up(void *context)
{
	(void)context;
	ups++;
}

static void on_down(void *context)
{
	(void)context;
	downs++;
}

static void on_stanza(void *context, const struct xml *stanza)
{
	(void)context;
	stanzas++;
	link_answer(link_, stanza);
}

static void on_oversized(void *context, const struct xml *stanza, const char *reason)
{
	(void)context;
	ck_assert_str_eq(xml_get(stanza, "id"), "big");
	ck_assert_ptr_nonnull(reason);
	oversized++;
}

static void on_unauthorized(void *context)
{
	(void)context;
	refusals++;
}

static void on_log(void *context, enum log_level level, const char *text)
{
	(void)context;
	(void)level;
	buffer_printf(&log_lines, "%s\n", text);
}

static bool was_logged(const char *text)
{
	const char *all = buffer_string(&log_lines);

	return strstr(all, text) != NULL;
}

static bool is_full(void *context)
{
	(void)context;
	return enough > 0 && stanzas + oversized >= enough;
}

static void set_up(void)
{
	static const struct link_events events = {
		on_up, on_down, on_stanza, on_oversized, is_full, on_unauthorized};
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);

	ups = downs = stanzas = oversized = refusals = enough = 0;
	now_ms = 1000000;
	buffer_init(&heard, 0);
	buffer_init(&log_lines, 0);
	log_set(on_log, NULL, LOG_LEVEL_INFO);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(listen_fd, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(listen(listen_fd, 4), 0);
	ck_assert_int_eq(getsockname(listen_fd, (struct sockaddr *)&address, &len), 0);
	settings = settings_new_for_test();
	settings->server_port = ntohs(address.sin_port);
	peer_fd = -1;
	epoll_fd = epoll_create1(0);
	link_ = link_new(epoll_fd, settings, &events, NULL);
	ck_assert_ptr_nonnull(link_);
}

static void tear_down(void)
{
	link_free(link_);
	settings_free(settings);
	buffer_clear(&heard);
	buffer_clear(&log_lines);
	log_set(NULL, NULL, LOG_LEVEL_INFO);
	close(epoll_fd);
	close(listen_fd);
	if (peer_fd >= 0)
		close(peer_fd);
}

/* One round of kithd's loop, and what came to the peer. */
static void turn_round(void)
{
	struct epoll_event event;
	char data[65536];
	ssize_t len;

	link_tick(link_, now_ms);
	if (epoll_wait(epoll_fd, &event, 1, 1) == 1)
		while (link_handle(link_, event.events, now_ms) && !is_full(NULL))
			event.events = EPOLLIN;
	if (peer_fd < 0) {
		peer_fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK);
		return;
	}
	len = recv(peer_fd, data, sizeof(data), 0);
	if (len > 0)
		buffer_append(&heard, data, (size_t)len);
	if (len == 0) {
		close(peer_fd);
		peer_fd = -1;
	}
}

/* Until the condition holds. */
#define wait_until(condition)                                                                      \
	do {                                                                                       \
		int rounds = 0;                                                                    \
		while (!(condition)) {                                                             \
			ck_assert_msg(rounds++ < PATIENCE_MS, "never: %s", #condition);            \
			turn_round();                                                              \
		}                                                                                  \
	} while (0)

static bool has_heard(const char *text)
{
	const char *all = buffer_string(&heard);

	return strstr(all, text) != NULL;
}

static void tell(const char *text)
{
	size_t len = strlen(text);

	while (len) {
		ssize_t sent = send(peer_fd, text, len, MSG_NOSIGNAL);

		if (sent < 0) {
			ck_assert_int_eq(errno, EAGAIN);
			turn_round();
			continue;
		}
		text += sent;
		len -= (size_t)sent;
	}
}

static const char header[] =
	"<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' "
	"xmlns='jabber:component:accept' from='kith.example.org' id='3BF96D32'>";

static void bring_up(void)
{
	unsigned before = ups;

	wait_until(peer_fd >= 0 && has_heard("to='kith.example.org'>"));
	tell(header);
	/* The SHA-1 of "3BF96D32secret". */
	wait_until(has_heard("<handshake>"
			     "b09ea9b3b7f586be8a08d0a3dd7466f1"
			     "10aeb136</handshake>"));
	tell("<handshake/>");
	wait_until(ups == before + 1);
	buffer_reset(&heard);
}

/* ---- XEP-0114, 3 ---- */

START_TEST(the_handshake_is_the_sha1_of_id_and_secret)
{
	bring_up();
	ck_assert(link_is_up(link_));
	ck_assert(was_logged("link: kith.example.org is up at 127.0.0.1:"));
}
END_TEST

START_TEST(a_refusal_is_logged_in_words_and_tried_again)
{
	wait_until(has_heard("<stream:stream"));
	tell(header);
	wait_until(has_heard("</handshake>"));
	tell("<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
	     "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>Given token does not "
	     "match</text></stream:error></stream:stream>");
	wait_until(was_logged("link: refused by 127.0.0.1:"));
	ck_assert(was_logged(": not-authorized (Given token does not match); next try in "));
	ck_assert_int_eq(link_->state, LINK_WAITING);
	ck_assert_int_eq((int)ups, 0);
	ck_assert_int_eq((int)refusals, 1);
	wait_until(peer_fd < 0);
	now_ms += link_wait_ms(link_, now_ms);
	bring_up();
}
END_TEST

START_TEST(a_stream_without_id_is_answered_and_its_error_read)
{
	wait_until(has_heard("<stream:stream"));
	tell("<stream:stream xmlns:stream='http://etherx.jabber.org/streams' "
	     "xmlns='jabber:component:accept' id=''><stream:error><host-unknown "
	     "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>");
	wait_until(was_logged(": host-unknown; next try"));
}
END_TEST

START_TEST(a_name_is_looked_up_without_waiting)
{
	free(settings->server_host);
	settings->server_host = strdup("localhost");
	link_tick(link_, now_ms);
	ck_assert_int_eq(link_->state, LINK_RESOLVING);
	bring_up(); /* though nobody listens on ::1, which may come first */
	ck_assert(was_logged("link: kith.example.org is up at localhost:"));
}
END_TEST

START_TEST(the_name_service_is_not_taken_to_have_answered_before_it_has)
{
	free(settings->server_host);
	settings->server_host = strdup("localhost");
	link_tick(link_, now_ms);
	ck_assert(!link_handle(link_, 0, now_ms)); /* as in each round of kithd's loop */
	ck_assert_int_eq(link_->state, LINK_RESOLVING);
	bring_up();
}
END_TEST

START_TEST(a_name_service_that_says_nothing_is_left_and_asked_again)
{
	free(settings->server_host);
	settings->server_host = strdup("localhost");
	link_tick(link_, now_ms);
	now_ms += 30000;
	link_tick(link_, now_ms); /* before the answer is looked at */
	ck_assert(was_logged("the name service doesn't answer; next try in "));
	ck_assert_int_eq(link_->state, LINK_WAITING);
	now_ms += link_wait_ms(link_, now_ms);
	bring_up();
}
END_TEST

START_TEST(stanzas_in_the_same_read_as_the_handshake_are_handled)
{
	wait_until(has_heard("<stream:stream"));
	tell(header);
	wait_until(has_heard("</handshake>"));
	tell("<handshake/><iq type='get' id='1' from='a@example.org' "
	     "to='kith.example.org'/><message/>");
	wait_until(stanzas == 2);
	ck_assert_int_eq((int)ups, 1);
}
END_TEST

START_TEST(the_waits_between_attempts_grow_to_a_minute)
{
	int64_t most = 1000;

	close(listen_fd); /* nobody listens there any more */
	for (int i = 0; i < 10; i++) {
		int64_t wait_ms;

		wait_until(link_->state == LINK_WAITING && link_->attempts == (unsigned)i + 1);
		wait_ms = link_wait_ms(link_, now_ms);
		ck_assert_int_ge(wait_ms, most / 2);
		ck_assert_int_le(wait_ms, most);
		most = most < 32000 ? 2 * most : 60000;
		now_ms += wait_ms;
		link_tick(link_, now_ms);
	}
	ck_assert(was_logged("Connection refused; next try in "));
}
END_TEST

/* ---- RFC 6120, 4 and 11 ---- */

START_TEST(a_stanza_may_come_byte_by_byte)
{
	static const char text[] = "<message from='b@example.org' to='kith.example.org'><body>&lt;"
				   "\xe2\x82\xac</body></message>";

	bring_up();
	for (size_t i = 0; i < strlen(text); i++) {
		char one[] = {text[i], '\0'};

		ck_assert_int_eq((int)stanzas, 0);
		tell(one);
		turn_round();
	}
	wait_until(stanzas == 1);
	ck_assert(link_is_up(link_));
}
END_TEST

START_TEST(a_connection_cut_within_a_stanza_is_made_anew)
{
	bring_up();
	tell("<message from='b@example.org'><bo");
	turn_round();
	close(peer_fd);
	peer_fd = -1;
	wait_until(downs == 1);
	ck_assert(was_logged("connection closed; next try in "));
	now_ms += link_wait_ms(link_, now_ms);
	bring_up();
	tell("<message/>");
	wait_until(stanzas == 1);
}
END_TEST

START_TEST(a_stanza_over_the_cap_is_passed_over_and_the_link_lives)
{
	struct buffer big;

	bring_up();
	buffer_init(&big, 0);
	buffer_puts(&big, "<iq type='set' id='big'><x xmlns='y'>");
	for (int i = 0; i < 600000; i++)
		buffer_putc(&big, 'x');
	buffer_puts(&big, "</x></iq><message/>");
	tell(buffer_string(&big));
	buffer_clear(&big);
	wait_until(stanzas == 1);
	ck_assert_int_eq((int)oversized, 1);
	ck_assert(link_is_up(link_));
}
END_TEST

START_TEST(restricted_xml_ends_the_stream)
{
	static const char *const texts[] = {
		"<!DOCTYPE x [<!ENTITY a 'b'>]>", "<?php x?>", "<message>&a;</message>"};
	const char *text = texts[_i];

	bring_up();
	tell(text);
	wait_until(peer_fd < 0);
	ck_assert_msg(has_heard("</stream:error></stream:stream>"), "%s", text);
	if (_i == 1) /* a DTD behind the root, and an undeclared entity, are no XML at all */
		ck_assert(has_heard("<restricted-xml "));
	ck_assert_int_eq((int)downs, 1);
	now_ms += link_wait_ms(link_, now_ms);
	buffer_reset(&heard);
	bring_up();
}
END_TEST

START_TEST(the_memory_of_stanzas_is_used_anew_under_steady_load)
{
	struct buffer some;
	unsigned sent = 0;

	/* One short of a stanza at each end of a send, so that no read ends between two. */
	bring_up();
	buffer_init(&some, 0);
	for (int i = 0; i < 500; i++)
		buffer_puts(&some, "<message from='bob@example.org/phone' to='kith.example.org' "
				   "type='chat'><body>hello</body></message>");
	buffer_puts(&some, "<message from='bob@example.org/phone'>");
	tell("<message>");
	for (; sent < 100; sent++) {
		tell("</message>");
		tell(buffer_string(&some));
		turn_round();
		ck_assert_uint_lt(arena_used(link_->arena), 2u << 20);
	}
	tell("</message>");
	wait_until(stanzas == sent * 501 + 1);
	buffer_clear(&some);
}
END_TEST

/* A round that ends where enough was told. */
static void pick_up(unsigned more)
{
	enough = stanzas + oversized + more;
	link_handle(link_, 0, now_ms);
}

START_TEST(what_is_read_and_not_told_yet_waits_within_the_link)
{
	bring_up();
	enough = 2;
	tell("<message id='1'/><message id='2'/><message id='big'>");
	for (int i = 0; i < 40; i++)
		tell("<a><a><a><a><a><a><a><a>");
	for (int i = 0; i < 40; i++)
		tell("</a></a></a></a></a></a></a></a>");
	tell("</message><message id='4'/>");
	wait_until(stanzas == 2);
	ck_assert_int_eq(link_wait_ms(link_, now_ms), 0);
	pick_up(1);
	ck_assert_uint_eq(oversized, 1);
	ck_assert_uint_eq(stanzas, 2);
	pick_up(9);
	wait_until(stanzas == 3);
	ck_assert_int_gt(link_wait_ms(link_, now_ms), 0);
}
END_TEST

START_TEST(what_waits_within_a_link_ends_with_its_connection)
{
	bring_up();
	enough = 1;
	tell("<message id='1'/><message id='2'/><message id='3'/>");
	wait_until(stanzas == 1);
	close(peer_fd);
	peer_fd = -1;
	wait_until(downs == 1);
	enough = 0;
	now_ms += link_wait_ms(link_, now_ms);
	bring_up();
	ck_assert_uint_le(stanzas, 3);
	ck_assert_uint_eq(link_->input_at, link_->input_len);
}
END_TEST

START_TEST(while_there_is_no_room_what_was_read_waits)
{
	struct buffer big;

	bring_up();
	enough = 1;
	tell("<message id='1'/><message id='2'/>");
	wait_until(stanzas == 1);
	buffer_init(&big, 0);
	while (big.len < 12u << 20)
		buffer_printf(&big, "<message id='%zu'/>", big.len);
	link_send(link_, big.data, big.len, now_ms);
	ck_assert_uint_eq(link_room(link_), 0);
	enough = 0;
	link_handle(link_, EPOLLOUT, now_ms);
	ck_assert_uint_eq(stanzas, 1);
	ck_assert_int_gt(link_wait_ms(link_, now_ms), 0);
	wait_until(stanzas == 2);
	buffer_clear(&big);
}
END_TEST

/* ---- Keeping alive ---- */

START_TEST(a_silent_server_is_pinged_and_given_up_after_a_minute)
{
	bring_up();
	ck_assert_int_le(link_wait_ms(link_, now_ms), 30000);
	now_ms += 30000;
	wait_until(has_heard("<ping xmlns=\"urn:xmpp:ping\"/>"));
	ck_assert(has_heard("to=\"example.org\""));
	now_ms += 59999;
	turn_round();
	ck_assert(link_is_up(link_));
	now_ms += 1;
	turn_round();
	ck_assert_int_eq((int)downs, 1);
	ck_assert(was_logged("the server is silent"));
}
END_TEST

START_TEST(any_byte_keeps_the_link_alive)
{
	bring_up();
	for (int i = 0; i < 20; i++) {
		now_ms += 29000;
		tell(" ");
		wait_until(link_->heard_ms == now_ms);
	}
	ck_assert(link_is_up(link_));
	ck_assert(!has_heard("<ping"));
}
END_TEST

START_TEST(a_ping_is_answered_by_the_server_alone)
{
	char text[200];
	const char *others[] = {"other.example.org", "example.org"};

	bring_up();
	now_ms += 30000;
	wait_until(has_heard("<ping"));
	for (int i = 0; i < 2; i++) {
		char id[sizeof(link_->ping)];

		strcpy(id, link_->ping);
		snprintf(text, sizeof(text), "<iq type='error' from='%s' id='%s'/>", others[i], id);
		tell(text);
		wait_until(stanzas == (unsigned)i + 1);
		ck_assert_int_eq(link_->ping[0] == '\0', i);
	}
}
END_TEST

/* ---- Output ---- */

START_TEST(a_server_that_reads_slowly_gets_all_of_it_in_order)
{
	size_t total = 12u << 20;
	struct buffer big;

	bring_up();
	buffer_init(&big, 0);
	while (big.len < total)
		buffer_printf(&big, "<message id='%zu'/>", big.len);
	link_send(link_, big.data, big.len / 2, now_ms);
	link_send(link_, big.data + big.len / 2, big.len - big.len / 2, now_ms);
	ck_assert_uint_eq(link_room(link_), 0);
	ck_assert_uint_eq(link_->interest, EPOLLOUT); /* nothing is read meanwhile */
	wait_until(heard.len == big.len);
	ck_assert_mem_eq(heard.data, big.data, big.len);
	ck_assert_uint_eq(link_room(link_), settings->limits.queue_bytes);
	ck_assert_uint_eq(link_->interest, EPOLLIN);
	buffer_clear(&big);
}
END_TEST

START_TEST(what_is_sent_while_the_link_is_down_is_dropped)
{
	link_send(link_, "<message/>", 10, now_ms);
	bring_up();
	ck_assert(!has_heard("<message"));
}
END_TEST

/* ---- RFC 6120, 4.4 ---- */

START_TEST(closing_waits_for_the_servers_end_of_stream)
{
	bring_up();
	link_close(link_, now_ms);
	ck_assert(!link_is_closed(link_));
	wait_until(has_heard("</stream:stream>"));
	tell("</stream:stream>");
	wait_until(link_is_closed(link_));
	ck_assert_int_eq((int)downs, 1);
	ck_assert_int_eq((int)link_wait_ms(link_, now_ms), -1);
}
END_TEST

/* RFC 6120, 4.4: who has ended the stream says nothing more, also of what is wrong with the other
 * side's. */
START_TEST(nothing_is_said_behind_the_end_of_the_stream)
{
	bring_up();
	link_close(link_, now_ms);
	wait_until(has_heard("</stream:stream>"));
	tell("<!DOCTYPE x>");
	wait_until(link_is_closed(link_));
	for (int i = 0; i < 10; i++)
		turn_round();
	ck_assert_str_eq(buffer_string(&heard), "</stream:stream>");
}
END_TEST

START_TEST(closing_doesnt_wait_for_ever)
{
	bring_up();
	link_close(link_, now_ms);
	now_ms += link_wait_ms(link_, now_ms);
	turn_round();
	ck_assert(link_is_closed(link_));
}
END_TEST

START_TEST(other_settings_begin_the_link_anew_at_once)
{
	bring_up();
	link_set_settings(link_, settings, true, now_ms);
	wait_until(has_heard("</stream:stream>"));
	tell("</stream:stream>");
	wait_until(peer_fd < 0);
	buffer_reset(&heard);
	bring_up();
	ck_assert_int_eq((int)ups, 2);
	ck_assert_int_eq((int)downs, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("link");
	SRunner *runner = srunner_create(suite);
	TCase *tcase = tcase_create("XEP-0114");
	int failed;

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, the_handshake_is_the_sha1_of_id_and_secret);
	tcase_add_test(tcase, a_refusal_is_logged_in_words_and_tried_again);
	tcase_add_test(tcase, a_stream_without_id_is_answered_and_its_error_read);
	tcase_add_test(tcase, a_name_is_looked_up_without_waiting);
	tcase_add_test(tcase, the_name_service_is_not_taken_to_have_answered_before_it_has);
	tcase_add_test(tcase, a_name_service_that_says_nothing_is_left_and_asked_again);
	tcase_add_test(tcase, stanzas_in_the_same_read_as_the_handshake_are_handled);
	tcase_add_test(tcase, the_waits_between_attempts_grow_to_a_minute);
	tcase_add_test(tcase, a_stanza_may_come_byte_by_byte);
	tcase_add_test(tcase, a_connection_cut_within_a_stanza_is_made_anew);
	tcase_add_test(tcase, a_stanza_over_the_cap_is_passed_over_and_the_link_lives);
	tcase_add_loop_test(tcase, restricted_xml_ends_the_stream, 0, 3);
	tcase_add_test(tcase, the_memory_of_stanzas_is_used_anew_under_steady_load);
	tcase_add_test(tcase, what_is_read_and_not_told_yet_waits_within_the_link);
	tcase_add_test(tcase, what_waits_within_a_link_ends_with_its_connection);
	tcase_add_test(tcase, while_there_is_no_room_what_was_read_waits);
	tcase_add_test(tcase, a_silent_server_is_pinged_and_given_up_after_a_minute);
	tcase_add_test(tcase, any_byte_keeps_the_link_alive);
	tcase_add_test(tcase, a_ping_is_answered_by_the_server_alone);
	tcase_add_test(tcase, a_server_that_reads_slowly_gets_all_of_it_in_order);
	tcase_add_test(tcase, what_is_sent_while_the_link_is_down_is_dropped);
	tcase_add_test(tcase, closing_waits_for_the_servers_end_of_stream);
	tcase_add_test(tcase, nothing_is_said_behind_the_end_of_the_stream);
	tcase_add_test(tcase, closing_doesnt_wait_for_ever);
	tcase_add_test(tcase, other_settings_begin_the_link_anew_at_once);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
