# step: 2
# file: reverseproxy/http/leaving.py
# message: an idle connection was closed at once
# why: nothing runs on it, so nothing seems to be lost


class LeavingConnection:
    def shutdown(self):
        self._is_leaving = True
        if self._is_silent():
            self.transport.close()
        else:
            self._linger()
