"""Places in files, in words."""

import pytest

from depositor.session import location


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("(0010,0010)", "(0010,0010) Patient's Name"),
        ("(0040,A730)[0].(0040,A123)", "(0040,A730)[0].(0040,A123) Person Name"),
        ("(0018,0050)", "(0018,0050) Slice Thickness"),  # not in the table of the profile
        ("(0010,4000):line:2", "(0010,4000) Patient Comments:line:2"),
        ("(0009,1001)", "(0009,1001)"),
        ("private:ACME", "private:ACME"),
        ("tiff:0:Artist", "tiff:0:Artist"),
        (None, ""),
    ],
)
def test_dicom_tags_are_told_with_their_names(given, told):
    assert location.told(given) == told
