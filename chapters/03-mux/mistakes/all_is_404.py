# step: 5
# file: reverseproxy/proxy.py
# message: the wrong method was answered as if there were no such place
# why: no target, no such place: so it seems


class ReverseProxy:
    def unmatched(self, match):
        return PlainTextResponse("404 Not Found\n", 404)
