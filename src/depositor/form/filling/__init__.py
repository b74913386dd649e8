"""From facts of headers to answers, and from answers to what follows from them."""
