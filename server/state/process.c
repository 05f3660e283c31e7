#include "server/state/process.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static void write_head(FILE *out, const char *name, const char *type, const char *help) {
    (void)fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void ng_process_write_value(FILE *out, const char *name, const char *type, const char *help, uint64_t value) {
    write_head(out, name, type, help);
    (void)fprintf(out, "%s %" PRIu64 "\n", name, value);
}

static void write_seconds(FILE *out, const char *name, const char *type, const char *help, double seconds) {
    write_head(out, name, type, help);
    (void)fprintf(out, "%s %.2f\n", name, seconds);
}

/* The beginning of a file of /proc, as text. */
static bool read_proc(const char *path, char *text, size_t room) {
    FILE *file = fopen(path, "re");
    if (!file) return false;
    size_t length = fread(text, 1, room - 1, file);
    (void)fclose(file);
    text[length] = '\0';
    return length > 0;
}

/* The number behind the given count of spaces; 0 if there are fewer. */
static unsigned long long number_behind(const char *text, unsigned spaces) {
    for (; text && spaces > 0; spaces--) {
        text = strchr(text, ' ');
        if (text) text++;
    }
    return text ? strtoull(text, NULL, 10) : 0;
}

/* Seconds between the start of the machine and that of the process (proc(5), stat, field 22). */
static bool read_start(double *seconds) {
    enum { TEXT_BYTES = 1024, FIELDS_BEHIND_NAME = 20 };
    char text[TEXT_BYTES];
    if (!read_proc("/proc/self/stat", text, sizeof text)) return false;
    const char *name_end = strrchr(text, ')'); /* the name may hold anything */
    unsigned long long ticks = number_behind(name_end, FIELDS_BEHIND_NAME);
    *seconds = (double)ticks / (double)sysconf(_SC_CLK_TCK);
    return ticks > 0;
}

/* When the machine was started, in seconds since 1970. */
static double boot_time(void) {
    struct timespec now;
    struct timespec since_boot;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)clock_gettime(CLOCK_BOOTTIME, &since_boot);
    return (double)(now.tv_sec - since_boot.tv_sec) + (double)(now.tv_nsec - since_boot.tv_nsec) / 1e9;
}

static uint64_t count_open_files(void) {
    DIR *folder = opendir("/proc/self/fd");
    uint64_t count = 0;
    if (!folder) return 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) count += entry->d_name[0] != '.';
    (void)closedir(folder);
    return count - 1; /* the folder itself */
}

static void write_files(FILE *out) {
    struct rlimit limit;
    uint64_t files = count_open_files();
    if (files > 0) ng_process_write_value(out, "process_open_fds", "gauge", "Open file descriptors.", files);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
    ng_process_write_value(out, "process_max_fds", "gauge", "Most file descriptors that may be open.", limit.rlim_cur);
}

static void write_memory(FILE *out) {
    enum { TEXT_BYTES = 128 };
    char text[TEXT_BYTES];
    if (!read_proc("/proc/self/statm", text, sizeof text)) return;
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    ng_process_write_value(out, "process_virtual_memory_bytes", "gauge", "Address space in use.", number_behind(text, 0) * page);
    ng_process_write_value(out, "process_resident_memory_bytes", "gauge", "Memory in use, mapped index pages included.",
                           number_behind(text, 1) * page);
}

static void write_usage(FILE *out) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) return;
    double seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                     (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    write_seconds(out, "process_cpu_seconds_total", "counter", "Processor time, user and system.", seconds);
    ng_process_write_value(out, "ngidx_major_page_faults_total", "counter", "Pages that had to come from the disk.",
                           (uint64_t)usage.ru_majflt);
    ng_process_write_value(out, "ngidx_minor_page_faults_total", "counter", "Pages that were in memory already.",
                           (uint64_t)usage.ru_minflt);
}

void ng_process_write(FILE *out) {
    double start;
    write_usage(out);
    write_memory(out);
    write_files(out);
    if (read_start(&start)) {
        write_seconds(out, "process_start_time_seconds", "gauge", "When the process started, since 1970.",
                      boot_time() + start);
    }
}
