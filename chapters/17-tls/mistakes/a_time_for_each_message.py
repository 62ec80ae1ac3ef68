# step: 4
# file: reverseproxy/tcp/handshake.py
# message: it should be too late, and is done
# why: who says something is given time to say more


async def shake_hands(sock, poller, seconds):
    while True:
        async with asyncio.timeout(seconds):
            try:
                sock.do_handshake()
            except ssl.SSLWantReadError:
                await readable(poller, sock)
            except ssl.SSLWantWriteError:
                await writable(poller, sock)
            else:
                return
