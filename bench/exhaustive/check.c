/*
 * exhaustive FUNCTION CHUNK…: compares `evaluate` (the printed C of one function, linked to this) with the reals
 * on every float of each chunk and prints one line of results per chunk. A chunk is 2^24 consecutive patterns;
 * the chunk `sample` is 2^24 patterns, 256 consecutive ones of every 2^16.
 *
 * A result is misrounded if it is not the float nearest to f(x) (ties to even; from 2^128 - 2^103 on infinity; the
 * sign of a zero counts). Its error is |y - f(x)| in distances of floats at f(x), an infinity counting as 2^128; what is
 * printed is at least the true one and exceeds it by at most 2^-23 of itself. Where v is what a piece gives and e its
 * error, v - e and v + e rounding alike decide the nearest float; if they do not, Arb decides.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "angle.h"
#include "digest.h"
#include "piece.h"

enum { CHUNK = 1 << 24, LEAST_PIECE = 16 };

struct worst {
    double error;
    uint32_t at;
};

struct results {
    uint64_t inputs, misrounded, undecided, descents, digest;
    struct worst any, normal; /* normal: where |f(x)| >= 2^-126 */
    uint32_t wrong;           /* results outside the domain, or for NaN, that are not NaN */
};

/* Results of one block, then what a piece says of them. */
static float y[BLOCK];
static double excess[BLOCK], excess_normal[BLOCK];
static uint8_t open_question[BLOCK], off[BLOCK];

static double clip(double x)
{
    const double capped = (x > 0x1p+128) ? 0x1p+128 : x;
    return (capped < -0x1p+128) ? -0x1p+128 : capped;
}

/* Error in distances of floats, at least the true one, of result `r` where f(x) is within e of v; infinite for NaN. */
static inline double excess_of(float r, double v, double e)
{
    const double moved = (fabs(v) >= 0x1p+129) ? 0 : e; /* f(x) counts as 2^128 then */
    const double wrong = (fabs(clip(r) - clip(v)) + moved) * places_per_unit(fabs(v) - moved) * (1 + 0x1p-40);
    return (wrong == wrong) ? wrong : INFINITY;
}

static void keep_worst(struct worst *worst, const double *errors, uint32_t first, uint32_t count)
{
    double most = 0;
    for (uint32_t k = 0; k < count; k++) most = (errors[k] > most) ? errors[k] : most;
    if (!(most > worst->error)) return;
    uint32_t k = 0;
    while (errors[k] != most) k++;
    *worst = (struct worst){most, first + k};
}

static void compare_with_piece(const struct piece *piece, uint32_t first, uint32_t count, const float *r)
{
    const double e = piece->error;
    for (uint32_t k = 0; k < count; k++) {
        const double v = piece_value(piece, value_of(first + k));
        const uint32_t below = pattern_of((float)(v - e)), above = pattern_of((float)(v + e));
        const double wrong = excess_of(r[k], v, e);
        excess[k] = wrong;
        excess_normal[k] = (fabs(v) >= 0x1p-126) ? wrong : 0;
        open_question[k] = below != above;
        off[k] = pattern_of(r[k]) != below;
    }
}

static void settle(const struct reference *f, uint32_t first, uint32_t count, const float *r, struct results *results)
{
    uint64_t open = 0, wrong = 0;
    for (uint32_t k = 0; k < count; k++) {
        open += open_question[k];
        wrong += off[k] & !open_question[k];
    }
    results->misrounded += wrong;
    keep_worst(&results->any, excess, first, count);
    keep_worst(&results->normal, excess_normal, first, count);
    if (open == 0) return;
    results->undecided += open;
    for (uint32_t k = 0; k < count; k++) {
        double value;
        if (open_question[k] && nearest(f, value_of(first + k), &value) != pattern_of(r[k])) results->misrounded++;
    }
}

static void one_by_one(const struct reference *f, uint32_t first, uint32_t count, const float *r, struct results *results)
{
    for (uint32_t k = 0; k < count; k++) {
        double v;
        off[k] = nearest(f, value_of(first + k), &v) != pattern_of(r[k]);
        open_question[k] = 0;
        excess[k] = excess_of(r[k], v, fabs(v) * 0x1p-50);
        excess_normal[k] = (fabs(v) >= 0x1p-126) ? excess[k] : 0;
    }
    settle(f, first, count, r, results);
}

static void large_angles(const struct reference *f, uint32_t first, uint32_t count, const float *r, struct results *results)
{
    for (uint32_t k = 0; k < count; k++) {
        double e;
        const double v = angle_value(f->angle, first + k, &e);
        const uint32_t below = pattern_of((float)(v - e)), above = pattern_of((float)(v + e));
        excess[k] = excess_of(r[k], v, e);
        excess_normal[k] = (fabs(v) >= 0x1p-126) ? excess[k] : 0;
        open_question[k] = below != above;
        off[k] = pattern_of(r[k]) != below;
    }
    settle(f, first, count, r, results);
}

/* Results that go against f, which rises or falls on the whole piece, from one pattern to the next. */
static uint64_t count_descents(const float *r, uint32_t count, int direction, bool negative)
{
    const float sign = (direction > 0) == negative ? -1 : 1;
    uint64_t descents = 0;
    if (direction == 0) return 0;
    for (uint32_t k = 0; k + 1 < count; k++) descents += sign * r[k + 1] < sign * r[k];
    return descents;
}

static void check(const struct reference *f, uint32_t first, uint32_t count, const float *r, struct results *results)
{
    struct piece piece = {.direction = 0};
    const bool small = count <= LEAST_PIECE;
    if (f->angle != NO_ANGLE && fabs(value_of(first)) >= LARGE_ANGLE) return large_angles(f, first, count, r, results);
    if (make_piece(&piece, f, first, count)) {
        compare_with_piece(&piece, first, count, r);
        settle(f, first, count, r, results);
    } else if (small) {
        one_by_one(f, first, count, r, results);
    } else {
        const uint32_t half = count / 2; /* the halves share an input for the order of their results, counted once */
        check(f, first, half, r, results);
        check(f, first + half, count - half, r + half, results);
        return;
    }
    results->descents += count_descents(r, count, piece.direction, (first >> 31) != 0);
}

static bool inside(const struct reference *f, double x)
{
    const bool above = f->low_open ? x > f->low : x >= f->low;
    const bool below = f->high_open ? x < f->high : x <= f->high;
    return x != 0 && isfinite(x) && above && below;
}

/* Outside the domain every result is NaN, but at zeros, infinities and open ends: those are the caller's list of special cases. */
static bool special(const struct reference *f, double x)
{
    return x == 0 || isinf(x) || (f->low_open && x == f->low) || (f->high_open && x == f->high);
}

static uint32_t count_numbers(const struct reference *f, uint32_t first, uint32_t count, const float *r)
{
    uint32_t numbers = 0;
    for (uint32_t k = 0; k < count; k++) numbers += r[k] == r[k];
    for (uint32_t k = 0; k < count && numbers > 0; k++) numbers -= special(f, value_of(first + k)) && r[k] == r[k];
    return numbers;
}

/* The domain is an interval: of a run of patterns of one sign it has all, none, or those on one side. */
static void split(const struct reference *f, uint32_t first, uint32_t count, const float *r, struct results *results)
{
    const bool begins = inside(f, value_of(first)), ends = inside(f, value_of(first + count - 1));
    if (begins && ends) return check(f, first, count, r, results);
    if (!begins && !ends) {
        results->wrong += count_numbers(f, first, count, r);
        return;
    }
    split(f, first, count / 2, r, results);
    split(f, first + count / 2, count - count / 2, r + count / 2, results);
}

static void run(const struct reference *f, uint32_t first, uint32_t count, struct results *results)
{
    evaluate(first, count, y);
    results->inputs += count;
    results->digest += digest_of(first, count, y);
    split(f, first, count, y, results);
}

static void print_results(const char *chunk, const struct results *r, double seconds)
{
    printf("{\"chunk\":\"%s\",\"inputs\":%" PRIu64 ",\"misrounded\":%" PRIu64 ",\"undecided\":%" PRIu64, chunk, r->inputs, r->misrounded, r->undecided);
    printf(",\"descents\":%" PRIu64 ",\"wrong\":%" PRIu32 ",\"digest\":\"%016" PRIx64 "\"", r->descents, r->wrong, r->digest);
    printf(",\"worst\":%.17g,\"at\":%" PRIu32, r->any.error, r->any.at);
    printf(",\"worstNormal\":%.17g,\"atNormal\":%" PRIu32, r->normal.error, r->normal.at);
    printf(",\"seconds\":%.3f}\n", seconds);
    fflush(stdout);
}

static void run_chunk(const struct reference *f, const char *chunk)
{
    struct results results = {0};
    const clock_t start = clock();
    if (strcmp(chunk, "sample") == 0)
        for (uint32_t block = 0; block < BLOCK; block++) run(f, sample_of(block), SAMPLE, &results);
    else
        for (uint32_t block = 0; block < CHUNK / BLOCK; block++) run(f, (uint32_t)atoi(chunk) << 24 | block << 16, BLOCK, &results);
    print_results(chunk, &results, (double)(clock() - start) / CLOCKS_PER_SEC);
}

int main(int count, char **arguments)
{
    const struct reference *f = count > 1 ? find_reference(arguments[1]) : NULL;
    if (f == NULL) return fprintf(stderr, "no such function\n"), 2;
    if (f->angle != NO_ANGLE) prepare_angles();
    for (int k = 2; k < count; k++) run_chunk(f, arguments[k]);
    return 0;
}
