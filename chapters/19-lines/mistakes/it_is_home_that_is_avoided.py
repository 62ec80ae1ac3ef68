# step: 5
# file: reverseproxy/lines/worker.py
# message: thorn is to be avoided, rose is home, and there
# why: somebody is avoided, and that can only be home


class Worker:
    async def _dial(self):
        avoided, self._avoided = self._avoided, None
        tried = [avoided] if avoided else []
        why = None
        if not avoided:
            try:
                return await self._connect(self._target.lease(tried=self._others))
            except ExchangeError as error:
                why = error
            tried.append(self._home)
        while True:
            try:
                lease = self._target.lease(tried=tried)
                tried.append(lease.upstream)
                return await self._connect(lease)
            except NoUpstreamAvailable as error:
                raise why or error from error
            except ConnectFailed as error:
                why = error
