#!/usr/bin/env bash
# Chromium and PostgreSQL for the tests, from Debian's packages, if they are not here yet.
set -uo pipefail
missing=()
command -v chromium >/dev/null || [ -n "${PAYDESK_CHROMIUM:-}" ] || missing+=(chromium)
{ command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; } >/dev/null 2>&1 || missing+=(postgresql)
[ ${#missing[@]} -eq 0 ] && exit 0

say() { echo "make: $*" >&2; }
manual="Install them yourself (PAYDESK_CHROMIUM=/path/to/chromium names another Chromium)."
if ! command -v apt-get >/dev/null; then
  say "the tests need ${missing[*]}, and there is no apt-get here. $manual"
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    say "the tests need ${missing[*]}; installing them takes root. Run: apt-get install ${missing[*]}"
    exit 1
  fi
  as_root=(sudo)
fi
say "installing ${missing[*]} from Debian's packages …"
log=$(mktemp)
if ! { "${as_root[@]}" apt-get update -qq &&
       DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  say "could not install ${missing[*]}: $(tail -n 1 "$log"). $manual"
  exit 1
fi
