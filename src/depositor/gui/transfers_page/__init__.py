"""The page of all transfers: what runs, what waits and for what, what needs somebody, what is done."""
