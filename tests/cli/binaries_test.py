#!/usr/bin/env python3
"""The programs as files: position-independent, read-only after relocation, with a guarded stack; and
no shell is ever started. Reads ELF itself (the generic ABI), so that it needs no tools.
"""

import pathlib
import re
import struct
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib")]

from places import BUILD, FLOWC, FLOWRUN, SOURCE
from tap import add, case, equal, main, skip, true

CONFIGURED = (pathlib.Path(BUILD) / "Makefile").read_text()
ET_DYN, PT_LOAD, PT_DYNAMIC = 3, 1, 2
PT_GNU_STACK, PT_GNU_RELRO = 0x6474E551, 0x6474E552
DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_BIND_NOW, DT_FLAGS, DT_FLAGS_1 = 5, 6, 10, 24, 30, 0x6FFFFFFB
DF_BIND_NOW, DF_1_NOW, DF_1_PIE = 8, 1, 0x08000000


class Elf:
    def __init__(self, path):
        self.data = pathlib.Path(path).read_bytes()
        if self.data[:5] != b"\x7fELF\x02":
            skip(f"{path} is no 64-bit ELF file")
        self.type, = struct.unpack_from("<H", self.data, 16)
        offset, = struct.unpack_from("<Q", self.data, 32)
        size, count = struct.unpack_from("<HH", self.data, 54)
        self.segments = [struct.unpack_from("<IIQQQQQQ", self.data, offset + i * size) for i in range(count)]
        self.dynamic = dict(self._dynamic())

    def segment(self, kind):
        return next((s for s in self.segments if s[0] == kind), None)

    def _dynamic(self):
        _, _, offset, _, _, size, _, _ = self.segment(PT_DYNAMIC)
        for at in range(offset, offset + size, 16):
            yield struct.unpack_from("<qQ", self.data, at)

    def _file_offset(self, address):
        for kind, _, offset, virtual, _, size, _, _ in self.segments:
            if kind == PT_LOAD and virtual <= address < virtual + size:
                return offset + address - virtual
        raise AssertionError(f"no segment holds {address:#x}")

    def names(self):
        """All names that the dynamic linker looks up."""
        start = self._file_offset(self.dynamic[DT_STRTAB])
        return set(self.data[start:start + self.dynamic[DT_STRSZ]].split(b"\0"))


def hardened(path):
    if re.search(r"(?m)^HARDENING = no$", CONFIGURED):
        skip("configured with --disable-hardening")
    elf = Elf(path)
    flags, flags_1 = elf.dynamic.get(DT_FLAGS, 0), elf.dynamic.get(DT_FLAGS_1, 0)
    equal(elf.type, ET_DYN, "its type: position-independent")
    true(flags_1 & DF_1_PIE, "it is not marked as an executable that is position-independent")
    true(elf.segment(PT_GNU_RELRO), "nothing is read-only after relocation")
    true(DT_BIND_NOW in elf.dynamic or flags & DF_BIND_NOW or flags_1 & DF_1_NOW,
         "symbols are looked up late, so the table of them stays writable")
    equal(elf.segment(PT_GNU_STACK)[1] & 1, 0, "the stack may be executed")
    true(b"__stack_chk_fail" in elf.names(), "the stack is not guarded")
    if "_FORTIFY_SOURCE" in CONFIGURED:
        true(any(name.endswith(b"_chk") for name in elf.names()), "no call is fortified")


def shell_less(path):
    for name in (b"system", b"popen", b"wordexp"):
        true(name not in Elf(path).names(), f"it can start a shell: {name.decode()}")


for program in (FLOWC, FLOWRUN):
    name = pathlib.Path(program).name
    add(f"{name} is hardened", hardened, program)
    add(f"{name} starts no shell", shell_less, program)


@case("no source calls a shell")
def _():
    calls = [f"{path.relative_to(SOURCE)}: {found[0]}" for folder in ("compiler", "grammar", "runtime")
             for path in sorted((SOURCE / folder).rglob("*.[chly]"))
             for found in [re.search(r"\b(system|popen)\s*\(", path.read_text())] if found]
    equal(calls, [], "calls")



main()
