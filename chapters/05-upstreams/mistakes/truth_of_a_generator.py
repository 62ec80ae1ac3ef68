# step: 1
# file: reverseproxy/upstreams.py
# message: a target without upstreams was accepted
# why: `not urls` asks a list whether it is empty; a generator is true, whatever it yields


class Upstreams:
    @classmethod
    def parse(cls, urls):
        if not urls:
            raise ConfigurationError("upstreams", urls, "needs at least one URL")
        found = {}
        for url in [urls] if isinstance(urls, str) else urls:
            upstream = Upstream.parse(url)
            place = upstream.origin, join(upstream.base, b"/")
            if place in found:
                raise ConfigurationError("upstream", url, "is there twice in one target")
            found[place] = upstream
        return cls(found.values())
