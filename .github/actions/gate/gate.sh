#!/usr/bin/env bash
# Judges runs against the committed baseline, and shows the verdict where CI looks for it.
# Any CI can call it from the root of a checkout:
#
#     .github/actions/gate/gate.sh BASELINE REPORTS RUN... [OPTION...]
#
# BASELINE  a file or folder that `benchsuite baseline` wrote
# REPORTS   a folder: it gets gate.md, gate.xml (JUnit) and gate.json
# RUN       a finished run; OPTION: of `benchsuite gate`
#
# The policy is that of the checkout: benchsuite.gate.toml. BENCHSUITE names the command, and BASE a
# commit whose baseline and policy are used in place of those of the checkout, so that no pull
# request judges itself. The exit code is the verdict's: 0 PASS, 1 FAIL, 2 INCONCLUSIVE, 3 INVALID.
set -euo pipefail

if (($# < 3)); then
  echo "usage: gate.sh BASELINE REPORTS RUN... [OPTION...]" >&2
  exit 64
fi
baseline=$1 reports=$2
shift 2
options=()

if [[ -n ${BASE:-} ]]; then
  kept=$(mktemp -d)
  trap 'rm -rf "$kept"' EXIT
  git archive "$BASE" -- "$baseline" | tar -x -C "$kept"
  baseline=$kept/$baseline
  policy=benchsuite.gate.toml
  git cat-file -e "$BASE:$policy" 2>/dev/null || policy=pyproject.toml
  if git show "$BASE:$policy" > "$kept/$policy" 2>/dev/null; then
    options+=(--policy "$kept/$policy")
  fi
fi
if [[ -n ${GITHUB_ACTIONS:-} ]]; then
  options+=(--annotate)
fi
if [[ -n ${GITHUB_STEP_SUMMARY:-} ]]; then
  options+=(--summary "$GITHUB_STEP_SUMMARY")
fi

code=0
"${BENCHSUITE:-benchsuite}" gate "$@" --baseline "$baseline" --explain \
  --out "$reports/gate.md" --out "$reports/gate.xml" --out "$reports/gate.json" \
  ${options[@]+"${options[@]}"} || code=$?
if [[ -n ${GITHUB_OUTPUT:-} ]]; then
  verdicts=(PASS FAIL INCONCLUSIVE INVALID)
  echo "verdict=${verdicts[$code]:-NONE}" >> "$GITHUB_OUTPUT"
fi
exit "$code"
