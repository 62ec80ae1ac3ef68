# step: 1
# file: reverseproxy/target.py
# message: told twice:
# why: setting what is set already does no harm, but somebody reads of it


class Target:
    def set_state(self, url, state):
        upstream = self.upstreams.at(url)
        upstream.facts.admin = admin_of(state)
        self._drains.told(upstream)
        return upstream
