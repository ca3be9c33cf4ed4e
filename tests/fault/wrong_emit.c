/* A flowc with a bug: linked with --wrap=emit, every image that it makes starts in a flow that does
 * not exist. flowc_test.py sees what becomes of it. */
#include "emit/emit.h"

struct image *__real_emit(struct model *model);
struct image *__wrap_emit(struct model *model);

struct image *__wrap_emit(struct model *model)
{
    struct image *image = __real_emit(model);
    if (image)
        image->main = image->function_count;
    return image;
}
