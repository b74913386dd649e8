"""One file in parts that go in any order over several lines."""
