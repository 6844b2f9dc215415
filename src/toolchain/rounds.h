/*
 * What a measured implementation of a network offers: one shared object each, so that all of
 * them live in one process and take turns. Inputs and outputs lie one after the other, each at
 * a multiple of 64 bytes; the object owns both.
 */
#ifndef ROUNDS_H
#define ROUNDS_H

#include <stddef.h>

extern unsigned char variant_inputs[];
extern unsigned char variant_outputs[];
extern const size_t variant_input_bytes;
extern const size_t variant_output_bytes;

/* Whatever happens once: 0, or what is printed as the status. */
int variant_setup(void);
/* One inference. */
void variant_run(void);

#endif
