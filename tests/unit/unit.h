#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H
/*
 * A thin layer over CUnit: TEST(name) { ... } registers itself, the EQ_ macros
 * print both values, and a table's case is named by unit_case(). One program a
 * folder; `test_base NAME` runs the tests whose name holds NAME.
 */
#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stddef.h>

struct unit_test {
	const char *name;
	void (*run)(void);
	struct unit_test *next;
};

/* Add t to the list of tests; t must last for the whole run. */
void unit_register(struct unit_test *t);
/* Name the row of a table that is being checked; printed when a check fails. */
void unit_case(const char *name);
bool unit_eq_int(long long a, long long b, const char *what, const char *file,
    unsigned line);
bool unit_eq_mem(const void *a, size_t alen, const void *b, size_t blen,
    const char *what, const char *file, unsigned line);
bool unit_true(bool ok, const char *what, const char *file, unsigned line);

#define TEST(fn)                                                               \
	static void fn(void);                                                  \
	__attribute__((constructor)) static void register_##fn(void)           \
	{                                                                      \
		static struct unit_test t = {#fn, fn, NULL};                   \
		unit_register(&t);                                             \
	}                                                                      \
	static void fn(void)

#define OK(cond) unit_true((cond), #cond, __FILE__, __LINE__)
#define EQ_INT(a, b)                                                           \
	unit_eq_int((long long)(a), (long long)(b), #a " == " #b, __FILE__,    \
	    __LINE__)
/* both NUL-terminated */
#define EQ_STR(a, b)                                                           \
	unit_eq_mem((a), strlen(a), (b), strlen(b), #a, __FILE__, __LINE__)
/* a struct slice against a NUL-terminated string */
#define EQ_SLICE(s, b)                                                         \
	unit_eq_mem((s).p, (s).len, (b), strlen(b), #s, __FILE__, __LINE__)
#define EQ_MEM(a, alen, b, blen)                                               \
	unit_eq_mem((a), (alen), (b), (blen), #a, __FILE__, __LINE__)

#endif
