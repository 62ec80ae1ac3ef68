# step: 4
# file: reverseproxy/probes/prober.py
# message: and was not made again
# why: a probe promises to raise ProbeFailed, and this one does not keep it


class Prober:
    async def _probe(self, check):
        try:
            async with asyncio.timeout(check.timeout):
                await check.next_probe().probe(check.upstream)
        except ProbeFailed as error:
            check.failed(str(error))
        except TimeoutError:
            check.failed(f"no answer within {check.timeout:g} s")
        else:
            check.passed()
        finally:
            self._running.discard(check)
