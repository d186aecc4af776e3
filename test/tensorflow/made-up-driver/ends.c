/* A libcuda.so.1 that ends the process unless all GPUs are hidden, as a broken driver may. */
#include <stdlib.h>
#include <string.h>

int cuInit(unsigned flags) {
  const char *visible = getenv("CUDA_VISIBLE_DEVICES");
  if (visible && strcmp(visible, "-1") == 0) return 100;
  abort();
}
