"""Who may include whom. A floor knows only floors below it; actors/domain and store don't know each other."""

import re

from source import includes

# Floor -> floors it may include from, itself included.
FLOORS = {
    "schema": {"schema"},
    "store": {"store", "schema"},
    "actors/domain": {"actors/domain", "schema"},
    "actors": {"actors", "actors/domain", "store", "schema"},
    "sim": {"sim", "actors", "actors/domain", "store", "schema"},
    "cli": {"cli", "sim", "actors", "actors/domain", "store", "schema"},
    "tests": {"tests", "sim", "cli", "actors", "actors/domain", "store", "schema"},
}

# The two codecs, wire and log, and what they share.
CODECS = re.compile(r"schema/(wire_|log_|terms_codec|flat)")

# Library headers (as a whole) that only some floors may see, and why somebody would be sorry otherwise.
LIBRARIES = [
    (r"caf/.*", {"actors", "sim", "cli", "tests"}, "rules and store work without the actor library"),
    (r"lmdb\.h", {"store", "tests"}, "one floor touches the disk"),
    (r"flatbuffers/.*|.*_generated\.h", {"schema", "tests"}, "only the codecs touch generated code"),
    (r"boost/(asio|beast).*", {"cli", "tests"}, "sockets belong to the gateway and the clients"),
    (r"toml\+\+/.*", {"cli"}, "TOML at the edge, events inside"),
    (r"openssl/.*|pugixml\.hpp", {"actors/domain", "cli", "tests"}, "only dialects sign and read channels' bodies"),
    (r"utf8proc\.h", {"actors/domain"}, "whose name is whose is a rule"),
    (r"prometheus/.*", {"cli"}, "actors count; what a scraper calls it is the edge's"),
    (r"spdlog/.*", {"actors", "sim", "cli", "tests"}, "rules and store return what they have to say"),
    (r"chrono", {"schema", "store", "actors", "sim", "cli", "tests"}, "time is in the input"),
    (r"thread|mutex|shared_mutex|condition_variable|future|atomic|random|fstream|iostream|filesystem|ctime|time\.h"
     r"|unistd\.h|sys/.*",
     {"store", "actors", "sim", "cli", "tests"}, "rules and schema see no thread, file or chance"),
]


def floor_of(path):
    if path.startswith("actors/domain/"):
        return "actors/domain"
    top = path.split("/")[0]
    return top if top in FLOORS else None


def violations(path, text):
    floor = floor_of(path)
    if floor is None:
        return []
    found = []
    for line, target, is_quoted in includes(text):
        for pattern, allowed, why in LIBRARIES:
            if re.fullmatch(pattern, target) and floor not in allowed:
                found.append(f"{path}:{line}: {floor} may not include <{target}>: {why}")
        if target.endswith("_generated.h") and floor == "schema" and not CODECS.match(path):
            found.append(f"{path}:{line}: generated code is touched by the codecs only")
        if target.endswith("_generated.h") or not is_quoted:
            continue
        below = floor_of(target)
        if below is None:
            found.append(f'{path}:{line}: "{target}" must be written from the top, as "schema/money.hpp"')
        elif below not in FLOORS[floor]:
            found.append(f"{path}:{line}: {floor} may not know {below} ({target})")
    return found
