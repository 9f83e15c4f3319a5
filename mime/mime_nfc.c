/* Normalization Form C; the only user of libunistring. */
#include "mime/mime_nfc.h"

#include <stdlib.h>
#include <string.h>
#include <uninorm.h>

bool
mime_nfc(struct slice s, char out[MIME_NFC_MAX], size_t *len_out)
{
	uint8_t room[MIME_NFC_MAX], *text;
	size_t n = sizeof room;

	if (s.len > MIME_NFC_IN || !slice_is_utf8(s))
		return false;
	text = u8_normalize(UNINORM_NFC, (const uint8_t *)s.p, s.len, room, &n);
	if (text == NULL)
		return false;
	if (n <= sizeof room)
		memcpy(out, text, n);
	if (text != room)
		free(text);
	*len_out = n;
	return n <= sizeof room;
}
