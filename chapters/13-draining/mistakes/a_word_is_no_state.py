# step: 1
# file: reverseproxy/target.py
# message: told twice, the second time with Admin.DRAIN
# why: the state is compared as it was said, and it may be said in two ways


class Target:
    def set_state(self, url, state):
        upstream, wanted = self.upstreams.at(url), admin_of(state)
        if upstream.facts.admin.value != state:
            upstream.facts.admin = wanted
            self._drains.told(upstream)
        return upstream
