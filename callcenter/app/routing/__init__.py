"""Where callers are sent: PBXs kept at what the roster says, and modes forced by hand."""

from callcenter.app.routing.keeper import Held, Routing
from callcenter.app.routing.office import RoutingOffice

__all__ = ["Held", "Routing", "RoutingOffice"]
