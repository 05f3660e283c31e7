#include "indexer/corpus/libarchive.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>

static struct ng_err failure;
static int outcome;

#ifdef NG_LIBARCHIVE_LINKED /* by a program of the wheel, which links the little that it takes of static libraries */
#define TAKE(name) .name = (name),
static struct ng_libarchive loaded = {NG_LIBARCHIVE_FUNCTIONS(TAKE)};
static void load(void) {}
#else
/* The number changes when the meaning of a function does. */
static const char NAME[] = "libarchive.so.13";

static struct ng_libarchive loaded;

static void load(void) {
    void *handle = dlopen(NAME, RTLD_NOW | RTLD_LOCAL);
    bool whole = handle;
#define TAKE(name)                                                     \
    if (whole) loaded.name = (__typeof__(name) *)dlsym(handle, #name); \
    whole = whole && loaded.name;
    NG_LIBARCHIVE_FUNCTIONS(TAKE)
    if (whole) return;
    outcome = ng_err_set(&failure, NG_ERR_IO, "cannot load the library that reads archives: %s", dlerror());
    (void)ng_err_hint(&failure, "install %s, in Debian the package libarchive13; or unpack the archives first", NAME);
    if (handle) (void)dlclose(handle);
}
#endif

int ng_libarchive_load(const struct ng_libarchive **library, struct ng_err *err) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, load);
    *library = &loaded;
    if (outcome && err) *err = failure;
    return outcome;
}
