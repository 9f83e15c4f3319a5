#ifndef SMTP_SMTP_ROUTE_PRIV_H
#define SMTP_SMTP_ROUTE_PRIV_H
/* What smtp_route.c decides by. */
#include "smtp/smtp_route.h"

#include <stdbool.h>

/* Fill in what all hops of this way have in common. */
void smtp_route_hop_init(
    struct smtp_hop *h, const struct conf_route *way, uint16_t port);
/* A relay of the configuration; false: text is none. */
bool smtp_route_hop_relay(struct smtp_hop *h, const struct conf *c,
    const struct smtp_route_req *r, const struct conf_route *way,
    bool fallback);
/*
 * Take out the hops by MX that are not better than limit: we are an MX of that
 * preference, and to send there what came to us would be a circle (RFC 5321
 * section 5.1).
 */
void smtp_route_cut(struct smtp_route_req *r, unsigned limit);
/* Find out by the addresses whether one of the hops is ourselves: an MX host is
 * cut, a relay loses its addresses. */
void smtp_route_cut_self(
    struct smtp_route_req *r, const struct smtp_route_self *self);
/* The kind of what has been found, and why. */
void smtp_route_judge(struct smtp_route_req *r);
void smtp_route_refuse(struct smtp_route_req *r, enum smtp_route_kind kind,
    const char *status, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
