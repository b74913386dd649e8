"""From pixel values of any kind to pictures of 8 bit in which an engine can read text."""

from __future__ import annotations

from typing import Any

_LOW, _HIGH = 0.5, 99.5  # percentiles that become black and white
_DIM = 160  # grey levels: a picture of 8 bit that uses fewer is stretched
_WIDER = 1.5  # the full range is this much wider than that between the percentiles: both are looked at


def views(values: Any) -> tuple[Any, ...]:
    """One or two pictures of 8 bit: stretched between percentiles, so that single extreme values hide nothing, and
    over the full range, in which text drawn at the largest value stands out from bright tissue."""
    import numpy as np

    values = np.asarray(values)
    if values.dtype == bool:
        return (values.astype(np.uint8) * 255,)
    if values.ndim == 3 and values.shape[-1] == 2:
        values = values[..., 0]
    if values.dtype == np.uint8 and (values.ndim == 3 or _spread(values) >= _DIM):
        return (values,)
    numbers = np.nan_to_num(values.astype(np.float32), posinf=0, neginf=0)
    least, most = float(numbers.min()), float(numbers.max())
    if most <= least:
        return ()
    low, high = (float(v) for v in np.percentile(numbers[::2, ::2] if numbers.size > 1e6 else numbers, (_LOW, _HIGH)))
    if high <= low:
        return (_stretched(numbers, least, most),)
    if most - least <= _WIDER * (high - low):
        return (_stretched(numbers, least, most),)
    return _stretched(numbers, low, high), _stretched(numbers, least, most)


def _spread(values: Any) -> int:
    return int(values.max()) - int(values.min())


def _stretched(numbers: Any, low: float, high: float) -> Any:
    import numpy as np

    return (((numbers - low) / (high - low)).clip(0, 1) * 255).astype(np.uint8)
