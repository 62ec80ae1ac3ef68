# step: 1
# file: reverseproxy/upstreams.py
# message: HTTP://127.0.0.1:8001, and nobody minds
# why: two texts that differ can name one place; what is compared must be read first


class Upstreams:
    @classmethod
    def parse(cls, urls):
        urls = [urls] if isinstance(urls, str) else list(urls)
        if not urls:
            raise ConfigurationError("upstreams", urls, "needs at least one URL")
        for place, url in enumerate(urls):
            if url in urls[:place] or url.removesuffix("/") in urls[:place]:
                raise ConfigurationError("upstream", url, "is there twice in one target")
        return cls(Upstream.parse(url) for url in urls)
