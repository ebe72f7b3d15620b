"""The sandbox's OneRoster 1.1 and 1.2 provider; each vendor is a row of traits."""

from include.sandbox.oneroster.app import oneroster_app
from include.sandbox.oneroster.traits import TRAITS, VendorTraits, lenient, standard

__all__ = ["TRAITS", "VendorTraits", "lenient", "oneroster_app", "standard"]
