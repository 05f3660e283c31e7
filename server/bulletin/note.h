/*
 * What a check found out about the file of a benchmark, in words for the uploader; for example, that it was not UTF-8.
 */
#ifndef NG_SERVER_BULLETIN_NOTE_H
#define NG_SERVER_BULLETIN_NOTE_H

#include "common/base/err.h"

/* Reads the note from the report of a check of one benchmark, and cuts it to the room. It is "" if there is none or it
 * cannot be read, since only words would be lost. */
void ng_note_read(const char *report, char note[NG_ERR_TEXT_BYTES]);

#endif
