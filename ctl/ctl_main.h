#ifndef CTL_CTL_MAIN_H
#define CTL_CTL_MAIN_H
/*
 * The command line: everything that `restante` does but for `serve` and the
 * roles. Returns an exit status of sysexits(3). Prints data on standard output
 * and messages on standard error. Blocks.
 */
#include <stdbool.h>

int ctl_main(int argc, char **argv);
/* Is the program called by a name that says what it is to do: sendmail, mailq,
 * newaliases? Then nothing among its arguments is a command. */
bool ctl_main_is_name(const char *argv0);

#endif
