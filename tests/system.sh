#!/usr/bin/env bash
# What the tests need beside Python, if it is not here yet: Chromium, PostgreSQL and Node.js from
# Debian's packages; Stripe's command line and Node library from npm.
set -uo pipefail
have() { command -v "$1" >/dev/null; }
say() { echo "make: $*" >&2; }

# Without windows, Chromium takes a third of the processor time; a whole one does as well.
quick=chromium-headless-shell
missing=()
[ -n "${PAYDESK_CHROMIUM:-}" ] || have "$quick" || missing+=("$quick")
{ have initdb || ls /usr/lib/postgresql/*/bin/initdb; } >/dev/null 2>&1 || missing+=(postgresql)
have npm || missing+=(nodejs npm)

# The lock file's hashes are checked by npm; it names no registry, so yours is asked.
modules() {
  local folder; folder="$(dirname "$0")/node"
  [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] && return 0
  say "installing Stripe's command line and Node library from npm …"
  local log; log=$(mktemp)
  if ! npm install --prefix "$folder" --no-save --ignore-scripts --no-audit --no-fund >"$log" 2>&1; then
    say "npm could not install what $folder/package.json names: $(grep -m 1 error "$log")"
    return 1
  fi
  touch "$folder/node_modules/.package-lock.json"
}

only_quicker() { [ "${missing[*]}" = "$quick" ] && have chromium; }

# For speed alone nobody is asked for a password.
if [ ${#missing[@]} -eq 0 ] || { only_quicker && [ "$(id -u)" -ne 0 ]; }; then modules; exit $?; fi
manual="Install them yourself (PAYDESK_CHROMIUM=/path/to/chromium names another Chromium)."
if ! have apt-get; then
  if only_quicker; then modules; exit $?; fi
  say "the tests need ${missing[*]}, and there is no apt-get here. $manual"
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! have sudo; then
    say "the tests need ${missing[*]}; installing them takes root. Run: apt-get install ${missing[*]}"
    exit 1
  fi
  as_root=(sudo)
fi
say "installing ${missing[*]} from Debian's packages …"
log=$(mktemp)
install() {
  "${as_root[@]}" apt-get update -qq || return
  # Not every Debian has it.
  apt-cache show "$quick" >/dev/null 2>&1 || missing=("${missing[@]/#$quick/chromium}")
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"
}
if ! install >"$log" 2>&1; then
  say "could not install ${missing[*]}: $(tail -n 1 "$log"). $manual"
  only_quicker || exit 1
fi
modules
