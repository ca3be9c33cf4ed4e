#include "base/same_file.h"

#include "base/mem.h"

#include <string.h>
#include <sys/stat.h>

struct place {
    dev_t device;
    ino_t inode;
    const char *name; /* in the folder that device and inode are of; "": they are the file's */
};

static bool find_folder(const char *path, struct place *place)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? mem_copy_text(path, (size_t)(slash - path) + 1) : mem_copy_text(".", 1);
    struct stat facts;
    bool found = stat(folder, &facts) == 0;
    mem_free(folder);
    if (found)
        *place = (struct place){ facts.st_dev, facts.st_ino, slash ? slash + 1 : path };
    return found;
}

static bool find_place(const char *path, struct place *place)
{
    struct stat facts;
    if (stat(path, &facts) != 0)
        return find_folder(path, place);
    *place = (struct place){ facts.st_dev, facts.st_ino, "" };
    return S_ISREG(facts.st_mode);
}

bool same_file(const char *a, const char *b)
{
    struct place x;
    struct place y;
    return find_place(a, &x) && find_place(b, &y) && x.device == y.device && x.inode == y.inode &&
           strcmp(x.name, y.name) == 0;
}
