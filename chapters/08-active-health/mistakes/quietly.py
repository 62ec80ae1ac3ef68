# step: 5
# file: reverseproxy/services.py
# message: the log does not say what it died of
# why: it runs again, so nothing seems to be left to say


async def supervise(service, pause=FIRST_PAUSE):
    while True:
        await died(service)
        logger.warning("%s starts again in %g s", type(service).__name__, pause)
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
