"""Text in the pictures of many files: which are read, by how many processes, and what is remembered of it."""

from depositor.scan.frames.base import Amount as Amount
