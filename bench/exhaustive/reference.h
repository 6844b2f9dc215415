/* What a function is, over the reals: its Taylor series in ball arithmetic, where it is defined, and what it does far out. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <arb_poly.h>
#include <stdbool.h>

/* Where x lies beyond `from`, f(x) is within `error` of value + slope·x. A value beyond 2^129 or below 2^-160 stands for all such. */
struct tail {
    double from, value, slope, error;
    int direction; /* 1 where f rises, -1 where it falls */
};

/* `angle`: f(x) depends on x modulo π and is reduced input by input where |x| is large. */
enum angle { NO_ANGLE, SINE, COSINE, TANGENT };

struct reference {
    const char *name;
    /* The first `length` Taylor coefficients of f at the balls of x, a polynomial of degree at most 1. */
    void (*series)(arb_poly_t y, const arb_poly_t x, slong length, slong precision);
    double low, high; /* f is a real number on [low, high], or within where the end is open */
    bool low_open, high_open;
    struct tail left, right; /* from = ∓INFINITY: none */
    enum angle angle;
    bool above_half_line; /* for 0 < |x| < 2^-100: x/2 < f(x) < x/2 + x², so a middle between floats decides itself */
};

const struct reference *find_reference(const char *name);

#endif
