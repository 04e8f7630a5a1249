"""TLS towards the PBX: verified unless the operator says otherwise."""

import ssl

from callcenter.ami.received import Trouble
from callcenter.ami.settings import TlsSettings
from callcenter.ami.trouble import LinkFailure


def context(settings: TlsSettings) -> ssl.SSLContext:
    """The client side's context. Raises LinkFailure where ca_file can't be read."""
    try:
        made = ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        why = "no certificate in PEM form" if isinstance(error, ssl.SSLError) else "it can't be read"
        raise LinkFailure(Trouble.TLS, f"tls_ca {settings.ca_file} is of no use: {why}") from None
    if not settings.verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made
