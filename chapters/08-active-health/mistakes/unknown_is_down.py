# step: 2
# file: reverseproxy/facts.py
# message: an upstream that nobody has asked was taken for one that is down
# why: None is false, too


def merge(facts, now, *, probes=True, traffic=True, keep_up=False):
    if facts.admin is not Admin.READY:
        return State(False, facts.admin.value)
    if not facts.is_listed and not (keep_up and facts.is_up):
        return UNLISTED
    if probes and not facts.is_up and not facts.ejected_until and facts.is_listed:
        return State(False, f"down: {facts.why_down}") if facts.why_down else State(False)
    if traffic and facts.ejected_until is not None and now < facts.ejected_until:
        return ON_TRIAL if facts.is_on_trial else EJECTED
    return AVAILABLE
