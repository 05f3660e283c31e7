/*
 * What a corpus reports to its user: nothing is skipped, repaired or read in an unusual way silently.
 */
#ifndef NG_INDEXER_CORPUS_NOTE_H
#define NG_INDEXER_CORPUS_NOTE_H

#include <stdint.h>

enum ng_note {
    NG_NOTE_HIDDEN,    /* skipped: the name starts with a dot */
    NG_NOTE_EXCLUDED,  /* skipped: because of --include or --exclude */
    NG_NOTE_LINK,      /* skipped: a symbolic link to a folder, without --follow */
    NG_NOTE_DANGLING,  /* skipped: a dangling symbolic link */
    NG_NOTE_REPEATED,  /* skipped: a symbolic link to a file or folder that is read under another name */
    NG_NOTE_INDEX,     /* skipped: the folder of an index */
    NG_NOTE_SPECIAL,   /* skipped: a socket, fifo or device */
    NG_NOTE_BINARY,    /* skipped: not text */
    NG_NOTE_NO_FIELD,  /* skipped: JSON lines without the text field */
    NG_NOTE_BAD_FILE,  /* skipped from the damage on: --skip-bad-files */
    NG_NOTE_BAD_LINE,  /* skipped: --skip-bad-lines */
    NG_NOTE_KNOWN_SKIPPED, /* skipped: it is in the index already, and --skip-known; why names it there */
    NG_NOTE_AS_TEXT,   /* JSON that holds no records, read as a text */
    NG_NOTE_TWICE,     /* a file that several of the given paths lead to, once more; why names it there */
    NG_NOTE_EMPTY,     /* a document without a byte of text */
    NG_NOTE_REPAIRED,  /* text that was not Unicode */
    NG_NOTE_NONFINITE, /* NaN or Infinity in metadata */
    NG_NOTE_KNOWN,     /* a file that is in the index already is added again; why names it there */
    NG_NOTE_CHANGED,   /* a file whose path is in the index already has other content now */
    NG_NOTES
};

/* Called for each note. line is 0 if the note is about a whole file; why is "" if there is nothing to add. path and why
 * are valid during the call only and may hold any bytes. */
typedef void ng_note_take(void *context, enum ng_note note, const char *path, uint64_t line, const char *why);

#endif
