#!/usr/bin/env bash
# Install doorward beside the job's own tools: an environment of its own, dependencies by their digests, nothing built.
set -euo pipefail

home="$RUNNER_TEMP/doorward"
python="${DOORWARD_PYTHON:-python3}"
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "::error title=doorward::Python 3.11 or later is needed; set up one before this step"
  exit 125
fi
if [ ! -e "$home/complete" ]; then
  "$python" -m venv "$home"
  "$home/bin/python" -m pip --disable-pip-version-check --quiet install \
    --require-hashes --only-binary :all: --requirement "$GITHUB_ACTION_PATH/requirements/base.txt"
  : > "$home/complete"
fi
# The checkout is the package: a line in the environment's own folder says where it lies.
packages="$("$home/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
printf '%s\n' "$GITHUB_ACTION_PATH/src" > "$packages/doorward.pth"
"$home/bin/python" -m doorward --version
