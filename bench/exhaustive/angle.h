/* sin, cos and tan of large arguments: exact reduction modulo π/2, then a piece. */
#ifndef ANGLE_H
#define ANGLE_H

#include <stdint.h>

#include "reference.h"

/* From here on, by magnitude, consecutive floats are too far apart for pieces over x. */
#define LARGE_ANGLE 0x1p+8

void prepare_angles(void);

/* f(x) for |x| >= LARGE_ANGLE, and *error, which bounds what is wrong with it. */
double angle_value(enum angle function, uint32_t pattern, double *error);

#endif
