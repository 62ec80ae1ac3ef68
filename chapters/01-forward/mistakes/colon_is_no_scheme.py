# step: 1
# file: reverseproxy/origin.py
# message: 'localhost:8000' was accepted as an origin
# why: urlsplit takes what stands before the first colon for a scheme, so asking whether there is a
#      scheme is not enough


class Origin:
    @classmethod
    def parse(cls, url):
        parts = split_url(url)
        if not parts.scheme:
            raise bad_url(url, "must start with http:// or https://")
        return cls(parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme, 80))
