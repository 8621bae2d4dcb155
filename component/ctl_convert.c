/* kithctl convert: any vCard in, the given form out. */
#include "component/ctl.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/ns.h"
#include "common/vcard.h"
#include "common/xml.h"

enum form { FORM_TEXT_3, FORM_TEXT_4, FORM_XML, FORM_TEMP };

static const struct {
	const char *name;
	enum form form;
} forms[] = {
	{"4.0", FORM_TEXT_4}, {"3.0", FORM_TEXT_3}, {"xml", FORM_XML}, {"vcard-temp", FORM_TEMP}};

struct conversion {
	struct arena *arena;
	const char *file;
	enum form form;
	struct buffer out;
	size_t count; /* cards seen, faulty ones too */
	bool has_faults;
};

/* vCard4 XML in a file has its root element, RFC 6351, 5. */
#define XML_BEGIN "<vcards xmlns=\"" NS_VCARD4 "\">"
#define XML_END "</vcards>\n"

static void write_card(struct conversion *conversion, const struct vcard *card)
{
	struct buffer *out = &conversion->out;

	conversion->count++;
	switch (conversion->form) {
	case FORM_TEXT_3:
		vcard_write(out, card, VCARD_3_0);
		break;
	case FORM_TEXT_4:
		vcard_write(out, card, VCARD_4_0);
		break;
	case FORM_XML:
		xml_write(out, vcard_to_xml(conversion->arena, card), NS_VCARD4);
		break;
	case FORM_TEMP:
		xml_write(out, vcard_to_temp(conversion->arena, card), NULL);
		buffer_putc(out, '\n');
		break;
	}
}

static void complain(struct conversion *conversion, const char *why)
{
	fprintf(stderr, "kithctl: %s: %s\n", conversion->file, why);
	conversion->has_faults = true;
	conversion->count++;
}

/* A card of either kind, wherever it is in the document: in a list, a pubsub item, an iq. */
static void convert_element(struct conversion *conversion, const struct xml *element)
{
	const struct vcard *card;
	const char *why = NULL;

	if (xml_is(element, NS_VCARD4, "vcard"))
		card = vcard_from_xml(conversion->arena, element, &why);
	else if (xml_is(element, NS_VCARD_TEMP, "vCard"))
		card = vcard_from_temp(conversion->arena, element, &why);
	else {
		for (const struct xml *child = element->first; child != NULL; child = child->next) {
			if (child->name != NULL)
				convert_element(conversion, child);
		}
		return;
	}
	if (card != NULL)
		write_card(conversion, card);
	else
		complain(conversion, why != NULL ? why : "out of memory");
}

static void convert_xml(struct conversion *conversion, const struct buffer *in)
{
	const struct xml_limits limits = {
		.bytes = in->len + 1, .depth = 64, .elements = 10000000, .attributes = 256};
	const struct xml *root;
	const char *why = NULL;

	root = xml_parse(conversion->arena, in->data, in->len, NULL, &limits, &why);
	if (root == NULL)
		complain(conversion, why != NULL ? why : "out of memory");
	else
		convert_element(conversion, root);
}

static void convert_text(struct conversion *conversion, const struct buffer *in)
{
	struct vcard_reader reader;
	const struct vcard *card;
	const char *why;

	vcard_reader_init(&reader, in->data, in->len);
	while ((card = vcard_read(&reader, conversion->arena, &why)) != NULL || why != NULL) {
		if (card != NULL)
			write_card(conversion, card);
		else
			complain(conversion, why);
		arena_reset(conversion->arena);
	}
}

/* XML begins with <, behind a byte order mark and white space. */
static bool is_xml(const struct buffer *in)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t i = 0;

	if (in->len >= 3 && memcmp(in->data, mark, 3) == 0)
		i = 3;
	while (i < in->len && strchr(" \t\r\n", in->data[i]) != NULL && in->data[i] != '\0')
		i++;
	return i < in->len && in->data[i] == '<';
}

static bool read_form(const char *name, enum form *form)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (strcmp(forms[i].name, name) == 0) {
			*form = forms[i].form;
			return true;
		}
	}
	return false;
}

int ctl_convert(struct ctl *ctl)
{
	struct conversion conversion = {.arena = ctl->arena, .form = FORM_TEXT_4};
	struct buffer in;
	int option;

	while ((option = getopt(ctl->argc, ctl->argv, "+f:")) != -1) {
		if (option != 'f' || !read_form(optarg, &conversion.form))
			return CTL_USAGE;
	}
	if (ctl->argc - optind != 1)
		return CTL_USAGE;
	conversion.file = ctl->argv[optind];
	buffer_init(&conversion.out, 0);
	if (!ctl_read_file(conversion.file, &in)) {
		buffer_clear(&in);
		return CTL_FAILED;
	}
	if (conversion.form == FORM_XML)
		buffer_puts(&conversion.out, XML_BEGIN);
	if (is_xml(&in))
		convert_xml(&conversion, &in);
	else
		convert_text(&conversion, &in);
	if (conversion.form == FORM_XML)
		buffer_puts(&conversion.out, XML_END);
	if (conversion.count == 0)
		complain(&conversion, "there is no vCard in it");
	if (conversion.out.failed || arena_failed(ctl->arena))
		complain(&conversion, "out of memory");
	else
		fwrite(conversion.out.data, 1, conversion.out.len, stdout);
	buffer_clear(&conversion.out);
	buffer_clear(&in);
	return conversion.has_faults ? CTL_FAILED : CTL_OK;
}
