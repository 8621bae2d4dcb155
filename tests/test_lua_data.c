/* Stanzas as Prosody 0.12 stores them (util.serialization, util.stanza). */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/xml.h"
#include "component/lua_data.h"

static struct arena *arena;

static void set_up(void)
{
	arena = arena_new(0);
}

static void tear_down(void)
{
	arena_free(arena);
}

static const struct {
	const char *file, *xml;
} files[] = {
	{"return {\n\t[\"name\"] = \"a\";\n\t[\"attr\"] = {\n\t\t[\"xmlns\"] = \"n\";\n\t};\n};\n",
		"<a xmlns=\"n\"/>"},
	{"return {\"x\",[\"name\"]=\"a\",[\"attr\"]={}}", "<a>x</a>"},
	/* Children inherit the namespace, or have their own. */
	{"return {{[\"name\"]=\"b\";[\"attr\"]={};};{\"t\";[\"name\"]=\"c\";"
	 "[\"attr\"]={[\"xmlns\"]=\"m\";[\"k\"]=\"v\"};};[\"name\"]=\"a\";"
	 "[\"attr\"]={[\"xmlns\"]=\"n\";};};",
		"<a xmlns=\"n\"><b/><c xmlns=\"m\" k=\"v\">t</c></a>"},
	{"return {\"a\\nb\\\\c\\t]]> & \\195\\169\\\"\\'\";[\"name\"]=\"a\";[\"attr\"]={};};",
		"<a>a\nb\\c\t]]&gt; &amp; \xc3\xa9\"'</a>"},
	/* What is out of its turn has its place before it, as in "[2] = ". */
	{"return {[3]={\"z\";[\"name\"]=\"d\";};{[\"name\"]=\"b\";};[2]=\"y\";[\"2\"]={};"
	 "[\"name\"]=\"a\";[\"attr\"]={};};",
		"<a><b/>y<d>z</d></a>"},
	/* Of a list, the newest. What is beside the stanza, and attributes with a namespace: not.
	 */
	{"item({\"old\";[\"name\"]=\"a\";[\"attr\"]={};});\n"
	 "item({\"new\";[\"when\"]=1795324249;[\"ok\"]=true;[\"name\"]=\"a\";"
	 "[\"attr\"]={[\"http://www.w3.org/XML/1998/namespace\\001lang\"]=\"en\"};});\n",
		"<a>new</a>"},
	/* Bytes that are no character are never handed on. */
	{"return {\"\\255\\001\";[\"name\"]=\"a\";[\"attr\"]={};};",
		"<a>\xef\xbf\xbd\xef\xbf\xbd</a>"},
};

START_TEST(what_prosody_writes_is_read)
{
	const char *why = NULL;
	const struct xml *element =
		lua_data_element(arena, files[_i].file, strlen(files[_i].file), &why);

	ck_assert_msg(element != NULL, "%s", why);
	ck_assert_str_eq(xml_to_string(arena, element, NULL), files[_i].xml);
}
END_TEST

static const char *const faults[] = {
	"",
	"return",
	"return nil",
	"return \"text\"",
	"return {}",
	"return {[\"name\"]={};}",
	"return {[\"name\"]=\"a b\";[\"attr\"]={};}",
	"return {[\"name\"]=\"a\";[\"attr\"]={};} more",
	"return {[\"name\"]=\"a\";[\"attr\"]={};",
	"return {[\"name\"]=\"a",
	"return {[\"name\"]=\"a\\",
	"return {[\"name\"]=\"a\\999\"}",
	"return {[\"name\"]=\"a\\q\"}",
	"return {[\"name\"] \"a\"}",
	"return os.execute(\"true\")",
	"item({[\"name\"]=\"a\";[\"attr\"]={};}",
	"item()",
};

START_TEST(anything_else_is_refused_with_a_reason)
{
	const char *why = NULL;

	ck_assert_ptr_null(lua_data_element(arena, faults[_i], strlen(faults[_i]), &why));
	ck_assert_ptr_nonnull(why);
}
END_TEST

START_TEST(no_file_makes_it_go_too_deep)
{
	struct buffer deep;
	const char *why = NULL;

	buffer_init(&deep, 0);
	buffer_puts(&deep, "return ");
	for (int i = 0; i < 1000000; i++)
		buffer_putc(&deep, '{');
	ck_assert_ptr_null(lua_data_element(arena, deep.data, deep.len, &why));
	ck_assert_ptr_nonnull(why);
	buffer_clear(&deep);
}
END_TEST

START_TEST(a_file_cut_anywhere_is_refused)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		const char *end = strrchr(files[i].file, '}');

		for (size_t len = 0; len < (size_t)(end - files[i].file); len++) {
			/* Of exact size, so that a read behind its end is seen. */
			char *cut = malloc(len + 1);
			const char *why = NULL;

			memcpy(cut, files[i].file, len);
			cut = realloc(cut, len > 0 ? len : 1);
			/* A list that is cut between two items is a list. */
			if (lua_data_element(arena, cut, len, &why) == NULL)
				ck_assert_ptr_nonnull(why);
			else
				ck_assert_int_eq(files[i].file[0], 'i');
			free(cut);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("Prosody's stored stanzas");
	TCase *all = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_loop_test(all, what_prosody_writes_is_read, 0, sizeof(files) / sizeof(files[0]));
	tcase_add_loop_test(
		all, anything_else_is_refused_with_a_reason, 0, sizeof(faults) / sizeof(faults[0]));
	tcase_add_test(all, no_file_makes_it_go_too_deep);
	tcase_add_test(all, a_file_cut_anywhere_is_refused);
	suite_add_tcase(suite, all);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
