#include "base/err.h"

#include "../unit.h"

#include <errno.h>
#include <string.h>

TEST(err_has_text_and_name)
{
	for (enum err e = ERR_OK; e < ERR_COUNT; e++) {
		const char *name = err_name(e), *text = err_text(e);

		OK(text[0] != '\0' && text[strlen(text) - 1] != '.');
		OK(strspn(name, "abcdefghijklmnopqrstuvwxyz") == strlen(name));
		OK(strlen(name) > 1);
	}
	EQ_STR(err_name(ERR_NOENT), "noent");
	EQ_STR(err_name(ERR_OK), "ok");
	EQ_STR(err_name(ERR_UNSUPPORTED), "unsupported");
	EQ_STR(err_text(ERR_QUOTA), "mailbox is full");
}

TEST(err_out_of_range)
{
	EQ_STR(err_text((enum err)1000), "unknown error");
	EQ_STR(err_name((enum err)1000), "invalid");
	EQ_STR(err_text(ERR_COUNT), "unknown error");
	EQ_STR(err_name((enum err) - 1), "invalid");
}

TEST(err_from_system)
{
	static const struct {
		int code;
		enum err want;
	} cases[] = {
	    {0,          ERR_OK     },
            {EAGAIN,     ERR_RETRY  },
            {ENOSPC,     ERR_FULL   },
	    {EDQUOT,     ERR_FULL   },
            {ENOENT,     ERR_NOENT  },
            {EEXIST,     ERR_EXISTS },
	    {ENOMEM,     ERR_NOMEM  },
            {EACCES,     ERR_DENIED },
            {EPIPE,      ERR_CLOSED },
	    {ECONNRESET, ERR_CLOSED },
            {ETIMEDOUT,  ERR_TIMEOUT},
	    {EMFILE,     ERR_LIMIT  },
            {EIO,        ERR_IO     },
            {-1,         ERR_IO     },
            {99999,      ERR_IO     }
        };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		EQ_INT(err_from_errno(cases[i].code), cases[i].want);
}
