/* Texts and names of the errors, and what errno values become. */
#include "base/err.h"

#include <errno.h>

enum { NAME_MAX_LEN = 16 };

static const char *const texts[] = {
#define X(name, text) text,
    ERR_TABLE(X)
#undef X
};

/* Upper case, as in the table; lowered once, before main(). */
static char names[][NAME_MAX_LEN] = {
#define X(name, text) #name,
    ERR_TABLE(X)
#undef X
};

__attribute__((constructor)) static void
lower_names(void)
{
	for (unsigned i = 0; i < ERR_COUNT; i++)
		for (char *c = names[i]; *c != '\0'; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char)(*c - 'A' + 'a');
}

const char *
err_text(enum err e)
{
	return (unsigned)e < ERR_COUNT ? texts[e] : "unknown error";
}

const char *
err_name(enum err e)
{
	return (unsigned)e < ERR_COUNT ? names[e] : "invalid";
}

static const struct {
	int code;
	enum err e;
} from_errno[] = {
    {0,	    ERR_OK         },
    {EAGAIN,       ERR_RETRY      },
    {EINTR,        ERR_RETRY      },
    {ENOSPC,       ERR_FULL       },
    {EDQUOT,       ERR_FULL       },
    {ENOENT,       ERR_NOENT      },
    {EEXIST,       ERR_EXISTS     },
    {ENOTEMPTY,    ERR_EXISTS     },
    {EBUSY,        ERR_BUSY       },
    {ETXTBSY,      ERR_BUSY       },
    {EADDRINUSE,   ERR_BUSY       },
    {EILSEQ,       ERR_SYNTAX     },
    {EFBIG,        ERR_TOOBIG     },
    {EMSGSIZE,     ERR_TOOBIG     },
    {ENAMETOOLONG, ERR_TOOBIG     },
    {EACCES,       ERR_DENIED     },
    {EPERM,        ERR_DENIED     },
    {EROFS,        ERR_DENIED     },
    {EPROTO,       ERR_PROTO      },
    {EBADMSG,      ERR_PROTO      },
    {ENOMEM,       ERR_NOMEM      },
    {ENOBUFS,      ERR_NOMEM      },
    {EPIPE,        ERR_CLOSED     },
    {ECONNRESET,   ERR_CLOSED     },
    {ECONNABORTED, ERR_CLOSED     },
    {ENOTCONN,     ERR_CLOSED     },
    {ETIMEDOUT,    ERR_TIMEOUT    },
    {EMFILE,       ERR_LIMIT      },
    {ENFILE,       ERR_LIMIT      },
    {ENOSYS,       ERR_UNSUPPORTED},
    {EOPNOTSUPP,   ERR_UNSUPPORTED},
    {EAFNOSUPPORT, ERR_UNSUPPORTED},
};

enum err
err_from_errno(int code)
{
	for (unsigned i = 0; i < sizeof from_errno / sizeof *from_errno; i++)
		if (from_errno[i].code == code)
			return from_errno[i].e;
	return ERR_IO;
}
