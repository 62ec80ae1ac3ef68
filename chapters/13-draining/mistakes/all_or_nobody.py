# step: 3
# file: reverseproxy/http/accept_queue.py
# message: one connection was broken, and welcome raised
# why: what can go wrong with a connection that was accepted a moment ago?


async def welcome(taken, protocol):
    loop = asyncio.get_running_loop()
    for connection in taken:
        await loop.connect_accepted_socket(protocol, connection)
