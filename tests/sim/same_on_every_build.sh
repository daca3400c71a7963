#!/bin/sh
# same_on_every_build.sh ONCEPAY OTHER_ONCEPAY: every profile's histories are the same, bit for bit, on two builds.
set -eu
status=0
for profile in calm promotion storm outage liar disk crash clock; do
  arguments="--profile $profile --seeds 1..4 --orders 150 --hash"
  # Unquoted: several arguments.
  one=$("$1" sim $arguments)
  two=$("$2" sim $arguments)
  if [ "$one" = "$two" ]; then
    echo "$profile: the same on both builds"
  else
    echo "$profile: two builds, two histories; repeat with: sim $arguments" >&2
    printf '%s\n%s\n' "$one" "$two" >&2
    status=1
  fi
done
exit $status
