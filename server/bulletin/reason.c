#include "server/bulletin/reason.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_in_name(char c) {
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 || strchr("._-/", c);
}

void ng_reason_hide_folders(char *text) {
    char *out = text;
    char before = ' ';
    for (const char *at = text; *at;) {
        if (*at == '/' && !is_in_name(before)) {
            size_t length = strcspn(at, " \t\r\n'\"():,;");
            size_t last = length;
            while (at[last - 1] != '/') last--;
            at += last;
            before = '/';
            continue;
        }
        before = *at;
        *out++ = *at++;
    }
    *out = '\0';
}

/* Lines become one, since an error is, with semicolons between. A line end and the blanks around it have room for one. */
static void join_lines(char *text) {
    char *out = text;
    for (const char *at = text; *at;) {
        size_t blank = strspn(at, " \t\r\n");
        if (blank == 0) {
            *out++ = *at++;
            continue;
        }
        bool line_end = blank > 1 && memchr(at, '\n', blank);
        at += blank;
        if (!*at) break;
        if (out > text && line_end) *out++ = ';';
        if (out > text) *out++ = ' ';
    }
    *out = '\0';
}

void ng_reason_read(int folder, const char *name, const char *command, int code, struct ng_err *err) {
    enum { SHOWN_BYTES = 900 };
    char text[SHOWN_BYTES + 1] = "";
    struct stat info;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0) {
        off_t begin = fstat(fd, &info) == 0 && info.st_size > SHOWN_BYTES ? info.st_size - SHOWN_BYTES : 0;
        ssize_t length = pread(fd, text, SHOWN_BYTES, begin);
        text[length > 0 ? length : 0] = '\0';
        (void)close(fd);
    }
    ng_reason_hide_folders(text);
    join_lines(text);
    if (text[0]) (void)ng_err_set(err, NG_ERR_INPUT, "%s", text);
    else (void)ng_err_set(err, NG_ERR_INPUT, "ngidx %s ended with exit status %d", command, code);
}
