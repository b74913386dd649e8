"""The stand-in of the engine's tests keeps the promises that it stands for."""

from __future__ import annotations

from pathlib import Path

import pytest
from apart_place import ApartPlace
from carrier_suite import CarrierSuite


class TestApart(CarrierSuite):
    @pytest.fixture
    def place(self, tmp_path: Path) -> ApartPlace:  # type: ignore[override]
        return ApartPlace(tmp_path / "place")


class TestApartAndSilent(CarrierSuite):
    @pytest.fixture
    def place(self, tmp_path: Path) -> ApartPlace:  # type: ignore[override]
        return ApartPlace(tmp_path / "place", tells=False)
