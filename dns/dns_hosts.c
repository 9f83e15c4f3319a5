/* Names that need no question. */
#include "dns/dns_hosts.h"

#include "dns/dns.h"

#include <stdlib.h>
#include <string.h>

enum { PORT = 53, ROOM_FIRST = 64 };

/* The next word of a line, which a '#' ends. */
static struct slice
next_word(struct slice *line)
{
	size_t n = 0;
	struct slice word;

	*line = slice_trim(*line);
	while (n < line->len && line->p[n] != ' ' && line->p[n] != '\t' &&
	       line->p[n] != '#')
		n++;
	word = slice_first(*line, n);
	if (n < line->len && line->p[n] == '#')
		*line = SLICE_NONE;
	else
		*line = slice_skip(*line, n);
	return word;
}

static bool
next_line(struct slice *text, struct slice *line)
{
	if (text->len == 0)
		return false;
	(void)slice_cut(text, '\n', line);
	if (line->len > 0 && line->p[line->len - 1] == '\r')
		line->len--;
	return true;
}

/* --- hosts --------------------------------------------------------------- */

static bool
make_room(struct dns_hosts *h)
{
	size_t room = h->room == 0 ? ROOM_FIRST : 2 * h->room;
	struct dns_hosts_entry *e;

	if (h->n < h->room)
		return true;
	if ((e = realloc(h->entry, room * sizeof *e)) == NULL)
		return false;
	h->entry = e;
	h->room = room;
	return true;
}

static enum err
add(struct dns_hosts *h, struct slice name, const struct net_addr *addr,
    size_t line)
{
	char *copy;

	if (name.len > DNS_NAME_MAX || slice_find(name, '\0') < name.len ||
	    h->n == DNS_HOSTS_MAX)
		return ERR_OK;
	if (!make_room(h) || (copy = calloc(1, name.len + 1)) == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < name.len; i++)
		copy[i] = name.p[i] >= 'A' && name.p[i] <= 'Z'
			      ? (char)(name.p[i] | 0x20)
			      : name.p[i];
	h->entry[h->n++] = (struct dns_hosts_entry){copy, *addr, line};
	return ERR_OK;
}

static int
compare(const void *a, const void *b)
{
	const struct dns_hosts_entry *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c != 0 ? c : (x->line > y->line) - (x->line < y->line);
}

enum err
dns_hosts_read(struct dns_hosts *h, struct slice text)
{
	enum err e = ERR_OK;
	struct slice line;

	for (size_t i = 0; e == ERR_OK && next_line(&text, &line); i++) {
		struct slice word = next_word(&line);
		struct net_addr addr;

		if (net_addr_parse_ip(word, &addr) != ERR_OK)
			continue;
		while (e == ERR_OK && (word = next_word(&line)).len > 0)
			e = add(h, word, &addr, i);
	}
	if (e != ERR_OK)
		dns_hosts_fini(h);
	else if (h->n > 0)
		qsort(h->entry, h->n, sizeof *h->entry, compare);
	return e;
}

void
dns_hosts_fini(struct dns_hosts *h)
{
	for (size_t i = 0; i < h->n; i++)
		free(h->entry[i].name);
	free(h->entry);
	memset(h, 0, sizeof *h);
}

bool
dns_hosts_is_localhost(const char *name)
{
	struct slice s = slice_str(name);

	return slice_eq(s, SLICE("localhost")) ||
	       slice_ends(s, SLICE(".localhost"));
}

static unsigned
localhost(bool ipv6, struct net_addr *out, unsigned max)
{
	static const char *const text[] = {"127.0.0.1", "::1"};
	unsigned n = 0;

	for (unsigned i = 0; i < (ipv6 ? 2u : 1u) && n < max; i++)
		n += net_addr_parse_ip(slice_str(text[i]), &out[n]) == ERR_OK;
	return n;
}

/* The first entry of this name, or where it would be. */
static size_t
lower_bound(const struct dns_hosts *h, const char *name)
{
	size_t low = 0, high = h->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(h->entry[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

unsigned
dns_hosts_find(const struct dns_hosts *h, const char *name, bool ipv6,
    struct net_addr *out, unsigned max)
{
	unsigned n = 0;

	for (size_t i = lower_bound(h, name); i < h->n && n < max; i++) {
		if (strcmp(h->entry[i].name, name) != 0)
			break;
		if (ipv6 || net_addr_is_v4(&h->entry[i].addr))
			out[n++] = h->entry[i].addr;
	}
	if (n == 0 && dns_hosts_is_localhost(name))
		n = localhost(ipv6, out, max);
	return n;
}

/* --- name servers -------------------------------------------------------- */

unsigned
dns_servers_read(struct slice text, struct net_addr out[DNS_SERVERS_MAX])
{
	struct slice line;
	unsigned n = 0;

	while (n < DNS_SERVERS_MAX && next_line(&text, &line)) {
		if (!slice_eq(next_word(&line), SLICE("nameserver")) ||
		    net_addr_parse_ip(next_word(&line), &out[n]) != ERR_OK)
			continue;
		out[n++].port = PORT;
	}
	return n;
}
