// An LD_PRELOAD library: the FALX_WAITS_AT-th time that the binding has TensorFlow run a graph, it waits and never comes back, as a
// call into a GPU's driver does that hangs.
//
// gcc -shared -fPIC -O1 -o waits-for-ever.so waits-for-ever.c -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

typedef void Run(void *, const void *, const void *, void *const *, int, const void *, void **, int, const void *const *, int, void *, void *);

void TF_SessionRun(void *session, const void *options, const void *inputs, void *const *values, int given, const void *outputs,
                   void **results, int wanted, const void *const *targets, int count, void *metadata, void *status) {
  static int runs;
  const char *at = getenv("FALX_WAITS_AT");
  if (at && ++runs == atoi(at))
    for (;;) pause();
  static Run *real;
  if (!real) {
    // It is beside the binding, not behind this library.
    void *library = dlopen("libtensorflow_cc.so.2", RTLD_LAZY | RTLD_NOLOAD);
    real = (Run *)dlsym(library ? library : RTLD_NEXT, "TF_SessionRun");
  }
  real(session, options, inputs, values, given, outputs, results, wanted, targets, count, metadata, status);
}
