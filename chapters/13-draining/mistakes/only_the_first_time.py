# step: 2
# file: reverseproxy/http/leaving.py
# message: its answer has ended, it is silent, and it was never let go
# why: shutdown has set a timer, and that has found an answer that was running


class LeavingConnection:
    def on_response_complete(self):
        super().on_response_complete()
