# step: 4
# file: reverseproxy/probes/prober.py
# message: the proxy had no more files, and an upstream is down
# why: a probe that could not be made has not passed


class Prober:
    async def _probe(self, check):
        limit = asyncio.timeout(check.timeout)
        try:
            async with limit:
                await check.next_probe().probe(check.upstream)
        except ProbeFailed as error:
            check.failed(str(error))
        except (Exception, asyncio.CancelledError) as error:
            if is_being_cancelled(error):
                raise
            if limit.expired():
                check.failed(f"no answer within {check.timeout:g} s")
            else:
                check.failed(f"the probe raised {error!r}")
        else:
            check.passed()
        finally:
            self._running.discard(check)
