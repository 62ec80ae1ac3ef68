# step: 4
# file: reverseproxy/probes/prober.py
# message: and did not fail
# why: Exception is everything that can go wrong, and a cancel comes from whoever stops us


class Prober:
    async def _probe(self, check):
        limit = asyncio.timeout(check.timeout)
        try:
            async with limit:
                await check.next_probe().probe(check.upstream)
        except ProbeFailed as error:
            check.failed(str(error))
        except Exception as error:  # noqa: BLE001 - anything
            if limit.expired():
                check.failed(f"no answer within {check.timeout:g} s")
            else:
                check.failed(f"the probe raised {error!r}")
        else:
            check.passed()
        finally:
            self._running.discard(check)
