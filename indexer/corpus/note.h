/*
 * What a corpus tells its user about: nothing of it is passed over, repaired or read in an unusual way in silence.
 */
#ifndef NG_INDEXER_CORPUS_NOTE_H
#define NG_INDEXER_CORPUS_NOTE_H

#include <stdint.h>

enum ng_note {
    NG_NOTE_HIDDEN,    /* passed over: the name starts with a dot */
    NG_NOTE_EXCLUDED,  /* passed over: because of --include or --exclude */
    NG_NOTE_LINK,      /* passed over: a symbolic link to a folder, without --follow */
    NG_NOTE_DANGLING,  /* passed over: a symbolic link to nothing */
    NG_NOTE_REPEATED,  /* passed over: a symbolic link to what is read under another name */
    NG_NOTE_INDEX,     /* passed over: the folder of an index */
    NG_NOTE_SPECIAL,   /* passed over: a socket, fifo or device */
    NG_NOTE_BINARY,    /* passed over: no text */
    NG_NOTE_NO_FIELD,  /* passed over: JSON lines without the text field */
    NG_NOTE_BAD_FILE,  /* passed over from where it is broken on: --skip-bad-files */
    NG_NOTE_BAD_LINE,  /* passed over: --skip-bad-lines */
    NG_NOTE_AS_TEXT,   /* JSON that holds no records, read as a text */
    NG_NOTE_REPAIRED,  /* text that was not Unicode */
    NG_NOTE_NONFINITE, /* NaN or Infinity in metadata */
    NG_NOTES
};

/* Called for each; line is 0 where the note is about a file, why is "" where there is nothing to add. Both are valid
 * during the call only, and may hold any bytes. */
typedef void ng_note_take(void *context, enum ng_note note, const char *path, uint64_t line, const char *why);

#endif
