"""After hours: who is on duty, put into the PBX ahead of time, so that callers need nobody else.

:mod:`policy` (pure) computes what a PBX should hold; :mod:`held` (pure) reads what it does hold;
:mod:`astdb` brings the one to the other over the manager interface. The dialplan that reads it is
``dialplans/callcenter.conf``.
"""
