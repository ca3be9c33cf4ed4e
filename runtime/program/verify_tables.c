/* The part of the proof that image_tables.def states: every number of every row is within its
 * bounds, every index in its table, every name a text, and the rows that belong to a row of another
 * table are its own. */
#include "program/verify.h"

#include "program/image_table.h"

/* What is looked at: one field of all rows of a table. */
struct column {
    struct verifier *v;
    const struct image_table *table;
    const struct image_field *field;
    const char *rows;
    uint32_t count;
};

static uint64_t number_at(const struct column *c, uint32_t row)
{
    return image_field_get(c->rows + (size_t)row * c->table->size, c->field);
}

static bool fail(const struct column *c, uint32_t row, const char *what)
{
    return verify_fail(c->v, IMAGE_NONE, "%s %u: `%s` is %llu, %s", c->table->one, (unsigned)row,
                       c->field->name, (unsigned long long)number_at(c, row), what);
}

static bool within_bounds(const struct column *c, uint32_t row)
{
    uint64_t number = number_at(c, row);
    if (number >= c->field->least && number <= c->field->most)
        return true;
    return verify_fail(c->v, IMAGE_NONE, "%s %u: `%s` is %llu, which is not from %llu to %llu",
                       c->table->one, (unsigned)row, c->field->name, (unsigned long long)number,
                       (unsigned long long)c->field->least, (unsigned long long)c->field->most);
}

static bool is_in_table(const struct column *c, uint32_t row)
{
    enum image_table_id table = (enum image_table_id)c->field->table;
    uint32_t count = image_table_count(c->v->image, table);
    if (number_at(c, row) < count)
        return true;
    return verify_fail(c->v, IMAGE_NONE, "%s %u: `%s` is %llu, but there are %u %s", c->table->one,
                       (unsigned)row, c->field->name, (unsigned long long)number_at(c, row),
                       (unsigned)count, image_tables[table].rows);
}

static bool cell_is_good(const struct column *c, uint32_t row)
{
    uint64_t number = number_at(c, row);
    if (c->field->may_be_none && number == IMAGE_NONE)
        return true;
    switch ((enum image_bound)c->field->bound) {
    case BOUND_NUMBER:
    case BOUND_COUNT:
        return within_bounds(c, row);
    case BOUND_TEXT:
        return verify_is_text(c->v->image, (uint32_t)number) || fail(c, row, "which is not a text");
    case BOUND_ROW:
        return is_in_table(c, row);
    case BOUND_LABEL:
        return outcome_label_is_known((uint16_t)number) || fail(c, row, "which is not an outcome");
    case BOUND_SEPARATOR:
        return number == '&' || number == ';' || fail(c, row, "which is not a separator");
    case BOUND_FIRST:
    case BOUND_ANY:
        break;
    }
    return true;
}

/* The parts of the other table follow each other, and nothing of it belongs to no row: so what goes
 * through the parts of all rows goes through the table once. */
static bool parts_are_good(const struct column *first)
{
    enum image_table_id table = (enum image_table_id)first->field->table;
    uint32_t total = image_table_count(first->v->image, table);
    struct column count = *first;
    count.field++;
    uint32_t next = 0;
    for (uint32_t i = 0; i < first->count; i++) {
        if (number_at(first, i) != next)
            return fail(first, i, "which is not where the part of the row before ends");
        if (number_at(&count, i) > total - next)
            return fail(&count, i, "which is more than there are");
        next += (uint32_t)number_at(&count, i);
    }
    return next == total || verify_fail(first->v, IMAGE_NONE, "part of `%s` belongs to no %s",
                                        image_tables[table].rows, first->table->one);
}

static bool column_is_good(const struct column *c)
{
    if (c->field->bound == BOUND_ANY)
        return true;
    for (uint32_t i = 0; i < c->count; i++) {
        if (!cell_is_good(c, i))
            return false;
    }
    return c->field->bound != BOUND_FIRST || parts_are_good(c);
}

bool verify_tables(struct verifier *v)
{
    for (unsigned id = 0; id < TABLES; id++) {
        struct column c = { .v = v, .table = &image_tables[id] };
        c.rows = image_table_rows(v->image, (enum image_table_id)id);
        c.count = image_table_count(v->image, (enum image_table_id)id);
        for (uint32_t f = 0; f < c.table->field_count; f++) {
            c.field = &c.table->fields[f];
            if (!column_is_good(&c))
                return false;
        }
    }
    return true;
}
