#!/usr/bin/env bash
# Run the step's commands under guard: annotations to the log, the card to the summary, the report to a file.
set -euo pipefail

run="$DOORWARD_RUN" mode="$DOORWARD_MODE" allow="$DOORWARD_ALLOW" baseline="$DOORWARD_BASELINE" format="$DOORWARD_FORMAT"
unset DOORWARD_RUN DOORWARD_MODE DOORWARD_ALLOW DOORWARD_BASELINE DOORWARD_FORMAT

folder="$(mktemp -d "$RUNNER_TEMP/guard-XXXXXX")"
printf '%s\n' "$run" > "$folder/step.sh"
report="$folder/report.$format"

options=(--mode "$mode" --format github --report "$format=$report")
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  options+=(--report "markdown=$GITHUB_STEP_SUMMARY")
fi
while IFS= read -r destination; do
  destination="${destination//[[:space:]]/}"
  if [ -n "$destination" ]; then
    options+=(--allow "$destination")
  fi
done <<< "$allow"
case "$baseline" in
  use) ;;
  learn) options+=(--learn) ;;
  *)
    echo "::error title=doorward::the input baseline is use or learn"
    exit 2
    ;;
esac

printf 'report=%s\n' "$report" >> "$GITHUB_OUTPUT"
exec "$RUNNER_TEMP/doorward/bin/python" -m doorward guard "${options[@]}" -- \
  bash --noprofile --norc -eo pipefail "$folder/step.sh"
