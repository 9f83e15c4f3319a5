/*
 * One row a status, without its class; the first that fits counts, so general
 * ones stand behind special ones.
 */
#include "queue/queue_hint.h"

#include "base/slice.h"

#include <stddef.h>

static const struct {
	const char *status; /* with a dot at the end: all that begin so */
	const char *text;
} hints[] = {
    {"1.1",  "the address does not exist there. Check it for typing errors, or "
	    "ask the recipient for the right one."                  },
    {"1.2",  "the part behind the @ is no place that receives mail. Check it "
	    "for typing errors."				    },
    {"1.10", "the part behind the @ says that it receives no mail at all. "
	     "Check it for typing errors."                         },
    {"1.3",  "the address is not written as the other server expects it. Check "
	    "it for typing errors."                                 },
    {"1.6",  "the recipient has moved. Ask for the new address."               },
    {"1.7",  "your own address, as the sender, is not accepted there. Tell your "
	    "postmaster."					   },
    {"1.8",  "your own address, as the sender, is not accepted there. Tell your "
	    "postmaster."					   },
    {"1.",   "something about the address is not accepted there. Check it for "
	   "typing errors."					  },
    {"2.1",
     "the mailbox exists, but it is closed or not in use any more. Reach "
	"the recipient in another way."					},
    {"2.2",  "the recipient's mailbox is full. Try again in some days, or reach "
	    "the recipient in another way."                         },
    {"2.3",  "the message is larger than this recipient may receive. Send less, "
	    "or a link to it."				      },
    {"3.4",
     "the message is larger than the other server accepts. Send less, or "
	"a link to it."							},
    {"3.",
     "the other server could not take the message. Trying again later may "
	"help."								},
    {"4.6",  "the message went in circles: servers sent it to each other again "
	    "and again. Only their postmasters can end that; yours will know "
	    "whom to ask."					  },
    {"4.4",  "there is no way to the part behind the @. Check it for typing "
	    "errors."					       },
    {"4.7",  "the time for trying was over. The other server is in trouble, or "
	    "does not exist. Check the address, or try again later."},
    {"4.",
     "the other server could not be reached, or did not answer. Check the "
	"part behind the @ for typing errors, or try again later."             },
    {"6.3",
     "the message has to be converted for the other server, and must not "
	"be, since it is signed or encrypted. Sending it without that, or "
	"as an attachment, may help."					  },
    {"6.7",
     "the addresses hold letters that the other server does not know how "
	"to handle (it has no SMTPUTF8). Use an address of plain letters "
	"if there is one."						     },
    {"6.",
     "the other server does not accept what is in the message. Sending it "
	"in another form, or without attachments, may help."                   },
    {"7.",   "the rules of the other server refused the message; often it takes "
	   "it for unwanted mail. Its words above may say what to change. If "
	   "not, show this report to your postmaster."               },
    {"",     "the words above say what is known. If they do not help, show this "
	 "report to your postmaster."                                  },
};

const char *
queue_hint(const char *status)
{
	struct slice s = slice_skip(slice_str(status), 2);
	size_t i = 0;

	for (; hints[i].status[0] != '\0'; i++) {
		struct slice row = slice_str(hints[i].status);

		if (slice_ends(row, SLICE(".")) ? slice_starts(s, row)
						: slice_eq(s, row))
			break;
	}
	return hints[i].text;
}
