"""Routes on which another program moves the bytes: Globus Transfer, and IBM Aspera's ``ascp``.

Nothing of a file passes through this program there, so these are no carriers: :mod:`.ports` says what they are,
:mod:`.run` keeps the journal for them. Neither was ever run against the real service or the real ``ascp``: both are
written from their documentation and tried against strict stand-ins; see ``docs/guide.md``, "Globus and Aspera".
"""
