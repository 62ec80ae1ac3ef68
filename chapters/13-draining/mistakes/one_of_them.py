# step: 3
# file: reverseproxy/http/accept_queue.py
# message: 20 were in the queue, and 1 taken
# why: one accept, one connection


def waiting(sock):
    sock.setblocking(False)
    try:
        return [sock.accept()[0]]
    except OSError:
        return []
