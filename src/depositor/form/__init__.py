"""The description: profiles, fields, prefill, validation, vocabularies and licences."""
