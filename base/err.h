#ifndef BASE_ERR_H
#define BASE_ERR_H
/*
 * Every way a call can fail, once. Temporary, unknown and permanent outcomes
 * are different values all the way to the reply.
 */
#define ERR_TABLE(X)                                                           \
	X(OK, "ok")                                                            \
	X(RETRY, "temporary failure, nothing was done")                        \
	X(UNKNOWN, "outcome unknown, it may have been done")                   \
	X(FULL, "no space left")                                               \
	X(QUOTA, "mailbox is full")                                            \
	X(NOENT, "does not exist")                                             \
	X(EXISTS, "exists already")                                            \
	X(BUSY, "in use")                                                      \
	X(FENCED, "lock or ticket is gone")                                    \
	X(CORRUPT, "stored data is damaged")                                   \
	X(SYNTAX, "bad syntax")                                                \
	X(TOOBIG, "too large")                                                 \
	X(DENIED, "not allowed")                                               \
	X(PROTO, "protocol violation")                                         \
	X(IO, "input/output error")                                            \
	X(NOMEM, "out of memory")                                              \
	X(CLOSED, "connection closed")                                         \
	X(TIMEOUT, "timed out")                                                \
	X(LIMIT, "limit reached")                                              \
	X(SUSPENDED, "suspended")                                              \
	X(UNSUPPORTED, "not supported")

#define X(name, text) ERR_##name,
enum err { ERR_TABLE(X) ERR_COUNT };
#undef X

/* Short English text of e, lower case, without full stop; never NULL. */
const char *err_text(enum err e);
/* The name of e without prefix in lower case ("noent"), for logs and JSON. */
const char *err_name(enum err e);
/* Map an errno value to the nearest err; 0 is ERR_OK, unknown ones ERR_IO. */
enum err err_from_errno(int code);

#endif
