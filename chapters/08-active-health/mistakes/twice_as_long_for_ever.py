# step: 5
# file: reverseproxy/services.py
# message: it waited so many seconds
# why: it doubles, as asked, and in a test of four pauses nobody sees where that leads


async def supervise(service, pause=FIRST_PAUSE):
    while True:
        why = await died(service)
        logger.error(
            "%s ended; it starts again in %g s", type(service).__name__, pause, exc_info=why
        )
        await asyncio.sleep(pause)
        pause *= 2
