/* A function on consecutive floats as a polynomial in double, with a bound of everything that is wrong with it. */
#ifndef PIECE_H
#define PIECE_H

#include <stdint.h>

#include "reference.h"

enum { DEGREE = 7 };

struct piece {
    double centre, scale; /* t = (x - centre) · scale, exact and at most 1; the scale is a power of two */
    double c[DEGREE + 1]; /* of t^k */
    double rest;          /* what c[0] lacks of the coefficient */
    double error;         /* |value(x) - f(x)| is at most this on the whole piece */
    int direction;        /* 1 where f rises with x on all of it, -1 where it falls, 0 unknown */
};

/* The float of a pattern, as a double. */
static inline double value_of(uint32_t pattern)
{
    union { uint32_t bits; float value; } x = {.bits = pattern};
    return x.value;
}

/* How many distances of neighbouring floats at |x| make 1: a power of two. */
static inline double places_per_unit(double x)
{
    union { double value; uint64_t bits; } y = {.value = x};
    y.value = (y.value < 0x1p-126) ? 0x1p-126 : y.value;
    y.value = (y.value > 0x1p+127) ? 0x1p+127 : y.value;
    y.bits = 0x7fe0000000000000ULL - (y.bits & 0x7ff0000000000000ULL); /* the exponent negated */
    return y.value * 0x1p+23;
}

/* f(x) within the error of the piece; the argument is a float of it. */
static inline double piece_value(const struct piece *piece, double x)
{
    const double t = (x - piece->centre) * piece->scale;
    double sum = piece->c[DEGREE];
    for (int k = DEGREE - 1; k >= 1; k--) sum = piece->c[k] + t * sum;
    return piece->c[0] + (piece->rest + t * sum);
}

/* Whether f on the `count` patterns from `first` on, all of one sign, has a piece that decides nearly all of them. */
bool make_piece(struct piece *piece, const struct reference *f, uint32_t first, uint32_t count);

/* The nearest float of f(x), ties to even, as its pattern; *value is within 2^-50 of f(x), relatively. */
uint32_t nearest(const struct reference *f, double x, double *value);

#endif
