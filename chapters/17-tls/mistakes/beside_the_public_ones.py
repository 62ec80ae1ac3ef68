# step: 1
# file: reverseproxy/tls/contexts.py
# message: ca_file has one authority, and public ones are believed as well
# why: one more authority is believed


@cache
def upstream_context(settings, alpn):
    context = httpx.create_ssl_context()
    if settings.ca_file is not None:
        believe(context, settings.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(alpn)
    if settings.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.certificate:
        show(context, settings.certificate)
    return context
