#include "cli/command_show_parts.h"

#include "vm/program_known.h"

struct lines {
    const struct shown *shown;
    struct bytes text; /* of the line that is being made */
    struct output *out;
};

static void end_line(struct lines *l)
{
    output_line(l->out, NULL, bytes_text(&l->text), l->text.len);
    bytes_clear(&l->text);
}

static void print_origin(struct lines *l)
{
    const struct image_origin *origin = l->shown->origin;
    bytes_printf(&l->text, "format %u", (unsigned)origin->format);
    if (origin->format != IMAGE_FORMAT)
        bytes_printf(&l->text, " (this flowrun reads format %u: compile it again)", IMAGE_FORMAT);
    end_line(l);
    bytes_printf(&l->text, "compiler %s%s", origin->compiler[0] ? "flowc " : "not known",
                 origin->compiler);
    end_line(l);
}

static void print_flows(struct lines *l)
{
    const struct image *image = l->shown->image;
    for (uint32_t i = 0; i < image->function_count; i++) {
        if (image->functions[i].kind != IMAGE_FLOW)
            continue;
        bytes_add_text(&l->text, "flow ");
        image_signature_print(image, i, &l->text);
        bytes_add_text(&l->text, i == image->main ? " (the default)" : "");
        end_line(l);
    }
}

static void print_configs(struct lines *l)
{
    const struct image *image = l->shown->image;
    for (uint32_t i = 0; i < image->config_count; i++) {
        bytes_printf(&l->text, "config %s: ", image_text(image, image->configs[i].name));
        image_type_print(image, image->configs[i].type, &l->text);
        bytes_add_text(&l->text,
                       image->configs[i].function == IMAGE_NONE ? " (must be set)" : " = …");
        end_line(l);
    }
    for (uint32_t i = 0; i < image->secret_count; i++) {
        bytes_printf(&l->text, "secret %s", image_text(image, image->secrets[i]));
        end_line(l);
    }
}

/* Those without a value. */
static void add_config_name(void *context, uint32_t config)
{
    struct lines *l = context;
    const struct image *image = l->shown->image;
    if (l->shown->program->invented[config])
        bytes_printf(&l->text, " `%s`", image_text(image, image->configs[config].name));
}

static void print_endpoints(struct lines *l)
{
    const struct image *image = l->shown->image;
    for (uint32_t i = 0; i < image->endpoint_count; i++) {
        const struct endpoint *e = command_show_endpoint(l->shown, i);
        bytes_printf(&l->text, "endpoint %s: ", image_text(image, image->endpoints[i].name));
        if (e) {
            bytes_add_text(&l->text, e->url);
        } else if (program_url_is_known(l->shown->program, i)) {
            bytes_add_text(&l->text, "its settings are invalid");
        } else {
            bytes_add_text(&l->text, "its url depends on config");
            program_url_configs(image, i, add_config_name, l);
        }
        end_line(l);
    }
    for (uint32_t i = 0; i < l->shown->host_count; i++) {
        bytes_printf(&l->text, "host %s", l->shown->hosts[i]);
        end_line(l);
    }
}

void command_show_print_text(const struct shown *s, struct output *out)
{
    struct lines l = { .shown = s, .out = out };
    print_origin(&l);
    if (s->image) {
        bytes_add_text(&l.text, "source ");
        command_show_add_hash(s, &l.text);
        end_line(&l);
        print_flows(&l);
        print_configs(&l);
        print_endpoints(&l);
    }
    bytes_release(&l.text);
}
