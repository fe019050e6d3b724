"""Exact invariant manifolds, basin boundaries and proofs of chaos for ReLU recurrent networks."""

__version__ = "0.2.0"

from .maps.model import ReLUMap
from .maps.boxes import as_box, default_box
from .maps.budgets import Budget
from .maps.cycles import Cycle, CycleList, cycle_from_regions
from .maps.solutions import piecewise_solutions
from .maps.scyfi import attracting_cycles, find_cycles, index_audit, settled_cycle
from .maps.inverse import inverse, preimages
from .maps.invertibility import invertibility, nonempty_regions
from .manifolds.local_set import LocalSet, invariant_subspaces
from .manifolds.growth import SampledManifold, sampled_manifold
from .manifolds.hits import find_hits, line_hits
from .manifolds.polygons import patch_hits
from .manifolds.pieces import FlatPiece, piece_along
from .manifolds.manifold import Manifold
from .manifolds.lazy import LazyManifold
from .manifolds.explicit import ExplicitManifold
from .manifolds.build import load_manifold, stable_manifold, unstable_manifold
from .manifolds.sections import plane_section
from .basins.basins import INFINITY, OTHER, UNDECIDED, Basins, basin_labels, basin_volumes, boundary_crossings
from .basins.quality import delta_sigma, manifold_quality
from .basins.edges import edge_states, edge_tracking
from .basins.radius import certified_radius
from .basins.escapes import nearest_escape
from .basins.tipping import boundary_distance, distance_along
from .basins.attractors import Attractors, find_attractors, saddle_sides
from .inputs.driven import DrivenMap, Stimulus
from .inputs.borders import Branch, Collision
from .inputs.branches import Branches, Regime, branches
from .inputs.regimes import RegimeMap, regime_map
from .inputs.stimuli import StrengthDuration, Thresholds, strength_duration, thresholds
from .inputs.rhythms import PhaseResponse, Phases, phase_response
from .inputs.smallest import SmallestStimulus, smallest_stimulus
from .inputs.families import Continuation, continue_cycle
from .chaos.measures import (BifurcationDiagram, bifurcation_diagram, kaplan_yorke_dimension, lyapunov_spectrum,
                             max_lyapunov, power_spectrum_distance, prediction_error, state_space_divergence)
from .chaos.homoclinic import HomoclinicList, HomoclinicPoint, find_homoclinic
from .chaos.proof import Certificate, certify
from .chaos.verification import Verification, verify_certificate
from .chaos.horseshoe import Box, Horseshoe, certify_horseshoe
from .chaos.blocks import find_blocks, find_horseshoe, homoclinic_horseshoe, saddle_box
from .chaos.trapping import Polytope, TrappingRegion, certify_trapping, trapping_region
from .chaos.cones import Cone, RobustChaos, certify_robust, robust_chaos
from .chaos.returns import returning_horseshoe
from .chaos.absorbing import AbsorbingSet, absorbing_set, certify_absorbing
from .networks.checkpoints import load_checkpoint
from .networks.ctln import ctln_weights, flow_stability, from_ctln
from .networks.networks import load_pretrained, pretrained_path, to_data, to_latent
from .data.systems import System, sample_starts, simulate
from .data.recordings import load_ecg, load_neuron
from .data.readers import read_recording
from .data.embedding import delay_embed
from .data.tables import read_series
from .tools.plotting import Plane
from .tools.citations import citation

# imported when asked for, from these rooms: they need the extra [train], plotly, or time to load
_LAZY = dict(from_torch="networks.importers", train="networks.training", Trained="networks.training", analyze="tools.analysis",
             analyze_many="tools.sweeps",
             **dict.fromkeys(("explore_sections", "figure_3d", "figure_regimes", "figure_slices"), "tools.interactive"),
             **dict.fromkeys(("choose_best", "learning_curves", "train_seeds"), "networks.seeds"))
__all__ = ["INFINITY", "OTHER", "UNDECIDED"] + sorted(n for n, v in globals().items() if getattr(v, "__module__", "").startswith(__name__ + "."))

def __getattr__(name):
    if name not in _LAZY: raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module
    return getattr(import_module(f".{_LAZY[name]}", __name__), name)

def __dir__(): return sorted([*__all__, *_LAZY, "__version__"])
