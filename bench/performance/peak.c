/*
 * The arithmetic peak of this machine, one thread: as many independent sums as hide the latency
 * of an addition, in vectors of PEAK_BYTES. Prints the GFLOP/s of multiply then add and of
 * fused multiply-add, the best of many slices: a peak is what the machine can do.
 */
#include <stdio.h>
#include <time.h>

#define CHAINS 12

typedef float vector __attribute__((vector_size(PEAK_BYTES)));

enum { STEPS = 20000, SLICES = 200, FLOPS_PER_STEP = 2 * CHAINS * (int)(PEAK_BYTES / sizeof(float)) };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (1e9 * (double)t.tv_sec) + (double)t.tv_nsec;
}

#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)
#define DECLARE(k) vector s##k = {0};
#define OPAQUE(k) __asm__ volatile("" : "+" PEAK_REGISTER(s##k));
#define SEPARATE(k) s##k = s##k + (x * y);
#define FUSED(k) __asm__ volatile("vfmadd231ps %1, %2, %0" : "+" PEAK_REGISTER(s##k) : PEAK_REGISTER(x), PEAK_REGISTER(y));
/* The product is made anew for each sum: x changes as far as the compiler knows. */
#define PRODUCT(k) __asm__ volatile("" : "+" PEAK_REGISTER(x)); SEPARATE(k)

#if PEAK_BYTES == 64
#define PEAK_REGISTER(v) "v"(v)
#else
#define PEAK_REGISTER(v) "x"(v)
#endif

static double separate(void)
{
    vector x = {0};
    vector y = {0};
    EACH(DECLARE)
    const double start = now();
    for (int k = 0; k < STEPS; k++) {
        EACH(PRODUCT)
    }
    const double spent = now() - start;
    EACH(OPAQUE)
    return (double)STEPS * FLOPS_PER_STEP / spent;
}

static double fused(void)
{
#ifdef __FMA__
    vector x = {0};
    vector y = {0};
    EACH(DECLARE)
    const double start = now();
    for (int k = 0; k < STEPS; k++) {
        EACH(FUSED)
    }
    const double spent = now() - start;
    EACH(OPAQUE)
    return (double)STEPS * FLOPS_PER_STEP / spent;
#else
    return 0;
#endif
}

int main(void)
{
    double best_separate = 0;
    double best_fused = 0;
    for (int k = 0; k < SLICES; k++) {
        const double a = separate();
        const double b = fused();
        if (a > best_separate) best_separate = a;
        if (b > best_fused) best_fused = b;
    }
    printf("%.1f %.1f\n", best_separate, best_fused);
    return 0;
}
