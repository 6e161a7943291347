"""The pure core: facts come in, rules turn them into decisions. No I/O, no clock, no randomness, no logging."""
