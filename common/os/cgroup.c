#include "common/os/cgroup.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/text.h"

enum { MOST_FILE_BYTES = 16 << 20 };

struct span {
    const char *bytes;
    size_t length;
};

/* Cuts off the part before the next separator, or all that is left. False at the end. */
static bool cut(struct span *rest, char separator, struct span *part) {
    if (rest->length == 0) return false;
    const char *end = memchr(rest->bytes, separator, rest->length);
    *part = (struct span){rest->bytes, end ? (size_t)(end - rest->bytes) : rest->length};
    size_t used = part->length + (end ? 1 : 0);
    *rest = (struct span){rest->bytes + used, rest->length - used};
    return true;
}

static bool equals(struct span span, const char *text) {
    return span.length == strlen(text) && memcmp(span.bytes, text, span.length) == 0;
}

static bool lists(struct span list, const char *name) {
    struct span part;
    while (cut(&list, ',', &part)) {
        if (equals(part, name)) return true;
    }
    return false;
}

/* Lines are HIERARCHY:CONTROLLERS:PATH; without controllers in version 2. */
static bool find_path(struct span groups, const char *controller, struct span *path, bool *is_v2) {
    struct span line;
    struct span number;
    struct span controllers;
    bool found = false;
    while (cut(&groups, '\n', &line)) {
        if (!cut(&line, ':', &number) || !cut(&line, ':', &controllers)) continue;
        bool named = lists(controllers, controller);
        if (!named && (controllers.length > 0 || !equals(number, "0"))) continue;
        *path = line;
        *is_v2 = !named;
        found = true;
        if (named) break;
    }
    return found;
}

/* Lines are ID PARENT DEVICE ROOT MOUNT-POINT OPTIONS [TAG]... - TYPE SOURCE SUPER-OPTIONS. */
static bool find_mount(struct span mounts, const char *controller, bool is_v2, struct span *root, struct span *point) {
    enum { ROOT = 3, POINT = 4 };
    struct span line;
    while (cut(&mounts, '\n', &line)) {
        struct span field;
        int fields = 0;
        for (; cut(&line, ' ', &field) && !equals(field, "-"); fields++) {
            if (fields == ROOT) *root = field;
            if (fields == POINT) *point = field;
        }
        struct span type;
        if (fields <= POINT || !cut(&line, ' ', &type) || !cut(&line, ' ', &field)) continue;
        if (is_v2 ? equals(type, "cgroup2") : equals(type, "cgroup") && lists(line, controller)) return true;
    }
    return false;
}

bool ng_cgroup_find(struct ng_cgroup *group, const char *controller, const char *mounts, size_t mounts_length,
                    const char *groups, size_t groups_length) {
    struct span path;
    struct span root = {0};
    struct span point = {0};
    if (!find_path((struct span){groups, groups_length}, controller, &path, &group->is_v2)) return false;
    if (!find_mount((struct span){mounts, mounts_length}, controller, group->is_v2, &root, &point)) return false;
    /* A container may see only a part of the tree, which its path starts with, or does not. */
    size_t shared = equals(root, "/") ? 0 : root.length;
    bool inside = path.length >= shared && memcmp(path.bytes, root.bytes, shared) == 0 &&
                  (path.length == shared || path.bytes[shared] == '/') && !memmem(path.bytes, path.length, "/..", 3);
    path = inside ? (struct span){path.bytes + shared, path.length - shared} : (struct span){"", 0};
    if (path.length > 0 && path.bytes[path.length - 1] == '/') path.length--;
    if (point.length + path.length >= sizeof group->folder) return false;
    memcpy(group->folder, point.bytes, point.length);
    memcpy(group->folder + point.length, path.bytes, path.length);
    group->folder[point.length + path.length] = '\0';
    group->mount_length = point.length;
    return true;
}

/* All of a file; empty where it cannot be read. */
static void read_file(struct ng_buf *text, const char *root, const char *folder, const char *name) {
    char path[2 * PATH_MAX];
    enum { READ_BYTES = 1 << 14 };
    text->length = 0;
    int length = snprintf(path, sizeof path, "%s%s/%s", root, folder, name);
    int fd = length > 0 && (size_t)length < sizeof path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    ssize_t got = fd >= 0 ? 1 : 0;
    while (got > 0 && text->length < MOST_FILE_BYTES && !ng_buf_reserve(text, READ_BYTES, NULL)) {
        got = read(fd, text->data + text->length, READ_BYTES);
        if (got > 0) text->length += (size_t)got;
    }
    if (fd >= 0) (void)close(fd);
}

/* The number that a text starts with; what is none ("max", "-1", nothing) is no limit. */
static uint64_t parse_number(struct span text) {
    uint64_t number;
    size_t digits = 0;
    while (digits < text.length && text.bytes[digits] >= '0' && text.bytes[digits] <= '9') digits++;
    return ng_text_decimal(text.bytes, digits, &number) ? number : NG_CGROUP_NO_LIMIT;
}

static uint64_t read_number(const char *root, const char *folder, const char *name) {
    struct ng_buf text = {0};
    read_file(&text, root, folder, name);
    uint64_t number = parse_number((struct span){(const char *)text.data, text.length});
    ng_buf_free(&text);
    return number;
}

/* A line "NAME NUMBER" of memory.stat; 0 where there is none. */
static uint64_t read_stat(const char *root, const char *folder, const char *wanted) {
    struct ng_buf text = {0};
    struct span line;
    struct span name;
    uint64_t number = 0;
    read_file(&text, root, folder, "memory.stat");
    struct span rest = {(const char *)text.data, text.length};
    while (number == 0 && cut(&rest, '\n', &line)) {
        if (cut(&line, ' ', &name) && equals(name, wanted)) number = parse_number(line);
    }
    ng_buf_free(&text);
    return number == NG_CGROUP_NO_LIMIT ? 0 : number;
}

static uint64_t memory_limit(const char *root, const struct ng_cgroup *group) {
    uint64_t limit = read_number(root, group->folder, group->is_v2 ? "memory.max" : "memory.limit_in_bytes");
    uint64_t high = group->is_v2 ? read_number(root, group->folder, "memory.high") : NG_CGROUP_NO_LIMIT;
    return high < limit ? high : limit;
}

static uint64_t memory_left(const char *root, const struct ng_cgroup *group) {
    uint64_t limit = memory_limit(root, group);
    if (limit == NG_CGROUP_NO_LIMIT) return limit;
    uint64_t used = read_number(root, group->folder, group->is_v2 ? "memory.current" : "memory.usage_in_bytes");
    if (used == NG_CGROUP_NO_LIMIT) used = 0;
    uint64_t cache = read_stat(root, group->folder, group->is_v2 ? "inactive_file" : "total_inactive_file");
    used -= cache < used ? cache : used;
    return limit > used ? limit - used : 0;
}

static uint64_t processors(const char *root, const struct ng_cgroup *group) {
    uint64_t quota;
    uint64_t period = NG_CGROUP_NO_LIMIT;
    if (group->is_v2) {
        struct ng_buf text = {0};
        struct span first;
        read_file(&text, root, group->folder, "cpu.max");
        struct span rest = {(const char *)text.data, text.length};
        quota = cut(&rest, ' ', &first) ? parse_number(first) : NG_CGROUP_NO_LIMIT;
        period = parse_number(rest);
        ng_buf_free(&text);
    } else {
        quota = read_number(root, group->folder, "cpu.cfs_quota_us");
        period = read_number(root, group->folder, "cpu.cfs_period_us");
    }
    if (quota == NG_CGROUP_NO_LIMIT || period == NG_CGROUP_NO_LIMIT || period == 0) return NG_CGROUP_NO_LIMIT;
    uint64_t count = quota / period + (quota % period > 0);
    return count > 0 ? count : 1;
}

/* The least of what the group and its ancestors leave. */
static uint64_t least(const char *root, const char *controller,
                      uint64_t (*read_limit)(const char *root, const struct ng_cgroup *group)) {
    struct ng_buf mounts = {0};
    struct ng_buf groups = {0};
    struct ng_cgroup group;
    uint64_t lowest = NG_CGROUP_NO_LIMIT;
    read_file(&mounts, root, "/proc/self", "mountinfo");
    read_file(&groups, root, "/proc/self", "cgroup");
    bool found = mounts.length > 0 && groups.length > 0 &&
                 ng_cgroup_find(&group, controller, (const char *)mounts.data, mounts.length,
                                (const char *)groups.data, groups.length);
    while (found) {
        uint64_t limit = read_limit(root, &group);
        if (limit < lowest) lowest = limit;
        char *slash = strrchr(group.folder, '/');
        found = slash && (size_t)(slash - group.folder) >= group.mount_length;
        if (found) *slash = '\0';
    }
    ng_buf_free(&mounts);
    ng_buf_free(&groups);
    return lowest;
}

uint64_t ng_cgroup_memory_left(const char *root) {
    return least(root, "memory", memory_left);
}

uint64_t ng_cgroup_memory_limit(const char *root) {
    return least(root, "memory", memory_limit);
}

uint64_t ng_cgroup_processors(const char *root) {
    return least(root, "cpu", processors);
}
