"""When to send, when to wait, and how much: one road for all, the gate, hours, limits, patience."""
