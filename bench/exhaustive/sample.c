/*
 * Digests of `evaluate` on two samples: 256 patterns of each of the 2^16 blocks, and the first 16 of those of every 64th
 * block, few enough for an interpreter. Needs no library.
 */
#include <inttypes.h>
#include <stdio.h>

#include "digest.h"

static float y[SAMPLE];

static uint64_t sample(uint32_t step, uint32_t count)
{
    uint64_t digest = 0;
    for (uint32_t block = 0; block < BLOCK; block += step) {
        evaluate(sample_of(block), count, y);
        digest += digest_of(sample_of(block), count, y);
    }
    return digest;
}

int main(void)
{
    printf("%016" PRIx64 " %016" PRIx64 "\n", sample(1, SAMPLE), sample(64, 16));
    return 0;
}
