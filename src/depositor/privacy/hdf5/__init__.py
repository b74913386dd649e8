"""HDF5 from its bytes: object headers, tables packed or not, check sums."""
