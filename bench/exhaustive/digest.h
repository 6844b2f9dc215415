/* The digest of results, and the stratified sample of inputs. */
#ifndef DIGEST_H
#define DIGEST_H

#include <stdint.h>

enum { BLOCK = 1 << 16, SAMPLE = 256 };

/* The printed function on the patterns first … first + count - 1. */
void evaluate(uint32_t first, uint32_t count, float *restrict y);

/* First of the 256 consecutive patterns that stand for block `block` of 2^16. */
static inline uint32_t sample_of(uint32_t block)
{
    return block << 16 | ((block * 40503U) & 255) << 8;
}

static inline uint32_t pattern_of(float x)
{
    union { float value; uint32_t bits; } y = {.value = x};
    return y.bits;
}

/* The last steps of MurmurHash3 (A. Appleby). */
static inline uint64_t mixed(uint32_t z)
{
    z = (z ^ (z >> 16)) * 0x85ebca6bU;
    z = (z ^ (z >> 13)) * 0xc2b2ae35U;
    return z ^ (z >> 16);
}

/* A sum, so that digests of disjoint inputs add up; each result is mixed with its input, NaN counting as one. */
static inline uint64_t digest_of(uint32_t first, uint32_t count, const float *y)
{
    uint64_t digest = 0;
    for (uint32_t k = 0; k < count; k++) {
        const uint32_t bits = (y[k] == y[k]) ? pattern_of(y[k]) : 0x7fc00000U;
        digest += mixed(bits ^ ((first + k) * 0x9e3779b9U));
    }
    return digest;
}

#endif
