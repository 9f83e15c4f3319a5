#include "store/bdb/bdb_priv.h"
enum err
bdb_run_verify(struct bdb_work *w, struct store_verify *q)
{
	(void)w;
	(void)q;
	return ERR_UNSUPPORTED;
}
void
bdb_verify_finish(struct store_verify *q)
{
	(void)q;
}
