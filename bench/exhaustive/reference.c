/*
 * The reals behind every function, by the series of Arb (F. Johansson, "Arb: efficient
 * arbitrary-precision midpoint-radius interval arithmetic", 2017). Each ball holds the true
 * coefficient, so nothing here needs an argument of its own but the tails, which have one each.
 */
#include "reference.h"

#include <arb_hypgeom.h>
#include <math.h>
#include <string.h>

typedef arb_poly_struct *poly;
typedef const arb_poly_struct *operand;

static void one_plus(poly y, operand x, slong precision)
{
    arb_poly_add_si(y, x, 1, precision);
}

static void halve(poly y)
{
    arb_poly_scalar_mul_2exp_si(y, y, -1);
}

static void exp_series(poly y, operand x, slong n, slong p)
{
    arb_poly_exp_series(y, x, n, p);
}

/* An integer power is exact: it may lie in the middle of two floats. */
static void exp2_series(poly y, operand x, slong n, slong p)
{
    arb_t log2, whole;
    arb_poly_t scaled;
    arb_init(log2);
    arb_init(whole);
    arb_poly_init(scaled);
    arb_poly_get_coeff_arb(whole, x, 0);
    const bool exact = arb_is_int(whole) && arf_cmpabs_2exp_si(arb_midref(whole), 20) < 0;
    const slong exponent = exact ? arf_get_si(arb_midref(whole), ARF_RND_NEAR) : 0;
    arb_const_log2(log2, p);
    arb_poly_scalar_mul(scaled, x, log2, p);
    if (exact) arb_poly_set_coeff_si(scaled, 0, 0);
    arb_poly_exp_series(y, scaled, n, p);
    if (exact) arb_poly_scalar_mul_2exp_si(y, y, exponent);
    arb_clear(log2);
    arb_clear(whole);
    arb_poly_clear(scaled);
}

static void expm1_series(poly y, operand x, slong n, slong p)
{
    arb_t constant;
    arb_init(constant);
    arb_poly_get_coeff_arb(constant, x, 0);
    arb_expm1(constant, constant, p);
    arb_poly_exp_series(y, x, n, p);
    arb_poly_set_coeff_arb(y, 0, constant);
    arb_clear(constant);
}

static void log_series(poly y, operand x, slong n, slong p)
{
    arb_poly_log_series(y, x, n, p);
}

static void log1p_series(poly y, operand x, slong n, slong p)
{
    arb_poly_log1p_series(y, x, n, p);
}

/* 1 / (1 + exp(-x)) */
static void sigmoid_series(poly y, operand x, slong n, slong p)
{
    arb_poly_t e;
    arb_poly_init(e);
    arb_poly_neg(e, x);
    arb_poly_exp_series(e, e, n, p);
    one_plus(e, e, p);
    arb_poly_inv_series(y, e, n, p);
    arb_poly_clear(e);
}

/* log(1 + exp x) */
static void softplus_series(poly y, operand x, slong n, slong p)
{
    arb_poly_t e;
    arb_poly_init(e);
    arb_poly_exp_series(e, x, n, p);
    arb_poly_log1p_series(y, e, n, p);
    arb_poly_clear(e);
}

static void sinh_series(poly y, operand x, slong n, slong p)
{
    arb_poly_sinh_series(y, x, n, p);
}

static void cosh_series(poly y, operand x, slong n, slong p)
{
    arb_poly_cosh_series(y, x, n, p);
}

static void tanh_series(poly y, operand x, slong n, slong p)
{
    arb_poly_t s, c;
    arb_poly_init(s);
    arb_poly_init(c);
    arb_poly_sinh_cosh_series(s, c, x, n, p);
    arb_poly_div_series(y, s, c, n, p);
    arb_poly_clear(s);
    arb_poly_clear(c);
}

/* asinh is odd: log1p(x + x²/(1 + √(1 + x²))) for x >= 0, where nothing cancels. */
static void asinh_series(poly y, operand x, slong n, slong p)
{
    arb_t constant;
    arb_poly_t a, square, root;
    arb_init(constant);
    arb_poly_init(a);
    arb_poly_init(square);
    arb_poly_init(root);
    arb_poly_get_coeff_arb(constant, x, 0);
    const bool negative = arf_sgn(arb_midref(constant)) < 0;
    if (negative) arb_poly_neg(a, x);
    else arb_poly_set(a, x);
    arb_poly_mullow(square, a, a, n, p);
    one_plus(root, square, p);
    arb_poly_sqrt_series(root, root, n, p);
    one_plus(root, root, p);
    arb_poly_div_series(root, square, root, n, p);
    arb_poly_add(root, root, a, p);
    arb_poly_log1p_series(y, root, n, p);
    if (negative) arb_poly_neg(y, y);
    arb_clear(constant);
    arb_poly_clear(a);
    arb_poly_clear(square);
    arb_poly_clear(root);
}

/* log1p((x - 1) + √((x - 1)(x + 1))) */
static void acosh_series(poly y, operand x, slong n, slong p)
{
    arb_poly_t below, above;
    arb_poly_init(below);
    arb_poly_init(above);
    arb_poly_add_si(below, x, -1, p);
    one_plus(above, x, p);
    arb_poly_mullow(above, above, below, n, p);
    if (!arb_poly_is_zero(above)) arb_poly_sqrt_series(above, above, n, p); /* the root of 0, at x = 1, is 0 */
    arb_poly_add(above, above, below, p);
    arb_poly_log1p_series(y, above, n, p);
    arb_poly_clear(below);
    arb_poly_clear(above);
}

/* ½·log1p(2x / (1 - x)) */
static void atanh_series(poly y, operand x, slong n, slong p)
{
    arb_poly_t top, bottom;
    arb_poly_init(top);
    arb_poly_init(bottom);
    arb_poly_neg(bottom, x);
    one_plus(bottom, bottom, p);
    arb_poly_scalar_mul_2exp_si(top, x, 1);
    arb_poly_div_series(top, top, bottom, n, p);
    arb_poly_log1p_series(y, top, n, p);
    halve(y);
    arb_poly_clear(top);
    arb_poly_clear(bottom);
}

static void sin_series(poly y, operand x, slong n, slong p)
{
    arb_poly_sin_series(y, x, n, p);
}

static void cos_series(poly y, operand x, slong n, slong p)
{
    arb_poly_cos_series(y, x, n, p);
}

static void tan_series(poly y, operand x, slong n, slong p)
{
    arb_poly_tan_series(y, x, n, p);
}

static void asin_series(poly y, operand x, slong n, slong p)
{
    arb_poly_asin_series(y, x, n, p);
}

static void acos_series(poly y, operand x, slong n, slong p)
{
    arb_poly_acos_series(y, x, n, p);
}

static void atan_series(poly y, operand x, slong n, slong p)
{
    arb_poly_atan_series(y, x, n, p);
}

static void erf_series(poly y, operand x, slong n, slong p)
{
    arb_hypgeom_erf_series(y, x, n, p);
}

/* x/2 · erfc(-x/√2) */
static void gelu_series(poly y, operand x, slong n, slong p)
{
    arb_t root;
    arb_poly_t phi;
    arb_init(root);
    arb_poly_init(phi);
    arb_sqrt_ui(root, 2, p);
    arb_neg(root, root);
    arb_poly_scalar_div(phi, x, root, p);
    arb_hypgeom_erfc_series(phi, phi, n, p);
    arb_poly_mullow(y, x, phi, n, p);
    halve(y);
    arb_clear(root);
    arb_poly_clear(phi);
}

static void reciprocal_series(poly y, operand x, slong n, slong p)
{
    arb_poly_inv_series(y, x, n, p);
}

static void sqrt_series(poly y, operand x, slong n, slong p)
{
    arb_poly_sqrt_series(y, x, n, p);
}

static void rsqrt_series(poly y, operand x, slong n, slong p)
{
    arb_poly_rsqrt_series(y, x, n, p);
}

#define ALL .low = -INFINITY, .high = INFINITY
#define POSITIVE .low = 0, .low_open = true, .high = INFINITY
#define NO_TAILS .left = {.from = -INFINITY}, .right = {.from = INFINITY}
/* exp 200 > 2^200, and exp(-200) is between 0 and 2^-200; the same for what lies between ½·exp and 2·exp. */
#define HUGE_RIGHT .right = {200, 0x1p+200, 0, 0, 1}
#define TINY_LEFT .left = {-200, 0x1p-200, 0, 0x1.8p-201, 1}

static const struct reference references[] = {
    {.name = "exp", .series = exp_series, ALL, TINY_LEFT, HUGE_RIGHT},
    {.name = "exp2", .series = exp2_series, ALL, .left = {-300, 0x1p-300, 0, 0x1.8p-301, 1}, .right = {300, 0x1p+300, 0, 0, 1}},
    /* exp(-200) < 2^-200 */
    {.name = "expm1", .series = expm1_series, ALL, .left = {-200, -1, 0, 0x1p-60, 1}, HUGE_RIGHT},
    {.name = "log", .series = log_series, POSITIVE, NO_TAILS},
    {.name = "log1p", .series = log1p_series, .low = -1, .low_open = true, .high = INFINITY, NO_TAILS},
    /* 1 - sigmoid(x) < exp(-x) */
    {.name = "sigmoid", .series = sigmoid_series, ALL, TINY_LEFT, .right = {200, 1, 0, 0x1p-60, 1}},
    /* softplus(x) - x < exp(-x) */
    {.name = "softplus", .series = softplus_series, ALL, TINY_LEFT, .right = {200, 0, 1, 0x1p-60, 1}},
    {.name = "sinh", .series = sinh_series, ALL, .left = {-200, -0x1p+200, 0, 0, 1}, HUGE_RIGHT},
    {.name = "cosh", .series = cosh_series, ALL, .left = {-200, 0x1p+200, 0, 0, -1}, HUGE_RIGHT},
    /* 1 - tanh x < 2·exp(-2x) */
    {.name = "tanh", .series = tanh_series, ALL, .left = {-40, -1, 0, 0x1p-60, 1}, .right = {40, 1, 0, 0x1p-60, 1}},
    {.name = "asinh", .series = asinh_series, ALL, NO_TAILS},
    {.name = "acosh", .series = acosh_series, .low = 1, .high = INFINITY, NO_TAILS},
    {.name = "atanh", .series = atanh_series, .low = -1, .low_open = true, .high = 1, .high_open = true, NO_TAILS},
    {.name = "sin", .series = sin_series, ALL, NO_TAILS, .angle = SINE},
    {.name = "cos", .series = cos_series, ALL, NO_TAILS, .angle = COSINE},
    {.name = "tan", .series = tan_series, ALL, NO_TAILS, .angle = TANGENT},
    {.name = "asin", .series = asin_series, .low = -1, .high = 1, NO_TAILS},
    {.name = "acos", .series = acos_series, .low = -1, .high = 1, NO_TAILS},
    {.name = "atan", .series = atan_series, ALL, NO_TAILS},
    /* erfc x < exp(-x²) */
    {.name = "erf", .series = erf_series, ALL, .left = {-10, -1, 0, 0x1p-60, 1}, .right = {10, 1, 0, 0x1p-60, 1}},
    /* |x|·Φ(-|x|) < exp(-x²/2) for |x| >= 1: below 2^-200 from 20 on */
    {.name = "gelu", .series = gelu_series, ALL, .left = {-20, -0x1p-200, 0, 0x1.8p-201, -1}, .right = {20, 0, 1, 0x1p-190, 1}, .above_half_line = true},
    {.name = "reciprocal", .series = reciprocal_series, ALL, NO_TAILS},
    {.name = "sqrt", .series = sqrt_series, POSITIVE, NO_TAILS},
    {.name = "rsqrt", .series = rsqrt_series, POSITIVE, NO_TAILS},
};

const struct reference *find_reference(const char *name)
{
    for (size_t k = 0; k < sizeof references / sizeof *references; k++)
        if (strcmp(references[k].name, name) == 0) return &references[k];
    return NULL;
}
