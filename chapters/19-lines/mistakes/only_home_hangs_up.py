# step: 5
# file: reverseproxy/lines/worker.py
# message: thorn and bud hang up, each is avoided once
# why: it is about home; that another one can be of no use as well is forgotten


class Worker:
    async def _dial(self):
        avoided, self._avoided = self._avoided, None
        why = None
        tried = [self._home]
        if avoided is not self._home:
            try:
                return await self._connect(self._target.lease(tried=self._others))
            except ExchangeError as error:
                why = error
        while True:
            try:
                lease = self._target.lease(tried=tried)
                tried.append(lease.upstream)
                return await self._connect(lease)
            except NoUpstreamAvailable as error:
                raise why or error from error
            except ConnectFailed as error:
                why = error
