# step: 2
# file: reverseproxy/http/leaving.py
# message: nobody stops, and an idle connection was closed
# why: behind each answer it is silent, and silence is what is waited for


class LeavingConnection:
    def on_response_complete(self):
        super().on_response_complete()
        self._linger()
