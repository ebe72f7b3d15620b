"""The start-up check of a OneRoster connection: harmless reads, one sentence per thing that is missing."""

from __future__ import annotations

from include.errors import AccessError, GradeSyncError
from include.sis.oneroster import answers, fields, records
from include.sis.oneroster.paging import UnknownPlaceError, collection
from include.sis.oneroster.services import VENDOR_HEADER, Service, Services

_SHOWN = 20


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
    return list(dict.fromkeys(told + _scopes(services) + _uncategorized(services)))


def _vendor_key(services: Services) -> list[str]:
    profile = services.profile
    if not profile.needs_vendor_key or profile.vendor_key or VENDOR_HEADER in {name.lower() for name in profile.headers}:
        return []
    return [f"connection {services.connection.id}: extra.vendor_key is empty. Enter the SIS vendor's key:secret, which {VENDOR_HEADER} must contain"]


def _uncategorized(services: Services) -> list[str]:
    """The category that extra.uncategorized names, where the SIS lists categories at all and none has this title."""
    wanted = fields.words(services.profile.uncategorized).casefold()
    if not wanted:
        return []
    try:
        rows = collection(services.gradebook, "categories", "categories", page_size=services.profile.page_size, sort=services.profile.sorted_pages)
    except (UnknownPlaceError, GradeSyncError):
        return []  # what is wrong with the list of categories is said already
    titles = {one.title for one in records.readable(rows, records.category)[0]}
    if not titles or wanted in {title.casefold() for title in titles}:
        return []
    allowed = ", ".join(sorted(titles)[:_SHOWN])
    where = f"connection {services.connection.id}: extra.uncategorized"
    return [f'{where}: "{services.profile.uncategorized}" is not the title of a category in the SIS. Use {allowed}']


def _read(service: Service, key: str, plural: str) -> list[str]:
    """One record of a collection that every server has."""
    answer = service.get(plural, limit=1)
    said = answers.read(answer)
    if said.good and isinstance(said.body.get(plural), list):
        return []
    name = service.http.api.name
    if answer.status_code == 404:
        return [f"{name}: nothing was found at {service.base}/{plural} (HTTP 404). Set extra.{key} to the URL that the SIS vendor gave you"]
    return [f"{name}: {service.base}/{plural} did not return a OneRoster response ({said.told}). Check extra.{key}"]


def _scopes(services: Services) -> list[str]:
    """Scopes that were asked for and not granted, where the server says what it granted."""
    granted = services.token.granted if services.token is not None else ()
    lacking = [scope for scope in services.profile.asked_scopes() if granted and scope not in granted]
    return [f"connection {services.connection.id}: the SIS did not grant the scope {scope}. Ask the SIS vendor to grant it" for scope in lacking]
