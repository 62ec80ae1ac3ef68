# step: 4
# file: reverseproxy/probes/prober.py
# message: a probe without an answer was never ended
# why: the settings have a timeout, so somebody will surely look at it


class Prober:
    async def _probe(self, check):
        try:
            await check.next_probe().probe(check.upstream)
        except ProbeFailed as error:
            check.failed(str(error))
        except Exception as error:  # noqa: BLE001 - anything
            check.failed(f"the probe raised {error!r}")
        else:
            check.passed()
        finally:
            self._running.discard(check)
