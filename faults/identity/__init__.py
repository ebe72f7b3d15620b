"""Identity cases of the fault bench: the night after an ID, a section, a server, a target, or a run is not what it was (I-1 to I-6)."""
