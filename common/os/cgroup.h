/*
 * What Linux control groups allow a process: the memory and the processors of its container. Versions 1 and 2, for the
 * group of the process and its ancestors (cgroups(7); Documentation/admin-guide/cgroup-v2.rst).
 */
#ifndef NG_COMMON_OS_CGROUP_H
#define NG_COMMON_OS_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NG_CGROUP_NO_LIMIT UINT64_MAX

/* A group's folder. Its ancestors are folders above it, down to a length of mount_length. */
struct ng_cgroup {
    char folder[PATH_MAX];
    size_t mount_length;
    bool is_v2;
};

/* Finds the group that controller ("memory" or "cpu") limits, from the text of /proc/self/mountinfo and of
 * /proc/self/cgroup. Returns false if there is none. */
bool ng_cgroup_find(struct ng_cgroup *group, const char *controller, const char *mounts, size_t mounts_length,
                    const char *groups, size_t groups_length);

/* The functions below read files under root, which is "" outside tests. A file that cannot be read sets no
 * limit. */

/* Bytes that the process may still take; reclaimable page cache counts as free. */
uint64_t ng_cgroup_memory_left(const char *root);

/* Bytes that the process may take at most. */
uint64_t ng_cgroup_memory_limit(const char *root);

/* Number of processors that the quotas of processor time amount to, rounded up. */
uint64_t ng_cgroup_processors(const char *root);

#endif
