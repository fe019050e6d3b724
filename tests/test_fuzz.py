"""Every loader, given thousands of damaged or malicious files: each gives a valid object or a clear ValueError.

No other exception, no crash, no code run, at most 200 MB of memory and 2 s a file. `pytest tests/test_fuzz.py` tries a
sample, `--whole` 10,000 files. File `i` of a loader is always the same; to look at one:

    python tests/test_fuzz.py LOADER i 1          its mutation, what the loader said, and the file in the folder `fuzz`
"""
import io
import json
import os
import pickle
import re
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
import zlib
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from plrnn_manifolds import (DrivenMap, ReLUMap, SampledManifold, find_cycles, load_checkpoint, load_manifold,
                             read_recording, sampled_manifold, stable_manifold, unstable_manifold, verify_certificate)
from plrnn_manifolds.data.recordings import Recording

MEMORY, SECONDS = 200_000_000, 2.0                                  # above the interpreter with the package; of CPU
GROUPS = {                                                          # one process each: files in all, and in `make test`
    "maps": ({"ReLUMap.load": 1600, "DrivenMap.load": 1600, "load_checkpoint_npz": 1200}, 20),
    "manifolds": ({"load_manifold": 1600, "SampledManifold.load": 800}, 20),
    "checkpoints": ({"load_checkpoint_pt": 1600}, 12),
    "certificates": ({"verify_certificate": 1600}, 12),
    "recordings": ({"read_recording_csv": 1000, "read_recording_numpy": 800}, 12),
}


# ---- mutations of bytes --------------------------------------------------------------------------------------------

def some_bytes(rng, n): return rng.integers(256, size=n, dtype=np.uint8).tobytes()
def one(rng, items): return items[int(rng.integers(len(items)))]


def flip(rng, data):
    a = np.frombuffer(data, np.uint8).copy()
    for i in rng.integers(len(a), size=one(rng, [1, 1, 2, 8, 64])): a[i] ^= 1 << rng.integers(8)
    return a.tobytes()


def truncate(rng, data): return data[:int(rng.integers(len(data)))]
def insert(rng, data):
    i = int(rng.integers(len(data) + 1))
    return data[:i] + some_bytes(rng, one(rng, [1, 2, 8, 1000])) + data[i:]
def cut_out(rng, data):
    i = int(rng.integers(len(data)))
    return data[:i] + data[i + one(rng, [1, 2, 8, 100]):]
def overwrite(rng, data):
    i, n = int(rng.integers(len(data))), one(rng, [1, 2, 4, 8, 32])
    return (data[:i] + one(rng, [b"\0", b"\xff", b"\x7f", b"[", b"9"]) * n + data[i + n:])[:len(data)]
def repeat(rng, data):
    i, j = sorted(rng.integers(len(data) + 1, size=2))
    return data[:j] + data[i:j] + data[j:]


BYTES = [flip, flip, truncate, insert, cut_out, overwrite, overwrite, repeat]


def damage(rng, data):
    how = one(rng, BYTES)
    return how.__name__, how(rng, data) if data else some_bytes(rng, 9)


class Payload:
    "Unpickling this makes a folder `marker`: code from the file has run."
    def __init__(self, marker): self.marker = str(marker)
    def __reduce__(self): return os.mkdir, (self.marker,)


# ---- npy and npz ---------------------------------------------------------------------------------------------------

SHAPES = ["({n},)", "(0,)", "()", "(-1,)", "({n}, 0)", "(0, 10**18)", "(1000000000000,)", "(9223372036854775807,)",
          "(1000000, 1000000)", "(4294967296, 4294967296)", "(4611686018427387904, 4)", "(30000000,)", "(True,)",
          "('a',)", "[2, 3]", "2", "None", "(1.0,)", "(" + "1," * 40 + ")", "(1" + "0" * 400 + ",)",
          "(" * 90 + ")" * 90, "((2,),)"]
DESCRS = ["'|O'", "'<f4'", "'>f8'", "'<f8'", "'<f2'", "'<c16'", "'<U10'", "'|S8'", "'|V8'", "'<M8[s]'", "'<m8[D]'",
          "'|b1'", "'<i8'", "'<u1'", "[('a', '<f8')]", "[('a', '|O')]", "'<U99999999'", "'|V2000000000'",
          "'f8,f8'", "'junk'", "''", "10", "None", "[]", "{}", "('<f8', (1000, 1000))", "'<f8'" + " " * 20_000]


MB = 1_000_000
ZEROS = [bytes(MB)] * 300


def npy(header, body, version=1, length=None):
    "An npy file with this text as header, right or not."
    text = header.encode("latin-1") + b" " * (-(len(header) + 11) % 64) + b"\n"
    n = len(text) if length is None else length
    return b"\x93NUMPY" + bytes([version, 0]) + n.to_bytes(2 if version == 1 else 4, "little") + text + body


def header(array, descr=None, shape=None, order="False"):
    return f"{{'descr': {descr or repr(array.dtype.str)}, 'fortran_order': {order}, 'shape': {shape or array.shape}, }}"


def as_npy(array, **kwargs):
    file = io.BytesIO()
    np.save(file, array, **kwargs)
    return file.getvalue()


def wrong_header(rng, a, marker):
    "An npy file whose header does not fit its contents."
    shape = one(rng, SHAPES).format(n=a.size + int(rng.integers(-1, 2)))
    kind = rng.integers(6)
    if kind == 0: return npy(header(a, shape=shape), a.tobytes())
    if kind == 1: return npy(header(a, descr=one(rng, DESCRS)), a.tobytes())
    if kind == 2: return npy(header(a, one(rng, DESCRS), shape, one(rng, ["True", "1", "None"])), a.tobytes())
    if kind == 3: return npy(header(a), a.tobytes(), one(rng, [1, 2, 3, 4, 255]), one(rng, [0, 1, 65535, None]))
    if kind == 4: return npy(header(a), a.tobytes(), 2, 2**32 - 1)
    text = one(rng, ["", "{}", "[" * 5000, "{'descr': '<f8'}", "{" * 5000, header(a) + "#", "9" * 5000, header(a)[:-5],
                     "()", "__import__('os').mkdir(" + repr(str(marker)) + ")",
                     "{'descr': '<f8', 'shape': (3,), 'x': 1}"])
    return npy(text, a.tobytes())


def wrong_values(rng, a):
    "An array like `a` with other numbers, shape or type, and whether no loader may accept it for its weights."
    b, kind = np.array(a), int(rng.integers(9))
    if b.dtype.kind in "US": return np.array(one(rng, ["", "\0", "x" * 1000, "\u2603"])), False
    if kind < 4 and b.size:
        value = one(rng, [np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, 0, -1, 1, 2, 1e9, 2.0**62])
        if b.dtype.kind in "biu" and not abs(value) < 2**31: b = b.astype(float)
        with np.errstate(all="ignore"): b.flat[rng.integers(b.size)] = value
        return b, not np.isfinite(value)
    if kind == 4: return b.astype(complex) + 1j, b.size > 0
    if kind == 5: return b.astype(one(rng, ["f4", "f2", ">f8", "i8", "u1", "?", "U9", "S9", "M8[s]"])), False
    if kind == 6: return b[:len(b) // 2] if b.ndim else b[None], False
    if kind == 7: return one(rng, [b.ravel(), b.T, b[None], b[..., None], b[:0] if b.ndim else b]), False
    return np.concatenate([b, b]) if b.ndim else np.array([b, b]), False


def pack(members, method=zipfile.ZIP_STORED):
    "A zip file of (name, bytes or list of bytes) in this order; names may repeat."
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", method) as z:
        warnings.simplefilter("ignore")                             # duplicate names
        for name, data in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            with z.open(info, "w") as member:
                for part in data if isinstance(data, list) else [data]: member.write(part)
    return file.getvalue()


def unpack(data):
    with zipfile.ZipFile(io.BytesIO(data)) as z: return [(i.filename, z.read(i)) for i in z.infolist()]


NAMES = ["x", "../x.npy", "L.npy", "", "a/b.npy", "meta.npy", "P.npy", "\u2603.npy"]


def wrong_zip(rng, members):
    "Members swapped, lost, renamed, repeated, or not arrays."
    m = list(members)
    i, j = (int(k) for k in rng.integers(len(m), size=2))
    kind = one(rng, ["swap", "lose", "rename", "twice", "damage", "empty", "extra", "stem"])
    if kind == "swap": m[i], m[j] = (m[i][0], m[j][1]), (m[j][0], m[i][1])
    if kind == "lose": del m[i]
    if kind == "rename": m[i] = one(rng, NAMES), m[i][1]
    if kind == "twice": m.append((m[i][0], m[j][1]))
    if kind == "damage": m[i] = m[i][0], damage(rng, m[i][1])[1]
    if kind == "empty": m[i] = m[i][0], b""
    if kind == "extra": m.append((one(rng, ["x.npy", "x", "d/"]), some_bytes(rng, 20)))
    if kind == "stem": m[i] = m[i][0].removesuffix(".npy"), m[i][1]
    return f"members: {kind}", pack(m, one(rng, [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))


def wrong_zip_headers(rng, data):
    "Fields of a zip's local headers (PK34) and directory (PK12) that claim another method, size, offset or encryption."
    a, mark, where = one(rng, [(b"PK\1\2", b"PK\3\4", 0), (b"PK\3\4", b"", 2), (b"PK\5\6", b"", 0)])
    a, data = data.find(a), bytearray(data)
    field, value = one(rng, [(8, b"\1\0"), (10, b"\x63\0"), (10, b"\x0c\0"), (10, b"\x0e\0"), (10, b"\x08\0"),
                             (20, b"\xff\xff\xff\x7f"), (24, b"\xff\xff\xff\x7f"), (24, b"\0\0\0\x20"),
                             (42, b"\0\xff\0\0"), (28, b"\xff\xff"), (6, b"\xff\0"), (16, b"\1\2\3\4")])
    at = a + max(field - where, 4)
    data[at:at + len(value)] = value
    return "zip headers", bytes(data)


def npz_case(rng, base, marker, json_key=None):
    "A mutation of an npz file: what was done, the bytes, whether it must be refused."
    kind, members = int(rng.integers(20)), unpack(base)
    if kind < 5: return *damage(rng, base), False
    if kind < 8: return *wrong_zip(rng, members), False
    if kind == 8: return *wrong_zip_headers(rng, base), False
    i = int(rng.integers(len(members)))
    name, old = members[i]
    a, refuse = np.load(io.BytesIO(old)), False
    if kind == 9:
        new, refuse = as_npy(np.array([Payload(marker)], object), allow_pickle=True), True
        if rng.integers(2):
            new = npy(header(a), b"").replace(repr(a.dtype.str).encode(), b"'|O'") + pickle.dumps(Payload(marker))
        what = f"{name}: object array that runs code"
    elif kind == 10:
        what, new = f"{name}: pickle that runs code", pickle.dumps(Payload(marker))
    elif kind == 11 and json_key:
        i = [n for n, _ in members].index(json_key + ".npy")
        name, old = members[i]
        what, text = wrong_json(rng, json.loads(str(np.load(io.BytesIO(old)))))
        what, new = f"{name}: {what}", as_npy(np.array(text))
    elif kind == 12 and rng.integers(8) == 0:
        members[i] = name, [npy(header(a, "'<f8'", f"({300 * MB // 8},)"), b""), *ZEROS]
        return f"{name}: 300 MB of zeros, compressed", pack(members, zipfile.ZIP_DEFLATED), True
    elif kind < 16: what, new = f"{name}: header", wrong_header(rng, a, marker)
    else:
        b, refuse = wrong_values(rng, a)
        what, new = f"{name}: values {b.dtype} {b.shape}", as_npy(b)
    members[i] = name, new
    return what, pack(members, one(rng, [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])), refuse


# ---- JSON ----------------------------------------------------------------------------------------------------------

ODD = [None, True, False, 0, -1, 1, 10**9, 1.5, -1e308, "", "0", "1", "01" * 1000, "x", "\u2603", "\ud800", "\0",
       [], {}, [[]], [[[]]], ["0"], [["0"]], ["01"], [{}], {"a": 1}, [None], "chaotic", 10**18, -(10**18)]
RAW = ["NaN", "Infinity", "-Infinity", "1" + "0" * 400, "-1" + "0" * 400, "9" * 5000, "1e400", "[" * 200_000,
       "[" * 200_000 + "]" * 200_000, '{"a":' * 100_000, "[" * 900 + "]" * 900, '{"a":' * 900 + "0" + "}" * 900,
       "[NaN]", "[Infinity]", "[[Infinity]]", "[[1" + "0" * 400 + "]]", "0x10", "'a'", "", "undefined", "1.", "[1,]",
       '"\\ud800"', "-", "[" + "0," * 30_000 + "0]", '"' + "0" * 100_000 + '"']


def spots(node, path=()):
    "Paths of all values in a JSON tree."
    yield path
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items: yield from spots(value, path + (key,))


def wrong_json(rng, data):
    "JSON text with one value or key that does not belong there: what was done, and the text."
    data = json.loads(json.dumps(data))
    path = one(rng, list(spots(data)))
    if not path: return "raw JSON", one(rng, RAW)
    node = data
    for key in path[:-1]: node = node[key]
    key, kind = path[-1], one(rng, ["odd", "odd", "raw", "raw", "lose", "twin", "swap", "repeat", "nudge", "rename"])
    what, raw = f"{kind} at {'.'.join(map(str, path))}", None
    if kind == "odd": node[key] = one(rng, ODD)
    elif kind == "raw": raw, node[key] = one(rng, RAW), "@raw@"
    elif kind == "lose": del node[key]
    elif kind == "swap":
        other = one(rng, list(node if isinstance(node, dict) else range(len(node))))
        node[key], node[other] = node[other], node[key]
    elif kind == "repeat":
        node[key] = one(rng, [2, 100, 20_000]) * (node[key] if isinstance(node[key], (list, str)) else [node[key]])
    elif kind == "nudge":
        v = node[key]
        if isinstance(v, bool): node[key] = not v
        elif isinstance(v, (int, float)): node[key] = v + 1 if isinstance(v, int) else v * 1.01 + 0.01
        if isinstance(v, str) and v: node[key] = v.replace(v[0], "1" if v[0] == "0" else "0", 1)
    elif kind == "rename" and isinstance(node, dict): node[str(key) + " "] = node.pop(key)
    text = json.dumps(data)
    if kind == "twin" and isinstance(node, dict):
        pair = json.dumps({key: node[key]})[1:-1]
        text = text.replace(pair, json.dumps({key: one(rng, ODD)})[1:-1] + ", " + pair, 1)
    if raw is not None: text = text.replace('"@raw@"', raw, 1)
    return what + (f" {raw[:20]!r}" if raw is not None else ""), text


def certificate_case(rng, base, marker):
    if rng.integers(4) == 0: return *damage(rng, base), False
    what, text = wrong_json(rng, json.loads(base))
    if rng.integers(3) == 0: text = text + one(rng, ["x", "{}", "\0", " ", "]"])
    elif rng.integers(3):                                           # a forger computes the digest anew
        try:
            data = json.loads(text)
            body = json.dumps({k: v for k, v in data.items() if k != "digest"}, sort_keys=True)
            text, what = text.replace(data["digest"], sha256(body.encode()).hexdigest()), what + ", new digest"
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError): pass
    return what, text.encode(one(rng, ["utf-8"] * 8 + ["utf-8-sig", "utf-16"]), "surrogatepass"), False


# ---- text ----------------------------------------------------------------------------------------------------------

FIELDS = ["nan", "inf", "-inf", "1e400", "9" * 5000, '"', '""', '"1', "0x10", "", " ", "\u00e9", "-", "1,5",
          "1;5", "\0", "\r", "1e-400", "1e308", "[" * 200_000, '"' + "1" * 200_000, '"' + "\n" * 9, "," * 1000, "=1+1",
          "1j", "True", "\u0661"]


HEADS = ["time (s)", "time,time", "time (s),time (s)", "t,V,V", ",", '"time', "V,t (ms)", "\0"]


def text_case(rng, base, marker):
    if rng.integers(3) == 0: return *damage(rng, base), False
    lines = base.decode().splitlines()
    i, mark = int(rng.integers(len(lines))), "," if b"," in base else "\t"
    kind = one(rng, ["field", "field", "field", "lose field", "lose", "twice", "move", "mark", "blank", "head", "rows",
                     "long"])
    row = lines[i].split(mark)
    k, what = int(rng.integers(len(row))), kind
    if kind == "field":
        row[k] = one(rng, FIELDS)
        what = f"line {i}, field {k} is {row[k][:20]!r}"
        lines[i] = mark.join(row)
    if kind == "lose field": lines[i] = mark.join(row[:k] + row[k + 1:])
    if kind == "lose": del lines[i]
    if kind == "twice": lines.insert(i, lines[i])
    if kind == "move": lines.insert(0, lines.pop(i))
    if kind == "mark": lines[i] = lines[i].replace(mark, one(rng, [";", " ", "|", "\t", ","]))
    if kind == "blank": lines.insert(i, one(rng, ["", " ", "#", mark, mark * 3]))
    if kind == "head": lines[0] = one(rng, HEADS)
    if kind == "rows": lines = lines[:one(rng, [0, 1, 2, 3])]
    if kind == "long": lines[i] += mark * 100_000
    end = one(rng, ["\n"] * 6 + ["\r\n", "\r", "\n\n"])
    return what, end.join(lines).encode(one(rng, ["utf-8"] * 8 + ["utf-8-sig", "utf-16", "cp1252"]), "replace"), False


# ---- torch ---------------------------------------------------------------------------------------------------------

def odd_states(torch, H=3):
    "Saved objects that are no proper state dict: (what, object, whether it must be refused)."
    good = {k: torch.ones(*s) for k, s in (("weight_hh_l0", (H, H)), ("bias_hh_l0", (H,)), ("bias_ih_l0", (H,)))}
    put = lambda v, k="weight_hh_l0": {**good, k: v}
    alrnn = dict(A=torch.ones(H), W=torch.ones(H, H), h=torch.ones(H))
    deep = good
    for _ in range(50): deep = {"model": deep}
    counts = -1, 4, 1.5, 1e30, float("nan"), float("inf"), [1, 2], [], 1j
    return [("sparse", put(torch.eye(H).to_sparse()), False), ("complex", put(torch.ones(H, H) * 1j), True),
            ("expanded", put(torch.ones(1, 1).expand(100_000, 100_000)), True),
            ("meta", put(torch.ones(H, H, device="meta")), True),
            ("unused expanded", put(torch.ones(1).expand(10**9), "x"), True), ("int keys", {0: torch.ones(H)}, True),
            ("mixed keys", {**good, 1: torch.ones(2), None: torch.ones(2)}, False), ("deep", deep, True),
            ("list", [1, 2], True), ("empty", {}, True), ("text", "weights", True), ("tensor", torch.ones(3), True),
            ("bool", put(torch.ones(H, H) > 0), False), ("nan", put(torch.full((H, H), torch.nan)), True),
            ("half", put(torch.ones(H, H, dtype=torch.bfloat16)), False), ("scalar", put(torch.tensor(1.0)), True),
            ("grad", put(torch.ones(H, H, requires_grad=True)), False),
            ("no units", {k: v[:0] for k, v in good.items()}, False), ("none", put(None), True),
            ("short bias", put(torch.ones(1), "bias_ih_l0"), True),
            ("quantised", put(torch.quantize_per_tensor(torch.ones(H, H), 0.1, 0, torch.qint8)), False),
            ("large ints", put(torch.full((H, H), 2**62)), False),
            ("conjugate", put(torch.ones(H, H, dtype=torch.cfloat).conj()), True),
            *[(f"P = {p}", dict(alrnn, P=torch.tensor(p)), True) for p in counts],
            ("P is text", dict(alrnn, P="2"), True), ("numbers", put([[1.0] * H] * H), True)]


def torch_bytes(torch, state, legacy=False):
    file = io.BytesIO()
    torch.save(state, file, _use_new_zipfile_serialization=not legacy)
    return file.getvalue()


def torch_case(rng, base, marker):
    import torch
    kind, zipped = int(rng.integers(12)), base[:2] == b"PK"
    if kind < 4: return *damage(rng, base), False
    if kind < 7:
        what, state, refuse = one(rng, odd_states(torch))
        return what, torch_bytes(torch, state, legacy=bool(rng.integers(2)) and what != "meta"), refuse
    if kind == 7:
        return "a pickle that runs code", pickle.dumps(one(rng, [Payload(marker), {"A": Payload(marker)}])), True
    if not zipped: return *damage(rng, base), False
    members = unpack(base)
    at = {n.rsplit("/", 1)[-1]: i for i, (n, _) in enumerate(members)}
    i = at["data.pkl"]
    if kind == 8:
        members[i] = members[i][0], pickle.dumps(Payload(marker))
        return "data.pkl runs code", pack(members), True
    if kind == 9 and rng.integers(4) == 0:
        members = [(n, ZEROS if n.endswith("data/0") else d) for n, d in members]
        return "300 MB of zeros, compressed", pack(members, zipfile.ZIP_DEFLATED), True
    if kind == 9: return *wrong_zip_headers(rng, base), False
    if kind == 10:
        members[i] = members[i][0], damage(rng, members[i][1])[1]
        return "data.pkl damaged", pack(members), False
    return *wrong_zip(rng, members), False


# ---- valid files, loaders, and what a valid object is --------------------------------------------------------------

def fig5():
    meta = dict(dt=0.1, names=["x", "y"])
    return ReLUMap.from_normal_form(-1.77, 0.9, 1.5, 0.75, 0.6, 0.15, (-0.7, -0.4), meta=meta)


def valid_files(target, folder):
    "Small valid files [(suffix, bytes)] of one kind."
    def saved(thing, name="a.npz"):
        thing.save(folder / name)
        return (folder / name).read_bytes()
    f, rng = fig5(), np.random.default_rng(0)
    driven = DrivenMap.of(f, np.eye(2), np.ones((1, 2)), ["left", "right"], ["pA", ""], [1.0, 20.0])
    if target in ("ReLUMap.load", "DrivenMap.load"):
        base = saved(f if target == "ReLUMap.load" else driven)
        return [(".npz", base), (".npz", pack(unpack(base), zipfile.ZIP_DEFLATED))]
    if target == "load_checkpoint_npz":
        rnn = dict(weight_hh_l0=np.eye(3), bias_hh_l0=np.ones(3), bias_ih_l0=np.zeros(3, "f4"),
                   weight_ih_l0=np.ones((3, 2)))
        alrnn = dict(A=np.ones(3), W=np.eye(3), h=np.ones(3), P=np.array(2), C=np.ones((3, 1)))
        files = [pack([(k + ".npy", as_npy(v)) for k, v in w.items()]) for w in (rnn, alrnn)]
        return [(".npz", data) for data in (*files, saved(driven))]
    if target == "load_checkpoint_pt":
        import torch
        torch.manual_seed(0)
        net = torch.nn.ModuleDict(dict(rnn=torch.nn.RNN(2, 3, nonlinearity="relu")))
        state = net.state_dict()
        return [(".pt", torch_bytes(torch, state)), (".pt", torch_bytes(torch, dict(model=state), True))]
    if target in ("load_manifold", "SampledManifold.load"):
        saddle = next(c for c in find_cycles(f) if c.kind == "saddle" and not c.regions.any())
        if target == "load_manifold":
            made = (stable_manifold(f, saddle, depth=4), unstable_manifold(f, saddle, depth=4),
                    stable_manifold(f, saddle, form="lazy"))
        else:
            made = [sampled_manifold(f, saddle, False, method="algorithm3", n_seeds=40, n_steps=4, min_cluster=5,
                                              fit=fit) for fit in ("pca", "kernel")]
        return [(".npz", saved(m)) for m in made]
    if target == "verify_certificate":
        return [(".json", (Path(__file__).parents[1] / "nbs" / "chaos" / "certificates" / "fig5.json").read_bytes())]
    t, x = np.arange(40) / 100, rng.normal(size=(40, 2))
    if target == "read_recording_csv":
        rows = [f"{a:.2f},{b:.4f}" for a, b in zip(t, x[:, 0])]
        return [(".csv", "\n".join(["time (s),V"] + rows).encode()),
                (".txt", "\n".join(f"{a:.3f}\t{b:.3f}" for a, b in x).encode())]
    return [(".npy", as_npy(x)), (".npz", pack([("x.npy", as_npy(x[:, 0])), ("fs.npy", as_npy(np.array(100.0)))]))]


def load(target, path):
    "What a user calls."
    if target == "ReLUMap.load": return ReLUMap.load(path)
    if target == "DrivenMap.load": return DrivenMap.load(path)
    if target in ("load_checkpoint_npz", "load_checkpoint_pt"): return load_checkpoint(path, nonlinearity="relu")
    if target == "load_manifold": return load_manifold(path)
    if target == "SampledManifold.load": return SampledManifold.load(path)
    if target == "verify_certificate": return verify_certificate(path, fig5())
    known = path.suffix == ".csv" or path.suffix == ".npz"          # states its rate, has one signal
    return read_recording(path, **({} if known else dict(column=0, fs=100.0)))


def whole(a, low, high): return np.asarray(a).dtype.kind in "iu" and np.all(a >= low) and np.all(a <= high)


def faults(target, x, data, base):
    "What is wrong with a loaded object, in words; empty if it is valid."
    if target in ("ReLUMap.load", "load_checkpoint_npz", "load_checkpoint_pt"): return map_faults(x)
    if target == "DrivenMap.load": return map_faults(x) if isinstance(x, DrivenMap) else ["no DrivenMap"]
    if target == "load_manifold": return map_faults(x.f) + manifold_faults(x)
    if target == "SampledManifold.load": return sampled_faults(x)
    if target == "verify_certificate": return verification_faults(x, data, base)
    fine = isinstance(x, Recording) and x.x.ndim == 1 and np.isfinite(x.x).all() and np.isfinite(x.fs) and x.fs > 0
    return [] if fine and repr(x) else ["not a recording of finite numbers"]


def map_faults(f):
    M, H = f.dim, f.n_relu
    arrays = [(f.L, (M, M)), (f.U, (M, H)), (f.V, (H, M)), (f.b, (M,)), (f.c, (H,))]
    if isinstance(f, DrivenMap):
        K = f.n_inputs
        arrays += [(f.C, (M, K)), (f.D, (H, K)), (f.scale, (K,))]
        if K == 0 or not (f.scale > 0).all(): return ["inputs or scale"]
        if any(type(x) is not list or len(x) != K or not all(isinstance(t, str) for t in x) for x in (f.names, f.units)):
            return ["names or units"]
    good = all(a.shape == s and a.dtype == float and np.isfinite(a).all() for a, s in arrays)
    meta = isinstance(f.meta, dict) and all(isinstance(k, str) for k in f.meta)
    return [] if good and meta and repr(f) else ["weights or meta"]


def box_faults(box, M):
    good = isinstance(box, np.ndarray) and box.dtype == float and box.shape == (2, M) and np.isfinite(box).all()
    return [] if good and (box[0] < box[1]).all() else ["box is not two finite corners"]


def manifold_faults(m):
    "An explicit manifold is a forest: each piece maps into one of the level below."
    said = m.depth >= 0 and isinstance(m.statement, str) and repr(m)
    out = box_faults(m.box, m.f.dim) + ([] if said else ["depth or statement"])
    if not hasattr(m, "verts"): return out
    n, v, count = len(m.verts), m.verts, m.count
    if v.ndim != 3 or v.dtype != float or v.shape[2] != m.f.dim or not np.isfinite(v).all(): return out + ["verts"]
    if count.shape != (n,) or not whole(count, 2, v.shape[1]) or m.dim == 1 and v.shape[1] < 2: out.append("count")
    if m.level.shape != (n,) or not whole(m.level, 0, np.inf): return out + ["level"]
    if m.stable and m.parent is not None:
        if m.parent.shape != (n,) or not whole(m.parent[m.level > 0], 0, n - 1): return out + ["parent"]
        if (m.level[m.parent[m.level > 0]] != m.level[m.level > 0] - 1).any(): out.append("level of parent")
        if m.regions is None or m.regions.shape != (n, m.f.n_relu) or m.regions.dtype != bool: out.append("regions")
    return out


def sampled_faults(m):
    if not m.pieces or any(type(p).__name__ != "Piece" for p in m.pieces): return ["pieces that could not be fitted"]
    M = m.pieces[0].support.shape[1]
    good = all(p.support.shape[1] == M and np.isfinite(p.support).all() and p.basis.shape == (M, m.dim)
               for p in m.pieces if p.flat)
    if not good or not 1 <= m.dim <= M: return ["support or dimension"]
    if any(np.ndim(p.region) != 1 or np.asarray(p.region).dtype != bool for p in m.pieces): return ["regions"]
    x = m.sample(len(m.pieces))                                     # at least one point a piece
    good = x.shape == (len(m.pieces), M) and np.isfinite(m.distance(x)).all() and repr(m)
    return box_faults(m.box, M) + ([] if good else ["sample"])


def no_twins(pairs):
    if len(dict(pairs)) < len(pairs): raise ValueError("a key twice")
    return dict(pairs)


def close(a, b, name=""):
    "Whether the JSON tree a claims no more than b: the same words, states up to rounding, margins that are not larger."
    if isinstance(a, dict) and isinstance(b, dict):
        return set(a) == set(b) and all(close(a[k], b[k], k) for k in a if k not in ("digest", "bits"))
    if isinstance(a, list) and isinstance(b, list): return len(a) == len(b) and all(close(x, y, name) for x, y in zip(a, b))
    if type(a) is type(b) is float: return 0 < a <= b if name == "margin" else abs(a - b) <= 1.1e-12 * max(abs(b), 1)
    return type(a) is type(b) and a == b


def verification_faults(v, data, base):
    if type(v).__name__ != "Verification": return [f"got a {type(v).__name__}"]
    if not v: return [] if v.reasons and all(isinstance(r, str) for r in v.reasons) else ["not valid without a reason"]
    try: same = close(json.loads(data, object_pairs_hook=no_twins), json.loads(base))
    except ValueError: same = False
    return [] if same else ["an altered certificate is valid"]


# ---- the worker ----------------------------------------------------------------------------------------------------

CASES = {"verify_certificate": certificate_case, "read_recording_csv": text_case, "load_checkpoint_pt": torch_case}


def make(target, i, bases, marker):
    "File i of a loader: what was done to a valid file, suffix, bytes, whether it must be refused, the valid file."
    rng = np.random.default_rng([zlib.crc32(target.encode()), i])
    suffix, base = bases[int(rng.integers(len(bases)))]
    if target in CASES: what, data, refuse = CASES[target](rng, base, marker)
    elif suffix == ".npy":
        a, kind = np.load(io.BytesIO(base)), rng.integers(4)
        if kind == 0: (what, data), refuse = damage(rng, base), False
        elif kind == 1: what, data, refuse = "header", wrong_header(rng, a, marker), False
        elif kind == 2:
            what, data, refuse = "runs code", as_npy(np.array([Payload(marker)], object), allow_pickle=True), True
        else: (a, refuse), what = wrong_values(rng, a), "values"; data = as_npy(a)
    else: what, data, refuse = npz_case(rng, base, marker, "meta" if target in ("ReLUMap.load", "DrivenMap.load") else None)
    # a checkpoint may hold arrays that are not weights, a recording other columns, a manifold numbers in words
    strict = target in ("ReLUMap.load", "DrivenMap.load", "load_checkpoint_pt")
    refuse = refuse and (strict or "runs code" in what or "MB of zeros" in what)
    return what, suffix, data, refuse and "meta.npy" not in what, base


def chain(e):
    while e is not None: yield e; e = e.__cause__ or e.__context__


def verdict(target, path, data, base, refuse):
    "What a loader did wrong with a file, in words; None if nothing."
    tic = time.process_time()
    try: x = load(target, path)
    except ValueError as e:
        if any(isinstance(c, MemoryError) or "allocate memory" in str(c) for c in chain(e)):
            return f"out of memory: {e}"
        if not re.match(r"[A-Za-z]\w*(, \w+|\.\w+|\['\w+'\])*: ", str(e)):
            return f"a ValueError that names no argument: {e}"
    except BaseException as e: return f"{type(e).__name__}: {e}"
    else:
        if refuse: return "accepted"
        try: wrong = faults(target, x, data, base)
        except Exception as e: return f"unusable object: {type(e).__name__}: {e}"
        if wrong: return f"accepted with faults: {', '.join(wrong)}"
    seconds = time.process_time() - tic
    return None if seconds < SECONDS else f"took {seconds:.1f} s"


def limit_memory():
    "From here on, this process may take `MEMORY` more than it has."
    import resource
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, -1))


def work(target, first, n, keep=None):
    "Try files first, .., first + n - 1 of a loader: a line of JSON before each (crashes), and for each that is wrong."
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        folder, marker = Path(folder), Path(folder, "marker")
        bases = valid_files(target, folder)
        for suffix, base in bases:                                  # the valid files are accepted
            path = folder / f"valid{suffix}"
            path.write_bytes(base)
            assert not faults(target, load(target, path), base, base), (target, suffix)
        if keep is None and sys.platform == "linux": limit_memory()
        files = (make(target, i, bases, marker) for i in range(first, first + n))
        for i, (what, suffix, data, refuse, base) in enumerate(files, first):
            path = folder / f"{i}{suffix}"
            path.write_bytes(data)
            print(json.dumps([target, i, what]), flush=True)
            wrong = verdict(target, path, data, base, refuse)
            if marker.exists(): wrong = "code from the file has run"; marker.rmdir()
            if wrong: print(json.dumps([target, i, what, wrong[:300]]), flush=True)
            if keep:
                Path(keep).mkdir(exist_ok=True)
                print(wrong or "fine", "->", path.rename(Path(keep, path.name)))
            else: path.unlink()


def run(targets, share):
    "Failures [loader, i, what, wrong] of a group of loaders, in a process of its own."
    plan = json.dumps([[t, 0, max(1, int(n * share))] for t, n in targets.items()])
    done = subprocess.run([sys.executable, __file__, plan], capture_output=True, text=True,
                          env=dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1"))
    lines = [json.loads(s) for s in done.stdout.splitlines() if s.startswith("[")]
    wrong = [s for s in lines if len(s) == 4]
    if done.returncode:
        last = (lines[-1] if lines else ["start", 0, ""])[:3]
        wrong.append(last + [f"the process ended: {done.stderr[-1500:]}"])
    assert done.returncode or len(lines) - len(wrong) == sum(n for _, _, n in json.loads(plan))
    return wrong


@pytest.mark.parametrize("group", GROUPS)
def test_damaged_files(group, request):
    targets, part = GROUPS[group]
    if group in ("maps", "checkpoints"): pytest.importorskip("torch")
    wrong = run(targets, 1 if request.config.getoption("--whole", False) else part / 100)
    kinds = {}
    for target, i, what, text in wrong:
        kinds.setdefault((target, text.split(":")[0]), []).append(f"{i} ({what}): {text}")
    report = [f"{t}, {k}, {len(v)} files, e.g. {v[0]}" for (t, k), v in kinds.items()]
    assert not report, "\n".join(report)


@pytest.mark.parametrize("change, message", [
    (dict(C=None), r"path: .*f.npz is not a saved DrivenMap: arrays \['C'\] are missing"),
    (dict(scale=None), r"path: .*f.npz is not a saved DrivenMap: arrays \['scale'\] are missing"),
    (dict(C=np.ones((3, 2))), r"C: expected shape \(2, 2\), got \(3, 2\)"),
    (dict(C=np.ones(2)), r"C: expected shape \(any, any\)"), (dict(C=np.ones((2, 0))), "C, D: expected at least one input"),
    (dict(C=np.full((2, 2), np.nan)), "C: expected finite numbers"),
    (dict(D=np.ones((2, 1))), r"D: expected shape \(1, 2\)"), (dict(D=np.array([["a", "b"]])), "D: expected numbers"),
    (dict(scale=np.ones(3)), r"scale: expected shape \(2,\)"), (dict(scale=[1.0, -1.0]), "scale: expected numbers > 0"),
    (dict(scale=[1.0, np.inf]), "scale: expected finite numbers"), (dict(names=[1, 2]), "names: expected 2 strings"),
    (dict(names="left"), "names: expected 2 strings"), (dict(names=["left"]), "names: expected 2 strings"),
    (dict(units=[["pA", "pA"]]), "units: expected 2 strings"), (dict(units=[b"pA", b"pA"]), "units: expected 2 strings"),
    (dict(meta="[1]"), "meta: expected a JSON object")])
def test_wrong_inputs_are_named(change, message, tmp_path):
    "By both loaders that read files of a DrivenMap."
    f = DrivenMap.of(fig5(), np.eye(2), np.ones((1, 2)), ["left", "right"], ["pA", ""], [1.0, 20.0])
    arrays = {k: getattr(f, k) for k in (*"LUVbcCD", "scale", "names", "units")} | dict(meta="{}") | change
    np.savez(tmp_path / "f.npz", **{k: v for k, v in arrays.items() if v is not None})
    for loader in (DrivenMap.load, load_checkpoint):
        with pytest.raises(ValueError, match=message): loader(tmp_path / "f.npz")


def test_a_loader_that_runs_code_is_caught(tmp_path):
    "The marker works: numpy with pickles allowed makes it."
    np.save(tmp_path / "a.npy", np.array([Payload(tmp_path / "marker")], object), allow_pickle=True)
    np.load(tmp_path / "a.npy", allow_pickle=True)
    assert (tmp_path / "marker").is_dir()


if __name__ == "__main__":
    if "load_checkpoint" in sys.argv[1]: import torch               # noqa: F401  before the memory is limited
    if len(sys.argv) == 2:
        for args in json.loads(sys.argv[1]): work(*args)
    else: work(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), "fuzz")
