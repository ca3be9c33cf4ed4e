#include "base/xml.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "base/xml_library.h"

#include <libxml/SAX2.h>
#include <libxml/xmlerror.h>
#include <string.h>

#define MAX_DEPTH 200

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
    const char *refused;
};

static struct reader *reader_of(void *context)
{
    return ((xmlParserCtxtPtr)context)->_private;
}

static void refuse(struct reader *r, const char *why)
{
    if (!r->refused)
        r->refused = why;
    r->xml->xmlStopParser(r->parser);
}

static struct value text_value(const char *p, size_t len)
{
    return value_text(p ? p : "", len);
}

/* Takes both. */
static void add_child(struct reader *r, struct text *key, struct value value)
{
    if (r->len == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 32;
        r->children = mem_resize(r->children, r->cap, sizeof *r->children);
    }
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
    if (r->refused)
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
        object_put(object, key, group);
        return;
    }
    object_put(object, key, value_ref(group.list->items[0]));
    value_unref(group);
}

/* An object of the children. While they are gathered, a member is the index of its name's list.
 * Takes their values. */
static struct value gather(const struct child *children, size_t len)
{
    struct value object = value_object(len);
    struct value *groups = mem_alloc_zeroed(len, sizeof *groups);
    struct text **keys = mem_alloc_zeroed(len, sizeof *keys);
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        const struct value *at = object_find(object.object, children[i].key);
        size_t group = at ? (size_t)at->integer : count;
        if (!at) {
            object_put(&object, children[i].key, value_int((int64_t)count));
            keys[count] = children[i].key;
            groups[count++] = value_list(1);
        }
        list_push(&groups[group], children[i].value);
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
    if (r->refused || r->depth == 0)
        return;
    struct element *e = &r->elements[--r->depth];
    struct value value = close_element(r, e);
    bytes_release(&e->text);
    if (r->depth > 0) {
        add_child(r, e->name, value);
        return;
    }
    r->root = value_object(1);
    object_put(&r->root, e->name, value);
    drop_key(e->name);
}

static xmlEntityPtr find_entity(void *context, const xmlChar *name)
{
    xmlEntityPtr entity = reader_of(context)->xml->xmlGetPredefinedEntity(name);
    if (!entity)
        refuse(reader_of(context), "it uses an entity of its own, which is not read");
    return entity;
}

static void ignore_problem(void *context, xmlErrorPtr error)
{
    (void)context;
    (void)error;
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
}

/* The parser quotes the document in its messages: one line of valid text is what is wanted. */
static void say_why(struct reader *r, struct bytes *why)
{
    const xmlError *error = r->xml->xmlCtxtGetLastError(r->parser);
    int line = error && error->line > 0 ? error->line : 1;
    bytes_printf(why, "its XML is wrong in line %d: ", line);
    const char *text = r->refused                ? r->refused
                       : error && error->message ? error->message
                                                 : "it does not end as it should";
    size_t len = strcspn(text, "\n");
    for (size_t i = 0; i < len; i++)
        bytes_add_char(why, text[i] >= ' ' && text[i] <= '~' ? text[i] : '?');
}

/* Nothing else of the parser's usual handlers is set: no tree is built, no declaration is kept, no
 * external subset is looked at. */
static void set_handlers(xmlSAXHandler *sax)
{
    *sax = (xmlSAXHandler){ .startElement = start_element,
                            .endElement = end_element,
                            .characters = add_text,
                            .cdataBlock = add_text,
                            .getEntity = find_entity,
                            .serror = ignore_problem,
                            .initialized = XML_SAX2_MAGIC };
}

bool xml_read(const char *p, size_t len, struct value *out, struct bytes *why)
{
    *out = value_null();
    if (len > INT32_MAX) {
        bytes_add_text(why, "its XML is longer than 2 GB");
        return false;
    }
    if (len == 0) {
        bytes_add_text(why, "its XML is wrong in line 1: the document is empty");
        return false;
    }
    const struct xml_library *xml = xml_library();
    if (!xml) {
        bytes_add_text(why, "its XML cannot be read: libxml2 is not installed here");
        return false;
    }
    struct reader *r = mem_alloc_zeroed(1, sizeof *r);
    r->xml = xml;
    r->parser = r->xml->xmlCreateMemoryParserCtxt(p, (int)len);
    if (!r->parser)
        mem_exhausted();
    set_handlers(r->parser->sax);
    r->parser->_private = r;
    r->xml->xmlCtxtUseOptions(r->parser, XML_PARSE_NONET | XML_PARSE_SAX1 | XML_PARSE_IGNORE_ENC);
    int result = r->xml->xmlParseDocument(r->parser);
    bool good = result == 0 && r->parser->wellFormed && !r->refused && r->root.tag == VALUE_OBJECT;
    if (good)
        *out = r->root;
    else
        say_why(r, why);
    if (!good)
        value_unref(r->root);
    release(r);
    /* The parser keeps declarations of entities in a document that is not freed with it. */
    r->xml->xmlFreeDoc(r->parser->myDoc);
    r->xml->xmlFreeParserCtxt(r->parser);
    mem_free(r);
    return good;
}
