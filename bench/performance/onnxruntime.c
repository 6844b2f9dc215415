/*
 * ONNX Runtime as a variant: one thread, all optimisations, sequential, tensors made once.
 *
 * The library of the npm package comes without its header. Its interface is a table of
 * functions that only ever grows at the end, so the places below are those of every version
 * (onnxruntime_c_api.h, struct OrtApi). The names and shapes of the network are in case.h.
 */
#include "case.h"
#include "rounds.h"
#ifdef CASE_NARROW
#include "narrow.h"
#endif
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>

enum {
    GET_ERROR_MESSAGE = 2,
    CREATE_ENV = 3,
    CREATE_SESSION = 7,
    RUN = 9,
    CREATE_SESSION_OPTIONS = 10,
    SET_OPTIMIZATION_LEVEL = 23,
    SET_INTRA_OP_THREADS = 24,
    SET_INTER_OP_THREADS = 25,
    CREATE_TENSOR_WITH_DATA = 49,
    CREATE_CPU_MEMORY_INFO = 69,
    OLDEST_VERSION = 1,
    WARNINGS = 2,
    ALL_OPTIMIZATIONS = 99
};

struct api_base {
    void *const *(*get_api)(uint32_t version);
    const char *(*version)(void);
};

typedef void *(*run_function)(void *session, const void *options, const char *const *input_names, const void *const *inputs,
                              size_t input_count, const char *const *output_names, size_t output_count, void **outputs);

static void *const *api;
static run_function run;
static void *session;
static void *inputs[CASE_INPUTS];
static void *outputs[CASE_OUTPUTS];

/* A status is null where all is well. */
static int failed(void *status)
{
    if (status == NULL) return 0;
    fprintf(stderr, "%s\n", ((const char *(*)(const void *))api[GET_ERROR_MESSAGE])(status));
    return 1;
}

static int tensor(const void *memory, const struct case_tensor *t, unsigned char *data, void **out)
{
    typedef void *(*create)(const void *, void *, size_t, const int64_t *, size_t, int, void **);
    return failed(((create)api[CREATE_TENSOR_WITH_DATA])(memory, data + t->offset, t->bytes, t->shape, t->rank, t->type, out));
}

static int open_session(void)
{
    void *env;
    void *options;
    if (failed(((void *(*)(int, const char *, void **))api[CREATE_ENV])(WARNINGS, "performance", &env))) return 1;
    if (failed(((void *(*)(void **))api[CREATE_SESSION_OPTIONS])(&options))) return 1;
    if (failed(((void *(*)(void *, int))api[SET_INTRA_OP_THREADS])(options, 1))) return 1;
    if (failed(((void *(*)(void *, int))api[SET_INTER_OP_THREADS])(options, 1))) return 1;
    if (failed(((void *(*)(void *, int))api[SET_OPTIMIZATION_LEVEL])(options, ALL_OPTIMIZATIONS))) return 1;
    return failed(((void *(*)(void *, const char *, void *, void **))api[CREATE_SESSION])(env, CASE_MODEL, options, &session));
}

int variant_setup(void)
{
    void *memory;
#ifdef CASE_NARROW
    answer_for_narrow();
#endif
    void *library = dlopen(CASE_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    const struct api_base *(*base)(void);
    *(void **)&base = dlsym(library, "OrtGetApiBase");
    api = base()->get_api(OLDEST_VERSION);
    run = (run_function)api[RUN];
    if (open_session()) return 1;
    if (failed(((void *(*)(int, int, void **))api[CREATE_CPU_MEMORY_INFO])(0, 0, &memory))) return 1;
    for (int k = 0; k < CASE_INPUTS; k++) {
        if (tensor(memory, &case_inputs[k], variant_inputs, &inputs[k])) return 1;
    }
    for (int k = 0; k < CASE_OUTPUTS; k++) {
        if (tensor(memory, &case_outputs[k], variant_outputs, &outputs[k])) return 1;
    }
    return 0;
}

void variant_run(void)
{
    (void)failed(run(session, NULL, case_input_names, (const void *const *)inputs, CASE_INPUTS, case_output_names, CASE_OUTPUTS, outputs));
}
