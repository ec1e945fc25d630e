/* SPDX-License-Identifier: 0BSD */
/* The command line of the demo. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
    const char *input, *output; /* no output: a temporary file */
    uint32_t noise, seed, window, lookahead;
    bool terminal, quiet, help;
};

/* False: they are of no use, and the user was told why. */
bool options_parse(struct options *options, int count, char **arguments);
void options_help(void);

#endif
