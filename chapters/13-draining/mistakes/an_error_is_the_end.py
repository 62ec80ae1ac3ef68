# step: 3
# file: reverseproxy/http/accept_queue.py
# message: two had left, three were behind them
# why: an empty queue is an error, so an error is an empty queue


def waiting(sock):
    sock.setblocking(False)
    taken = []
    with contextlib.suppress(OSError):
        while True:
            taken.append(sock.accept()[0])
    return taken
