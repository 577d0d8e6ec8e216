"""Submissions that cheat or do harm: each is a file for the exercise `parabola` whose own answers are all wrong.

A file that reaches what it should not raises an error that says `GAINED`. Most of them first take the friendly audit
hook of the student's process away, so that only the kernel is left in the way. They harm nothing where they succeed:
signals are ones that are ignored, and only files that the test made are written.

The kinds come from graders that were opened this way: CVEs and write-ups of online judges and autograders (reading the
solutions, patching the comparison, killing the grader, fork bombs, writing to the answer's descriptor, huge and odd
answers), from the list of system calls, and from what Python's own modules can do without an import of `os`.
"""

import json
import textwrap

WRONG = "def derivative(x):\n    return x / 7 + 1\n"

# Takes the audit hook away: its closure is found among all objects, and its code replaced.
DISARM = """
import gc, types
for _f in gc.get_objects():
    if isinstance(_f, types.FunctionType) and _f.__name__ == "hook" and _f.__closure__:
        _names = ", ".join(_f.__code__.co_freevars)
        _space = {}
        exec(f"def outer({_names}):\\n def hook(*a):\\n  return None if True else ({_names},)\\n return hook", _space)
        _f.__code__ = _space["outer"](*[None] * len(_f.__closure__)).__code__
"""

# What attempts share: C's own functions, and whether a system call came through to the kernel.
TOOLS = """
import errno, os, sys
def gained(what=""):
    return SystemError(f"GAINED {what!r}"[:200])
def libc():
    import ctypes
    return ctypes.CDLL(None, use_errno=True)
def reaches(number, *arguments):
    import ctypes
    call = libc().syscall
    result = call(ctypes.c_long(number), *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    return result >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.EACCES, errno.ENOSYS)
"""


def attempt(code, armed=False):
    """A file that tries something before its function is asked for; what `found` ends as was gained."""
    body = textwrap.indent(textwrap.dedent(code).strip(), "    ")
    return (
        f"{'' if armed else DISARM}{TOOLS}\nfound = None\ntry:\n{body}\n"
        f"except BaseException:\n    found = None\nif found:\n    raise gained(found)\n{WRONG}"
    )


def inside(code):
    """A file whose function does something whenever it is called."""
    return (
        f"{TOOLS}\ndef derivative(x):\n{textwrap.indent(textwrap.dedent(code).strip(), '    ')}\n    return x / 7 + 1\n"
    )


def writing(line):
    """A file that writes a line to every descriptor that there may be, as its answer."""
    data = line if isinstance(line, bytes) else line.encode()
    return (
        f"{DISARM}\nimport os\nLINE = {data[:2000]!r} + {data[2000:]!r}\n"
        "for i in range(3, 31):\n    try:\n        os.write(i, LINE + b'\\n')\n    except OSError:\n        pass\n"
        + WRONG
    )


def collection(places):
    """Every submission by name, in two parts: one of each kind, and variations of them.

    Args:
        places: paths, by what they are: "secret" (a file that holds GAINED), "room" (the folder of the class),
            "solution" and "check" (of the exercise), "package" (the folder of tinygrad_edu).
    """
    each, more = {}, {}
    for part, groups in ((each, _EACH), (more, _MORE)):
        for group in groups:
            for name, source in group().items():
                for place, path in places.items():
                    source = source.replace(f"<{place}>", str(path))
                if name in each or name in more:
                    raise ValueError(name)
                part[name] = source
    return each, more


# -- reading ---------------------------------------------------------------------------------------------


def _reads():
    codes = {
        "open": "found = open('<secret>').read()",
        "os.open": "found = os.read(os.open('<secret>', os.O_RDONLY), 100)",
        "numpy reads": "import numpy as np\nfound = np.fromfile('<secret>', 'u1').tobytes()",
        "libc reads": """
            import ctypes
            found = ctypes.create_string_buffer(100)
            found = found.raw if libc().read(libc().open(b'<secret>', 0), found, 100) > 0 else None""",
        "h5py reads": "import h5py\nfound = h5py.is_hdf5('<secret>') or h5py.File('<secret>h5', 'r').attrs['a']",
        "environment of the parent": "found = b'GAINED' in open(f'/proc/{os.getppid()}/environ', 'rb').read()",
        "own environment": "found = os.environ.get('TEACHER_TOKEN')",
        "memory of the parent": """
            import re
            maps = open(f'/proc/{os.getppid()}/maps').read()
            start = int(re.search(r'([0-9a-f]+)-', maps)[1], 16)
            memory = open(f'/proc/{os.getppid()}/mem', 'rb')
            memory.seek(start)
            found = memory.read(8)""",
        "descriptors of the parent": "found = os.listdir(f'/proc/{os.getppid()}/fd')",
        "link of the parent": "found = os.readlink(f'/proc/{os.getppid()}/cwd')",
        "other students": "found = os.listdir('<room>')",
        "root by proc": "found = open('/proc/self/root<secret>').read()",
        "a link of one's own": "os.symlink('<secret>', 'mine')\nfound = open('mine').read()",
        "the check": "found = open('<check>').read()",
        "passwords": "found = open('/etc/passwd').read()",
        "kernel's log": "found = open('/dev/kmsg').readline()",
    }
    return {f"reads: {name}": attempt(code) for name, code in codes.items()}


def _reads_more():
    codes = {
        "io.FileIO": "import io\nfound = io.FileIO('<secret>').read()",
        "open_code": "import io\nfound = io.open_code('<secret>').read()",
        "loadtxt": "import numpy as np\nfound = np.loadtxt('<secret>', dtype=str)",
        "memmap": "import numpy as np\nfound = np.memmap('<secret>', 'u1', 'r')[:6].tobytes()",
        "mmap": "import mmap\nfound = mmap.mmap(os.open('<secret>', 0), 0, prot=1)[:6]",
        "pathlib": "import pathlib\nfound = pathlib.Path('<secret>').read_text()",
        "linecache": "import linecache\nfound = linecache.getline('<secret>', 1)",
        "tokenize": "import tokenize\nfound = tokenize.open('<secret>').read()",
        "fileinput": "import fileinput\nfound = list(fileinput.input('<secret>'))",
        "codecs": "import codecs\nfound = codecs.open('<secret>').read()",
        "configparser": "import configparser\nfound = configparser.ConfigParser().read('<secret>')",
        "sqlite": "import sqlite3\nfound = sqlite3.connect('file:<secret>db?mode=ro', uri=True).execute('select * from t').fetchall()",
        "zip": "import zipfile\nfound = zipfile.ZipFile('<secret>zip').namelist()",
        "loader": "from importlib.machinery import SourceFileLoader\nfound = SourceFileLoader('s', '<secret>').get_data('<secret>')",
        "a folder's descriptor": "found = os.read(os.open('secret.txt', 0, dir_fd=os.open('<room>/..', 0)), 9)",
        "path from root": "os.chroot('/')\nfound = open('<secret>').read()",
        "chdir": "os.chdir('<room>')\nfound = os.listdir('.')",
        "dots": "found = open('../' * 20 + '<secret>').read()",
        "scandir": "found = [entry.name for entry in os.scandir('<room>')]",
        "glob": "import glob\nfound = glob.glob('<room>/*')",
        "walk": "found = list(os.walk('<room>'))",
        "command of the parent": "found = open(f'/proc/{os.getppid()}/cmdline').read()",
        "environment in proc": "found = b'GAINED' in open('/proc/self/environ', 'rb').read()",
        "environment in C": """
            import ctypes
            libc().getenv.restype = ctypes.c_char_p
            found = libc().getenv(b'TEACHER_TOKEN')""",
        "processes": "found = [p for p in os.listdir('/proc') if p.isdigit()]",
        "own maps": "found = open('/proc/self/maps').read()",
        "mounts": "found = open('/proc/mounts').read()",
        "memory device": "found = os.open('/dev/mem', os.O_RDONLY)",
        "terminal": "found = os.open('/dev/tty', os.O_RDWR)",
        "disks": "found = os.listdir('/dev')",
        "home": "found = os.listdir('/root') + os.listdir('/home')",
        "shared memory folder": "found = os.open('/dev/shm', os.O_RDONLY)",
        "file handle": "found = reaches(304, -1, b'', 0)",
        "openat2": "found = reaches(437, -100, b'<secret>', b'\\0' * 24, 24)",
        "copies out": "import shutil\nfound = shutil.copyfile('<secret>', 'copy')",
        "realpath patched": "os.path.realpath = lambda p, **k: sys.prefix + '/x'\nfound = open('<secret>').read()",
        "watches": "found = reaches(294, 0)",
        "fanotify": "found = reaches(300, 0, 0)",
        "file system": "found = reaches(428, -100, b'/', 0)",
        "mutants": "found = [open('<package>/exercises/' + n) for n in ['tasks/parabola/mutants/sign.py']]",
        "grading code": "found = open('<package>/exercises/judging.py').read()",
        "repository": "found = os.listdir('<package>/../.git') or True",
    }
    return {f"reads: {name}": attempt(code) for name, code in codes.items()} | {
        "reads: armed open": attempt("found = open('<secret>').read()", armed=True),
        "reads: armed realpath": attempt(
            "os.path.realpath = lambda p, **k: sys.prefix + '/x'\nfound = open('<secret>').read()", armed=True
        ),
        "reads: armed h5py": attempt("import h5py\nfound = h5py.File('<secret>h5', 'r').attrs['a']", armed=True),
    }


def _solutions():
    """Files that would get full points with the exercise's own solution."""
    codes = {
        "exec": "exec(open('<solution>').read())",
        "import": "import sys, os\nsys.path.insert(0, os.path.dirname('<solution>'))\nfrom importlib import import_module\n"
        "derivative = import_module('1_formula').derivative",
        "runpy": "import runpy\nderivative = runpy.run_path('<solution>')['derivative']",
    }
    return {f"solution: {name}": f"{DISARM}\n{code}\n" for name, code in codes.items()}


def _solutions_more():
    codes = {
        "spec": "import importlib.util as u\ns = u.spec_from_file_location('s', '<solution>')\nm = u.module_from_spec(s)\n"
        "s.loader.exec_module(m)\nderivative = m.derivative",
        "get_data": "import pkgutil\nexec(pkgutil.get_data('tinygrad_edu', 'exercises/tasks/parabola/solutions/1_formula.py'))",
        "catalogue": "from tinygrad_edu.exercises.catalogue import find\nexec(find('parabola').solutions[0].read_text())",
        "of_file": "from tinygrad_edu.exercises.students import Local\nderivative = Local.of_file('<solution>').derivative",
        "C": "import ctypes\nl = ctypes.CDLL(None)\nb = ctypes.create_string_buffer(9999)\n"
        "n = l.read(l.open(b'<solution>', 0), b, 9999)\nexec(b.raw[:n])",
        "the check's formula": "import re\nexec('def derivative(x):\\n    return ' + re.search(r'compare\\(.*?, \\(x,\\), (.*?),',"
        " open('<check>').read())[1])",
        "resources": "from importlib import resources\nexec((resources.files('tinygrad_edu') / 'exercises' / 'tasks' / 'parabola' / "
        "'solutions' / '1_formula.py').read_text())",
        "relinked": "import os\nos.symlink('<solution>', 's.py')\nexec(open('s.py').read())",
    }
    return {f"solution: {name}": f"{DISARM}\n{code}\n" for name, code in codes.items()} | {
        "solution: armed": "exec(open('<solution>').read())",
        "solution: armed realpath": "import os, sys\nos.path.realpath = lambda p, **k: sys.prefix + '/x'\n"
        "exec(open('<solution>').read())",
        "solution: armed linecache": "import linecache\nexec(''.join(linecache.getlines('<solution>')))",
        "solution: armed import": "import sys, os\nsys.path.insert(0, os.path.dirname('<solution>'))\n"
        "derivative = __import__('1_formula').derivative",
    }


# -- writing ---------------------------------------------------------------------------------------------


def _writes():
    codes = {
        "open": "open('<secret>', 'a').write('x')\nfound = True",
        "removes": "os.remove('<secret>')\nfound = True",
        "empties": "found = os.open('<secret>', os.O_RDONLY | os.O_TRUNC) + 1",
        "h5py": "import h5py\nh5py.File('<room>/../written.h5', 'w').close()\nfound = True",
        "sqlite": "import sqlite3\nc = sqlite3.connect(':memory:')\nc.execute(\"attach '<room>/../written.db' as d\")\n"
        "c.execute('create table d.t (a)')\nfound = True",
        "mkfifo": "os.mkfifo('<room>/../written')\nfound = True",
        "links": "os.symlink('/etc', '<room>/../written')\nfound = True",
        "folder": "os.mkdir('<room>/../written')\nfound = True",
        "shared memory": "import _posixshmem\nfound = _posixshmem.shm_open('/gained', os.O_CREAT | os.O_RDWR) + 1\n"
        "_posixshmem.shm_unlink('/gained')",
        "permissions": "os.chmod('<secret>', 0o644)\nfound = True",
        "times": "os.utime('<secret>')\nfound = True",
        "own folder": "open('file', 'w').write('x' * 10**6)\nfound = True",
        "library": "open(os.path.join(os.path.dirname(os.__file__), 'gained.py'), 'x')\n"
        "os.remove(os.path.join(os.path.dirname(os.__file__), 'gained.py'))\nfound = True",
        "memory file": "found = os.memfd_create('x')",
    }
    return {f"writes: {name}": attempt(code) for name, code in codes.items()}


def _writes_more():
    codes = {
        "save": "import numpy as np\nnp.save('<room>/../written', np.ones(3))\nfound = True",
        "memmap": "import numpy as np\nnp.memmap('<secret>', 'u1', 'r+')[:1] = 7\nfound = True",
        "touch": "import pathlib\npathlib.Path('<room>/../written').touch()\nfound = True",
        "rename": "os.rename('<secret>', '<secret>2')\nos.rename('<secret>2', '<secret>')\nfound = True",
        "hard link": "os.link('<secret>', '<room>/../written')\nfound = True",
        "truncate": "os.truncate('<secret>', 3)\nfound = True",
        "owner": "os.chown('<secret>', 0, 0)\nfound = True",
        "attributes": "os.setxattr('<secret>', 'user.x', b'1')\nfound = True",
        "node": "os.mknod('<room>/../written')\nfound = True",
        "tree": "import shutil\nshutil.rmtree('<room>', ignore_errors=True)\nfound = not os.path.exists('<room>')",
        "temporary": "import tempfile\nfound = tempfile.NamedTemporaryFile(dir='/tmp').name",
        "unnamed": "found = os.open('/tmp', os.O_TMPFILE | os.O_RDWR) + 1",
        "dbm": "import dbm.dumb\ndbm.dumb.open('<room>/../written', 'c').close()\nfound = True",
        "logging": "import logging\nlogging.FileHandler('<room>/../written').close()\nfound = True",
        "zip": "import zipfile\nzipfile.ZipFile('<room>/../written', 'w').close()\nfound = True",
        "C creates": "found = libc().creat(b'<room>/../written', 0o644) + 1",
        "C removes": "found = libc().unlink(b'<secret>') == 0",
        "C renames": "found = libc().rename(b'<secret>', b'<secret>2') == 0\nlibc().rename(b'<secret>2', b'<secret>')",
        "own submission": "open('<room>/honest/parabola.py', 'a').close()\nfound = True",
        "bytecode": "import py_compile\npy_compile.compile('<secret>', '<room>/../written')\nfound = True",
        "shared block": "from multiprocessing import shared_memory\nm = shared_memory.SharedMemory('gained', True, 8)\n"
        "m.unlink()\nfound = True",
        "System V": "found = reaches(29, 0, 4096, 0o1600)",
        "queue": "found = reaches(240, b'gained', 0o102, 0o600, None)",
        "lock": "import fcntl\nfcntl.flock(os.open(os.__file__, 0), fcntl.LOCK_EX)\nfound = True",
        "lease": "import fcntl\nfcntl.fcntl(os.open(os.__file__, 0), fcntl.F_SETLEASE, fcntl.F_RDLCK)\nfound = True",
        "fallocate": "found = reaches(285, -1, 0, 0, 10)",
        "copy range": "found = reaches(326, -1, None, -1, None, 10, 0)",
        "sendfile": "found = reaches(40, -1, -1, None, 10)",
        "splice": "found = reaches(275, -1, None, -1, None, 10, 0)",
        "secret memory": "found = reaches(447, 0)",
        "mount": "found = reaches(165, None, None, None, 0, None)",
        "unmount": "found = reaches(166, None, 0)",
        "root": "found = reaches(161, None)",
        "matplotlib's list": "open(os.path.join(os.environ['MPLCONFIGDIR'], 'fontlist.json'), 'w').write('x')\nfound = True",
    }
    return {f"writes: {name}": attempt(code) for name, code in codes.items()} | {
        "writes: armed h5py": attempt(
            "import h5py\nh5py.File('<room>/../written', 'w').close()\nfound = True", armed=True
        ),
        "writes: armed sqlite": attempt(
            "import sqlite3\nsqlite3.connect('<room>/../written').execute('create table t (a)')\nfound = True",
            armed=True,
        ),
        "writes: armed mkfifo": attempt("os.mkfifo('<room>/../written')\nfound = True", armed=True),
    }


# -- processes, threads, signals, limits -------------------------------------------------------------------


def _processes():
    codes = {
        "fork": "found = os.fork()\nif found == 0:\n    os._exit(0)",
        "exec": "found = reaches(59, b'/nowhere', None, None)",
        "fork_exec": """
            import _posixsubprocess, subprocess
            found = subprocess.Popen(['/bin/true']).pid""",
        "system": "found = os.system('true') == 0",
        "thread": "import threading\nthread = threading.Thread(target=print)\nthread.start()\nthread.join()\nfound = True",
        "outlives": """
            import threading, time
            def on():
                while True:
                    time.sleep(0.1)
            threading.Thread(target=on).start()
            found = True""",
        "kill": "import signal\nos.kill(os.getppid(), signal.SIGURG)\nfound = True",
        "pidfd": "import signal\nsignal.pidfd_send_signal(os.pidfd_open(os.getppid()), signal.SIGURG)\nfound = True",
        "owner of a signal": """
            import fcntl
            fcntl.fcntl(0, fcntl.F_SETOWN, os.getppid())
            found = True""",
        "limits of the parent": "import resource\nfound = resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)",
        "own limits": "import resource\nm = resource.getrlimit(resource.RLIMIT_CPU)[1]\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (m, m))\nfound = True",
        "ptrace": "found = reaches(101, 0x4206, os.getppid(), None, None)",
        "reads memory": "found = reaches(310, os.getppid(), None, 0, None, 0, 0)",
        "takes a descriptor": "found = os.pidfd_open(os.getppid())",
        "priority of the parent": "found = os.setpriority(os.PRIO_PROCESS, os.getppid(), 0) is None",
    }
    return {f"process: {name}": attempt(code) for name, code in codes.items()}


def _processes_more():
    codes = {
        "forkpty": "found = os.forkpty()[0]\nif found == 0:\n    os._exit(0)",
        "vfork": "found = reaches(58)",
        "clone": "found = reaches(56, 17, 0, 0, 0, 0)",
        "clone3": "found = reaches(435, b'\\0' * 64, 64)",
        "execveat": "found = reaches(322, -1, None, None, None, 0)",
        "posix_spawn": "found = os.posix_spawn('/bin/true', ['true'], {})",
        "popen": "found = os.popen('echo hi').read()",
        "run": "import subprocess\nfound = subprocess.run(['echo', 'hi'], capture_output=True).stdout",
        "pty": "import pty\nfound = pty.spawn(['true']) == 0",
        "C system": "found = libc().system(b'true') == 0",
        "C fork": "found = libc().fork()\nif found == 0:\n    os._exit(0)\nfound = found > 0",
        "multiprocessing fork": "import multiprocessing as m\nm.get_context('fork').Process(target=int).start()\nfound = True",
        "multiprocessing spawn": "import multiprocessing as m\nm.get_context('spawn').Process(target=int).start()\nfound = True",
        "pool": "from concurrent.futures import ThreadPoolExecutor\nfound = ThreadPoolExecutor(1).submit(lambda: 1).result()",
        "process pool": "from concurrent.futures import ProcessPoolExecutor\n"
        "found = ProcessPoolExecutor(1).submit(abs, -1).result(5)",
        "low thread": "import _thread, time\n_thread.start_new_thread(print, ())\nfound = True",
        "many threads": "import threading\nthreading.stack_size(32768)\n"
        "for _ in range(2000):\n    threading.Thread(target=input, daemon=True).start()\nfound = True",
        "timer": "import threading\nthreading.Timer(100, print).start()\nfound = True",
        "asyncio": "import asyncio\nfound = asyncio.run(asyncio.sleep(0, 'GAINED'))",
        "executor": "import asyncio\nfound = asyncio.run(asyncio.to_thread(lambda: 1))",
        "kill 0": "os.kill(os.getppid(), 0)\nfound = True",
        "group": "import signal\nos.killpg(os.getpgid(os.getppid()), signal.SIGURG)\nfound = True",
        "tgkill": "found = reaches(234, os.getppid(), os.getppid(), 23)",
        "tkill": "found = reaches(200, os.getppid(), 23)",
        "sigqueue": "found = reaches(129, os.getppid(), 23, b'\\0' * 128)",
        "C kill": "found = libc().kill(os.getppid(), 0) == 0",
        "signal by pipe": "import fcntl\nfcntl.fcntl(1, fcntl.F_SETSIG, 23)\nfound = True",
        "alarm": "import signal\nsignal.setitimer(signal.ITIMER_REAL, 100)\nfound = True",
        "affinity of the parent": "os.sched_setaffinity(os.getppid(), os.sched_getaffinity(0))\nfound = True",
        "scheduler": "found = reaches(144, 0, 0, b'\\0' * 4)",
        "io priority": "found = reaches(251, 1, os.getppid(), 0)",
        "limits of the parent set": "import resource\nn = resource.RLIMIT_NOFILE\n"
        "resource.prlimit(os.getppid(), n, resource.getrlimit(n))\nfound = True",
        "memory without limit": "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))\nfound = True",
        "writes memory": "found = reaches(311, os.getppid(), None, 0, None, 0, 0)",
        "compares": "found = reaches(312, os.getppid(), os.getpid(), 0, 0, 0)",
        "advises": "found = reaches(440, -1, None, 0, 0, 0)",
        "traced": "found = reaches(101, 0, 0, None, None)",
        "group of one's own": "os.setpgid(0, 0)\nfound = True",
        "session": "os.setsid()\nfound = True",
        "nice": "found = os.nice(1)",
        "pipe": "found = os.pipe()",
        "subreaper": "found = reaches(157, 36, 1, 0, 0, 0)",
        "outlives the parent": "found = reaches(157, 1, 0, 0, 0, 0)",
        "dumpable": "found = reaches(157, 4, 1, 0, 0, 0)",
    }
    return {f"process: {name}": attempt(code) for name, code in codes.items()} | {
        "process: armed fork_exec": attempt(
            """
            import _posixsubprocess
            e, d = os.pipe()
            found = _posixsubprocess.fork_exec([b'true'], [b'/bin/true'], True, (d,), None, None, -1, -1, -1, -1, -1, -1, e, d,
                False, False, -1, None, None, None, -1, None, False)""",
            armed=True,
        ),
        "process: armed pidfd": attempt(
            "import signal\nsignal.pidfd_send_signal(os.pidfd_open(os.getppid()), signal.SIGURG)\nfound = True",
            armed=True,
        ),
        "process: armed prlimit": attempt(
            "import resource\nfound = resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)", armed=True
        ),
        "process: armed thread": attempt(
            "import threading\nthreading.Thread(target=print).start()\nfound = True", armed=True
        ),
    }


# -- the network and the kernel --------------------------------------------------------------------------


def _kernel():
    codes = {
        "socket": "import socket\nfound = socket.socket()",
        "socket pair": "import socket\nfound = socket.socketpair()",
        "io_uring": "found = reaches(425, 1, b'\\0' * 120)",
        "userfaultfd": "found = reaches(323, 0)",
        "bpf": "found = reaches(321, 0, None, 0)",
        "namespace": "found = reaches(272, 0x10000000)",
        "keys": "found = reaches(250, 0, -3, 0, 0, 0)",
        "another filter": "found = reaches(317, 1, 0, None)",
        "the other ABI": "found = reaches(0x40000000 + 39)",
        "32-bit call": """
            import ctypes, mmap, platform
            page = mmap.mmap(-1, 4096, prot=7)
            page.write(bytes.fromhex('b814000000cd80c3'))
            found = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()""",
    }
    return {f"kernel: {name}": attempt(code) for name, code in codes.items()}


def _kernel_more():
    numbers = {
        **{"perf_event_open": (298, None, 0, 0, 0, 0), "setns": (308, -1, 0), "syslog": (103, 10, None, 0)},
        **{
            "init_module": (175, None, 0, None),
            "finit_module": (313, -1, None, 0),
            "add_key": (248, None, None, None, 0, 0),
        },
        **{"personality": (135, -1), "setuid": (105, 0), "setgid": (106, 0), "setgroups": (116, 0, None)},
        **{"capset": (126, None, None), "landlock": (444, None, 0, 1), "epoll": (291, 0), "eventfd": (290, 0, 0)},
        **{"timerfd": (283, 1, 0), "signalfd": (289, -1, None, 8, 0), "pkey": (330, 0, 0), "adjtimex": (159, None)},
        **{"ioperm": (173, 0x80, 1, 0), "modify_ldt": (154, 0, None, 0), "quotactl": (179, 0, None, 0, None)},
        **{
            "chroot": (161, None),
            "mlock": (149, None, 0),
            "vmsplice": (278, -1, None, 0, 0),
            "tee": (276, -1, -1, 1, 0),
        },
        **{"io_setup": (206, 1, None), "io_uring_enter": (426, -1, 0, 0, 0, None, 0), "bind": (49, -1, None, 0)},
        **{"connect": (42, -1, None, 0), "sendmsg": (46, -1, None, 0), "accept": (43, -1, None, None), "dup": (32, -1)},
        **{
            "pivot_root": (155, None, None),
            "swapoff": (168, None),
            "arch_prctl": (158, 0x1003, None),
            "set_tid": (218, None),
        },
    }
    codes = {
        "page": "import urllib.request\nfound = urllib.request.urlopen('http://127.0.0.1:9')",
        "unix socket": "import socket\nfound = socket.socket(socket.AF_UNIX)",
        "packets": "import socket\nfound = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
        "netlink": "import socket\nfound = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "names": "import socket\nfound = socket.getaddrinfo('example.org', 80)",
        "server": "import http.server\nfound = http.server.HTTPServer(('', 0), None)",
        "C socket": "found = libc().socket(2, 1, 0) + 1",
        "terminal input": "import fcntl, termios\nfcntl.ioctl(0, termios.TIOCSTI, b'x')\nfound = True",
    }
    return {f"kernel: {name}": attempt(f"found = reaches{call!r}") for name, call in numbers.items()} | {
        f"kernel: {name}": attempt(code) for name, code in codes.items()
    }


# -- failures that are raised or written as if they were the grader's own -----------------------------------


def _failures():
    wrong = "from tinygrad_edu.exercises.failures import Wrong, Stopped\n"
    lines = {
        "a key": {"key": "x"},
        "a key and fields": {"key": "different", "fields": {"received": "1", "expected": "1"}, "printed": ""},
        "language": {"key": "raised", "fields": {"language": "b"}, "printed": ""},
        "no text": {"key": 3, "fields": {}, "printed": ""},
        "objects": {"value": {"array": ["O", [1], "AAAA"]}, "printed": ""},
        "shape": {"value": {"array": ["<f8", [-1, 2**62], ""]}, "printed": ""},
        "asks": {"ask": -1, "arguments": [], "printed": ""},
        "all": {"value": True, "passed": 4, "of": 4, "ok": True, "points": 10, "printed": ""},
    }
    texts = {"deep": "[" * 10**5, "long": "x" * 3 * 10**6, "nothing": "", "binary": b"\xff\xfe\x00"}
    found = {f"line: {name}": writing(json.dumps(line)) for name, line in lines.items()}
    return {
        **found,
        **{f"line: {name}": writing(text) for name, text in texts.items()},
        "wrong: fields": inside(f"{wrong}error = Wrong('a')\nerror.fields = {{'language': 'b'}}\nraise error"),
        "wrong: key at import": "class E(Exception):\n    key = 'a'\n    fields = {'key': 'b'}\n"
        f"{wrong}error = Wrong('b')\nerror.fields = {{'key': 'b', 'self': 1, 'own': 2}}\nraise error\n",
        "wrong: long": inside(f"{wrong}raise Wrong('x' * 10**6)"),
        "wrong: stopped": inside(f"{wrong}raise Stopped('raised', error='y' * 10**6, line=10**400)"),
        "error: long": inside("raise ValueError('x' * 10**7)"),
        "error: long name": inside("raise type('N' * 10**6, (Exception,), {})('x')"),
        "error: escapes": inside("raise ValueError('\\x1b]0;GONE\\x07\\x1b[2J\\u202e')"),
    }


def _failures_more():
    wrong = "from tinygrad_edu.exercises.failures import Wrong, Stopped\n"
    raised = {
        "no fields": "error = Wrong('raised')\ndel error.fields\nraise error",
        "fields of objects": "error = Wrong('raised')\nerror.fields = {'line': object()}\nraise error",
        "fields a list": "error = Wrong('raised')\nerror.fields = [1]\nraise error",
        "key of bytes": "error = Wrong('raised')\nerror.key = b'x'\nraise error",
        "nested": "error = Wrong('raised', error={'a': [1] * 10**5})\nraise error",
        "not a number": "raise Wrong('raised', line=float('nan'))",
        "huge line": "raise Wrong('raised', line=10**5000)",
        "refused": "from tinygrad_edu.exercises.failures import Refused\nraise Refused('x' * 10**6, 'y' * 10**6)",
        "refused key": "from tinygrad_edu.exercises.failures import Refused\nraise Refused({}, [])",
        "output": "from tinygrad_edu.exercises.failures import TooMuchOutput\nraise TooMuchOutput",
        "format": "raise Wrong('raised', error='{line.__class__.__mro__} {0} %s')",
    }
    errors = {
        "text raises": "class E(Exception):\n    def __str__(self):\n        raise Wrong('x')\nraise E",
        "text loops": "class E(Exception):\n    def __str__(self):\n        while True:\n            pass\nraise E",
        "group": "raise BaseExceptionGroup('x', [ValueError(i) for i in range(10**4)])",
        "syntax": "error = SyntaxError('x')\nerror.lineno = 'y' * 10**6\nerror.msg = None\nraise error",
        "keyboard": "raise KeyboardInterrupt",
        "generator": "raise GeneratorExit",
        "exit with text": "raise SystemExit('x' * 10**6)",
        "no traceback": "error = ValueError('x')\nerror.__traceback__ = None\nraise error",
        "cause in itself": "error = ValueError('x')\nerror.__cause__ = error\nraise error",
        "surrogates": "raise ValueError('\\ud800' * 1000)",
        "a long line": "raise ValueError('" + "x" * 20_000 + "')",
        "recursion in text": "class E(Exception):\n    def __str__(self):\n        return str(self)\nraise E",
        "name of escapes": "raise type('\\x1b[2J\\n{x}', (Exception,), {})('{line}')",
    }
    lines = {
        "fields no dict": {"key": "raised", "fields": [], "printed": ""},
        "no fields": {"key": "raised", "printed": ""},
        "nested field": {"key": "raised", "fields": {"error": {"a": 1}}, "printed": ""},
        "long field": {"key": "raised", "fields": {"error": "x" * 900_000, "line": 1}, "printed": ""},
        "long key": {"key": "x" * 900_000, "fields": {}, "printed": ""},
        "printed number": {"value": 1.0, "printed": 3},
        "printed long": {"value": 1.0, "printed": "x" * 900_000},
        "two kinds": {"value": {"tuple": [], "dict": []}, "printed": ""},
        "structured": {"value": {"array": ["f8,f8", [1], "AAAA"]}, "printed": ""},
        "text type": {"value": {"array": ["<U9", [1], "AAAA"]}, "printed": ""},
        "odd type": {"value": {"array": ["(", [1], "AAAA"]}, "printed": ""},
        "no base64": {"value": {"array": ["<f8", [1], "ñ"]}, "printed": ""},
        "data a number": {"value": {"array": ["<f8", [1], 7]}, "printed": ""},
        "shape of texts": {"value": {"array": ["<f8", ["1"], "AAAAAAAAAAA="]}, "printed": ""},
        "many axes": {"value": {"array": ["<f8", [1] * 1000, "AAAAAAAAAAA="]}, "printed": ""},
        "unhashable": {"value": {"dict": [[[1], 2]]}, "printed": ""},
        "pairs of three": {"value": {"dict": [[1, 2, 3]]}, "printed": ""},
        "function": {"value": {"function": 0}, "printed": ""},
        "asks a text": {"ask": "x", "arguments": [], "printed": ""},
        "asks half": {"ask": 0.5, "arguments": [], "printed": ""},
        "asks far": {"ask": 10**9, "arguments": [], "printed": ""},
        "asks no list": {"ask": 0, "arguments": 3, "printed": ""},
        "infinite asks": {"ask": 1e400, "arguments": [], "printed": ""},
        "a number": 3,
        "a list": [[]],
        "a text": "x",
        "null": None,
    }
    texts = {
        "many digits": '{"value": ' + "9" * 5000 + ', "printed": ""}',
        "many items": '{"value": [' + "1," * 200_000 + '1], "printed": ""}',
        "many dicts": '{"value": [' + "{}," * 200_000 + '{}], "printed": ""}',
        "deep tuples": '{"value": ' + '{"tuple": [' * 500 + "]}" * 500 + ', "printed": ""}',
        "two keys": '{"value": 1, "value": 2, "printed": "", "key": "ended", "fields": {}}',
        "no end": '{"value": 1, "printed": "',
        "zero byte": b'{"value": 1\x00}',
        "surrogate": '{"value": "\\ud800", "printed": "\\ud800"}',
    }
    return {
        **{f"wrong: {name}": inside(wrong + code) for name, code in raised.items()},
        **{f"error: {name}": inside(wrong + code) for name, code in errors.items()},
        **{f"line: {name}": writing(json.dumps(line)) for name, line in lines.items()},
        **{f"line: {name}": writing(text) for name, text in texts.items()},
        "line: endless": f"{DISARM}\nimport os\nwhile True:\n    for i in range(3, 31):\n        try:\n"
        '            os.write(i, b\'{"ask": 0, "arguments": [], "printed": ""}\\n\')\n        except OSError:\n            pass\n',
        "line: closed": f"{DISARM}\nimport os\nos.closerange(3, 100)\n{WRONG}",
        "line: forged by the sender": "import sys\nfor m in list(sys.modules.values()):\n    if hasattr(m, 'encode') and hasattr(m, 'Tensor'):"
        f"\n        m.encode.__code__ = (lambda *a: {{'value': {{}}}}).__code__\n{WRONG}",
    }


# -- answers and the comparison ---------------------------------------------------------------------------


def _answers():
    patched = {
        "the checks": "import sys\nfor m in list(sys.modules.values()):\n    for name in ('compare', 'judge', 'same', 'gradient', "
        "'check_number'):\n        if hasattr(m, name):\n            setattr(m, name, lambda *a, **k: True)",
        "gradcheck": "import tinygrad_edu as tg\ntg.gradcheck = lambda *a, **k: True",
        "numpy": "import numpy as np\nnp.allclose = np.isclose = np.array_equal = lambda *a, **k: True",
        "its sender": "import tinygrad_edu.exercises.runner as r, sys\nr = sys.modules['__main__']\n"
        "r.encode = lambda value: {'value': True, 'passed': True}",
        "json": 'import json\njson.dumps = lambda *a, **k: \'{"value": true, "ok": true, "printed": ""}\'',
    }
    values = {
        "equal to all": "class R(float):\n    __eq__ = lambda s, o: True\n    __sub__ = __rsub__ = lambda s, o: 0.0\n"
        "    __hash__ = None\ndef derivative(x):\n    return R(7)",
        "frames": "import sys\ndef derivative(x):\n    f = sys._getframe()\n    while f:\n        if 'expected' in f.f_locals:\n"
        "            return f.f_locals['expected']\n        f = f.f_back\n    return 7.0",
        "all objects": "import gc\ndef derivative(x):\n    for o in gc.get_objects():\n        if isinstance(o, dict) and 'expected' in o"
        ":\n            return o['expected']\n    return 7.0",
        "long type": "def derivative(x):\n    return type('N' * 10**6, (), {})()",
        "broadcast": "import numpy as np\ndef derivative(x):\n    return np.broadcast_to(1.0, (10**6, 10**6))",
        "long dict": "def derivative(x):\n    return dict.fromkeys(range(10**6))",
        "in itself": "def derivative(x):\n    a = []\n    a.append(a)\n    return a",
        "Tensor": "import tinygrad_edu as tg\nclass T(tg.Tensor):\n    def numpy(self):\n        return 'x' * 10**6\n"
        "def derivative(x):\n    return T(x)",
        "endless": "import itertools\ndef derivative(x):\n    return itertools.repeat(itertools.count())",
        "signature": "class F:\n    @property\n    def __signature__(self):\n        raise SystemExit\n    def __call__(self, x):\n"
        "        return 7.0\nderivative = F()",
    }
    return {
        **{f"patches: {n}": f"{c}\n{WRONG}" for n, c in patched.items()},
        **{f"answer: {n}": c for n, c in values.items()},
    }


def _answers_more():
    patched = {
        "print": "import builtins\nbuiltins.print = lambda *a: None\nprint('{\"value\": 1}')",
        "exceptions": "import builtins\nbuiltins.AssertionError = builtins.Exception = BaseException",
        "float": "import builtins\nbuiltins.float = builtins.abs = builtins.all = lambda *a: 0",
        "hash": "import builtins\nbuiltins.isinstance = lambda *a: True",
        "getattr": "import sys\nclass M(type(sys)):\n    def __getattr__(self, name):\n        return lambda *a: 7.0\n"
        "sys.modules[__name__].__class__ = M",
        "modules": "import sys\nsys.modules.clear()",
        "student": "import sys\nsys.modules['student'] = None",
        "decoder": "import sys\nfor m in list(sys.modules.values()):\n    if getattr(m, 'decode', 0) and getattr(m, 'encode', 0):\n"
        "        m.decode = lambda *a: [0.0]",
        "its hook": "import sys\nsys.addaudithook = None",
        "exit": "import atexit, os\natexit.register(os._exit, 0)",
        "trace": "import sys\nsys.settrace(lambda f, e, a: f.f_locals.update(expected=7.0))",
        "profile": "import sys\nsys.setprofile(lambda *a: 1 / 0)",
        "recursion limit": "import sys\nsys.setrecursionlimit(10**9)",
        "warnings": "import warnings\nwarnings.simplefilter('error')",
        "numpy errors": "import numpy as np\nnp.seterr(all='raise')",
        "name": "__name__ = '__main__'\n__file__ = '<check>'",
        "defines checks": "def check_number(student):\n    pass\ncheck_zero = check_array = check_gradient = check_number",
    }
    values = {
        "text": "return '1' * 10**7",
        "surrogates": "return '\\ud800'",
        "objects": "import numpy as np\nreturn np.array([object()] * 1000)",
        "structured": "import numpy as np\nreturn np.zeros(3, 'f8,f8')",
        "masked": "import numpy as np\nreturn np.ma.masked_array(7.0, mask=True)",
        "dates": "import numpy as np\nreturn np.datetime64('2020')",
        "texts": "import numpy as np\nreturn np.array(['x' * 10**5])",
        "long double": "import numpy as np\nreturn np.longdouble(7)",
        "complex": "return 7 + 0j",
        "big number": "return 10**5000",
        "nan": "return float('nan')",
        "infinite": "return float('inf')",
        "decimal": "import decimal\nreturn decimal.Decimal('1e999999')",
        "memory view": "return memoryview(bytes(10**6))",
        "class": "return Exception",
        "module": "import sys\nreturn sys",
        "lambda": "return lambda: 7.0",
        "raising generator": "return (1 / 0 for _ in [1])",
        "generator of generators": "return iter(lambda: iter(lambda: 7.0, 0), 0)",
        "odd keys": "return {(): {}, None: [], 1.5: 7}",
        "nested tuples": "a = ()\nfor _ in range(10**5):\n    a = (a,)\nreturn a",
        "many axes": "import numpy as np\nreturn np.ones((1,) * 32)",
        "empty axes": "import numpy as np\nreturn np.ones((0, 10**9))",
        "dict of itself": "d = {}\nd['d'] = d\nreturn d",
        "name of escapes": "return type('\\x1b[2J\\n{call}', (), {})()",
        "list of a class": "class L(list):\n    def __len__(self):\n        return -1\nreturn L([1])",
        "text of a class": "class S(str):\n    pass\nreturn S('7')",
        "int of a class": "class I(int):\n    pass\nreturn I(7)",
        "shrinking list": "class L(list):\n    def __iter__(self):\n        while True:\n            yield 7.0\nreturn L()",
        "many texts": "return ['x' * 9000] * 9000",
    }
    return {
        **{f"patches: {name}": f"{code}\n{WRONG}" for name, code in patched.items()},
        **{f"answer: {n}": f"def derivative(x):\n{textwrap.indent(code, '    ')}\n" for n, code in values.items()},
    }


# -- time, memory, output ---------------------------------------------------------------------------------


def _floods():
    return {
        "flood: sleeps": inside("import time\ntime.sleep(10**6)"),
        "flood: catches all": inside(
            "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
        ),
        "flood: memory": inside("big = bytearray(10**10)"),
        "flood: prints": inside("while True:\n    print('x' * 10**6)"),
        "flood: pattern": inside("import re\nre.match('(a*)*b', 'a' * 50)"),
        "flood: crash": inside(
            "import numpy as np\nnp.lib.stride_tricks.as_strided(np.zeros(1), (10**12,), (8,)).sum()"
        ),
        "flood: parentheses": "x = " + "(" * 10**5 + ")" * 10**5 + "\n" + WRONG,
    }


def _floods_more():
    return {
        "flood: at import": "while True:\n    pass\n",
        "flood: list": inside("a = []\nwhile True:\n    a.append(a * 9)"),
        "flood: array": inside("import numpy as np\nnp.ones(10**10)"),
        "flood: text": inside("'x' * 10**10"),
        "flood: power": inside("10 ** 10 ** 9"),
        "flood: digits": inside("str(10 ** 10**6)"),
        "flood: recursion": inside("return derivative(x)"),
        "flood: writes": inside("import sys\nwhile True:\n    sys.stdout.write('x')\n    sys.stderr.write('y')"),
        "flood: at the end": f"import atexit, time\natexit.register(time.sleep, 10**6)\n{WRONG}",
        "flood: ignores signals": f"import signal, time\nfor s in (1, 2, 15):\n    signal.signal(s, signal.SIG_IGN)\n{WRONG}",
        "flood: minus": "x = " + "-" * 10**5 + "1\n" + WRONG,
        "flood: nested lists": "x = " + "[" * 90 + "]" * 90 + "\n" + WRONG,
        "flood: long file": WRONG + "# " + "x" * 10**6,
        "flood: longer file": WRONG + "# " + "x" * 2 * 10**6,
        "flood: null": WRONG + "\0",
        "flood: other coding": "# -*- coding: utf-7 -*-\n" + WRONG,
        "flood: descriptors": inside("import os\na = []\nwhile True:\n    a.append(open(os.devnull))"),
        "flood: import loop": "import student\n" + WRONG + "student.derivative = student\n",
        "flood: warnings": inside("import warnings\nfor i in range(10**5):\n    warnings.warn(str(i) * 100)"),
    }


_EACH = (_reads, _solutions, _writes, _processes, _kernel, _failures, _answers, _floods)
_MORE = (
    *(_reads_more, _solutions_more, _writes_more, _processes_more, _kernel_more),
    *(_failures_more, _answers_more, _floods_more),
)
