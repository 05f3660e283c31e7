/*
 * Why a benchmark was refused, in words for the uploader: the messages of the program, without folders of this machine.
 */
#ifndef NG_SERVER_BULLETIN_REASON_H
#define NG_SERVER_BULLETIN_REASON_H

#include "common/base/err.h"

/* Sets err to the last message of the file name in a folder, or to the exit status if the file holds none. */
void ng_reason_read(int folder, const char *name, const char *command, int code, struct ng_err *err);

/* Cuts each absolute path in a text, in place, to its last name. Pure. */
void ng_reason_hide_folders(char *text);

#endif
