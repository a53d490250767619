/* SPDX-License-Identifier: Apache-2.0 */
/* The properties of a request as the bus has them: an array of names and variants. */
#ifndef HELPER_PROPERTIES_H
#define HELPER_PROPERTIES_H

#include <systemd/sd-bus.h>

#include "helper/request.h"

/* Appends all that are not dropped, and PIDs. 0 or more, or -errno. */
int properties_append(sd_bus_message *m, const struct request *rq);

/*
 * After an older systemd's refusal: drops the optional property that it has not heard of, or all of
 * them where it does not say which. 0 when there is nothing to drop.
 */
int properties_drop(struct request *rq, const sd_bus_error *e);

#endif
