/* Files from other systems: accounts, mbox, Dovecot's lists. Bounded work; what
 * is stored has no CR or LF but in line ends; an mbox of ours reads as it was.
 */
#include "fuzz.h"

#include "ctl/ctl_maildir.h"
#include "ctl/ctl_mbox.h"
#include "ctl/ctl_userfile.h"

#include <string.h>

static void
accounts(const char *format, struct slice rest)
{
	struct ctl_userline line = {.text = BUF_INIT(64 * 1024)};
	struct ctl_userfile f;
	const char *why = NULL;
	unsigned last = 0;
	enum err e;

	FUZZ_CHECK(ctl_userfile_init(&f, slice_str(format)) == ERR_OK);
	while ((e = ctl_userfile_next(&f, &rest, &line, &why)) != ERR_NOENT) {
		FUZZ_CHECK(e == ERR_OK || (e == ERR_SYNTAX && why != NULL));
		FUZZ_CHECK(f.line > last);
		last = f.line;
	}
	FUZZ_CHECK(rest.len == 0);
	buf_fini(&line.text);
}

static void
uidlist(struct slice rest)
{
	struct slice line, base;
	uint32_t validity = 1;
	char uidl[72];

	while (rest.len > 0) {
		slice_cut(&rest, '\n', &line);
		(void)ctl_uidlist_head(line, &validity);
		if (ctl_uidlist_line(line, validity, &base, uidl))
			FUZZ_CHECK(ctl_uidl_good(slice_str(uidl)));
	}
}

static void
canon(struct slice text, bool unquote, struct buf *out)
{
	struct ctl_canon k;
	struct slice piece;

	buf_reset(out);
	ctl_canon_init(&k, text, unquote);
	while ((piece = ctl_canon_next(&k)).len > 0)
		buf_add_slice(out, piece);
	ctl_canon_fini(&k);
	for (size_t i = 0; i < out->len; i++) {
		FUZZ_CHECK(
		    out->p[i] != '\n' || (i > 0 && out->p[i - 1] == '\r'));
		FUZZ_CHECK(out->p[i] != '\r' ||
			   (i + 1 < out->len && out->p[i + 1] == '\n'));
	}
	FUZZ_CHECK(out->len == 0 || out->p[out->len - 1] == '\n');
}

/* text, stored, exported and imported again */
static void
round_trip(struct slice text, size_t step)
{
	struct buf stored = BUF_INIT(1 << 20), again = BUF_INIT(1 << 20);
	struct ctl_mbox_message m;
	struct ctl_mbox_writer w;
	struct slice rest, uidl;
	char *mbox = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&mbox, &size);

	FUZZ_CHECK(f != NULL);
	canon(text, false, &stored);
	for (int i = 0; i < 2; i++) {
		rest = buf_slice(&stored);
		ctl_mbox_writer_init(&w, f);
		ctl_mbox_begin(&w, 1, SLICE_NONE, SLICE("u"));
		for (; rest.len > 0; rest = slice_skip(rest, step))
			ctl_mbox_write(&w, slice_first(rest, step));
		ctl_mbox_end(&w);
	}
	fclose(f);
	rest = slice_of(mbox, size);
	for (int i = 0; i < 2; i++) {
		FUZZ_CHECK(ctl_mbox_next(&rest, &m));
		FUZZ_CHECK(ctl_mbox_uidl(&m.text, &uidl));
		canon(m.text, true, &again);
		FUZZ_CHECK(slice_eq(buf_slice(&again), buf_slice(&stored)));
	}
	FUZZ_CHECK(rest.len == 0);
	free(mbox);
	buf_fini(&stored);
	buf_fini(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const formats[] = {"passwd", "shadow", "csv"};
	struct slice s = slice_of(data, size < 65536 ? size : 65536), rest = s;
	struct ctl_mbox_message m;
	struct buf out = BUF_INIT(1 << 20);

	for (unsigned i = 0; i < 3; i++)
		accounts(formats[i], s);
	uidlist(s);
	while (ctl_mbox_next(&rest, &m)) {
		(void)ctl_mbox_time(m.from);
		canon(m.text, true, &out);
	}
	round_trip(slice_skip(s, 1), size > 0 ? 1 + data[0] % 64u : 1);
	buf_fini(&out);
	return 0;
}
