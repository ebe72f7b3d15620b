"""The fault bench: a small night per SIS, killed at every boundary and hurt by every fault, then run again and compared (`make faults`)."""
