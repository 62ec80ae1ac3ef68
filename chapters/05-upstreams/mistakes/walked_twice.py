# step: 1
# file: reverseproxy/upstreams.py
# message: two URLs went in and no upstream came out
# why: the first walk, which only looks for mistakes, leaves nothing of a generator for the second


class Upstreams:
    @classmethod
    def parse(cls, urls):
        urls = [urls] if isinstance(urls, str) else urls
        places = []
        for url in urls:
            upstream = Upstream.parse(url)
            place = upstream.origin, join(upstream.base, b"/")
            if place in places:
                raise ConfigurationError("upstream", url, "is there twice in one target")
            places.append(place)
        if not places:
            raise ConfigurationError("upstreams", [], "needs at least one URL")
        return cls(Upstream.parse(url) for url in urls)
