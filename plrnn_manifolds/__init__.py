"""Exact invariant manifolds, basin boundaries and proofs of chaos for ReLU recurrent networks."""

__version__ = "0.1.0"

from .model import ReLUMap
from .scyfi import Cycle, CycleList, cycle_from_regions, find_cycles, index_audit, piecewise_solutions
from .inverse import inverse, invertibility, nonempty_regions, preimages
from .manifold import SampledManifold, invariant_subspaces, sampled_manifold
from .local_set import LocalSet
from .hits import find_hits, line_hits
from .polygons import patch_hits
from .polyhedral import (ExplicitManifold, FlatPiece, LazyManifold, Manifold, load_manifold, piece_along, plane_section,
                         stable_manifold, unstable_manifold)
from .basins import (INFINITY, OTHER, Basins, basin_labels, basin_volumes, boundary_crossings, boundary_distance,
                     certified_radius, distance_along, edge_tracking)
from .quality import delta_sigma, manifold_quality
from .homoclinic import HomoclinicList, HomoclinicPoint, find_homoclinic
from .proof import Certificate, Verification, certify, verify_certificate
from .networks import load_checkpoint, load_pretrained, to_data, to_latent
from .measures import (BifurcationDiagram, bifurcation_diagram, kaplan_yorke_dimension, lyapunov_spectrum, max_lyapunov,
                       power_spectrum_distance, prediction_error, state_space_divergence)
from .systems import System, sample_starts, simulate
from .recordings import delay_embed, load_ecg, load_neuron
