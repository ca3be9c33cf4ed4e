"""Certificates for the tests of TLS, made anew in a folder that goes away with the script, by the
openssl program. Knows nothing of Flow."""

import datetime
import functools
import ssl
import subprocess

from flowtest import scratch

CONFIG = """
[ca]
default_ca = us
[us]
database = {folder}/database
new_certs_dir = {folder}
serial = {folder}/serial
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
"""


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"openssl {arguments[0]}: {done.stderr}")


def stamp(days):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return when.strftime("%Y%m%d%H%M%SZ")


class Pair:
    """A certificate and its key, as files."""

    def __init__(self, cert, key):
        self.cert, self.key = cert, key


class Authority:
    """Signs certificates, as one that everybody trusts, or nobody."""

    def __init__(self, name):
        self.folder = scratch()
        self.config = self.folder / "openssl.cnf"
        self.config.write_text(CONFIG.format(folder=self.folder))
        (self.folder / "database").write_text("")
        (self.folder / "serial").write_text("01\n")
        self.own = self._new_pair("ca")
        openssl("req", "-x509", "-config", self.config, "-key", self.own.key, "-subj", f"/CN={name}",
                "-days", "2", "-addext", "basicConstraints=critical,CA:TRUE", "-out", self.own.cert)

    def _new_pair(self, name):
        pair = Pair(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        openssl("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", pair.key)
        return pair

    def sign(self, name, hosts="IP:127.0.0.1,DNS:localhost", since=-1, until=1):
        """A certificate for hosts, good from `since` to `until` (in days from now)."""
        pair = self._new_pair(name)
        request = self.folder / f"{name}.csr"
        openssl("req", "-new", "-config", self.config, "-key", pair.key, "-subj", f"/CN={name}",
                "-addext", f"subjectAltName={hosts}", "-out", request)
        openssl("ca", "-batch", "-notext", "-config", self.config, "-cert", self.own.cert,
                "-keyfile", self.own.key, "-startdate", stamp(since), "-enddate", stamp(until),
                "-in", request, "-out", pair.cert)
        return pair

    def self_signed(self, name):
        pair = self._new_pair(name)
        openssl("req", "-x509", "-config", self.config, "-key", pair.key, "-subj", f"/CN={name}",
                "-days", "2", "-addext", "subjectAltName=IP:127.0.0.1", "-out", pair.cert)
        return pair


@functools.cache
def authority(name="Flow tests"):
    return Authority(name)


def speaking(pair, clients=None, newest=None):
    """How a server speaks TLS with this certificate: wanting certificates of clients that this
    authority signed, and no version newer than `newest`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    if clients:
        context.load_verify_locations(clients.own.cert)
        context.verify_mode = ssl.CERT_REQUIRED
    if newest:
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        context.minimum_version = context.maximum_version = newest
    return context
