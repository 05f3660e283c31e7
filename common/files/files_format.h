/* Where the parts of a record are (FORMAT.md, "Files of the corpus"). */
#ifndef NG_COMMON_FILES_FILES_FORMAT_H
#define NG_COMMON_FILES_FILES_FORMAT_H

enum { NG_FILES_HASH_AT = 8, NG_FILES_HASH_BYTES = 16, NG_FILES_PATH_AT = NG_FILES_HASH_AT + NG_FILES_HASH_BYTES };

#endif
