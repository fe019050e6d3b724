"What is embedded is the original, files are read right or refused with a reason, beats are those of cardiologists."
import hashlib
import sys
import threading
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from plrnn_manifolds.data import embedding, readers
from plrnn_manifolds.data import recordings as R

SHARED = Path(__file__).parents[2] / "shared" / "data"
DATA = Path(R.__file__).parent


@pytest.mark.parametrize("name", ["neuron_B6", "ecg_bitalino", "ecg_mitdb100", "ecg_mitdb208"])
def test_embedded_counts_have_the_stated_hash(name):
    entry = R.provenance()["embedded"][name]
    assert entry["licence"] and entry["origin"] and entry["notes"]
    with np.load(DATA / entry["file"], allow_pickle=False) as z:
        assert set(z.files) == set(entry["sha256"])
        for key in z.files:
            assert hashlib.sha256(z[key].astype("<i2").tobytes()).hexdigest() == entry["sha256"][key]
    assert (DATA / entry["file"]).stat().st_size < 200_000
    assert entry["file"] in (DATA / "LICENSES.txt").read_text(encoding="utf-8")


def test_embedded_recordings_are_the_originals():
    path = SHARED / "neuron_idrest_4kHz.npz"
    if not path.is_file(): pytest.skip("no folder shared/data beside the project")
    with np.load(path) as z:
        for r in R.load_neuron():
            assert abs(r.x - z[f"{r.name}_mV"]).max() < 1e-4        # of steps of 0.03 mV
            assert abs(r.current - z[f"{r.name}_pA"]).max() < 1e-4
    with np.load(SHARED / "ecg_mitdb208_360Hz.npz") as z:
        assert np.allclose(R.load_ecg("mitdb208").x, z["ecg"], atol=1e-12)
    with np.load(SHARED / "ecg_bitalino_1kHz.npz") as z:
        assert np.allclose(R.load_ecg().x, (z["ecg"] / 1024 - 0.5) * 3.3 / 1100 * 1000, atol=1e-12)
    assert np.allclose(R.load_ecg("mitdb100").x, mitdb_100()[0][:43200], atol=1e-12)


def test_spikes_and_beats():
    counts = [len(R.spike_times(r.cut(0.7, 2.7))) for r in R.load_neuron()]
    assert counts == [26, 50, 68, 82, 89]
    ecg = R.load_ecg()
    assert len(R.beat_times(ecg)) == 29
    for fs in (500, 250, 128, 90):
        r = R.resample(R.bandpass(ecg, 0.5, 40), fs)
        assert len(R.beat_times(r)) == 29 and len(R.beat_times(R.standardise(r))) == 29
    assert len(R.beat_times(ecg.replace(x=np.ones(2000)))) == 0


def mitdb_100():
    "Lead MLII (mV) and the cardiologists' beats (s) of record 100, decoded by hand (formats 212 and MIT annotations)."
    folder = SHARED / "mitdb100"
    if not (folder / "100.dat").is_file(): pytest.skip("no folder shared/data/mitdb100 beside the project")
    b = np.fromfile(folder / "100.dat", np.uint8).reshape(-1, 3).astype(int)
    first = b[:, 0] | (b[:, 1] & 15) << 8
    words = np.fromfile(folder / "100.atr", "<u2")
    beats, t, i = [], 0, 0
    while i < len(words) and words[i]:
        code, step = int(words[i]) >> 10, int(words[i]) & 1023
        if code == 59: t, i = t + (int(words[i + 1]) << 16) + int(words[i + 2]), i + 2      # SKIP
        elif code == 63: i += (step + 1) // 2                                              # AUX: a text
        elif code < 59:
            t += step
            if code <= 13 or code in (25, 30, 31, 34, 35, 38, 41): beats.append(t / 360)
        i += 1
    return (np.where(first > 2047, first - 4096, first) - 1024) / 200, np.array(beats)


def test_beats_are_those_of_the_cardiologists():
    x, beats = mitdb_100()
    assert len(beats) == 2273
    found = R.beat_times(R.Recording("100 MLII", x, 360, "mV"))
    far = abs(found[:, None] - beats)
    assert far.min(axis=1).max() < 0.15 and far.min(axis=0).max() < 0.15    # none invented, none missed (s)
    assert len(found) == len(beats)
    assert len(R.beat_times(R.load_ecg("mitdb100"))) == (beats < 120).sum() == 148


def test_wfdb_record():
    pytest.importorskip("wfdb", reason="the optional reader wfdb is not installed")
    x, _ = mitdb_100()
    r = readers.read_recording(SHARED / "mitdb100" / "100.hea", "MLII")
    assert np.allclose(r.x, x, atol=1e-9) and r.fs == 360 and r.unit == "mV"
    with pytest.raises(ValueError, match="fs: 100.dat is sampled at 360 Hz"):
        readers.read_recording(SHARED / "mitdb100" / "100.dat", "V5", fs=250)


@pytest.mark.parametrize("file, package", [("r.hea", "wfdb"), ("r.abf", "pyabf"), ("r.nwb", "h5py")])
def test_missing_readers_say_what_to_install(file, package, tmp_path, monkeypatch):
    (tmp_path / file).write_bytes(b"some bytes")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=rf"{package}: pip install {package}, .*plrnn_manifolds\[recordings\]"):
        readers.read_recording(tmp_path / file)


def test_readers_with_stand_ins(tmp_path, monkeypatch):
    "What wfdb and pyabf return becomes a Recording; what they raise becomes a ValueError that names the file."
    x = np.sin(np.arange(400) / 7)
    record = SimpleNamespace(sig_name=["II", "V"], p_signal=np.stack([x, 1e3 * x], 1), fs=360, units=["mV", "uV"])
    monkeypatch.setitem(sys.modules, "wfdb", SimpleNamespace(rdrecord=lambda path: record))
    (tmp_path / "r.hea").touch(), (tmp_path / "r.dat").touch(), (tmp_path / "lone.dat").touch()
    r = readers.read_recording(tmp_path / "r.dat", "V")
    assert np.allclose(r.x, x) and (r.unit, r.fs, r.name) == ("mV", 360, "r V")
    with pytest.raises(ValueError, match=r"column: expected one of \['II', 'V'\]"): readers.read_recording(tmp_path / "r.hea")
    with pytest.raises(ValueError, match="expected a header lone.hea"): readers.read_recording(tmp_path / "lone.dat", 0)

    class ABF:
        sweepCount, adcNames, dataRate, sweepUnitsY, sweepUnitsC = 2, ["Vm"], 10_000, "mV", "pA"
        def __init__(self, path): pass
        def setSweep(self, k, channel): self.sweepY, self.sweepC = x + k, 100 * np.ones(400)

    (tmp_path / "r.abf").touch()
    monkeypatch.setitem(sys.modules, "pyabf", SimpleNamespace(ABF=ABF))
    r = readers.read_recording(tmp_path / "r.abf", sweep=1)
    assert np.allclose(r.x, x + 1) and r.fs == 10_000 and (r.current == 100).all()
    with pytest.raises(ValueError, match="sweep: expected a number from 0 to 1, got 2"):
        readers.read_recording(tmp_path / "r.abf", sweep=2)
    def broken(path): raise RuntimeError("bad magic")
    monkeypatch.setitem(sys.modules, "pyabf", SimpleNamespace(ABF=broken))
    with pytest.raises(ValueError, match="cannot read r.abf as ABF: bad magic"): readers.read_recording(tmp_path / "r.abf")


def test_nwb(tmp_path):
    h5py = pytest.importorskip("h5py", reason="the optional reader h5py is not installed")
    b6 = R.load_neuron(sweeps=181)[0]
    with h5py.File(tmp_path / "r.nwb", "w") as file:
        for where, x, size, unit in (("acquisition/V", b6.x, 1e-3, "volts"),
                                     ("stimulus/presentation/I", b6.current, 1e-12, "amperes")):
            data = file.create_dataset(f"{where}/data", data=x)
            data.attrs.update(conversion=size, unit=unit)
            file.create_dataset(f"{where}/starting_time", data=0.0).attrs["rate"] = 4000.0
    r = readers.read_recording(tmp_path / "r.nwb")
    assert np.allclose(r.x, b6.x) and np.allclose(r.current, b6.current) and (r.unit, r.fs) == ("mV", 4000)
    (tmp_path / "bad.nwb").write_bytes(b"no HDF5")
    with pytest.raises(ValueError, match="path: cannot read bad.nwb as NWB"): readers.read_recording(tmp_path / "bad.nwb")


ROWS = [f"{i * 0.001:.3f},{np.sin(i / 9):.6f}" for i in range(200)]


@pytest.mark.parametrize("text, options, message", [
    ("", dict(fs=1), "path: expected rows of numbers, f.csv is empty"),
    ("time,V\n", {}, "path: expected rows of numbers, f.csv has only a header"),
    ("time,V\n0,1\n0.1,x\n", {}, "path: expected numbers in line 3"),
    ("time,V\n0,1\n0.1\n", {}, "path: expected 2 fields in line 3"),
    ("time,V\n" + "\n".join(ROWS[:5]), {}, "x: expected at least 16 samples, got 5"),
    ("time,V\n" + "\n".join(ROWS[:50] + ROWS[60:]), {}, "time: expected equally spaced, increasing times"),
    ("time,V\n" + "\n".join(ROWS[::-1]), {}, "time: expected equally spaced, increasing times"),
    ("time,V\n" + "\n".join(ROWS), dict(fs=500), "fs: f.csv is sampled at 1000 Hz, got 500"),
    ("time,V\n" + "\n".join(ROWS), dict(column="W"), r"column: expected one of \['V'\]"),
    ("time,V\n" + "\n".join(r if k != 7 else "0.007," for k, r in enumerate(ROWS)), {},
     r"got 1 NaN or infinite samples in 1 gaps; the longest has 1 samples from sample 7 on \(0.007 s, 0.001 s long\)"),
    ("\n".join(ROWS), dict(fs=1000), r"column: expected one of \[0, 1\], f.csv has several signals"),
    ("\n".join(ROWS), dict(column=1), "fs: expected the sampling rate in Hz, f.csv does not state it"),
    ("\n".join(ROWS), dict(column=1, fs="fast"), "fs: expected a sampling rate in Hz"),
    ("\n".join(ROWS), dict(column=1, fs=np.nan), "fs: expected a sampling rate in Hz"),
    ("\n".join(["1"] * 100), dict(fs=10), "x: expected a signal that varies, got a flat line at 1"),
    ("\n".join(["0.5"] + ["1"] * 100), dict(fs=10), "x: expected no flat stretch .* 1 s, got 10 s of 1 from 0.1 s"),
])
def test_bad_text_files(text, options, message, tmp_path):
    (tmp_path / "f.csv").write_text(text)
    with pytest.raises(ValueError, match=message): readers.read_recording(tmp_path / "f.csv", **options)


@pytest.mark.parametrize("mark, suffix", [(",", "csv"), (";", "csv"), ("\t", "tsv"), (" ", "txt")])
def test_text_formats(mark, suffix, tmp_path):
    x = R.load_neuron(sweeps=181)[0].x[:300]
    path = tmp_path / f"f.{suffix}"
    path.write_text("# a comment\n" + f"t_ms{mark}Vm{mark}I\n"
                    + "\n".join(f"{i / 4}{mark}{v:.6f}{mark}0" for i, v in enumerate(x)) + "\n", encoding="utf-8-sig")
    r = readers.read_recording(path, "Vm", unit="mV")
    assert np.allclose(r.x, x, atol=1e-6) and np.isclose(r.fs, 4000) and r.unit == "mV"
    path.write_bytes(b"\xff\xfe\x00\x81" * 50)
    with pytest.raises(ValueError, match="path: expected a text file"): readers.read_recording(path, fs=1)


def test_numpy_files(tmp_path):
    ecg = R.load_ecg().cut(0, 2)
    np.save(tmp_path / "a.npy", np.stack([ecg.x, -ecg.x], 1))
    assert np.array_equal(readers.read_recording(tmp_path / "a.npy", 1, fs=1000).x, -ecg.x)
    np.save(tmp_path / "b.npy", np.stack([ecg.x, -ecg.x]))
    with pytest.raises(ValueError, match="transpose it"): readers.read_recording(tmp_path / "b.npy", 1, fs=1000)
    np.savez(tmp_path / "c.npz", fs=1000, lead=ecg.x)
    assert readers.read_recording(tmp_path / "c.npz").fs == 1000
    np.save(tmp_path / "d.npy", np.array([{"a": 1}]), allow_pickle=True)
    with pytest.raises(ValueError, match="path: cannot read d.npy as arrays"):
        readers.read_recording(tmp_path / "d.npy", fs=1)
    np.save(tmp_path / "e.npy", np.array(["a"] * 20))
    with pytest.raises(ValueError, match="x: expected numbers"): readers.read_recording(tmp_path / "e.npy", fs=1)


@pytest.fixture
def server(tmp_path, monkeypatch):
    "A web server of this machine over tmp_path/web, and pooch's cache in tmp_path."
    pooch = pytest.importorskip("pooch", reason="pooch is not installed")
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args): pass
    (tmp_path / "web").mkdir()
    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / "cache")
    http = HTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path / "web"))
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield tmp_path / "web", f"http://127.0.0.1:{http.server_port}/"
    http.shutdown(), http.server_close()


def test_fetch_checks_the_hash(server):
    folder, url = server
    (folder / "good.bin").write_bytes(b"signal"), (folder / "bad.bin").write_bytes(b"noise")
    right = hashlib.sha256(b"signal").hexdigest()
    assert readers._fetch(url + "good.bin", right).read_bytes() == b"signal"
    with pytest.raises(ValueError, match="hash"): readers._fetch(url + "bad.bin", right)
    with pytest.raises(OSError, match="cannot reach"): readers._fetch("http://127.0.0.1:9/x.bin", right)


def test_fetch_without_pooch(monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match="pip install pooch"): readers.fetch_neuron("B8", 145)


def test_fetch_neuron_pairs_voltage_and_current(tmp_path, monkeypatch):
    "The files are asked for by their known hash, Ch3 as the voltage and Ch0 as the current."
    asked = []
    def fetch(url, sha):
        asked.append((url.split("/")[-1], len(sha)))
        np.save(path := tmp_path / f"{len(asked)}.npy", np.arange(50.0) + 100 * ("Ch0" in url))
        return path
    monkeypatch.setattr(readers, "_fetch", fetch)
    monkeypatch.setattr(readers, "read_recording", lambda path: R.Recording("w", np.load(path), 4000, "mV"))
    r = readers.fetch_neuron("B8", 145)[0]
    assert r.name == "B8_145" and r.x[0] == 0 and r.current[0] == 100
    assert asked == [("B8_Ch3_IDRest_145.ibw", 64), ("B8_Ch0_IDRest_145.ibw", 64)]
    with pytest.raises(ValueError, match=r"cell: expected one of \['B6', 'B8', 'B95'\], got 'B7'"): readers.fetch_neuron("B7")


def test_remote_hashes_are_those_of_the_files_here():
    folder = SHARED / "mitdb100"
    if not folder.is_dir(): pytest.skip("no folder shared/data/mitdb100 beside the project")
    for name, sha in R.provenance()["remote"]["ecg_mitdb100"]["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha


@pytest.mark.parametrize("call, message", [
    (lambda r: R.Recording("a", r.x[None], 1), "x: expected one signal"),
    (lambda r: R.Recording("a", [1.0], 1), "x: expected at least 2 samples"),
    (lambda r: R.Recording("a", r.x, "1000"), "fs: expected a sampling rate"),
    (lambda r: R.Recording("a", r.x, np.inf), "fs: expected a sampling rate"),
    (lambda r: R.bandpass(r), "low, high: expected at least one"),
    (lambda r: R.bandpass(r, 40, 1), "low, high: expected 0 < low < high"),
    (lambda r: R.bandpass(r, high=500), "low, high: expected 0 < low < high < 500 Hz"),
    (lambda r: R.bandpass(r, low=-1), "low, high: expected 0 < low"),
    (lambda r: R.bandpass(r.cut(0, 1), low=0.5), "rec: expected at least 3 periods of 0.5 Hz"),
    (lambda r: R.smooth(r, 0), "sigma_ms: expected a time > 0"),
    (lambda r: R.resample(r, -1), "fs: expected a sampling rate"),
    (lambda r: R.every(r, 1.5), "k: expected a whole number"),
    (lambda r: R.standardise([]), "recs: expected at least one"),
    (lambda r: R.standardise([r, r.replace(unit="V")]), "recs: expected one unit"),
    (lambda r: R.standardise(r, std=0), "std: expected a signal that varies"),
    (lambda r: embedding.delay_embed(r, 0, 1), "dim: expected a whole number >= 1"),
    (lambda r: embedding.delay_embed(r.x * np.nan, 2, 1), "x: expected no gaps"),
    (lambda r: embedding.autocorrelation(np.ones(99)), "x: expected a signal that varies"),
    (lambda r: embedding.mutual_information(r, 0), "max_lag: expected a number from 1"),
    (lambda r: embedding.mutual_information(np.ones(99), 3), "x: expected a signal that varies"),
    (lambda r: embedding.choose_lag(r, method="guess"), "method: expected"),
    (lambda r: embedding.false_nearest_neighbours(np.ones(999), 1), "x: expected a signal that varies"),
    (lambda r: embedding.false_nearest_neighbours(r.x[:50], 10, 8), "x: expected at least"),
    (lambda r: R.beat_times(r.cut(0, 0.5)), "rec: expected at least 1 s"),
    (lambda r: R.beat_times(r, share=2), "share: expected a number between 0 and 1"),
    (lambda r: R.spike_times(r, refractory=-1), "refractory: expected a time >= 0"),
    (lambda r: R.load_neuron("B8"), r"cell: expected one of \['B6'\], got 'B8'"),
])
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message): call(R.load_ecg())


def test_chain_keeps_current_clock_and_units():
    r = R.load_neuron(sweeps=183)[0]
    z = R.standardise(R.every(R.smooth(r, 1.0), 4)).cut(0.7, 2.7)
    assert z.fs == 1000 and len(z) == len(z.current) == 2000 and z.t[0] == pytest.approx(0.7)
    assert np.allclose(z.physical, R.every(R.smooth(r, 1.0), 4).cut(0.7, 2.7).x)
    assert "standardised, with current" in repr(z) and z.replace(x=z.x[:5]).current is None
    assert np.allclose(embedding.delay_embed(z, 3, 5)[:, 0], z.x[10:]) and np.allclose(embedding.delay_embed(z, 3, 5)[:, 2], z.x[:-10])
    slow = R.resample(r, 500)
    assert len(slow.current) == len(slow) and abs(slow.cut(1, 2).current.mean() - r.cut(1, 2).current.mean()) < 0.5
