#ifndef CTL_CTL_ROWS_H
#define CTL_CTL_ROWS_H
/*
 * Rows of an answer ("key=value" NUL ...) whose keys are the server's business:
 * rows of the same keys become a table. Keys that end with _us are times, with
 * _ms durations, with _octets or as "octets" sizes; numbers are numbers.
 */
#include "base/slice.h"
#include "ctl/ctl_cmd.h"

struct ctl_rows;
struct ctl_rows *ctl_rows_begin(const struct ctl *c);
/* For ctl_rpc_control; ctx is the struct ctl_rows. */
void ctl_rows_add(void *ctx, struct slice row);
unsigned ctl_rows_count(const struct ctl_rows *r);
/* Print what is left and free. */
int ctl_rows_end(struct ctl_rows **r);

#endif
