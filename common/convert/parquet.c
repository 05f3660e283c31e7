#include "common/convert/parquet.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>


/* What writes the rows of the file named by its last argument to standard output, one JSON object a line. Where the
 * library is not installed it exits with NOT_HERE. */
enum { NOT_HERE = 87, MOST_ARGUMENTS = 5, COMPLAINT_BYTES = 512 };

static const char PYTHON[] =
    "import json, sys\n"
    "path, out = sys.argv[1], sys.stdout\n"
    "def show(value): return value.decode('utf-8', 'replace') if isinstance(value, bytes) else str(value)\n"
    "def write(rows):\n"
    "    for row in rows: out.write(json.dumps(row, ensure_ascii=False, default=show) + '\\n')\n"
    "try:\n"
    "    import pyarrow.parquet\n"
    "except ImportError:\n"
    "    try:\n"
    "        import duckdb\n"
    "    except ImportError:\n"
    "        sys.exit(87)\n"
    "    found = duckdb.sql('SELECT * FROM read_parquet(?)', params=[path])\n"
    "    while rows := found.fetchmany(1000): write(dict(zip(found.columns, row)) for row in rows)\n"
    "else:\n"
    "    for batch in pyarrow.parquet.ParquetFile(path).iter_batches(1000): write(batch.to_pylist())\n";

static const char NODE[] =
    "const path = process.argv[1], fs = require('fs'), root = process.cwd() + '/';\n"
    "const find = name => import(require.resolve(name, {paths: [root, ...require('module').globalPaths]}));\n"
    "const write = text => { for (let b = Buffer.from(text), at = 0; at < b.length;)\n"
    "    try { at += fs.writeSync(1, b, at); } catch (e) { if (e.code !== 'EAGAIN') throw e; } };\n"
    /* JSON.stringify refuses a bigint: marked as a string, it becomes a number afterwards. */
    "const mark = require('crypto').randomUUID(), marked = new RegExp('\"' + mark + '(-?[0-9]+)\"', 'g');\n"
    "const plain = (key, v) => typeof v === 'bigint' ? mark + v\n"
    "    : v instanceof Uint8Array ? Buffer.from(v).toString() : v;\n"
    "const rows = found => write(found.map(r => JSON.stringify(r, plain).replace(marked, '$1') + '\\n').join(''));\n"
    "(async () => {\n"
    "    let duckdb, hyparquet;\n"
    "    try { duckdb = await find('@duckdb/node-api'); } catch (e) {}\n"
    "    if (duckdb) {\n"
    "        const db = await duckdb.DuckDBInstance.create(':memory:'), c = await db.connect();\n"
    "        const file = \"'\" + path.replaceAll(\"'\", \"''\") + \"'\";\n"
    "        const result = await c.stream('SELECT CAST(to_json(r) AS VARCHAR) FROM read_parquet(' + file + ') r');\n"
    "        for (let chunk; (chunk = await result.fetchChunk()) && chunk.rowCount;)\n"
    "            write(chunk.getColumnValues(0).map(line => line + '\\n').join(''));\n"
    "        return;\n"
    "    }\n"
    "    try { hyparquet = await find('hyparquet'); } catch (e) { process.exit(87); }\n"
    "    let compressors; try { ({compressors} = await find('hyparquet-compressors')); } catch (e) {}\n"
    "    const fd = fs.openSync(path), byteLength = fs.fstatSync(fd).size;\n"
    "    const file = {byteLength, slice: async (begin, end) => {\n"
    "        const b = Buffer.alloc((end ?? byteLength) - begin); fs.readSync(fd, b, 0, b.length, begin);\n"
    "        return b.buffer.slice(b.byteOffset, b.byteOffset + b.length); }};\n"
    "    const metadata = await hyparquet.parquetMetadataAsync(file);\n"
    "    for (let at = 0, group = 0; group < metadata.row_groups.length; group++) {\n"
    "        const end = at + Number(metadata.row_groups[group].num_rows);\n"
    "        rows(await hyparquet.parquetReadObjects({file, metadata, compressors, rowStart: at, rowEnd: end}));\n"
    "        at = end;\n"
    "    }\n"
    "})().catch(e => { console.error(String(e && e.message || e)); process.exit(1); });\n";

struct parquet {
    char *name;
    unsigned converter; /* that is tried, or runs */
    char *script;       /* of duckdb, which takes no parameters */
    pid_t child;        /* 0: none */
    int rows;           /* what it writes */
    int complaints;     /* a file in memory with what it writes to standard error */
    bool has_rows;
};

/* The argument vector of a converter; NULL: there are no more. */
static const char *arguments(const struct parquet *p, const char *out[MOST_ARGUMENTS]) {
    const char *const lists[][MOST_ARGUMENTS] = {{"duckdb", "-c", p->script, NULL},
                                                 {"python3", "-c", PYTHON, p->name, NULL},
                                                 {"node", "-e", NODE, p->name, NULL}};
    if (p->converter >= sizeof lists / sizeof *lists) return NULL;
    memcpy(out, lists[p->converter], sizeof lists[0]);
    return out[0];
}

static int no_converter(const struct parquet *p, struct ng_err *err) {
    (void)ng_err_set(err, NG_ERR_INPUT, "%s: Parquet needs a converter, and none is installed", p->name);
    return ng_err_hint(err, "install the command duckdb, or Python with pyarrow or duckdb, or Node with "
                       "@duckdb/node-api or hyparquet; or convert the file to JSON lines");
}

/* Starts the next converter that the system can start. */
static int start(struct parquet *p, struct ng_err *err) {
    const char *vector[MOST_ARGUMENTS];
    for (;; p->converter++) {
        int ends[2];
        if (!arguments(p, vector)) return no_converter(p, err);
        if (ftruncate(p->complaints, 0) != 0 || pipe2(ends, O_CLOEXEC) != 0) {
            return ng_err_sys(err, errno, "cannot start %s", vector[0]);
        }
        posix_spawn_file_actions_t actions;
        (void)posix_spawn_file_actions_init(&actions);
        (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        (void)posix_spawn_file_actions_adddup2(&actions, p->complaints, STDERR_FILENO);
        int failed = posix_spawnp(&p->child, vector[0], &actions, NULL, (char *const *)(uintptr_t)vector, environ);
        (void)posix_spawn_file_actions_destroy(&actions);
        (void)close(ends[1]);
        p->rows = ends[0];
        if (!failed) return NG_OK;
        p->child = 0;
        (void)close(ends[0]);
        p->rows = -1;
        if (failed != ENOENT && failed != EACCES) return ng_err_sys(err, failed, "cannot start %s", vector[0]);
    }
}

static int wait_for(struct parquet *p) {
    int how = 0;
    while (p->child && waitpid(p->child, &how, 0) < 0 && errno == EINTR) continue;
    p->child = 0;
    if (p->rows >= 0) (void)close(p->rows);
    p->rows = -1;
    return how;
}

/* The last line of what the converter complained of. */
static void last_complaint(const struct parquet *p, char out[COMPLAINT_BYTES]) {
    off_t end = lseek(p->complaints, 0, SEEK_END);
    off_t begin = end > COMPLAINT_BYTES - 1 ? end - (COMPLAINT_BYTES - 1) : 0;
    ssize_t got = pread(p->complaints, out, COMPLAINT_BYTES - 1, begin);
    size_t length = got > 0 ? (size_t)got : 0;
    while (length > 0 && (unsigned char)out[length - 1] <= ' ') length--;
    out[length] = '\0';
    const char *line = strrchr(out, '\n');
    if (line) memmove(out, line + 1, strlen(line));
}

/* The converter ended. *again: it was not installed, and the next one has been started. */
static int end(struct parquet *p, bool *again, struct ng_err *err) {
    const char *vector[MOST_ARGUMENTS];
    const char *command = arguments(p, vector);
    int how = wait_for(p);
    *again = !p->has_rows && WIFEXITED(how) && (WEXITSTATUS(how) == NOT_HERE || WEXITSTATUS(how) == 127);
    if (*again) {
        p->converter++;
        return start(p, err);
    }
    if (how == 0) return NG_OK;
    char complaint[COMPLAINT_BYTES];
    last_complaint(p, complaint);
    (void)ng_err_set(err, NG_ERR_INPUT, "%s: %s could not read the Parquet file: %s", p->name, command,
                     complaint[0] ? complaint : WIFSIGNALED(how) ? strsignal(WTERMSIG(how)) : "it ended with an error");
    return ng_err_hint(err, "if it is damaged, fetch it again; or convert it to JSON lines yourself");
}

static int read_rows(void *context, uint8_t *out, size_t capacity, size_t *length, struct ng_err *err) {
    struct parquet *p = context;
    while (p->child) {
        ssize_t got = read(p->rows, out, capacity);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return ng_err_sys(err, errno, "%s: cannot read what the converter gives", p->name);
        if (got > 0) {
            p->has_rows = true;
            *length = (size_t)got;
            return NG_OK;
        }
        bool again;
        int status = end(p, &again, err);
        if (status) return status;
    }
    return NG_OK;
}

static void close_rows(void *context) {
    struct parquet *p = context;
    if (p->child) (void)kill(p->child, SIGTERM);
    (void)wait_for(p);
    if (p->complaints >= 0) (void)close(p->complaints);
    free(p->script);
    free(p->name);
    free(p);
}

/* SQL's way to quote the name: quotes are doubled. */
static char *make_script(const char *path) {
    static const char before[] = "COPY (SELECT * FROM read_parquet('";
    static const char behind[] = "')) TO '/dev/stdout' (FORMAT JSON)";
    char *script = malloc(sizeof before + 2 * strlen(path) + sizeof behind);
    if (!script) return NULL;
    char *at = stpcpy(script, before);
    for (; *path; path++) {
        if (*path == '\'') *at++ = '\'';
        *at++ = *path;
    }
    (void)stpcpy(at, behind);
    return script;
}

bool ng_parquet_is(const uint8_t *head, size_t length) {
    return length >= 4 && memcmp(head, "PAR1", 4) == 0;
}

int ng_parquet_open(struct ng_stream **rows, const char *path, const struct ng_stream *source, struct ng_err *err) {
    *rows = NULL;
    if (ng_stream_is_compressed(source) || strcmp(path, "-") == 0) {
        (void)ng_err_set(err, NG_ERR_INPUT, "%s: Parquet is read from a file only, not from within another or a pipe", path);
        return ng_err_hint(err, "unpack it first; Parquet is compressed within");
    }
    struct parquet *p = calloc(1, sizeof *p);
    if (!p) return ng_err_nomem(err, sizeof *p, "a converter");
    p->rows = -1;
    p->complaints = memfd_create("complaints", MFD_CLOEXEC);
    /* No name may pass for an option. */
    int printed = asprintf(&p->name, "%s%s", path[0] == '/' ? "" : "./", path);
    if (printed < 0) p->name = NULL;
    p->script = p->name ? make_script(p->name) : NULL;
    int status = p->script ? NG_OK : ng_err_nomem(err, strlen(path), "a converter");
    if (!status && p->complaints < 0) status = ng_err_sys(err, errno, "cannot start a converter");
    if (!status) status = start(p, err);
    if (status) {
        close_rows(p);
        return status;
    }
    return ng_stream_open_source(rows, path, &(struct ng_stream_source){read_rows, close_rows, p}, err);
}
