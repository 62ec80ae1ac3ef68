# step: 5
# file: reverseproxy/services.py
# message: a service that returned was not started again
# why: only an exception looks like an accident


async def supervise(service, pause=FIRST_PAUSE):
    while (why := await died(service)) is not None:
        logger.error(
            "%s ended; it starts again in %g s", type(service).__name__, pause, exc_info=why
        )
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
