"""callcenter: is every call answered within three rings, and who was on duty?

The flow, in one breath: AMI bytes become **events** (:mod:`callcenter.ami`), a pure fold turns
events into **facts** (:mod:`callcenter.tracking`), and facts go side by side to the history
(:mod:`callcenter.store`), to what is happening now (:mod:`callcenter.live`) and to Prometheus
(:mod:`callcenter.metrics`); :mod:`callcenter.web` shows it all. Upper modules import lower ones
only; import contracts in pyproject.toml hold that.
"""
