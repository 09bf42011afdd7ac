#!/bin/sh
# Builds dist. npm runs this as the script "prepare": after an installation in a clone, when the
# package is installed from Git, and before it is packed.
set -e

if [ "$npm_config_package_lock_only" = true ]; then exit 0; fi

if [ ! -x node_modules/.bin/tsc ]; then
  if [ "$npm_config_dry_run" = true ]; then
    echo "dist is not built: run npm ci first" >&2
    exit 0
  fi
  # The installation below runs this script again. It must not start a third one.
  if [ -n "$LIBPROC_PREPARE" ]; then
    echo "dist is not built: npm has not installed node_modules/.bin/tsc" >&2
    exit 1
  fi
  # The environment has the settings of the npm that runs this script: --global, --omit=dev and
  # NODE_ENV=production leave out what the build needs.
  LIBPROC_PREPARE=1 exec npm install --global=false --include=dev --silent --no-save
fi

# The manual page is built last. A folder is newer if a file in it has been added or removed.
if [ -s dist/libproc.1 ] && [ -z "$(find mod.ts ffi lib ./*.json -newer dist/libproc.1)" ]; then
  exit 0
fi
# Standard output belongs to the command that follows the installation: npm run libproc -- ps --json
npm run --silent build >&2
