/* Tests of one push, and of the window that pushes go out in. */
#include <check.h>
#include <string.h>

#include "common/arena.h"
#include "common/item_uri.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/push.h"
#include "component/run.h"
#include "component/window.h"

/* ---- A push (design 3; XEP-0359, XEP-0334, XEP-0203) ---- */

static struct xml *example_push(struct arena *arena, const char *name, int64_t at, int64_t now)
{
	struct run_push push = {.update = 5,
		.holder = "alice@example.org",
		.item = "carol@example.org",
		.subject = "carol@example.org",
		.name = name,
		.what = "",
		.text = "",
		.at = at};
	char id[PUSH_ID_SIZE];
	static const unsigned char key[32] = {1};
	struct xml *message;

	push_id(id, key, push.update);
	message = push_message(arena, "kith.example.org", id, &push, now);
	ck_assert_ptr_nonnull(message);
	return message;
}

START_TEST(a_push_is_a_stored_chat_with_an_origin_id_and_no_event)
{
	struct arena *arena = arena_new(0);
	const struct xml *message = example_push(arena, "Carol", 1000, 1000);

	ck_assert_str_eq(xml_get(message, "type"), "chat");
	ck_assert_str_eq(xml_get(message, "to"), "alice@example.org");
	ck_assert_uint_eq(strlen(xml_get(message, "id")), PUSH_ID_SIZE - 1);
	ck_assert_str_eq(
		xml_get(xml_child(message, NS_SID, "origin-id"), "id"), xml_get(message, "id"));
	ck_assert_ptr_nonnull(xml_child(message, NS_HINTS, "store"));
	ck_assert_ptr_null(xml_child(message, NS_PUBSUB_EVENT, "event"));
	ck_assert_ptr_null(xml_child(message, NS_DELAY, "delay"));
	arena_free(arena);
}
END_TEST

START_TEST(a_push_refers_to_the_contact_that_was_updated)
{
	static const char *const items[] = {
		"carol@example.org", "urn:uuid:1", "a;item=b%41 \xc3\xa9?", "100%"};
	struct arena *arena = arena_new(0);

	ck_assert_str_eq(xml_get(xml_child(example_push(arena, "Carol", 1000, 1000), NS_REFERENCE,
					 "reference"),
				 "uri"),
		"xmpp:kith.example.org?;node=urn%3Axmpp%3Acontacts;item=carol%40example.org");
	for (size_t i = 0; i < sizeof(items) / sizeof(*items); i++) {
		struct xml *message = xml_new(arena, NS_CLIENT, "message");

		item_uri_refer(arena, message, "kith.example.org", NODE_CONTACTS, items[i]);
		ck_assert_str_eq(items[i],
			item_uri_referred(arena, message, "kith.example.org", NODE_CONTACTS));
		ck_assert_ptr_null(
			item_uri_referred(arena, message, "evil.example.org", NODE_CONTACTS));
		ck_assert_ptr_null(
			item_uri_referred(arena, message, "kith.example.org", NODE_PROFILE));
	}
	arena_free(arena);
}
END_TEST

START_TEST(a_late_push_says_when_the_update_was)
{
	struct arena *arena = arena_new(0);
	const struct xml *delay =
		xml_child(example_push(arena, "Carol", 1800000000, 1800003600), NS_DELAY, "delay");

	ck_assert_ptr_nonnull(delay);
	ck_assert_str_eq(xml_get(delay, "from"), "kith.example.org");
	ck_assert_str_eq(xml_get(delay, "stamp"), "2027-01-15T08:00:00Z");
	arena_free(arena);
}
END_TEST

START_TEST(a_name_in_a_push_makes_no_line_of_its_own)
{
	struct arena *arena = arena_new(0);
	const struct xml *message = example_push(arena, "Carol\nBank\xe2\x80\xae says", 1000, 1000);
	const char *body = xml_child_text(arena, message, "body");

	ck_assert_ptr_null(strchr(body, '\n'));
	ck_assert_ptr_null(strstr(body, "\xe2\x80\xae"));
	arena_free(arena);
}
END_TEST

START_TEST(ids_of_pushes_differ_by_update_and_by_key)
{
	static const unsigned char key[32] = {1}, other[32] = {2};
	char a[PUSH_ID_SIZE], b[PUSH_ID_SIZE];

	push_id(a, key, 1);
	push_id(b, key, 1);
	ck_assert_str_eq(a, b);
	push_id(b, key, 2);
	ck_assert_str_ne(a, b);
	push_id(b, other, 1);
	ck_assert_str_ne(a, b);
}
END_TEST

/* ---- The window (design 4, "Two cursors"; XEP-0199) ---- */

/* What a window holds after an answer that took so long. */
static const struct {
	size_t sent;
	int64_t took_ms;
	size_t size;
} windows[] = {
	{256, 100, 256},
	{256, 0, 512},
	{256, 50, 512},
	{256, 10, 512},
	{256, 80, 320},
	{256, 200, 128},
	{256, 60000, 128},
	{20, 0, 256},
	{20, 60000, 128},
};

START_TEST(a_window_follows_the_time_of_the_answer)
{
	struct arena *arena = arena_new(0);
	struct window *window = window_new();
	struct xml *iq, *pong = xml_new(arena, NS_COMPONENT, "iq");
	struct window_bounce bounce;
	char id[PUSH_ID_SIZE] = "x";

	window_up(window);
	for (size_t i = 0; i < windows[_i].sent; i++)
		window_add(window, id, NULL);
	iq = window_close(window, arena, "kith.example.org", "example.org", 1000);
	ck_assert(!window_is_open(window));
	xml_set(arena, pong, "type", "result");
	xml_set(arena, pong, "from", "example.org");
	xml_set(arena, pong, "id", xml_get(iq, "id"));
	ck_assert_int_eq(
		window_answer(window, pong, 1000 + windows[_i].took_ms, &bounce), WINDOW_TAKEN);
	ck_assert(window_is_open(window));
	ck_assert_uint_eq(window_left(window), windows[_i].size);
	window_free(window);
	arena_free(arena);
}
END_TEST

START_TEST(a_window_halves_at_each_reconnect_down_to_the_least)
{
	struct window *window = window_new();

	window_up(window);
	for (size_t size = WINDOW_FIRST; size > WINDOW_LEAST; size /= 2) {
		ck_assert_uint_eq(window_left(window), size);
		window_down(window);
		ck_assert(!window_is_open(window));
		window_up(window);
	}
	window_down(window);
	window_up(window);
	ck_assert_uint_eq(window_left(window), WINDOW_LEAST);
	window_free(window);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("push");
	TCase *push = tcase_create("design 3: push");
	TCase *window = tcase_create("design 4: two cursors");

	tcase_add_test(push, a_push_is_a_stored_chat_with_an_origin_id_and_no_event);
	tcase_add_test(push, a_push_refers_to_the_contact_that_was_updated);
	tcase_add_test(push, a_late_push_says_when_the_update_was);
	tcase_add_test(push, a_name_in_a_push_makes_no_line_of_its_own);
	tcase_add_test(push, ids_of_pushes_differ_by_update_and_by_key);
	suite_add_tcase(suite, push);
	tcase_add_loop_test(window, a_window_follows_the_time_of_the_answer, 0,
		(int)(sizeof(windows) / sizeof(windows[0])));
	tcase_add_test(window, a_window_halves_at_each_reconnect_down_to_the_least);
	suite_add_tcase(suite, window);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
