"""Read a zip as far as it can be read: damage costs an entry, not the rest.

zipfile refuses the whole archive for one wrong byte in its directory, or for
one name that is no UTF-8 though it says so.
"""

import contextlib
import io
import struct
import zipfile
from typing import BinaryIO

from mininn.exercises.judge.keys import ExerciseError

LOCAL, CENTRAL, END = b"PK\3\4", b"PK\1\2", b"PK\5\6"
LOCKED, UTF_8 = 0x1, 0x800  # flags of an entry: its data, its name
LOST = "(damaged entry {})/damaged.ipynb"


def opened(file: BinaryIO, name: str) -> zipfile.ZipFile:
    """Return a zip to read, with a new directory if its own is damaged.

    Raises
    ------
    ExerciseError
        When there is no directory at all; it begins with ``name``.
    """
    try:
        archive = zipfile.ZipFile(file)
        if len(archive.infolist()) >= _said(file) and _leads(archive):
            return archive
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        pass  # a name that is no UTF-8 is a ValueError
    try:
        file.seek(0)
        return zipfile.ZipFile(io.BytesIO(mended(file.read())))
    except (zipfile.BadZipFile, ValueError, OSError, struct.error):
        raise ExerciseError(
            f"{name} is damaged: no entry can be read. Download it again."
        ) from None


def _said(file):
    """Return how many entries a zip says it has; 0 where it does not say.

    Raises
    ------
    BadZipFile
        When it has no end, or only a zip that lies in it has one.
    """
    file.seek(max(0, file.seek(0, io.SEEK_END) - 65_557))
    data = file.read()
    end = _end(data)
    if end < 0:
        raise zipfile.BadZipFile("no end")
    (many,) = struct.unpack_from("<H", data, end + 10)
    return many if many < 0xFFFF else 0


def _end(data):
    """Return where the last record of a zip is, or -1.

    After that of a zip that lies in it there are entries.
    """
    end = data.rfind(END)
    whole = end >= 0 and len(data) >= end + 22
    after = max(data.rfind(LOCAL), data.rfind(CENTRAL))
    return end if whole and after < end else -1


def _leads(archive):
    """Whether an entry stands where the directory says, or it is empty."""
    found = archive.infolist()
    for entry in found:
        archive.fp.seek(max(0, entry.header_offset))
        if archive.fp.read(4) == LOCAL and entry.header_offset >= 0:
            return True
    return not found


def name(entry: zipfile.ZipInfo) -> str:
    """Return the name of an entry: UTF-8, said or not, else code page 437.

    Some programs for Windows write the backslash between folders; where it
    would lead upwards it is a letter of the name.
    """
    name = entry.filename
    if not entry.flag_bits & UTF_8:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    parts = name.replace("\\", "/").split("/")
    return name if ".." in parts else "/".join(parts)


def taken(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int
) -> tuple[bytes, str]:
    """Return the first ``most`` bytes of an entry, and what is wrong."""
    if entry.flag_bits & LOCKED:
        return b"", "is locked with a password: hand it in without one."
    try:
        with archive.open(entry) as file:
            return file.read(most), ""
    except Exception:  # whatever a damaged entry raises
        return b"", "is damaged in the zip: it has to be handed in again."


def mended(data: bytes) -> bytes:
    """Return a zip whose directory holds each entry that can be read.

    Names are taken as bytes: the flag that calls them UTF-8 is cleared. An
    entry that is lost gets an empty one in its place, under a name of ours.

    Raises
    ------
    BadZipFile
        When there is none.
    """
    new, end = bytearray(data), _end(data)
    many, size = 0xFFFF, len(data) - data.rfind(END)
    if end >= 0:
        many, size = struct.unpack_from("<HI", data, end + 10)
    else:
        end = len(data)
    records: list[bytes] = []
    at = data.find(CENTRAL, max(0, end - size), end)
    while at >= 0:
        record, after = _record(data, at, end)
        if record:
            records.append(record)
            (local,) = struct.unpack_from("<I", record, 42)
            if data[local : local + 4] == LOCAL:
                _as_bytes(new, local + 6)
        at = data.find(CENTRAL, after, end)
    if not records:
        raise zipfile.BadZipFile("no entry")
    lost = min(many - len(records), _others(data[:end], records))
    whole = io.BytesIO()
    whole.write(new[:end] + b"".join(records))
    n, size = len(records), sum(map(len, records))
    whole.write(struct.pack("<4s4H2IH", END, 0, 0, n, n, size, end, 0))
    with zipfile.ZipFile(whole, "a") as archive:
        for number in range(1, lost + 1):
            archive.writestr(LOST.format(number), b"\0")
    return whole.getvalue()


def _others(data, records):
    """Return how many entries there are that no record tells of.

    What lies in an entry is none: that may be a zip.
    """
    left = bytearray(data)
    for record in records:
        (size,) = struct.unpack_from("<I", record, 20)
        (local,) = struct.unpack_from("<I", record, 42)
        end = min(local + 30 + size, len(left))
        left[local:end] = bytes(max(0, end - local))
    return left.count(LOCAL)


def _as_bytes(header, at):
    """Clear the flag that calls a name UTF-8."""
    (bits,) = struct.unpack_from("<H", header, at)
    struct.pack_into("<H", header, at, bits & ~UTF_8)


def _record(data, at, end):
    """Return an entry of the directory, b"" if it is damaged; and its end.

    It is sound when the entry itself has the same name, or when it ends
    where the next one begins.
    """
    n, *more = struct.unpack_from("<3H", data, at + 28)
    (local,) = struct.unpack_from("<I", data, at + 42)
    name, after = data[at + 46 : at + 46 + n], at + 46 + n + sum(more)
    follows = after == end or data[after : after + 4] == CENTRAL
    own = data[local : local + 4] == LOCAL
    if not follows and not (own and data[local + 30 : local + 30 + n] == name):
        return b"", at + 4
    record = bytearray(data[at : at + 46] + name)
    _as_bytes(record, 8)
    record[6:8] = struct.pack("<H", 20)  # the version that it needs
    record[30:34] = bytes(4)  # neither extra field nor comment
    return bytes(record), after if follows else at + 46
