/* The made-up driver, but that it never comes back from taking up a GPU, as one does whose GPU has fallen off the bus. */
#include <unistd.h>
#define cuDevicePrimaryCtxRetain retained
#include "cuda.c"
#undef cuDevicePrimaryCtxRetain

Result cuDevicePrimaryCtxRetain(void **made, int device) {
  for (;;) pause();
}
