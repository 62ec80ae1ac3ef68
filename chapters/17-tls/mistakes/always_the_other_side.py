# step: 4
# file: reverseproxy/tcp/handshake.py
# message: for a while there was no room for its message, and the handshake is too late
# why: it is the other side that is waited for


async def shake_hands(sock, poller, seconds):
    async with asyncio.timeout(seconds):
        while True:
            try:
                sock.do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                await readable(poller, sock)
            else:
                return
