"""Exact invariant manifolds, basin boundaries and proofs of chaos for ReLU recurrent networks."""

__version__ = "0.1.0"

from .model import ReLUMap
from .scyfi import Cycle, CycleList, cycle_from_regions, find_cycles, index_audit, piecewise_solutions
from .inverse import inverse, invertibility, nonempty_regions, preimages
from .manifold import SampledManifold, invariant_subspaces, sampled_manifold
from .local_set import LocalSet
from .hits import find_hits, line_hits
from .polygons import patch_hits
from .polyhedral import (ExplicitManifold, FlatPiece, LazyManifold, Manifold, load_manifold, piece_along, stable_manifold,
                         unstable_manifold)
from .basins import basin_labels, boundary_crossings, boundary_distance
from .quality import delta_sigma, manifold_quality
from .homoclinic import HomoclinicPoint, find_homoclinic
from .proof import Certificate, certify, verify_certificate
from .networks import load_checkpoint, load_pretrained
from .measures import (bifurcation_diagram, kaplan_yorke_dimension, lyapunov_spectrum, max_lyapunov, power_spectrum_distance,
                       prediction_error, state_space_divergence)
