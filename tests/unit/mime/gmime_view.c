#include "gmime_view.h"

#include <gmime/gmime.h>
#include <stdlib.h>

static void view_object(GMimeObject *object, int depth, struct buf *out);

static void
view_leaf(GMimePart *part, struct buf *out)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GMimeStream *memory = g_mime_stream_mem_new();
	GByteArray *bytes;

	if (content != NULL)
		g_mime_data_wrapper_write_to_stream(content, memory);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
	buf_addf(out, "%u octets\n", bytes->len);
	buf_add(out, bytes->data, bytes->len);
	buf_add_char(out, '\n');
	g_object_unref(memory);
}

static void
view_multipart(GMimeMultipart *multi, int depth, struct buf *out)
{
	int n = g_mime_multipart_get_count(multi);

	buf_addf(out, "%d parts\n", n);
	for (int i = 0; i < n; i++)
		view_object(g_mime_multipart_get_part(multi, i), depth, out);
}

static void
view_object(GMimeObject *object, int depth, struct buf *out)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);
	char *name = g_mime_content_type_get_mime_type(type);

	buf_addf(out, "%*s%s ", 2 * depth, "", name);
	g_free(name);
	if (GMIME_IS_MULTIPART(object)) {
		view_multipart(GMIME_MULTIPART(object), depth + 1, out);
	} else if (GMIME_IS_MESSAGE_PART(object)) {
		GMimeMessage *m =
		    g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));

		buf_add_str(out, m == NULL ? "nothing\n" : "message\n");
		if (m != NULL)
			view_object(
			    g_mime_message_get_mime_part(m), depth + 1, out);
	} else if (GMIME_IS_PART(object)) {
		view_leaf(GMIME_PART(object), out);
	} else {
		buf_add_str(out, "something\n");
	}
}

void
gmime_view(struct slice message, struct buf *out)
{
	GMimeStream *stream =
	    g_mime_stream_mem_new_with_buffer(message.p, message.len);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *m = g_mime_parser_construct_message(parser, NULL);

	if (m != NULL && g_mime_message_get_mime_part(m) != NULL)
		view_object(g_mime_message_get_mime_part(m), 0, out);
	else
		buf_add_str(out, "nothing\n");
	if (m != NULL)
		g_object_unref(m);
	g_object_unref(parser);
	g_object_unref(stream);
}
