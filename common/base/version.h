/* The version of ngidx, as every program and report prints it. */
#ifndef NG_COMMON_BASE_VERSION_H
#define NG_COMMON_BASE_VERSION_H

#define NG_VERSION "0.1.0"

#endif
