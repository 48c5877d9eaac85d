"""What is read of a request to a webhook, before anything in it is trusted."""

from typing import Final

from aiohttp.hdrs import CONTENT_LENGTH, METH_GET, METH_HEAD, METH_POST, METH_PUT
from aiohttp.web import Request

from ..const import SECRET_HEADER
from .receiver import MAX_BODY_BYTES

# Handlers refuse the other methods themselves: Home Assistant would log the webhook's id with each of them.
METHODS: Final = (METH_GET, METH_HEAD, METH_POST, METH_PUT)


def secret_of(request: Request) -> bytes:
    """Return the secret that a request was sent with.

    A header that is not valid text contains lone surrogates, which the default error handler cannot encode.
    """
    return str(request.headers.get(SECRET_HEADER, "")).encode(errors="surrogatepass")


async def read_request_body(request: Request) -> bytes | None:
    """Return the body, or None once it exceeds the limit, even if the declared length did not."""
    content, declared, body = request.content, request.headers.get(CONTENT_LENGTH), b""
    while chunk := await content.read(MAX_BODY_BYTES + 1 - len(body)):
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
        if declared == str(len(body)):
            break  # The body is complete.
    return body
