"""The start-up check of a OneRoster connection: harmless reads, one sentence per thing that is missing."""

from __future__ import annotations

from include.errors import AccessError, GradeSyncError
from include.sis.oneroster import answers
from include.sis.oneroster.services import VENDOR_HEADER, Service, Services


def missing(services: Services) -> list[str]:
    """What an admin has to mend before a sync; empty when all is well. Writes nothing."""
    told = _vendor_key(services)
    for service, key, plural in ((services.rostering, "rostering_url", "orgs"), (services.gradebook, "gradebook_url", "categories")):
        try:
            told += _read(service, key, plural)
        except AccessError as error:
            told.append(error.told)
            if services.token is not None and not services.token.has_token:
                return told
        except GradeSyncError as error:
            return [*told, error.told]
    return list(dict.fromkeys(told + _scopes(services)))


def _vendor_key(services: Services) -> list[str]:
    profile = services.profile
    if not profile.needs_vendor_key or profile.vendor_key or VENDOR_HEADER in {name.lower() for name in profile.headers}:
        return []
    return [f"connection {services.connection.id}: extra.vendor_key is empty; gradebook calls need the SIS vendor's key:secret in {VENDOR_HEADER}"]


def _read(service: Service, key: str, plural: str) -> list[str]:
    """One record of a collection that every server has."""
    answer = service.get(plural, limit=1)
    said = answers.read(answer)
    if said.good and isinstance(said.body.get(plural), list):
        return []
    name = service.http.api.name
    if answer.status_code == 404:
        return [f"{name}: nothing is served at {service.base}/{plural} (HTTP 404); set extra.{key} to the address that the SIS hands out"]
    return [f"{name}: {service.base}/{plural} gave no OneRoster answer ({said.told}); is extra.{key} right?"]


def _scopes(services: Services) -> list[str]:
    """Scopes that were asked for and not granted, where the server says what it granted."""
    granted = services.token.granted if services.token is not None else ()
    lacking = [scope for scope in services.profile.asked_scopes() if granted and scope not in granted]
    return [f"connection {services.connection.id}: the SIS did not grant the scope {scope}: have it granted" for scope in lacking]
