"""Submissions on their way: the stages, who sends, waiting, following, files that failed, and where each stands."""
