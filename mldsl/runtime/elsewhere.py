"""Systems behind URIs, through fsspec: opened in one way, and their many errors told in one way."""

from __future__ import annotations

from typing import Any

from mldsl.catalog.connectors import SCHEMES

# Seconds until a web server that accepts no connection, or sends nothing, counts as gone.
_CONNECT, _SILENCE = 30, 60


class NotInstalledError(Exception):
    """What reads a kind of URI is not there: the text says what, `help` how to get it."""

    def __init__(self, uri: str, error: ImportError) -> None:
        extra = SCHEMES.get(uri.partition("://")[0].lower())
        what = f"the extra `{extra}` is not installed" if extra else f"a package is not installed ({error})"
        super().__init__(what)
        self.help = f"pip install 'mldsl[{extra}]'" if extra else None


def open_system(uri: str) -> tuple[Any, str]:
    """The file system of a URI and the path in it; it keeps no listings, so that what it says is so now.

    Raises NotInstalledError, and what the system's own library raises.
    """
    import fsspec

    options: dict[str, Any] = {"use_listings_cache": False}
    try:
        if uri.startswith(("http://", "https://")):
            import aiohttp

            timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT, sock_read=_SILENCE)
            options["client_kwargs"] = {"timeout": timeout}
        system, place = fsspec.core.url_to_fs(uri, **options)
    except ImportError as error:
        raise NotInstalledError(uri, error) from error
    return system, str(place)


def cause_of(error: BaseException) -> BaseException | None:
    """What went wrong; None where a file is just not there.

    Whatever a web server refuses, or does not answer, comes as a missing file that the real error caused.
    """
    if not isinstance(error, FileNotFoundError):
        return error
    cause = error.__cause__
    return None if isinstance(cause, FileNotFoundError) or getattr(cause, "status", None) == 404 else cause


def words(error: BaseException) -> str:
    """What went wrong in the library's own words, in one line."""
    if isinstance(error, TimeoutError):
        return "the server does not answer in time"
    if hasattr(error, "status") and hasattr(error, "message"):
        return f"the server answers {error.status} {error.message}"
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def way_out(error: BaseException) -> str | None:
    """What to do about it, where that is known."""
    if "Credential" in type(error).__name__ or isinstance(error, PermissionError):
        return "give credentials as that system's own tools take them: environment variables, or their files"
    return None
