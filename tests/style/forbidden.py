"""What no source may contain, and where: clocks, chance and identity below cli, guesses about text everywhere."""

import re

from source import code_only

# (pattern, floors it is forbidden in, why, and files that may). Patterns see code without comments and texts.
BELOW_CLI = ("schema/", "store/", "actors/", "sim/")
# How long a thread that gives way works and rests is recorded nowhere; the simulator has no such thread.
MAY_REST = "store/give_way.cpp"
CODE = [
    (r"\bsystem_clock\b|\bhigh_resolution_clock\b|\bsteady_clock\s*::\s*now\b", BELOW_CLI,
     "recorded time comes from the injected wall_clock, scheduled time from the actor library's"),
    (r"\bclock_gettime\b|\bgettimeofday\b|(?<![\w.>:])(?:std::)?time\s*\(\s*(?:nullptr|NULL|0|&\w+)\s*\)", BELOW_CLI,
     "recorded time comes from the injected wall_clock", MAY_REST),
    (r"\brandom_device\b|\bmt19937|\buniform_(?:int|real)_distribution\b|(?<![\w.>])s?rand\s*\(|\brandombytes_", BELOW_CLI,
     "same seed, same history: chance comes from our own generator"),
    (r"\bthis_thread\s*::\s*get_id\b|\bpthread_self\b|\bgettid\b", BELOW_CLI,
     "a thread's identity differs from run to run"),
    (r"\bsleep_for\b|\bsleep_until\b|\busleep\s*\(|\bnanosleep\b|(?<![\w.>])sleep\s*\(", BELOW_CLI + ("tests/",),
     "wait for the event, not for a while", MAY_REST),
    (r"(?<=[;{}])\s*rc\s*::\s*check\b", ("tests/",), "what it says isn't looked at, and the test can't fail: CHECK(rc::check(...))"),
    (r"\bcaf\s*::\s*infinite\b", BELOW_CLI + ("cli/",), "every request has a deadline"),
    (r"\b(?:float|double)\b", ("schema/", "actors/domain/"), "no floating point near money"),
    (r"\bthrow\b", ("schema/", "store/", "actors/domain/"), "errors are values below the actors"),
    (r"(?<![\w.>])assert\s*\(", BELOW_CLI + ("cli/",), "assert vanishes from release builds"),
]

# In any tracked text.
TEXT = [
    (re.compile(r"(?<![\w.$~])/(?:home|root|work|Users)/"), "a path of one machine"),
    (re.compile(r"\b(?:TO" r"DO|FIX" r"ME|HA" r"CK)\b"), "unfinished work: finish it, or say what holds now"),
]


def code_violations(path, text):
    code = code_only(text)
    found = []
    for pattern, folders, why, *may in CODE:
        if not path.startswith(folders) or path in may:
            continue
        for match in re.finditer(pattern, code):
            line = code.count("\n", 0, match.end()) + 1
            found.append(f"{path}:{line}: '{match.group(0).strip()}': {why}")
    return found


def text_violations(path, text):
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, why in TEXT:
            if pattern.search(line):
                found.append(f"{path}:{number}: {why}")
    return found
