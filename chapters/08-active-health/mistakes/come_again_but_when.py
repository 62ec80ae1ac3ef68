# step: 2
# file: reverseproxy/proxy.py
# message: come again, but when?
# why: the status came by itself, with the error, and the field does not


class ReverseProxy:
    def unanswered(self, request, target, error):
        logger.warning(
            "%d %s: upstream %s: %s", error.status, asked_for(request), whom(target, error), error
        )
        return PlainTextResponse(
            f"{error.status} {HTTPStatus(error.status).phrase}\n", error.status
        )
