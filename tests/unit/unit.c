/* Runs the registered tests of one folder under CUnit. */
#include "unit.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

static struct unit_test *tests;
static const char *current = "";

void
unit_register(struct unit_test *t)
{
	struct unit_test **end = &tests;

	while (*end != NULL)
		end = &(*end)->next;
	*end = t;
}

void
unit_case(const char *name)
{
	current = name;
}

static bool
report(bool ok, const char *text, const char *file, unsigned line)
{
	CU_assertImplementation(ok, line, text, file, "", CU_FALSE);
	return ok;
}

bool
unit_true(bool ok, const char *what, const char *file, unsigned line)
{
	if (!ok)
		printf("\n%s:%u: [%s] not true: %s\n", file, line, current, what);
	return report(ok, what, file, line);
}

bool
unit_eq_int(long long a, long long b, const char *what, const char *file,
    unsigned line)
{
	if (a != b)
		printf("\n%s:%u: [%s] %s: %lld, want %lld\n", file, line,
		    current, what, a, b);
	return report(a == b, what, file, line);
}

static void
print_mem(const char *label, const void *p, size_t len)
{
	const unsigned char *c = p;

	printf("  %s (%zu) \"", label, len);
	for (size_t i = 0; i < len && i < 2000; i++)
		if (c[i] >= ' ' && c[i] < 127)
			putchar(c[i]);
		else
			printf("\\x%02x", c[i]);
	printf("\"\n");
}

bool
unit_eq_mem(const void *a, size_t alen, const void *b, size_t blen,
    const char *what, const char *file, unsigned line)
{
	bool same = alen == blen && (alen == 0 || memcmp(a, b, alen) == 0);

	if (!same) {
		printf("\n%s:%u: [%s] %s\n", file, line, current, what);
		print_mem("got ", a, alen);
		print_mem("want", b, blen);
	}
	return report(same, what, file, line);
}

static void
before_each(void)
{
	current = "";
}

int
main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : "";
	unsigned failed;
	CU_pSuite suite;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (CU_initialize_registry() != CUE_SUCCESS)
		return 2;
	suite = CU_add_suite_with_setup_and_teardown(
	    argv[0], NULL, NULL, before_each, NULL);
	for (struct unit_test *t = tests; t != NULL; t = t->next)
		if (strstr(t->name, only) != NULL)
			CU_add_test(suite, t->name, t->run);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
