# step: 1
# file: reverseproxy/upstreams.py
# message: /APP is a place of its own, and was refused
# why: names and schemes have no case; paths have


class Upstreams:
    @classmethod
    def parse(cls, urls):
        urls = [urls] if isinstance(urls, str) else list(urls)
        if not urls:
            raise ConfigurationError("upstreams", urls, "needs at least one URL")
        found = {}
        for url in urls:
            upstream = Upstream.parse(url)
            place = upstream.origin, join(upstream.base, b"/").lower()
            if place in found:
                raise ConfigurationError("upstream", url, "is there twice in one target")
            found[place] = upstream
        return cls(found.values())
