#include "common/base/cancel.h"

bool ng_watch_ask(struct ng_watch *watch) {
    if (watch->stopped) return true;
    watch->steps = 0;
    if (!watch->cancel || !watch->cancel->asked || !watch->cancel->asked(watch->cancel->context)) return false;
    watch->stopped = true;
    watch->steps = NG_WATCH_STEPS; /* every turn of a loop comes here from now on */
    return true;
}

int ng_watch_status(const struct ng_watch *watch, struct ng_err *err) {
    return watch->stopped ? ng_err_set(err, NG_ERR_CANCELLED, "the call was cancelled") : NG_OK;
}
