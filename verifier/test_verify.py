"The second verifier: right on what is true, immovable on what is not, small, and independent."
import ast
import copy
import hashlib
import io
import json
import resource
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE))
import absorbing  # noqa: E402
import horseshoe  # noqa: E402
import robust  # noqa: E402
import trapping  # noqa: E402
import verify  # noqa: E402

from plrnn_manifolds import (Box, Polytope, ReLUMap, absorbing_set, certify, certify_horseshoe, certify_trapping,  # noqa: E402
                             find_cycles, find_horseshoe, robust_chaos, trapping_region, verify_certificate)       # (to make
from plrnn_manifolds.tools.cli import main as command  # noqa: E402                               certificates, and compare)

STORED = ROOT / "nbs" / "chaos" / "certificates"
FIG5 = dict(L=[[-1.77, 0.6], [-0.9, 0.15]], U=[[1.5 + 1.77], [0.9 - 0.75]], V=[[1.0, 0.0]], b=[-0.7, -0.4], c=[0.0])
ALRNN = ROOT / ".." / "shared" / "data" / "alrnn_lorenz63_m20_p2.pt"
LOZI = ReLUMap.from_normal_form(5 / 3, -11 / 36, -5 / 3, -11 / 36)
PLANE = dict(lozi=LOZI, border_collision=ReLUMap.from_normal_form(1.7, 0.3, -9 / 4, 0.4),
             normal_form=ReLUMap.from_normal_form(1.7, 0.3, -2, 0.4),
             fig5_bands=ReLUMap.from_normal_form(-1.5, 0.9, 1.5, 0.75, 0.6, 0.15, (-0.7, -0.4)))
KINDS = dict(horseshoe=horseshoe, region=trapping, robust=robust, absorbing=absorbing)
HORSESHOE = ReLUMap.from_normal_form(4.0, -0.5, -4.0, -0.5)
CLAIM = json.loads((STORED / "fig5.json").read_text())


def weights_of(name, folder):
    "An npz file with the weights that a stored certificate is about; None if they are not here."
    name = name.rpartition("_")[0] if name.rpartition("_")[2] in KINDS else name
    if name == "fig5": arrays = {k: np.array(v) for k, v in FIG5.items()}
    elif name in PLANE: arrays = {k: getattr(PLANE[name], k) for k in "LUVbc"}
    elif name == "alrnn_lorenz63_m20_p2":                           # of others; z' = A z + W phi(z) + h, ReLU on the last two
        if not ALRNN.is_file(): return None
        torch = pytest.importorskip("torch")
        A, W, h = (torch.load(ALRNN, weights_only=True)[k].numpy().astype(float) for k in "AWh")
        relu = np.arange(20) >= 18
        arrays = dict(L=np.diag(A) + W * ~relu, U=W[:, relu], V=np.eye(20)[relu], b=h, c=np.zeros(2))
    else: return ROOT / "plrnn_manifolds" / "pretrained" / f"{name}.npz"
    np.savez(folder / f"{name}.npz", **arrays)
    return folder / f"{name}.npz"


@pytest.mark.parametrize("path", sorted(STORED.glob("*.json")), ids=lambda p: p.stem)
def test_stored_certificates(path, tmp_path):
    weights = weights_of(path.stem, tmp_path)
    if weights is None: pytest.skip(f"the weights of {path.stem} are not in shared/data")
    verifier = KINDS.get(path.stem.rpartition("_")[2], verify)
    assert verifier.main(path, weights) == 0
    for other in {verify, *KINDS.values()} - {verifier}: assert other.main(path, weights) == 1                # a file of another kind


def test_command_line(tmp_path, capsys):
    "`plrnn-manifolds verify` takes files of all kinds."
    weights = weights_of("fig5", tmp_path)
    for kind, word in (("fig5", "CHAOTIC"), ("fig5_horseshoe", "CHAOTIC"), ("fig5_region", "TRAPPING"), ("fig5_robust", "ROBUST CHAOS")):
        assert command(["verify", str(STORED / f"{kind}.json"), str(weights)]) == 0 and word in capsys.readouterr().out
        assert command(["verify", str(STORED / f"{kind.replace('fig5', 'lozi')}.json"), str(weights)]) == 1
        assert "NOT VALID" in capsys.readouterr().out
    absorbs = absorbing_set(ReLUMap(**{k: np.array(v) for k, v in FIG5.items()}), depth=2)
    absorbs.save(tmp_path / "a.json")
    assert command(["verify", str(tmp_path / "a.json"), str(weights)]) == 0 and "ABSORBING" in capsys.readouterr().out


@pytest.fixture
def ask(tmp_path, capsys):
    "Exit status and answer of the verifier about a claim (a dict, which gets a right digest, or a text) and weights (default: Fig. 5)."
    def ask(claim, f=None, weights=None):
        if weights is None:
            weights = tmp_path / "w.npz"
            np.savez(weights, **({k: np.array(v) for k, v in FIG5.items()} if f is None else {k: getattr(f, k) for k in "LUVbc"}))
        if isinstance(claim, dict): claim = json.dumps(with_digest(claim))
        (tmp_path / "c.json").write_text(claim)
        marks = {"robust chaos 1": robust, "absorbing set 1": absorbing, "trapping region 1": trapping, '"boxes"': horseshoe}
        status = next((v for k, v in marks.items() if k in claim), verify).main(tmp_path / "c.json", weights)
        return status, capsys.readouterr().out
    return ask


def with_digest(claim):
    text = json.dumps({k: v for k, v in claim.items() if k != "digest"}, sort_keys=True)
    return {**claim, "digest": hashlib.sha256(text.encode()).hexdigest()}


def leaves(x, path=()):
    items = x.items() if isinstance(x, dict) else enumerate(x) if isinstance(x, list) else None
    return [path] if items is None else [p for k, v in items for p in leaves(v, path + (k,))]


def put(path, value, claim=CLAIM):
    "A copy of the claim with another value at the path."
    out = node = copy.deepcopy(claim)
    for k in path[:-1]: node = node[k]
    node[path[-1]] = value(node.get(path[-1]) if isinstance(node, dict) else node[path[-1]]) if callable(value) else value
    return with_digest(out)


def changed(v):
    if isinstance(v, bool): return not v
    if isinstance(v, int): return v + 1
    if isinstance(v, float): return v * 1.001 + 1e-9
    return v[:-1] + {"0": "1", "1": "0"}.get(v[-1], "?")


def test_every_change_is_noticed(ask):
    assert ask(CLAIM)[0] == 0
    for path in leaves(CLAIM):
        if path in (("digest",), ("bits",)): continue
        more = (lambda m: 10 * m) if path[-1] == "margin" else changed             # slightly more may be true: it proves its own margins
        assert ask(put(path, more))[0] == 1, path
    assert ask(put(("checks", 0, "margin"), lambda m: 0.9 * m))[0] == 0              # less is true as well
    assert ask(json.dumps({**CLAIM, "verdict": "very chaotic"}))[0] == 1            # the digest of another text


LONG = "01" * 4000
HOSTILE = {
    "a key twice": json.dumps(CLAIM).replace('"verdict":', '"verdict": "undecided", "verdict":'),
    "nesting": '{"cycles":' + "[" * 200_000, "no object": "[]", "empty": "", "no JSON": "chaotic", "digits": '{"bits":' + "9" * 10 ** 6 + "}",
    "infinity": '{"points": [[Infinity]]}', "nan": '{"points": [[NaN]]}', "large": "{" + " " * 17_000_000 + "}",
    **{f"{'.'.join(map(str, path))} = {str(value)[:20]}": put(path, value) for path, value in [
        (("points", 0, 0), 10 ** 400), (("points", 0, 0), "0.1"), (("points", 0), []), (("points",), {}), (("points",), None),
        (("checks", 0, "margin"), True), (("checks", 0, "margin"), 10 ** 400), (("checks", 0, "margin"), None), (("checks", 0), []),
        (("checks",), {}), (("checks",), CLAIM["checks"][:-1]), (("checks",), CLAIM["checks"] * 2), (("checks", 0, "passed"), 1),
        (("bits",), "262"), (("bits",), 262.0), (("n_unstable",), 1.0), (("n_unstable",), True), (("n_unstable",), 0), (("map", "dim"), 2.0),
        (("cycles",), []), (("cycles", 0), []), (("cycles", 0), "0"), (("cycles", 0), [["0"]]), (("cycles",), [["0"]] * 50_000),
        (("cycles", 0), ["0"] * 10 ** 6), (("cycles", 0), list(LONG)), (("cycles", 0), ["0"] * 8000), (("cycles", 0), ["٠"]),
        (("connections",), []), (("connections",), None), (("connections",), CLAIM["connections"] * 2), (("connections", 0, "source"), -1),
        (("connections", 0, "source"), False), (("connections", 0, "itinerary"), [0, 1]), (("connections", 0, "itinerary"), list(LONG)),
        (("connections", 0, "itinerary"), ["0", "1"] + ["0"] * 9), (("extra",), 1), (("theorem",), "The network is conscious.")]}}


def test_hostile_files(ask):
    for name, claim in HOSTILE.items():
        tic = time.process_time()
        status, answer = ask(claim)
        assert status == 1 and answer.startswith("NOT VALID: ") and len(answer) < 500, (name, answer[:500])
        assert time.process_time() - tic < 3, name                  # 1 s on a machine that has time for us
        if name != "large": assert not verify_certificate(claim, ReLUMap(**{k: np.array(v) for k, v in FIG5.items()})), name


def test_memory_and_status_of_the_command(tmp_path):
    "As a command: 0, 1, 2; at most 200 MB more than the interpreter takes for a good file."
    weights = weights_of("fig5", tmp_path)
    for name in ("large", "cycles.0 = " + str(list(LONG))[:20], "digits"):
        text = HOSTILE[name] if isinstance(HOSTILE[name], str) else json.dumps(HOSTILE[name])
        (tmp_path / f"{name[:4]}.json").write_text(text)
    def run(*args):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        status = subprocess.run([sys.executable, HERE / "verify.py", *args], capture_output=True).returncode
        return status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss - before
    assert run(STORED / "fig5.json", weights)[0] == 0 and run()[0] == run(weights)[0] == 2
    for path in tmp_path.glob("*.json"):
        status, memory = run(path, weights)
        assert status == 1 and memory < 200_000, path               # kB above the largest so far


class Payload:
    def __init__(self, path): self.path = path
    def __reduce__(self): return io.open, (self.path, "w")


def test_hostile_weights(ask, tmp_path):
    good = weights_of("fig5", tmp_path)
    data, path = good.read_bytes(), tmp_path / "bad.npz"
    arrays = {k: np.array(v) for k, v in FIG5.items()}
    def refused(): assert ask(CLAIM, weights=path)[0] == 1
    for n in range(0, len(data), 50): path.write_bytes(data[:n]); refused()
    for k in "LUVbc":
        np.savez(path, **{**arrays, k: np.nextafter(arrays[k], 9)}); refused()
        np.savez(path, **{**arrays, k: arrays[k].astype("f4")}); refused()
        np.savez(path, **{**arrays, k: arrays[k][None]}); refused()
    np.savez(path, **{**arrays, "L": np.full((2, 2), np.nan)}); refused()
    np.savez(path, **{k: v for k, v in arrays.items() if k != "c"}); refused()
    np.savez(path, L=np.array([Payload(str(tmp_path / "ran"))], object), **{k: arrays[k] for k in "UVbc"}); refused()
    np.savez_compressed(path, **arrays, x=np.zeros(10 ** 7)); refused()
    with zipfile.ZipFile(good) as a, zipfile.ZipFile(path, "w") as b:
        with pytest.warns(UserWarning, match="Duplicate"):
            for m in a.infolist() * 2: b.writestr(m.filename, a.read(m))
    refused()
    assert not (tmp_path / "ran").exists()


def point(cycle, *itinerary, other=None):
    return SimpleNamespace(cycle=SimpleNamespace(regions=np.array(cycle)), itinerary=np.array(itinerary),
                           other=None if other is None else SimpleNamespace(regions=np.array(other)))


def embed(f, M, seed=0):
    "The map f beside contracting directions, turned at random, in M dimensions."
    rng, extra = np.random.default_rng(seed), M - f.dim
    shrink = ReLUMap(np.diag(rng.uniform(0.2, 0.8, extra)), np.zeros((extra, 1)), rng.normal(size=(1, extra)), np.zeros(extra), [1.0])
    return f.direct_sum(shrink).change_coordinates(np.linalg.qr(rng.normal(size=(M, M)))[0])


def test_other_kinds(ask):
    "Two unstable directions, cycles, a change of phase, heteroclinic loops, long itineraries: what the package proves holds."
    bcnf, words = ReLUMap.from_normal_form(1.7, 0.3, -2.25, 0.4), np.random.default_rng(0).integers(0, 2, size=(60, 1))
    loop = [point([[0]], [1], [0], other=[[1]]), point([[1]], [0], [0], [1], other=[[0]])]
    slow = LOZI.direct_sum(ReLUMap([[1 - 1e-3]], [[0.0]], [[1.0]], [1e-3], [3.0]))
    for f, points in [(LOZI, point([[1]], [0])), (HORSESHOE, point([[0], [1]], [1], [1], [0])), (HORSESHOE, loop),
                      (embed(bcnf.direct_sum(LOZI), 8), point([[0, 1, 1]], [1, 0, 1])), (slow, point([[1, 1]], [0, 1])),
                      (embed(HORSESHOE, 6), point([[1, 1]], *np.c_[words, np.ones_like(words)]))]:
        certificate = certify(f, points)
        assert certificate.verdict == "chaotic" and ask(certificate.to_dict(), f)[0] == 0
        assert ask(certificate.to_dict())[0] == 1                   # not of the map of Fig. 5


def test_what_is_not_proved(ask):
    "A file that says 'chaotic' over an orbit through a corner, or over none at all; and a double multiplier, beyond this verifier."
    corner = ReLUMap.from_normal_form(1.7, 0.3, -32 / 15, 0.4)
    for f, points in [(corner, point([[0]], [1])), (ReLUMap.from_normal_form(1.7, 0.3, -2, 0.4), point([[0]], [1])),
                      (ReLUMap.from_normal_form(0.5, 0.1, 0.4, 0.1), point([[1]], [0]))]:
        claim = {**certify(f, points).to_dict(), "verdict": "chaotic"}
        for c in claim["checks"]: c.update(passed=True, margin=1e-9)
        assert ask(claim, f)[0] == 1
        for name, text in [(c["name"], c["text"]) for c in CLAIM["checks"][len(claim["checks"]):]]:     # and all checks that are missing
            claim["checks"].append(dict(name=name, passed=True, margin=1e-9, text=text))
        assert ask({**claim, "points": claim["points"] or [[0.0, 0.0]], "n_unstable": 1}, f)[0] == 1
    twice = certify(LOZI.direct_sum(LOZI), point([[1, 1]], [0, 0]))
    assert twice.verdict == "chaotic" and ask(twice.to_dict(), LOZI.direct_sum(LOZI))[0] == 1


SQUARE = Box(np.zeros(2), np.diag([0.5, 0.26]))


def test_horseshoes(ask):
    "One and two stretched directions, one and two boxes, many blocks: what the package proves holds, here and nowhere else."
    fig5 = ReLUMap(**{k: np.array(v) for k, v in FIG5.items()})
    shoes = [(HORSESHOE, certify_horseshoe(HORSESHOE, [SQUARE], [(0, 0, [[0]]), (0, 0, [[1]])])),
             (HORSESHOE, certify_horseshoe(HORSESHOE, [Box(np.array([x, 0.0]), np.diag([0.24, 0.26])) for x in (-0.25, 0.25)],
                                           [(i, j, [[i]]) for i in (0, 1) for j in (0, 1)])),
             (fig5, find_horseshoe(fig5, [c for c in find_cycles(fig5) if c.kind == "saddle"], depth=11, tries=10))]
    frame = np.diag([0.5, 0.26, 0.5, 0.26])[:, [0, 2, 1, 3]]
    twice = HORSESHOE.direct_sum(HORSESHOE)
    shoes.append((twice, certify_horseshoe(twice, [Box(np.zeros(4), frame)], [(0, 0, [[a, b]]) for a in (0, 1) for b in (0, 1)], 2)))
    for f, shoe in shoes:
        status, said = ask(shoe.to_dict(), f)
        assert shoe.verdict == "chaotic" and status == 0 and str(shoe.entropy) in said, said
        assert ask(shoe.to_dict(), LOZI)[0] == 1


def test_hostile_horseshoes(ask):
    "Every claim made larger, every text and type changed, composed, repeated, missing and endless blocks: refused, in time."
    claim = certify_horseshoe(HORSESHOE, [SQUARE], [(0, 0, [[0]]), (0, 0, [[1]])]).to_dict()
    changes = [(path, changed) for path in leaves(claim) if path[0] not in ("digest", "bits", "boxes") and path[-1] != "margin"]
    changes += [(path, lambda m: 1.5 * m) for path in leaves(claim) if path[-1] == "margin"] + [
        (("boxes", 0, "frame", 1, 1), 0.24), (("boxes", 0, "frame"), [[1.0, 1.0], [1.0, 1.0]]), (("boxes", 0, "center"), []),
        (("boxes", 0, "frame", 0, 0), 1), (("boxes", 0, "frame", 0, 0), 10 ** 400), (("boxes", 0, "frame", 0), [0.5]), (("boxes",), []),
        (("blocks",), []), (("blocks",), None), (("blocks",), claim["blocks"] * 2), (("blocks",), claim["blocks"][:1]),
        (("blocks",), [*claim["blocks"], dict(source=0, target=0, word=["0", "1"])]), (("blocks", 0, "word"), ["0", "1", "1"] * 1000),
        (("blocks", 0, "word"), ["0"] * 200_000), (("blocks", 0, "source"), False), (("blocks", 0, "word"), "0"), (("entropy",), 1),
        (("entropy",), True), (("entropy",), 0.0), (("n_unstable",), True), (("checks",), []), (("checks", 0, "passed"), 1), (("extra",), 1)]
    for path, value in changes:
        tic = time.process_time()
        status, said = ask(put(path, value, claim), HORSESHOE)
        assert status == 1 and len(said) < 500 and time.process_time() - tic < 3, (path, said[:300])
        assert not verify_certificate(put(path, value, claim), HORSESHOE), path
    assert ask(put(("checks", 0, "margin"), lambda m: 0.9 * m, claim), HORSESHOE)[0] == 0
    assert ask(put(("entropy",), 0.5, claim), HORSESHOE)[0] == 0    # less is true as well


def refused(ask, claim, changes, f=None):
    "Every change is refused in time, by the package as well."
    g = f or ReLUMap(**{k: np.array(v) for k, v in FIG5.items()})
    for path, value in changes:
        bad, tic = put(path, value, claim), time.process_time()
        status, said = ask(bad, f)
        assert status == 1 and len(said) < 500 and time.process_time() - tic < 3, (path, said[:300])
        assert not verify_certificate(bad, g), path


NUMBERS = [1, True, "0.1", None, 10 ** 400, 1e300, 5e-324, [], {}]


def test_hostile_regions(ask):
    claim = json.loads((STORED / "fig5_region.json").read_text())
    assert ask(claim)[0] == 0 and ask(claim, LOZI)[0] == 1
    shoe, n = claim["horseshoe"], len(claim["pieces"][0]["offsets"])
    changes = [(p, changed) for p in leaves(claim) if p[0] not in ("digest", "pieces", "horseshoe") and p[-1] != "margin"]
    changes += [(("checks", i, "margin"), lambda m: 1.01 * m) for i in range(3)] + [(("pieces", 0, "offsets", 0), x) for x in NUMBERS]
    changes += [(("pieces", 0, "offsets", i), lambda x: x - 0.1) for i in range(0, n, 4)] + [(("pieces", 0, "normals", 0, 0), x) for x in NUMBERS]
    changes += [(("pieces",), []), (("pieces",), None), (("pieces",), claim["pieces"] * 101), (("pieces", 0, "normals"), lambda x: x[:2]),
                (("pieces", 0, "offsets"), lambda x: x[:-1]), (("pieces", 0, "normals", 0), [1.0]), (("targets",), [1]), (("targets",), []),
                (("targets",), [False]), (("checks",), claim["checks"][:2]), (("checks",), []), (("horseshoe",), None), (("horseshoe",), 1),
                (("horseshoe",), claim), (("horseshoe", "entropy"), 0.6), (("horseshoe", "boxes", 0, "center", 0), -20.0), (("extra",), 1),
                (("horseshoe",), json.loads((STORED / "lozi_region.json").read_text())["horseshoe"]),
                (("pieces", 0), lambda p: dict(normals=p["normals"] * 400, offsets=p["offsets"] * 400))]
    refused(ask, claim, changes)
    assert ask(put(("checks", 1, "margin"), lambda m: 0.9 * m, claim))[0] == 0
    assert shoe and ask(json.dumps(claim).replace('"verdict":', '"verdict": "open", "verdict":', 1))[0] == 1


def test_regions_agree(ask):
    "Polygons and bodies blown up and shrunk, in one piece and in bands: this verifier proves what the package proves, and nothing else."
    rng, seen = np.random.default_rng(0), set()
    twist = ReLUMap([[0.5, 0.2, 0], [-0.2, 0.5, 0], [0, 0.2, 0.5]], [[-0.2, 0], [0, 0.1], [0.1, 0]], [[1, 0, 0], [0, 1, 0.5]], [0.05] * 3, [0, 0.1])
    cube = Polytope(np.vstack([np.eye(3), -np.eye(3)]), np.ones(6))
    cases = [(PLANE["fig5_bands"], trapping_region(PLANE["fig5_bands"], [0.1, 0.1], 2, margins=(1e-3,)).pieces),
             (PLANE["normal_form"], trapping_region(PLANE["normal_form"], [0.2, 0.1]).pieces), (twist, [cube])]
    for f, pieces in cases:
        for size in (0.1, 0.8, 0.95, 1.0, 1.02, *rng.uniform(0.9, 1.3, 4), 2.0):
            middle = [P.corners().mean(0) for P in pieces]
            moved = [Polytope(P.normals, size * P.offsets + (1 - size) * P.normals @ x) for P, x in zip(pieces, middle)]
            region = certify_trapping(f, moved)
            claim = {**region.to_dict(), "verdict": "trapping"}
            for c in claim["checks"]: c.update(passed=True, margin=max(c["margin"], 1e-12))
            status, said = ask(claim, f)
            assert (status == 0) == (region.verdict == "trapping"), (size, region, said)
            seen.add((f.dim, status))
    assert seen == {(2, 0), (2, 1), (3, 0), (3, 1)}


def test_hostile_robust_chaos(ask):
    claim = json.loads((STORED / "fig5_robust.json").read_text())
    assert ask(claim)[0] == 0 and ask(claim, LOZI)[0] == 1
    corners = [ReLUMap.from_normal_form(x, 0.3, y, 0.4) for x in (1.69, 1.71) for y in (-2.01, -1.99)]
    many = robust_chaos(corners[0], corners[1:], start=[0.1, 0.05]).to_dict()
    assert many["verdict"] == "robust chaos" and ask(many, corners[0])[0] == 0 and ask(many, corners[1])[0] == 1
    changes = [(p, changed) for p in leaves(claim) if p[0] not in ("digest", "region", "cone") and p[-1] != "margin"]
    changes += [(("checks", i, "margin"), lambda m: 1.01 * m) for i in range(4)]
    changes += [(("cone", "rays", 0, 0), x) for x in NUMBERS] + [(("cone", "factor"), x) for x in (1.5, 1.0, True, 10 ** 400)]
    changes += [(("cone", "length"), x) for x in (2, 0, 10 ** 6, 7.0, True)] + [(("cone", "weight"), x) for x in (-1.0, 5.0, 0.0)]
    changes += [(("cone", "rays"), x) for x in ([[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0], [1.0, 1.0]], [], None)] + [(("cone",), None), (("extra",), 1)]
    changes += [(("region",), x) for x in (None, {}, many["region"], claim)] + [(("others",), x) for x in (1, many["others"], [{}], None)]
    changes += [(("region", "pieces", 0, "offsets", 0), lambda x: x - 0.5), (("region", "pieces"), []), (("region", "targets"), [1])]
    refused(ask, claim, changes)
    refused(ask, many, [(("others", 0, "L", 0, 0), x) for x in (5.0, *NUMBERS)], corners[0])


def test_hostile_absorbing_sets(ask):
    f = ReLUMap(**{k: np.array(v) for k, v in FIG5.items()})
    claim = absorbing_set(f, depth=2).to_dict()
    assert claim["verdict"] == "absorbing" and ask(claim)[0] == 0 and ask(claim, LOZI)[0] == 1
    changes = [(p, changed) for p in leaves(claim) if p[0] in ("theorem", "verdict", "map", "checks", "format") and p[-1] != "margin"]
    changes += [(("checks", i, "margin"), lambda m: 1.01 * m) for i in range(2)] + [(("drop",), x) for x in (1.0, True, 0.0, "1")]
    changes += [(("form", 1, 1), x) for x in NUMBERS] + [(("form", i, i), lambda x: -x) for i in range(1, 5)] + [(("products", 0, 1, 3), -1.0)]
    changes += [(("decay",), x) for x in (0.5, 1.0, 1.5, -0.9, True, "0.99")] + [(("form",), x) for x in ([], {}, [[0.0] * 400] * 400)]
    changes += [(("form",), lambda Q: Q[:-1]), (("form", 0, 1), 7.0), (("outer",), claim["form"]), (("products",), []), (("extra",), 1),
                (("products",), lambda K: K[::-1]), (("products",), lambda K: K * 2), (("checks",), claim["checks"][:1]), (("horseshoe",), 1),
                (("horseshoe",), claim), (("horseshoe",), json.loads((STORED / "neuron_horseshoe.json").read_text()))]
    refused(ask, claim, changes)
    assert ask(put(("checks", 1, "margin"), lambda m: 0.9 * m, claim))[0] == 0


@pytest.mark.parametrize("name", sorted(p.name for p in HERE.glob("*.py") if not p.name.startswith("test")))
def test_small_and_independent(name):
    text = (HERE / name).read_text()
    assert len(text.splitlines()) <= 150 and max(map(len, text.splitlines())) <= 132
    imported = {n for node in ast.walk(ast.parse(text)) for n in ([a.name for a in node.names] if isinstance(node, ast.Import) else
                                                                  [node.module] if isinstance(node, ast.ImportFrom) else [])}
    assert {n.split(".")[0] for n in imported} - set(sys.stdlib_module_names) - {p.stem for p in HERE.glob("*.py")} <= {"numpy", "flint"}
