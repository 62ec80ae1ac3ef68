# step: 4
# file: reverseproxy/proxy.py
# message: the body tells the client the upstream's address
# why: what helps the one who runs the proxy helps the one who attacks it as well


class ReverseProxy:
    def unanswered(self, request, origin, error):
        logger.warning(
            "%d %s %s: upstream %s: %s",
            error.status,
            request.method,
            request_target(request.scope).decode("ascii", "backslashreplace"),
            origin,
            error,
        )
        phrase = HTTPStatus(error.status).phrase
        return PlainTextResponse(f"{error.status} {phrase}\n{origin}: {error}\n", error.status)
