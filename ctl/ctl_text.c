/* Words for people where a table would not do. */
#include "ctl/ctl_text.h"

#include "base/clock.h"
#include "base/num.h"
#include "ctl/ctl_out.h"
#include "mime/mime_date.h"

#include <stdio.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))

void
ctl_text_span(struct buf *b, uint64_t from_us, uint64_t to_us)
{
	static const struct {
		uint64_t seconds;
		char letter;
	} units[] = {
	    {86400, 'd'},
            {3600,  'h'},
            {60,    'm'},
            {1,     's'}
        };
	uint64_t s = to_us > from_us ? (to_us - from_us) / 1000000 : 0;
	unsigned i = 0;

	while (i + 1 < NITEMS(units) && s < units[i].seconds)
		i++;
	buf_add_u64(b, s / units[i].seconds);
	buf_add_char(b, units[i].letter);
}

void
ctl_text_time(struct buf *b, uint64_t us)
{
	struct buf iso = BUF_INIT(64);

	mime_date_add_rfc3339(&iso, us);
	buf_addf(b, "%.10s %.8s", buf_cstr(&iso), buf_cstr(&iso) + 11);
	buf_fini(&iso);
}

/* Columns of a terminal: characters, not octets. */
static int
width_of(struct slice s)
{
	int n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

void
ctl_text_cell(struct slice s, int width)
{
	int left = (width < 0 ? -width : width) - width_of(s);

	if (width < 0 && left > 0)
		printf("%*s", left, "");
	ctl_print_safe(s);
	printf("%*s", width > 0 && left > 0 ? left + 2 : 2, "");
}

void
ctl_text_reply(
    struct buf *b, uint32_t code, struct slice status, struct slice reply)
{
	struct buf number = BUF_INIT(16);

	buf_add_u64(&number, code);
	if (code != 0 && !slice_starts(reply, buf_slice(&number))) {
		buf_add_slice(b, buf_slice(&number));
		buf_add_char(b, ' ');
		if (status.len > 0 && !slice_starts(reply, status)) {
			buf_add_slice(b, status);
			buf_add_char(b, ' ');
		}
	}
	buf_add_slice(b, reply);
	while (b->len > 0 && b->p[b->len - 1] == ' ')
		buf_cut(b, b->len - 1);
	buf_fini(&number);
}

int
ctl_text_since(const char *what, const char *text, uint64_t *us_out)
{
	struct slice s = slice_str(text);
	uint64_t now = clock_wall_us(), ms;

	if (num_duration(s, &ms) == ERR_OK) {
		*us_out = ms > now / 1000 ? 0 : now - ms * 1000;
		return EX_OK;
	}
	if (mime_date_parse_rfc3339(s, us_out) == ERR_OK)
		return EX_OK;
	return ctl_fail(EX_USAGE,
	    "%s: \"%s\" is not a time (for example 2h, 3d, 2026-11-23 or "
	    "2026-11-23T14:21:00Z)",
	    what, text);
}
