"""Public services that know more: who has this ORCID iD, what this paper is called. They enrich and never block.

Nothing is asked without an action of the person in the field, only what was typed there goes out, nothing is logged.
An answer is a proposal that a person takes as a whole, in part, or not at all.
"""
