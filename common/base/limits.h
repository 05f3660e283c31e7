/*
 * Every limit of ngidx, named once. A reader of outside data checks against these before it allocates
 * or loops; an error that reports a limit names it.
 */
#ifndef NG_COMMON_BASE_LIMITS_H
#define NG_COMMON_BASE_LIMITS_H

#include <stdint.h>

/* Index */
#define NG_MAX_SHARD_ROWS (UINT64_C(1) << 48) /* text bytes plus documents of one shard */
#define NG_MAX_SHARDS UINT64_C(65536)
#define NG_MAX_REMOVALS UINT64_C(65536) /* entries of the journal in index.json */
#define NG_MAX_MANIFEST_BYTES (UINT64_C(64) << 20) /* index.json */
#define NG_MAX_SECTIONS 32u                        /* of one shard file */

/* Corpus */
#define NG_MAX_RECORD_BYTES (UINT64_C(1) << 30) /* one JSON line, or one plain file, decompressed */
#define NG_MAX_METADATA_BYTES (UINT64_C(64) << 20) /* one document's metadata record */
#define NG_MAX_JSON_DEPTH 128u
#define NG_MAX_FIELD_NAME_BYTES 1024u
#define NG_MAX_ZSTD_WINDOW_LOG 27u /* 128 MB, what "zstd --long" writes */
#define NG_MAX_LONG_WINDOW_LOG 31u /* with --long-window */
#define NG_MAX_FOLDER_DEPTH 256u
#define NG_MAX_TEXT_FIELDS 16u   /* paths of --text-field */
#define NG_MAX_PATH_STEPS 16u    /* names in one of them */
#define NG_MAX_TASKS 65536u      /* that share a build */
#define NG_MAX_GLOBS 64u         /* of --include, and of --exclude */
#define NG_MAX_WARC_HEADER_BYTES (UINT64_C(64) << 10) /* of one record */
#define NG_MAX_TABLE_COLUMNS 1024u /* of a JSON file that is a dict of columns */

/* Queries */
#define NG_MAX_PHRASE_BYTES (UINT64_C(1) << 20)
#define NG_MAX_ORIGIN_BYTES (UINT64_C(16) << 20) /* of a document in which a hit in folded text is traced back */
#define NG_MAX_ORIGIN_HIT_BYTES UINT64_C(4096) /* original text shown for such a hit, plus two bytes per folded byte */
#define NG_MAX_CONTEXT_BYTES (UINT64_C(1) << 20) /* on either side of a located phrase */
#define NG_MAX_CLAUSE_PHRASES 64u                /* of a search for phrases together */
#define NG_MAX_NEXT UINT64_C(10000)              /* continuations of a phrase in one answer */
#define NG_MAX_NEXT_BYTES 256u                   /* of one; it then ends at the next character */

/* Bulletin */
#define NG_MAX_REPORT_BYTES (UINT64_C(64) << 20) /* report.json */
#define NG_MAX_BULLETIN_REPORTS 10000u
#define NG_MAX_REPORT_RESULTS 10000u /* benchmarks times indexes of one report */
#define NG_MAX_BULLETIN_RESULTS UINT64_C(50000)
#define NG_MAX_BULLETIN_CELLS UINT64_C(20000) /* benchmarks times corpora times methods */

#define NG_MAX_FAILED_BENCHMARKS 20u           /* uploads that came to nothing and are kept; older ones are removed */
#define NG_MAX_BENCHMARK_TRIES UINT64_C(5)       /* to check an upload, where the daemon or the check crashes */
#define NG_MAX_CHECK_CPU_SECONDS UINT64_C(21600) /* of the check of an upload */

/* Contamination */
#define NG_MAX_ENTRY_BYTES (UINT64_C(64) << 20) /* one text of a benchmark's entry, or one text to trace */
#define NG_MAX_ENTRY_RECORD_BYTES (UINT64_C(256) << 20) /* one entry of a benchmark file, all its fields */
#define NG_MAX_ENTRY_NODES (1u << 24)           /* values of one object of a benchmark file */
#define NG_MAX_WINDOW_CHARS UINT64_C(65536)     /* code points of a window */
#define NG_MAX_CONTAM_LENGTHS 16u               /* of windows, in one check */
#define NG_MAX_CONTAM_INDEXES 64u               /* in one check */
#define NG_MAX_BENCHMARK_BYTES (UINT64_C(1) << 30)   /* of folded text in the entries of a benchmark */
#define NG_MAX_BENCHMARK_WINDOWS (UINT64_C(1) << 25) /* in all of them */
#define NG_MAX_CORPUS_GUARD UINT64_C(4096)           /* the highest corpus guard that may be set */
#define NG_MAX_CANARY_HITS (UINT64_C(1) << 16)       /* occurrences of a canary whose documents are counted */
#define NG_MAX_GUARDED_HITS UINT64_C(4096)           /* more occurrences make a window common text */
#define NG_MAX_ENTRY_DOCUMENTS (UINT64_C(1) << 24)   /* of the windows of one entry, counted for each window */
#define NG_MAX_PRESET_HITS UINT64_C(256)         /* occurrences of an n-gram whose documents a recipe looks at */
#define NG_MAX_PRESET_DOCUMENTS 64u              /* documents that a recipe looks at for one entry */
#define NG_MAX_PRESET_DOCUMENT_BYTES (UINT64_C(2) << 20) /* of each of them */
#define NG_MAX_PRESET_WORDS (1u << 14)             /* of an entry, for a longest common subsequence */
#define NG_MAX_PRESET_PASSAGES 256u              /* passages of one of them, for a longest common subsequence */
#define NG_MAX_PRESET_STRETCHES 64u              /* of an entry, used in place of documents */
#define NG_MAX_EVIDENCE UINT64_C(1000)          /* documents shown for one entry */
#define NG_MAX_EVIDENCE_BYTES UINT64_C(4096)    /* of a piece shown in one of them */

/* Comparisons of indexes */
#define NG_MAX_COMPARE_WINDOWS UINT64_C(100000)
#define NG_MAX_COMPARE_CHARS UINT64_C(1000)
#define NG_MAX_COMPARE_PASSAGES UINT64_C(1000)
#define NG_MAX_COMPARE_TRIES 500u                           /* windows from which a passage is looked for */
#define NG_MAX_COMPARE_REACH_BYTES (UINT64_C(64) << 10) /* of a passage, to either side of its window */

/* Server: the highest values of settings; the defaults are in server/run/config.c */
#define NG_MAX_SERVED_INDEXES 256u
#define NG_MAX_DESCRIPTION_BYTES 1000u /* of an index, or of an example phrase */
#define NG_MAX_EXAMPLES 20u            /* phrases for one index */
#define NG_MAX_INDEX_NAME_BYTES 128u
#define NG_MAX_HTTP_BODY_BYTES (UINT64_C(1) << 30)
#define NG_MAX_HTTP_HEADER_BYTES (UINT64_C(1) << 20)
#define NG_MAX_HTTP_BUFFERED_BYTES (UINT64_C(1) << 40) /* of requests and answers in memory, over all connections */
#define NG_MAX_HTTP_CHUNK_EXTRA_BYTES (UINT64_C(16) << 10) /* extensions and trailers of a body in chunks, skipped */
#define NG_MAX_HTTP_SMALL_BYTES (UINT64_C(64) << 10) /* of a body that has reserved room, and is skipped if refused */
#define NG_MIN_HTTP_BODY_RATE UINT64_C(4096) /* bytes a second, over the whole of a body */
#define NG_MAX_HTTP_HOSTS 64u                /* names that the daemon answers to */
#define NG_MAX_HTTP_QUEUE UINT64_C(1000000) /* requests that wait for a thread */
#define NG_MAX_HTTP_LISTENERS 16u
#define NG_MAX_TRUSTED_PROXIES 64u
#define NG_MAX_FORWARDED_LINES 8u /* of Forwarded, and of X-Forwarded-For, in one head */
#define NG_MAX_REQUEST_ID_BYTES 128u
#define NG_MIN_PACKED_BYTES 1024u /* of an answer that is compressed */
#define NG_MAX_PACKED_FILE_BYTES (UINT64_C(16) << 20) /* of a file that is compressed for each request */
#define NG_MAX_BATCH_PHRASES UINT64_C(1000000)
#define NG_MAX_PAGE_HITS UINT64_C(100000)              /* hits in one answer */
#define NG_MAX_ANSWER_TEXT_BYTES (UINT64_C(16) << 20) /* of one document in one answer; the rest by another request */
#define NG_MAX_TOKEN_BYTES 4096u
#define NG_MAX_CONFIG_BYTES (UINT64_C(1) << 20)
#define NG_STALLED_SECONDS UINT64_C(5) /* after which a queue that no thread takes from makes the server not ready */
#define NG_MAX_SERVED_EVIDENCE UINT64_C(20) /* documents shown for one entry or piece in an answer */
#define NG_MAX_SERVED_RANKED UINT64_C(100)  /* documents ranked by what they share with a text */
#define NG_MAX_SERVED_FIELDS UINT64_C(16)   /* of an uploaded benchmark's entries */
#define NG_MAX_REQUEST_INDEXES 16u          /* named in one request */
#define NG_MAX_SERVED_NEXT UINT64_C(1000)              /* continuations in one answer */
#define NG_SERVED_NEXT_STEPS UINT64_C(200000)          /* to find them */
#define NG_MAX_SERVED_WINDOWS UINT64_C(10000)          /* drawn from each of two indexes to compare them */
#define NG_SERVED_DOCS_LIMIT UINT64_C(100000)          /* a request may ask for NG_DEFAULT_MOST_HITS (ngidx.h) */
#define NG_SERVED_TEXT_LIMIT_BYTES (UINT64_C(8) << 20) /* likewise for NG_DEFAULT_MOST_TEXT_BYTES */
#define NG_SERVED_DRAW_STEPS (UINT64_C(1) << 22)       /* LF steps for an estimate of documents, about three seconds */

/* Indexes whose parts are served elsewhere; NG_MAX_PARTS is in ngidx_parts.h */
#define NG_MAX_REPLICAS 8u         /* of a part */
#define NG_MAX_ADDRESS_BYTES 1024u /* of one of them */
#define NG_MAX_PART_ANSWER_BYTES (UINT64_C(256) << 20)
#define NG_MAX_VIA_BYTES 256u /* ids of the daemons that a question came through, 17 bytes each */
#define NG_MAX_PART_HITS UINT64_C(4000000) /* that a part locates to answer a question */

/* Machine */
#define NG_MAX_OPEN_TRIES 100u /* to open an index that is replaced again and again */
#define NG_MAX_THREADS 1024u

#endif
