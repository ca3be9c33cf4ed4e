#include "compiler/compile.h"

#include "check/check.h"
#include "emit/emit.h"
#include "program/verify.h"

bool compile_model(struct model *m, struct sources *sources, struct diags *diags, const char *path,
                   const char **reason)
{
    struct resolver r;
    struct binder b;
    resolver_init(&r, m, sources, diags);
    bool is_read = resolve_parse(&r, path, reason);
    if (is_read) {
        resolve_names(&r);
        resolve_types(&r);
        bind_model(&b, &r);
        check_model(&b);
        resolve_needed(&r);
        binder_release(&b);
    }
    resolver_release(&r);
    intern_release(&m->words);
    return is_read;
}

struct image *compile_image(struct model *m, char **bug)
{
    struct image *image = emit(m);
    if (image && m->is_stripped)
        image_strip(image);
    *bug = image ? verify_image(image) : NULL;
    return image;
}
