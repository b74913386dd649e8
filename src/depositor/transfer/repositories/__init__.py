"""The ways of repositories whose files need calls of their own: InvenioRDM, DANDI, parts that the server cuts."""
