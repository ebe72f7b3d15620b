"""What PowerSchool writes into CreatedByPlugin for our plugin: its ID, or a signed plugin's Identifier (powerschool-xte.md §2)."""

from __future__ import annotations

from include.sis.powerschool.service import Service


def identities(service: Service) -> frozenset[str]:
    """Return every identity that our plugin is known by; none where PowerSchool does not report its ID and the connection names none."""
    return frozenset(filter(None, (service.metadata.plugin_id, service.options.plugin_identifier)))
