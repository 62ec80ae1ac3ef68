# step: 2
# file: reverseproxy/facts.py
# message: a probe that passed undid an ejection
# why: a probe has just looked, and an ejection is a memory


def merge(facts, now, *, probes=True, traffic=True, keep_up=False):
    if facts.admin is not Admin.READY:
        return State(False, facts.admin.value)
    if not facts.is_listed and not (keep_up and facts.is_up):
        return UNLISTED
    if probes and facts.is_up is not None:
        return AVAILABLE if facts.is_up else State(False, f"down: {facts.why_down}")
    if traffic and facts.ejected_until is not None and now < facts.ejected_until:
        return ON_TRIAL if facts.is_on_trial else EJECTED
    return AVAILABLE
