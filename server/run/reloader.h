/* A thread that reopens indexes on request and when they were replaced, since opening waits for the disk. */
#ifndef NG_SERVER_RUN_RELOADER_H
#define NG_SERVER_RUN_RELOADER_H

#include "common/base/err.h"
#include "server/state/metrics.h"
#include "server/state/registry.h"

struct ng_reloader;

/* watch_seconds: how often to check whether an index was replaced; 0: never. Both pointers are borrowed.
 * Errors: NG_ERR_NOMEM, NG_ERR_IO. On success: ng_reloader_stop. */
int ng_reloader_start(struct ng_reloader **reloader, struct ng_registry *registry, struct ng_metrics *metrics,
                      uint64_t watch_seconds, struct ng_err *err);

/* Asks for all indexes to be opened anew; does not wait for it. Thread-safe. */
void ng_reloader_ask(struct ng_reloader *reloader);

/* NULL is fine. */
void ng_reloader_stop(struct ng_reloader *reloader);

#endif
