from starlette.requests import Request


def origin(request: Request) -> str:
    """The address by which the caller knows us: what we answer must be reachable from there."""
    return f"{request.url.scheme}://{request.url.netloc}"
