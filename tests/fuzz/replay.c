/*
 * main() for a harness where there is no libFuzzer: runs every file of its
 * corpus, then mutants of them, the same ones each time. "make check" does
 * that in each build, and a build with sanitizers finds what there is to find.
 *
 *	fuzz_NAME [-rounds=N] [-seed=N] [-dict=FILE] [file or directory]...
 *
 * Without arguments it takes $srcdir/tests/fuzz/corpus/NAME and NAME.dict. The
 * input that was running when the program died is left in fuzz_NAME.crash.
 */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	INPUT_MAX = 65536,
	FILES_MAX = 4096,
	WORDS_MAX = 256,
	WORD_MAX = 64,
	STEPS_MAX = 8,      /* mutations of one input */
	INPUT_SECONDS = 10, /* no parser may need that long for one input */
	ROUNDS = 100000,    /* unless asked for more: as many as ... */
	RUN_SECONDS = 1     /* ... fit in this */
};

struct blob {
	uint8_t *p;
	size_t len;
};

static struct blob files[FILES_MAX], words[WORDS_MAX];
static size_t file_count, word_count;
static uint8_t input[INPUT_MAX];
static size_t input_len;
static char crash_path[256];

/* Only what is safe in a signal handler. */
static void
keep_input(void)
{
	int fd = open(crash_path, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	if (fd < 0)
		return;
	if (write(fd, input, input_len) == (ssize_t)input_len)
		(void)!write(STDERR_FILENO, "input kept\n", 11);
	close(fd);
}

static void
on_signal(int number)
{
	keep_input();
	signal(number, SIG_DFL);
	raise(number);
}

/* There only when linked with a sanitizer, which dies without a signal. */
__attribute__((weak)) void __sanitizer_set_death_callback(void (*)(void));

static void
watch(void)
{
	static const int signals[] = {
	    SIGABRT, SIGALRM, SIGBUS, SIGFPE, SIGILL, SIGSEGV};

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		signal(signals[i], on_signal);
	if (__sanitizer_set_death_callback != NULL)
		__sanitizer_set_death_callback(keep_input);
}

static void
run_input(void)
{
	/* a copy of its own, so that a read behind the end is seen */
	uint8_t *copy = malloc(input_len == 0 ? 1 : input_len);

	if (copy == NULL)
		abort();
	memcpy(copy, input, input_len);
	alarm(INPUT_SECONDS);
	LLVMFuzzerTestOneInput(copy, input_len);
	alarm(0);
	free(copy);
}

static struct blob
copy_of(const uint8_t *p, size_t len)
{
	struct blob b = {malloc(len == 0 ? 1 : len), len};

	if (b.p == NULL)
		abort();
	memcpy(b.p, p, len);
	return b;
}

static bool
add_file(const char *path)
{
	FILE *f = fopen(path, "rb");

	if (f == NULL || file_count == FILES_MAX) {
		fprintf(stderr, "cannot read %s\n", path);
		return false;
	}
	input_len = fread(input, 1, sizeof input, f);
	fclose(f);
	files[file_count++] = copy_of(input, input_len);
	return true;
}

static int
visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* Sorted by name, so that each run is the same. */
static bool
add_path(const char *path)
{
	struct dirent **entries;
	struct stat st;
	bool ok = true;
	char name[4096];
	int n;

	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return add_file(path);
	if ((n = scandir(path, &entries, visible, alphasort)) < 0)
		return false;
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
		ok = add_file(name) && ok;
		free(entries[i]);
	}
	free(entries);
	return ok;
}

/* One line of a libFuzzer dictionary: [name=]"text with \xNN, \\ and \"" */
static void
add_word(const char *line)
{
	const char *p = strchr(line, '"');
	uint8_t word[WORD_MAX];
	unsigned octet;
	size_t n = 0;

	if (line[0] == '#' || p == NULL || word_count == WORDS_MAX)
		return;
	for (p++; *p != '\0' && *p != '"' && n < sizeof word; p++) {
		if (p[0] == '\\' && p[1] == 'x' &&
		    sscanf(p + 2, "%2x", &octet) == 1) {
			word[n++] = (uint8_t)octet;
			p += 3;
			continue;
		}
		if (*p == '\\' && p[1] != '\0')
			p++;
		word[n++] = (uint8_t)*p;
	}
	if (n > 0)
		words[word_count++] = copy_of(word, n);
}

static bool
add_dict(const char *path)
{
	FILE *f = fopen(path, "r");
	char line[512];

	if (f == NULL)
		return false;
	while (fgets(line, sizeof line, f) != NULL)
		add_word(line);
	fclose(f);
	return true;
}

static size_t
below(uint32_t *seed, size_t n)
{
	return n == 0 ? 0 : fuzz_rand(seed) % n;
}

/* Open a gap at at, as far as there is room, and fill it. */
static void
insert(size_t at, const uint8_t *p, size_t n)
{
	uint8_t piece[WORD_MAX];

	if (n > sizeof piece)
		n = sizeof piece;
	if (n > sizeof input - input_len)
		n = sizeof input - input_len;
	memcpy(piece, p, n); /* p may lie in input */
	memmove(input + at + n, input + at, input_len - at);
	memcpy(input + at, piece, n);
	input_len += n;
}

static void
cut_out(size_t at, size_t n)
{
	if (n > input_len - at)
		n = input_len - at;
	memmove(input + at, input + at + n, input_len - at - n);
	input_len -= n;
}

/* The octets that parsers care about. */
static const uint8_t marks[] = "\0\r\n\t \"\\<>@:;,.+-=()[]\x7f\x80\xc3\xff"
			       "019azAZ";

static void
mutate(uint32_t *seed)
{
	size_t at = below(seed, input_len + 1), from = below(seed, input_len);
	uint8_t c = marks[below(seed, sizeof marks - 1)];
	const struct blob *b;

	switch (below(seed, 7)) {
	case 0:
		insert(at, &c, 1);
		break;
	case 1:
		cut_out(at, 1 + below(seed, 8));
		break;
	case 2:
		insert(at, input + from, below(seed, input_len - from + 1));
		break;
	case 3:
		b = &files[below(seed, file_count)];
		from = below(seed, b->len);
		insert(at, b->p + from, b->len - from);
		break;
	case 4:
		b = &words[below(seed, word_count)];
		if (b->p != NULL)
			insert(at, b->p, b->len);
		break;
	case 5:
		if (at < input_len)
			input[at] = c;
		break;
	default:
		if (at < input_len)
			input[at] ^= (uint8_t)(1u << below(seed, 8));
	}
}

static void
load(const struct blob *b)
{
	memcpy(input, b->p, b->len);
	input_len = b->len;
}

/* The corpus, then rounds mutants, or (0) ROUNDS, as long as time is left. */
static void
run_all(unsigned long rounds, uint32_t seed)
{
	const clock_t end = clock() + RUN_SECONDS * CLOCKS_PER_SEC;
	unsigned long r;

	for (size_t i = 0; i < file_count; i++) {
		load(&files[i]);
		run_input();
	}
	for (r = 0; r < (rounds == 0 ? ROUNDS : rounds); r++) {
		if (rounds == 0 && clock() > end)
			break;
		load(&files[below(&seed, file_count)]);
		for (size_t n = 1 + below(&seed, STEPS_MAX); n > 0; n--)
			mutate(&seed);
		run_input();
	}
	printf("%zu files, %lu mutants\n", file_count, r);
}

/* The corpus that belongs to a program of this name. */
static bool
add_default(const char *target)
{
	const char *srcdir = getenv("srcdir");
	char path[4096];

	if (srcdir == NULL)
		srcdir = ".";
	snprintf(path, sizeof path, "%s/tests/fuzz/%s.dict", srcdir, target);
	(void)add_dict(path); /* not every target has one */
	snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s", srcdir, target);
	return add_path(path);
}

static void
free_all(void)
{
	while (file_count > 0)
		free(files[--file_count].p);
	while (word_count > 0)
		free(words[--word_count].p);
}

int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	unsigned long rounds = 0;
	uint32_t seed = 1;
	bool given = false, ok = true;

	name = name != NULL ? name + 1 : argv[0];
	snprintf(crash_path, sizeof crash_path, "%s.crash", name);
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "-rounds=", 8) == 0)
			rounds = strtoul(argv[i] + 8, NULL, 10);
		else if (strncmp(argv[i], "-seed=", 6) == 0)
			seed = (uint32_t)strtoul(argv[i] + 6, NULL, 10);
		else if (strncmp(argv[i], "-dict=", 6) == 0)
			ok = add_dict(argv[i] + 6) && ok;
		else if ((given = true))
			ok = add_path(argv[i]) && ok;
	}
	if (!given)
		ok = add_default(
		    strncmp(name, "fuzz_", 5) == 0 ? name + 5 : name);
	if (!ok || file_count == 0) {
		fprintf(stderr, "%s: no corpus\n", name);
		return 2;
	}
	watch();
	run_all(rounds, seed);
	free_all();
	return 0;
}
