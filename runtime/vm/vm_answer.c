/* Answers to questions: reading them by the question's type, choices and match. */
#include "vm/vm.h"

#include "base/mem.h"
#include "base/number_value.h"
#include "base/utf8.h"
#include "program/opcode.h"
#include "vm/vm_ops.h"

#include <ctype.h>
#include <string.h>

static void trim(const char **text, size_t *len)
{
    while (*len && isspace((unsigned char)**text)) {
        (*text)++;
        (*len)--;
    }
    while (*len && isspace((unsigned char)(*text)[*len - 1]))
        (*len)--;
}

static bool read_bool(const char *text, size_t len, struct value *out)
{
    bool yes = len == 4 && memcmp(text, "true", 4) == 0;
    bool no = len == 5 && memcmp(text, "false", 5) == 0;
    *out = value_bool(yes);
    return yes || no;
}

static bool is_text(const char *text, size_t len)
{
    return utf8_valid_prefix(text, len) == len && !memchr(text, 0, len);
}

bool vm_takes_answer(const struct strand *s, const char *text, size_t len)
{
    const struct image *image = s->program->image;
    return is_text(text, len) ||
           image_find_arm(image, &image->sites[s->site], label_of_outcome(OUTCOME_INVALID));
}

static bool read_answer(enum image_type_kind type, const char *text, size_t len, struct value *out)
{
    *out = value_null();
    if (!is_text(text, len))
        return false;
    if (type == IMAGE_TYPE_TEXT) {
        *out = value_text(text, len);
        return true;
    }
    trim(&text, &len);
    if (type == IMAGE_TYPE_BOOL)
        return read_bool(text, len, out);
    return type == IMAGE_TYPE_INT ? number_value_read_int(text, len, out)
                                  : number_value_read_typed(text, len, out);
}

/* A choice is met by an equal value, or by the text that it is shown as. */
static bool is_choice(struct value choices, struct value answer)
{
    if (choices.tag != VALUE_LIST)
        return true;
    for (uint32_t i = 0; i < choices.list->len; i++) {
        struct value shown;
        if (value_equal(choices.list->items[i], answer))
            return true;
        if (answer.tag != VALUE_TEXT || vm_text(choices.list->items[i], &shown))
            continue;
        bool equal = value_equal(shown, answer);
        value_unref(shown);
        if (equal)
            return true;
    }
    return false;
}

static enum outcome judge(struct strand *s, const char *text, size_t len, struct value *answer)
{
    const struct image *image = s->program->image;
    uint32_t index = image->sites[s->site].detail;
    const struct image_ask *ask = &image->asks[index];
    if (!read_answer((enum image_type_kind)ask->type, text, len, answer) ||
        !is_choice(s->choices, *answer))
        return OUTCOME_INVALID;
    if (ask->match != IMAGE_NONE && answer->tag == VALUE_TEXT &&
        !program_matches(s->program, index, answer->text))
        return OUTCOME_INVALID;
    return OUTCOME_OK;
}

void vm_resume_answer(struct strand *s, const char *text, size_t len)
{
    const struct image *image = s->program->image;
    struct value answer = value_null();
    enum outcome outcome = text ? judge(s, text, len, &answer) : OUTCOME_TIMEOUT;
    const struct image_arm *arm =
        image_find_arm(image, &image->sites[s->site], label_of_outcome(outcome));
    value_unref(s->value);
    value_unref(s->choices);
    s->value = value_null();
    s->choices = value_null();
    s->fuel_used = 0;
    s->label = label_of_outcome(outcome);
    if (!arm) {
        value_unref(answer);
        vm_fault(s, text ? "the answer is not valid text" : "there is no answer to the question");
        return;
    }
    if (outcome == OUTCOME_OK) {
        struct value *slot = s->slots + s->frames[s->depth - 1].base + word_b(image->code[s->pc]);
        value_unref(*slot);
        *slot = answer;
    } else {
        value_unref(answer);
    }
    s->pc = arm->pc;
    s->state = VM_READY;
}
