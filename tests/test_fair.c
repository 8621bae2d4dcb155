/* Tests of fair.h, on a clock of their own. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/ns.h"
#include "common/xml.h"
#include "component/fair.h"
#include "tests/expect.h"

#define SECOND 1000000

static struct fair *fair;
static struct arena *arena;
static int64_t now;

static void setup(void)
{
	arena = arena_new(0);
	fair = fair_new();
	now = 1000 * (int64_t)SECOND;
	ck_assert_ptr_nonnull(fair);
}

static void teardown(void)
{
	fair_free(fair);
	fair_free(NULL);
	arena_free(arena);
}

static struct xml *iq(const char *from, const char *type, const char *id)
{
	struct xml *stanza = xml_new(arena, NS_COMPONENT, "iq");

	xml_set(arena, stanza, "from", from);
	xml_set(arena, stanza, "type", type);
	xml_set(arena, stanza, "id", id);
	xml_add(arena, stanza, NS_PING, "ping");
	return stanza;
}

static enum fair_verdict admit(const char *from, const char *id)
{
	return fair_admit(fair, iq(from, "get", id), now);
}

/* A stanza from there took so many milliseconds, which have passed. */
static void use(const char *from, int64_t ms)
{
	now += ms * 1000;
	fair_charge(fair, iq(from, "get", "x"), ms * 1000, now);
}

/* The id of the next that may be handled; "" for none. */
static const char *next(bool is_idle)
{
	const struct xml *stanza = fair_next(fair, is_idle, now);

	return stanza ? xml_get(stanza, "id") : "";
}

START_TEST(who_uses_little_never_waits)
{
	for (int i = 0; i < 10000; i++) {
		ck_assert_int_eq(admit("alice@example.org/r", "1"), FAIR_NOW);
		use("alice@example.org/r", 1);
		now += 7000;
	}
}
END_TEST

START_TEST(who_uses_much_waits_until_it_is_made_up_for)
{
	use("alice@example.org/r", 99);
	ck_assert_int_eq(admit("alice@example.org/r", "1"), FAIR_NOW);
	use("alice@example.org/r", 51);
	ck_assert_int_eq(admit("alice@example.org/r", "1"), FAIR_LATER);
	ck_assert_int_eq(admit("bob@example.org/r", "1"), FAIR_NOW);
	ck_assert_str_eq(next(false), "");
	now += SECOND;
	ck_assert_str_eq(next(false), "1");
	ck_assert_str_eq(next(false), "");
	ck_assert(!fair_has_any(fair));
	ck_assert_int_eq(admit("alice@example.org/r", "2"), FAIR_NOW);
}
END_TEST

START_TEST(an_account_has_an_eighth_of_the_time_and_others_the_rest)
{
	int64_t began, used = 0;

	use("alice@example.org/r", 200);
	began = now;
	while (now - began < 100 * (int64_t)SECOND) {
		if (admit("alice@example.org/r", "1") == FAIR_NOW || *next(false)) {
			use("alice@example.org/r", 5);
			used += 5000;
		} else {
			now += 1000;
		}
	}
	ck_assert_int_gt(used, 12 * (int64_t)SECOND);
	ck_assert_int_lt(used, 13 * (int64_t)SECOND);
}
END_TEST

START_TEST(what_is_put_aside_keeps_its_order_and_goes_when_nothing_else_waits)
{
	use("alice@example.org/r", 500);
	ck_assert_int_eq(admit("alice@example.org/r", "1"), FAIR_LATER);
	ck_assert_int_eq(admit("alice@example.org/other", "2"), FAIR_LATER);
	ck_assert_int_eq(admit("alice@example.org", "3"), FAIR_LATER);
	ck_assert_str_eq(next(true), "1");
	ck_assert_str_eq(next(true), "2");
	now += 100 * (int64_t)SECOND;
	/* It owes nothing any more, but stands behind its own. */
	ck_assert_int_eq(admit("alice@example.org/r", "4"), FAIR_LATER);
	ck_assert_str_eq(next(false), "3");
	ck_assert_str_eq(next(false), "4");
	ck_assert_str_eq(next(true), "");
	ck_assert_int_eq(admit("alice@example.org/r", "5"), FAIR_NOW);
}
END_TEST

START_TEST(accounts_take_turns)
{
	use("alice@example.org/r", 500);
	use("bob@example.org/r", 500);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(admit("alice@example.org/r", "a"), FAIR_LATER);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(admit("bob@example.org/r", "b"), FAIR_LATER);
	for (int i = 0; i < 3; i++) {
		const char *one = arena_strdup(arena, next(true)),
			   *other = arena_strdup(arena, next(true));

		ck_assert_str_ne(one, other);
	}
	ck_assert_str_eq(next(true), "");
}
END_TEST

START_TEST(answers_and_the_server_itself_never_wait)
{
	use("alice@example.org", 500);
	use("example.org", 500);
	ck_assert_int_eq(fair_admit(fair, iq("alice@example.org", "result", "1"), now), FAIR_NOW);
	ck_assert_int_eq(fair_admit(fair, iq("alice@example.org", "error", "1"), now), FAIR_NOW);
	ck_assert_int_eq(admit("example.org", "1"), FAIR_NOW);
	ck_assert_int_eq(fair_admit(fair, xml_new(arena, NS_COMPONENT, "iq"), now), FAIR_NOW);
	ck_assert_int_eq(admit("alice@example.org", "1"), FAIR_LATER);
}
END_TEST

static struct xml *delegated(const char *from)
{
	struct xml *outer = xml_new(arena, NS_COMPONENT, "iq"), *inner;

	xml_set(arena, outer, "from", "example.org");
	xml_set(arena, outer, "type", "set");
	xml_set(arena, outer, "id", "outer");
	inner = xml_add(arena,
		xml_add(arena, xml_add(arena, outer, NS_DELEGATION_2, "delegation"), NS_FORWARD,
			"forwarded"),
		NS_CLIENT, "iq");
	xml_set(arena, inner, "from", from);
	return outer;
}

START_TEST(what_is_delegated_is_of_who_sent_it)
{
	now += 500000;
	fair_charge(fair, delegated("alice@example.org/r"), 500000, now);
	ck_assert_int_eq(admit("alice@example.org/r", "1"), FAIR_LATER);
	ck_assert_int_eq(fair_admit(fair, delegated("alice@example.org/x"), now), FAIR_LATER);
	ck_assert_int_eq(fair_admit(fair, delegated("bob@example.org/x"), now), FAIR_NOW);
	ck_assert_str_eq(next(true), "1");
	ck_assert_str_eq(next(true), "outer");
}
END_TEST

/* How many are put aside before there is no room. */
static unsigned fill(const char *from)
{
	unsigned count = 0;

	while (admit(from, "1") == FAIR_LATER)
		count++;
	return count;
}

START_TEST(what_is_put_aside_is_bounded_for_one_and_for_all)
{
	unsigned later;
	char from[40];

	use("alice@example.org/r", 500);
	ck_assert_int_eq(admit("bob@example.org", "1"), FAIR_NOW);
	later = fill("alice@example.org/r");
	ck_assert_uint_ge(later, 4000);
	ck_assert_uint_le(later, 12000);
	ck_assert_int_eq(admit("alice@example.org/r", "1"), FAIR_FULL);
	for (int i = 0; i < 60; i++) {
		snprintf(from, sizeof(from), "user%d@example.org", i);
		use(from, 500);
	}
	for (int i = 0; i < 60; i++) {
		snprintf(from, sizeof(from), "user%d@example.org", i);
		later += fill(from);
	}
	ck_assert_uint_le(later, 48000);
	while (*next(true))
		later--;
	ck_assert_uint_eq(later, 0);
	ck_assert(!fair_has_any(fair));
}
END_TEST

START_TEST(who_is_alone_is_not_refused_but_has_to_wait_for_itself)
{
	use("alice@example.org/r", 500);
	fill("alice@example.org/r");
	ck_assert_int_eq(admit("alice@example.org/r", "2"), FAIR_ALONE);
	ck_assert_str_eq(next(true), "1");
	ck_assert_int_eq(admit("alice@example.org/r", "2"), FAIR_LATER);
	ck_assert_int_eq(admit("alice@example.org/r", "3"), FAIR_ALONE);
	ck_assert_int_eq(admit("bob@example.org/r", "1"), FAIR_NOW);
	ck_assert_int_eq(admit("alice@example.org/r", "3"), FAIR_FULL);
	use("alice@example.org/r", 11000);
	ck_assert_int_eq(admit("alice@example.org/r", "3"), FAIR_ALONE);
}
END_TEST

START_TEST(what_is_put_aside_comes_as_it_was)
{
	static const char text[] =
		"<iq xml:lang='en' from='alice@example.org/r' id='1' type='set' to='x'>"
		"<a xmlns='urn:x' b='&quot;&#10;'>t&lt;<c xmlns='urn:y' d='' xmlns:z='urn:z' "
		"z:e='f'/></a> </iq>";
	struct xml *stanza =
		xml_parse(arena, text, strlen(text), NS_COMPONENT, &xml_limits_stanza, NULL);
	const char *before = xml_to_string(arena, stanza, NULL);

	use("alice@example.org/r", 500);
	ck_assert_int_eq(fair_admit(fair, stanza, now), FAIR_LATER);
	ck_assert_str_eq(xml_to_string(arena, fair_next(fair, true, now), NULL), before);
}
END_TEST

START_TEST(what_is_larger_than_all_room_is_refused)
{
	char *text = malloc(1500001);
	struct xml *large = iq("alice@example.org/r", "set", "large");

	memset(text, 'x', 1500000);
	text[1500000] = '\0';
	xml_add_text(arena, large, text);
	use("alice@example.org/r", 500);
	ck_assert_int_eq(fair_admit(fair, large, now), FAIR_FULL);
	ck_assert(!fair_has_any(fair));
	free(text);
}
END_TEST

START_TEST(who_uses_most_is_kept_in_mind_among_many)
{
	char from[40];

	use("alice@example.org/r", 1000);
	for (int i = 0; i < 1000; i++) {
		snprintf(from, sizeof(from), "user%d@example.org", i);
		use(from, 1);
	}
	ck_assert_int_eq(admit("alice@example.org/r", "1"), FAIR_LATER);
}
END_TEST

START_TEST(nothing_that_was_put_aside_makes_room_for_another_account)
{
	char from[40];
	int count = 0;

	for (int i = 0; i < 100; i++) {
		snprintf(from, sizeof(from), "user%d@example.org", i);
		use(from, 500);
		count += admit(from, "1") == FAIR_LATER;
	}
	ck_assert_int_ge(count, 64);
	while (*next(true))
		count--;
	ck_assert_int_eq(count, 0);
}
END_TEST

START_TEST(what_was_put_aside_goes_with_its_connection)
{
	use("alice@example.org/r", 500);
	ck_assert_int_eq(admit("alice@example.org/r", "1"), FAIR_LATER);
	ck_assert_int_eq(admit("alice@example.org/r", "2"), FAIR_LATER);
	ck_assert_str_eq(next(true), "1");
	fair_clear(fair);
	ck_assert(!fair_has_any(fair));
	ck_assert_str_eq(next(true), "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fair");
	TCase *tcase = tcase_create("design 1.8");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, who_uses_little_never_waits);
	tcase_add_test(tcase, who_uses_much_waits_until_it_is_made_up_for);
	tcase_add_test(tcase, an_account_has_an_eighth_of_the_time_and_others_the_rest);
	tcase_add_test(tcase, what_is_put_aside_keeps_its_order_and_goes_when_nothing_else_waits);
	tcase_add_test(tcase, accounts_take_turns);
	tcase_add_test(tcase, answers_and_the_server_itself_never_wait);
	tcase_add_test(tcase, what_is_delegated_is_of_who_sent_it);
	tcase_add_test(tcase, what_is_put_aside_is_bounded_for_one_and_for_all);
	tcase_add_test(tcase, who_is_alone_is_not_refused_but_has_to_wait_for_itself);
	tcase_add_test(tcase, what_is_put_aside_comes_as_it_was);
	tcase_add_test(tcase, what_is_larger_than_all_room_is_refused);
	tcase_add_test(tcase, who_uses_most_is_kept_in_mind_among_many);
	tcase_add_test(tcase, nothing_that_was_put_aside_makes_room_for_another_account);
	tcase_add_test(tcase, what_was_put_aside_goes_with_its_connection);
	suite_add_tcase(suite, tcase);
	return expect_all(suite);
}
