# step: 2
# file: reverseproxy/http/leaving.py
# message: nobody told this client that it was over
# why: it is how uvicorn does it: the connection ends with the answer that runs


class LeavingConnection:
    def shutdown(self):
        self._is_leaving = True
        if self._is_silent():
            self._linger()
        else:
            self.cycle.keep_alive = False
