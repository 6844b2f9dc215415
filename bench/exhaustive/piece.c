/*
 * Pieces and their errors.
 *
 * With c the centre and 2^j at least the greatest |x - c|, t = (x - c)/2^j is at most 1, and exact: x and c are floats of one
 * binade, or both subnormal. g(t) = f(c + 2^j t). Taylor's theorem gives g(t) = Σ a_k t^k for k <= DEGREE, off by at most the
 * next coefficient of g somewhere on [-1, 1]. Arb gives balls of a_0…a_DEGREE at c, and of the next one over the ball X of
 * all x of the piece.
 *
 * What double adds (u = 2^-53, each operation off by a factor 1 + δ, |δ| <= u; contraction to fma only takes roundings
 * away): a_k to c_k, at most radius and rounding of the ball, counted as it is; the Horner sum with at most 2·DEGREE + 2
 * operations above any of its terms, at most 1.01·(2·DEGREE + 2)·u·Σ|c_k| over k >= 1; the last addition, at most u·Σ|c_k|
 * over all k. Sums of bounds are rounded in double too; a factor 1 + 2^-20 covers that, and 2^-900 every underflow.
 */
#include "piece.h"

#include <math.h>

#include "digest.h"

/* Balls of the coefficients are this good, relatively, unless f cancels. */
static const slong PRECISION = 128;

/* |a| rounded up. */
static double upper(const arb_t a)
{
    mag_t bound;
    mag_init(bound);
    arb_get_mag(bound, a);
    const double value = mag_get_d(bound);
    mag_clear(bound);
    return value * (1 + 0x1p-20);
}

/* The double nearest to the ball's middle; *wrong bounds its distance from all of the ball. */
static double middle(const arb_t a, double *wrong)
{
    arb_t difference;
    arb_init(difference);
    const double value = arf_get_d(arb_midref(a), ARF_RND_NEAR);
    arb_set_d(difference, value);
    arb_sub(difference, a, difference, PRECISION);
    *wrong = upper(difference);
    arb_clear(difference);
    return value;
}

/* at + 2^exponent·t as a polynomial in t. */
static void line_through(arb_poly_t x, const arb_t at, slong exponent)
{
    arb_poly_zero(x);
    arb_poly_set_coeff_si(x, 1, 1);
    arb_poly_scalar_mul_2exp_si(x, x, exponent);
    arb_poly_set_coeff_arb(x, 0, at);
}

static bool all_finite(const arb_poly_t y, slong length)
{
    arb_t coefficient;
    bool finite = true;
    arb_init(coefficient);
    for (slong k = 0; k < length && finite; k++) {
        arb_poly_get_coeff_arb(coefficient, y, k);
        finite = arb_is_finite(coefficient);
    }
    arb_clear(coefficient);
    return finite;
}

/* a_0 is kept in two doubles, the others in one. */
static double round_coefficients(struct piece *piece, const arb_poly_t y)
{
    arb_t a, head;
    double total = 0;
    arb_init(a);
    arb_init(head);
    for (int k = 0; k <= DEGREE; k++) {
        double wrong;
        arb_poly_get_coeff_arb(a, y, k);
        piece->c[k] = middle(a, &wrong);
        if (k == 0) {
            arb_set_d(head, piece->c[0]);
            arb_sub(a, a, head, PRECISION);
            piece->rest = middle(a, &wrong);
        }
        total += wrong;
    }
    arb_clear(a);
    arb_clear(head);
    return total;
}

/* Σ|c_k| over k >= 1: how far the polynomial can move from its constant. */
static double movement(const struct piece *piece)
{
    double sum = fabs(piece->rest);
    for (int k = 1; k <= DEGREE; k++) sum += fabs(piece->c[k]);
    return sum;
}

static double rounding_error(const struct piece *piece)
{
    const double moving = movement(piece);
    return 0x1p-53 * (fabs(piece->c[0]) + moving) + 1.01 * (2 * DEGREE + 2) * 0x1p-53 * moving;
}

static double remainder_bound(const arb_poly_t over)
{
    arb_t a;
    arb_init(a);
    arb_poly_get_coeff_arb(a, over, DEGREE + 1);
    const double bound = upper(a);
    arb_clear(a);
    return bound;
}

static int direction_of(const arb_poly_t over)
{
    arb_t slope;
    arb_init(slope);
    arb_poly_get_coeff_arb(slope, over, 1);
    const int direction = arb_is_positive(slope) ? 1 : arb_is_negative(slope) ? -1 : 0;
    arb_clear(slope);
    return direction;
}

static void set_interval(arb_t x, double low, double high)
{
    arf_t a, b;
    arf_init(a);
    arf_init(b);
    arf_set_d(a, low);
    arf_set_d(b, high);
    arb_set_interval_arf(x, a, b, PRECISION);
    arf_clear(a);
    arf_clear(b);
}

/* Fills the piece for [low, high] around `centre`. False where f has no finite ball there. */
static bool expand(struct piece *piece, const struct reference *f, double centre, double low, double high)
{
    int exponent;
    frexp(fmax(centre - low, high - centre), &exponent); /* the radius is below 2^exponent */
    arb_t at;
    arb_poly_t x, y, over;
    arb_init(at);
    arb_poly_init(x);
    arb_poly_init(y);
    arb_poly_init(over);
    arb_set_d(at, centre);
    line_through(x, at, exponent);
    f->series(y, x, DEGREE + 1, PRECISION);
    set_interval(at, low, high);
    line_through(x, at, exponent);
    f->series(over, x, DEGREE + 2, PRECISION);
    const bool finite = all_finite(y, DEGREE + 1) && all_finite(over, DEGREE + 2);
    if (finite) {
        piece->centre = centre;
        piece->scale = ldexp(1, -exponent);
        const double rounded = round_coefficients(piece, y);
        const double error = rounded + rounding_error(piece) + remainder_bound(over);
        piece->error = error * (1 + 0x1p-20) + 0x1p-900;
        piece->direction = direction_of(over);
    }
    arb_clear(at);
    arb_poly_clear(x);
    arb_poly_clear(y);
    arb_poly_clear(over);
    return finite && isfinite(piece->error);
}

/* A polynomial for the tail: a constant or a line, exact but for the error of the tail itself. */
static void make_tail(struct piece *piece, const struct tail *tail)
{
    *piece = (struct piece){.scale = 1, .c = {tail->value, tail->slope}, .error = tail->error, .direction = tail->direction};
}

bool make_piece(struct piece *piece, const struct reference *f, uint32_t first, uint32_t count)
{
    const double a = value_of(first), b = value_of(first + count - 1);
    const double low = fmin(a, b), high = fmax(a, b);
    if (low >= f->right.from) return make_tail(piece, &f->right), true;
    if (high <= f->left.from) return make_tail(piece, &f->left), true;
    if (high > f->right.from || low < f->left.from) return false;
    const double centre = value_of(first + count / 2);
    if (!expand(piece, f, centre, low, high)) return false;
    const double least = fabs(piece->c[0]) - (movement(piece) + piece->error) * (1 + 0x1p-20);
    return least > 0 && piece->error * places_per_unit(least) <= 0x1p-24;
}

/* An exact value cut to double, its last bit set if anything was cut off (to odd): rounding that to float is rounding once. */
static float to_float(const arf_t exact)
{
    union { double value; uint64_t bits; } odd = {.value = arf_get_d(exact, ARF_RND_DOWN)};
    if (arf_cmp_d(exact, odd.value) != 0 && isfinite(odd.value)) odd.bits |= 1;
    return (float)odd.value;
}

uint32_t nearest(const struct reference *f, double x, double *value)
{
    const struct tail *tail = x >= f->right.from ? &f->right : x <= f->left.from ? &f->left : NULL;
    if (tail != NULL) {
        *value = tail->value + tail->slope * x;
        return pattern_of((float)*value);
    }
    if (f->above_half_line && fabs(x) < 0x1p-100) {
        *value = x / 2; /* exact; the next double is still on this side of any other middle */
        return pattern_of((float)nextafter(*value, INFINITY));
    }
    uint32_t answer = 0;
    bool decided = false;
    arb_t at, y;
    arf_t low, high;
    arb_poly_t line, series;
    arb_init(at);
    arb_init(y);
    arf_init(low);
    arf_init(high);
    arb_poly_init(line);
    arb_poly_init(series);
    arb_set_d(at, x);
    line_through(line, at, 0);
    for (slong precision = 64; !decided && precision <= 4096; precision *= 2) {
        f->series(series, line, 1, precision);
        arb_poly_get_coeff_arb(y, series, 0);
        if (!arb_is_finite(y)) continue;
        arb_get_lbound_arf(low, y, precision);
        arb_get_ubound_arf(high, y, precision);
        answer = pattern_of(to_float(low));
        decided = answer == pattern_of(to_float(high));
    }
    *value = arf_get_d(arb_midref(y), ARF_RND_NEAR);
    if (!decided) flint_abort();
    arb_clear(at);
    arb_clear(y);
    arf_clear(low);
    arf_clear(high);
    arb_poly_clear(line);
    arb_poly_clear(series);
    return answer;
}
