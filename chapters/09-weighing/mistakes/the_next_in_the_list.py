# step: 3
# file: reverseproxy/policies/random_choice.py
# message: a is out, and b got
# why: who is drawn and out hands on to the next one


class RandomChoice:
    def select(self, upstreams, accepts):
        begin = upstreams.index(self._draws.one(upstreams))
        for upstream in upstreams[begin:] + upstreams[:begin]:
            if accepts(upstream):
                return upstream
        return None
