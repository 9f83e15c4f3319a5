#ifndef PROC_ROLE_H
#define PROC_ROLE_H
/*
 * The kinds of processes. daemon/roles.c has one row for each with user, root
 * directory, sandbox, peers and run function; this is only their names.
 */
#define ROLE_TABLE(X)                                                          \
	X(PARENT, "parent")                                                    \
	X(SMTP, "smtp")                                                        \
	X(POP3, "pop3")                                                        \
	X(AUTH, "auth")                                                        \
	X(STORE, "store")                                                      \
	X(RELAY, "relay")                                                      \
	X(CTL, "ctl")

#define X(name, text) ROLE_##name,
enum role { ROLE_TABLE(X) ROLE_COUNT };
#undef X

/* sets of roles: ROLE_SET(SMTP) | ROLE_SET(POP3) */
#define ROLE_SET(name) (1u << ROLE_##name)

const char *role_name(enum role r); /* "smtp"; "?" for others */
/* false: no such name */
_Bool role_of_name(const char *name, enum role *out);

#endif
