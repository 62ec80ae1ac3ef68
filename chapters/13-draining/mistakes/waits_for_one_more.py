# step: 3
# file: reverseproxy/http/accept_queue.py
# message: an accept on this socket waits
# why: in an event loop every socket is non-blocking already, or so it seems


def waiting(sock):
    taken = []
    while True:
        try:
            taken.append(sock.accept()[0])
        except ConnectionAbortedError:
            continue
        except OSError:
            return taken
