#!/usr/bin/env bash
# Run the step's commands under guard: annotations to the log, the card to the summary, the report to a file.
set -euo pipefail

run="$DOORWARD_RUN" mode="$DOORWARD_MODE" allow="$DOORWARD_ALLOW" baseline="$DOORWARD_BASELINE" format="$DOORWARD_FORMAT"
unset DOORWARD_RUN DOORWARD_MODE DOORWARD_ALLOW DOORWARD_BASELINE DOORWARD_FORMAT

wrong() {
  echo "::error title=doorward::$1"
  exit 2
}

case "$baseline" in use | learn) ;; *) wrong "the input baseline is use or learn" ;; esac
case "$format" in "" | *[!a-z-]*) wrong "the input format is a name such as json" ;; esac
case "$run" in *[![:space:]]*) ;; *) wrong "the input run is empty" ;; esac

folder="$(mktemp -d "$RUNNER_TEMP/guard-XXXXXX")"
printf '%s\n' "$run" > "$folder/step.sh"
report="$folder/report.$format"

options=(--mode "$mode" --format github --report "$format=$report" --report "markdown=$folder/summary.md")
if [ "$baseline" = learn ]; then
  options+=(--learn)
fi
while read -r destination; do # without the blanks around it
  if [ -n "$destination" ]; then
    options+=(--allow "$destination")
  fi
done <<< "$allow"

printf 'report=%s\n' "$report" >> "$GITHUB_OUTPUT"
code=0
"$RUNNER_TEMP/doorward/bin/python" -m doorward guard "${options[@]}" -- \
  bash --noprofile --norc -eo pipefail "$folder/step.sh" || code=$?
# The commands may have written a summary of their own.
if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -s "$folder/summary.md" ]; then
  cat "$folder/summary.md" >> "$GITHUB_STEP_SUMMARY"
fi
exit "$code"
