# step: 5
# file: reverseproxy/lines/worker.py
# message: tries in one moment, and no end
# why: the target does not remember whom a worker has asked; the worker has to


class Worker:
    async def _dial(self):
        tried, self._avoided = [self._avoided] if self._avoided else [], None
        why = None
        if self._home not in tried:
            try:
                return await self._connect(self._target.lease(tried=self._others))
            except ExchangeError as error:
                why = error
            tried.append(self._home)
        while True:
            try:
                return await self._connect(self._target.lease(tried=tried))
            except NoUpstreamAvailable as error:
                raise why or error from error
            except ConnectFailed as error:
                why = error
