"""The test of the way to an archive, step by step, before anything is typed or sent."""
