"""The way out of this computer: sessions, proxies, certificates, names, portals, what a test of the way sees."""
