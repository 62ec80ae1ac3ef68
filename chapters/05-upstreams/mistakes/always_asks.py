# step: 3
# file: reverseproxy/target.py
# message: a policy was asked which one to take
# why: whatever the policy, one of one is that one


class Target:
    def select_upstream(self):
        return self._policy.select(self.upstreams)
