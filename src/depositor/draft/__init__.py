"""The deposit being made, as values: no input or output, no clock, no Qt, nothing but the standard library."""
