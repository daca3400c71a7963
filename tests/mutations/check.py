#!/usr/bin/python3
"""The simulator catches every broken rule: breaks each known rule in turn (schema/mutation.hpp) and demands that a
checker of `oncepay sim` says so within a stated number of seeds, and says nothing where no rule is broken. A simulator
that can't fail proves nothing. Needs a program built with ONCEPAY_MUTATIONS."""

import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import time

# Mutation: the bad luck that brings it to light - a profile, or a story of tests/scenarios where no profile is likely to
# bring it about -, within how many seeds at most, of how many orders each (a story has its own).
CAUGHT_WITHIN = {
    "reroute-after-timeout": ("liar", 5, 300),
    "unknown-is-failed": ("liar", 5, 300),
    "restart-proves-failure": ("crash", 5, 300),
    "drop-late-reply": ("liar", 5, 300),
    "later-result-wins": ("liar", 5, 300),
    "swallow-contradiction": ("liar", 5, 300),
    "forget-idempotency": ("storm", 5, 300),
    "ignore-fingerprint": ("storm", 5, 300),
    "unbalanced-posting": ("calm", 5, 300),
    "believe-early-not-found": ("liar", 5, 300),
    "failed-enquiry-is-failed": ("liar", 5, 300),
    "enquiries-never-end": ("liar", 5, 300),
    "enquiries-know-no-share": ("liar", 5, 300),
    "refund-above-paid": ("liar", 5, 300),
    "refund-twice-after-timeout": ("liar", 5, 300),
    "close-without-asking": ("liar", 5, 300),
    "fail-before-reversed": ("liar", 5, 300),
    "success-after-reversal": ("payment-by-code-late-success-while-reversed.toml", 5, None),
    "refused-reversal-reversed": ("payment-by-code-reversal-refused.toml", 1, None),
    "contradiction-overwrites": ("liar", 5, 300),
    "notice-of-any-amount": ("liar", 5, 300),
    "rule-alone": ("liar", 5, 300),
    "rule-after-evidence": ("liar", 10, 600),
    "ruled-failed-keeps-money": ("ruled-failed-and-paid-after-all.toml", 1, None),
    "failed-telling-is-told": ("storm", 5, 300),
    "tell-failed-as-paid": ("storm", 5, 300),
    "check-settles": ("liar", 5, 300),
    "resubmit-pay-out": ("pay-out-in-doubt-is-not-sent-elsewhere.toml", 1, None),
    "believe-not-found-of-pay-out": ("pay-out-lost-from-sight-stays-in-doubt.toml", 1, None),
    "pay-out-beside-its-like": ("pay-out-lost-from-sight-stays-in-doubt.toml", 1, None),
    "release-in-doubt": ("liar", 5, 300),
    "keep-claim": ("pay-out-failed-gives-back-its-claim.toml", 1, None),
    "claim-below-floor": ("liar", 5, 300),
    "wallet-denies-payment": ("killed-between-a-wallets-decision-and-its-orders.toml", 5, None),
    "top-up-wallet-of-merchant": ("calm", 5, 300),
    "keep-wallet-refund": ("promotion", 5, 1200),
    "pay-out-while-stopped": ("pay-outs-stopped-on-their-way.toml", 1, None),
    "open-batch-again": ("crash", 5, 300),
    "ignore-batch-total": ("crash", 5, 300),
    "ignore-batch-content": ("crash", 5, 300),
    "skip-batch-line": ("crash", 5, 300),
    "hand-out-early": ("crash", 5, 300),
    "keep-last-state": ("calm", 5, 300),
    "submit-before-commit": ("calm", 5, 300),
    "reply-before-commit": ("disk", 5, 300),
    "submit-twice": ("calm", 5, 300),
    "submit-too-late": ("clock", 30, 600),
    "skip-due": ("crash", 5, 300),
    "lose-waiter": ("promotion", 5, 300),
    "return-permit-twice": ("promotion", 5, 300),
    "forget-permits": ("storm", 10, 1000),
    "ignore-switch-off": ("switched-off-grants-nothing.toml", 1, None),
    "keep-surplus": ("late-success-after-expiry-goes-back.toml", 1, None),
    "checks-know-no-share": ("liar", 5, 300),
    "leave-white-list": ("calm", 5, 300),
    "submit-blocked": ("storm", 5, 300),
    "skip-step-up": ("storm", 5, 300),
    "confirm-unproven": ("storm", 5, 300),
    "step-up-never-ends": ("storm", 5, 300),
    "withhold-after-unbind": ("withheld-after-it-was-unbound.toml", 1, None),
    "unbound-without-proof": ("unbinding-in-doubt-is-asked-about.toml", 1, None),
    "ignore-quota": ("flood-beyond-its-quota.toml", 1, None),
    "ignore-degrade": ("switched-off-merchant-opens-nothing.toml", 1, None),
    "fold-twice": ("calm", 5, 300),
}

# Besides: the cells of `oncepay sim --matrix` that must break with the mutation. Whatever moves money twice, or tells a
# merchant what isn't so, has one, and so has every operation. What only a kill at the very turn brings to light has
# nothing else.
BREAKS_CELLS = {
    "reroute-after-timeout": ["pay/silent/after/none", "sign/silent/after/none", "wallet/late/after/none"],
    "unknown-is-failed": [
        "pay/unmapped/after/none",
        "code/unmapped/after/none",
        "top-up/unmapped/after/none",
        "authenticate/unmapped/after/none",
        "withhold/unmapped/after/none",
    ],
    "restart-proves-failure": ["pay/none/after/asked", "bind/none/after/asked"],
    "later-result-wins": ["pay/contradicts/after/none"],
    "swallow-contradiction": ["notice/contradicts/after/none"],
    "forget-idempotency": ["pay/silent/after/asked", "batch/none/after/committed"],
    "unbalanced-posting": ["pay/none/after/none"],
    "believe-early-not-found": ["enquiry/not-found/after/none", "withhold-enquiry/not-found/after/none"],
    "failed-enquiry-is-failed": [
        "enquiry/fails/after/none",
        "bind-enquiry/fails/after/none",
        "authenticate-enquiry/fails/after/none",
        "sign-enquiry/fails/after/none",
    ],
    "enquiries-never-end": ["enquiry/mute/after/none"],
    "refund-twice-after-timeout": [
        "refund/silent/after/none",
        "refund-part/silent/after/none",
        "wallet-refund/late/after/none",
        "unbind-enquiry/none/after/none",
    ],
    "close-without-asking": ["close/none/after/none"],
    "fail-before-reversed": ["reversal/refuses/after/none"],
    "success-after-reversal": ["reversal/silent/before/none"],
    "refused-reversal-reversed": ["reversal/refuses/after/none"],
    "contradiction-overwrites": ["notice/contradicts/after/none"],
    "notice-of-any-amount": ["notice/other-amount/before/none"],
    "keep-surplus": ["close/denies/after/none"],
    "failed-telling-is-told": ["tell/answers-500/after/none"],
    "tell-failed-as-paid": ["tell/none/before/none"],
    "check-settles": ["refund-check/denies/after/none", "check/not-found/after/none", "out-check/not-found/after/none"],
    "resubmit-pay-out": ["pay-out/silent/after/none", "batch/silent/after/none"],
    "believe-not-found-of-pay-out": ["out-enquiry/not-found/after/none"],
    "release-in-doubt": ["pay-out/mute/after/none", "withdraw/mute/after/none"],
    "settle-again": ["settle/none/after/committed", "withdraw-settle/none/after/committed"],
    "credit-again": ["credit/none/after/committed"],
    "keep-claim": ["pay-out/refuses/before/none"],
    "claim-below-floor": [
        "claim/refuses/before/none",
        "withdraw-claim/refuses/before/none",
        "wallet/refuses/before/none",
    ],
    "pay-out-while-stopped": ["out-stopped/none/during/none"],
    "wallet-denies-payment": ["wallet/none/after/committed", "transfer/none/after/committed"],
    "top-up-wallet-of-merchant": [
        "wallet-top-up/none/after/none",
        "wallet-credit/none/after/answered",
        "transfer-credit/none/after/none",
    ],
    "keep-wallet-refund": ["wallet-refund/none/after/none"],
    "withhold-after-unbind": ["grant/refuses/before/none"],
    "unbound-without-proof": ["unbind/silent/before/none"],
    "submit-before-commit": ["pay/none/after/asked"],
    "reply-before-commit": ["pay/none/after/answered"],
    "submit-twice": ["pay/none/after/none"],
    "submit-too-late": ["wallet/late/before/none", "wallet-refund/late/before/none", "transfer/late/before/none"],
    "skip-due": ["pay/silent/after/none", "batch-end/none/after/asked"],
    "fold-twice": ["pay/none/after/none"],
}

SCENARIOS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "scenarios")
# What keeps every rule is run elsewhere at length; here it is the other half of each proof.
CONTROL_SEEDS_MAX = 2
RUN_SECONDS_MAX = 300
# What `oncepay sim` calls a run that took its process down: noticed, but by no checker.
DIED = "simulator"


def broken_cells():
    return {cell for cells in BREAKS_CELLS.values() for cell in cells}


def arguments(luck, orders, mutation=None):
    """Of a run without its seed."""
    chosen = ["--profile", luck, "--orders", str(orders)] if orders else ["--scenario", os.path.join(SCENARIOS, luck)]
    return ["sim", *chosen, *(["--mutation", mutation] if mutation else [])]


def simulate(oncepay, words):
    """Exit code and what was reported, None where that is no JSON."""
    try:
        run = subprocess.run([oncepay, *words, "--json"], capture_output=True, text=True, timeout=RUN_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        return None, {"violations": [], "said": f"not over after {RUN_SECONDS_MAX} s"}
    try:
        return run.returncode, json.loads(run.stdout)
    except ValueError:
        return run.returncode, {"violations": [], "said": (run.stderr or run.stdout).strip()}


def known_mutations(oncepay):
    """As the program lists them when it is asked for one that doesn't exist."""
    run = subprocess.run([oncepay, "sim", "--mutation", "?"], capture_output=True, text=True, timeout=RUN_SECONDS_MAX)
    listed = re.search(r'--mutation takes (.+), not "\?"', run.stderr)
    if run.returncode != 2 or not listed:
        sys.exit(f"{oncepay} knows no mutations; was it built with ONCEPAY_MUTATIONS? It said: {run.stderr.strip()}")
    return listed.group(1).split(" or ")


def hunt(oncepay, mutation):
    """(row of the table, True where it was caught). Seed after seed, to the first that shows it."""
    luck, seeds, orders = CAUGHT_WITHIN[mutation]
    for seed in range(1, seeds + 1):
        words = arguments(luck, orders, mutation) + ["--seed", str(seed)]
        code, report = simulate(oncepay, words)
        violations = report["violations"]
        if code == 1 and violations and violations[0]["checker"] != DIED:
            first = violations[0]
            return (mutation, luck, f"{seed} of {seeds}", first["checker"], first["sentence"]), True
        if code != 0:
            said = violations[0]["sentence"] if violations else report.get("said", "")
            return (mutation, luck, f"{seed} of {seeds}", "NO CHECKER", f"exit code {code}: {said}"), False
    again = " ".join(["oncepay", *arguments(luck, orders, mutation), "--seeds", f"1..{seeds}"])
    return (mutation, luck, f"none of {seeds}", "SURVIVED", again), False


def hunt_in_cell(oncepay, mutation, cell):
    """The same in one cell of the matrix."""
    words = ["sim", "--matrix", "--cells", cell, "--mutation", mutation]
    code, report = simulate(oncepay, words)
    if code == 1 and report["violations"]:
        first = report["violations"][0]
        return (mutation, f"cell {cell}", "1 of 1", first["checker"], first["sentence"]), True
    if code != 0:
        return (mutation, f"cell {cell}", "1 of 1", "NO CHECKER", f"exit code {code}: {report.get('said', '')}"), False
    return (mutation, f"cell {cell}", "none of 1", "SURVIVED", " ".join(["oncepay", *words])), False


def control_in_cell(oncepay, cell):
    """The same cell with every rule kept."""
    code, report = simulate(oncepay, ["sim", "--matrix", "--cells", cell])
    first = (report["violations"] or [{"checker": "", "sentence": report.get("said", "")}])[0]
    return ("(no rule broken)", f"cell {cell}", "1 of 1", first["checker"], first["sentence"]), code == 0


def control(oncepay, luck, seeds, orders):
    """The same runs with every rule kept."""
    code, report = simulate(oncepay, arguments(luck, orders) + ["--seeds", f"1..{seeds}", "--jobs", "1"])
    if code == 0:
        return ("(no rule broken)", luck, f"none of {seeds}", "", ""), True
    first = (report["violations"] or [{"checker": "", "sentence": report.get("said", "")}])[0]
    return ("(no rule broken)", luck, str(first.get("seed", "?")), first["checker"], first["sentence"]), False


def controls(mutations):
    """Each kind of bad luck with as many seeds and orders as its mutations ask for at most."""
    widest = {}
    for luck, seeds, orders in (CAUGHT_WITHIN[m] for m in mutations if m in CAUGHT_WITHIN):
        before = widest.get(luck, (0, 0))
        widest[luck] = (max(before[0], min(seeds, CONTROL_SEEDS_MAX)), max(before[1], orders or 0))
    return [(luck, *size) for luck, size in sorted(widest.items())]


def shown(rows):
    head = ("mutation", "bad luck", "seed", "caught by", "which says")
    widths = [max(len(r[i]) for r in [head, *rows]) for i in range(4)]
    lines = []
    for row in [head, *rows]:
        sentence = row[4] if len(row[4]) <= 140 else row[4][:139] + "…"
        lines.append("  ".join([*(cell.ljust(w) for cell, w in zip(row, widths)), sentence]).rstrip())
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--oncepay", required=True, help="the program, built with ONCEPAY_MUTATIONS")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="runs at once")
    parser.add_argument("--only", nargs="+", metavar="MUTATION", help="these and no control")
    chosen = parser.parse_args()

    listed = known_mutations(chosen.oncepay)
    if unknown := sorted(set(BREAKS_CELLS) - set(listed)):
        sys.exit(f"cells of the matrix are to break with mutations that don't exist: {', '.join(unknown)}")
    if odd := sorted((set(listed) - set(BREAKS_CELLS)) - set(CAUGHT_WITHIN) | set(CAUGHT_WITHIN) - set(listed)):
        sys.exit(f"the table here and the program's mutations differ by: {', '.join(odd)}")

    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(chosen.jobs) as pool:
        under_way = [pool.submit(hunt, chosen.oncepay, m) for m in chosen.only or listed if m in CAUGHT_WITHIN]
        under_way += [pool.submit(hunt_in_cell, chosen.oncepay, m, cell)
                       for m in chosen.only or listed for cell in BREAKS_CELLS.get(m, [])]
        if not chosen.only:
            under_way += [pool.submit(control, chosen.oncepay, *c) for c in controls(listed)]
            under_way += [pool.submit(control_in_cell, chosen.oncepay, c) for c in sorted(broken_cells())]
        results = [f.result() for f in under_way]
    print(shown([row for row, _ in results]))
    wrong = sum(not good for _, good in results)
    print(f"\n{len(results)} checks in {time.monotonic() - began:.1f} s: "
          + (f"{wrong} went wrong" if wrong else "every broken rule was caught, and nothing else"))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
