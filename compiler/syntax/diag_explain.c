/* The pages of `flowc explain`. */
#include "syntax/diag.h"

#include "syntax/explain.def"

#include <strings.h>

static const char *const pages[] = {
#define DIAG(code, severity, title, explanation) explanation "\n\n" PAGE_##code,
#include "syntax/diagnostics.def"
#undef DIAG
};

const char *diag_explain(const char *name)
{
    for (enum diag_code code = 0; code < DIAG_CODES; code++)
        if (strcasecmp(diag_code_name(code), name) == 0)
            return pages[code];
    return NULL;
}
