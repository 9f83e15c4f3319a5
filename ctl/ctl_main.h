#ifndef CTL_CTL_MAIN_H
#define CTL_CTL_MAIN_H
/*
 * The command line: everything that `restante` does but for `serve` and the
 * roles. Returns an exit status of sysexits(3). Prints data on standard output
 * and messages on standard error. Blocks.
 */
int ctl_main(int argc, char **argv);

#endif
