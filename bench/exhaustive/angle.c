/*
 * Reduction after Payne and Hanek (1983), in integers: x = m·2^e with m < 2^24, and 2/π·2^e modulo 4 is a
 * number K of 128 bits, cut off below 2^-126. So m·K modulo 4 is x·2/π modulo 4, too small by less than
 * 2^-102. The nearest integer to it is the quadrant, the rest φ in [-1/2, 1/2] quarter turns.
 *
 * sin and cos of φ·π/2 are polynomials around k/256 (degree DEGREE, |t| <= 2^-9). t comes from 118 bits of the
 * product, rounded twice to double: relatively 2^-52. With |f'| <= π/2 < 2 this moves a value by at most
 * 2^-51·|t| + 2^-101. The remainder and the rounding of the polynomial are of the form e0 + e1·|t|: at k = 0
 * the constant of the sine is exactly 0, so its e0 is, which keeps sines near 0 good to their last places.
 */
#include "angle.h"

#include <math.h>

#include "piece.h"

enum { STEPS = 256, CENTRES = STEPS + 1 };

struct table {
    double c[CENTRES][DEGREE + 1];
    double rest[CENTRES], still[CENTRES], moving[CENTRES]; /* error <= still + moving·|t| */
};

static struct table sines, cosines;
static unsigned __int128 turns[256]; /* K by biased exponent */

static void prepare_turns(void)
{
    arb_t k;
    fmpz_t whole, low, high;
    arb_init(k);
    fmpz_init(whole);
    fmpz_init(low);
    fmpz_init(high);
    for (int biased = 127; biased < 255; biased++) {
        arb_const_pi(k, 512);
        arb_ui_div(k, 2, k, 512);
        arb_mul_2exp_si(k, k, biased - 150 + 126); /* the unit of the last place of K is 2^-126 */
        arb_floor(k, k, 512);
        if (!arb_get_unique_fmpz(whole, k)) flint_abort();
        fmpz_fdiv_r_2exp(low, whole, 64);
        fmpz_fdiv_q_2exp(high, whole, 64);
        fmpz_fdiv_r_2exp(high, high, 64);
        turns[biased] = (unsigned __int128)fmpz_get_ui(high) << 64 | fmpz_get_ui(low);
    }
    arb_clear(k);
    fmpz_clear(whole);
    fmpz_clear(low);
    fmpz_clear(high);
}

static double rounded(const arb_t a, double *wrong)
{
    mag_t bound;
    arb_t difference;
    mag_init(bound);
    arb_init(difference);
    const double value = arf_get_d(arb_midref(a), ARF_RND_NEAR);
    arb_set_d(difference, value);
    arb_sub(difference, a, difference, 128);
    arb_get_mag(bound, difference);
    *wrong = mag_get_d(bound) * (1 + 0x1p-20);
    mag_clear(bound);
    arb_clear(difference);
    return value;
}

/* The error of what changes with t is (Σ over k >= 1 of the coefficients' and the roundings') · |t|; the last addition rounds too. */
static void prepare_centre(struct table *table, const arb_poly_t y, int index)
{
    arb_t a, head;
    arb_init(a);
    arb_init(head);
    double wrong, changing = 0, power = 1;
    table->moving[index] = 0;
    for (int k = 0; k <= DEGREE; k++) {
        arb_poly_get_coeff_arb(a, y, k);
        table->c[index][k] = rounded(a, &wrong);
        if (k == 0) {
            arb_set_d(head, table->c[index][0]);
            arb_sub(a, a, head, 128);
            table->rest[index] = rounded(a, &wrong);
            table->still[index] = wrong + 0x1.01p-53 * fabs(table->c[index][0]);
            continue;
        }
        table->moving[index] += wrong * power;
        changing += fabs(table->c[index][k]) * power;
        power *= 0x1p-9;
    }
    /* (π/2)^8 / 8! < 2^-10, times |t|^7 <= 2^-63, times |t|; then t itself; then roundings */
    table->moving[index] += 0x1p-73 + 0x1p-51 + changing * (1.01 * (2 * DEGREE + 3) * 0x1p-53);
    arb_clear(a);
    arb_clear(head);
}

void prepare_angles(void)
{
    arb_t a, scale;
    arb_poly_t x, s, c;
    arb_init(a);
    arb_init(scale);
    arb_poly_init(x);
    arb_poly_init(s);
    arb_poly_init(c);
    arb_const_pi(scale, 256);
    arb_mul_2exp_si(scale, scale, -1);
    for (int index = 0; index < CENTRES; index++) {
        arb_set_si(a, index - STEPS / 2);
        arb_mul_2exp_si(a, a, -8);
        arb_mul(a, a, scale, 256);
        arb_poly_zero(x);
        arb_poly_set_coeff_arb(x, 1, scale);
        arb_poly_set_coeff_arb(x, 0, a);
        arb_poly_sin_cos_series(s, c, x, DEGREE + 1, 256);
        prepare_centre(&sines, s, index);
        prepare_centre(&cosines, c, index);
    }
    arb_clear(a);
    arb_clear(scale);
    arb_poly_clear(x);
    arb_poly_clear(s);
    arb_poly_clear(c);
    prepare_turns();
}

static double table_value(const struct table *table, int index, double t, double *error)
{
    const double *c = table->c[index];
    double sum = c[DEGREE];
    for (int k = DEGREE - 1; k >= 1; k--) sum = c[k] + t * sum;
    *error = (table->still[index] + table->moving[index] * fabs(t)) * (1 + 0x1p-20) + 0x1p-100;
    return c[0] + (table->rest[index] + t * sum);
}

double angle_value(enum angle function, uint32_t pattern, double *error)
{
    const unsigned __int128 mantissa = (pattern & 0x7fffffU) | 0x800000U;
    const unsigned __int128 product = mantissa * turns[(pattern >> 23) & 255];
    const unsigned __int128 shifted = product + ((unsigned __int128)1 << 125); /* plus one half */
    unsigned quadrant = (unsigned)(shifted >> 126);
    const __int128 phi = (__int128)(product - ((unsigned __int128)quadrant << 126)); /* unit 2^-126 */
    const int index = (int)((phi + ((__int128)1 << 117)) >> 118);             /* nearest multiple of 2^-8 */
    const __int128 rest = phi - ((__int128)index << 118);
    const unsigned __int128 size = (unsigned __int128)(rest < 0 ? -rest : rest); /* below 2^118: both halves exact or rounded once */
    const double distance = ((double)(uint64_t)(size >> 64) * 0x1p+64 + (double)(uint64_t)size) * 0x1p-126;
    const double t = rest < 0 ? -distance : distance;
    const bool negative = (pattern >> 31) != 0;
    double sine_error, cosine_error;
    double s = table_value(&sines, index + STEPS / 2, t, &sine_error);
    double c = table_value(&cosines, index + STEPS / 2, t, &cosine_error);
    if ((quadrant & 1) != 0) {
        const double old = s, old_error = sine_error;
        s = c, sine_error = cosine_error;
        c = -old, cosine_error = old_error;
    }
    if ((quadrant & 2) != 0) s = -s, c = -c;
    if (negative) s = -s;
    if (function == SINE) return *error = sine_error, s;
    if (function == COSINE) return *error = cosine_error, c;
    const double quotient = s / c;
    *error = fabs(quotient) * (1 + 0x1p-20) * (sine_error / fabs(s) + cosine_error / fabs(c) + 0x1p-52);
    return quotient;
}
