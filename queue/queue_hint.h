#ifndef QUEUE_HINT_H
#define QUEUE_HINT_H
/* What a status (RFC 3463) means for who sent the mail, in plain words. */

/* Of "5.1.1", one or two sentences; never NULL. */
const char *queue_hint(const char *status);

#endif
