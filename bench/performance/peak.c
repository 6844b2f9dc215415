/*
 * The arithmetic peak of this machine as a variant, one thread: as many independent sums as hide
 * the latency of an addition, in vectors of PEAK_BYTES; multiply then add, or with PEAK_FUSED one
 * fused multiply-add. It takes turns with what is compared with it, so that both meet the same
 * clock and the same neighbours.
 */
#include "rounds.h"

#define CHAINS 12
#define STEPS 1000

typedef float vector __attribute__((vector_size(PEAK_BYTES)));

unsigned char variant_inputs[64];
unsigned char variant_outputs[64];
const size_t variant_input_bytes = 0;
const size_t variant_output_bytes = 0;

#if PEAK_BYTES == 64
#define PEAK_REGISTER(v) "v"(v)
#else
#define PEAK_REGISTER(v) "x"(v)
#endif

#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)
#define DECLARE(k) vector s##k = {0};
#define OPAQUE(k) __asm__ volatile("" : "+" PEAK_REGISTER(s##k));
#ifdef PEAK_FUSED
#define ADD_PRODUCT(k) __asm__ volatile("vfmadd231ps %1, %2, %0" : "+" PEAK_REGISTER(s##k) : PEAK_REGISTER(x), PEAK_REGISTER(y));
#else
/* The product is made anew for each sum: x changes as far as the compiler knows. */
#define ADD_PRODUCT(k) __asm__ volatile("" : "+" PEAK_REGISTER(x)); s##k = s##k + (x * y);
#endif

int variant_setup(void)
{
    return 0;
}

void variant_run(void)
{
    vector x = {0};
    vector y = {0};
    EACH(DECLARE)
    for (int k = 0; k < STEPS; k++) {
        EACH(ADD_PRODUCT)
    }
    EACH(OPAQUE)
}
