/* Texts in pieces: any offset, whole, replaced; none are lost or doubled. */
#include "../unit.h"

#include "smtp/relay_body.h"

#include <stdlib.h>
#include <string.h>

#include "relay_fake.h"

static struct relay_body body;
static size_t held;
static unsigned told;
static enum err last;

static void
ready(void *ctx, enum err e)
{
	(void)ctx;
	told++;
	last = e;
}

static void
begin(const char *prefix, const char *text)
{
	fake_begin();
	fake_store_up();
	fake_text(3, text);
	memset(&body, 0, sizeof body);
	body.store = fake_store.call;
	body.held = &held;
	body.id.b[15] = 3;
	body.prefix = slice_str(prefix);
	body.octets = strlen(text);
	body.ready = ready;
	held = told = 0;
	relay_body_init(&body);
}

static void
end(void)
{
	relay_body_fini(&body);
	EQ_INT(held, 0);
	fake_end();
}

static struct slice
get(uint64_t at)
{
	struct slice s = relay_body_get(&body, at);

	if (s.len > 0)
		return s;
	fake_run();
	EQ_INT(last, ERR_OK);
	return relay_body_get(&body, at);
}

TEST(relay_body_pieces)
{
	begin("pre:", "0123456789");
	EQ_INT(relay_body_total(&body), 14);
	EQ_SLICE(get(0), "pre:");
	EQ_SLICE(get(2), "e:");
	EQ_SLICE(get(4), "0123456789");
	EQ_SLICE(get(13), "9");
	EQ_SLICE(get(4), "0123456789");
	EQ_INT(told, 1);
	EQ_INT(fake_store.reads, 1);
	OK(held >= 10);
	end();
}

TEST(relay_body_first_octets)
{
	begin("pre:", "0123456789");
	EQ_INT(relay_body_whole(&body, 6).len, 0);
	fake_run();
	EQ_INT(told, 1);
	EQ_SLICE(relay_body_whole(&body, 6), "pre:01");
	EQ_INT(relay_body_whole(&body, SIZE_MAX).len, 0);
	fake_run();
	EQ_SLICE(relay_body_whole(&body, SIZE_MAX), "pre:0123456789");
	/* sent after all */
	EQ_SLICE(get(5), "123456789");
	/* at hand already: nothing is read */
	EQ_SLICE(relay_body_whole(&body, 3), "pre");
	end();
}

TEST(relay_body_whole_of_what_is_there)
{
	begin("", "0123456789");
	EQ_SLICE(get(0), "0123456789");
	EQ_SLICE(relay_body_whole(&body, SIZE_MAX), "0123456789");
	EQ_INT(fake_store.reads, 1);
	end();
}

TEST(relay_body_other)
{
	struct buf b = BUF_INIT(100);

	begin("pre:", "0123456789");
	(void)get(4);
	buf_add_str(&b, "other");
	relay_body_replace(&body, &b);
	EQ_INT(relay_body_total(&body), 5);
	EQ_SLICE(get(0), "other");
	EQ_SLICE(get(3), "er");
	EQ_SLICE(relay_body_whole(&body, 2), "ot");
	end();
}

static const struct {
	const char *name;
	enum err e;
	uint64_t octets;
	enum err want;
} cases[] = {
    {"away",           ERR_RETRY,   10, ERR_RETRY  },
    {"damaged",        ERR_CORRUPT, 10, ERR_CORRUPT},
    {"gone",           ERR_NOENT,   10, ERR_NOENT  },
    {"another length", ERR_OK,      11, ERR_CORRUPT},
};

TEST(relay_body_cannot_be_had)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		unit_case(cases[i].name);
		begin("", "0123456789");
		body.octets = cases[i].octets;
		fake_store.read_err = cases[i].e;
		EQ_INT(relay_body_get(&body, 0).len, 0);
		fake_run();
		EQ_INT(told, 1);
		EQ_INT(last, cases[i].want);
		end();
		begin("", "0123456789");
		body.octets = cases[i].octets;
		fake_store.read_err = cases[i].e;
		EQ_INT(relay_body_whole(&body, 5).len, 0);
		fake_run();
		EQ_INT(last, cases[i].want);
		end();
	}
}
