#ifndef QUEUE_PLAN_H
#define QUEUE_PLAN_H
/* When to try again, when to tell, when to give up. Pure. */
#include "conf/conf.h"
#include "store/store_queue.h"

#include <stdbool.h>
#include <stdint.h>

enum queue_verdict {
	QUEUE_WAIT,      /* until next_us */
	QUEUE_WAIT_TELL, /* the same, and tell the sender of the delay */
	QUEUE_GIVE_UP /* its time is over: the last reason is why it failed */
};
/*
 * After an attempt that did not succeed. attempts: with this one; random: any
 * number, for the spread: up to a tenth later than the plan says, never sooner.
 * *next_us is set unless it is given up, and never behind the end of its life:
 * the last attempt is then.
 *
 * What out->delay_told and out->notify (STORE_NOTIFY_DELAY, or none given) say
 * decides about the notice; nobody is told about mail with a null sender.
 */
enum queue_verdict queue_plan(const struct conf_route *route,
    const struct store_envelope *env, const struct store_out *out,
    uint32_t attempts, uint64_t now_us, uint32_t random, uint64_t *next_us);

#endif
