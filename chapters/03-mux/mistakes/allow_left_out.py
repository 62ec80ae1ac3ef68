# step: 5
# file: reverseproxy/proxy.py
# message: a 405 without Allow: it does not say what would be right
# why: the status alone looks like an answer


class ReverseProxy:
    def unmatched(self, match):
        status = 405 if match.allow else 404
        return PlainTextResponse(f"{status} {HTTPStatus(status).phrase}\n", status)
