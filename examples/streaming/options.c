/* SPDX-License-Identifier: 0BSD */
#include "options.h"

#include "print_error.h"
#include "lzss.h"
#include "wire.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEFAULT_WINDOW = LZSS_WINDOW_MAX < 11 ? LZSS_WINDOW_MAX : 11,
    DEFAULT_LOOKAHEAD = 5 /* or less, as the window allows */
};

void options_help(void)
{
    printf("usage: demo [-n NOISE] [-s SEED] [-w WINDOW] [-l LOOKAHEAD] [-o OUTPUT] [-tqh] FILE\n"
           "  -n NOISE      flip a bit in about one of NOISE bytes on the wire; 0: in none (0)\n"
           "  -s SEED       where: the same SEED does the same damage (1)\n"
           "  -w WINDOW     compress with a window of 4 to %d bits (%d)\n"
           "  -l LOOKAHEAD  and lengths of 3 to WINDOW - 1 bits (%d, or less if it must)\n"
           "  -o OUTPUT     write this file (a temporary one)\n"
           "  -t            this is a terminal: draw the progress bar in its place\n"
           "  -q            no progress bar, and do not name what is missing\n"
           "exit status: 0 identical, 1 data is missing, 2 bad use or I/O error, 3 wrong output\n",
           LZSS_WINDOW_MAX, (int)DEFAULT_WINDOW, (int)DEFAULT_LOOKAHEAD);
}

static bool parse_number(char option, const char *text, uint32_t least, uint32_t most,
                         uint32_t *value)
{
    char *end;
    unsigned long number;

    errno = 0;
    number = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number < least
        || number > most)
        return print_error("-%c takes a number from %" PRIu32 " to %" PRIu32 ", not '%s'", option,
                        least, most, text);
    *value = (uint32_t)number;
    return true;
}

static bool parse_value(struct options *options, char option, const char *text)
{
    if (option == 'n')
        return parse_number(option, text, 0, WIRE_NOISE_MAX, &options->noise);
    if (option == 's')
        return parse_number(option, text, 0, UINT32_MAX, &options->seed);
    if (option == 'w')
        return parse_number(option, text, LZSS_WINDOW_MIN, LZSS_WINDOW_MAX, &options->window);
    if (option == 'l')
        return parse_number(option, text, LZSS_LOOKAHEAD_MIN, LZSS_WINDOW_MAX - 1,
                            &options->lookahead);
    options->output = text;
    return true;
}

static bool parse_flag(struct options *options, const char *argument)
{
    if (strcmp(argument, "-t") == 0)
        options->terminal = true;
    else if (strcmp(argument, "-q") == 0)
        options->quiet = true;
    else if (strcmp(argument, "-h") == 0)
        options->help = true;
    else
        return print_error("there is no option '%s' (-h helps)", argument);
    return true;
}

static bool parse_file(struct options *options, const char *argument)
{
    if (options->input != NULL)
        return print_error("one file at a time: '%s' or '%s'?", options->input, argument);
    options->input = argument;
    return true;
}

static bool check(struct options *options)
{
    if (options->help)
        return true;
    if (options->input == NULL)
        return print_error("which file? (-h helps)");
    if (options->lookahead == 0)
        options->lookahead = options->window > DEFAULT_LOOKAHEAD ? (uint32_t)DEFAULT_LOOKAHEAD
                                                                 : options->window - 1;
    if (!lzss_valid(options->window, options->lookahead))
        return print_error("a window of %" PRIu32 " bits takes a lookahead of 3 to %" PRIu32
                        ", not %" PRIu32, options->window, options->window - 1, options->lookahead);
    if (options->output != NULL && strcmp(options->input, options->output) == 0)
        return print_error("the output would overwrite the input, '%s'", options->input);
    return true;
}

bool options_parse(struct options *options, int count, char **arguments)
{
    bool only_files = false, ok = true;
    int i;

    memset(options, 0, sizeof *options);
    options->seed = 1;
    options->window = DEFAULT_WINDOW;
    for (i = 1; i < count && ok; i++) {
        const char *argument = arguments[i];
        char option = argument[0] == '-' ? argument[1] : '\0';

        if (only_files || argument[0] != '-') {
            ok = parse_file(options, argument);
        } else if (strcmp(argument, "--") == 0) {
            only_files = true;
        } else if (option == '\0' || strchr("nswlo", option) == NULL) {
            ok = parse_flag(options, argument);
        } else if (argument[2] != '\0') { /* -n100 */
            ok = parse_value(options, option, argument + 2);
        } else if (i + 1 < count) { /* -n 100 */
            ok = parse_value(options, option, arguments[++i]);
        } else {
            ok = print_error("-%c takes a value (-h helps)", option);
        }
    }
    return ok && check(options);
}
