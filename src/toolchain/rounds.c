/*
 * Times implementations of one network in turns: `rounds ROUNDS SLICE_US INPUTS VARIANT.so...`.
 *
 * Every round gives each variant one slice of about SLICE_US microseconds, in an order that
 * rotates, so that a change of the machine's speed meets all of them alike. Time is that of
 * this thread (CLOCK_THREAD_CPUTIME_ID): what other processes take is not in it, what they do
 * to caches and clock is. Prints a line per variant: nanoseconds of one inference, a figure
 * per round. The outputs of the last inference go to VARIANT.so.out.
 *
 * With ROUNDS 0 the variant runs twice, the second time inside `counted`, for callgrind.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_VARIANTS = 32, MOST_ROUNDS = 1000 };

struct variant {
    const char *path;
    int (*setup)(void);
    void (*run)(void);
    unsigned char *inputs;
    unsigned char *outputs;
    size_t input_bytes;
    size_t output_bytes;
    long repeats;
    double nanoseconds[MOST_ROUNDS];
};

static struct variant variants[MOST_VARIANTS];

static void fail(const char *what, const char *which)
{
    fprintf(stderr, "%s: %s\n", which, what);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (1e9 * (double)t.tv_sec) + (double)t.tv_nsec;
}

static void *symbol(void *object, const char *name, const char *path)
{
    void *found = dlsym(object, name);
    if (found == NULL) fail(name, path);
    return found;
}

static void load(struct variant *v, const char *path)
{
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (object == NULL) fail(dlerror(), path);
    v->path = path;
    *(void **)&v->setup = symbol(object, "variant_setup", path);
    *(void **)&v->run = symbol(object, "variant_run", path);
    v->inputs = symbol(object, "variant_inputs", path);
    v->outputs = symbol(object, "variant_outputs", path);
    v->input_bytes = *(const size_t *)symbol(object, "variant_input_bytes", path);
    v->output_bytes = *(const size_t *)symbol(object, "variant_output_bytes", path);
}

static void feed(struct variant *v, const char *file)
{
    FILE *f = fopen(file, "rb");
    if (f == NULL || fread(v->inputs, 1, v->input_bytes, f) != v->input_bytes) fail("too few inputs", file);
    fclose(f);
}

static double slice(const struct variant *v)
{
    const double start = now();
    for (long k = 0; k < v->repeats; k++) v->run();
    return (now() - start) / (double)v->repeats;
}

/* As many runs as fill a slice, from the best of some runs: the first ones find cold caches. */
static void calibrate(struct variant *v, double slice_ns)
{
    double best = 1e18;
    v->repeats = 1;
    for (int k = 0; k < 5; k++) {
        const double t = slice(v);
        if (t < best) best = t;
    }
    v->repeats = (long)(slice_ns / best) + 1;
}

static void keep_outputs(const struct variant *v)
{
    char name[4096];
    snprintf(name, sizeof name, "%s.out", v->path);
    FILE *f = fopen(name, "wb");
    if (f == NULL || fwrite(v->outputs, 1, v->output_bytes, f) != v->output_bytes) fail("cannot write", name);
    fclose(f);
}

__attribute__((noinline)) void counted(void (*run)(void))
{
    run();
    __asm__ volatile("" ::: "memory"); /* no tail call: the count ends where this function does */
}

int main(int argc, char **argv)
{
    if (argc < 5 || argc - 4 > MOST_VARIANTS) fail("ROUNDS SLICE_US INPUTS VARIANT.so...", "rounds");
    const int rounds = atoi(argv[1]);
    const int count = argc - 4;
    if (rounds > MOST_ROUNDS) fail("too many rounds", argv[1]);
    for (int k = 0; k < count; k++) {
        struct variant *v = &variants[k];
        load(v, argv[4 + k]);
        feed(v, argv[3]);
        if (v->setup() != 0) fail("setup failed", v->path);
        v->run();
        if (rounds == 0) counted(v->run);
        else calibrate(v, 1e3 * atof(argv[2]));
        keep_outputs(v);
    }
    for (int r = 0; r < rounds; r++) {
        for (int k = 0; k < count; k++) {
            struct variant *v = &variants[(r + k) % count];
            v->nanoseconds[r] = slice(v);
        }
    }
    for (int k = 0; k < count && rounds > 0; k++) {
        printf("%s", variants[k].path);
        for (int r = 0; r < rounds; r++) printf(" %.1f", variants[k].nanoseconds[r]);
        printf("\n");
    }
    return 0;
}
