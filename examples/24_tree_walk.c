/*
 * A recursive generator: the keys of a binary tree in order, without recursive calls and without a
 * heap. A struct cannot contain itself. So the states of all levels are in an array, as many as the
 * tree may be deep, and each level gets a pointer to those that are left. AGEN_YIELD_FROM yields the
 * keys of a subtree.
 *
 * If the tree is too deep, the walk raises an error there; no stack overflows. A walk may be
 * abandoned half way. Several walks of one tree can be under way, each with an array of its own.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "agen.h"

#include <stdio.h>

enum { LEVELS = 4, E_TOO_DEEP = -1 };

struct node {
    int key;
    const struct node *left, *right;
};

/* The keys of the tree below `node`, which may be NULL. */
struct walk {
    AGEN_YIELDS(int);
    const struct node *node;
    struct walk *deeper, *end; /* the states that are left for the levels below */
};

AGEN(walk, self)
{
    AGEN_BEGIN(self);
    if (self->node == NULL)
        AGEN_RETURN(self);
    if (self->deeper == self->end)
        AGEN_RAISE(self, E_TOO_DEEP);
    AGEN_NEW(self->deeper, walk, .node = self->node->left, .deeper = self->deeper + 1, .end = self->end);
    AGEN_YIELD_FROM(self, self->deeper);
    AGEN_YIELD(self, self->node->key);
    AGEN_NEW(self->deeper, walk, .node = self->node->right, .deeper = self->deeper + 1, .end = self->end);
    AGEN_YIELD_FROM(self, self->deeper); /* in the same memory, since the walk of the left subtree has ended */
    AGEN_END(self);
}

static void print(const char *what, const struct node *node)
{
    struct walk walks[LEVELS + 1]; /* one more for the NULL below the lowest level */
    int status;

    printf("%s:", what);
    AGEN_NEW(&walks[0], walk, .node = node, .deeper = walks + 1, .end = walks + LEVELS + 1);
    while ((status = agen_next(&walks[0])) == AGEN_YIELDED)
        printf(" %d", walks[0].value);
    printf("%s\n", status == E_TOO_DEEP ? ", and then it is too deep" : "");
}

int main(void)
{
    static const struct node one = { 1, NULL, NULL }, three = { 3, NULL, NULL }, two = { 2, &one, &three },
                             five = { 5, NULL, NULL }, four = { 4, &two, &five }, nine = { 9, NULL, NULL },
                             eight = { 8, NULL, &nine }, seven = { 7, NULL, &eight }, six = { 6, &four, &seven },
                             zero = { 0, NULL, &six };

    print("four levels", &six);
    print("five levels", &zero);
    print("none", NULL);
    return 0;
}
