"""The fault test: random consultations with random faults, kills and restarts, and what must be true afterwards."""
