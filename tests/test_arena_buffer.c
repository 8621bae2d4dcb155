/* Tests of arena.h, buffer.h and utf8.h. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/utf8.h"

START_TEST(memory_is_zeroed_and_aligned_also_when_used_again)
{
	static const size_t sizes[] = {1, 3, 16, 17, 1000, 4095, 4096, 5000, 70000, 200000, 0, 7};
	struct arena *arena = arena_new(0);

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			unsigned char *memory = arena_alloc(arena, sizes[i]);

			ck_assert_ptr_nonnull(memory);
			ck_assert_uint_eq((uintptr_t)memory % _Alignof(max_align_t), 0);
			for (size_t j = 0; j < sizes[i]; j++)
				ck_assert_uint_eq(memory[j], 0);
			memset(memory, 0xff, sizes[i]);
		}
		arena_reset(arena);
		ck_assert_uint_eq(arena_used(arena), 0);
	}
	arena_free(arena);
	arena_free(NULL);
}
END_TEST

START_TEST(pieces_do_not_overlap)
{
	struct arena *arena = arena_new(0);
	char *pieces[2000];

	for (size_t i = 0; i < 2000; i++) {
		pieces[i] = i % 3 ? arena_alloc(arena, i + 1) : arena_strdup(arena, "abc");
		memset(pieces[i], (char)i, i % 3 ? i + 1 : 3);
	}
	for (size_t i = 0; i < 2000; i++) {
		size_t len = i % 3 ? i + 1 : 3, same = 0;

		while (same < len && pieces[i][same] == (char)i)
			same++;
		ck_assert_uint_eq(same, len);
	}
	arena_free(arena);
}
END_TEST

START_TEST(the_cap_holds_and_failure_is_sticky_until_reset)
{
	struct arena *arena = arena_new(100);

	ck_assert_ptr_nonnull(arena_alloc(arena, 60));
	ck_assert_ptr_null(arena_alloc(arena, 41));
	ck_assert(arena_failed(arena));
	ck_assert_ptr_null(arena_alloc(arena, 1));
	ck_assert_ptr_null(arena_strdup(arena, "x"));
	ck_assert_ptr_null(arena_printf(arena, "%d", 1));
	arena_reset(arena);
	ck_assert(!arena_failed(arena));
	ck_assert_ptr_nonnull(arena_alloc(arena, 100));
	arena_free(arena);
}
END_TEST

START_TEST(an_absurd_size_fails)
{
	struct arena *arena = arena_new(0);

	ck_assert_ptr_null(arena_alloc(arena, SIZE_MAX));
	ck_assert(arena_failed(arena));
	arena_reset(arena);
	ck_assert_ptr_nonnull(arena_alloc(arena, 1));
	ck_assert_ptr_null(arena_alloc(arena, SIZE_MAX - 8));
	ck_assert(arena_failed(arena));
	arena_free(arena);
}
END_TEST

START_TEST(texts_are_copied_and_terminated)
{
	struct arena *arena = arena_new(0);

	ck_assert_ptr_null(arena_strdup(arena, NULL));
	ck_assert_ptr_null(arena_strndup(arena, NULL, 3));
	ck_assert(!arena_failed(arena));
	ck_assert_str_eq(arena_strndup(arena, "abcdef", 3), "abc");
	ck_assert_str_eq(arena_strndup(arena, "ab", 9), "ab");
	ck_assert_str_eq(arena_printf(arena, "%s-%d", "a", 7), "a-7");
	arena_free(arena);
}
END_TEST

START_TEST(a_buffer_collects)
{
	struct buffer buf;

	buffer_init(&buf, 0);
	ck_assert_str_eq(buffer_string(&buf), "");
	buffer_puts(&buf, "one ");
	buffer_append(&buf, "two three", 3);
	buffer_append(&buf, NULL, 0);
	buffer_putc(&buf, ' ');
	buffer_printf(&buf, "%d%c", 3, '!');
	ck_assert_str_eq(buffer_string(&buf), "one two 3!");
	ck_assert_uint_eq(buf.len, 10);
	buffer_consume(&buf, 4);
	ck_assert_str_eq(buffer_string(&buf), "two 3!");
	buffer_consume(&buf, 400);
	ck_assert_str_eq(buffer_string(&buf), "");
	for (int i = 0; i < 100000; i++)
		buffer_putc(&buf, 'x');
	ck_assert_uint_eq(strlen(buffer_string(&buf)), 100000);
	buffer_clear(&buf);
	ck_assert_ptr_null(buf.data);
	buffer_clear(&buf);
}
END_TEST

START_TEST(a_buffer_refuses_what_is_over_its_cap)
{
	struct buffer buf;

	buffer_init(&buf, 5);
	buffer_printf(&buf, "%s", "12345");
	ck_assert(!buf.failed);
	ck_assert_str_eq(buffer_string(&buf), "12345");
	buffer_putc(&buf, '6');
	ck_assert(buf.failed);
	ck_assert_ptr_null(buffer_string(&buf));
	ck_assert_ptr_null(buffer_reserve(&buf, 0));
	ck_assert_uint_eq(buf.len, 5);
	buffer_reset(&buf);
	buffer_append(&buf, "123456", 6);
	ck_assert(buf.failed);
	ck_assert_uint_eq(buf.len, 0);
	buffer_reset(&buf);
	ck_assert_ptr_null(buffer_reserve(&buf, SIZE_MAX));
	buffer_clear(&buf);
	ck_assert(!buf.failed);
	ck_assert_uint_eq(buf.cap, 5);
}
END_TEST

static const struct {
	const char *text;
	size_t len;
	uint32_t character;
} characters[] = {
	{"a", 1, 'a'},
	{"\xc2\x80", 2, 0x80},
	{"\xdf\xbf", 2, 0x7ff},
	{"\xe0\xa0\x80", 3, 0x800},
	{"\xed\x9f\xbf", 3, 0xd7ff},
	{"\xee\x80\x80", 3, 0xe000},
	{"\xf0\x90\x80\x80", 4, 0x10000},
	{"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
	{"\x80", 0, 0},
	{"\xc0\x80", 0, 0},
	{"\xc1\xbf", 0, 0},
	{"\xe0\x9f\xbf", 0, 0},
	{"\xed\xa0\x80", 0, 0},
	{"\xf0\x8f\xbf\xbf", 0, 0},
	{"\xf4\x90\x80\x80", 0, 0},
	{"\xf5\x80\x80\x80", 0, 0},
	{"\xc3", 0, 0},
	{"\xe2\x82", 0, 0},
	{"\xe2\x28\xa1", 0, 0},
};

START_TEST(utf8_is_decoded_as_rfc_3629_says)
{
	uint32_t character = 0;

	ck_assert_uint_eq(utf8_decode(characters[_i].text, strlen(characters[_i].text), &character),
		characters[_i].len);
	ck_assert_uint_eq(character, characters[_i].character);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("arena and buffer");
	TCase *tc = tcase_create("arena.h");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, memory_is_zeroed_and_aligned_also_when_used_again);
	tcase_add_test(tc, pieces_do_not_overlap);
	tcase_add_test(tc, the_cap_holds_and_failure_is_sticky_until_reset);
	tcase_add_test(tc, an_absurd_size_fails);
	tcase_add_test(tc, texts_are_copied_and_terminated);
	suite_add_tcase(suite, tc);
	tc = tcase_create("buffer.h");
	tcase_add_test(tc, a_buffer_collects);
	tcase_add_test(tc, a_buffer_refuses_what_is_over_its_cap);
	suite_add_tcase(suite, tc);
	tc = tcase_create("RFC 3629, 3");
	tcase_add_loop_test(tc, utf8_is_decoded_as_rfc_3629_says, 0,
		(int)(sizeof(characters) / sizeof(*characters)));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
