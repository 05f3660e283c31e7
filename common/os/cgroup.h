/*
 * What the control groups of Linux leave a process: the memory and the processors of its container. Version 1 and 2,
 * for the group of the process and those that hold it (cgroups(7); Documentation/admin-guide/cgroup-v2.rst).
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
 * /proc/self/cgroup. False where there is none. */
bool ng_cgroup_find(struct ng_cgroup *group, const char *controller, const char *mounts, size_t mounts_length,
                    const char *groups, size_t groups_length);

/* The two below read files under root: "" outside of tests. What cannot be read is no limit. */

/* Bytes that the process may still take, page cache that can be given back counted as free. */
uint64_t ng_cgroup_memory_left(const char *root);

/* Processors that the quotas of processor time come to, rounded up. */
uint64_t ng_cgroup_processors(const char *root);

#endif
