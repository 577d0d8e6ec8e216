"""Named arrays as the bytes of a file, and back: HDF5 as Keras lays it out, NumPy's .npz, safetensors.

Reading gives a dict of `Stored` by name: shape and dtype first, so that they are compared with a model before any
values are read. Files are untrusted: nothing is unpickled, links out of the file are refused, and so is what
claims to be far larger than the file that holds it.
"""

import io
import re
from contextlib import contextmanager
from itertools import count, takewhile
from math import prod

import numpy as np

from ...common.budget import spend

EXPANSION = 100  # how many times larger than the file, at most, the arrays in it may be
SLACK = 1 << 20  # bytes that are not counted
ENTRIES = 100_000  # groups and arrays in a file, at most
DEPTH = 32  # of groups in groups
_PACKED = (0, 8)  # the ways to pack a member of a zip file that are accepted: not at all, and deflated


class Stored:
    """An array in a file: its shape and dtype, and how to read it."""

    def __init__(self, shape, dtype, read):
        self.shape, self.dtype, self.read = tuple(shape), np.dtype(dtype), read

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.read(), dtype)

    @property
    def nbytes(self):
        """The bytes of its values."""
        return prod(self.shape) * self.dtype.itemsize


def need(module, extra, purpose):
    """An optional package.

    Raises:
        ImportError: it is not installed; the message has the one command that gets it.
    """
    import importlib

    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        raise ImportError(
            f"{purpose} need {module.partition('.')[0]}, and it is not installed. One command gets it: "
            f'pip install "tinygrad-edu[{extra}]"'
        ) from None


def need_h5py():
    """h5py, for the files of Keras."""
    return need("h5py", "keras", "Files ending in .keras and .h5")


def check_size(stored, size):
    """Refuse arrays that claim more bytes than a file of this size can hold.

    Raises:
        ValueError: they do.
    """
    claimed = sum(array.nbytes for array in stored.values())
    if claimed > EXPANSION * size + SLACK:
        raise ValueError(f"{size} bytes claim to hold arrays of {claimed} bytes")


# -- HDF5 -----------------------------------------------------------------------------------------------------


def write_h5(arrays, names, file):
    """Write arrays by path into a binary file, each group with the name of what it belongs to.

    Args:
        arrays: by path, such as "layers/dense/vars/0".
        names: by the path of a group of arrays, the name of its layer.
        file: a binary file.
    """
    memory = io.BytesIO()
    with need_h5py().File(memory, "w") as h5:
        for path, name in names.items():
            h5.create_group(path).attrs["name"] = name
        for path, array in arrays.items():
            h5[path] = array
    file.write(memory.getbuffer())


class Contents(dict):
    """The arrays of an open HDF5 file by path, and the texts in the attributes of its groups.

    Args:
        h5: the h5py.File.
        file, size: the binary file that it is read from, and its bytes.
    """

    def __init__(self, h5, file, size):
        super().__init__()
        self._h5, self._file, self._size, self._heap = h5, file, size, None

    def has(self, path):
        """True if there is a group or an array of this path."""
        return not path or path in self._h5

    def has_texts(self, group, name):
        """True if there is a group with a list of texts of this name."""
        attributes = self._h5[group or "/"].attrs if self.has(group) else ()
        return name in attributes or f"{name}0" in attributes

    def text(self, group, name):
        """The text in an attribute of a group; None where there is none.

        Raises:
            ValueError: it is no single text, or larger than the budget allows.
        """
        found = self._attribute(group, name)
        if found is None or isinstance(found, str):
            return found
        raise ValueError(f"the attribute {name} should be a text; it is an array of shape {np.shape(found)}")

    def texts(self, group, name):
        """The list of texts in an attribute of a group, which long ones have in parts, `name0`, `name1`, …

        Raises:
            ValueError: it is no list of texts, or larger than the budget allows.
        """
        whole, numbered = self._attribute(group, name), (self._attribute(group, f"{name}{i}") for i in count())
        parts = takewhile(lambda part: part is not None, numbered if whole is None else [whole])
        found = []
        for part in parts:
            if not isinstance(part, list) or not all(isinstance(text, str) for text in part):
                raise ValueError(f"the attribute {name} of {group or 'the file'} should be a list of texts")
            found.extend(part)
        return found

    def _attribute(self, group, name):
        """A text, or a list of texts; None where there is no such attribute."""
        h5py, owner = need_h5py(), self._h5[group] if group else self._h5
        if name not in owner.attrs:
            return None
        entry = owner.attrs.get_id(name)
        text, many = h5py.check_string_dtype(entry.dtype), prod(entry.shape or ())
        if many == 0:
            return []
        if text is None:
            raise ValueError(f"the attribute {name} of {group or 'the file'} should be text")
        each = self._largest_text() if text.length is None else text.length
        spend(meanwhile=many * each)
        value = owner.attrs[name]
        decoded = [part.decode() if isinstance(part, bytes) else part for part in np.ravel(np.array(value, object))]
        spend(sum(map(len, decoded)))
        return decoded[0] if np.ndim(value) == 0 else decoded

    def _largest_text(self):
        """The most bytes that a text of any length can have: those of the largest heap of such texts in the file."""
        if self._heap is None:
            heaps, tail, place = [0], b"", 0
            while place < self._size:
                self._file.seek(place)
                part = self._file.read(_PART)
                if not part:
                    break
                heaps += [int.from_bytes(match[1], "little") for match in _HEAP.finditer(tail + part)]
                tail, place = part[-_HEAP_START:], place + len(part)
            self._heap = max(size for size in heaps if size <= self._size)
        return self._heap


_PART = 1 << 20
_HEAP, _HEAP_START = re.compile(rb"GCOL\x01\0\0\0(.{8})", re.DOTALL), 15  # how a heap of texts begins, and its size


@contextmanager
def open_h5(file, size):
    """The Contents of an HDF5 file. `file` is a binary file of `size` bytes."""
    h5py = need_h5py()
    with h5py.File(file, "r") as h5:
        stored = Contents(h5, file, size)
        _collect_h5(h5py, h5, "", stored, [0])
        check_size(stored, size)
        yield stored


def _collect_h5(h5py, group, path, stored, count):
    if path.count("/") > DEPTH:
        raise ValueError(f"it has groups in groups more than {DEPTH} deep")
    for name in group:
        spend()
        count[0] += 1
        if count[0] > ENTRIES:
            raise ValueError(f"it has more than {ENTRIES} entries")
        if group.get(name, getclass=True, getlink=True) is not h5py.HardLink:
            raise ValueError(f"{path}{name} is a link to another place, which is not followed")
        entry = group[name]
        if isinstance(entry, h5py.Group):
            _collect_h5(h5py, entry, f"{path}{name}/", stored, count)
        elif not isinstance(entry, h5py.Dataset) or entry.external or entry.is_virtual or entry.shape is None:
            raise ValueError(f"{path}{name} is not an array of this file")
        else:
            spend(meanwhile=prod(entry.chunks or (0,)) * entry.dtype.itemsize)  # a chunk is unpacked as a whole
            stored[f"{path}{name}"] = Stored(entry.shape, entry.dtype, lambda entry=entry: entry[()])


# -- .npz -----------------------------------------------------------------------------------------------------


def write_npz(arrays, names, file):
    """Write arrays by path into a binary file, as NumPy's .npz."""
    np.savez(file, **arrays)


@contextmanager
def open_npz(file, size):
    """The arrays of an .npz file by path."""
    from zipfile import ZipFile

    with ZipFile(file) as archive:
        stored = {}
        for info in checked_members(archive):
            if info.filename.endswith(".npy"):
                stored[info.filename.removesuffix(".npy")] = _stored_npy(archive, info)
        check_size(stored, size)
        yield stored


def _stored_npy(archive, info):
    with archive.open(info) as member:
        version = np.lib.format.read_magic(member)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"{info.filename} has a header of version {version}, expected 1 or 2")
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = header(member)
        begin = member.tell()
    if dtype.hasobject or info.file_size != begin + prod(shape) * dtype.itemsize:
        raise ValueError(f"{info.filename} is not an array of numbers that is whole")
    return Stored(shape, dtype, lambda: _read_npy(archive, info))


def _read_npy(archive, info):
    with archive.open(info) as member:
        return np.lib.format.read_array(member, allow_pickle=False)


def checked_members(archive):
    """The members of a zip file that are files, checked.

    Raises:
        ValueError: a name leads out of the archive or stands twice, or a member is locked or packed strangely.
    """
    members = archive.infolist()
    if len(members) > ENTRIES:
        raise ValueError(f"it has more than {ENTRIES} members")
    names = [info.filename for info in members]
    spend(meanwhile=sum(info.file_size for info in members))
    for info in members:
        parts = info.filename.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or ":" in parts[0] or "\\" in info.orig_filename:
            raise ValueError(f"the member {info.filename!r} leads out of the archive")
        if info.flag_bits & 1 or info.compress_type not in _PACKED:
            raise ValueError(f"the member {info.filename!r} is encrypted, or packed in an unusual way")
        if info.file_size > EXPANSION * info.compress_size + SLACK:
            raise ValueError(f"the member {info.filename!r} claims {info.file_size} bytes in {info.compress_size}")
    if len(set(names)) < len(names):
        raise ValueError("it has two members of one name")
    return [info for info in members if not info.is_dir()]


def member_bytes(archive, info):
    """All bytes of a member, never more than it claims."""
    with archive.open(info) as member:
        return member.read()


# -- safetensors ----------------------------------------------------------------------------------------------


def _need_safetensors():
    return need("safetensors.numpy", "safetensors", "Files ending in .safetensors")


def write_safetensors(arrays, names, file):
    """Write arrays by path into a binary file, as safetensors."""
    file.write(_need_safetensors().save({path: np.array(array, order="C") for path, array in arrays.items()}))


@contextmanager
def open_safetensors(file, size):
    """The arrays of a safetensors file by path."""
    spend(2 * size)
    arrays = _need_safetensors().load(file.read())
    yield {path: Stored(array.shape, array.dtype, lambda array=array: array) for path, array in arrays.items()}


# -- which is which -------------------------------------------------------------------------------------------

WRITERS = {".weights.h5": write_h5, ".safetensors": write_safetensors, ".npz": write_npz}


def kind_of(file):
    """The format of a binary file by its first bytes: "h5", "zip", "safetensors", or None."""
    start = file.read(9)
    file.seek(0)
    if start.startswith(b"\x89HDF\r\n\x1a\n"):
        return "h5"
    if start.startswith(b"PK\x03\x04"):
        return "zip"
    return "safetensors" if start[8:] == b"{" else None
