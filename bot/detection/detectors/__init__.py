"""One detector a file. A new file is found by its name; see bot/detection/registry.py."""
