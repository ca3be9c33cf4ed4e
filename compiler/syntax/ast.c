#include "syntax/ast_build.h"

#define LIST(kind)                                                                                 \
    struct kind##_list ast_##kind##_list_add(struct kind##_list list, struct kind *item)           \
    {                                                                                              \
        if (!item)                                                                                 \
            return list;                                                                           \
        if (list.last)                                                                             \
            list.last->next = item;                                                                \
        else                                                                                       \
            list.first = item;                                                                     \
        list.last = item;                                                                          \
        return list;                                                                               \
    }
#include "syntax/ast_lists.def"
#undef LIST

bool ast_maps(const struct expr *e)
{
    while ((e->kind == EXPR_MEMBER || e->kind == EXPR_INDEX) && !e->parenthesised)
        e = e->left;
    return e->kind == EXPR_EACH && !e->parenthesised;
}
