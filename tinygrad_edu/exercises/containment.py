"""The kernel's containment of a student's process, set before student code runs and never taken back.

Landlock says which files may be read, seccomp which system calls there are: no writing, no process, no thread, no
signal, no network. Both are part of Linux, need no privileges and hold for whatever runs inside, C included.
What a system lacks is said by `missing`, before anything is graded.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
import sysconfig
from contextlib import suppress
from functools import cache
from pathlib import Path

MEMORY = 2**30  # bytes of address space
MOST_FILES = 256  # open at a time

# -- what may be read ------------------------------------------------------------------------------------

_SYSTEM = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/gnu/store"),
    *("/etc/ld.so.cache", "/usr/share/zoneinfo", "/dev/urandom"),
)


def readable():
    """The folders and files that a student's process may read: Python, its libraries, this package, its own folder."""
    import site

    package = Path(__file__).resolve().parents[1]
    numpy = Path(sys.modules["numpy"].__file__).parents[1] if "numpy" in sys.modules else package
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    libraries = [os.path.join(prefix, name) for prefix in prefixes for name in ("lib", "lib64", "DLLs", "Lib")]
    found = [
        *(sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), *site.getsitepackages()),
        *(site.getusersitepackages(), *libraries, numpy, package, os.getcwd(), *_SYSTEM),
        *os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep),
    ]
    return tuple({os.path.realpath(path) for path in found if path and os.path.exists(path)})


def parts_without(path, private):
    """A folder as those parts of it that hold nothing private, wherever links in it lead.

    Args:
        path: the folder or file.
        private: real paths of folders.

    Returns:
        A set of real paths.
    """
    private = [Path(one) for one in private]
    found, seen, waiting = set(), set(), [path]
    while waiting:
        real = os.path.realpath(waiting.pop())
        if real in seen or any(one == Path(real) or one in Path(real).parents for one in private):
            continue
        seen.add(real)
        if any(Path(real) in one.parents for one in private):
            with suppress(OSError):
                waiting.extend(os.path.join(real, child) for child in os.listdir(real))
        else:
            found.add(real)
    return found


# -- Landlock (Linux 5.13, 2021) -------------------------------------------------------------------------

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every machine
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE, _IOCTL = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}  # by version: how many rights over files it knows
_TRUNCATION = 3  # the first version that knows of it
_NETWORK, _SCOPES = 4, 6  # the first versions that know of TCP, and of signals and abstract sockets


def _system_call(*arguments):
    """A system call's result.

    Raises:
        OSError: it failed.
    """
    library = ctypes.CDLL(None, use_errno=True)
    result = library.syscall(*(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


@cache
def landlock_version():
    """The version of Landlock that this kernel offers; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    try:
        return _system_call(_CREATE_RULESET, None, 0, 1)
    except (OSError, AttributeError):
        return 0


def _restrict_files(private):
    version = landlock_version()
    handled = (1 << max(count for known, count in _RIGHTS.items() if known <= version)) - 1
    fields = [handled, 3, 3][: 1 + (version >= _NETWORK) + (version >= _SCOPES)]
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    rules = _system_call(_CREATE_RULESET, attributes, len(attributes), 0)
    try:
        for root in readable():
            # names may be listed everywhere, as an import does; what is private may not be read
            _allow(rules, root, handled & _READ_DIR)
            for part in parts_without(root, private):
                _allow(rules, part, handled & (_READ_DIR | _READ_FILE))
        _allow(rules, os.devnull, handled & (_READ_FILE | _WRITE_FILE | _TRUNCATE))
        _system_call(_RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _allow(rules, path, rights):
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # it is gone, or a link to nowhere: nothing to allow
        return
    try:
        rights &= -1 if os.path.isdir(path) else _OF_FILES
        if rights:
            _system_call(_ADD_RULE, rules, 1, struct.pack("=Qi", rights, place), 0)
    finally:
        os.close(place)


# -- seccomp (Linux 3.17, 2014) --------------------------------------------------------------------------

# The calls that Python and NumPy need to compute: their numbers on x86_64 and on aarch64, which has fewer.
_CALLS = {
    **{"read": (0, 63), "write": (1, 64), "close": (3, 57), "lseek": (8, 62), "pread64": (17, 67)},
    **{"readv": (19, 65), "writev": (20, 66), "stat": (4, None), "fstat": (5, 80), "lstat": (6, None)},
    **{"newfstatat": (262, 79), "statx": (332, 291), "statfs": (137, 43), "fstatfs": (138, 44)},
    **{"access": (21, None), "faccessat": (269, 48), "faccessat2": (439, 439), "getcwd": (79, 17)},
    **{"readlink": (89, None), "readlinkat": (267, 78), "getdents64": (217, 61), "poll": (7, None)},
    **{"ppoll": (271, 73), "select": (23, None), "pselect6": (270, 72), "mmap": (9, 222), "mprotect": (10, 226)},
    **{"munmap": (11, 215), "brk": (12, 214), "mremap": (25, 216), "madvise": (28, 233), "futex": (202, 98)},
    **{"rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132)},
    **{"restart_syscall": (219, 128), "exit": (60, 93), "exit_group": (231, 94), "sched_yield": (24, 124)},
    **{"nanosleep": (35, 101), "clock_nanosleep": (230, 115), "clock_gettime": (228, 113), "clock_getres": (229, 114)},
    **{"gettimeofday": (96, 169), "time": (201, None), "times": (100, 153), "getrusage": (98, 165)},
    **{"getrlimit": (97, 163), "getrandom": (318, 278), "uname": (63, 160), "sysinfo": (99, 179), "getcpu": (309, 168)},
    **{"getpid": (39, 172), "getppid": (110, 173), "gettid": (186, 178), "getuid": (102, 174), "geteuid": (107, 175)},
    **{"getgid": (104, 176), "getegid": (108, 177), "sched_getaffinity": (204, 123)},
}
_OPEN, _OPENAT = (2, None), (257, 56)
_FCNTL, _IOCTL_CALL, _PRLIMIT, _SECCOMP = (72, 25), (16, 29), (302, 261), (317, 277)

_DUPLICATE, _GET_FLAGS, _CLOSE_ON_EXEC = 0, (1, 2, 3, 4), 1030  # commands of fcntl: none that sets an owner for signals
_OF_IOCTL = (0x5401, 0x5450, 0x5451)  # is it a terminal; close on exec or not

_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # the column above; the name in the kernel
_LOAD, _EQUAL, _LEAST, _BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # instructions of the filter's little machine
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000 | errno.EPERM
_OTHER_ABI = 0x40000000  # x32: other numbers for the same calls


@cache
def offers_seccomp():
    """True where this kernel filters system calls, on a machine whose calls are known here."""
    known = sys.platform == "linux" and platform.machine() in _MACHINES and sys.byteorder == "little"
    if not known or struct.calcsize("P") != 8:
        return False
    column, _ = _MACHINES[platform.machine()]
    try:
        return _system_call(_SECCOMP[column], 2, 0, struct.pack("=I", _KILL)) == 0
    except OSError:
        return False


def filter_of(machine, read_only):
    """The seccomp filter of a machine, as a list of instructions (code, if true, if false, constant).

    Args:
        machine: "x86_64" or "aarch64".
        read_only: refuse every opening that could change a file, where Landlock does not see to it.
    """
    column, name = _MACHINES[machine]
    program = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, name), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    if machine == "x86_64":
        program += [(_LEAST, 0, 1, _OTHER_ABI), (_RETURN, 0, 0, _REFUSE)]
    allow, refuse = (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)
    changing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND if read_only else 0
    wholly = [call[column] for call in _CALLS.values() if call[column] is not None]
    program += [step for number in wholly for step in ((_EQUAL, 0, 1, number), allow)]
    commands = (_DUPLICATE, *_GET_FLAGS, _CLOSE_ON_EXEC)
    partly = {
        _OPEN: [_argument(1), (_BITS, 1, 0, changing), allow, refuse],
        _OPENAT: [_argument(2), (_BITS, 1, 0, changing), allow, refuse],
        _FCNTL: [_argument(1), *_one_of(commands, allow), refuse],
        _IOCTL_CALL: [_argument(1), *_one_of(_OF_IOCTL, allow), refuse],
        # the limits of this process, to read them
        _PRLIMIT: [step for half in (0, 16, 20) for step in (_argument(0, half), (_EQUAL, 1, 0, 0), refuse)] + [allow],
    }
    for call, steps in partly.items():
        if call[column] is not None:
            program += [(_EQUAL, 0, len(steps), call[column]), *steps]
    return [*program, refuse]


def _argument(i, offset=0):
    """Load an argument of the call, its lower half: what the kernel reads of a number."""
    return (_LOAD, 0, 0, 16 + 8 * i + offset)


def _one_of(values, then):
    return [step for value in values for step in ((_EQUAL, 0, 1, value), then)]


def _restrict_calls(read_only):
    program = b"".join(struct.pack("=HBBI", *step) for step in filter_of(platform.machine(), read_only))
    memory = ctypes.create_string_buffer(program)
    described = struct.pack("=H6xQ", len(program) // 8, ctypes.addressof(memory))
    column, _ = _MACHINES[platform.machine()]
    _system_call(_SECCOMP[column], 1, 1, described)  # for every thread of the process


# -- all together ----------------------------------------------------------------------------------------


def missing():
    """The parts that this system cannot contain: "files", "calls", both or nothing, as a tuple."""
    there = {"files": landlock_version() > 0, "calls": offers_seccomp()}
    return tuple(name for name, offered in there.items() if not offered)


def contain(private, seconds):
    """Contain this process from now on, as far as the system can.

    Args:
        private: folders that may not be read, though they lie in readable ones: where the solutions are.
        seconds: of processor time.

    Raises:
        OSError: the system offers a containment and does not set it.
    """
    _limit_resources(seconds)
    lacking = missing()
    if sys.platform == "linux":
        _set_process(1, 9)  # PR_SET_PDEATHSIG: it does not outlive the process that started it
        _set_process(38, 1)  # PR_SET_NO_NEW_PRIVS: what both of the following ask for
    if "files" not in lacking:
        _restrict_files([os.path.realpath(folder) for folder in private])
    if "calls" not in lacking:
        _restrict_calls(read_only=landlock_version() < _TRUNCATION)


def _set_process(option, value):
    if ctypes.CDLL(None, use_errno=True).prctl(option, *map(ctypes.c_ulong, (value, 0, 0, 0))) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _limit_resources(seconds):
    """Limit memory, processor time and files, where the system can."""
    try:
        import resource
    except ImportError:  # Windows: only the time that the check waits is limited
        return
    limits = {
        **{"RLIMIT_AS": MEMORY, "RLIMIT_CPU": int(seconds) + 2, "RLIMIT_NOFILE": MOST_FILES},
        **{"RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0, "RLIMIT_MEMLOCK": 0},
    }
    for name, most in limits.items():
        with suppress(AttributeError, ValueError, OSError):
            kind = getattr(resource, name)
            hard = resource.getrlimit(kind)[1]
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (most, most))
