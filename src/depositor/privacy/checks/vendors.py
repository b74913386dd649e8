"""The formats of makers of microscopes, in the order in which they are asked."""

from __future__ import annotations

from depositor.privacy.checks.cytometry import FCS, MCD
from depositor.privacy.checks.czi import CZI
from depositor.privacy.checks.electrons import EMI, SER
from depositor.privacy.checks.gatan import GATAN
from depositor.privacy.checks.lasers import DV, OBF, SDT, SPE
from depositor.privacy.checks.leica import LIF, LOF
from depositor.privacy.checks.nd2 import ND2
from depositor.privacy.checks.olympus import COMPOUND, ETS, OIB, OIR, VSI
from depositor.privacy.checks.ports import Check

VENDORS: tuple[Check, ...] = (CZI, LIF, LOF, ND2, OIB, OIR, VSI, ETS, GATAN, EMI, SER, FCS, MCD, SDT, OBF, SPE, DV)
"""Each is known by the first bytes; none of them is anything else."""

CONTAINERS: tuple[Check, ...] = (COMPOUND,)
"""For what no other check knows: files in which many makers keep theirs."""
