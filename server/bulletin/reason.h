/*
 * Why a benchmark was refused, in words for whoever uploaded it: what the program said, without folders of this machine.
 */
#ifndef NG_SERVER_BULLETIN_REASON_H
#define NG_SERVER_BULLETIN_REASON_H

#include "common/base/err.h"

/* Sets err to what the file name in a folder ends with, or to the exit status where it says nothing. */
void ng_reason_read(int folder, const char *name, const char *command, int code, struct ng_err *err);

/* Leaves of each absolute path in a text, in place, only its last name. Pure. */
void ng_reason_hide_folders(char *text);

#endif
