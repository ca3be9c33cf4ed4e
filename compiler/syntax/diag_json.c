#include "syntax/diag_print.h"

#include "base/mem.h"

#include <cjson/cJSON.h>
#include <string.h>

/* cJSON does not check its input, and JSON text must be UTF-8. */
static void add_text(cJSON *object, const char *name, const char *text)
{
    struct bytes b = { 0 };
    diag_clean(&b, text, strlen(text));
    cJSON_AddStringToObject(object, name, bytes_text(&b));
    bytes_release(&b);
}

static void print_and_free(cJSON *json, FILE *out)
{
    char *text = cJSON_Print(json);
    if (!text)
        mem_exhausted();
    fprintf(out, "%s\n", text);
    cJSON_free(text);
    cJSON_Delete(json);
}

/* Adds the file and both ends of span; adds nothing if span is not in a file. */
static void add_place(cJSON *object, struct sources *sources, struct span span)
{
    struct place from = sources_locate(sources, span.start);
    struct place to = sources_locate(sources, span.end);
    if (!from.source)
        return;
    add_text(object, "file", from.source->path);
    cJSON_AddNumberToObject(object, "line", from.line);
    cJSON_AddNumberToObject(object, "column", from.column);
    cJSON_AddNumberToObject(object, "end_line", to.line);
    cJSON_AddNumberToObject(object, "end_column", to.column);
}

static cJSON *json_of(const struct diag *diag, struct sources *sources, struct diag_style style)
{
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "code", diag_code_name(diag->code));
    cJSON_AddStringToObject(item, "severity", diag_severity_name(diag, style));
    add_text(item, "message", diag->message);
    if (diag->help)
        add_text(item, "help", diag->help);
    add_place(item, sources, diag->span);
    if (!diag->notes)
        return item;
    cJSON *notes = cJSON_AddArrayToObject(item, "notes");
    for (const struct diag_note *note = diag->notes; note; note = note->next) {
        cJSON *object = cJSON_CreateObject();
        add_text(object, "message", note->message);
        add_place(object, sources, note->span);
        cJSON_AddItemToArray(notes, object);
    }
    return item;
}

void diag_print_json(const struct diags *d, struct sources *sources, struct diag_style style,
                     FILE *out)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddNumberToObject(root, "version", 1);
    cJSON *items = cJSON_AddArrayToObject(root, "diagnostics");
    for (size_t i = 0; i < d->len; i++)
        cJSON_AddItemToArray(items, json_of(d->items[i], sources, style));
    print_and_free(root, out);
}

static void add_message(cJSON *object, const char *name, const char *text)
{
    add_text(cJSON_AddObjectToObject(object, name), "text", text);
}

/* A path as the URI reference that SARIF needs (RFC 3986): escapes all but unreserved
 * characters. */
static void add_uri(cJSON *object, const char *path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "-._~/";
    struct bytes b = { 0 };
    for (; *path; path++) {
        if (strchr(plain, *path))
            bytes_add_char(&b, *path);
        else
            bytes_printf(&b, "%%%02X", (unsigned)(unsigned char)*path);
    }
    cJSON_AddStringToObject(object, "uri", bytes_text(&b));
    bytes_release(&b);
}

static cJSON *sarif_location(struct sources *sources, struct span span)
{
    struct place from = sources_locate(sources, span.start);
    struct place to = sources_locate(sources, span.end);
    cJSON *location = cJSON_CreateObject();
    if (!from.source)
        return location;
    cJSON *physical = cJSON_AddObjectToObject(location, "physicalLocation");
    add_uri(cJSON_AddObjectToObject(physical, "artifactLocation"), from.source->path);
    cJSON *region = cJSON_AddObjectToObject(physical, "region");
    cJSON_AddNumberToObject(region, "startLine", from.line);
    cJSON_AddNumberToObject(region, "startColumn", from.column);
    cJSON_AddNumberToObject(region, "endLine", to.line);
    cJSON_AddNumberToObject(region, "endColumn", to.column);
    return location;
}

/* SARIF has no field for help, so it follows the message on a line of its own. */
static void add_result_message(cJSON *result, const struct diag *diag)
{
    struct bytes whole = { 0 };
    diag_clean(&whole, diag->message, strlen(diag->message));
    if (diag->help) {
        bytes_add_text(&whole, "\nhelp: ");
        diag_clean(&whole, diag->help, strlen(diag->help));
    }
    cJSON *message = cJSON_AddObjectToObject(result, "message");
    cJSON_AddStringToObject(message, "text", bytes_text(&whole));
    bytes_release(&whole);
}

static cJSON *sarif_result(const struct diag *diag, struct sources *sources,
                           struct diag_style style)
{
    cJSON *result = cJSON_CreateObject();
    cJSON_AddStringToObject(result, "ruleId", diag_code_name(diag->code));
    cJSON_AddNumberToObject(result, "ruleIndex", diag->code);
    cJSON_AddStringToObject(result, "level", diag_severity_name(diag, style));
    add_result_message(result, diag);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(result, "locations"),
                         sarif_location(sources, diag->span));
    if (!diag->notes)
        return result;
    cJSON *related = cJSON_AddArrayToObject(result, "relatedLocations");
    for (const struct diag_note *note = diag->notes; note; note = note->next) {
        cJSON *location = sarif_location(sources, note->span);
        add_message(location, "message", note->message);
        cJSON_AddItemToArray(related, location);
    }
    return result;
}

static void add_rules(cJSON *driver)
{
    cJSON *rules = cJSON_AddArrayToObject(driver, "rules");
    for (enum diag_code code = 0; code < DIAG_CODES; code++) {
        cJSON *rule = cJSON_CreateObject();
        cJSON_AddStringToObject(rule, "id", diag_code_name(code));
        add_message(rule, "shortDescription", diag_title(code));
        cJSON *full = cJSON_AddObjectToObject(rule, "fullDescription");
        cJSON_AddStringToObject(full, "text", diag_explanation(code));
        cJSON *defaults = cJSON_AddObjectToObject(rule, "defaultConfiguration");
        cJSON_AddStringToObject(defaults, "level",
                                diag_severity(code) == DIAG_ERROR ? "error" : "warning");
        cJSON_AddItemToArray(rules, rule);
    }
}

void diag_print_sarif(const struct diags *d, struct sources *sources, struct diag_style style,
                      FILE *out)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    cJSON_AddStringToObject(root, "version", "2.1.0");
    cJSON *run = cJSON_CreateObject();
    cJSON_AddItemToArray(cJSON_AddArrayToObject(root, "runs"), run);
    cJSON *driver = cJSON_AddObjectToObject(cJSON_AddObjectToObject(run, "tool"), "driver");
    cJSON_AddStringToObject(driver, "name", "flowc");
    add_rules(driver);
    cJSON_AddStringToObject(run, "columnKind", "unicodeCodePoints");
    cJSON *results = cJSON_AddArrayToObject(run, "results");
    for (size_t i = 0; i < d->len; i++)
        cJSON_AddItemToArray(results, sarif_result(d->items[i], sources, style));
    print_and_free(root, out);
}
