# step: 4
# file: reverseproxy/health/ejector.py
# message: the answer is there, and the trial still waits for its end
# why: whether an answer is good is known for certain when it is complete


class Ejector:
    def answered(self, lease, now):
        pass
