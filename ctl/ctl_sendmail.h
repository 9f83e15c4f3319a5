#ifndef CTL_CTL_SENDMAIL_H
#define CTL_CTL_SENDMAIL_H
/*
 * sendmail(1) as local programs call it, by this name or as `restante
 * sendmail`; and newaliases. It needs no rights: the message goes to the
 * running server by its submission socket.
 */
#include <stdbool.h>

/*
 * Is this a call of it? The base name of argv[0], or `restante [-c FILE]
 * sendmail`. *argc and *argv are then moved so that (*argv)[0] is its name;
 * *conf_path is the file of -c, or as it was.
 */
bool ctl_sendmail_is(int *argc, char ***argv, const char **conf_path);
int ctl_sendmail_main(int argc, char **argv, const char *conf_path);

#endif
