#include "query/cite/cite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/buf.h"
#include "common/base/text.h"

int ng_cite_date(char date[NG_CITE_DATE_CHARS], struct ng_err *err) {
    const uint64_t most = UINT64_C(253402300799); /* the last second of the year 9999 */
    const char *wanted = getenv("SOURCE_DATE_EPOCH");
    uint64_t seconds = (uint64_t)time(NULL);
    if (wanted && *wanted && (!ng_text_decimal(wanted, strlen(wanted), &seconds) || seconds > most)) {
        return ng_err_set(err, NG_ERR_USAGE, "SOURCE_DATE_EPOCH: '%s' is not a number of seconds since 1970", wanted);
    }
    time_t when = (time_t)seconds;
    struct tm utc;
    if (!gmtime_r(&when, &utc) || strftime(date, NG_CITE_DATE_CHARS, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0) {
        return ng_err_sys(err, errno ? errno : EOVERFLOW, "cannot tell the date of %llu", (unsigned long long)seconds);
    }
    return NG_OK;
}

/* A command line while it is read as getopt_long reads it. */
struct reading {
    const struct ng_cli_option *table;
    const char *const *path_options;
    const struct ng_cite_paths *paths;
    bool redact;
    struct ng_buf words; /* of char *, which are owned */
};

/* Adds a word; the end of it from path on is a path, unless that is NULL. */
static int add_word(struct reading *reading, const char *word, const char *path, struct ng_err *err) {
    struct ng_buf shown = {0};
    const char *rest = !path ? "" : reading->redact ? "[path]" : ng_cite_path(reading->paths, path);
    int status = ng_buf_append(&shown, word, path ? (size_t)(path - word) : strlen(word), err);
    if (!status) status = ng_buf_append(&shown, rest, strlen(rest) + 1, err);
    if (!status) status = ng_buf_append(&reading->words, &shown.data, sizeof shown.data, err);
    if (status) ng_buf_free(&shown);
    return status;
}

static bool is_path_option(const struct reading *reading, const struct ng_cli_option *option) {
    for (const char *const *name = reading->path_options; *name; name++) {
        if (strcmp(*name, option->name) == 0) return true;
    }
    return false;
}

/* What a part of the work is made by is not what the whole is. */
static bool is_left_out(const struct ng_cli_option *option) {
    return option && strcmp(option->name, "task") == 0;
}

/* Where the path begins in an option's value: NAME=PATH for an index. */
static const char *path_of(const struct reading *reading, const struct ng_cli_option *option, const char *value) {
    const char *path = value;
    if (!is_path_option(reading, option)) return NULL;
    if (strcmp(option->name, "index") == 0) (void)ng_text_index_name(value, &path);
    return path;
}

static const struct ng_cli_option *find_long(const struct reading *reading, const char *name, size_t length) {
    const struct ng_cli_option *begun = NULL; /* getopt_long takes the beginning of a name, too */
    for (const struct ng_cli_option *option = reading->table; option->name; option++) {
        if (strncmp(option->name, name, length) != 0) continue;
        if (!option->name[length]) return option;
        begun = option;
    }
    return begun;
}

/* Adds a word that begins with "-". *valued becomes the option whose value is the next word. */
static int add_option(struct reading *reading, const char *word, const struct ng_cli_option **valued, struct ng_err *err) {
    *valued = NULL;
    if (word[1] == '-') {
        const char *value = strchr(word, '=');
        size_t length = value ? (size_t)(value - word - 2) : strlen(word + 2);
        const struct ng_cli_option *option = find_long(reading, word + 2, length);
        if (option && !option->flag && !value) *valued = option;
        if (is_left_out(option)) return NG_OK;
        return add_word(reading, word, option && value ? path_of(reading, option, value + 1) : NULL, err);
    }
    for (const char *letter = word + 1; *letter; letter++) {
        const struct ng_cli_option *option = reading->table;
        while (option->name && option->letter != *letter) option++;
        if (!option->name || option->flag) continue;
        if (!letter[1]) *valued = option;
        return add_word(reading, word, letter[1] ? path_of(reading, option, letter + 1) : NULL, err);
    }
    return add_word(reading, word, NULL, err);
}

int ng_cite_command_make(char ***command, size_t *count, int argc, char *const *argv,
                           const struct ng_cli_option *table, const char *const *path_options,
                           const struct ng_cite_paths *paths, bool redact, struct ng_err *err) {
    struct reading reading = {.table = table, .path_options = path_options, .paths = paths, .redact = redact};
    const struct ng_cli_option *valued = NULL;
    bool options_ended = false;
    int status = add_word(&reading, "ngidx", NULL, err);
    for (int i = 0; i < argc && !status; i++) {
        const char *word = argv[i];
        if (i == 0) {
            status = add_word(&reading, word, NULL, err);
        } else if (valued) {
            if (!is_left_out(valued)) status = add_word(&reading, word, path_of(&reading, valued, word), err);
            valued = NULL;
        } else if (!options_ended && word[0] == '-' && word[1]) {
            options_ended = strcmp(word, "--") == 0;
            status = add_option(&reading, word, &valued, err);
        } else {
            status = add_word(&reading, word, strcmp(word, "-") == 0 ? NULL : word, err);
        }
    }
    *command = (char **)(void *)reading.words.data; /* from malloc: aligned for any type */
    *count = reading.words.length / sizeof(char *);
    if (!status) return NG_OK;
    ng_cite_command_free(*command, *count);
    *command = NULL;
    *count = 0;
    return status;
}

void ng_cite_command_free(char **command, size_t count) {
    for (size_t i = 0; i < count; i++) free(command[i]);
    free((void *)command);
}
