"""A few planes of an image, small, for looking at: one module per way of storing pixels. Runs in the worker process."""
