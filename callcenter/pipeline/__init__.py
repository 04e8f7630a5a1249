"""The pump: what the PBXs say goes in at one end, facts come out at the other, in one order.

:class:`~callcenter.pipeline.pump.Pump` is the only place where bytes, the call tracker and those who
want its facts meet.
"""

from callcenter.pipeline.line import Line, resumed
from callcenter.pipeline.ports import Fold, Meter, Outbox, Source
from callcenter.pipeline.pump import Pump

__all__ = ["Fold", "Line", "Meter", "Outbox", "Pump", "Source", "resumed"]
