#ifndef CTL_CTL_DIR_H
#define CTL_CTL_DIR_H
/*
 * Domains, accounts and aliases through the store: find, walk, change. Calls
 * that return an exit status have printed what was wrong.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "ctl/ctl_cmd.h"
#include "mime/mime_addr.h"
#include "store/store.h"
#include "store/store_record.h"
#include "store/store_route.h"

#include <stdbool.h>
#include <stdint.h>

/* --- names as people write them -------------------------------------- */

/* An address in the form that names are kept under. */
int ctl_addr(const char *text, struct mime_addr *out);
/* The same, or "@domain" for a catch-all; as text. */
int ctl_addr_or_catch_all(const char *text, char out[MIME_ADDR_MAX + 1]);
/* A domain in its canonical form. */
int ctl_domain_name(const char *text, char out[MIME_DOMAIN_MAX + 1]);
/* A size as an option or quota= has it. */
int ctl_size(const char *what, const char *text, uint64_t *out);

/* --- records --------------------------------------------------------- */

struct ctl_user {
	struct mime_addr addr;
	uint64_t id, name_version, version;
	struct store_account account; /* its slices lie in value */
	struct buf value;
};
/* Always fini, whatever find returned. */
void ctl_user_init(struct ctl_user *u);
void ctl_user_fini(struct ctl_user *u);
/* The account of this address; EX_NOUSER when there is none, or an alias. */
int ctl_user_find(struct ctl *c, const char *text, struct ctl_user *u);
/* The account record with this id, without its name's version. */
enum err ctl_user_load(struct ctl *c, uint64_t id, struct ctl_user *u);

/* EX_OK, or EX_NOUSER with a hint how to add the domain. */
int ctl_domain_need(
    struct ctl *c, struct slice domain, struct store_domain *out);
/* ERR_OK, ERR_NOENT... without a message; any may be NULL */
enum err ctl_domain_get(struct ctl *c, struct slice domain,
    struct store_domain *out, uint64_t *version_out);
/* The record of exactly this name into value (its slices lie there). */
enum err ctl_name_get(struct ctl *c, struct slice name, struct buf *value,
    struct store_name *out, uint64_t *version_out);

/* --- walks ----------------------------------------------------------- */

/*
 * Call each for every record of a kind, in order of keys. It may change
 * records. ERR_OK from each goes on; anything else ends the walk and is
 * returned.
 */
typedef enum err ctl_each_fn(void *ctx, const struct store_dir_row *row);
enum err ctl_each(
    struct ctl *c, enum store_kind kind, ctl_each_fn *each, void *ctx);
/* name is in domain (also "@domain"); an empty domain holds all */
bool ctl_in_domain(struct slice name, struct slice domain);
/* For store_route: records through c. */
struct store_getter ctl_getter(struct ctl *c);

/* --- changes --------------------------------------------------------- */

struct ctl_changes {
	struct buf octets, value;
	uint32_t n;
};
void ctl_changes_init(struct ctl_changes *s);
void ctl_changes_fini(struct ctl_changes *s);
/* expect: as in struct store_change */
void ctl_change_domain(struct ctl_changes *s, struct slice key,
    const struct store_domain *d, uint64_t expect);
void ctl_change_name(struct ctl_changes *s, struct slice key,
    const struct store_name *n, uint64_t expect);
void ctl_change_account(struct ctl_changes *s, uint64_t id,
    const struct store_account *a, uint64_t expect);
void ctl_change_delete(struct ctl_changes *s, enum store_kind kind,
    struct slice key, uint64_t expect);
void ctl_change_delete_account(
    struct ctl_changes *s, uint64_t id, uint64_t expect);
/* The mail in this mailbox, which was name's, is to go. */
void ctl_change_remove_mailbox(
    struct ctl_changes *s, uint64_t mailbox, struct slice name);
/* All or none, and empty s. failed_out may be NULL. */
enum err ctl_commit(struct ctl *c, struct ctl_changes *s, uint64_t *failed_out);
/* As ctl_commit, with a message about what: another command was quicker, ... */
int ctl_commit_or_say(
    struct ctl *c, struct ctl_changes *s, const char *what, struct slice name);
#endif
