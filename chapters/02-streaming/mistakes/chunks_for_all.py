# step: 5
# file: reverseproxy/proxy.py
# message: a client of HTTP/1.0 was sent chunks
# why: every client that one tries it with knows chunks


class ReverseProxy:
    def forward(self, request, body, origin):
        check_request(request.method, request.headers.raw)
        asked = UpstreamRequest(
            method=request.method,
            target=request_target(request.scope),
            fields=end_to_end((name, value.strip(b" \t")) for name, value in request.headers.raw),
            body=body,
        )
        return self._client.stream(origin, asked)
