"""Which certificates are trusted: those that the user's environment and package managers name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from doorward.errors import UsageError
from doorward.model.places import home_folder
from doorward.sources.settings import certificates

if TYPE_CHECKING:
    from ssl import SSLContext


def tls_context(environ: Mapping[str, str], default: Callable[[], SSLContext]) -> SSLContext:
    """Return a context for clients; UsageError, with the name of the setting, where a bundle cannot be read.

    SSL_CERT_FILE and SSL_CERT_DIR replace the default bundle, as they do for OpenSSL; what the package managers' own
    settings name is added, for one connection may serve several of them.
    """
    import ssl  # noqa: PLC0415 - 15 ms, which a run that needs no network saves

    file, folder = environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR")
    home = home_folder(environ)
    setting = "SSL_CERT_FILE or SSL_CERT_DIR"
    try:
        context = ssl.create_default_context(cafile=file, capath=folder) if file or folder else default()
        loaded = {Path(file).resolve()} if file else set[Path]()
        for name, path in certificates(environ, home):
            setting, bundle = name, path.resolve()
            if bundle in loaded:
                continue
            if bundle.is_dir():
                context.load_verify_locations(capath=bundle)
            else:
                context.load_verify_locations(cafile=bundle)
            loaded.add(bundle)
    except OSError as error:  # ssl.SSLError is one
        raise UsageError(f"{setting} names a certificate bundle that cannot be read ({error.strerror})") from None
    return context
