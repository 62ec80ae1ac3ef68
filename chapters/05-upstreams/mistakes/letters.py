# step: 1
# file: reverseproxy/upstreams.py
# message: a text was taken apart into its letters
# why: a text can be walked over, so a loop that is made for lists takes it without a word


class Upstreams:
    @classmethod
    def parse(cls, urls):
        found = {}
        for url in urls:
            upstream = Upstream.parse(url)
            place = upstream.origin, join(upstream.base, b"/")
            if place in found:
                raise ConfigurationError("upstream", url, "is there twice in one target")
            found[place] = upstream
        if not found:
            raise ConfigurationError("upstreams", [], "needs at least one URL")
        return cls(found.values())
