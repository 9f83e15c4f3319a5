#include "queue/queue_hint.h"

#include "../unit.h"

#include <string.h>

TEST(hint_of_each_status)
{
	static const struct {
		const char *status, *says;
	} cases[] = {
	    {"5.1.1",  "does not exist"             },
	    {"5.1.10", "receives no mail at all"    },
	    {"5.1.2",  "no place that receives mail"},
	    {"5.1.0",  "something about the address"},
	    {"5.2.2",  "mailbox is full"            },
	    {"5.3.4",  "larger than"                },
	    {"5.7.1",  "rules of the other server"  },
	    {"5.7.26", "rules of the other server"  },
	    {"4.4.1",  "could not be reached"       },
	    {"5.4.6",  "circles"                    },
	    {"5.6.3",  "signed"                     },
	    {"5.6.7",  "SMTPUTF8"                   },
	    {"5.6.0",  "what is in the message"     },
	    {"5.0.0",  "words above"                },
	    {"5.11.1", "words above"                },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unit_case(cases[i].status);
		OK(strstr(queue_hint(cases[i].status), cases[i].says) != NULL);
	}
}
