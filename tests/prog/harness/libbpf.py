# SPDX-License-Identifier: GPL-2.0
"""The few calls of libbpf.so.1 that the tests need."""

import ctypes
import os

from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_uint32, c_uint64, c_void_p

MAP_ARRAY = 2
MAP_LRU_HASH = 9


class test_run_opts(ctypes.Structure):
    _fields_ = [
        ("sz", c_size_t),
        ("data_in", c_void_p),
        ("data_out", c_void_p),
        ("data_size_in", c_uint32),
        ("data_size_out", c_uint32),
        ("ctx_in", c_void_p),
        ("ctx_out", c_void_p),
        ("ctx_size_in", c_uint32),
        ("ctx_size_out", c_uint32),
        ("retval", c_uint32),
        ("repeat", c_int),
        ("duration", c_uint32),
        ("flags", c_uint32),
        ("cpu", c_uint32),
        ("batch_size", c_uint32),
    ]


class map_create_opts(ctypes.Structure):
    _fields_ = [
        ("sz", c_size_t),
        ("btf_fd", c_uint32),
        ("btf_key_type_id", c_uint32),
        ("btf_value_type_id", c_uint32),
        ("btf_vmlinux_value_type_id", c_uint32),
        ("inner_map_fd", c_uint32),
        ("map_flags", c_uint32),
        ("map_extra", c_uint64),
        ("numa_node", c_uint32),
        ("map_ifindex", c_uint32),
    ]


class xdp_md(ctypes.Structure):
    _fields_ = [
        ("data", c_uint32),
        ("data_end", c_uint32),
        ("data_meta", c_uint32),
        ("ingress_ifindex", c_uint32),
        ("rx_queue_index", c_uint32),
        ("egress_ifindex", c_uint32),
    ]


def _declare(lib, name, result, *arguments):
    function = getattr(lib, name)
    function.restype = result
    function.argtypes = arguments


def _load():
    lib = ctypes.CDLL("libbpf.so.1", use_errno=True)
    _declare(lib, "libbpf_set_print", c_void_p, c_void_p)
    _declare(lib, "libbpf_num_possible_cpus", c_int)
    _declare(lib, "bpf_object__open_file", c_void_p, c_char_p, c_void_p)
    _declare(lib, "bpf_object__load", c_int, c_void_p)
    _declare(lib, "bpf_object__close", None, c_void_p)
    _declare(lib, "bpf_object__find_map_by_name", c_void_p, c_void_p, c_char_p)
    _declare(lib, "bpf_object__find_program_by_name", c_void_p, c_void_p, c_char_p)
    _declare(lib, "bpf_object__btf", c_void_p, c_void_p)
    _declare(lib, "btf__fd", c_int, c_void_p)
    _declare(lib, "btf__find_by_name", c_int, c_void_p, c_char_p)
    _declare(lib, "bpf_program__fd", c_int, c_void_p)
    _declare(lib, "bpf_program__set_log_level", c_int, c_void_p, c_uint32)
    _declare(lib, "bpf_program__set_log_buf", c_int, c_void_p, c_void_p, c_size_t)
    for field in ("fd", "key_size", "value_size", "max_entries"):
        _declare(lib, f"bpf_map__{field}", c_int, c_void_p)
    _declare(lib, "bpf_map_update_elem", c_int, c_int, c_void_p, c_void_p, c_uint64)
    _declare(lib, "bpf_map_lookup_elem", c_int, c_int, c_void_p, c_void_p)
    _declare(lib, "bpf_map_delete_elem", c_int, c_int, c_void_p)
    _declare(
        lib,
        "bpf_map_update_batch",
        c_int,
        c_int,
        c_void_p,
        c_void_p,
        POINTER(c_uint32),
        c_void_p,
    )
    _declare(
        lib,
        "bpf_map_create",
        c_int,
        c_int,
        c_char_p,
        c_uint32,
        c_uint32,
        c_uint32,
        c_void_p,
    )
    _declare(lib, "bpf_prog_test_run_opts", c_int, c_int, POINTER(test_run_opts))
    lib.libbpf_set_print(None)
    return lib


lib = _load()


def check(result, what):
    """A negative result becomes an OSError that names what failed."""
    if result is None or result < 0:
        error = ctypes.get_errno() if result is None or result == -1 else -result
        raise OSError(error, f"{what}: {os.strerror(error)}")
    return result


def unusable():
    """Why no BPF test can run here, or None. A program that does not load is not this."""
    if os.geteuid() != 0:
        return "needs root"
    try:
        os.close(create_array("steer_try", 4, 1))
    except OSError as error:
        return f"no BPF here: {error.strerror}"
    return None


def create_map(kind, name, key_bytes, value_bytes, entries, types=None):
    """types: (object, key's type, value's type): kernel 6.1 wants inner maps to have the same."""
    opts = map_create_opts(sz=ctypes.sizeof(map_create_opts))
    if types:
        btf = lib.bpf_object__btf(types[0])
        opts.btf_fd = lib.btf__fd(btf)
        opts.btf_key_type_id = check(lib.btf__find_by_name(btf, types[1].encode()), types[1])
        opts.btf_value_type_id = check(lib.btf__find_by_name(btf, types[2].encode()), types[2])
    fd = lib.bpf_map_create(kind, name.encode(), key_bytes, value_bytes, entries, byref(opts))
    return check(fd, f"map {name}")


def create_array(name, value_bytes, entries, types=None):
    return create_map(MAP_ARRAY, name, 4, value_bytes, entries, types)


def update(fd, key, value, what):
    check(lib.bpf_map_update_elem(fd, key, value, 0), what)


def lookup(fd, key, size, what):
    value = ctypes.create_string_buffer(size)
    check(lib.bpf_map_lookup_elem(fd, key, value), what)
    return value.raw


def find(fd, key, size):
    """The value, or None."""
    value = ctypes.create_string_buffer(size)
    return value.raw if lib.bpf_map_lookup_elem(fd, key, value) == 0 else None


def delete(fd, key, what):
    check(lib.bpf_map_delete_elem(fd, key), what)


def fill_array(fd, values, entries, what):
    """All elements of an array map in one call."""
    keys = (c_uint32 * entries)(*range(entries))
    count = c_uint32(entries)
    check(lib.bpf_map_update_batch(fd, keys, values, byref(count), None), what)


def metadata_limit():
    """How many bytes of metadata a packet may have (kernel 6.6: 256 minus what it needs itself)."""
    version = tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2])
    return 252 if version >= (6, 6) else 32


# Kept: a packet test is mostly this call.
_out = ctypes.create_string_buffer(8192)
_opts = test_run_opts(sz=ctypes.sizeof(test_run_opts), repeat=1)


def test_run(fd, frame, metadata=b""):
    """
    Runs one frame, returns (action, metadata and frame); metadata is what a driver puts in front.
    """
    data = metadata + frame
    ctx = xdp_md(data=len(metadata), data_end=len(data))
    _opts.data_in = ctypes.cast(c_char_p(data), c_void_p)
    _opts.data_size_in = len(data)
    _opts.data_out = ctypes.addressof(_out)
    _opts.data_size_out = len(_out)
    _opts.ctx_in = ctypes.addressof(ctx) if metadata else None
    _opts.ctx_size_in = ctypes.sizeof(ctx) if metadata else 0
    check(lib.bpf_prog_test_run_opts(fd, byref(_opts)), f"test run of {len(frame)} bytes")
    return _opts.retval, ctypes.string_at(_out, _opts.data_size_out)
