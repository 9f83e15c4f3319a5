#ifndef CONF_CONF_ROFF_H
#define CONF_CONF_ROFF_H
/* Text for man(7), on standard output: for the programs that make the manual
 * pages. */

/* Plain text, its words wrapped; nothing in it has a meaning to man(7). Ends
 * without a line end. */
void conf_roff(const char *text);

#endif
