# step: 4
# file: reverseproxy/tcp/door.py
# message: nothing is left, and the one who knocks is told over and over
# why: it will be better the next time


class Door:
    def accept(self, sock):
        for _ in range(MOST):
            if not self._has_room():
                self.shut()
                return
            try:
                client, _ = sock.accept()
            except OSError:
                return
            self._enter(client)
