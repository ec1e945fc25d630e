/*
 * With AGEN_SHARED, the one file that holds the functions of the library; without, an include like
 * any other.
 */
#ifdef AGEN_SHARED
#define AGEN_IMPLEMENTATION
#endif
#include "agen.h"
