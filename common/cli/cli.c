#include "common/cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/base/checked.h"
#include "common/base/limits.h"
#include "common/base/text.h"
#include "common/base/utf8.h"

/* Reads the digits at *text and leaves *text behind them; false where there are none or too many. */
static bool read_digits(const char **text, uint64_t *value) {
    size_t length = strspn(*text, "0123456789");
    bool well = ng_text_decimal(*text, length, value);
    *text += length;
    return well;
}

int ng_cli_parse_number(const char *text, const char *name, uint64_t least, uint64_t most, uint64_t *value,
                        struct ng_err *err) {
    const char *at = text;
    uint64_t number;
    if (!read_digits(&at, &number) || *at != '\0' || number < least || number > most)
        return ng_err_set(err, NG_ERR_USAGE, "%s must be a whole number from %llu to %llu, not '%s'", name,
                          (unsigned long long)least, (unsigned long long)most, text);
    *value = number;
    return NG_OK;
}

int ng_cli_parse_task(const char *text, uint64_t *number, uint64_t *count, struct ng_err *err) {
    const char *slash = strchr(text, '/');
    if (slash && ng_text_decimal(text, (size_t)(slash - text), number) &&
        ng_text_decimal(slash + 1, strlen(slash + 1), count) && *number < *count && *count <= NG_MAX_TASKS) return NG_OK;
    return ng_err_set(err, NG_ERR_USAGE, "--task is I/N, with I from 0 to N - 1 and N up to %u, not '%s'", NG_MAX_TASKS, text);
}

/* The bytes of a unit, as GNU's tools read them: K and KiB are 1024, KB is 1000. 0: no unit. */
static uint64_t unit_bytes(const char *unit) {
    static const char letters[] = "kmgt";
    const char *letter = *unit ? strchr(letters, *unit | 0x20) : NULL;
    bool decimal = letter && strcasecmp(unit + 1, "b") == 0;
    if (*unit == '\0' || strcasecmp(unit, "b") == 0) return 1;
    if (!letter || (!decimal && unit[1] != '\0' && strcasecmp(unit + 1, "ib") != 0)) return 0;
    uint64_t bytes = 1;
    for (const char *at = letters; at <= letter; at++) bytes *= decimal ? 1000 : 1024;
    return bytes;
}

/* Adds the part of a unit that the digits behind a point say, rounded down. */
static bool add_fraction(const char *digits, size_t length, uint64_t unit, uint64_t *bytes) {
    uint64_t numerator;
    uint64_t denominator = 1;
    enum { MOST_DIGITS = 6 }; /* so that the product fits */
    if (unit == 1 || length > MOST_DIGITS || !ng_text_decimal(digits, length, &numerator)) return false;
    for (size_t i = 0; i < length; i++) denominator *= 10;
    return ng_checked_add(*bytes, unit * numerator / denominator, bytes);
}

int ng_cli_parse_size(const char *text, const char *name, uint64_t *bytes, struct ng_err *err) {
    const char *at = text;
    const char *fraction = NULL;
    size_t fraction_length = 0;
    uint64_t number = 0;
    bool well = read_digits(&at, &number);
    if (well && *at == '.') {
        fraction = ++at;
        fraction_length = strspn(at, "0123456789");
        at += fraction_length;
    }
    uint64_t unit = well ? unit_bytes(at) : 0;
    well = unit > 0 && ng_checked_mul(number, unit, &number);
    if (well && fraction) well = add_fraction(fraction, fraction_length, unit, &number);
    if (!well || number == 0) {
        (void)ng_err_set(err, NG_ERR_USAGE, "%s is not a size: '%s'", name, text);
        return ng_err_hint(err, "give a number of bytes, or one with a unit: 8G and 8GiB use powers of 1024, "
                           "8GB powers of 1000; 1.5G");
    }
    *bytes = number;
    return NG_OK;
}

int ng_cli_expect_arguments(int argc, char **argv, int wanted, const char *what, struct ng_err *err) {
    int given = argc - optind;
    if (given < wanted) return ng_err_set(err, NG_ERR_USAGE, "%s: %s is missing", argv[0], what);
    if (given == wanted) return NG_OK;
    (void)ng_err_set(err, NG_ERR_USAGE, "%s: one argument too many: '%s'", argv[0], argv[optind + wanted]);
    return ng_err_hint(err, wanted > 0 ? "put quotes around an argument that holds spaces" : "name an index with -i INDEX");
}

const char *ng_cli_index_path(void) {
    const char *from_environment = getenv("NGIDX_INDEX");
    if (from_environment && *from_environment) return from_environment;
    return "./index.ngidx";
}

bool ng_cli_terminal(FILE *stream) {
    const char *kind = getenv("TERM");
    return kind && strcmp(kind, "dumb") != 0 && isatty(fileno(stream));
}

bool ng_cli_color(FILE *stream) {
    const char *no_color = getenv("NO_COLOR");
    return !(no_color && *no_color) && ng_cli_terminal(stream);
}

int ng_cli_report(const struct ng_err *err) {
    (void)fprintf(stderr, "%s: %s\n", program_invocation_short_name, err->text);
    if (err->hint[0]) (void)fprintf(stderr, "  try: %s\n", err->hint);
    return NG_EXIT_ERROR;
}

int ng_cli_report_usage(const char *command, struct ng_err *err) {
    if (err->status == NG_ERR_USAGE && !err->hint[0]) (void)ng_err_hint(err, "ngidx help %s", command);
    return ng_cli_report(err);
}

const char *ng_cli_format_size(uint64_t bytes, char out[NG_CLI_SIZE_CHARS]) {
    static const char *const units[] = {"KB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 1000) {
        (void)snprintf(out, NG_CLI_SIZE_CHARS, "%u B", (unsigned)bytes);
        return out;
    }
    double value = (double)bytes / 1000.0;
    size_t unit = 0;
    for (; value >= 999.95 && unit + 1 < sizeof units / sizeof *units; unit++) value /= 1000.0;
    (void)snprintf(out, NG_CLI_SIZE_CHARS, "%.1f %s", value, units[unit]);
    return out;
}

static void print_control(FILE *stream, uint8_t byte) {
    switch (byte) {
    case '\n': (void)fputs("\\n", stream); break;
    case '\r': (void)fputs("\\r", stream); break;
    case '\t': (void)fputs("\\t", stream); break;
    default: (void)fprintf(stream, "\\x%02x", byte);
    }
}

/* As ng_cli_print_visible, for what is UTF-8. */
static void print_visible_utf8(FILE *stream, const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] < 0x20 || bytes[i] == 0x7F) {
            print_control(stream, bytes[i]);
        } else if (bytes[i] == 0xC2 && bytes[i + 1] < 0xA0) { /* U+0080 to U+009F; 0xC2 is never the last byte */
            i++;
            (void)fprintf(stream, "\\u%04x", bytes[i]);
        } else {
            (void)putc(bytes[i], stream);
        }
    }
}

void ng_cli_print_visible(FILE *stream, const uint8_t *bytes, size_t length) {
    ng_utf8_write_repaired(stream, bytes, length, print_visible_utf8);
}

void ng_cli_guard_standard_files(void) {
    for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++) {
        if (fcntl(file, F_GETFD) >= 0 || errno != EBADF) continue;
        /* open() gives the lowest free number, which is this one; the wrong mode makes its use fail. */
        if (open("/dev/null", file == STDIN_FILENO ? O_WRONLY : O_RDONLY) != file) return;
    }
}

static int output_error_number; /* of the first write to standard output that was seen to fail */

bool ng_cli_output_lost(void) {
    if (!ferror(stdout)) return false;
    if (!output_error_number) output_error_number = errno ? errno : EIO;
    return true;
}

int ng_cli_finish(int code) {
    if (!ng_cli_output_lost()) {
        errno = 0;
        if (fflush(stdout) == 0 && fclose(stdout) == 0) return code;
        output_error_number = errno ? errno : EIO;
    }
    if (output_error_number != EPIPE) {
        struct ng_err err;
        (void)ng_err_sys(&err, output_error_number, "cannot write the results to standard output");
        (void)ng_cli_report(&err);
    }
    return NG_EXIT_ERROR;
}
