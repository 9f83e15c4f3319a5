#ifndef CTL_CTL_RPC_PRIV_H
#define CTL_CTL_RPC_PRIV_H
/* What the files ctl_rpc*.c share among themselves. */
#include "ctl/ctl_rpc.h"
#include "net/net_loop.h"

enum { CTL_RPC_TURN_MS = 1000 };

/* in the number of a question */
#define CTL_RPC_DETACHED (UINT64_C(1) << 63)

struct ctl_rpc {
	struct net_loop *loop;
	struct chan *chan; /* NULL once the store is gone */
	uint64_t req;      /* of the question under way, or of the last one */
	bool answered;
	enum err err;
	uint64_t value;
	int fd; /* that came with the answer; -1 */
	/* questions that nobody waits for one by one; CTL_RPC_DETACHED in their
	 * numbers
	 */
	unsigned flying;
	uint64_t landed;     /* with success */
	enum err flight_err; /* the first failure */
	uint64_t *ids;       /* new ids, in the order of their questions */
	unsigned id_max;
	/* where parts of an answer go; which of them depends on the question */
	struct buf *rows;
	bool more;
	struct mail_id last;
	ctl_row_fn *row;
	ctl_rows_fn *box_rows;
	ctl_piece_fn *piece;
	ctl_backup_fn *backup;
	void *ctx;
};

/* The number of a new question, whose answer goes nowhere yet. */
uint64_t ctl_rpc_ask(struct ctl_rpc *r);
/* Run until the answer has come; e: what sending gave. */
enum err ctl_rpc_await(struct ctl_rpc *r, enum err e);

#endif
