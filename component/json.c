/* Writing JSON (RFC 8259, 4 to 7). */
#include "component/json.h"

#include <inttypes.h>

#include "common/buffer.h"

void json_string(struct buffer *out, const char *text)
{
	buffer_putc(out, '"');
	for (; text && *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			buffer_printf(out, "\\%c", c);
		else if (c == '\n')
			buffer_puts(out, "\\n");
		else if (c == '\r')
			buffer_puts(out, "\\r");
		else if (c < 0x20)
			buffer_printf(out, "\\u%04x", (unsigned)c);
		else
			buffer_putc(out, *text);
	}
	buffer_putc(out, '"');
}

/* A value ends with none of these, but a string, and that with a quote. */
static bool is_beginning(const struct buffer *out)
{
	return out->len == 0 || out->data[out->len - 1] == '{' || out->data[out->len - 1] == '[';
}

void json_name(struct buffer *out, const char *name)
{
	if (!is_beginning(out))
		buffer_puts(out, ", ");
	json_string(out, name);
	buffer_puts(out, ": ");
}

void json_member(struct buffer *out, const char *name, const char *text)
{
	json_name(out, name);
	json_string(out, text);
}

void json_member_int(struct buffer *out, const char *name, int64_t number)
{
	json_name(out, name);
	buffer_printf(out, "%" PRId64, number);
}

void json_member_bool(struct buffer *out, const char *name, bool yes)
{
	json_name(out, name);
	buffer_puts(out, yes ? "true" : "false");
}

void json_element(struct buffer *out)
{
	buffer_puts(out, is_beginning(out) ? "\n{" : ",\n{");
}
