"""The parts of the privacy page: kinds of findings, their places, the picture, the questions that are asked once."""
