#include "cli/command_show_parts.h"

#include "cli/jsonl.h"
#include "formats/json.h"
#include "vm/program_known.h"

/* A member with a type as it is written; IMAGE_NONE: null. */
static void add_type(const struct image *image, const char *name, uint32_t type, struct bytes *b)
{
    struct bytes text = { 0 };
    if (type != IMAGE_NONE)
        image_type_print(image, type, &text);
    jsonl_text(b, name, type == IMAGE_NONE ? NULL : bytes_text(&text));
    bytes_release(&text);
}

/* `name`, `type` and `required` of what a program wants. */
static void add_wanted(const struct image *image, uint32_t name, uint32_t type, bool required,
                       struct bytes *b)
{
    bytes_add_char(b, '{');
    jsonl_text(b, "name", image_text(image, name));
    add_type(image, "type", type, b);
    bytes_printf(b, ",\"required\":%s}", required ? "true" : "false");
}

static void comma(struct bytes *b)
{
    if (b->data[b->len - 1] != '[')
        bytes_add_char(b, ',');
}

static void add_flow(const struct image *image, const struct image_function *f, struct bytes *b)
{
    bytes_add_char(b, '{');
    jsonl_text(b, "name", image_text(image, f->name));
    bytes_add_text(b, ",\"inputs\":[");
    for (uint32_t i = 0; i < f->input_count; i++) {
        const struct image_input *input = &image->inputs[f->first_input + i];
        comma(b);
        add_wanted(image, input->name, input->type, !input->has_default, b);
    }
    bytes_add_char(b, ']');
    add_type(image, "result", f->result, b);
    bytes_add_char(b, '}');
}

static void add_flows(const struct image *image, struct bytes *b)
{
    bytes_add_text(b, ",\"flows\":[");
    for (uint32_t i = 0; i < image->function_count; i++) {
        if (image->functions[i].kind != IMAGE_FLOW)
            continue;
        comma(b);
        add_flow(image, &image->functions[i], b);
    }
    bytes_add_char(b, ']');
}

/* An item of a list. */
static void add_string(struct bytes *b, const char *text)
{
    struct value v = value_text_of(text);
    comma(b);
    json_write(b, v);
    value_unref(v);
}

static void add_configs(const struct image *image, struct bytes *b)
{
    bytes_add_text(b, ",\"configs\":[");
    for (uint32_t i = 0; i < image->config_count; i++) {
        const struct image_config *c = &image->configs[i];
        comma(b);
        add_wanted(image, c->name, c->type, c->function == IMAGE_NONE, b);
    }
    bytes_add_text(b, "],\"secrets\":[");
    for (uint32_t i = 0; i < image->secret_count; i++)
        add_string(b, image_text(image, image->secrets[i]));
    bytes_add_char(b, ']');
}

struct config_list {
    const struct image *image;
    struct bytes *b;
};

static void add_config_string(void *context, uint32_t config)
{
    struct config_list *l = context;
    add_string(l->b, image_text(l->image, l->image->configs[config].name));
}

static void add_endpoint(const struct shown *s, uint32_t i, struct bytes *b)
{
    const struct endpoint *e = command_show_endpoint(s, i);
    struct config_list configs = { s->image, b };
    bytes_add_char(b, '{');
    jsonl_text(b, "name", image_text(s->image, s->image->endpoints[i].name));
    jsonl_text(b, "url", e ? e->url : NULL);
    bytes_add_text(b, ",\"configs\":[");
    program_url_configs(s->image, i, add_config_string, &configs);
    bytes_add_text(b, "]}");
}

static void add_endpoints(const struct shown *s, struct bytes *b)
{
    bytes_add_text(b, ",\"endpoints\":[");
    for (uint32_t i = 0; i < s->image->endpoint_count; i++) {
        comma(b);
        add_endpoint(s, i, b);
    }
    bytes_add_text(b, "],\"hosts\":[");
    for (uint32_t i = 0; i < s->host_count; i++)
        add_string(b, s->hosts[i]);
    bytes_add_char(b, ']');
}

static void add_contents(const struct shown *s, struct bytes *b)
{
    const struct image *image = s->image;
    bool has_main = image->main != IMAGE_NONE;
    struct bytes hash = { 0 };
    command_show_add_hash(s, &hash);
    jsonl_text(b, "source", bytes_text(&hash));
    jsonl_text(b, "main", has_main ? image_text(image, image->functions[image->main].name) : NULL);
    bytes_release(&hash);
    add_flows(image, b);
    add_configs(image, b);
    add_endpoints(s, b);
}

void command_show_print_json(const struct shown *s, struct output *out)
{
    struct bytes b = { 0 };
    bytes_add_char(&b, '{');
    jsonl_text(&b, "file", s->file);
    bytes_printf(&b, ",\"format\":%u", (unsigned)s->origin->format);
    jsonl_text(&b, "compiler", s->origin->compiler[0] ? s->origin->compiler : NULL);
    bytes_printf(&b, ",\"readable\":%s", s->image ? "true" : "false");
    if (s->image)
        add_contents(s, &b);
    bytes_add_text(&b, "}\n");
    output_write(out, b.data, b.len);
    bytes_release(&b);
}
