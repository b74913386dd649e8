"""Where everything is wired: store, worker process, accounts, settings, logs; the one engine behind both faces."""
