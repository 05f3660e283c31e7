/*
 * What a check found out about the file of a benchmark, in words for whoever uploaded it, such as that it was not UTF-8.
 */
#ifndef NG_SERVER_BULLETIN_NOTE_H
#define NG_SERVER_BULLETIN_NOTE_H

#include "common/base/err.h"

/* Reads it from the report of a check of one benchmark, cut to the room there is; "" if there is none, or it cannot be
 * read: it costs no more than words. */
void ng_note_read(const char *report, char note[NG_ERR_TEXT_BYTES]);

#endif
