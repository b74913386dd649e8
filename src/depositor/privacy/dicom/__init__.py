"""DICOM as the checks see it: a bounded walk over its elements, the confidentiality table, what attributes hold."""
