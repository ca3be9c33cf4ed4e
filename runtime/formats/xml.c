#include "formats/xml.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "formats/xml_library.h"
#include "formats/xml_parts.h"

#include <libxml/SAX2.h>
#include <libxml/xmlerror.h>
#include <string.h>

#define MAX_DEPTH 200

/* The time in which libxml2 finds a name grows with the number of names that it knows, and
 * libxml2 compares all names of a list in a declaration with each other. */
#define MAX_NAMES 100000
#define MAX_DECLARATIONS (64u << 10) /* bytes of a document type */

/* A child or an attribute of an element that is being read. */
struct child {
    struct text *key;
    struct value value;
};

/* An element that is being read. Its children are the last ones of reader.children. */
struct element {
    struct text *name;
    size_t first_child;
    struct bytes text;
};

struct reader {
    const struct xml_library *xml;
    xmlParserCtxtPtr parser;
    struct element elements[MAX_DEPTH];
    size_t depth;
    struct child *children;
    size_t len;
    size_t cap;
    struct value root; /* null until the root has ended */
    const char *p;     /* the text that the parser has not received yet */
    const char *end;
    const char *declared; /* the beginning of the document type's declarations; NULL: not in them */
    struct bytes problem; /* the first one; empty: none */
    int line;             /* of it */
};

static struct reader *reader_of(void *context)
{
    return ((xmlParserCtxtPtr)context)->_private;
}

/* The first line of why, which may quote the document. */
static void note_problem(struct reader *r, const char *why, int line)
{
    if (r->problem.len > 0)
        return;
    size_t len = strcspn(why, "\n");
    for (size_t i = 0; i < len; i++)
        bytes_add_char(&r->problem, why[i] >= ' ' && why[i] <= '~' ? why[i] : '?');
    r->line = line > 0 ? line : 1;
}

static void refuse(struct reader *r, const char *why)
{
    note_problem(r, why, r->parser->input ? r->parser->input->line : 1);
}

static void check_bounds(struct reader *r)
{
    if (r->xml->xmlDictSize(r->parser->dict) > MAX_NAMES)
        refuse(r, "it has more than 100,000 different names");
    else if (r->declared && r->p - r->declared > MAX_DECLARATIONS)
        refuse(r, "its document type is longer than 64 KB");
}

/* The parser asks for the next few thousand bytes. After the first problem it gets none: it
 * could go on for an unbounded time, and libxml2 cannot be stopped safely everywhere in another
 * way. */
static int give_more(void *context, char *buffer, int len)
{
    struct reader *r = context;
    size_t left = (size_t)(r->end - r->p);
    size_t given = left < (size_t)len ? left : (size_t)len;
    check_bounds(r);
    if (r->problem.len > 0 || !r->parser->wellFormed)
        return 0;
    memcpy(buffer, r->p, given);
    r->p += given;
    return (int)given;
}

static void begin_declarations(void *context, const xmlChar *name, const xmlChar *external,
                               const xmlChar *system)
{
    (void)name;
    (void)external;
    (void)system;
    reader_of(context)->declared = reader_of(context)->p;
}

static struct value text_value(const char *p, size_t len)
{
    return value_text(p ? p : "", len);
}

/* Takes ownership of both. */
static void add_child(struct reader *r, struct text *key, struct value value)
{
    r->children = mem_grow(r->children, &r->cap, r->len, sizeof *r->children);
    r->children[r->len++] = (struct child){ key, value };
}

static void add_attribute(struct reader *r, const char *name, const char *value)
{
    if (strcmp(name, "xmlns") == 0 || strncmp(name, "xmlns:", 6) == 0)
        return;
    struct bytes key = { 0 };
    bytes_printf(&key, "@%s", name);
    add_child(r, value_text(key.data, key.len).text, value_text(value, strlen(value)));
    bytes_release(&key);
}

static void start_element(void *context, const xmlChar *name, const xmlChar **attributes)
{
    struct reader *r = reader_of(context);
    r->declared = NULL;
    if (r->problem.len > 0)
        return;
    if (r->depth == MAX_DEPTH) {
        refuse(r, "elements are nested more than 200 deep");
        return;
    }
    struct element *e = &r->elements[r->depth++];
    *e = (struct element){ .name = value_text_of((const char *)name).text, .first_child = r->len };
    for (; attributes && attributes[0]; attributes += 2)
        add_attribute(r, (const char *)attributes[0],
                      attributes[1] ? (const char *)attributes[1] : "");
}

static void add_text(void *context, const xmlChar *p, int len)
{
    struct reader *r = reader_of(context);
    if (r->depth > 0)
        bytes_add(&r->elements[r->depth - 1].text, p, (size_t)len);
}

static bool is_blank(const struct bytes *b)
{
    return strspn(bytes_text(b), " \t\r\n") == b->len;
}

/* A list of one item becomes that item. */
static void put_group(struct value *object, struct text *key, struct value group)
{
    if (group.list->len > 1) {
        value_object_put(object, key, group);
        return;
    }
    value_object_put(object, key, value_ref(group.list->items[0]));
    value_unref(group);
}

/* Makes an object of the children and takes ownership of their values. Meanwhile a member is the
 * index of its name's list. */
static struct value gather(const struct child *children, size_t len)
{
    struct value object = value_object(len);
    struct value *groups = mem_alloc_zeroed(len, sizeof *groups);
    struct text **keys = mem_alloc_zeroed(len, sizeof *keys);
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        const struct value *at = value_object_find(object.object, children[i].key);
        size_t group = at ? (size_t)at->integer : count;
        if (!at) {
            value_object_put(&object, children[i].key, value_int((int64_t)count));
            keys[count] = children[i].key;
            groups[count++] = value_list(1);
        }
        value_list_push(&groups[group], children[i].value);
    }
    for (size_t i = 0; i < count; i++)
        put_group(&object, keys[i], groups[i]);
    mem_free(groups);
    mem_free(keys);
    return object;
}

static void drop_key(struct text *key)
{
    value_unref((struct value){ .tag = VALUE_TEXT, .text = key });
}

/* The value of the innermost element, whose children are taken off. */
static struct value close_element(struct reader *r, struct element *e)
{
    size_t len = r->len - e->first_child;
    if (len == 0)
        return text_value(e->text.data, e->text.len);
    if (!is_blank(&e->text))
        add_child(r, value_text_of("#text").text, text_value(e->text.data, e->text.len));
    len = r->len - e->first_child;
    struct value object = gather(r->children + e->first_child, len);
    for (size_t i = e->first_child; i < r->len; i++)
        drop_key(r->children[i].key);
    r->len = e->first_child;
    return object;
}

static void end_element(void *context, const xmlChar *name)
{
    struct reader *r = reader_of(context);
    (void)name;
    if (r->problem.len > 0 || r->depth == 0)
        return;
    struct element *e = &r->elements[--r->depth];
    struct value value = close_element(r, e);
    bytes_release(&e->text);
    if (r->depth > 0) {
        add_child(r, e->name, value);
        return;
    }
    r->root = value_object(1);
    value_object_put(&r->root, e->name, value);
    drop_key(e->name);
}

static xmlEntityPtr find_entity(void *context, const xmlChar *name)
{
    xmlEntityPtr entity = reader_of(context)->xml->xmlGetPredefinedEntity(name);
    if (!entity)
        refuse(reader_of(context), "it uses an entity of its own, which is not read");
    return entity;
}

static void note_error(void *context, const char *message, ...)
{
    struct reader *r = reader_of(context);
    const xmlError *error = r->xml->xmlCtxtGetLastError(context);
    (void)message;
    if (error && error->level == XML_ERR_FATAL)
        note_problem(r, error->message ? error->message : "it is malformed", error->line);
}

static void release(struct reader *r)
{
    for (size_t i = 0; i < r->depth; i++) {
        drop_key(r->elements[i].name);
        bytes_release(&r->elements[i].text);
    }
    for (size_t i = 0; i < r->len; i++) {
        drop_key(r->children[i].key);
        value_unref(r->children[i].value);
    }
    mem_free(r->children);
    bytes_release(&r->problem);
}

/* Sets no other handler of libxml2: it builds no tree, keeps no declaration and reads no
 * external subset. */
static void set_handlers(xmlSAXHandler *sax)
{
    *sax = (xmlSAXHandler){ .startElement = start_element,
                            .endElement = end_element,
                            .characters = add_text,
                            .cdataBlock = add_text,
                            .getEntity = find_entity,
                            .internalSubset = begin_declarations,
                            .error = note_error,
                            .initialized = XML_SAX2_MAGIC };
}

static int line_of(const char *p, size_t at)
{
    int line = 1;
    for (size_t i = 0; i < at; i++)
        line += p[i] == '\n';
    return line;
}

/* Whether the document was read to its end; the caller then owns r->root. */
static bool parse(struct reader *r)
{
    r->parser =
        r->xml->xmlCreateIOParserCtxt(NULL, NULL, give_more, NULL, r, XML_CHAR_ENCODING_UTF8);
    if (!r->parser)
        mem_exhausted();
    set_handlers(r->parser->sax);
    r->parser->_private = r;
    r->xml->xmlCtxtUseOptions(r->parser, XML_PARSE_NONET | XML_PARSE_SAX1 | XML_PARSE_IGNORE_ENC);
    int result = r->xml->xmlParseDocument(r->parser);
    check_bounds(r);
    bool good = result == 0 && r->parser->wellFormed && r->root.tag == VALUE_OBJECT;
    if (!good)
        refuse(r, "it does not end as it should");
    /* The parser keeps declarations of entities in a document that is not freed with it. */
    r->xml->xmlFreeDoc(r->parser->myDoc);
    r->xml->xmlFreeParserCtxt(r->parser);
    return r->problem.len == 0;
}

static bool read_document(const struct xml_library *xml, const char *p, size_t len,
                          struct value *out, struct bytes *why)
{
    struct reader *r = mem_alloc_zeroed(1, sizeof *r);
    r->xml = xml;
    r->p = p;
    r->end = p + len;
    bool good = parse(r);
    if (good) {
        *out = r->root;
    } else {
        bytes_printf(why, "its XML is wrong in line %d: %s", r->line, bytes_text(&r->problem));
        value_unref(r->root);
    }
    release(r);
    mem_free(r);
    return good;
}

bool xml_read(const char *p, size_t len, struct value *out, struct bytes *why)
{
    size_t at = 0;
    *out = value_null();
    if (len > INT32_MAX) {
        bytes_add_text(why, "its XML is longer than 2 GB");
        return false;
    }
    if (len == 0) {
        bytes_add_text(why, "its XML is wrong in line 1: the document is empty");
        return false;
    }
    const char *excess = xml_excess(p, len, &at);
    if (excess) {
        bytes_printf(why, "its XML is wrong in line %d: %s", line_of(p, at), excess);
        return false;
    }
    const struct xml_library *xml = xml_library();
    if (!xml) {
        bytes_add_text(why, "its XML cannot be read: libxml2 is not installed here");
        return false;
    }
    return read_document(xml, p, len, out, why);
}
