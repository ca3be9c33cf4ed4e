#include "net/tls_files.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "base/read_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_BYTES (4u << 20) /* the list of authorities of a system takes 0.25 MB */

/* text and also are %s and %t of the wording. Only one problem is kept. Always false. */
static bool refuse(struct tls_files *f, enum failure failure, const char *text, const char *also)
{
    assert(!f->problem);
    f->failure = failure;
    f->problem = failure_text(failure, &(struct failure_facts){ .text = text, .also = also });
    return false;
}

/* Reads to the end of fd, where about `size` bytes are expected: with that room at once, no growing
 * leaves a copy of a key behind. Returns 0 or an errno. */
static int read_bytes(int fd, off_t size, struct bytes *b)
{
    if (size > MOST_BYTES)
        return EFBIG;
    bytes_reserve(b, (size_t)size + READ_FILE_CHUNK);
    return read_file_rest(fd, MOST_BYTES, b);
}

/* Opening a FIFO may block, and opening a device may have effects. So the file is opened with
 * O_NONBLOCK and checked by fstat before it is read. */
static bool read_regular_file(struct tls_files *f, const char *path, struct bytes *b)
{
    struct stat facts;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int error = fd < 0 || fstat(fd, &facts) != 0 ? errno : 0;
    bool is_regular = error == 0 && S_ISREG(facts.st_mode);
    if (is_regular)
        error = read_bytes(fd, facts.st_size, b);
    if (fd >= 0)
        close(fd);
    if (error == EFBIG)
        return refuse(f, FAILURE_TLS_FILE_LARGE, path, NULL);
    if (error != 0)
        return refuse(f, FAILURE_TLS_FILE_UNREADABLE, path, strerror(error));
    return is_regular || refuse(f, FAILURE_TLS_FILE_IRREGULAR, path, NULL);
}

static void erase_bytes(struct bytes *b)
{
    if (b->data)
        explicit_bzero(b->data, b->len);
    bytes_release(b);
}

/* Both binary forms, DER and PKCS#12, begin with a SEQUENCE of ASN.1. */
static bool refuse_content(struct tls_files *f, const struct bytes *b, const char *path,
                           const char *what)
{
    if (b->len > 0 && b->data[0] == '\x30')
        return refuse(f, FAILURE_TLS_FILE_BINARY, path, NULL);
    return refuse(f, FAILURE_TLS_FILE_EMPTY, path, what);
}

static BIO *open_bytes(const struct bytes *b)
{
    BIO *bio = BIO_new_mem_buf(b->len > 0 ? b->data : "", (int)b->len);
    if (!bio)
        mem_exhausted();
    return bio;
}

/* Other objects in the file, such as keys, are skipped. The caller owns the result. */
static STACK_OF(X509) * read_certificates(const struct bytes *b)
{
    STACK_OF(X509) *found = sk_X509_new_null();
    BIO *bio = open_bytes(b);
    STACK_OF(X509_INFO) *parts = PEM_X509_INFO_read_bio(bio, NULL, NULL, NULL);
    for (int i = 0; parts && i < sk_X509_INFO_num(parts); i++) {
        X509 *certificate = sk_X509_INFO_value(parts, i)->x509;
        if (certificate && (!X509_up_ref(certificate) || sk_X509_push(found, certificate) <= 0))
            mem_exhausted();
    }
    sk_X509_INFO_pop_free(parts, X509_INFO_free);
    BIO_free(bio);
    return found;
}

/* Set up as libcurl does it: a certificate of the file is trusted even if its issuer is not in the
 * file. */
static X509_STORE *new_store(STACK_OF(X509) * certificates)
{
    X509_STORE *store = X509_STORE_new();
    if (!store)
        mem_exhausted();
    for (int i = 0; i < sk_X509_num(certificates); i++) {
        if (!X509_STORE_add_cert(store, sk_X509_value(certificates, i)))
            mem_exhausted();
    }
    X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
    return store;
}

static bool read_authorities(struct tls_files *f)
{
    struct bytes b = { 0 };
    bool good = read_regular_file(f, f->settings->ca, &b);
    if (good) {
        STACK_OF(X509) *certificates = read_certificates(&b);
        good =
            sk_X509_num(certificates) > 0 || refuse_content(f, &b, f->settings->ca, "certificate");
        if (good)
            f->authorities = new_store(certificates);
        sk_X509_pop_free(certificates, X509_free);
    }
    bytes_release(&b);
    return good;
}

static bool take_certificates(struct tls_files *f, const struct bytes *b)
{
    f->chain = read_certificates(b);
    f->certificate = sk_X509_shift(f->chain);
    return f->certificate || refuse_content(f, b, f->settings->cert, "certificate");
}

/* The question for a passphrase, which OpenSSL asks while it reads a key. */
struct question {
    const char *passphrase; /* NULL: there is none */
    bool was_asked;
};

static int answer(char *to, int size, int is_writing, void *context)
{
    struct question *q = context;
    size_t len = q->passphrase ? strlen(q->passphrase) : 0;
    assert(!is_writing);
    q->was_asked = true;
    if (!q->passphrase || len > (size_t)size)
        return -1;
    memcpy(to, q->passphrase, len);
    return (int)len;
}

static bool take_key(struct tls_files *f, const struct bytes *b, const char *path)
{
    struct question q = { .passphrase = f->settings->passphrase };
    BIO *bio = open_bytes(b);
    f->private_key = PEM_read_bio_PrivateKey(bio, NULL, answer, &q);
    BIO_free(bio);
    if (f->private_key)
        return true;
    if (!q.was_asked)
        return refuse_content(f, b, path, "private key");
    if (q.passphrase)
        return refuse(f, FAILURE_TLS_PASSPHRASE_WRONG, path, NULL);
    return refuse(f, FAILURE_TLS_PASSPHRASE_MISSING, path, NULL);
}

/* The reason that OpenSSL gave last: "ee key too small". */
static const char *last_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason ? reason : "OpenSSL refuses it";
}

/* Does once what each connection will do, and so finds a key that is too short, for example. */
static bool try_out(struct tls_files *f, const char *key_path)
{
    if (X509_check_private_key(f->certificate, f->private_key) != 1)
        return refuse(f, FAILURE_TLS_KEY_OTHER, key_path, f->settings->cert);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context)
        mem_exhausted();
    bool good = tls_files_use(f, context) ||
                refuse(f, FAILURE_TLS_CERT_REFUSED, f->settings->cert, last_reason());
    SSL_CTX_free(context);
    return good;
}

/* Without `key`, the file of the certificate contains the key, too. */
static void read_pair(struct tls_files *f)
{
    struct bytes cert = { 0 };
    struct bytes key = { 0 };
    const char *key_path = f->settings->key ? f->settings->key : f->settings->cert;
    if (read_regular_file(f, f->settings->cert, &cert) && take_certificates(f, &cert) &&
        (!f->settings->key || read_regular_file(f, f->settings->key, &key)) &&
        take_key(f, f->settings->key ? &key : &cert, key_path))
        try_out(f, key_path);
    erase_bytes(&cert);
    erase_bytes(&key);
}

struct tls_files *tls_files_read(struct tls_settings *settings)
{
    struct tls_files *f = NULL;
    assert(!settings->files);
    if (settings->ca || settings->cert) {
        f = mem_alloc_zeroed(1, sizeof *f);
        f->settings = settings;
        if ((!settings->ca || read_authorities(f)) && settings->cert)
            read_pair(f);
        ERR_clear_error();
    }
    endpoint_erase_passphrase(settings);
    return f;
}

bool tls_files_use(const struct tls_files *f, SSL_CTX *context)
{
    if (f->authorities)
        SSL_CTX_set1_cert_store(context, f->authorities);
    return !f->certificate || (SSL_CTX_use_certificate(context, f->certificate) == 1 &&
                               SSL_CTX_set1_chain(context, f->chain) == 1 &&
                               SSL_CTX_use_PrivateKey(context, f->private_key) == 1);
}

void tls_files_free(struct tls_files *f)
{
    if (!f)
        return;
    mem_free(f->problem);
    X509_STORE_free(f->authorities);
    X509_free(f->certificate);
    sk_X509_pop_free(f->chain, X509_free);
    EVP_PKEY_free(f->private_key);
    mem_free(f);
}
